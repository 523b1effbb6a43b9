//! What comes of reading a page or a file, besides its rows.

use chrono::NaiveDate;

use crate::domain::ledger::statement::StatedRow;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;

/// What a reader is told from outside: the time, and how keys are made.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// The day in China, after which nothing can have been completed.
    pub today: NaiveDate,
    /// When the page or file was fetched: the version of sources that state what is now.
    pub observed_at: Timestamp,
    /// The keyed digest of texts, 32 hex digits: a key for records without one, or with one that may
    /// not be kept in clear.
    pub key_of: &'a dyn Fn(&[&str]) -> String,
}

/// A page of records.
#[derive(Clone)]
pub struct Page {
    /// The records, in the order of the page.
    pub rows: Vec<StatedRow>,
    /// What the page says of itself and of the whole.
    pub stated: Control,
}

/// What a page says of itself and of the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// How many records there are on all pages.
    pub total: Option<u64>,
    /// Whether there is more.
    pub more: More,
    /// The latest instant of change on the page, in microseconds.
    pub newest: Option<i64>,
}

/// What comes after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum More {
    /// Nothing.
    End,
    /// Another page, under this name: for [`super::Feed::target`].
    Next(String),
}

/// How much a file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Everything that the source has.
    Full,
    /// What has changed.
    Incremental,
}

/// What a file says of itself, and what was found in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileControl {
    /// Its name, without the folder.
    pub name: String,
    /// The day in its name.
    pub day: Option<NaiveDate>,
    /// How much it is about.
    pub kind: FileKind,
    /// The number in its name.
    pub number: u32,
    /// SHA-256 of its bytes, in hex: the file of another day has another one.
    pub digest: String,
    /// Records given, or that would be given.
    pub rows: u64,
    /// Rows that are none: totals, subtotals, such as are about no hours.
    pub skipped: u64,
    /// The latest instant of change, in microseconds.
    pub newest: Option<i64>,
    /// Whether it was read to its end, and not stopped by whoever took the rows.
    pub complete: bool,
    /// What somebody should know, such as sheets that were not read.
    pub notices: Vec<Message>,
}
