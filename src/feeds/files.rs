//! Files of a source: whether they are whole, what they say of themselves, and their rows.

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use md5::Md5;
use sha2::{Digest, Sha256};

use super::alarm::Alarm;
use super::control::{FileControl, FileKind, Reading};
use super::file_rows::{Give, LIMITS};
use super::mapping::{Feed, Shape};
use super::statements::Statements;
use super::{columns, dates, workbook};
use crate::domain::ledger::statement::StatedRow;
use crate::domain::message::Message;
use crate::sheet::Format;
use crate::sheet::lines::{Line, Lines};
use crate::sheet::refusal::told;
use crate::sheet::source::Source;

impl Feed {
    /// Whether a file may be read, by its name and by everything that can be known of it without taking
    /// its rows: the mark that it is whole, its digest, its headings, its sums.
    pub fn examine_file(&self, path: &Path, reading: &Reading<'_>) -> Result<FileControl, Alarm> {
        let mut control = self.about_file(path, true)?;
        match self.shape {
            Shape::Columns => columns::examine(self, path, &mut control)?,
            Shape::Workbook => workbook::examine(self, path, &mut control, reading)?,
            Shape::Statements => {}
            Shape::Pages => return Err(Alarm::FileName),
        }
        Ok(control)
    }

    /// Reads a file row by row. What can be known beforehand is looked at before the first row is given;
    /// a cut end is an alarm after the rows that are whole.
    pub fn read_file(
        &self,
        path: &Path,
        reading: &Reading<'_>,
        rows: &mut dyn FnMut(StatedRow) -> ControlFlow<()>,
    ) -> Result<FileControl, Alarm> {
        self.read(path, true, reading, rows)
    }

    /// The same of a copy that was kept: the marks beside a file stay where it came from.
    pub fn read_kept_file(
        &self,
        path: &Path,
        reading: &Reading<'_>,
        rows: &mut dyn FnMut(StatedRow) -> ControlFlow<()>,
    ) -> Result<FileControl, Alarm> {
        self.read(path, false, reading, rows)
    }

    fn read(
        &self,
        path: &Path,
        marked: bool,
        reading: &Reading<'_>,
        rows: Give<'_>,
    ) -> Result<FileControl, Alarm> {
        let mut control = self.about_file(path, marked)?;
        match self.shape {
            Shape::Columns => {
                columns::examine(self, path, &mut control)?;
                columns::read(self, path, &mut control, reading, rows)?;
            }
            Shape::Workbook => workbook::read(self, path, &mut control, reading, rows)?,
            Shape::Statements => statements(self, path, &mut control, reading, rows)?,
            Shape::Pages => return Err(Alarm::FileName),
        }
        Ok(control)
    }

    /// Whether a file of this name is one of this source: for whoever looks through a folder.
    pub fn takes_file(&self, name: &str) -> bool {
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        match self.shape {
            Shape::Pages => false,
            Shape::Columns => self.file_name(name).is_some(),
            // A workbook that somebody has open leaves a `~$` file beside it.
            Shape::Workbook => ends(&[".xlsx"]) && !name.starts_with(['~', '.']),
            Shape::Statements => ends(&[".ndjson", ".ndjson.gz"]) && !name.starts_with('.'),
        }
    }

    /// The day, kind and number in a name.
    fn file_name(&self, name: &str) -> Option<(NaiveDate, FileKind, u32)> {
        let rules = &self.file;
        let (mut form, mut rest) = (rules.name.as_str(), name);
        let (mut day, mut kind, mut number) = (None, None, None);
        while let Some((literal, after)) = form.split_once('{') {
            let (part, after) = after.split_once('}')?;
            form = after;
            rest = rest.strip_prefix(literal)?;
            // What stands after a part ends it.
            let next = form.split('{').next().unwrap_or_default();
            let end = if next.is_empty() { rest.len() } else { rest.find(next)? };
            let (value, left) = rest.split_at_checked(end)?;
            rest = left;
            match part {
                "day" => {
                    let is_compact = value.len() == 8;
                    day = dates::day(value, dates::Epoch::Of1900).ok().filter(|_| is_compact);
                }
                "kind" if value == rules.full => kind = Some(FileKind::Full),
                "kind" if value == rules.incremental => kind = Some(FileKind::Incremental),
                "number" if value.len() <= 3 => number = value.parse::<u32>().ok(),
                _ => return None,
            }
        }
        if rest == form { Some((day?, kind?, number?)) } else { None }
    }

    /// What is known of a file from outside.
    fn about_file(&self, path: &Path, marked: bool) -> Result<FileControl, Alarm> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut control = FileControl {
            name,
            day: None,
            kind: if self.shape == Shape::Statements {
                FileKind::Incremental
            } else {
                FileKind::Full
            },
            number: 1,
            digest: String::new(),
            rows: 0,
            skipped: 0,
            newest: None,
            complete: false,
            notices: Vec::new(),
        };
        if self.shape == Shape::Columns {
            let (day, kind, number) = self.file_name(&control.name).ok_or(Alarm::FileName)?;
            (control.day, control.kind, control.number) = (Some(day), kind, number);
            if marked && !self.file.done.is_empty() && !beside(path, &self.file.done).is_file() {
                return Err(Alarm::NotDone);
            }
        }
        let (sha256, md5) = digests(path).map_err(|error| Alarm::Unreadable(told(path, error)))?;
        if marked && self.shape == Shape::Columns && !self.file.md5.is_empty() {
            let stated = stated_digest(&beside(path, &self.file.md5)).ok_or(Alarm::NotDone)?;
            if !stated.eq_ignore_ascii_case(&md5) {
                return Err(Alarm::DigestDiffers);
            }
        }
        control.digest = sha256;
        Ok(control)
    }
}

/// The file of that name with an ending more.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The first word of a file of digests.
fn stated_digest(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(4096).read_to_string(&mut text).ok()?;
    let text = text.trim_start_matches('\u{feff}');
    Some(text.split_whitespace().next().unwrap_or_default().to_owned())
}

fn digests(path: &Path) -> io::Result<(String, String)> {
    let mut file = File::open(path)?.take(LIMITS.file_bytes + 1);
    let (mut sha256, mut md5) = (Sha256::new(), Md5::new());
    let mut chunk = vec![0; 1 << 16];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok((hex::encode(sha256.finalize()), hex::encode(md5.finalize()))),
            length => {
                let bytes = chunk.get(..length).unwrap_or_default();
                sha256.update(bytes);
                md5.update(bytes);
            }
        }
    }
}

fn statements(
    feed: &Feed,
    path: &Path,
    control: &mut FileControl,
    reading: &Reading<'_>,
    give: Give<'_>,
) -> Result<(), Alarm> {
    let source = Source::of_file(path, Some(Format::Ndjson), &LIMITS).map_err(Alarm::Unreadable)?;
    let reader = source.reader().map_err(|error| Alarm::Unreadable(told(path, error)))?;
    let mut lines = Lines::new(reader, LIMITS.line_bytes);
    let mut statements = Statements::new(feed, reading);
    loop {
        let next = match lines.next_line() {
            Ok(next) => next,
            Err(error) => {
                let message = told(path, error);
                // What is packed ends in the middle where the file does.
                return Err(match message.code {
                    "gzip_damaged" => Alarm::CutOff { whole: statements.given },
                    _ => Alarm::Unreadable(message),
                });
            }
        };
        let Some((number, line)) = next else { break };
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let flow = match line {
            Line::Text(text) => statements.line(number, text, give),
            Line::TooLong => {
                let message = Message::new("line_too_long").with("most", LIMITS.line_bytes >> 20);
                statements.damaged(number, message, give)
            }
            // It may be half a character at a cut end: kept until something follows.
            Line::NotUtf8(_) => statements.line(number, "", give),
        };
        (control.rows, control.newest) = (statements.given, statements.newest);
        if flow.is_break() {
            return Ok(());
        }
    }
    statements.end()?;
    (control.rows, control.newest) = (statements.given, statements.newest);
    control.complete = true;
    Ok(())
}
