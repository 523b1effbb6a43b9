//! Files of hours in, entries out.

use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use serde_json::Value;
use xueshi::app::posting::inbox::submission_label;
use xueshi::store::submissions::Wanted;

use super::{Place, closed, ledger};
use crate::support::engines::Engine;
use crate::support::people;

const HEADINGS: &str = "key,revision,person_number,person_name,year,category,hours,course_title\n";

fn line(key: &str, revision: u32, n: usize, hours: &str) -> String {
    let (number, name) = (people::number(n), people::name(n));
    format!("{key},{revision},{number},{name},2024,professional,{hours},=HYPERLINK(0)\n")
}

/// A file with every outcome that a row alone can have.
fn every_problem() -> String {
    let mut text = HEADINGS.to_owned();
    text += &line("k1", 1, 1, "8");
    text += &line("=1+1", 1, 1, "2");
    text += &line("k1", 1, 1, "8.0");
    text += &line("k1", 1, 1, "9");
    text += &line("k5", 1, 1, "1").replace(&people::name(1), &people::name(2));
    text += &line("k6", 1, 2, "1").replace(&people::number(2), "3.30523E+17");
    text += &line("k7", 1, 2, "1").replace(&people::number(2), "33052319000101");
    text += &line("k8", 1, 2, "-3");
    text += &line("k1", 2, 1, "6");
    text
}

const COUNTS: [&str; 8] = [
    "posted       2",
    "replayed     1",
    "corrected    1",
    "held         1",
    "quarantined  1",
    "conflict     1",
    "rejected     2",
    "9 rows",
];

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn every_row_has_its_outcome_and_is_told() {
    for engine in Engine::BOTH {
        let (_database, place) = closed(engine, 0);
        let file = place.file("hours.csv", &every_problem());
        let (csv, xlsx) = (place.path("outcomes.csv"), place.path("outcomes.xlsx"));
        let import = |report: &str| {
            place.run(&["import", &file, "--source", "lishui-registry", "--report", report])
        };
        let ran = import(&csv);
        ran.ended(1, &COUNTS);
        ran.ended(1, &["hours.csv:5: hours: ", "[key_conflict]", "hours.csv:6: person.name: "]);
        ran.ended(1, &["held ", "hours.csv:7: ", "hours.csv:8: ", "hours.csv:9: hours: "]);
        assert!(!ran.err.contains(&people::number(1)));
        let report = std::fs::read_to_string(&csv).expect("a report");
        let found: Vec<&str> = report.lines().collect();
        assert_eq!((found.len(), found[2]), (10, "3,'=1+1,posted,,,"), "{report}");
        assert!(found[4].starts_with("5,k1,conflict,key_conflict,hours,"), "{report}");
        place.run(&["verify"]).ended(0, &["1 persons, 4 entries"]);

        // The same file again has no second effect.
        let again = import(&xlsx);
        again.ended(1, &["9 rows"]);
        assert!(!again.out.contains("posted"), "{}", again.out);
        assert!(std::fs::read(&xlsx).expect("a workbook").starts_with(b"PK"));
        place.run(&["verify"]).ended(0, &["1 persons, 4 entries"]);
        import(&csv).ended(2, &["[file_exists]"]);
        place
            .run(&["import", &file, "--source", "lishui-registri"])
            .ended(2, &["nearest: lishui-registry"]);
        let nowhere = place.run(&["import", "nowhere.csv", "--source", "lishui-registry"]);
        nowhere.ended(2, &["[unreadable]"]);
        assert!(!nowhere.err.contains("batch"));
    }
}

#[test]
fn what_is_exported_is_what_was_imported() {
    for engine in Engine::BOTH {
        let (_database, place) = closed(engine, 0);
        let file = place.file("hours.csv", &every_problem());
        place.run(&["import", &file, "--source", "lishui-registry"]).ended(1, &[]);
        let entries = rows(&place.entries());
        let column = |name: &str| -> Vec<String> {
            entries.iter().map(|row| row[name].to_string().replace('"', "")).collect()
        };
        assert_eq!(column("key"), ["k1", "=1+1", "k1", "k1"]);
        assert_eq!(column("kind"), ["credit", "credit", "reversal", "replacement"]);
        assert_eq!(column("hours"), ["8", "2", "-8", "6"]);
        assert_eq!(column("ref_seq"), ["null", "null", "1", "1"]);
        assert_eq!(column("course_title")[0], "=HYPERLINK(0)");
        assert_eq!(column("source")[0], "lishui-registry");
        assert!(column("hash").iter().all(|hash| hash.len() == 64));

        let table = place.path("entries.csv");
        let out = ["export", "--format", "csv", "--with-identity", "--out", &table];
        place.run(&out).ended(0, &["4 entries"]);
        place.run(&out).ended(2, &["[file_exists]"]);
        let text = std::fs::read_to_string(&table).expect("a table");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let headings = reader.headers().expect("headings").clone();
        let at = |name: &str| headings.iter().position(|heading| heading == name).expect("it");
        let table: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("it")).collect();
        for (row, entry) in table.iter().zip(&entries) {
            for name in ["person", "kind", "category", "hours", "completed_on", "hash", "batch"] {
                assert_eq!(row[at(name)], *entry[name].as_str().unwrap_or_default(), "{name}");
            }
            assert_eq!(row[at("course_title")], *"'=HYPERLINK(0)");
            assert_eq!(row[at("name")], people::name(1));
            assert!(row[at("number")].contains('*'), "{}", &row[at("number")]);
        }
        assert_eq!(table[1][at("key")], *"'=1+1");

        let person = entries[0]["person"].as_str().expect("an id");
        assert_eq!(rows(&place.run(&["export", "--person", person]).out), entries);
        for all in [place.entries(), text] {
            assert!(!all.contains(&people::number(1)));
        }
        assert!(!place.entries().contains(&people::name(1)));
        place.run(&["export", "--person", "0000000000000001"]).ended(2, &["[person_unknown]"]);
        let empty = Place::fresh(&place.folder.join("empty"));
        empty.run(&["migrate"]).ended(0, &[]);
        assert!(empty.run(&["export", "--format", "csv"]).out.starts_with("person,seq,kind,"));
    }
}

#[test]
fn a_file_that_ends_in_a_broken_row_goes_on_once_it_is_whole() {
    for engine in Engine::BOTH {
        let (_database, place) = closed(engine, 0);
        let whole: String = (0..700).map(|n| line(&format!("k{n}"), 1, n % 7, "1")).collect();
        let whole = format!("{HEADINGS}{whole}");
        let cut = place.file("hours.csv", &format!("{whole}k700,1,\"3305"));
        let ran = place.run(&["import", &cut, "--source", "lishui-registry"]);
        ran.ended(2, &["posted       700", "[quote_open]"]);
        let batch = batch(&ran.err);
        place.file("hours.csv", &format!("{whole}{}", line("k700", 1, 0, "1")));
        let on = ["import", &cut, "--source", "lishui-registry", "--batch", &batch];
        place.run(&on).ended(0, &["posted       701"]);
        place.run(&on).ended(2, &["[batch_finished]"]);
        let other = ["import", &cut, "--source", "online-site", "--batch", &batch];
        place.run(&other).ended(2, &["[batch_unknown]"]);
        place.run(&["verify"]).ended(0, &["7 persons, 701 entries"]);
    }
}

/// The name of a file, what is in it, and the words of each of its rows.
type Unreadable = (&'static str, Vec<u8>, Vec<Vec<String>>);

/// Files in every format, of which no row can be read as a row.
fn unreadable() -> [Unreadable; 3] {
    let (number, old, name) = (people::number(1), people::old_number(1), people::name(1));
    let long = "x".repeat(40_000);
    let csv =
        format!("{HEADINGS}k1,{number},{name}\nk2,1,{old},{name},2024,general,1,{long},stray\n");
    let wrong = format!(r#"{{"key":"k1","person":{{"number":"{number}","name":["{name}"]}}}}"#);
    let lines = format!("{wrong}\n{{\"key\": \"k2\", \"{old}\n");
    let words = |last: &str| {
        vec![vec![number.clone(), name.clone()], vec!["k2".into(), old.clone(), last.into()]]
    };
    [
        ("hours.csv", csv.into_bytes(), words("\"cut\":true")),
        ("hours.xlsx", unreadable_workbook(&number, &old, &name), words("#N/A")),
        ("hours.ndjson", lines.into_bytes(), words("{\\\"key\\\"")),
    ]
}

/// A stray cell in one row, an error in the other.
pub(crate) fn unreadable_workbook(number: &str, old: &str, name: &str) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in (0..).zip(HEADINGS.trim().split(',')) {
        sheet.write_string(0, column, heading).expect("a heading");
    }
    for (column, text) in (0..).zip(["k1", "1", number, name]) {
        sheet.write_string(1, column, text).expect("a cell");
    }
    sheet.write_string(1, 30, "stray").expect("a cell");
    for (column, text) in (0..).zip(["k2", "1", old, name]) {
        sheet.write_string(2, column, text).expect("a cell");
    }
    let error = rust_xlsxwriter::Formula::new("=NA()").set_result("#N/A");
    sheet.write_formula(2, 4, error).expect("a cell");
    book.save_to_buffer().expect("a workbook")
}

#[test]
fn rows_that_cannot_be_read_keep_what_stood_in_them() {
    for engine in Engine::BOTH {
        let (ledger, place) = ledger(engine, 0);
        for (name, bytes, words) in unreadable() {
            let path = place.folder.join(name);
            std::fs::write(&path, bytes).expect("a file");
            let ran = place.run(&["import", &place.path(name), "--source", "lishui-registry"]);
            ran.ended(1, &["rejected     2", "2 rows"]);
            let id = batch(&ran.err).parse().expect("an id");
            let wanted = Wanted { batch: Some(id), outcomes: Vec::new() };
            let source = ledger.trusted.source.id();
            let read = ledger
                .service
                .store
                .read_waiting(|tx| tx.submissions(source, &wanted, (id, 0), 10));
            let rows = read.expect("rows");
            assert_eq!(rows.len(), words.len(), "{name}");
            for (row, words) in rows.iter().zip(words) {
                let label = submission_label(id, row.row_no);
                let kept = ledger.service.vault.open_inbox(&label, &row.sealed).expect("it opens");
                let kept = String::from_utf8(kept.to_vec()).expect("UTF-8");
                assert!(kept.len() < 40_000, "{}", kept.len());
                for word in words {
                    assert!(kept.contains(&word), "{name}: {word} is not in {kept}");
                    let told = row.problem.as_deref().unwrap_or_default();
                    assert!(!told.contains(&people::name(1)) && !told.contains("330523"), "{told}");
                }
            }
        }
    }
}

/// The batch that a line on standard error names.
fn batch(told: &str) -> String {
    let (_, rest) = told.split_once("batch ").expect("the batch");
    rest[..16].to_owned()
}

#[test]
fn an_import_that_was_killed_goes_on_without_doubling() {
    for engine in Engine::BOTH {
        let (ledger, place) = ledger(engine, 0);
        let count = 20_000;
        let mut text = HEADINGS.to_owned();
        (0..count).for_each(|n| text += &line(&format!("k{n}"), 1, n % 50, "1"));
        let file = place.file("hours.csv", &text);
        let import = ["import", &file, "--source", "lishui-registry"];
        let mut child = place.command(&import).spawn().expect("the program starts");
        let mut told = BufReader::new(child.stderr.take().expect("standard error"));
        let mut first = String::new();
        told.read_line(&mut first).expect("a line");
        let batch = batch(&first);
        let id = batch.parse().expect("an id");
        let taken = || ledger.service.store.read_waiting(|tx| tx.progress(id)).expect("progress").0;
        while taken() < 1000 {
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().expect("it is still running");
        child.wait().expect("it ends");
        let _ = told.read_to_string(&mut first);
        let before = place.entries().lines().count();
        assert!((900..count).contains(&before), "{before}");
        let on = [&import[..], &["--batch", &batch]].concat();
        place.run(&on).ended(0, &[&format!("posted       {count}"), &format!("{count} rows")]);
        place.run(&["verify"]).ended(0, &[&format!("50 persons, {count} entries")]);
    }
}
