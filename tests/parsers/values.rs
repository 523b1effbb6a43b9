//! Small values and free text.

use proptest::prelude::*;
use serde_json::{Value, json};
use xueshi::app::compliance::case_answer;
use xueshi::app::compliance::case_table;
use xueshi::app::policies;
use xueshi::app::policies::scenario;
use xueshi::domain::answer::{Missing, Verdict};
use xueshi::domain::case::Case;
use xueshi::domain::declaration::{AsOf, Jurisdiction};
use xueshi::domain::hours::Hours;
use xueshi::domain::node::Node;
use xueshi::domain::policy::judge::Judge;
use xueshi::domain::policy::notice::parse;
use xueshi::domain::record::{Record, Status};
use xueshi::domain::year::Year;

use super::try_all;
use crate::locale::assert_whole;

#[test]
fn hours_are_what_was_written_or_nothing() {
    let texts = prop_oneof![
        "\\PC{0,12}",
        "-?[0-9]{0,7}(\\.[0-9]{0,3})?",
        "[0-9.eE,+ _-]{0,9}",
        "[0-9]{1,30}"
    ];
    try_all("hours", 4000, &texts, |text| {
        let Ok(hours) = text.parse::<Hours>() else { return Ok(()) };
        prop_assert!(hours >= Hours::ZERO && hours <= Hours::MAX);
        // The same count of hundredths, by moving the point.
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let moved: i64 = format!("{whole}{part:0<2}").parse().expect("digits");
        prop_assert_eq!(hours.hundredths(), moved);
        prop_assert_eq!(hours.to_string().parse(), Ok(hours));
        Ok(())
    });
}

#[test]
fn every_amount_of_hours_is_read_back() {
    try_all("amounts", 4000, &(0..=Hours::MAX.hundredths()), |hundredths| {
        let hours = Hours::from_hundredths(hundredths);
        let text = hours.to_string();
        prop_assert_eq!(text.parse(), Ok(hours));
        prop_assert!(!text.contains('.') || !text.ends_with('0'), "{}", text);
        Ok(())
    });
}

#[test]
fn jurisdictions_are_six_digits() {
    try_all(
        "jurisdictions",
        2000,
        &prop_oneof!["\\PC{0,8}", "[0-9]{5,7}", "[0-9０-９]{6}"],
        |text| {
            let is_code = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
            let code = Jurisdiction::new(&text);
            prop_assert_eq!(code.is_some(), is_code);
            if let Some(code) = code {
                prop_assert_eq!(code.code(), text.as_str());
                let city = code.city();
                prop_assert_eq!(city.is_none(), text.ends_with("00"));
                prop_assert!(city.is_none_or(|city| city.city().is_none()));
            }
            Ok(())
        },
    );
}

#[test]
fn instants_keep_their_text() {
    let texts = prop_oneof![
        "\\PC{0,30}",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "20[0-9]{2}-0[1-9]-[012][0-9](T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2}))?",
    ];
    try_all("instants", 4000, &texts, |text| {
        if let Some(at) = AsOf::new(&text) {
            prop_assert_eq!(at.text(), text.as_str());
            // In China the year may have turned already, or not yet have.
            let written: i16 = text[..4].parse().expect("a year");
            prop_assert!((at.year() - written).abs() <= 1);
        }
        Ok(())
    });
}

/// Pieces of TOML, so that some of what they make is TOML.
fn pieces_of_toml() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "format = 1\n",
        "id = \"x\"\n",
        "name = \"x\"\n",
        "jurisdiction = \"990000\"\n",
        "[[clause]]\n",
        "[[reading]]\n",
        "[[scenario]]\n",
        "[reading.options.a]\n",
        "kind = ",
        "\"annual\"",
        "\n",
        "{",
        "}",
        "[",
        "]",
        "=",
        ",",
        "\"",
        "'''",
        "\"\"\"",
        "#",
        ".",
        "years",
        "from",
        " = ",
        "2019",
        "2019-02-30",
        "-1",
        "1e9",
        "0x10",
        "inf",
        "true",
        "D",
        "\r\n",
        "\u{feff}",
        "\0",
        "é",
        "学",
        "\\u0000",
        "total = \"90\"\n",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

#[test]
fn any_text_is_a_policy_or_a_problem() {
    let texts = prop_oneof!["\\PC{0,200}", "(?s).{0,60}", pieces_of_toml()];
    try_all("policies", 3000, &texts, |text| {
        let _ = Node::from_toml(&text);
        for problems in
            [parse::policy("x.toml", &text).err(), scenario::read("x.toml", &text).err()]
        {
            for problem in problems.into_iter().flatten() {
                assert_whole(&problem.message);
                let lines = u32::try_from(text.split('\n').count()).expect("few lines");
                prop_assert!(problem.line <= lines, "{:?}", problem);
                prop_assert_eq!(problem.file.as_deref(), Some("x.toml"));
            }
        }
        Ok(())
    });
}

#[test]
fn deep_policies_are_refused() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        for depth in [10, 100, 1000, 100_000] {
            let text = format!("a = {}1{}", open.repeat(depth), close.repeat(depth));
            assert!(parse::policy("deep.toml", &text).is_err());
        }
    }
    let text = format!("{} = 1", vec!["a"; 50_000].join("."));
    assert!(parse::policy("deep.toml", &text).is_err());
}

#[test]
fn any_bytes_are_rows_or_a_problem() {
    let piece = prop::sample::select(vec![
        &b"id"[..],
        b"year",
        b",",
        b",",
        b"\n",
        b"\r\n",
        b"\"",
        b"\"\"",
        b"1",
        b"2023",
        "编号".as_bytes(),
        b"\xb1\xe0\xba\xc5",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\0",
        b" ",
        b"hours",
        b"category",
        "年度".as_bytes(),
    ]);
    let pieces = prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    let bytes = prop_oneof![prop::collection::vec(any::<u8>(), 0..200), pieces];
    try_all("tables", 4000, &bytes, |bytes| {
        match case_table::read("x.csv", &bytes) {
            Ok(rows) => {
                let lines = bytes.iter().filter(|b| matches!(b, b'\n' | b'\r')).count() + 1;
                for row in rows {
                    prop_assert!(
                        row.line >= 1 && usize::try_from(row.line).is_ok_and(|line| line <= lines),
                        "{:?}",
                        row
                    );
                }
            }
            Err(problems) => problems.iter().for_each(|problem| assert_whole(&problem.message)),
        }
        Ok(())
    });
}

/// Any JSON, with the names of the contract in it.
fn any_json() -> impl Strategy<Value = Value> {
    let names = vec![
        "id",
        "declaration",
        "records",
        "receipt",
        "jurisdiction",
        "year",
        "level",
        "series",
        "specialty",
        "required_years",
        "tenure_start",
        "excused",
        "reviewed",
        "as_of",
        "category",
        "hours",
        "source",
        "status",
        "x",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        prop::sample::select(vec!["331100", "junior", "general", "8.5", "pending", "2023-06-30"])
            .prop_map(Value::from),
        (1890..2210i64).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 60, 8, move |inner| {
        let key = prop::sample::select(names.clone());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..8).prop_map(|entries| entries
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    })
}

#[test]
fn any_json_is_a_case_or_a_problem() {
    try_all("JSON", 4000, &any_json(), |json| {
        let node: Node = serde_json::from_str(&json.to_string()).expect("JSON");
        for problem in Case::read(&node).err().into_iter().flatten() {
            assert_whole(&problem.message);
        }
        Ok(())
    });
    try_all("lines", 2000, &"\\PC{0,60}", |text| {
        prop_assert!(case_answer::read_line(&text).is_err());
        Ok(())
    });
}

/// Cases that can be judged, at the edges of what is accepted.
pub(super) fn any_case() -> impl Strategy<Value = Value> {
    let place = prop::sample::select(vec![
        ("331100", 2023),
        ("330400", 2022),
        ("330500", 2021),
        ("330523", 2021),
        ("330000", 2026),
        ("330100", 2026),
        ("331102", 2023),
        ("110000", 1900),
        ("330400", 2199),
    ]);
    let level = prop::sample::select(vec!["junior", "intermediate", "senior", "full-senior"]);
    let series =
        prop::sample::select(vec!["engineering", "health", "accounting", "agriculture", "无"]);
    let specialty =
        prop::option::of(prop::sample::select(vec!["building", "eco-environment", "water"]));
    let far = || prop_oneof![4 => 2015..2027i64, 1 => 1900..2200i64];
    let facts = (
        prop::option::of(0..=10i64),
        prop::option::of(far()),
        prop::collection::vec(far(), 0..3),
        prop::collection::vec(far(), 0..3),
    );
    let as_of = prop::option::of(prop::sample::select(vec![
        "2021-06-30",
        "0000-01-01",
        "9999-12-31",
        "2023-12-31T23:00:00Z",
    ]));
    let hours = prop_oneof![
        3 => prop::sample::select(vec!["0", "0.01", "12", "18", "30", "59.99", "60", "89.99", "90", "360"]).prop_map(str::to_owned),
        1 => (0..=9_999_999i64).prop_map(|h| Hours::from_hundredths(h).to_string()),
    ];
    let category = prop::sample::select(vec!["professional", "industry", "general", "public"]);
    let status =
        prop::sample::select(vec!["confirmed", "confirmed", "pending", "rejected", "revoked"]);
    let source = prop::sample::select(vec!["huzhou-xsglt", "hzhret", "paper"]);
    let record = (far(), category, hours, source, status).prop_map(|(year, category, hours, source, status)| {
        json!({"year": year, "category": category, "hours": hours, "source": source, "status": status})
    });
    (place, level, series, specialty, facts, as_of, prop::collection::vec(record, 0..14)).prop_map(
        |((place, year), level, series, specialty, (required, start, excused, reviewed), as_of, records)| {
            json!({"id": "x", "records": records, "declaration": {
                "jurisdiction": place, "year": year, "level": level, "series": series, "specialty": specialty,
                "required_years": required, "tenure_start": start, "excused": excused, "reviewed": reviewed, "as_of": as_of,
            }})
        },
    )
}

#[test]
fn whatever_is_a_case_can_be_judged_and_proved() {
    let judge = Judge::new(policies::load(None).expect("the policies"));
    let with_remedy = std::cell::Cell::new(0);
    try_all("cases", 2000, &any_case(), |json| {
        let case = case_answer::read_line(&json.to_string()).expect("a case");
        let bare = case_answer::answer(&judge, &case, case_answer::Depth::None).expect("an answer");
        let full = case_answer::answer(&judge, &case, case_answer::Depth::Full).expect("an answer");
        prop_assert_eq!(bare.verdict, full.verdict);
        let receipt = serde_json::to_string(&full.receipt).expect("JSON");
        let receipt = serde_json::from_str(&receipt).expect("a receipt");
        let again = Case { receipt, ..case.clone() };
        let replay = case_answer::answer(&judge, &again, case_answer::Depth::None)
            .expect("an answer")
            .replay;
        prop_assert!(replay.expect("a replay").same);
        let Some(plan) = full.remedy.and_then(|remedy| remedy.any_year) else { return Ok(()) };
        with_remedy.set(with_remedy.get() + 1);
        prop_assert_eq!(full.missing, Some(Missing::Hours(plan.hours)));
        prop_assert_eq!(plan.add.iter().map(|add| add.hours).sum::<Hours>(), plan.hours);
        // The remedy is one: what it adds to the confirmed records alone makes them enough.
        let mut better = case;
        better.records.retain(|record| record.status == Status::Confirmed);
        better.records.extend(plan.add.iter().map(|add| Record {
            year: Year::new(add.year.into()).expect("a year"),
            category: add.category,
            hours: add.hours,
            source: "huzhou-xsglt".into(),
            basis: None,
            status: Status::Confirmed,
        }));
        let better =
            case_answer::answer(&judge, &better, case_answer::Depth::None).expect("an answer");
        prop_assert_eq!(better.verdict, Verdict::Met, "{:?}", plan);
        Ok(())
    });
    assert!(with_remedy.get() > 20, "only {} had a remedy", with_remedy.get());
}
