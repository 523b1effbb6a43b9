//! Receipts: an answer can be repeated later, and what differs is named.

use serde_json::{Value, json};

use super::{cases, check, lines_of};

/// Every fixed case that can be answered, and its receipt.
fn with_receipts() -> Vec<(Value, Value)> {
    let text = cases();
    let answers = check(&["--explain", "full"], text.as_bytes()).answers();
    let lines = text.lines().filter(|line| !line.is_empty());
    let pairs: Vec<_> = lines
        .zip(answers)
        .filter_map(|(line, answer)| {
            let receipt = answer.get("receipt")?.clone();
            Some((serde_json::from_str(line).expect("a case"), receipt))
        })
        .collect();
    assert!(pairs.len() > 30, "only {} receipts", pairs.len());
    pairs
}

fn replay(cases: impl Iterator<Item = Value>, args: &[&str]) -> Vec<Value> {
    let text = lines_of(cases);
    let given = check(args, text.as_bytes());
    assert_eq!(given.status, 0, "{}", given.out);
    given.answers().into_iter().map(|answer| answer["replay"].clone()).collect()
}

fn put(case: &Value, receipt: &Value) -> Value {
    let mut case = case.clone();
    case["receipt"] = receipt.clone();
    case
}

#[test]
fn an_answer_repeats_itself() {
    let pairs = with_receipts();
    for explain in ["none", "deciding", "full"] {
        let given = replay(pairs.iter().map(|(c, r)| put(c, r)), &["--explain", explain]);
        assert_eq!(given, vec![json!({"same": true}); pairs.len()], "{explain}");
    }
}

/// What `check` of an earlier release answered to the same cases.
fn kept() -> Vec<(Value, Value)> {
    let kept = include_str!("../fixtures/0.1.0/check-receipts.ndjson").lines();
    let mut kept = kept.map(|line| serde_json::from_str::<Value>(line).expect("a receipt"));
    let text = cases();
    let lines = text.lines().filter(|line| !line.is_empty());
    let pairs: Vec<_> = lines
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|case| case["declaration"].is_object())
        .map_while(|case| Some((case, kept.next()?)))
        .collect();
    assert!(pairs.len() > 30 && pairs.iter().all(|(case, then)| case["id"] == then["id"]));
    pairs
}

#[test]
fn an_answer_repeats_that_of_an_earlier_release() {
    let pairs = kept();
    let with = |change: &dyn Fn(&mut Value)| {
        let asked = pairs.iter().map(|(case, then)| {
            let mut case = put(case, &then["receipt"]);
            change(&mut case["receipt"]);
            case
        });
        replay(asked, &[])
    };
    assert_eq!(with(&|_| ()), vec![json!({"same": true}); pairs.len()]);
    assert_eq!(
        with(&|receipt| receipt["plan_encoding"] = json!(1)),
        vec![json!({"same": true}); pairs.len()]
    );
    // A hash of one encoding is none of another, and of what a later release knows nothing is said.
    for encoding in [json!(2), json!(3), json!("1"), json!(null)] {
        let told = with(&|receipt| receipt["plan_encoding"] = encoding.clone());
        for (replay, (_, then)) in told.iter().zip(&pairs) {
            let same = then["receipt"]["plan"] == "" && encoding == json!(2);
            assert_eq!(replay["same"], same, "{encoding} {then}");
            assert!(same || replay["differs"] == json!(["plan"]), "{replay}");
        }
    }
}

#[test]
fn a_changed_record_changes_the_tree_and_nothing_else() {
    let pairs: Vec<_> = with_receipts()
        .into_iter()
        .filter(|(case, _)| case["records"].as_array().is_some_and(|records| !records.is_empty()))
        .collect();
    assert!(pairs.len() > 20);
    let changed = pairs.iter().map(|(case, receipt)| {
        let mut case = put(case, receipt);
        case["records"][0]["hours"] = json!("59.99");
        case
    });
    for (given, (case, _)) in replay(changed, &[]).iter().zip(&pairs) {
        // A case that no policy answers has no tree to change.
        let none = ["no-policy", "no-city"].iter().any(|id| case["id"] == *id);
        let wanted =
            if none { json!({"same": true}) } else { json!({"same": false, "differs": ["tree"]}) };
        assert_eq!(given, &wanted, "{}", case["id"]);
    }
}

#[test]
fn what_else_differs_is_named() {
    let pairs = with_receipts();
    let (case, receipt) =
        pairs.iter().find(|(case, _)| case["id"] == "not-met-declaring-year").expect("the case");
    let differs = |change: &dyn Fn(&mut Value)| {
        let mut case = put(case, receipt);
        change(&mut case);
        replay(std::iter::once(case), &[])[0]["differs"].clone()
    };
    assert_eq!(differs(&|case| case["receipt"]["plan"] = json!("0")), json!(["plan"]));
    assert_eq!(differs(&|case| case["receipt"]["readings"][0] = json!("a=b")), json!(["readings"]));
    assert_eq!(differs(&|case| case["receipt"]["tree"] = json!(null)), json!(["tree"]));
    assert_eq!(
        differs(&|case| case["declaration"]["as_of"] = json!("2023-07-02")),
        json!(["as_of"])
    );
    assert_eq!(differs(&|case| case["receipt"]["engine"] = json!("another")), Value::Null);
    let all = json!(["plan", "as_of", "readings", "tree"]);
    assert_eq!(differs(&|case| case["receipt"] = json!({})), all);
}

#[test]
fn what_is_no_receipt_is_refused() {
    let (case, _) = with_receipts().into_iter().next().expect("a case");
    for nothing in [json!([]), json!("receipt"), json!(7)] {
        let given = check(&[], lines_of(std::iter::once(put(&case, &nothing))).as_bytes());
        assert_eq!(given.answers()[0]["error"]["field"], "receipt", "{nothing}");
        assert_eq!(given.status, 1);
    }
}

#[test]
fn the_instant_can_be_given_for_all() {
    let with = check(&["--as-of", "2022-12-31", "--explain", "full"], cases().as_bytes()).answers();
    for answer in with.iter().filter(|answer| answer.get("receipt").is_some()) {
        let own = answer["id"] == "not-met-declaring-year";
        let wanted = if own { "2023-07-01" } else { "2022-12-31" };
        assert_eq!(answer["receipt"]["as_of"], wanted, "{}", answer["id"]);
    }
    assert_eq!(check(&["--as-of", "yesterday"], b"").status, 2);
}
