//! Policy and scenario files with damage done to them.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use xueshi::app::compliance::case_answer;
use xueshi::app::policies;
use xueshi::app::policies::scenario;
use xueshi::app::presentation::wording;
use xueshi::domain::case::{Case, CaseId};
use xueshi::domain::policy::judge::Judge;
use xueshi::domain::policy::notice::ancestry::Ancestry;
use xueshi::domain::policy::notice::catalog::Catalog;
use xueshi::domain::policy::notice::model::{Kind, Policy, YearBase, YearExpr};
use xueshi::domain::policy::notice::readings;
use xueshi::locale::Lang;

use super::try_all;
use crate::locale::assert_whole;

/// One kind of damage, and where.
#[derive(Clone, Debug)]
enum Damage {
    DeleteBytes(Index, usize),
    RepeatBytes(Index, usize),
    FlipByte(Index, u8),
    DeleteLine(Index),
    RepeatLine(Index),
    SwapLines(Index, Index),
    /// The value of one line on another.
    TakeValue(Index, Index),
    Number(Index, i64),
    Year(Index, &'static str),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    let numbers = || {
        prop::sample::select(vec![
            0, 1, 2, 3, 4, 18, 60, 90, 360, 1900, 2015, 2019, 2021, 2022, 2023, 2199, 99999,
        ])
    };
    let years = prop::sample::select(vec![
        "D",
        "D-1",
        "D-3",
        "D-60",
        "D-required_years+1",
        "tenure_start",
        "required_years",
    ]);
    prop_oneof![
        1 => (at(), 1..80usize).prop_map(|(a, n)| Damage::DeleteBytes(a, n)),
        1 => (at(), 1..80usize).prop_map(|(a, n)| Damage::RepeatBytes(a, n)),
        1 => (at(), any::<u8>()).prop_map(|(a, b)| Damage::FlipByte(a, b)),
        3 => at().prop_map(Damage::DeleteLine),
        2 => at().prop_map(Damage::RepeatLine),
        2 => (at(), at()).prop_map(|(a, b)| Damage::SwapLines(a, b)),
        3 => (at(), at()).prop_map(|(a, b)| Damage::TakeValue(a, b)),
        4 => (at(), numbers()).prop_map(|(a, n)| Damage::Number(a, n)),
        4 => (at(), years).prop_map(|(a, y)| Damage::Year(a, y)),
    ]
}

/// The parts of a text that satisfy a test, as ranges.
fn runs(text: &str, of: impl Fn(u8) -> bool) -> Vec<std::ops::Range<usize>> {
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for at in text.bytes().enumerate().filter(|(_, b)| of(*b)).map(|(at, _)| at) {
        match found.last_mut() {
            Some(run) if run.end == at => run.end = at + 1,
            _ => found.push(at..at + 1),
        }
    }
    found
}

fn replaced(text: &str, ranges: &[std::ops::Range<usize>], at: Index, with: &str) -> String {
    let mut text = text.to_owned();
    if !ranges.is_empty() {
        text.replace_range(at.get(ranges).clone(), with);
    }
    text
}

fn damaged(text: &str, damage: &Damage) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut lines: Vec<&str> = text.lines().collect();
    let bounds = |at: &Index, n: usize| {
        let from = at.index(text.len());
        from..(from + n).min(text.len())
    };
    match damage {
        Damage::DeleteBytes(at, n) => drop(bytes.drain(bounds(at, *n))),
        Damage::RepeatBytes(at, n) => {
            let part = text.as_bytes()[bounds(at, *n)].to_vec();
            let from = at.index(text.len());
            bytes.splice(from..from, part);
        }
        Damage::FlipByte(at, with) => bytes[at.index(text.len())] ^= with,
        Damage::DeleteLine(at) => drop(lines.remove(at.index(lines.len()))),
        Damage::RepeatLine(at) => lines.insert(at.index(lines.len()), lines[at.index(lines.len())]),
        Damage::SwapLines(a, b) => {
            let count = lines.len();
            lines.swap(a.index(count), b.index(count));
        }
        Damage::TakeValue(a, b) => {
            let value = b.get(&lines).split_once('=').map_or("", |(_, value)| value);
            let at = a.index(lines.len());
            let line = lines[at].split_once('=').map(|(key, _)| format!("{key}={value}"));
            let line = line.unwrap_or_default();
            lines[at] = &line;
            return lines.join("\n");
        }
        Damage::Number(at, n) => {
            return replaced(text, &runs(text, |b| b.is_ascii_digit()), *at, &n.to_string());
        }
        Damage::Year(at, year) => {
            let quoted: Vec<_> = ["\"D\"", "\"D-1\"", "\"tenure_start\"", "\"required_years\""]
                .iter()
                .flat_map(|name| text.match_indices(name).map(|(at, m)| at + 1..at + m.len() - 1))
                .collect();
            return replaced(text, &quoted, *at, year);
        }
    }
    let by_line =
        matches!(damage, Damage::DeleteLine(_) | Damage::RepeatLine(_) | Damage::SwapLines(..));
    if by_line { lines.join("\n") } else { String::from_utf8_lossy(&bytes).into_owned() }
}

fn scenario_files() -> policies::Texts {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies");
    policies::toml_files(&folder).expect("scenario files")
}

fn sample_cases() -> Vec<Case> {
    let files = scenario_files();
    let scenarios =
        files.iter().flat_map(|(file, text)| scenario::read(file, text).expect("scenarios"));
    scenarios
        .map(|s| Case {
            id: CaseId::Text(s.id),
            declaration: s.declaration,
            records: s.records,
            receipt: None,
        })
        .collect()
}

/// Whether some window is longer than any notice has had: what is missing from such a one is
/// searched for among all sets of its years, which does not end.
fn has_long_window(catalog: &Catalog, policy: &Policy) -> bool {
    let ancestry = Ancestry::of(catalog, policy);
    let clauses = ancestry.in_force(&readings::chosen(&ancestry.readings)).expect("clauses");
    let year = |expr: YearExpr| {
        let base = match expr.base {
            YearBase::Fixed => 0,
            YearBase::Declaring => 2023,
            YearBase::DeclaringLessRequired => 2018,
            YearBase::TenureStart => 2015,
        };
        base + expr.offset
    };
    clauses.iter().any(|c| match &c.clause.kind {
        Kind::EachYear { window, .. } | Kind::Count { window, .. } => {
            year(window.to) - year(window.from) >= 12
        }
        _ => false,
    })
}

#[test]
fn damaged_policies_are_refused_or_can_be_judged_by() {
    let texts = policies::texts(None).expect("the policies");
    let cases = sample_cases();
    let strategy = (
        any::<Index>(),
        prop::collection::vec(damage(), 1..4),
        prop::collection::vec(any::<Index>(), 8),
    );
    let judged = std::cell::Cell::new(0);
    try_all("policy files", 300, &strategy, |(file, damages, who)| {
        let mut texts = texts.clone();
        let at = file.index(texts.len());
        let text = damages.iter().fold(texts[at].1.clone(), |text, damage| {
            if text.is_empty() { text } else { damaged(&text, damage) }
        });
        texts[at].1 = text;
        let catalog = match Catalog::from_texts(
            texts.iter().map(|(name, text)| (name.as_str(), text.as_str())),
        ) {
            Ok(catalog) => catalog,
            Err(problems) => {
                for problem in &problems {
                    assert_whole(&problem.message);
                }
                prop_assert!(
                    problems.iter().all(|problem| problem.file.is_some() && problem.line > 0),
                    "{:#?}",
                    problems
                );
                return Ok(());
            }
        };
        if catalog.policies().iter().any(|policy| has_long_window(&catalog, policy)) {
            return Ok(());
        }
        judged.set(judged.get() + 1);
        let judge = Judge::new(catalog);
        let mine =
            cases.iter().filter(|case| texts[at].1.contains(case.declaration.jurisdiction.code()));
        let sample: Vec<&Case> = mine.take(6).chain(who.iter().map(|at| at.get(&cases))).collect();
        for case in sample {
            let answer = case_answer::answer(&judge, case, case_answer::Depth::Full);
            prop_assert!(answer.is_ok(), "{}: {:#?}", case.id, answer);
            let _ = wording::answer(Lang::Zh, &answer.expect("an answer"));
        }
        Ok(())
    });
    assert!(judged.get() > 30, "only {} damaged files were accepted", judged.get());
}

#[test]
fn damaged_scenarios_are_refused_or_can_be_judged() {
    let judge = Judge::new(policies::load(None).expect("the policies"));
    let files = scenario_files();
    let strategy = (any::<Index>(), prop::collection::vec(damage(), 1..3));
    try_all("scenario files", 100, &strategy, |(file, damages)| {
        let (name, text) = file.get(&files);
        let text = damages.iter().fold(text.clone(), |text, damage| {
            if text.is_empty() { text } else { damaged(&text, damage) }
        });
        match scenario::read(name, &text) {
            Ok(scenarios) => {
                for scenario in scenarios.iter().take(40) {
                    prop_assert!(scenario::differences(&judge, scenario).is_ok());
                }
            }
            Err(problems) => problems.iter().for_each(|problem| assert_whole(&problem.message)),
        }
        Ok(())
    });
}
