//! Pages of JSON.

use xueshi::domain::ledger::statement::Said;
use xueshi::feeds::{Alarm, More};

use super::{NAME, NUMBER, all_told, feed, key, key_of, name, page, told};

const CODE: &str = "huzhou-registry";
const ID: &str = "1710000000000000001";

/// A record, with changes; the values are JSON.
pub(super) fn record(changes: &[(&str, &str)]) -> String {
    let usual = [
        ("id", format!("\"{ID}\"")),
        ("sfzh", format!("\"{NUMBER}\"")),
        ("xm", format!("\"{NAME}\"")),
        ("dwmc", "\"样例单位\"".into()),
        ("zylb", "\"工程\"".into()),
        ("kcbh", "\"KC-001\"".into()),
        ("kcmc", "\"施工安全\"".into()),
        ("jgmc", "\"样例培训中心\"".into()),
        ("kmlx", "\"1\"".into()),
        ("xs", "\"24.0\"".into()),
        ("nd", "\"2024\"".into()),
        ("kssj", "\"2024-05-06 08:30:00\"".into()),
        ("jssj", "\"2024-05-08 17:00:00\"".into()),
        ("rdzt", "\"2\"".into()),
        ("rdsj", "\"2024-05-20 10:00:00\"".into()),
        ("djfs", "\"单位登记\"".into()),
        ("bz", "\"\"".into()),
        ("gxsj", "\"2024-05-20 10:00:00\"".into()),
    ];
    let value = |key: &str, usual: String| {
        changes.iter().find(|(other, _)| *other == key).map_or(usual, |(_, v)| (*v).to_owned())
    };
    let fields = usual.map(|(key, usual)| (key, value(key, usual)));
    let written = fields.iter().filter(|(_, value)| !value.is_empty());
    let written: Vec<String> = written.map(|(key, value)| format!("\"{key}\":{value}")).collect();
    format!("{{{}}}", written.join(","))
}

/// A page with numbers of its own choice.
pub(super) fn paged(total: u64, size: u64, current: u64, pages: u64, records: &[String]) -> String {
    let records = records.join(",");
    format!(
        r#"{{"success":true,"code":200,"message":"","result":{{"total":{total},"size":{size},"current":{current},"pages":{pages},"records":[{records}]}}}}"#
    )
}

fn whole(records: &[String]) -> String {
    let count = u64::try_from(records.len()).expect("a count");
    paged(count, 200, 1, 1, records)
}

/// What becomes of one record.
fn one(changes: &[(&str, &str)]) -> String {
    let page = page(CODE, whole(&[record(changes)]).as_bytes()).expect("a page");
    assert_eq!(page.rows.len(), 1);
    told(&page.rows[0])
}

fn alarm(text: &str) -> Alarm {
    page(CODE, text.as_bytes()).err().expect("an alarm")
}

const GOOD: &str = "recognised 2024 professional 24 2024-05-08";

#[test]
fn a_clean_page_is_read_in_full() {
    let records = [record(&[]), record(&[("id", "\"B2\""), ("kmlx", "\"3\""), ("rdzt", "\"0\"")])];
    let page = page(CODE, paged(5, 2, 2, 3, &records).as_bytes()).expect("a page");
    assert_eq!(all_told(&page.rows), [GOOD, "received 2024 industry 24 2024-05-08"]);
    let row = &page.rows[0];
    assert_eq!((key(row), row.row_no, page.rows[1].row_no), (ID, 1, 2));
    assert_eq!(row.started_on.map(|day| day.to_string()).as_deref(), Some("2024-05-06"));
    assert_eq!(row.raw, record(&[]).into_bytes(), "as received");
    let Said::Record(said) = &row.said else { panic!("a record") };
    assert_eq!(said.number.expose(), NUMBER);
    let texts = said.posting.particulars.clone();
    assert_eq!(texts.course_code.as_deref(), Some("KC-001"));
    assert_eq!(texts.course_title.as_deref(), Some("施工安全"));
    assert_eq!(texts.provider.as_deref(), Some("样例培训中心"));
    assert_eq!(page.stated.total, Some(5));
    assert_eq!(page.stated.more, More::Next("3".into()));
    let at = "2024-05-20T02:00:00Z".parse::<xueshi::domain::timestamp::Timestamp>();
    assert_eq!(page.stated.newest, at.ok().map(xueshi::domain::timestamp::Timestamp::micros));
}

#[test]
fn a_row_on_two_pages_comes_twice_and_the_total_shows_what_slipped_off() {
    let (a, b) = (record(&[("id", "\"A\"")]), record(&[("id", "\"B\"")]));
    let first = page(CODE, paged(4, 2, 1, 2, &[a, b.clone()]).as_bytes()).expect("a page");
    let second = page(CODE, paged(4, 2, 2, 2, &[b, record(&[])]).as_bytes()).expect("a page");
    let mut keys: Vec<&str> = first.rows.iter().chain(&second.rows).map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(
        (keys.len(), second.stated.total),
        (3, Some(4)),
        "one is missing, and it can be told"
    );
}

#[test]
fn a_wrong_count_of_pages_is_not_believed() {
    let records = [record(&[("id", "\"A\"")]), record(&[("id", "\"B\"")])];
    for pages in [0, 1, 2, 3, 9] {
        let page = page(CODE, paged(4, 2, 1, pages, &records).as_bytes()).expect("a page");
        assert_eq!(page.stated.more, More::Next("2".into()));
        let last = super::page(CODE, paged(4, 2, 2, pages, &records).as_bytes()).expect("a page");
        assert_eq!(last.stated.more, More::End);
    }
}

#[test]
fn a_page_that_its_own_numbers_contradict_stops_the_feed() {
    let records = [record(&[("id", "\"A\"")]), record(&[("id", "\"B\"")])];
    let short = alarm(&paged(5, 3, 1, 2, &records));
    assert_eq!(short, Alarm::PageShort { stated: 3, found: 2 });
    let empty = alarm(&paged(5, 2, 3, 3, &[]));
    assert_eq!(empty, Alarm::PageShort { stated: 1, found: 0 });
    let long = alarm(&paged(0, 200, 1, 0, &records));
    assert_eq!(long, Alarm::PageLong { stated: 0, found: 2 });
    assert!(page(CODE, paged(0, 200, 1, 0, &[]).as_bytes()).expect("empty").rows.is_empty());
}

#[test]
fn records_that_are_null_are_not_an_empty_list() {
    for total in [0, 7] {
        let text = paged(total, 200, 1, 1, &[]).replace("[]", "null");
        assert_eq!(alarm(&text), Alarm::RecordsMissing);
    }
    let gone =
        r#"{"success":true,"code":200,"message":"","result":{"total":7,"size":2,"current":1}}"#;
    assert_eq!(alarm(gone), Alarm::RecordsMissing);
    assert_eq!(alarm(r#"{"success":true,"code":200,"result":null}"#), Alarm::RecordsMissing);
}

#[test]
fn a_refusal_with_status_200_and_an_empty_list_is_a_refusal() {
    let empty = paged(0, 200, 1, 0, &[]);
    let not_auth = empty.replace(r#""message":"""#, r#""message":"not_auth""#);
    assert_eq!(alarm(&not_auth), Alarm::NotAuthorised);
    assert_eq!(alarm(&empty.replace("200,\"message", "401,\"message")), Alarm::NotAuthorised);
    let busy = alarm(&empty.replace("200,\"message", "500,\"message"));
    assert_eq!(busy, Alarm::Refused { code: "500".into() });
    assert_eq!(alarm(&empty.replace("true", "false")), Alarm::Refused { code: "200".into() });
}

#[test]
fn an_old_change_beside_a_new_one_is_no_hindrance() {
    let old = record(&[("gxsj", "\"2020-01-01 00:00:00\""), ("id", "\"A\"")]);
    let page = page(CODE, whole(&[old, record(&[])]).as_bytes()).expect("a page");
    assert_eq!(all_told(&page.rows), [GOOD, GOOD]);
    let at = "2024-05-20T02:00:00Z".parse::<xueshi::domain::timestamp::Timestamp>();
    assert_eq!(page.stated.newest, at.ok().map(xueshi::domain::timestamp::Timestamp::micros));
}

#[test]
fn empty_hours_reject_the_row_alone() {
    let records = [record(&[("xs", "\"\"")]), record(&[("id", "\"B\"")])];
    let page = page(CODE, whole(&records).as_bytes()).expect("a page");
    assert_eq!(all_told(&page.rows), ["rejected field_missing", GOOD]);
    assert_eq!(key(&page.rows[0]), ID);
}

#[test]
fn a_year_that_is_null_is_that_of_completion() {
    let flagged = "recognised 2024 professional 24 2024-05-08 +year_from_completion";
    assert_eq!(one(&[("nd", "null")]), flagged);
    assert_eq!(one(&[("nd", "\"\"")]), flagged);
    assert_eq!(one(&[("nd", "")]), flagged, "absent");
    assert_eq!(one(&[("nd", "null"), ("jssj", "null")]), "rejected field_missing");
}

#[test]
fn the_registrys_own_year_wins_and_disagreement_is_flagged() {
    let flagged = "recognised 2023 professional 24 2024-05-08 +year_basis_differs";
    assert_eq!(one(&[("nd", "\"2023\"")]), flagged);
    assert_eq!(one(&[("nd", "\"2023年度\"")]), flagged);
    assert_eq!(one(&[("nd", "\"2025\"")]), "rejected year_to_come +year_basis_differs");
    assert_eq!(one(&[("nd", "\"24\"")]), "rejected year_form");
}

#[test]
fn codes_may_be_numbers() {
    assert_eq!(one(&[("kmlx", "1"), ("rdzt", "2"), ("nd", "2024"), ("xs", "24.0")]), GOOD);
    assert_eq!(one(&[("xs", "24")]), GOOD);
    assert_eq!(one(&[("kmlx", "2")]), "recognised 2024 general 24 2024-05-08");
}

#[test]
fn a_clock_that_went_back_makes_no_row_older() {
    let later = record(&[("gxsj", "\"2024-05-18 10:00:00\""), ("rdzt", "\"9\"")]);
    let page = page(CODE, whole(&[record(&[]), later]).as_bytes()).expect("a page");
    assert!(page.rows[0].version < page.rows[1].version, "what is read later is newer");
    let at = "2024-05-20T02:00:00Z".parse::<xueshi::domain::timestamp::Timestamp>();
    assert_eq!(
        page.stated.newest,
        at.ok().map(xueshi::domain::timestamp::Timestamp::micros),
        "the cursor does not go back"
    );
}

#[test]
fn a_withdrawal_needs_no_tombstone() {
    assert_eq!(one(&[("rdzt", "\"9\"")]), "withdrawn 2024 professional 24 2024-05-08");
    assert_eq!(one(&[("rdzt", "\"3\"")]), "rejected 2024 professional 24 2024-05-08");
    assert_eq!(one(&[("rdzt", "\"1\"")]), "reviewing 2024 professional 24 2024-05-08");
    // What is withdrawn need not be readable any more.
    assert_eq!(one(&[("rdzt", "\"9\""), ("xs", "\"\"")]), "withdrawn key-only");
}

#[test]
fn an_echo_of_another_feed_is_a_record_of_its_own() {
    let echo = record(&[("id", "\"B\""), ("djfs", "\"系统同步\"")]);
    let page = page(CODE, whole(&[record(&[]), echo]).as_bytes()).expect("a page");
    assert_eq!(all_told(&page.rows), [GOOD, GOOD]);
    assert_ne!(key(&page.rows[0]), key(&page.rows[1]));
}

#[test]
fn a_cut_body_is_no_page() {
    let text = whole(&[record(&[]), record(&[("id", "\"B\"")])]);
    for end in 1..text.len() {
        let alarm = page(CODE, &text.as_bytes()[..end]).err().expect("an alarm");
        assert_eq!(alarm, Alarm::CutOff { whole: 0 }, "{end}");
        assert!(alarm.may_pass());
    }
}

#[test]
fn an_error_page_is_no_page() {
    for text in ["", "<html>502</html>", "[]", "{}", "null", "{\"code\":200}x"] {
        let alarm = alarm(text);
        let is = matches!(alarm, Alarm::NotAnAnswer | Alarm::CutOff { .. });
        assert!(is && alarm.may_pass(), "{text}: {alarm:?}");
    }
}

#[test]
fn ids_of_nineteen_digits_keep_their_last_digit_as_numbers() {
    for (id, known) in [("1710000000000000001", ID), ("1710000000000000003", "1710000000000000003")]
    {
        let page = page(CODE, whole(&[record(&[("id", id)])]).as_bytes()).expect("a page");
        assert_eq!(key(&page.rows[0]), known);
    }
    let beyond = "99999999999999999999";
    let page = page(CODE, whole(&[record(&[("id", beyond)])]).as_bytes()).expect("a page");
    assert_eq!(key(&page.rows[0]), beyond);
}

#[test]
fn an_id_that_may_say_who_somebody_is_becomes_a_digest() {
    // Among ids of 19 digits there are some that hold what looks like an identity number.
    for id in [format!("1{NUMBER}"), NUMBER.to_owned(), NAME.to_owned(), "x".repeat(200)] {
        let changes = format!("\"{id}\"");
        let page = page(CODE, whole(&[record(&[("id", &changes)])]).as_bytes()).expect("a page");
        assert_eq!(key(&page.rows[0]), key_of(&["id", &id]));
        assert_eq!(told(&page.rows[0]), GOOD);
    }
    assert_eq!(one(&[("id", "null")]), "rejected field_missing");
}

#[test]
fn a_name_with_a_space_in_it_is_one_name() {
    for written in ["\"时 佳\"", "\"时\u{3000}佳\"", "\"时佳\""] {
        let page = page(CODE, whole(&[record(&[("xm", written)])]).as_bytes()).expect("a page");
        assert_eq!(name(&page.rows[0]), "时佳");
    }
}

#[test]
fn what_is_damaged_or_unlikely_is_held() {
    for (field, value, told) in [
        ("sfzh", "\"3.30523E+17\"", "held id_number_damaged"),
        ("xm", "\"样?\"", "held person_name_damaged"),
        ("kmlx", "\"8\"", "held category_unknown"),
        ("rdzt", "\"7\"", "held standing_unknown"),
        ("xs", "\"90.01\"", "held hours_unlikely"),
        ("jssj", "\"2025-01-01 08:00:00\"", "held completed_to_come +year_basis_differs"),
        ("sfzh", "\"330523190001011238\"", "rejected id_number_check_digit"),
        ("xs", "\"八\"", "rejected hours_not_decimal"),
        ("xs", "\"1,200\"", "rejected hours_not_decimal"),
        ("xs", "\"8.125\"", "rejected hours_too_fine"),
        ("xs", "\"0\"", "rejected hours_zero"),
        ("xs", "\"-8\"", "rejected hours_negative"),
        ("jssj", "\"2024-02-30\"", "rejected date_form"),
        ("jssj", "\"24-05-08\"", "rejected date_two_digits"),
        ("xs", "\"90\"", "recognised 2024 professional 90 2024-05-08"),
    ] {
        assert_eq!(one(&[(field, value)]), told, "{field} {value}");
    }
}

#[test]
fn a_field_that_no_record_has_was_renamed() {
    let records = [record(&[("xs", "")]), record(&[("xs", ""), ("id", "\"B\"")])];
    let missing = vec!["xs".to_owned()];
    assert_eq!(alarm(&whole(&records)), Alarm::HeaderChanged { missing, unknown: vec![] });
    // Of one record that cannot be told: it is rejected alone.
    assert_eq!(one(&[("xs", "")]), "rejected field_missing");
}

#[test]
fn a_record_that_is_none_is_rejected_alone() {
    let odd = ["7".to_owned(), "{\"id\":1,\"id\":2}".to_owned(), record(&[])];
    let page = page(CODE, whole(&odd).as_bytes()).expect("a page");
    let told = all_told(&page.rows);
    assert_eq!(told, ["rejected record_not_object", "rejected record_not_object", GOOD]);
}

#[test]
fn questions_are_asked_as_the_mapping_has_them() {
    let feed = feed(CODE);
    let since = "2024-05-05T16:00:00Z".parse().expect("an instant");
    let list = "/api/open/hours/list?pageNo=1&pageSize=200";
    assert_eq!(feed.target(None, None).as_deref(), Some(list));
    let third = "/api/open/hours/list?pageNo=3&pageSize=200&updatedFrom=2024-05-06%2000:00:00";
    assert_eq!(feed.target(Some(since), Some("3")).as_deref(), Some(third));
    let header = feed.token_header("t");
    assert_eq!(header, Some(("X-Access-Token".to_owned(), "t".to_owned())));
    let year = xueshi::domain::year::Year::new(2024).expect("a year");
    assert_eq!(feed.totals_target(year).as_deref(), Some("/api/open/hours/totals?nd=2024"));
    let summary = "/api/open/hours/summary?nd=2024&pageNo=2&pageSize=200";
    assert_eq!(feed.summary_target(year, Some("2")).as_deref(), Some(summary));
}

#[test]
fn totals_and_summaries_are_read() {
    let feed = feed(CODE);
    let totals = r#"{"success":true,"code":200,"result":{"nd":"2024","rows":[{"kmlx":"1","count":12,"xs":"288.00"},{"kmlx":2,"count":"0","xs":"0.00"}]}}"#;
    let totals = feed.read_totals(totals.as_bytes()).expect("totals");
    let said: Vec<String> =
        totals.iter().map(|t| format!("{} {} {}", t.category.name(), t.count, t.hours)).collect();
    assert_eq!(said, ["professional 12 288", "general 0 0"]);
    let row = format!(
        r#"{{"sfzh":"{NUMBER}","xm":"{NAME}","nd":"2024","zyxs":"24.00","ybxs":"8.5","hyxs":null}}"#
    );
    let bad = r#"{"sfzh":"1","nd":"2024"}"#.to_owned();
    let summaries = feed.read_summaries(paged(3, 2, 1, 2, &[row, bad]).as_bytes());
    let summaries = summaries.expect("summaries");
    assert_eq!((summaries.unread, summaries.more), (1, More::Next("2".into())));
    let hours =
        summaries.rows[0].hours.map(|(category, hours)| format!("{} {hours}", category.name()));
    assert_eq!(hours, ["professional 24", "industry 0", "general 8.5"]);
    // A sum that cannot be read is not one of none.
    let broken = r#"{"success":true,"code":200,"result":{"rows":[{"kmlx":"1","count":1}]}}"#;
    assert!(feed.read_totals(broken.as_bytes()).is_err());
}
