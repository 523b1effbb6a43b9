//! The judge against an evaluator that tries every settlement and shares no code with it.

mod properties;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use crate::support::{cases, naive::Naive, randomised};
use xueshi::app::compliance::case_answer;
use xueshi::app::policies;
use xueshi::domain::hours::Hours;
use xueshi::domain::policy::judge::Judge;
use xueshi::domain::policy::notice::catalog::Catalog;

const FIELDS: [&str; 7] =
    ["verdict", "firm", "via", "advisory", "missing", "reasons", "inherited_from"];

/// What the two may tell differently of a policy.
#[derive(Clone, Copy, Default)]
struct Leeway {
    /// Some standard asks for a share, for which the contract has no reason code: the judge tells
    /// it as an amount, the naive evaluator tells nothing.
    share: bool,
    /// Some exception is guarded: the judge's least hours suffice, but to keep a year just short
    /// it does not spread hours by hundredths over several years.
    guard: bool,
}

impl Leeway {
    fn of(files: &[(String, String)]) -> Leeway {
        let says = |word: &str| files.iter().any(|(_, text)| text.contains(word));
        Leeway { share: says("ratio"), guard: says("incomplete_") }
    }

    fn covers(self, field: &str, ours: &Value, theirs: &Value) -> bool {
        match field {
            "reasons" => self.share,
            "missing" => {
                let hundredths = |value: &Value| match value.as_str() {
                    Some("time") => Some(i64::MAX),
                    Some(text) => text.parse().ok().map(Hours::hundredths),
                    None => None,
                };
                (self.share || self.guard) && hundredths(ours) >= hundredths(theirs)
            }
            _ => false,
        }
    }
}

fn agree(naive: &Naive, judge: &Judge, case: &Value, leeway: Leeway) -> Result<(), TestCaseError> {
    let line = case.to_string();
    let read =
        case_answer::read_line(&line).map_err(|(_, p)| TestCaseError::fail(format!("{p:?}")))?;
    let answer = case_answer::answer(judge, &read, case_answer::Depth::None)
        .map_err(|problems| TestCaseError::fail(format!("{problems:?}")))?;
    let ours = serde_json::to_value(&answer).unwrap();
    let theirs = naive.answer(case);
    for field in FIELDS {
        let of = |answer: &Value| answer.get(field).cloned().unwrap_or(Value::Null);
        // Where each of several exceptions would do, none is needed alone; the judge names them.
        let alternatives = of(&ours).as_array().is_some_and(|via| via.len() > 1);
        if field == "via" && alternatives && of(&theirs) == serde_json::json!([]) {
            continue;
        }
        if leeway.covers(field, &of(&ours), &of(&theirs)) {
            continue;
        }
        prop_assert_eq!(of(&ours), of(&theirs), "{} (judge, naive) of {}", field, case);
    }
    Ok(())
}

fn built_in() -> (Naive, Judge) {
    let texts = policies::texts(None).unwrap();
    (Naive::from_texts(&texts), Judge::new(policies::load(None).unwrap()))
}

#[test]
fn scenarios_agree() {
    let (naive, judge) = built_in();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policies");
    for scenario in cases::load(folder.as_ref()) {
        agree(&naive, &judge, &scenario.case, Leeway::default())
            .unwrap_or_else(|e| panic!("{}: {e}", scenario.id));
    }
}

#[test]
fn random_people_of_the_cities_agree() {
    let (naive, judge) = built_in();
    randomised(400)
        .run(&cases::any_city(), |case| agree(&naive, &judge, &case, Leeway::default()))
        .unwrap();
}

#[test]
fn random_policies_agree() {
    let agree_on = |synthetic: cases::Synthetic| {
        let naive = Naive::from_texts(&synthetic.files);
        let texts = synthetic.files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let catalog = Catalog::from_texts(texts).map_err(|problems| {
            let told = format!("{problems:?}");
            // A reading may have turned a window round: no file may say that.
            let reversed = problems.iter().all(|_| told.contains("from <= to"));
            let refused = if reversed { TestCaseError::reject } else { TestCaseError::fail };
            refused(format!("{told} {synthetic:?}"))
        })?;
        let leeway = Leeway::of(&synthetic.files);
        agree(&naive, &Judge::new(catalog), &synthetic.case, leeway)
            .map_err(|e| TestCaseError::fail(format!("{e}\n{}", listing(&synthetic))))
    };
    randomised(400).run(&cases::synthetic(), agree_on).unwrap();
    randomised(400).run(&cases::micro(), agree_on).unwrap();
}

fn listing(synthetic: &cases::Synthetic) -> String {
    synthetic.files.iter().map(|(name, text)| format!("--- {name}\n{text}")).collect()
}

/// The naive evaluator is only worth something if it gives what the scenarios expect.
#[test]
fn the_naive_evaluator_gives_what_scenarios_expect() {
    let (naive, _) = built_in();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policies");
    for scenario in cases::load(folder.as_ref()) {
        let answer = naive.answer(&scenario.case);
        let expect = &scenario.expect;
        let expected = serde_json::json!({
            "verdict": expect.verdict, "firm": expect.firm, "via": expect.via,
            "advisory": expect.advisory, "missing": expect.missing, "reasons": expect.reasons,
            "inherited_from": expect.inherited_from,
        });
        for field in FIELDS {
            let given = answer.get(field).unwrap_or(&Value::Null);
            let (file, id, title) = (&scenario.file, &scenario.id, &scenario.title);
            assert_eq!(given, &expected[field], "{file} {id} {title}: {field}");
        }
        for (reading, option, verdict) in &expect.readings {
            let given = naive.verdict(&scenario.case, &[(reading.as_str(), option.as_str())]);
            assert_eq!(&given, verdict, "{} {reading}={option}", scenario.id);
        }
    }
}

/// The least hours of the naive evaluator, found by trying every addition hundredth by hundredth.
#[test]
fn the_least_hours_are_the_least_that_trying_finds() {
    const MOST: i64 = 5;
    let check = |synthetic: cases::Synthetic| {
        let naive = Naive::from_texts(&synthetic.files);
        let answer = naive.answer(&synthetic.case);
        if answer["verdict"] == "not_met" {
            let missing = answer["missing"].as_str().unwrap_or("time");
            let least = missing.parse().ok().map(Hours::hundredths).filter(|least| *least <= MOST);
            let tried = naive.tried(&synthetic.case, MOST);
            prop_assert_eq!(least, tried, "{}", listing(&synthetic));
        }
        Ok(())
    };
    randomised(200).run(&cases::micro(), check).unwrap();
}
