//! Amounts that cannot be what was meant: minima above their total, a category stated twice, years
//! where they mean nothing.

use super::Finding;
use crate::domain::hours::Hours;
use crate::domain::message::Message;
use crate::domain::node::{Node, Value};
use crate::domain::policy::notice::model::{ClauseSource, Kind, Need, Policy};
use crate::domain::policy::plan::Thresholds;

/// The amounts and years of each clause as the files choose to read it.
pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for source in &policy.clauses {
        let clause = &source.clause;
        let mut report = |code: &'static str, line: u32, message: Message| {
            findings.push(Finding::of(code, policy, line, message).clause(&clause.id));
        };
        if let Some((minima, total)) = minima_and_total(&clause.kind)
            && minima > total
        {
            let hours = |n| Hours::from_hundredths(n);
            let message = Message::new("minima_above")
                .with("minima", hours(minima))
                .with("total", hours(total));
            report("E-MINIMA", line_of(source, "min"), message);
        }
        if let Some((line, set)) = stated_twice(&source.raw) {
            report("E-SLOT", line, Message::new("minimum_twice").with("of", set));
        }
        // The engine reads no years on a clause that speaks of declarations and not of hours.
        let is_idle = matches!(clause.kind, Kind::Scope { .. } | Kind::Refer { .. });
        if is_idle && source.raw.get("years").is_some() {
            let message = Message::new("years_idle").with("kind", clause.kind.name());
            report("E-YEARS-IDLE", line_of(source, "years"), message);
        }
    }
}

/// What the minima of a clause add up to, and its total, in hundredths.
fn minima_and_total(kind: &Kind) -> Option<(i64, i64)> {
    let of_need = |need: &Need| {
        let part = |hours: Option<Hours>| hours.map_or(0, Hours::hundredths);
        Some((part(need.professional) + part(need.public), need.total?.hundredths()))
    };
    match kind {
        Kind::Annual(standard) | Kind::EachYear { standard: Some(standard), .. } => {
            let need = Thresholds::of(standard);
            let public = need.public.max(need.industry + need.general);
            Some((need.professional + public, standard.total?.hundredths()))
        }
        Kind::Sum { need, .. } | Kind::Cumulative { need, .. } => of_need(need),
        _ => None,
    }
}

/// The second of two minima over the same categories.
fn stated_twice(clause: &Node) -> Option<(u32, String)> {
    let Value::List(minima) = &clause.get("min")?.value else { return None };
    let mut seen: Vec<Vec<&str>> = Vec::new();
    for minimum in minima {
        let Value::List(of) = &minimum.get("of")?.value else { continue };
        let mut names: Vec<&str> = of
            .iter()
            .filter_map(|name| match &name.value {
                Value::Str(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        names.sort_unstable();
        if seen.contains(&names) {
            return Some((minimum.line, names.join(" + ")));
        }
        seen.push(names);
    }
    None
}

fn line_of(source: &ClauseSource, key: &str) -> u32 {
    source.raw.get(key).map_or(source.clause.line, |node| node.line)
}
