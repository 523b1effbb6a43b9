//! Reads amounts that a clause asks for: of one year, or cumulative.

use crate::domain::category::{Category, CategorySet};
use crate::domain::fields::{self, Fields, Problems};
use crate::domain::message::{Message, Problem};
use crate::domain::node::Node;
use crate::domain::policy::notice::model::{Minimum, Need, Ratio, Standard};

pub(super) fn standard(f: &mut Fields<'_>, problems: &mut Problems) -> Standard {
    Standard {
        total: f.read("total", problems, fields::hours),
        min: f.read("min", problems, fields::list(minimum)).unwrap_or_default(),
        ratio: f.read("ratio", problems, ratio),
    }
}

fn category_set(node: &Node, path: String, problems: &mut Problems) -> Option<CategorySet> {
    let before = problems.len();
    let listed = fields::list(fields::category)(node, path.clone(), problems)?;
    if problems.len() > before {
        return None;
    }
    let set = CategorySet::from_categories(&listed);
    if set.is_none() && !listed.contains(&Category::Public) {
        let accepted = r#"["professional"], ["industry", "general"], ["industry"], ["general"]"#;
        problems.push(fields::not_accepted(path, node, accepted));
    } else if set.is_none() {
        let accepted = r#"["industry", "general"]"#;
        problems.push(fields::not_accepted(path, node, accepted));
    }
    set
}

fn minimum(node: &Node, path: String, problems: &mut Problems) -> Option<Minimum> {
    let mut f = Fields::open(node, path, problems)?;
    let of = f.need("of", problems, category_set);
    let hours = f.need("hours", problems, fields::hours);
    f.finish(problems);
    Some(Minimum { of: of?, hours: hours? })
}

#[expect(clippy::needless_pass_by_value, reason = "the form of every reader")]
fn ratio(node: &Node, path: String, problems: &mut Problems) -> Option<Ratio> {
    const ALL: &[&str] = &["all"];
    let mut f = Fields::open(node, path.clone(), problems)?;
    let of = f.need("of", problems, category_set);
    let _ = f.need("to", problems, fields::one_of(ALL, |name| (name == "all").then_some(())));
    let share = f.need("at_least", problems, fields::text);
    f.finish(problems);
    let (of, share) = (of?, share?);
    let parts = share.split_once('/').and_then(|(n, d)| {
        let is_plain = |text: &&str| text.bytes().all(|b| b.is_ascii_digit());
        let part = |text: &str| {
            let number = Some(text).filter(is_plain)?.parse::<i64>().ok()?;
            Some(number).filter(|n| (1..=1000).contains(n))
        };
        Some((part(n)?, part(d)?))
    });
    match parts {
        Some((numerator, denominator)) if numerator <= denominator && !of.needs_split() => {
            Some(Ratio { of, numerator, denominator })
        }
        _ => {
            // The share is told where it stands, the categories where they stand.
            let key = if of.needs_split() { "of" } else { "at_least" };
            let accepted = r#"of = ["professional"] or ["industry", "general"], at_least = "2/3""#;
            let part = node.get(key).unwrap_or(node);
            problems.push(fields::not_accepted(format!("{path}.{key}"), part, accepted));
            None
        }
    }
}

/// The hours of a sum. Its minima cannot need a split: over years, that has no exact meaning yet.
pub(super) fn need(f: &mut Fields<'_>, node: &Node, problems: &mut Problems) -> Option<Need> {
    let total = f.read("total", problems, fields::hours);
    let minima = f.read("min", problems, fields::list(minimum)).unwrap_or_default();
    let mut need = Need { total, ..Need::default() };
    for minimum in minima {
        let slot = match minimum.of {
            CategorySet::Professional => &mut need.professional,
            CategorySet::Public => &mut need.public,
            CategorySet::Industry | CategorySet::General => {
                let line = node.get("min").map_or(node.line, |min| min.line);
                let message = Message::new("sum_needs_split").with("field", f.path("min"));
                problems.push(Problem::at(f.path("min"), line, message));
                return None;
            }
        };
        *slot = Some(slot.map_or(minimum.hours, |hours| hours.max(minimum.hours)));
    }
    if need == Need::default() {
        let _ = f.required("total", problems);
        return None;
    }
    Some(need)
}
