//! What holds of every answer, whoever the person is.

use proptest::prelude::*;
use serde_json::{Value, json};
use xueshi::app::compliance::case_answer::{self, Answer, Depth};
use xueshi::domain::answer::Verdict;
use xueshi::domain::hours::Hours;
use xueshi::domain::policy::judge::Judge;

use crate::support::{cases, randomised};

/// A source that every notice admits for every category and year.
const ADMITTED: &str = "huzhou-xsglt";

fn answer(judge: &Judge, case: &Value) -> Answer {
    let read = case_answer::read_line(&case.to_string()).expect("a case");
    case_answer::answer(judge, &read, Depth::Deciding).expect("an answer")
}

fn records(case: &mut Value) -> &mut Vec<Value> {
    case["records"].as_array_mut().expect("records")
}

fn record(year: i16, category: &str, hours: Hours) -> Value {
    json!({"year": year, "category": category, "hours": hours.to_string(), "source": ADMITTED})
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::NotMet => 0,
        Verdict::Indeterminate => 1,
        _ => 2,
    }
}

#[test]
fn the_remedy_makes_it_met_and_one_step_less_does_not() {
    let (_, judge) = super::built_in();
    let check = |mut case: Value| {
        // The remedy is told of the confirmed records alone.
        records(&mut case).retain(|record| record.get("status") != Some(&json!("pending")));
        let told = answer(&judge, &case);
        let Some(plan) = told.remedy.and_then(|remedy| remedy.any_year) else { return Ok(()) };
        let apply = |short: Hours| {
            let mut case = case.clone();
            for (i, add) in plan.add.iter().enumerate() {
                let hours = if i == 0 { add.hours - short } else { add.hours };
                records(&mut case).push(record(add.year, add.category.name(), hours));
            }
            answer(&judge, &case).verdict
        };
        prop_assert_eq!(apply(Hours::ZERO), Verdict::Met, "{} {:?}", case, plan);
        prop_assert_ne!(apply(Hours::STEP), Verdict::Met, "{} {:?}", case, plan);
        Ok(())
    };
    randomised(400).run(&cases::any_city(), check).unwrap();
}

#[test]
fn a_recognised_hour_never_harms_where_the_plan_is_monotone() {
    let (_, judge) = super::built_in();
    let cities =
        prop_oneof![cases::lishui(), cases::huzhou(), cases::hangzhou(), cases::construction(),];
    let hour = (2016i16..=2026, 0usize..3, 1i64..=9000);
    let check = |(case, (year, category, hundredths)): (Value, (i16, usize, i64))| {
        let before = answer(&judge, &case).verdict;
        let category = ["professional", "industry", "general"][category];
        let mut more = case.clone();
        records(&mut more).push(record(year, category, Hours::from_hundredths(hundredths)));
        let after = answer(&judge, &more).verdict;
        prop_assert!(rank(after) >= rank(before), "{:?} to {:?}: {}", before, after, more);
        Ok(())
    };
    randomised(400).run(&(cities, hour), check).unwrap();
}

#[test]
fn the_same_case_gives_the_same_bytes() {
    let (_, judge) = super::built_in();
    let (_, another) = super::built_in();
    let check = |case: Value| {
        let bytes = |judge: &Judge| serde_json::to_vec(&answer(judge, &case)).expect("JSON");
        prop_assert_eq!(bytes(&judge), bytes(&another));
        Ok(())
    };
    randomised(100).run(&cases::any_city(), check).unwrap();
}
