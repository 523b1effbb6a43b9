//! Opening a file and going through its rows.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::delimited::Delimited;
use super::json::JsonLines;
use super::source::{Opening, Source, as_it_stands};
use super::workbook::Workbook;
use super::{Format, Limits, RowFields};
use crate::domain::fields::Problems;
use crate::domain::message::Message;

/// A row of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its line, or its row in the sheet, as whoever opens the file sees it.
    pub number: u64,
    /// Its fields, or what is wrong with the row as a row.
    pub fields: Result<RowFields, Problems>,
    /// What stood there where that could not be read, as JSON, bounded; else nothing.
    pub stood: Vec<u8>,
}

/// The rows of a file, one after the other. An error ends them: what follows cannot be read.
pub struct Rows {
    format: Format,
    notices: Vec<Message>,
    kind: Kind,
    given: u64,
    most: u64,
    ended: bool,
    length: u64,
    read: Arc<AtomicU64>,
}

enum Kind {
    Csv(Box<Delimited>),
    Ndjson(Box<JsonLines>),
    Xlsx(Workbook),
}

/// Opens a file of rows within the limits of every import.
///
/// What the file is shows in its content, gzip or not; `hint` is what the caller was told it is, and
/// only has to agree.
pub fn open(path: &Path, hint: Option<Format>) -> Result<Rows, Message> {
    open_within(path, hint, &Limits::STANDARD)
}

/// Opens a file of rows within other limits.
pub fn open_within(path: &Path, hint: Option<Format>, limits: &Limits) -> Result<Rows, Message> {
    open_stored(path, as_it_stands(), hint, limits)
}

/// The same, of a file that is opened in its own way.
pub fn open_stored(
    path: &Path,
    opening: Opening,
    hint: Option<Format>,
    limits: &Limits,
) -> Result<Rows, Message> {
    let source = Source::open(path, opening, hint, limits)?;
    let (format, length, read) = (source.format, source.length, Arc::clone(&source.read));
    let mut notices = Vec::new();
    let kind = match format {
        Format::Csv => Kind::Csv(Box::new(Delimited::open(&source, limits)?)),
        Format::Ndjson => Kind::Ndjson(Box::new(JsonLines::open(source, limits)?)),
        Format::Xlsx => {
            let (workbook, noticed) = Workbook::open(&source, limits)?;
            notices = noticed;
            Kind::Xlsx(workbook)
        }
    };
    Ok(Rows { format, notices, kind, given: 0, most: limits.rows, ended: false, length, read })
}

impl Rows {
    /// What the file turned out to be.
    pub fn format(&self) -> Format {
        self.format
    }

    /// What whoever sent the file should know, such as sheets that were not read.
    pub fn notices(&self) -> &[Message] {
        &self.notices
    }

    /// How many bytes of the file were read, and how many it has; of a workbook this is not known.
    pub fn progress(&self) -> Option<(u64, u64)> {
        let known = self.format != Format::Xlsx;
        known.then(|| (self.read.load(Ordering::Relaxed).min(self.length), self.length))
    }
}

impl Iterator for Rows {
    type Item = Result<Row, Message>;

    fn next(&mut self) -> Option<Result<Row, Message>> {
        if self.ended {
            return None;
        }
        let next = match &mut self.kind {
            Kind::Csv(rows) => rows.next_row(),
            Kind::Ndjson(rows) => rows.next_row(),
            Kind::Xlsx(rows) => rows.next_row(),
        };
        let next = match next {
            Ok(None) => {
                self.ended = true;
                return None;
            }
            Ok(Some(_)) if self.given == self.most => {
                Err(Message::new("too_many_rows").with("most", self.most))
            }
            Ok(Some(row)) => Ok(row),
            Err(message) => Err(message),
        };
        self.given += 1;
        self.ended = next.is_err();
        Some(next)
    }
}
