//! Reading the part of a mapping file that says how the source is asked.

use std::time::Duration;

use super::part::part;
use super::{Requests, Shape, SinceForm, SummaryNames, TotalNames};
use crate::domain::fields::{Fields, Problems, any_text, integer, not_accepted, one_of, text};
use crate::domain::node::Node;

/// How the source is asked.
pub(super) fn requests(
    shape: Shape,
    node: &Node,
    path: String,
    problems: &mut Problems,
) -> Option<Requests> {
    let mut fields = Fields::open(node, path, problems)?;
    let token_header = fields.need("token_header", problems, text);
    let token_prefix = fields.read("token_prefix", problems, any_text).unwrap_or_default();
    let list = fields.need("list", problems, address);
    let since = fields.need("since", problems, text);
    let since_form = fields.need(
        "since_form",
        problems,
        one_of(&["china", "utc"], |name| match name {
            "china" => Some(SinceForm::China),
            "utc" => Some(SinceForm::Utc),
            _ => None,
        }),
    );
    let paged = shape == Shape::Pages;
    let page = part(&mut fields, "page", paged, problems, text);
    let more = part(&mut fields, "more", !paged, problems, address);
    let size = fields.need("size", problems, text);
    let page_size = fields.need("page_size", problems, integer(1..=10_000));
    let look_back = fields.need("look_back_minutes", problems, integer(0..=527_040));
    let safety_lag = fields.need("safety_lag_seconds", problems, integer(0..=86_400));
    let totals = fields.read("totals", problems, address);
    let summary = fields.read("summary", problems, address);
    let year = fields.need("year", problems, text);
    fields.finish(problems);
    Some(Requests {
        token_header: token_header?,
        token_prefix,
        list: list?,
        since: since?,
        since_form: since_form?,
        page,
        size: size?,
        page_size: u32::try_from(page_size?).ok()?,
        look_back: Duration::from_secs(u64::try_from(look_back?).ok()?.saturating_mul(60)),
        safety_lag: Duration::from_secs(u64::try_from(safety_lag?).ok()?),
        more,
        totals,
        summary,
        year: year?,
    })
}

/// The names in an answer of totals.
pub(super) fn totals(node: &Node, path: String, problems: &mut Problems) -> Option<TotalNames> {
    let mut fields = Fields::open(node, path, problems)?;
    let rows = fields.need("rows", problems, text);
    let category = fields.need("category", problems, text);
    let count = fields.need("count", problems, text);
    let hours = fields.need("hours", problems, text);
    fields.finish(problems);
    Some(TotalNames { rows: rows?, category: category?, count: count?, hours: hours? })
}

/// The names in a summary.
pub(super) fn summary(node: &Node, path: String, problems: &mut Problems) -> Option<SummaryNames> {
    let mut fields = Fields::open(node, path, problems)?;
    let number = fields.need("number", problems, text);
    let year = fields.need("year", problems, text);
    let professional = fields.need("professional", problems, text);
    let industry = fields.need("industry", problems, text);
    let general = fields.need("general", problems, text);
    fields.finish(problems);
    Some(SummaryNames {
        number: number?,
        year: year?,
        professional: professional?,
        industry: industry?,
        general: general?,
    })
}

/// The path of a request: from the root, without a question.
fn address(node: &Node, path: String, problems: &mut Problems) -> Option<String> {
    let address = text(node, path.clone(), problems)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~".contains(&b);
    if address.starts_with('/') && !address.contains("//") && address.bytes().all(plain) {
        return Some(address);
    }
    problems.push(not_accepted(path, node, "\"/path/of/the/list\""));
    None
}
