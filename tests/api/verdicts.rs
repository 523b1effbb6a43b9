//! Verdicts over HTTP: before and after what changes them, with their clause, kept and asked again.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};

use super::town::{NDJSON, Town, on_both, row, who};
use crate::support::engines::Engine;
use crate::support::people;

fn lishui() -> Value {
    json!({"jurisdiction": "331100", "year": 2023, "level": "intermediate", "series": "engineering",
        "specialty": "water", "required_years": 4, "tenure_start": 2020})
}

fn question(n: usize, declaration: &Value) -> Value {
    json!({"id": format!("q{n}"), "person": who(n), "declaration": declaration})
}

/// Posts years that are whole: 60 professional, 6 industry, 24 general.
fn whole(town: &Town, token: &str, n: usize, years: std::ops::RangeInclusive<u16>) {
    let mut rows = Vec::new();
    for year in years {
        for (category, hours) in [("professional", "60"), ("industry", "6"), ("general", "24")] {
            rows.push(row(n, &format!("{n}-{year}-{category}"), year, category, hours));
        }
    }
    let answer = town.post(token, "/v1/entries/batch", &rows.into());
    let counts = answer.json()["counts"].as_object().expect("counts").clone();
    assert!(counts.keys().all(|outcome| ["posted", "pending"].contains(&outcome.as_str())));
}

fn ask(town: &Town, n: usize, declaration: &Value) -> Value {
    let answer = town.post(&town.office, "/v1/compliance", &question(n, declaration));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn reasons(verdict: &Value) -> Vec<(String, String)> {
    let text = |reason: &Value, name: &str| reason[name].as_str().unwrap_or_default().to_owned();
    let all = verdict["reasons"].as_array().unwrap_or_else(|| panic!("{verdict}"));
    all.iter().map(|reason| (text(reason, "code"), text(reason, "clause"))).collect()
}

fn has(verdict: &Value, code: &str, clause: &str) -> bool {
    reasons(verdict).iter().any(|(c, at)| c == code && at.ends_with(clause))
}

#[test]
fn recognition_changes_the_verdict_and_its_clause_is_named() {
    on_both(|town| {
        let unknown = ask(town, 1, &lishui());
        assert_eq!(
            (&unknown["verdict"], &unknown["ledger"]["person_known"]),
            (&json!("not_met"), &json!(false)),
            "{unknown}"
        );
        whole(town, &town.registry, 1, 2020..=2022);
        whole(town, &town.site, 1, 2023..=2023);
        let before = ask(town, 1, &lishui());
        assert_eq!(before["ledger"]["person_known"], true);
        assert_ne!(before["verdict"], "met", "{before}");
        println!("{before}");
        for waiting in town.queue(&town.reviewer) {
            let path = format!("/v1/queue/{}/recognise", waiting["submission"].as_str().unwrap());
            let body = json!({"person": waiting["person"], "reason": "seen"});
            assert_eq!(town.post(&town.reviewer, &path, &body).status, 200);
        }
        let met = ask(town, 1, &lishui());
        assert_eq!((&met["verdict"], &met["ledger"]["seq"]), (&json!("met"), &json!(12)), "{met}");
        let own = town.own(1);
        let query = "jurisdiction=331100&year=2023&level=intermediate&series=engineering\
                     &specialty=water&required_years=4&tenure_start=2020";
        let mine = town.get(&own, &format!("/v1/me/compliance?{query}"));
        assert_eq!((mine.status, &mine.json()["verdict"]), (200, &json!("met")), "{}", mine.text());
        let path = "/v1/entries/1-2023-general/reverse";
        town.post(&town.site, path, &json!({"reason": "the course was not held"}));
        let after = ask(town, 1, &lishui());
        assert_eq!(after["verdict"], "not_met", "{after}");
        assert!(has(&after, "year_general_short", "annual"), "{after}");
        let misnamed = json!({"person": {"number": people::number(1), "name": people::name(2)},
            "declaration": lishui()});
        let answer = town.post(&town.office, "/v1/compliance", &misnamed);
        assert_eq!((answer.status, answer.code().as_str()), (422, "person_name_mismatch"));
    });
}

#[test]
fn a_receipt_is_kept_fetched_and_asked_again() {
    on_both(|town| {
        whole(town, &town.registry, 1, 2020..=2023);
        let mut asked = question(1, &lishui());
        asked["receipt"] = true.into();
        asked["explain"] = "deciding".into();
        let verdict = town.post(&town.office, "/v1/compliance", &asked).json();
        let id = verdict["ledger"]["receipt"].as_str().expect("a receipt").to_owned();
        let as_of = verdict["ledger"]["as_of"].clone();
        town.post(&town.registry, "/v1/entries/1-2023-general/reverse", &json!({"reason": "r"}));
        assert_eq!(ask(town, 1, &lishui())["verdict"], "not_met");
        let kept = town.get(&town.office, &format!("/v1/receipts/{id}")).json();
        assert_eq!((&kept["answer"]["verdict"], &kept["as_of"]), (&json!("met"), &as_of), "{kept}");
        assert_eq!(kept["declaration"]["tenure_start"], 2020);
        let replayed = town.post(&town.office, &format!("/v1/receipts/{id}/replay"), &json!({}));
        let replayed = replayed.json();
        assert_eq!(
            (&replayed["same"], &replayed["differs"]),
            (&json!(true), &json!([])),
            "{replayed}"
        );
        // What was true then is true for ever.
        let mut then = question(1, &lishui());
        then["as_of"] = as_of;
        let answer = town.post(&town.office, "/v1/compliance", &then);
        assert_eq!(answer.json()["verdict"], "met", "{}", answer.text());
        let mut recent = question(9, &lishui());
        recent["as_of"] = "2200-01-01T00:00:00Z".into();
        let answer = town.post(&town.office, "/v1/compliance", &recent);
        assert_eq!((answer.status, answer.code().as_str()), (422, "as_of_too_recent"));
    });
}

#[test]
fn many_questions_are_answered_in_order() {
    on_both(|town| {
        whole(town, &town.registry, 1, 2020..=2023);
        whole(town, &town.registry, 2, 2020..=2022);
        let mut elsewhere = lishui();
        elsewhere["jurisdiction"] = "330100".into();
        let mut receipt = question(1, &lishui());
        receipt["receipt"] = true.into();
        let bad = json!({"id": "bad", "person": {"number": "1", "name": people::name(1)},
            "declaration": lishui()});
        let misnamed = json!({"id": "other", "declaration": lishui(),
            "person": {"number": people::number(1), "name": people::name(2)}});
        let asked = [
            question(1, &lishui()),
            bad,
            question(2, &lishui()),
            misnamed,
            question(1, &elsewhere),
            receipt,
            question(3, &lishui()),
        ];
        let expected = [
            "met",
            "",
            "not_met",
            "person_name_mismatch",
            "place_not_yours",
            "receipt_in_batch",
            "not_met",
        ];
        let mut lines: String = asked.iter().map(|one| format!("{one}\n")).collect();
        lines.push_str("{\"id\":\n");
        let answer = town.send(&town.office, "/v1/compliance/batch", NDJSON, lines.as_bytes(), &[]);
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        let text = answer.text();
        let told: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(told.len(), 8, "{text}");
        for (one, expected) in told.iter().zip(expected) {
            if let Some(verdict) = one["verdict"].as_str() {
                assert_eq!(verdict, expected, "{one}");
            } else {
                let code = one["error"]["code"].as_str().expect("a code");
                assert!(expected.is_empty() || code == expected, "{one}");
            }
        }
        assert_eq!((&told[1]["id"], &told[2]["id"]), (&json!("bad"), &json!("q2")));
        assert_eq!(told[7]["error"]["code"], "json_syntax");
        let single = ask(town, 1, &lishui());
        let same = |name: &str| assert_eq!(told[0][name], single[name], "{name}");
        ["verdict", "firm", "via", "reasons", "missing", "readings"].into_iter().for_each(same);
    });
}

#[test]
fn years_closed_and_excused_change_the_verdict() {
    on_both(|town| {
        whole(town, &town.registry, 1, 2020..=2021);
        whole(town, &town.registry, 1, 2023..=2023);
        assert_eq!(ask(town, 1, &lishui())["verdict"], "not_met");
        let path = format!("/v1/people/{}/years", town.person(1));
        let ruled = |year: u16, ruling: &str| {
            let body = json!({"year": year, "ruling": ruling, "reason": "parental leave"});
            let answer = town.post(&town.reviewer, &path, &body);
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.json()["decision"].as_str().expect("an id").to_owned()
        };
        let excused = ruled(2022, "excuse");
        let after = ask(town, 1, &lishui());
        assert_eq!(
            (&after["verdict"], &after["ledger"]["excused"]),
            (&json!("met"), &json!([2022]))
        );
        assert!(has(&after, "excused_outside_rule", ""), "{after}");
        let base = format!("/v1/people/{}/decisions/{excused}/withdraw", town.person(1));
        let reason = json!({"reason": "it was not"});
        assert_eq!(town.post(&town.reviewer, &base, &reason).status, 200);
        assert_eq!(town.post(&town.reviewer, &base, &reason).code(), "already_decided");
        assert_eq!(ask(town, 1, &lishui())["verdict"], "not_met");
        // Legacy years of another city.
        let office = town.service.token(&[
            "--role",
            "declaration",
            "--subject",
            "h",
            "--jurisdiction",
            "330500",
        ]);
        let bureau = &["--role", "reviewer", "--subject", "b", "--jurisdiction", "330500"];
        let bureau = town.service.token(bureau);
        let huzhou = json!({"jurisdiction": "330523", "year": 2021, "level": "intermediate",
            "series": "agriculture"});
        town.source_of("330500", "huzhou-xsglt", &["professional", "industry", "general"]);
        let huzhou_site =
            &["--role", "provider", "--subject", "huzhou-xsglt", "--source", "huzhou-xsglt"];
        let huzhou_site = town.service.token(huzhou_site);
        whole(town, &huzhou_site, 2, 2017..=2020);
        for (category, hours) in [("professional", "74"), ("general", "10")] {
            let mut row = row(2, &format!("2-2018-{category}"), 2018, category, hours);
            row["revision"] = 2.into();
            assert_eq!(town.post(&huzhou_site, "/v1/entries", &row).status, 200);
        }
        let judged = || {
            let answer = town.post(&office, "/v1/compliance", &question(2, &huzhou));
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.json()
        };
        let open = judged();
        let found = town.post(&bureau, "/v1/people/find", &who(2)).json();
        let path = format!("/v1/people/{}/years", found["person"].as_str().expect("an id"));
        for year in 2017..2020 {
            let body = json!({"year": year, "ruling": "close-legacy", "reason": "reviewed"});
            assert_eq!(town.post(&town.reviewer, &path, &body).status, 404, "another city's");
            assert_eq!(town.post(&bureau, &path, &body).status, 200);
        }
        let closed = judged();
        assert_eq!(closed["ledger"]["reviewed"], json!([2017, 2018, 2019]));
        assert_eq!(closed["verdict"], "not_met", "{closed}");
        assert!(has(&closed, "year_public_short", "annual"), "{closed}");
        assert_ne!(open["verdict"], closed["verdict"], "{open}");
    });
}

const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn sheet(town: &Town, asked: &[Value], accept: &str, language: &str) -> Vec<Vec<Data>> {
    let lines: String = asked.iter().map(|one| format!("{one}\n")).collect();
    let headers = [("Accept", accept), ("Accept-Language", language)];
    let path = "/v1/compliance/batch";
    let answer = town.send(&town.office, path, NDJSON, lines.as_bytes(), &headers);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(SHEET)));
    assert!(answer.header("content-disposition").is_some_and(|said| said.contains(".xlsx")));
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.body)).expect("a workbook");
    let name = book.sheet_names().first().expect("a sheet").clone();
    assert_eq!(book.worksheet_formula(&name).expect("a sheet").used_cells().count(), 0);
    book.worksheet_range(&name).expect("a sheet").rows().map(<[Data]>::to_vec).collect()
}

#[test]
fn many_questions_are_answered_in_a_workbook() {
    on_both(|town| {
        whole(town, &town.registry, 1, 2020..=2023);
        whole(town, &town.registry, 2, 2020..=2022);
        let mut formula = question(2, &lishui());
        formula["id"] = "=1+1".into();
        let bad = json!({"id": "bad", "person": {"number": "1", "name": people::name(1)},
            "declaration": lishui()});
        let asked = [question(1, &lishui()), formula, bad];
        let rows = sheet(town, &asked, &format!("{SHEET}, {NDJSON};q=0.5"), "en");
        let text = |row: usize, column: usize| rows[row][column].to_string();
        assert_eq!(rows.len(), 4, "{rows:?}");
        assert_eq!((text(0, 0).as_str(), text(0, 1).as_str()), ("id", "verdict"));
        assert_eq!((text(1, 0).as_str(), text(1, 1).as_str()), ("q1", "met"));
        assert_eq!((text(2, 0).as_str(), text(2, 1).as_str()), ("=1+1", "not met"));
        assert!(matches!(rows[2][0], Data::String(_)), "{rows:?}");
        assert!(text(2, 4).contains("2023"), "why: {rows:?}");
        assert_eq!(rows[2][5], Data::Float(90.0), "the missing hours are a number: {rows:?}");
        assert_eq!((text(3, 0).as_str(), text(3, 1).as_str()), ("bad", ""));
        assert!(!text(3, 13).is_empty() && !text(3, 14).is_empty(), "{rows:?}");
        let rows = sheet(town, &asked, SHEET, "zh");
        assert_eq!(rows[0][1], Data::String("结论".to_owned()));
        // Whoever would rather have lines gets lines.
        let lines = format!("{}\n", asked[0]);
        for accept in ["*/*", NDJSON, &format!("{SHEET};q=0.5, {NDJSON}")] {
            let headers = [("Accept", accept)];
            let path = "/v1/compliance/batch";
            let answer = town.send(&town.office, path, NDJSON, lines.as_bytes(), &headers);
            assert_eq!(answer.header("content-type"), Some(NDJSON), "{accept}");
        }
    });
}

#[test]
fn ten_thousand_people_may_be_asked_about_and_not_one_more() {
    let town = Town::new(Engine::Sqlite);
    whole(&town, &town.registry, 1, 2020..=2020);
    let one = question(1, &lishui()).to_string() + "\n";
    let path = "/v1/compliance/batch";
    let answer = town.send(&town.office, path, NDJSON, one.repeat(10_000).as_bytes(), &[]);
    assert_eq!((answer.status, answer.text().lines().count()), (200, 10_000));
    let answer = town.send(&town.office, path, NDJSON, one.repeat(10_001).as_bytes(), &[]);
    assert_eq!(answer.code(), "too_many_rows");
    let headers = [("Accept", SHEET)];
    let answer = town.send(&town.office, path, NDJSON, one.repeat(10_000).as_bytes(), &headers);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.body)).expect("a workbook");
    let range = book.worksheet_range_at(0).expect("a sheet").expect("a sheet");
    assert_eq!(range.rows().count(), 10_001);
    let peak = town.service.peak_memory();
    assert!(peak < 300 << 20, "{} MiB", peak >> 20);
}

#[test]
fn how_many_rows_and_people_are_settings() {
    let settings = "[server]\nbatch_rows = 2\nbatch_people = 3\n";
    let town = Town::with(Engine::Sqlite, settings);
    let rows = |n| (0..n).map(|k| row(1, &format!("k{k}"), 2023, "general", "1")).collect();
    let batch = |n| town.post(&town.registry, "/v1/entries/batch", &Value::Array(rows(n)));
    assert_eq!(batch(2).status, 200);
    assert_eq!(batch(3).code(), "too_many_rows");
    let asked = |n| {
        let questions = Value::Array(vec![question(1, &lishui()); n]);
        town.post(&town.office, "/v1/compliance/batch", &questions)
    };
    assert_eq!(asked(3).status, 200);
    assert_eq!(asked(4).code(), "too_many_rows");
}
