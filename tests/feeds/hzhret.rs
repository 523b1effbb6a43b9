//! Learning statements.

use xueshi::domain::ledger::statement::StatedRow;
use xueshi::feeds::{Alarm, FileControl, More};

use super::{Folder, NAME, NUMBER, all_told, feed, file, key, key_of, page, told};
use crate::sheets::gzip;

const CODE: &str = "hzhret";
const ID: &str = "6f0c0001-0000-4000-8000-000000000001";
const GOOD: &str = "recognised 2024 professional 8 2024-05-08";
const END: &str = "{\"more\":\"\"}\n";

/// A statement of a completed and settled course.
pub(super) fn statement() -> serde_json::Value {
    serde_json::json!({
        "id": ID,
        "actor": {"name": NAME, "account": {"homePage": "https://hzhret.example", "name": NUMBER}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "course:KC-001", "definition": {"name": {"zh-CN": "施工安全"}}},
        "result": {"completion": true, "success": true, "extensions": {"period": "8学时"}},
        "context": {"extensions": {
            "category": 15, "year": "2024", "provider": "学习网", "settled": true, "certificate": "HZ-1",
        }},
        "timestamp": "2024-05-08T01:00:00Z",
        "stored": "2024-05-09T02:00:00.000Z",
    })
}

/// The same with one value changed, by its way.
fn with(way: &str, value: serde_json::Value) -> serde_json::Value {
    let mut statement = statement();
    *statement.pointer_mut(way).expect("a value") = value;
    statement
}

fn lines(statements: &[serde_json::Value]) -> String {
    statements.iter().map(|statement| format!("{statement}\n")).collect()
}

fn rows(statements: &[serde_json::Value]) -> Vec<StatedRow> {
    page(CODE, (lines(statements) + END).as_bytes()).expect("a page").rows
}

fn one(statement: serde_json::Value) -> String {
    told(&rows(&[statement])[0])
}

fn read_file(test: &str, name: &str, bytes: &[u8]) -> (Vec<StatedRow>, Result<FileControl, Alarm>) {
    let folder = Folder::new(&format!("xp-{test}"));
    file(CODE, &folder.put(name, bytes))
}

#[test]
fn a_clean_page_is_read_in_full() {
    let more = "{\"more\":\"/xapi/statements/more/x.2\"}\n";
    let page = page(CODE, (lines(&[statement()]) + more).as_bytes()).expect("a page");
    assert_eq!(all_told(&page.rows), [GOOD]);
    let row = &page.rows[0];
    let stored: xueshi::domain::timestamp::Timestamp =
        "2024-05-09T02:00:00Z".parse().expect("an instant");
    assert_eq!((key(row), row.version, row.row_no), (ID, stored.micros(), 1));
    assert_eq!(row.certificate.as_deref(), Some("HZ-1"));
    let xueshi::domain::ledger::statement::Said::Record(said) = &row.said else {
        panic!("a record")
    };
    assert_eq!(said.posting.particulars.course_code.as_deref(), Some("KC-001"));
    assert_eq!(page.stated.newest, Some(stored.micros()));
    let next = "/xapi/statements/more/x.2";
    assert_eq!(page.stated.more, More::Next(next.into()));
    assert_eq!(feed(CODE).target(None, Some(next)).as_deref(), Some(next));
    let since = "2024-05-06T00:00:00.125Z".parse().ok();
    let target = "/xapi/statements?limit=200&since=2024-05-06T00:00:00.125Z";
    assert_eq!(feed(CODE).target(since, None).as_deref(), Some(target));
}

#[test]
fn codes_are_of_this_feed_alone() {
    for (code, category) in [(15, "professional"), (16, "industry"), (17, "general")] {
        let told = one(with("/context/extensions/category", code.into()));
        assert_eq!(told, format!("recognised 2024 {category} 8 2024-05-08"));
    }
    for code in [1, 2, 3] {
        let told = one(with("/context/extensions/category", code.into()));
        assert_eq!(told, "held category_unknown");
    }
    let text = one(with("/context/extensions/category", "15".into()));
    assert_eq!(text, GOOD);
}

#[test]
fn a_period_is_hours_as_text() {
    for (period, outcome) in [
        ("８", GOOD),
        ("8.0", GOOD),
        ("八学时", "rejected hours_not_decimal"),
        ("91学时", "held hours_unlikely"),
        ("", "rejected field_missing"),
    ] {
        assert_eq!(one(with("/result/extensions/period", period.into())), outcome, "{period}");
    }
}

#[test]
fn duplicates_and_lines_out_of_order_keep_their_versions() {
    let later = with("/stored", "2024-06-01T00:00:00Z".into());
    let rows = rows(&[later, statement(), statement()]);
    assert_eq!(all_told(&rows), [GOOD; 3]);
    assert!(rows[0].version > rows[1].version && rows[1].version == rows[2].version);
    assert!(rows.iter().all(|row| key(row) == ID));
}

fn voiding(id: &str) -> serde_json::Value {
    let mut voiding = with("/verb/id", "http://adlnet.gov/expapi/verbs/voided".into());
    voiding["id"] = "another".into();
    voiding["stored"] = "2024-07-01T00:00:00Z".into();
    voiding["object"] = serde_json::json!({"objectType": "StatementRef", "id": id});
    voiding
}

#[test]
fn a_voiding_names_its_statement_also_before_it() {
    let rows = rows(&[voiding(ID), statement()]);
    assert_eq!(all_told(&rows), ["withdrawn key-only", GOOD]);
    assert_eq!(key(&rows[0]), key(&rows[1]));
    assert!(rows[0].version > rows[1].version);
    assert_eq!(one(voiding("")), "rejected field_missing");
    // Also where the id is one that is not kept in clear.
    let long = "x".repeat(200);
    let rows = super::page(CODE, (lines(&[voiding(&long)]) + END).as_bytes()).expect("a page").rows;
    assert_eq!(key(&rows[0]), key_of(&["id", &long]));
    let mut own = statement();
    own["voided"] = true.into();
    assert_eq!(one(own), "withdrawn 2024 professional 8 2024-05-08");
}

#[test]
fn the_day_is_the_one_in_china() {
    for (timestamp, told) in [
        ("2023-12-31T15:59:59Z", "recognised 2023 professional 8 2023-12-31 +year_basis_differs"),
        ("2023-12-31T17:30:00Z", "recognised 2024 professional 8 2024-01-01"),
        ("2024-01-01T00:30:00+08:00", "recognised 2024 professional 8 2024-01-01"),
        (
            "2023-12-31T23:59:59+08:00",
            "recognised 2023 professional 8 2023-12-31 +year_basis_differs",
        ),
        // Without an offset the day is a guess.
        ("2024-01-01T00:30:00", "rejected instant_form"),
        ("2025-01-01T00:30:00Z", "held completed_to_come +year_basis_differs"),
    ] {
        assert_eq!(one(with("/timestamp", timestamp.into())), told, "{timestamp}");
    }
}

#[test]
fn the_label_of_the_year_is_a_hint() {
    let flagged = format!("{GOOD} +year_basis_differs");
    assert_eq!(one(with("/context/extensions/year", "2025".into())), flagged);
    assert_eq!(one(with("/context/extensions/year", 2023.into())), flagged);
    for label in [serde_json::Value::Null, "".into(), "二〇二四".into()] {
        assert_eq!(one(with("/context/extensions/year", label)), GOOD);
    }
    let mut undated = statement();
    undated["timestamp"] = serde_json::Value::Null;
    assert_eq!(one(undated), "recognised 2024 professional 8 - +year_from_label");
}

#[test]
fn a_cut_last_line_is_an_alarm_after_the_whole_lines() {
    let text = lines(&[statement(), with("/id", "B".into())]);
    let cut = &text[..text.len() - 30];
    // Of a page nothing is taken; it is asked for again.
    assert_eq!(page(CODE, cut.as_bytes()).err(), Some(Alarm::CutOff { whole: 1 }));
    assert_eq!(page(CODE, text.as_bytes()).err(), Some(Alarm::CutOff { whole: 2 }), "no link");
    let (rows, control) = read_file("cut", "a.ndjson", cut.as_bytes());
    assert_eq!(
        (all_told(&rows), control),
        (vec![GOOD.to_owned()], Err(Alarm::CutOff { whole: 1 }))
    );
    let (rows, control) = read_file("whole", "a.ndjson", text.trim_end().as_bytes());
    assert_eq!((rows.len(), control.expect("whole").complete), (2, true));
    let packed = gzip(lines(&vec![statement(); 2000]).as_bytes());
    let (rows, control) = read_file("cut-gz", "a.ndjson.gz", &packed[..packed.len() / 2]);
    let whole = u64::try_from(rows.len()).expect("a count");
    assert_eq!(control, Err(Alarm::CutOff { whole }));
    // In the middle of a character.
    let half = text.find("施工").expect("a place") + 1;
    let (rows, control) = read_file("half", "a.ndjson", &text.as_bytes()[..half]);
    assert_eq!((rows.len(), control), (0, Err(Alarm::CutOff { whole: 0 })));
}

#[test]
fn a_damaged_line_between_whole_ones_is_rejected_alone() {
    let text = format!("{}{{\"id\":\n[1]\n{}", lines(&[statement()]), lines(&[statement()]));
    let told = [GOOD, "rejected line_not_json", "rejected record_not_object", GOOD];
    let page = page(CODE, (text.clone() + END).as_bytes()).expect("a page");
    assert_eq!(all_told(&page.rows), told);
    let (rows, control) = read_file("damaged", "a.ndjson", text.as_bytes());
    assert_eq!(all_told(&rows), told);
    assert_eq!(rows.iter().map(|row| row.row_no).collect::<Vec<_>>(), [1, 2, 3, 4]);
    control.expect("whole");
}

#[test]
fn gzip_is_unpacked_on_pages_and_in_files() {
    let packed = gzip((lines(&[statement()]) + END).as_bytes());
    assert_eq!(all_told(&page(CODE, &packed).expect("a page").rows), [GOOD]);
    let (rows, control) = read_file("gz", "a.ndjson.gz", &packed);
    assert_eq!((all_told(&rows), control.expect("whole").rows), (vec![GOOD.to_owned()], 1));
    assert_eq!(page(CODE, &packed[..packed.len() - 9]).err(), Some(Alarm::CutOff { whole: 0 }));
    let bomb = gzip(&vec![b' '; 65 << 20]);
    assert!(bomb.len() < 100_000);
    assert_eq!(page(CODE, &bomb).err().map(|alarm| alarm.code()), Some("expands_too_far"));
}

#[test]
fn completed_but_failed_is_rejected() {
    assert_eq!(one(with("/result/success", false.into())), "rejected course_failed");
    assert_eq!(one(with("/result/completion", false.into())), "rejected course_not_completed");
}

#[test]
fn completed_but_not_settled_is_received() {
    let received = "received 2024 professional 8 2024-05-08";
    for settled in [false.into(), serde_json::Value::Null, "no".into()] {
        assert_eq!(one(with("/context/extensions/settled", settled)), received);
    }
    let settled = with("/stored", "2024-06-01T00:00:00Z".into());
    let rows = rows(&[with("/context/extensions/settled", false.into()), settled]);
    assert_eq!(all_told(&rows), [received, GOOD]);
    assert!(key(&rows[0]) == key(&rows[1]) && rows[0].version < rows[1].version);
}

#[test]
fn the_same_course_under_a_new_id_is_another_record() {
    let rows = rows(&[statement(), with("/id", "B".into())]);
    assert_ne!(key(&rows[0]), key(&rows[1]));
}

#[test]
fn actors_known_by_a_digest_are_held() {
    for digest in ["ab".repeat(32), "0123456789abcdef0123456789abcdef01234567".into()] {
        let mut hashed = with("/actor/account/name", digest.into());
        assert_eq!(one(hashed.clone()), "held actor_hashed");
        hashed["actor"].as_object_mut().expect("an actor").remove("name");
        assert_eq!(one(hashed), "held actor_hashed");
    }
    assert_eq!(one(with("/actor/account/name", "1".into())), "rejected id_number_length");
}

#[test]
fn unknown_verbs_are_rejected() {
    let attended = with("/verb/id", "http://adlnet.gov/expapi/verbs/attended".into());
    assert_eq!(all_told(&rows(&[attended, statement()])), ["rejected verb_unknown", GOOD]);
}

#[test]
fn a_statement_that_was_stored_at_no_time_is_rejected() {
    for stored in [serde_json::Value::Null, "yesterday".into(), "2024-05-09T02:00:00".into()] {
        assert_eq!(one(with("/stored", stored)), "rejected instant_form");
    }
}

#[test]
fn a_link_that_leads_elsewhere_is_not_followed() {
    for link in ["/admin", "/xapi/other"] {
        let text = format!("{}{{\"more\":\"{link}\"}}\n", lines(&[statement()]));
        assert_eq!(page(CODE, text.as_bytes()).err(), Some(Alarm::NotAnAnswer), "{link}");
    }
}

#[test]
fn an_answer_that_is_none_is_told() {
    for text in ["", "<html>", "{\"error\":\"more expired\"}"] {
        let alarm = page(CODE, text.as_bytes()).err().expect("an alarm");
        assert!(alarm.may_pass(), "{text}: {alarm:?}");
    }
    assert!(page(CODE, END.as_bytes()).expect("an empty page").rows.is_empty());
}

#[test]
fn summaries_are_read_to_their_last_line() {
    let line = format!(
        r#"{{"account":"{NUMBER}","name":"{NAME}","year":"2024","professional":"8","industry":0,"general":"4.5"}}"#
    );
    let summaries = feed(CODE).read_summaries(format!("{line}\nx\n{END}").as_bytes());
    let summaries = summaries.expect("summaries");
    assert_eq!((summaries.rows.len(), summaries.unread, summaries.more), (1, 1, More::End));
    let cut = feed(CODE).read_summaries(line.as_bytes()).err();
    assert_eq!(cut, Some(Alarm::CutOff { whole: 1 }));
}
