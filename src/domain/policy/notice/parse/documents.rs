//! Reads documents, and references to what they say.

use chrono::NaiveDate;

use crate::domain::fields::{self, Fields, Problems};
use crate::domain::node::{Node, Value};
use crate::domain::policy::notice::model::{Cite, Document, DocumentStatus, Reference};

/// A reference by name.
pub(super) fn reference(node: &Node, path: String, problems: &mut Problems) -> Option<Reference> {
    fields::text(node, path, problems).map(|name| Reference { name, line: node.line })
}

fn date(node: &Node, path: String, problems: &mut Problems) -> Option<NaiveDate> {
    let date = match &node.value {
        Value::Date(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(),
        _ => None,
    };
    if date.is_none() {
        problems.push(fields::wrong(path, node, "date"));
    }
    date
}

pub(super) fn in_force(
    node: &Node,
    path: String,
    problems: &mut Problems,
) -> Option<(NaiveDate, Option<NaiveDate>)> {
    let mut f = Fields::open(node, path.clone(), problems)?;
    let from = f.need("from", problems, date);
    let to = f.read("to", problems, date);
    f.finish(problems);
    if matches!((from, to), (Some(from), Some(to)) if from > to) {
        problems.push(fields::not_accepted(path, node, "from <= to"));
    }
    Some((from?, to))
}

pub(super) fn document(node: &Node, path: String, problems: &mut Problems) -> Option<Document> {
    const STATUS: &[&str] = &["archived", "unverified", "missing"];
    let from_name = |name: &str| match name {
        "archived" => Some(DocumentStatus::Archived),
        "unverified" => Some(DocumentStatus::Unverified),
        "missing" => Some(DocumentStatus::Missing),
        _ => None,
    };
    let mut f = Fields::open(node, path, problems)?;
    let id = f.need("id", problems, fields::text);
    let number = f.need("number", problems, fields::any_text);
    let title = f.need("title", problems, fields::text);
    let issuer = f.read("issuer", problems, fields::text);
    let issued = f.read("issued", problems, date);
    let basis = f.read("basis", problems, fields::list(fields::text)).unwrap_or_default();
    let status = f.need("status", problems, fields::one_of(STATUS, from_name));
    let file = f.read("file", problems, fields::text);
    let checked_on = f.read("checked_on", problems, date);
    f.finish(problems);
    Some(Document {
        id: id?,
        number: number?,
        title: title?,
        issuer,
        issued,
        basis,
        status: status?,
        file,
        checked_on,
        line: node.line,
    })
}

pub(super) fn cite(node: &Node, path: String, problems: &mut Problems) -> Option<Cite> {
    let mut f = Fields::open(node, path, problems)?;
    let doc = f.need("doc", problems, fields::text);
    let section = f.need("section", problems, fields::any_text);
    let quote = f.need("quote", problems, fields::any_text);
    let inferred_from = f.read("inferred_from", problems, fields::list(reference));
    f.finish(problems);
    let inferred_from = inferred_from.unwrap_or_default();
    Some(Cite { doc: doc?, section: section?, quote: quote?, inferred_from })
}
