//! What changes, and for whom, as lines for a person.

use crate::app::policies::simulate::{Example, Group, Made, Report, Transition};
use crate::app::policies::sweep::{self, Counts};
use crate::app::presentation::grid::{self, Align};
use crate::app::presentation::sentence::named;
use crate::app::presentation::wording;
use crate::domain::case::CaseId;
use crate::locale::{Lang, text};

/// The lines of a comparison of two rules.
pub fn lines(lang: Lang, report: &Report) -> Vec<String> {
    let mut lines = made(lang, &report.set);
    let counts = [
        ("cases", report.cases.to_string()),
        ("changed", report.changed.to_string()),
        ("untouched", report.untouched.to_string()),
    ];
    let counts = counts.each_ref().map(|(name, value)| (*name, value.as_str()));
    lines.push(text(lang, "simulate.summary", &counts));
    lines.push(String::new());
    let rows: Vec<Vec<String>> = report
        .transitions
        .iter()
        .map(|transition| {
            let mut row = vec![arrow(lang, transition), transition.count.to_string()];
            if !transition.witnesses.is_empty() {
                let ids: Vec<String> =
                    transition.witnesses.iter().map(|example| id(lang, example)).collect();
                row.push(text(lang, "simulate.such_as", &[("ids", &ids.join(", "))]));
            }
            row
        })
        .collect();
    lines.extend(grid::lines(&rows, &[Align::Left, Align::Right]));
    for (key, table, groups) in
        [("by_level", "level", &report.by_level), ("by_series", "series", &report.by_series)]
    {
        lines.push(String::new());
        lines.push(text(lang, &format!("simulate.{key}"), &[]));
        let rows: Vec<Vec<String>> = groups.iter().map(|g| group(lang, table, g)).collect();
        lines.extend(grid::lines(&rows, &[Align::Left, Align::Right]));
    }
    lines
}

fn made(lang: Lang, made: &[Made]) -> Vec<String> {
    let none = text(lang, "diff.none", &[]);
    let line = |m: &Made| format!("{}: {} → {}", m.key, m.old.as_ref().unwrap_or(&none), m.new);
    made.iter().map(line).collect()
}

fn arrow(lang: Lang, transition: &Transition) -> String {
    let (from, to) =
        (wording::verdict(lang, transition.from), wording::verdict(lang, transition.to));
    if transition.from == transition.to {
        return text(lang, "simulate.stays", &[("verdict", &from)]);
    }
    format!("{from} → {to}")
}

fn id(lang: Lang, example: &Example) -> String {
    match &example.id {
        CaseId::None => text(lang, "word.line", &[("line", &example.line.to_string())]),
        id => id.to_string(),
    }
}

fn group(lang: Lang, table: &str, group: &Group) -> Vec<String> {
    let changes: Vec<String> = group
        .transitions
        .iter()
        .filter(|transition| transition.from != transition.to)
        .map(|transition| format!("{} {}", arrow(lang, transition), transition.count))
        .collect();
    let changes = if changes.is_empty() {
        text(lang, "simulate.no_change", &[])
    } else {
        changes.join(&text(lang, "word.comma", &[]))
    };
    vec![format!("  {}", named(lang, table, &group.name)), group.cases.to_string(), changes]
}

/// The lines of a sweep.
pub fn sweep_lines(lang: Lang, report: &sweep::Report) -> Vec<String> {
    let mut lines = made(lang, &report.set);
    let now = report.now.clone().unwrap_or_else(|| text(lang, "diff.none", &[]));
    let cases = report.cases.to_string();
    let args = [("key", report.key.as_str()), ("now", &now), ("cases", &cases)];
    lines.push(text(lang, "simulate.sweep", &args));
    lines.push(String::new());
    let word = |key: &str| text(lang, key, &[]);
    let mut rows = vec![vec![
        word("simulate.value"),
        word("verdict.met"),
        word("verdict.not_met"),
        word("verdict.indeterminate"),
        word("simulate.other"),
    ]];
    let row = |name: String, counts: &Counts| {
        let all = [counts.met, counts.not_met, counts.indeterminate, counts.other];
        std::iter::once(name).chain(all.map(|count| count.to_string())).collect::<Vec<_>>()
    };
    rows.push(row(word("simulate.as_it_stands"), &report.as_it_stands));
    for value in &report.values {
        rows.push(row(value.value.clone(), &value.counts));
    }
    lines.extend(grid::lines(&rows, &[Align::Right; 5]));
    lines
}
