//! What every answer keeps to, whoever is judged.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use xueshi::app::policies::toml_files;
use xueshi::domain::answer::{ReasonCode, Verdict};

use super::{cases, check, lines_of};

const FIELDS: [&str; 7] = ["id", "verdict", "firm", "via", "advisory", "reasons", "missing"];

#[test]
fn the_fixed_cases_show_every_verdict_and_leave_nothing_out() {
    let text = cases();
    let given = check(&[], text.as_bytes());
    assert_eq!(given.status, 1, "some of them cannot be answered");
    let answers = given.answers();
    assert_eq!(answers.len(), text.lines().filter(|line| !line.is_empty()).count());
    let shown: BTreeSet<&str> = answers.iter().filter_map(|a| a["verdict"].as_str()).collect();
    let all: BTreeSet<&str> = Verdict::ALL.iter().map(|verdict| verdict.name()).collect();
    assert_eq!(shown, all);
    let reasons = answers.iter().filter_map(|answer| answer["reasons"].as_array()).flatten();
    let shown: BTreeSet<&str> = reasons.filter_map(|reason| reason["code"].as_str()).collect();
    let all: BTreeSet<&str> = ReasonCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(shown, all);
}

#[test]
fn answers_come_in_the_order_of_the_cases_with_their_ids() {
    let text = cases();
    let ids: Vec<Value> =
        check(&[], text.as_bytes()).answers().iter().map(|a| a["id"].clone()).collect();
    let asked = text.lines().filter(|line| !line.is_empty()).map(|line| {
        serde_json::from_str::<Value>(line).map_or(Value::Null, |case| {
            let twice = line.matches("\"id\":").count() > 1;
            if twice { Value::Null } else { case.get("id").cloned().unwrap_or_default() }
        })
    });
    assert_eq!(ids, asked.collect::<Vec<_>>());
}

#[test]
fn fields_stand_in_the_order_of_the_contract() {
    for line in check(&[], cases().as_bytes()).out.lines() {
        let answer: Value = serde_json::from_str(line).expect("JSON");
        let keys: Vec<&String> = answer.as_object().expect("an object").keys().collect();
        if answer.get("error").is_some() {
            assert_eq!(keys, ["id", "error"], "{line}");
        } else {
            assert_eq!(keys[..7], FIELDS, "{line}");
            let more = ["inherited_from", "policy", "flips"];
            assert!(keys[7..].iter().all(|key| more.contains(&key.as_str())), "{line}");
        }
    }
}

#[test]
fn reasons_are_sorted_by_code_year_and_clause() {
    let mut most = 0;
    for answer in check(&[], cases().as_bytes()).answers() {
        let reasons = answer["reasons"].as_array().cloned().unwrap_or_default();
        let key = |reason: &Value| {
            let code = ReasonCode::from_name(reason["code"].as_str().expect("a code"));
            let place = ReasonCode::ALL.iter().position(|known| Some(*known) == code);
            let clause = reason["clause"].as_str().unwrap_or_default().to_owned();
            (place.expect("a known code"), reason["year"].as_i64(), clause)
        };
        assert!(reasons.is_sorted_by_key(key), "{answer}");
        most = most.max(reasons.len());
    }
    assert!(most > 5, "nothing to sort");
}

#[test]
fn amounts_are_exact_text_and_the_difference_is_right() {
    let hundredths = |value: &Value| {
        let text = value.as_str().expect("text").to_owned();
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        whole.parse::<i64>().expect("digits") * 100
            + format!("{part:0<2}").parse::<i64>().expect("digits")
    };
    let mut seen = 0;
    for answer in check(&[], cases().as_bytes()).answers() {
        for reason in answer["reasons"].as_array().into_iter().flatten() {
            if reason.get("short").is_some() {
                let [have, need, short] =
                    ["have", "need", "short"].map(|key| hundredths(&reason[key]));
                assert_eq!(need - have, short, "{reason}");
                assert!(short > 0, "{reason}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "only {seen} amounts seen");
}

#[test]
fn what_only_some_verdicts_have_is_empty_elsewhere() {
    for answer in check(&[], cases().as_bytes()).answers() {
        let Some(verdict) = answer["verdict"].as_str() else { continue };
        assert!(answer["firm"].is_boolean() && answer["via"].is_array(), "{answer}");
        assert!(verdict == "met" || answer["via"] == json!([]), "{answer}");
        assert!(verdict == "not_met" || answer["missing"].is_null(), "{answer}");
        assert!(verdict == "referred" || answer["advisory"].is_null(), "{answer}");
        // Each flip is another verdict, and there are flips exactly where the verdict is not firm.
        let flips = answer["flips"].as_array().cloned().unwrap_or_default();
        assert_eq!(flips.is_empty(), answer["firm"] == json!(true), "{answer}");
        assert!(flips.iter().all(|flip| flip["verdict"] != answer["verdict"]), "{answer}");
    }
}

#[test]
fn the_same_cases_give_the_same_bytes() {
    for explain in ["none", "deciding", "full"] {
        let args = ["--explain", explain];
        let [first, second] = [(); 2].map(|()| check(&args, cases().as_bytes()).out);
        assert!(!first.is_empty());
        assert_eq!(first, second);
    }
}

#[test]
fn a_proof_changes_nothing_else() {
    let bare = check(&[], cases().as_bytes()).answers();
    for explain in ["deciding", "full"] {
        let mut proved = check(&["--explain", explain], cases().as_bytes()).answers();
        for answer in &mut proved {
            let answer = answer.as_object_mut().expect("an object");
            answer.retain(|key, _| {
                !["remedy", "years", "explanation", "receipt"].contains(&key.as_str())
            });
        }
        assert_eq!(proved, bare);
    }
}

/// The scenario files as lines of JSON, with the verdict each expects.
fn scenario_cases() -> Vec<(Value, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies");
    let mut cases = Vec::new();
    for (_, text) in toml_files(&folder).expect("scenarios") {
        let file: toml::Table = toml::from_str(&text).expect("TOML");
        for scenario in file["scenario"].as_array().expect("scenarios") {
            let json = |value: &toml::Value| serde_json::to_value(value).expect("JSON");
            let mut records = Vec::new();
            for (year, amounts) in
                scenario.get("hours").and_then(toml::Value::as_table).into_iter().flatten()
            {
                let year: i64 = year.parse().expect("a year");
                let categories = ["professional", "industry", "general", "public"];
                for (category, hours) in categories.iter().zip(amounts.as_array().expect("amounts"))
                {
                    let source = scenario["source"].as_str().expect("a source");
                    if hours.as_str() != Some("0") {
                        records.push(json!({"year": year, "category": category, "hours": json(hours), "source": source}));
                    }
                }
            }
            records.extend(
                scenario
                    .get("record")
                    .and_then(toml::Value::as_array)
                    .into_iter()
                    .flatten()
                    .map(json),
            );
            let verdict = scenario["expect"]["verdict"].as_str().expect("a verdict").to_owned();
            let declaration = json(&scenario["declaration"]);
            cases.push((json!({"id": json(&scenario["id"]), "declaration": declaration, "records": records}), verdict));
        }
    }
    cases
}

#[test]
fn every_scenario_comes_out_the_same_at_the_front_door() {
    let cases = scenario_cases();
    assert!(cases.len() > 100, "only {} scenarios", cases.len());
    let text = lines_of(cases.iter().map(|(case, _)| case));
    let given = check(&[], text.as_bytes());
    assert_eq!(given.status, 0, "{}", given.err);
    let answers = given.answers();
    assert_eq!(answers.len(), cases.len());
    for (answer, (case, verdict)) in answers.iter().zip(&cases) {
        assert_eq!(answer["id"], case["id"]);
        assert_eq!(answer["verdict"], json!(verdict), "{}", case["id"]);
    }
}

#[test]
fn no_sentence_shows_the_key_it_was_looked_up_by() {
    let mut text = lines_of(scenario_cases().iter().map(|(case, _)| case));
    text.push_str(&cases());
    let tables =
        ["word", "kind", "fate", "ground", "reason", "verdict", "category", "fact", "message"];
    for lang in ["zh", "en"] {
        for explain in ["deciding", "full"] {
            let args = ["--format", "text", "--lang", lang, "--explain", explain];
            let given = check(&args, text.as_bytes()).out;
            assert!(given.lines().count() > 1000, "{lang}: too little to look at");
            for word in given.split(|c: char| !(c.is_ascii_lowercase() || "._-".contains(c))) {
                let is_key = word.split_once('.').is_some_and(|(table, name)| {
                    tables.contains(&table) && name.starts_with(|c: char| c.is_ascii_lowercase())
                });
                assert!(!is_key, "{lang}: {word}");
            }
        }
    }
}
