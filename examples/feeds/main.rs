//! Times the feeds: `cargo run --release --example feeds -- [ROWS] [--ledger] [--postgres URL] [FEED…]`.
//!
//! One JSON line for each reader: rows a second, the same of the bare parser over the same bytes in the
//! same run, and the most memory that a process took which did nothing but read. The bare parser only
//! takes the bytes apart: `serde_json` into values, `csv` into records, `calamine` into cells.
//!
//! With `--ledger` it is the whole connector: the same rows, asked for over HTTP or found in a folder,
//! pulled into a fresh database by a process of its own. With `--postgres` that is a database of its own
//! on that server, else an SQLite file.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the measurements are the output")]
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement that fails says so"
)]
#![expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "rates are rounded")]

mod connectors;
mod serving;
mod sources;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use chrono::NaiveDate;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use xueshi::domain::ledger::statement::{Said, StatedRow};
use xueshi::domain::timestamp::Timestamp;
use xueshi::feeds::{Feed, Reading, Shape};

const ROWS: usize = 100_000;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [how @ ("read" | "bare"), code, path] => {
            let (feed, path) = (Feed::by_code(code).unwrap(), Path::new(path));
            let begin = Instant::now();
            let rows = if *how == "read" { read(feed, path) } else { bare(feed, path) };
            let rate = rows as f64 / begin.elapsed().as_secs_f64();
            println!("{}", json!({ "rows": rows, "rate": rate.round(), "peak_mib": peak() }));
        }
        ["take", code, settings] => println!("{}", connectors::take(code, settings)),
        _ => measure(&words),
    }
}

fn measure(words: &[&str]) {
    let rows = words.iter().find_map(|word| word.parse().ok()).unwrap_or(ROWS);
    let postgres = words.iter().position(|word| *word == "--postgres");
    let postgres = postgres.map(|at| *words.get(at + 1).expect("--postgres URL"));
    let ledger = words.contains(&"--ledger") || postgres.is_some();
    let named = |feed: &&Feed| words.contains(&&*feed.code);
    let all = !Feed::all().iter().any(|feed| named(&feed));
    let folder = std::env::temp_dir().join(format!("xueshi-feeds-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for feed in Feed::all().iter().filter(|feed| all || named(feed)) {
        let path = sources::write(feed, &folder, rows);
        let told = if ledger {
            connectors::measured(feed, &folder, &path, rows, postgres)
        } else {
            readers(feed, &path, rows)
        };
        println!("{told}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

fn readers(feed: &Feed, path: &Path, rows: usize) -> Value {
    let (ours, bare) = (measured("read", feed, path), measured("bare", feed, path));
    assert_eq!(ours["rows"], json!(rows), "every row is a record");
    let ratio = bare["rate"].as_f64().unwrap() / ours["rate"].as_f64().unwrap();
    json!({
        "feed": feed.code, "rows": rows, "bytes": path.metadata().unwrap().len(),
        "rows_a_second": ours["rate"], "bare_rows_a_second": bare["rate"],
        "times_bare": (ratio * 10.0).round() / 10.0,
        "peak_mib": ours["peak_mib"], "bare_peak_mib": bare["peak_mib"],
    })
}

/// The best of three runs, each in a process of its own.
fn measured(how: &str, feed: &Feed, path: &Path) -> Value {
    let run = || alone(how, feed, &path.display().to_string());
    let rate = |value: &Value| value["rate"].as_f64().unwrap_or_default();
    let runs = (0..3).map(|_| run());
    runs.reduce(|best, next| if rate(&next) > rate(&best) { next } else { best }).unwrap()
}

/// What a process of its own says.
fn alone(how: &str, feed: &Feed, what: &str) -> Value {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args([how, &*feed.code, what]).output().unwrap();
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{how} {}", feed.code);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The most memory that this process ever had, in MiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib / 1024)
}

/// Our reader: how many records it gives.
fn read(feed: &Feed, path: &Path) -> usize {
    let key_of = |parts: &[&str]| {
        let mut digest = hex::encode(Sha256::digest(parts.join("\n")));
        digest.truncate(32);
        digest
    };
    let reading = Reading {
        today: NaiveDate::from_ymd_opt(2024, 12, 31).unwrap(),
        observed_at: Timestamp::from_micros(1_735_600_000_000_000),
        key_of: &key_of,
    };
    let mut records = 0;
    let mut take = |row: StatedRow| {
        records += usize::from(matches!(row.said, Said::Record(_)));
        ControlFlow::Continue(())
    };
    if feed.shape == Shape::Pages {
        for page in BufReader::new(File::open(path).unwrap()).lines() {
            let page = feed.read_page(page.unwrap().as_bytes(), &reading).unwrap();
            for row in page.rows {
                let _ = take(row);
            }
        }
    } else {
        feed.read_file(path, &reading, &mut take).unwrap();
    }
    records
}

/// The bare parser: how many rows it sees.
fn bare(feed: &Feed, path: &Path) -> usize {
    let lines = || BufReader::new(File::open(path).unwrap()).lines().map(Result::unwrap);
    match feed.shape {
        Shape::Pages => lines()
            .map(|line| {
                let page: Value = serde_json::from_str(&line).unwrap();
                page["result"]["records"].as_array().unwrap().len()
            })
            .sum(),
        Shape::Statements => lines()
            .filter(|line| serde_json::from_str::<Value>(line).unwrap()["id"].is_string())
            .count(),
        Shape::Columns => {
            let mut bytes = Vec::new();
            File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
            let text = encoding_rs::GB18030.decode(&bytes).0;
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let mut record = csv::StringRecord::new();
            std::iter::from_fn(|| reader.read_record(&mut record).unwrap().then_some(())).count()
        }
        Shape::Workbook => {
            use calamine::Reader;
            let file = BufReader::new(File::open(path).unwrap());
            let mut book: calamine::Xlsx<_> = calamine::Xlsx::new(file).unwrap();
            let name = book.sheet_names().first().unwrap().clone();
            let mut cells = book.worksheet_cells_reader(&name).unwrap();
            let mut last = 0;
            while let Some(cell) = cells.next_cell().unwrap() {
                last = cell.get_position().0;
            }
            usize::try_from(last).unwrap() - 1
        }
    }
}
