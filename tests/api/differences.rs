//! What waits for a reviewer to settle, as a sheet: the rows of the queue, and no others.

use std::collections::HashSet;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};

use super::Answer;
use super::town::{Town, but, on_both, reviewer, row};
use crate::support::engines::Engine;
use crate::support::people;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV: &str = "text/csv; charset=utf-8";

/// What a spreadsheet would run.
const KEY: &str = "=1+1";
const TITLE: &str = "=HYPERLINK(\"http://example.org\")施工安全与质量管理";

/// A sheet, asked for in a language.
fn sheet(town: &Town, token: &str, name: &str, language: &str) -> Answer {
    let path = format!("/v1/differences/{name}");
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Accept-Language", language)];
    town.service.ask("GET", &path, &headers)
}

/// The cells of the sheet, the headings first.
fn csv(town: &Town, token: &str, language: &str) -> Vec<Vec<String>> {
    let answer = sheet(town, token, "report.csv", language);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(CSV)));
    let attached = "attachment; filename=\"differences.csv\"";
    assert_eq!(answer.header("content-disposition"), Some(attached));
    let text = answer.text();
    let text = text.strip_prefix('\u{feff}').expect("a mark by which spreadsheets know UTF-8");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    reader.records().map(|row| cells(row.expect("a row"))).collect()
}

fn xlsx(town: &Town, token: &str, language: &str) -> Vec<Vec<Data>> {
    let answer = sheet(town, token, "report.xlsx", language);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(XLSX)));
    let attached = "attachment; filename=\"differences.xlsx\"";
    assert_eq!(answer.header("content-disposition"), Some(attached));
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.body)).expect("a workbook");
    let name = book.sheet_names().first().expect("a sheet").clone();
    assert_eq!(book.worksheet_formula(&name).expect("a sheet").used_cells().count(), 0);
    book.worksheet_range(&name).expect("a sheet").rows().map(<[Data]>::to_vec).collect()
}

/// What the queue shows of the same.
fn queue(town: &Town, token: &str) -> Vec<Value> {
    let answer = town.get(token, "/v1/differences?limit=1000").json();
    answer["items"].as_array().expect("items").clone()
}

/// One event told by two sources: the row of the second is held, for the reviewers of its place.
fn echo(town: &Town, first: &str, second: &str, one: &Value) {
    let event = but(but(one.clone(), "completed_on", "2023-05-06"), "provider", "样例中心");
    let event = but(event, "course", json!({ "title": TITLE }));
    let before = but(event.clone(), "key", format!("kept {}", one["key"]));
    for (token, row, status) in [(first, before, 201), (second, event, 202)] {
        let answer = town.post(token, "/v1/entries", &row);
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

/// Two places with differences: one of 331100 in each of three categories, one of 330500.
fn echoes(town: &Town) -> String {
    town.source_of("330500", "far", &["professional", "industry", "general", "public"]);
    let far = ["--role", "provider", "--subject", "far", "--source", "far"];
    let far = town.service.token(&far);
    let water = but(row(1, KEY, 2023, "professional", "8"), "specialty", "water");
    echo(town, &far, &town.registry, &water);
    echo(town, &far, &town.registry, &row(2, "industry", 2022, "industry", "6"));
    echo(town, &far, &town.registry, &row(3, "general", 2021, "general", "4.5"));
    echo(town, &town.registry, &far, &row(4, "elsewhere", 2023, "professional", "2"));
    far
}

#[test]
fn a_sheet_says_what_the_queue_says_and_nobodys_number() {
    on_both(|town| {
        echoes(town);
        let rows = csv(town, &town.reviewer, "en");
        assert_eq!(rows.len(), 4, "{rows:?}");
        let cell = |row: usize, heading: &str| {
            let column = rows[0].iter().position(|own| own == heading);
            rows[row][column.unwrap_or_else(|| panic!("{heading}: {:?}", rows[0]))].clone()
        };
        let shown = queue(town, &town.reviewer);
        assert_eq!(shown.len(), 3);
        for (at, one) in (1..).zip(&shown) {
            let same = [
                ("difference", "difference"),
                ("person", "person"),
                ("kind", "kind"),
                ("source", "source"),
                ("number", "number"),
                ("name", "name"),
                ("category", "category"),
                ("hours there", "hours"),
                ("completed on", "completed_on"),
                ("open since", "opened_at"),
            ];
            for (heading, field) in same {
                assert_eq!(cell(at, heading), one[field], "{heading}: {one}");
            }
            assert_eq!(cell(at, "year"), one["year"].to_string());
            assert_eq!(cell(at, "kept source"), "far");
            assert_eq!(cell(at, "kept key"), one["kept"]["key"]);
            assert_eq!(cell(at, "score"), one["kept"]["score"].to_string());
            assert_eq!([cell(at, "kept entry"), cell(at, "hours here")], ["1", ""]);
        }
        assert_eq!((cell(1, "key"), cell(1, "course")), (format!("'{KEY}"), format!("'{TITLE}")));
        assert_eq!((cell(2, "key"), cell(3, "hours there")), ("industry".into(), "4.5".into()));
        let whole = format!("{rows:?} {:?}", xlsx(town, &town.reviewer, "en"));
        for n in 1..=4 {
            assert!(!whole.contains(&people::number(n)), "{whole}");
        }
    });
}

#[test]
fn a_workbook_has_the_same_rows_and_each_language_its_headings() {
    on_both(|town| {
        echoes(town);
        for (language, headings) in
            [("zh", ["种类", "人员编号", "编号"]), ("en", ["kind", "person", "key"])]
        {
            let (rows, cells) =
                (csv(town, &town.reviewer, language), xlsx(town, &town.reviewer, language));
            assert_eq!(rows[0][..3], headings);
            assert_eq!((cells.len(), cells[0].len()), (4, rows[0].len()), "{cells:?}");
            for (text, cell) in rows.iter().flatten().zip(cells.iter().flatten()) {
                let bare = text.strip_prefix("'=").map_or(text.clone(), |rest| format!("={rest}"));
                assert_eq!(cell.to_string(), bare);
            }
            let column = rows[0].iter().position(|own| own == "来源学时" || own == "hours there");
            assert_eq!(cells[3][column.expect("hours")], Data::Float(4.5), "a number: {cells:?}");
        }
    });
}

#[test]
fn a_sheet_keeps_to_what_its_reviewer_answers_for() {
    on_both(|town| {
        echoes(town);
        let tokens = [
            (reviewer(town, "331100", &[]), 3),
            (reviewer(town, "330000", &[]), 4),
            (reviewer(town, "330500", &[]), 1),
            (reviewer(town, "331102", &[]), 0),
            (reviewer(town, "330100", &[]), 0),
            (reviewer(town, "331100", &["--category", "general"]), 1),
            (reviewer(town, "331100", &["--specialty", "water"]), 1),
            (reviewer(town, "330500", &["--specialty", "water"]), 0),
        ];
        for (token, count) in &tokens {
            let shown: Vec<String> = queue(town, token)
                .iter()
                .map(|one| one["difference"].as_str().expect("an id").to_owned())
                .collect();
            assert_eq!(shown.len(), *count);
            let (rows, cells) = (csv(town, token, "en"), xlsx(town, token, "en"));
            assert_eq!((rows.len(), cells.len()), (count + 1, count + 1), "the headings stay");
            let column = rows[0].iter().position(|own| own == "difference").expect("ids");
            let ids = |row: &Vec<String>| row[column].clone();
            assert_eq!(rows[1..].iter().map(ids).collect::<Vec<_>>(), shown);
            let ids: Vec<String> = cells[1..].iter().map(|row| row[column].to_string()).collect();
            assert_eq!(ids, shown);
        }
        // What is settled is gone.
        let one = &queue(town, &town.reviewer)[0];
        let [person, id] = ["person", "difference"].map(|name| one[name].as_str().expect("an id"));
        let path = format!("/v1/differences/{person}/{id}/settle");
        let body = json!({"action": "ignore", "reason": "seen"});
        assert_eq!(town.post(&town.reviewer, &path, &body).status, 200);
        assert_eq!(csv(town, &town.reviewer, "en").len(), 3);
        for path in ["/v1/differences/report.pdf", "/v1/differences/report"] {
            assert_eq!(town.get(&town.reviewer, path).status, 404, "{path}");
        }
    });
}

#[test]
fn who_was_looked_at_is_written_down() {
    on_both(|town| {
        echoes(town);
        csv(town, &town.reviewer, "en");
        xlsx(town, &town.second, "en");
        xlsx(town, &reviewer(town, "330100", &[]), "en");
        // The access log is written a few times a second.
        std::thread::sleep(std::time::Duration::from_secs(1));
        for (kind, subject) in [("csv", "liu"), ("xlsx", "wang")] {
            let route = format!("access_log WHERE route = '/v1/differences/report.{kind}'");
            let people = format!("{route} AND subject = '{subject}' AND person_id IS NOT NULL");
            assert_eq!(town.database.count(&route), 3, "{kind}");
            assert_eq!(town.database.count(&people), 3, "{kind}");
        }
    });
}

/// Very many differences of nobody known, several of one instant, behind the program's back.
fn many(town: &Town, count: usize) {
    let columns = "person_id, difference_id, kind, subject, source_id, ext_key, parts, year, \
                   category, hours, attrs, jurisdiction, opened_at";
    let values = |subject: &str| {
        format!(
            "0, n, 2, {subject}, 1, 'k-' || n, '', 2024, 0, 800, '{{}}', '331100', \
             1700000000000000 + n / 7"
        )
    };
    let sql = match town.database.engine {
        Engine::Sqlite => format!(
            "WITH RECURSIVE all_n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM all_n \
             WHERE n < {count}) INSERT INTO difference ({columns}) SELECT {} FROM all_n",
            values("zeroblob(32)")
        ),
        Engine::Postgres => format!(
            "INSERT INTO difference ({columns}) SELECT {} FROM generate_series(1, {count}) AS n",
            values("decode(repeat('00', 32), 'hex')")
        ),
    };
    town.database.execute(&sql).expect("rows");
}

#[test]
fn a_long_sheet_has_everything_once_and_takes_no_more_memory() {
    on_both(|town| {
        let count = 10_000;
        many(town, 2000);
        for token in [&town.reviewer, &town.second] {
            assert_eq!(csv(town, token, "en").len(), 2001);
            assert_eq!(xlsx(town, token, "en").len(), 2001);
        }
        let before = town.service.peak_memory();
        town.database.execute("DELETE FROM difference").expect("none");
        many(town, count);
        let rows = csv(town, &town.reviewer, "en");
        let keys: Vec<&String> = rows[1..].iter().map(|row| &row[2]).collect();
        assert_eq!(keys.len(), count);
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), count, "each once");
        let first: Vec<Value> = queue(town, &town.reviewer);
        assert!(first.iter().zip(&keys).all(|(shown, key)| shown["key"] == key.as_str()));
        let cells = xlsx(town, &town.second, "en");
        assert!(cells[1..].iter().zip(keys).all(|(row, key)| row[2].to_string() == *key));
        assert_eq!(cells.len(), count + 1);
        let grown = town.service.peak_memory().saturating_sub(before) >> 20;
        println!("{grown} MiB more for five times as many");
        assert!(grown < 8, "{grown} MiB more for five times as many");
    });
}
