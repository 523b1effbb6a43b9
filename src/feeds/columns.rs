//! Files of columns: looked through once for their headings and sums, then read row by row.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::io::Read;
use std::path::Path;

use chrono::Datelike;

use super::alarm::Alarm;
use super::control::{FileControl, Reading};
use super::facts::{Facts, Place};
use super::file_rows::{Give, LIMITS};
use super::hours::half_width;
use super::mapping::{Fact, Feed, meaning};
use super::texts::Texts;
use super::{dates, hours, keys};
use crate::domain::discreet;
use crate::domain::hours::Hours;
use crate::domain::ledger::statement::{RecognitionStatus, StatedRow};
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::sheet::Format;
use crate::sheet::delimited::Records;
use crate::sheet::encoding::Detector;
use crate::sheet::refusal::told;
use crate::sheet::source::Source;

/// A file whose encoding is known.
struct Opened {
    source: Source,
    encoding: &'static encoding_rs::Encoding,
}

impl Opened {
    fn new(path: &Path) -> Result<Opened, Alarm> {
        let source =
            Source::of_file(path, Some(Format::Csv), &LIMITS).map_err(Alarm::Unreadable)?;
        let failed = |error| Alarm::Unreadable(told(path, error));
        let mut reader = source.reader().map_err(failed)?;
        let (mut detector, mut chunk) = (Detector::default(), vec![0; 1 << 16]);
        loop {
            match reader.read(&mut chunk).map_err(failed)? {
                0 => break,
                length => detector.feed(chunk.get(..length).unwrap_or_default()),
            }
        }
        let encoding = detector.finish();
        let encoding = encoding.ok_or_else(|| Alarm::Unreadable(Message::new("not_text")))?;
        Ok(Opened { source, encoding })
    }

    /// The records below the headings.
    fn records(&self, feed: &Feed) -> Result<(Header, Records), Alarm> {
        let records = Records::open(&self.source, self.encoding, &LIMITS);
        let mut records = records.map_err(Alarm::Unreadable)?;
        let header = match records.next().map_err(Alarm::Unreadable)? {
            Some((_, record)) => Header::read(feed, record)?,
            None => Header::read(feed, &csv::StringRecord::new())?,
        };
        Ok((header, records))
    }
}

/// Which column is what.
struct Header {
    columns: Vec<(String, Option<Fact>)>,
}

impl Header {
    fn read(feed: &Feed, record: &csv::StringRecord) -> Result<Header, Alarm> {
        let mut columns: Vec<(String, Option<Fact>)> = Vec::new();
        let mut unknown = Vec::new();
        for cell in record {
            let name: String = heading(cell);
            let fact = feed.names.fact(&name);
            let twice = columns.iter().any(|(other, _)| *other == name);
            if twice || fact.is_none() && !feed.names.others.contains(&name) {
                unknown.push(shown(feed, &name));
            }
            columns.push((name, fact));
        }
        let has = |fact| columns.iter().any(|(_, other)| *other == Some(fact));
        let missing: Vec<String> = feed
            .names
            .iter()
            .filter(|(fact, _)| !has(*fact))
            .filter_map(|(_, names)| names.first().cloned())
            .collect();
        if missing.is_empty() && unknown.is_empty() {
            return Ok(Header { columns });
        }
        Err(Alarm::HeaderChanged { missing, unknown })
    }

    fn place(&self, fact: Fact) -> Option<usize> {
        self.columns.iter().position(|(_, other)| *other == Some(fact))
    }
}

/// A heading as it is compared.
pub(super) fn heading(cell: &str) -> String {
    cell.chars().take(64).map(half_width).filter(|c| !c.is_whitespace()).collect()
}

/// Where the headings are missing, this is a row about somebody: of what is unknown, only what
/// resembles a known heading is said.
pub(super) fn shown(feed: &Feed, name: &str) -> String {
    let known = feed.names.iter().flat_map(|(_, names)| names).chain(&feed.names.others);
    let common = |other: &String| name.chars().filter(|c| other.contains(*c)).count();
    if known.map(common).max() >= Some(2) && name.chars().count() <= 12 {
        return name.to_owned();
    }
    match discreet::shown(name) {
        "" => "-".to_owned(),
        shown => shown.to_owned(),
    }
}

/// Whether the row is a sum: its first cells say so, and it is about nobody.
fn is_total(feed: &Feed, header: &Header, record: &csv::StringRecord) -> bool {
    let number = header.place(Fact::Number).and_then(|at| record.get(at)).unwrap_or_default();
    number.trim().is_empty() && record.iter().take(3).any(|cell| is_total_word(feed, cell))
}

/// `合计`, `小计：`.
pub(super) fn is_total_word(feed: &Feed, cell: &str) -> bool {
    let cell = heading(cell);
    feed.file.totals.iter().any(|word| cell.starts_with(word.as_str()))
}

/// Looks through the file without taking anything.
pub(super) fn examine(feed: &Feed, path: &Path, control: &mut FileControl) -> Result<(), Alarm> {
    let opened = Opened::new(path)?;
    let (header, mut records) = opened.records(feed)?;
    let place = header.place(Fact::Hours).unwrap_or(usize::MAX);
    let (mut found, mut all_read, mut stated) = (Hours::ZERO, true, None);
    (control.rows, control.skipped) = (0, 0);
    let mut is_cut = false;
    while let Some((_, record)) = records.next().map_err(Alarm::Unreadable)? {
        let amount = hours::amount(record.get(place).unwrap_or_default());
        is_cut = false;
        if is_total(feed, &header, record) {
            control.skipped += 1;
            stated = amount.ok();
            continue;
        }
        control.rows += 1;
        is_cut = record.len() < header.columns.len();
        // A sum in the middle is one of the rows above it alone.
        stated = None;
        match amount {
            Ok(hours) => found = found.checked_add(hours).unwrap_or(found),
            Err(_) => all_read = false,
        }
    }
    if is_cut {
        return Err(Alarm::CutOff { whole: control.rows.saturating_sub(1) });
    }
    match stated {
        // What cannot be read may have been counted by whoever made the sum.
        Some(stated) if all_read && stated != found => Err(Alarm::TotalsDiffer { stated, found }),
        _ => Ok(()),
    }
}

/// Gives the rows.
pub(super) fn read(
    feed: &Feed,
    path: &Path,
    control: &mut FileControl,
    reading: &Reading<'_>,
    give: Give<'_>,
) -> Result<(), Alarm> {
    let opened = Opened::new(path)?;
    let (header, mut records) = opened.records(feed)?;
    control.rows = 0;
    // The name of the file orders what the source said: an older one never wins.
    let day = control.day.map_or(0, |day| {
        i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
    });
    let version = (day * 1000 + i64::from(control.number)) * ROWS;
    let mut told = Told::default();
    while let Some((line, record)) = records.next().map_err(Alarm::Unreadable)? {
        if is_total(feed, &header, record) {
            continue;
        }
        control.rows += 1;
        let line = i64::try_from(line).unwrap_or(i64::MAX);
        let version = version + line.min(ROWS - 1);
        let row = row(feed, &header, record, reading, (line, version), &mut told);
        if let Some(at) = row.1 {
            control.newest = control.newest.max(Some(at));
        }
        if give(row.0).is_break() {
            return Ok(());
        }
    }
    control.complete = true;
    Ok(())
}

/// More lines than a file has: a later line of a file is newer than an earlier one.
const ROWS: i64 = 10_000_000;

/// The row, and when it last changed.
fn row(
    feed: &Feed,
    header: &Header,
    record: &csv::StringRecord,
    reading: &Reading<'_>,
    (row_no, version): (i64, i64),
    records: &mut Told,
) -> (StatedRow, Option<i64>) {
    let mut texts = Texts::default();
    for ((_, fact), cell) in header.columns.iter().zip(record) {
        if let Some(fact) = fact {
            texts.put(*fact, Cow::Borrowed(cell));
        }
    }
    let raw = raw(row_no, header, record);
    let mut place = Place { row_no, version, standing: RecognitionStatus::Received, raw };
    let changed = dates::instant(texts.get(Fact::Changed)).map(Timestamp::micros);
    let standing = meaning(&feed.standings, texts.get(Fact::Standing));
    let said = said(feed, &texts);
    let certificate = keys::certificate(texts.get(Fact::Certificate), reading);
    let key = certificate
        .unwrap_or_else(|| (reading.key_of)(&said.each_ref().map(String::as_str)).into());
    let hours = hours::amount(texts.get(Fact::Hours)).map(|hours| hours.to_string());
    let newer = is_correction(feed, texts.get(Fact::Remarks))
        || matches!(standing, Some(RecognitionStatus::Withdrawn | RecognitionStatus::Rejected));
    let before = records.repeated(&key, &(said, hours.ok()), row_no, newer);
    let key = Some(key);
    let mut facts = Facts::new(texts, key);
    match standing {
        Some(standing) => place.standing = standing,
        None => facts.unknown_standing(),
    }
    if let Some(before) = before {
        facts.problem("", Message::new("record_repeated").with("line", before));
    }
    let wanted = header.columns.len();
    let beyond = record.iter().skip(wanted).any(|cell| !cell.trim().is_empty());
    if record.len() < wanted || beyond {
        let message = Message::new("row_length").with("found", record.len());
        facts.problem("", message.with("wanted", wanted));
    }
    (facts.judge(feed, reading, place), changed)
}

/// Whose, of what, when, however that is written: the key of a row without a certificate.
fn said(feed: &Feed, texts: &Texts<'_>) -> [String; 5] {
    let word = texts.get(Fact::Category);
    let category = feed.category(word).map_or(word, |category| category.name());
    let span = texts.get(Fact::Span);
    let span = dates::span(span, dates::Epoch::Of1900)
        .map_or_else(|_| span.to_owned(), |(first, last)| format!("{first} {last}"));
    let plain = [Fact::CourseTitle, Fact::Provider];
    let [title, provider] = plain.map(|fact| texts.get(fact).split_whitespace().collect());
    [texts.person(), title, provider, category.to_owned(), span]
}

/// Whether a remark says that the row corrects an earlier one.
fn is_correction(feed: &Feed, remark: &str) -> bool {
    feed.file.corrections.iter().any(|word| remark.contains(word.as_str()))
}

/// The records of a file: what was said of each, and in which line. Eight bytes for each text, so that a
/// long file needs little.
#[derive(Default)]
struct Told {
    state: RandomState,
    rows: HashMap<u64, (u64, i64)>,
}

impl Told {
    /// The line that said something else of the same record. A certificate of a whole class, or of hours
    /// of two categories, makes one record of what is several; so only what says that it is newer takes
    /// the place of what is there.
    fn repeated(&mut self, key: &str, said: &impl Hash, line: i64, newer: bool) -> Option<i64> {
        let (key, said) = (self.state.hash_one(key), self.state.hash_one(said));
        let before = self.rows.get(&key).filter(|before| !newer && before.0 != said);
        if let Some((_, before)) = before {
            return Some(*before);
        }
        self.rows.insert(key, (said, line));
        None
    }
}

/// The row as JSON, with its place.
fn raw(line: i64, header: &Header, record: &csv::StringRecord) -> Vec<u8> {
    let cells: serde_json::Map<String, serde_json::Value> = header
        .columns
        .iter()
        .map(|(name, _)| name.clone())
        .chain((header.columns.len()..record.len()).map(|at| format!("#{}", at + 1)))
        .zip(record.iter().map(serde_json::Value::from))
        .collect();
    serde_json::json!({ "line": line, "cells": cells }).to_string().into_bytes()
}
