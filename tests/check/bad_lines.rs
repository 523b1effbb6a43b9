//! Lines that are no cases: each gets an error in its place, and the others are still answered.

use serde_json::{Value, json};

use super::{GOOD, TempFile, check};

const DECLARED: &str = r#"{"id":"x","declaration":{"jurisdiction":"331100","year":2023,"level":"intermediate","series":"engineering""#;

fn with_record(record: &str) -> Vec<u8> {
    format!("{DECLARED}}},\"records\":[{record}]}}").into_bytes()
}

fn with_hours(hours: &str) -> Vec<u8> {
    with_record(&format!(r#"{{"year":2023,"category":"general","hours":{hours},"source":"s"}}"#))
}

fn with_declared(more: &str) -> Vec<u8> {
    format!("{DECLARED},{more}}},\"records\":[]}}").into_bytes()
}

/// A line, and the code and field of what is wrong with it.
type Bad = (Vec<u8>, &'static str, &'static str);

/// No JSON, or no table.
fn no_cases() -> Vec<Bad> {
    let bad = |line: &str, code, field| (line.as_bytes().to_vec(), code, field);
    vec![
        bad("{", "not_json", ""),
        bad("nonsense", "not_json", ""),
        bad("{} {}", "not_json", ""),
        bad(r#"{"id":NaN}"#, "not_json", ""),
        bad("{'id':'x'}", "not_json", ""),
        bad(&"[".repeat(100_000), "not_json", ""),
        bad(&format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)), "not_json", ""),
        (b"{\"id\":\"a\0b\"}".to_vec(), "not_json", ""),
        (b"\0".to_vec(), "not_json", ""),
        (b"{\"id\":\"\xff\xfe\"}".to_vec(), "not_utf8", ""),
        (b"\xb1\xe0\xba\xc5".to_vec(), "not_utf8", ""),
        bad(r#"{"id":"x","id":"x"}"#, "not_json", ""),
        bad(r#"{"id":"\ud800"}"#, "not_json", ""),
        bad("[]", "not_a_table", ""),
        bad("null", "not_a_table", ""),
        bad("\"text\"", "not_a_table", ""),
    ]
}

/// Wrong around the declaration or in it.
fn bad_declarations() -> Vec<Bad> {
    let bad = |line: &str, code, field| (line.as_bytes().to_vec(), code, field);
    let declaration = r#"{"jurisdiction":"331100","year":2023,"level":"junior","series":"law"}"#;
    vec![
        bad("{}", "field_missing", "declaration"),
        bad(r#"{"id":"x","declaration":null}"#, "field_missing", "declaration"),
        bad(r#"{"id":"x","declaration":[]}"#, "wrong_type", "declaration"),
        bad(&format!(r#"{{"id":true,"declaration":{declaration}}}"#), "wrong_type", "id"),
        bad(&format!(r#"{{"id":1.5,"declaration":{declaration}}}"#), "wrong_type", "id"),
        bad(
            &format!(r#"{{"id":"x","declaration":{declaration},"records":{{}}}}"#),
            "wrong_type",
            "records",
        ),
        bad(
            &format!(r#"{{"id":"x","declaration":{declaration},"record":[]}}"#),
            "unknown_key",
            "record",
        ),
        (with_declared(r#""required_year":4"#), "unknown_key", "declaration.required_year"),
        (with_declared(r#""required_years":"4""#), "wrong_type", "declaration.required_years"),
        (with_declared(r#""required_years":4.0"#), "wrong_type", "declaration.required_years"),
        (with_declared(r#""required_years":-1"#), "not_accepted", "declaration.required_years"),
        (
            with_declared(r#""tenure_start":99999999999999999999"#),
            "wrong_type",
            "declaration.tenure_start",
        ),
        (with_declared(r#""tenure_start":1066"#), "not_accepted", "declaration.tenure_start"),
        (with_declared(r#""excused":2020"#), "wrong_type", "declaration.excused"),
        (with_declared(r#""excused":[2020,"2021"]"#), "wrong_type", "declaration.excused[1]"),
        (with_declared(r#""as_of":"2023-02-30""#), "not_accepted", "declaration.as_of"),
        (with_declared(r#""as_of":20230630"#), "not_accepted", "declaration.as_of"),
        (with_declared(r#""specialty":"""#), "wrong_type", "declaration.specialty"),
        bad(
            r#"{"declaration":{"jurisdiction":"33110","year":2023,"level":"junior","series":"law"}}"#,
            "not_accepted",
            "declaration.jurisdiction",
        ),
        bad(
            r#"{"declaration":{"jurisdiction":"３３１１００","year":2023,"level":"junior","series":"law"}}"#,
            "not_accepted",
            "declaration.jurisdiction",
        ),
        bad(
            r#"{"declaration":{"jurisdiction":"331100","year":20230,"level":"junior","series":"law"}}"#,
            "not_accepted",
            "declaration.year",
        ),
        bad(
            r#"{"declaration":{"jurisdiction":"331100","year":2023,"level":"中级","series":"law"}}"#,
            "not_accepted",
            "declaration.level",
        ),
    ]
}

/// Wrong in a record.
fn bad_records() -> Vec<Bad> {
    vec![
        (with_record("7"), "wrong_type", "records[0]"),
        (
            with_record("{\"year\":2023,\"category\":\"general\",\"source\":\"s\"}"),
            "field_missing",
            "records[0].hours",
        ),
        (
            with_record(
                r#"{"year":2023,"category":"general","hours":"1","source":"s","status":"done"}"#,
            ),
            "not_accepted",
            "records[0].status",
        ),
        (
            with_record(r#"{"year":2023,"category":"General","hours":"1","source":"s"}"#),
            "not_accepted",
            "records[0].category",
        ),
        (with_hours("8.5"), "hours_not_text", "records[0].hours"),
        (with_hours("8"), "hours_not_text", "records[0].hours"),
        (with_hours("1e999"), "not_json", ""),
        (with_hours("\"-8\""), "hours_negative", "records[0].hours"),
        (with_hours("\"8.125\""), "hours_too_fine", "records[0].hours"),
        (with_hours("\"100000\""), "hours_too_large", "records[0].hours"),
        (with_hours("\"99999999999999999999999\""), "hours_too_large", "records[0].hours"),
        (with_hours("\" 8\""), "hours_not_decimal", "records[0].hours"),
        (with_hours("\"８\""), "hours_not_decimal", "records[0].hours"),
        (with_hours("\"1e3\""), "hours_not_decimal", "records[0].hours"),
        (with_hours("\"\""), "hours_not_decimal", "records[0].hours"),
    ]
}

fn bad_lines() -> Vec<Bad> {
    [no_cases(), bad_declarations(), bad_records()].concat()
}

fn assert_error(answer: &Value, line: usize, code: &str, field: &str) {
    let error = &answer["error"];
    assert_eq!(error["code"], code, "line {line}: {answer}");
    assert_eq!(error["line"], line, "{answer}");
    assert_eq!(error["field"].as_str().unwrap_or_default(), field, "{answer}");
    for lang in ["zh", "en"] {
        let sentence = error["message"][lang].as_str().expect("a sentence");
        assert!(!sentence.is_empty() && !sentence.starts_with("message."), "{answer}");
    }
    assert!(answer.get("verdict").is_none(), "{answer}");
}

#[test]
fn each_bad_line_gets_its_error_and_the_others_their_answers() {
    let bad = bad_lines();
    let mut input = Vec::new();
    for (line, _, _) in &bad {
        input.extend_from_slice(line);
        input.push(b'\n');
        input.extend_from_slice(GOOD.as_bytes());
        input.push(b'\n');
    }
    let given = check(&[], &input);
    assert_eq!(given.status, 1, "{}", given.err);
    let answers = given.answers();
    assert_eq!(answers.len(), 2 * bad.len());
    for (n, (pair, (_, code, field))) in answers.chunks(2).zip(&bad).enumerate() {
        assert_error(&pair[0], 2 * n + 1, code, field);
        assert_eq!(pair[1]["verdict"], "met", "after bad line {n}");
    }
    let count = format!("{} of {}", bad.len(), 2 * bad.len());
    assert!(given.err.contains(&count), "{}", given.err);
}

#[test]
fn an_error_keeps_the_id_that_could_be_read() {
    let given = check(&[], &with_hours("8.5"));
    assert_eq!(given.answers()[0]["id"], "x");
}

#[test]
fn every_problem_of_a_case_is_told_at_once() {
    let line = r#"{"id":"x","declaration":{"jurisdiction":"1","year":1,"level":"a","series":""},"records":[{}]}"#;
    let answers = check(&[], line.as_bytes()).answers();
    let fields: Vec<&str> = answers[0]["error"]["more"]
        .as_array()
        .expect("more")
        .iter()
        .filter_map(|e| e["field"].as_str())
        .collect();
    let wanted = [
        "declaration.year",
        "declaration.level",
        "declaration.series",
        "records[0].year",
        "records[0].category",
        "records[0].hours",
        "records[0].source",
    ];
    assert_eq!(fields, wanted);
}

#[test]
fn very_many_problems_of_a_case_are_not_all_told() {
    let line = format!("{{\"id\":\"x\",\"records\":[{}]}}", vec!["7"; 100_000].join(","));
    let given = check(&[], line.as_bytes());
    assert!(given.out.len() < 100_000, "{} bytes of errors", given.out.len());
    let answers = given.answers();
    let more = answers[0]["error"]["more"].as_array().expect("more");
    assert_eq!(more.last().expect("the last")["code"], "too_many_problems");
}

#[test]
fn a_case_with_very_many_keys_is_refused_quickly() {
    let keys: Vec<String> = (0..200_000).map(|n| format!("\"k{n}\":1")).collect();
    let started = std::time::Instant::now();
    let given = check(&[], format!("{{{}}}", keys.join(",")).as_bytes());
    assert_eq!(given.status, 1);
    let took = started.elapsed().as_secs();
    assert!(took < 20, "{took} s: the work grows with the square of the keys");
}

#[test]
fn windows_and_spreadsheets_leave_marks_that_do_not_matter() {
    for input in [
        format!("\u{feff}{GOOD}\r\n\r\n   \n{GOOD}\r\n"),
        format!("\n\n{GOOD}\n\n{GOOD}"),
        format!("  {GOOD}  \n\u{feff}{GOOD}"),
    ] {
        let given = check(&[], input.as_bytes());
        let verdicts: Vec<Value> = given.answers().iter().map(|a| a["verdict"].clone()).collect();
        assert_eq!(
            (given.status, verdicts),
            (0, vec![json!("met"), json!("met")]),
            "{}",
            given.err
        );
    }
}

#[test]
fn blank_lines_are_counted_as_lines() {
    let given = check(&[], b"\r\n\n\n{\n");
    assert_error(&given.answers()[0], 4, "not_json", "");
}

#[test]
fn nothing_asked_is_nothing_answered() {
    for input in ["", "\n", "\u{feff}", "\r\n \r\n"] {
        let given = check(&[], input.as_bytes());
        assert_eq!(
            (given.status, given.out.as_str(), given.err.as_str()),
            (0, "", ""),
            "{input:?}"
        );
    }
}

#[test]
fn a_file_and_standard_input_are_answered_alike() {
    let file = TempFile::new("one.ndjson", GOOD.as_bytes());
    let from_file = check(&[file.path()], b"");
    assert_eq!(from_file.out, check(&[], GOOD.as_bytes()).out);
    assert_eq!(from_file.out, check(&["-"], GOOD.as_bytes()).out);
    assert_eq!(from_file.answers()[0]["verdict"], "met");
}

#[test]
fn a_file_that_is_not_there_ends_with_2_and_its_name() {
    for (lang, word) in [("zh", "无法读取"), ("en", "cannot read")] {
        let given = check(&["--lang", lang, "no-such-cases.ndjson"], b"");
        assert_eq!((given.status, given.out.as_str()), (2, ""));
        assert!(
            given.err.contains(word) && given.err.contains("no-such-cases.ndjson"),
            "{}",
            given.err
        );
    }
}

#[test]
fn a_folder_of_policies_that_is_not_there_ends_with_2() {
    let given = check(&["--policies", "no-such-folder"], GOOD.as_bytes());
    assert_eq!((given.status, given.out.as_str()), (2, ""));
    assert!(given.err.contains("no-such-folder"), "{}", given.err);
}
