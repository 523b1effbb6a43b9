//! The judge against an evaluator that tries every settlement and shares no code with it.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use crate::support::{cases, naive::Naive, randomised};
use xueshi::app::{check, policies};
use xueshi::domain::policy::catalog::Catalog;
use xueshi::domain::policy::judge::Judge;

const FIELDS: [&str; 7] =
    ["verdict", "firm", "via", "advisory", "missing", "reasons", "inherited_from"];

/// `shares`: some standard asks for a share, for which the contract has no reason code: the judge
/// tells the share as an amount, the naive evaluator tells nothing; and the least hours may be
/// more than the least.
fn agree(naive: &Naive, judge: &Judge, case: &Value, shares: bool) -> Result<(), TestCaseError> {
    let line = case.to_string();
    let read = check::read_line(&line).map_err(|(_, p)| TestCaseError::fail(format!("{p:?}")))?;
    let answer = check::answer(judge, &read, check::Depth::None)
        .map_err(|problems| TestCaseError::fail(format!("{problems:?}")))?;
    let ours = serde_json::to_value(&answer).unwrap();
    let theirs = naive.answer(case);
    let told = |field: &&str| !(shares && matches!(*field, "reasons" | "missing"));
    for field in FIELDS.iter().copied().filter(|field| told(field)) {
        let of = |answer: &Value| answer.get(field).cloned().unwrap_or(Value::Null);
        // Where each of several exceptions would do, none is needed alone; the judge names them.
        let alternatives = of(&ours).as_array().is_some_and(|via| via.len() > 1);
        if field == "via" && alternatives && of(&theirs) == serde_json::json!([]) {
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
        agree(&naive, &judge, &scenario.case, false)
            .unwrap_or_else(|e| panic!("{}: {e}", scenario.id));
    }
}

#[test]
fn random_people_of_the_cities_agree() {
    let (naive, judge) = built_in();
    randomised(400).run(&cases::any_city(), |case| agree(&naive, &judge, &case, false)).unwrap();
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
        let shares = synthetic.files.iter().any(|(_, text)| text.contains("ratio"));
        agree(&naive, &Judge::new(catalog), &synthetic.case, shares)
            .map_err(|e| TestCaseError::fail(format!("{e}\n{}", listing(&synthetic))))
    };
    randomised(400).run(&cases::synthetic(), agree_on).unwrap();
    randomised(400).run(&cases::micro(), agree_on).unwrap();
}

fn listing(synthetic: &cases::Synthetic) -> String {
    synthetic.files.iter().map(|(name, text)| format!("--- {name}\n{text}")).collect()
}
