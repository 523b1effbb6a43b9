//! The answers to the fixed cases, word by word. A change here is a change of the contract.

use super::{cases, cases_of, check};

/// Cases whose whole proof is kept: an exception, former rules, a refused source, a referral.
const PROVED: &[&str] = &[
    "by-a-hundredth",
    "via-360",
    "legacy-unproven",
    "source-not-admitted",
    "referred-with-advice",
];

/// Hashes say nothing to a reader, and what they are of stands beside them.
fn without_hashes(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive('"') {
        let inner = part.trim_end_matches('"');
        let is_hash = inner.len() == 64 && inner.bytes().all(|b| b.is_ascii_hexdigit());
        out.push_str(if is_hash { "(sha256)\"" } else { part });
    }
    out
}

fn pretty(ndjson: &str) -> String {
    let value = |line| serde_json::from_str::<serde_json::Value>(line).expect("an answer");
    let text = |line| serde_json::to_string_pretty(&value(line)).expect("JSON");
    without_hashes(&ndjson.lines().map(text).collect::<Vec<_>>().join("\n"))
}

#[test]
fn json() {
    insta::assert_snapshot!(check(&[], cases().as_bytes()).out);
}

#[test]
fn what_decides() {
    let given = check(&["--explain", "deciding"], cases_of(PROVED).as_bytes());
    insta::assert_snapshot!(pretty(&given.out));
}

#[test]
fn the_full_proof() {
    let given = check(&["--explain", "full"], cases_of(PROVED).as_bytes());
    insta::assert_snapshot!(pretty(&given.out));
}

#[test]
fn text_in_chinese() {
    let given = check(&["--format", "text", "--lang", "zh"], cases().as_bytes());
    insta::assert_snapshot!(given.out);
}

#[test]
fn text_in_english() {
    let given = check(&["--format", "text", "--lang", "en"], cases().as_bytes());
    insta::assert_snapshot!(given.out);
}

#[test]
fn the_full_proof_in_chinese() {
    let args = ["--format", "text", "--lang", "zh", "--explain", "full"];
    insta::assert_snapshot!(check(&args, cases_of(PROVED).as_bytes()).out);
}

#[test]
fn the_full_proof_in_english() {
    let args = ["--format", "text", "--lang", "en", "--explain", "full"];
    insta::assert_snapshot!(check(&args, cases_of(PROVED).as_bytes()).out);
}

#[test]
fn csv_in_chinese() {
    let given = check(&["--format", "csv", "--lang", "zh"], cases().as_bytes());
    insta::assert_snapshot!(given.out);
}

#[test]
fn csv_in_english() {
    let given = check(&["--format", "csv", "--lang", "en"], cases().as_bytes());
    insta::assert_snapshot!(given.out);
}
