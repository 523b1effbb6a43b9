//! What once went wrong at the edges of the input.

use xueshi::domain::declaration::AsOf;

use super::{GOOD, TempFile, check, xueshi};

const DECLARATIONS: &str = "id,jurisdiction,year,level,series\n";
const RECORDS: &str = "id,year,category,hours,source\n";

fn check_tables(name: &str, declarations: &str, records: &str) -> super::Output {
    let declarations = TempFile::new(&format!("{name}-d.csv"), declarations.as_bytes());
    let records = TempFile::new(&format!("{name}-r.csv"), records.as_bytes());
    check(&["--declarations", declarations.path(), "--records", records.path()], b"")
}

#[test]
fn a_quote_that_is_not_closed_is_told() {
    let declarations =
        format!("{DECLARATIONS}甲,331100,2023,junior,law\n乙,331100,2023,junior,law\n");
    let records = format!("{RECORDS}甲,2023,general,8,\"registry\n乙,2023,general,8,registry\n");
    let given = check_tables("quote", &declarations, &records);
    assert_ne!(given.status, 0, "{}", given.out);
}

#[test]
fn rows_without_an_id_are_nobodys() {
    let declarations = format!("{DECLARATIONS},331100,2023,junior,law\n,331100,2023,senior,law\n");
    let records = format!("{RECORDS},2023,general,8,registry\n");
    let given = check_tables("no-id", &declarations, &records);
    assert_eq!(given.status, 1, "{}", given.out);
    assert!(given.answers().iter().all(|answer| answer.get("error").is_some()), "{}", given.out);
}

#[test]
fn a_broken_byte_does_not_turn_chinese_into_other_chinese() {
    let declarations = format!("{DECLARATIONS}a,331100,2023,junior,law\n");
    let records =
        [RECORDS.as_bytes(), "a,2023,general,8,学习".as_bytes(), b"\xe5", "网\n".as_bytes()];
    let declarations = TempFile::new("byte-d.csv", declarations.as_bytes());
    let records = TempFile::new("byte-r.csv", &records.concat());
    let args =
        ["--declarations", declarations.path(), "--records", records.path(), "--explain", "full"];
    let given = check(&args, b"");
    assert!(given.status != 0 || given.out.contains("学习"), "{}", given.out);
}

#[test]
fn instants_have_one_form() {
    for text in ["+2023-6-30", "2023- 6-30", "2023-06-30 08:00:00+08:00", "2023-06-30t08:00:00z"] {
        assert_eq!(AsOf::new(text), None, "{text}");
    }
}

#[test]
fn an_id_cannot_forge_a_line_of_text() {
    let line = GOOD.replace("\"good\"", r#""x\u001b[2J\nforged  met""#);
    let given = check(&["--format", "text"], line.as_bytes());
    assert!(!given.out.contains('\u{1b}') && given.out.lines().count() == 1, "{:?}", given.out);
}

#[test]
fn a_folder_in_place_of_a_file_is_named() {
    let given = check(&["--lang", "en", "src"], b"");
    assert_eq!(given.status, 2);
    assert!(given.err.contains("read src"), "{}", given.err);
}

#[test]
fn a_proof_over_many_required_years_is_quick() {
    let declared =
        r#"{"jurisdiction":"331100","year":2023,"level":"senior","series":"engineering","#;
    let facts = r#""required_years":30,"tenure_start":2016}"#;
    let cases = format!("{{\"declaration\":{declared}{facts}}}\n").repeat(20);
    let started = std::time::Instant::now();
    let given = check(&["--explain", "full"], cases.as_bytes());
    assert!(given.answers().iter().all(|answer| answer["verdict"] == "not_met"), "{}", given.out);
    assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
}

const LONG: &str = r#"
format = 1
id = "990100/2030"
name = "示例市"
jurisdiction = "990100"
declaring_years = { from = 2030, to = 2030 }

[[document]]
id = "notice"
number = ""
title = "示例通知"
status = "missing"

[[clause]]
id = "annual"
kind = "annual"
total = "90"
cite = { doc = "notice", section = "", quote = "示例" }

[[clause]]
id = "each"
kind = "each-year"
window = { length = 24, ends = "D" }
cite = { doc = "notice", section = "", quote = "示例" }
"#;

#[test]
fn a_long_window_is_judged_quickly() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("xueshi-test-{}-long", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("long.toml"), LONG).expect("a policy");
    let declaration = r#"{"jurisdiction":"990100","year":2030,"level":"junior","series":"law"}"#;
    let case =
        TempFile::new("long.ndjson", format!("{{\"declaration\":{declaration}}}").as_bytes());
    let policies = folder.to_str().expect("a UTF-8 path");
    let mut child = xueshi(&["check", "--policies", policies, case.path()])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("xueshi starts");
    let started = std::time::Instant::now();
    let ended = loop {
        match child.try_wait().expect("the process") {
            Some(status) => break status.success(),
            None if started.elapsed().as_secs() >= 5 => break false,
            None => std::thread::sleep(std::time::Duration::from_millis(20)),
        }
    };
    // It may have ended by itself, which is what is wanted.
    let _ = child.kill();
    let _ = child.wait();
    std::fs::remove_dir_all(&folder).expect("the folder");
    assert!(ended, "no answer after {:?}", started.elapsed());
}
