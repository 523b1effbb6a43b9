//! The readers of feeds: for every way in which a source is known to go wrong, what becomes of its rows.

mod huzhou;
mod hzhret;
pub mod jiaxing;
pub mod lishui;
mod mapping;
pub mod outgoing;
mod panics;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use xueshi::domain::ledger::outcome::Outcome;
use xueshi::domain::ledger::statement::{Said, StatedRow};
use xueshi::domain::message::Message;
use xueshi::domain::timestamp::Timestamp;
use xueshi::feeds::{Alarm, Feed, FileControl, Page, Reading};

pub(super) const NUMBER: &str = "330523190001011237";
pub(super) const OTHER: &str = "33052319000101100X";
pub(super) const NAME: &str = "样例一";

/// A folder that is gone when the test is over.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("xueshi-feeds-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(super) fn feed(code: &str) -> &'static Feed {
    Feed::by_code(code).expect("a feed")
}

pub(super) fn key_of(parts: &[&str]) -> String {
    hex::encode(Sha256::digest(parts.join("\n")))[..32].to_owned()
}

/// On the last day of 2024.
pub(super) fn reading() -> Reading<'static> {
    Reading {
        today: NaiveDate::from_ymd_opt(2024, 12, 31).expect("a day"),
        observed_at: Timestamp::from_micros(1_735_600_000_000_000),
        key_of: &key_of,
    }
}

pub(super) fn page(code: &str, bytes: &[u8]) -> Result<Page, Alarm> {
    let page = feed(code).read_page(bytes, &reading());
    match &page {
        Ok(page) => page.rows.iter().for_each(assert_whole),
        Err(alarm) => crate::locale::assert_whole(&alarm.message()),
    }
    page
}

/// The rows of a file, and what it says of itself.
pub(super) fn file(code: &str, path: &Path) -> (Vec<StatedRow>, Result<FileControl, Alarm>) {
    let mut rows = Vec::new();
    let control = feed(code).read_file(path, &reading(), &mut |row| {
        assert_whole(&row);
        rows.push(row);
        ControlFlow::Continue(())
    });
    if let Err(alarm) = &control {
        crate::locale::assert_whole(&alarm.message());
    }
    (rows, control)
}

/// Every message of a row has its sentences, and its key says nothing of anybody.
fn assert_whole(row: &StatedRow) {
    let mut messages: Vec<&Message> = row.flags.iter().map(|flag| &flag.message).collect();
    if let Said::Refused(refusal) = &row.said {
        assert!(!refusal.problems.is_empty());
        messages.extend(refusal.problems.iter().map(|problem| &problem.message));
    }
    messages.into_iter().for_each(crate::locale::assert_whole);
    assert!(std::str::from_utf8(&row.raw).is_ok());
    if let Some(key) = &row.key {
        assert!(!key.contains(NUMBER) && !key.contains(NAME) && !key.is_empty(), "{key}");
    }
}

/// A row in a line: `recognised 2024 professional 24 2024-05-08 +flag`, `held code code`.
pub(super) fn told(row: &StatedRow) -> String {
    let mut line = match &row.said {
        Said::KeyOnly => format!("{} key-only", row.standing.name()),
        Said::Refused(refusal) => {
            let word = if refusal.outcome == Outcome::Held { "held" } else { "rejected" };
            let codes = refusal.problems.iter().map(|problem| problem.message.code);
            std::iter::once(word).chain(codes).collect::<Vec<_>>().join(" ")
        }
        Said::Record(record) => {
            let posting = &record.posting;
            let day = posting.completed_on.map_or("-".to_owned(), |day| day.to_string());
            let (year, category) = (posting.year, posting.category.name());
            format!("{} {year} {category} {} {day}", row.standing.name(), posting.hours)
        }
    };
    for flag in &row.flags {
        line.push_str(" +");
        line.push_str(flag.message.code);
    }
    line
}

pub(super) fn all_told(rows: &[StatedRow]) -> Vec<String> {
    rows.iter().map(told).collect()
}

pub(super) fn key(row: &StatedRow) -> &str {
    row.key.as_deref().expect("a key")
}

/// The name of the person of a record.
pub(super) fn name(row: &StatedRow) -> &str {
    match &row.said {
        Said::Record(record) => record.name.expose(),
        _ => panic!("no record: {}", told(row)),
    }
}
