//! What arrived, row by row, with what became of it and why: for those who look after an installation.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde::Serialize;

use crate::app::feed_runs;
use crate::app::installation::export::ExportError;
use crate::app::posting::inbox::submission_label;
use crate::app::posting::problems::{self, Told};
use crate::app::service::{Directory, Failure, Service};
use crate::domain::ids::{BatchId, PersonId, SourceId};
use crate::domain::ledger::outcome::Outcome;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::store::submissions::{SubmissionRow, Wanted};
use crate::store::{ReadTx, StoreError};

/// Rows that are read at once.
const ROWS: i64 = 500;

/// A row that arrived.
#[derive(Clone, Debug, Serialize)]
pub struct Arrived {
    /// Its place in the inbox.
    #[serde(skip)]
    pub at: (BatchId, i64),
    /// Where the inbox keeps it, `batch-row`.
    pub submission: String,
    /// When it came.
    pub received_at: Timestamp,
    /// Whose it is.
    pub source: Box<str>,
    /// Where it stood in what came.
    #[serde(flatten)]
    pub place: Place,
    /// What became of it on arrival.
    pub outcome: Outcome,
    /// The source's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whose hours, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// What was wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Told>,
    /// What came, as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<String>,
}

/// Where a row stood in what came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file of a feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The page of a feed's run, from 1; a file is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// The row of the request, page or file.
    pub row: i64,
}

/// Which rows.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Only of this source.
    pub source: Option<String>,
    /// Only of this batch, and with these outcomes.
    pub wanted: Wanted,
    /// With what came, as it came.
    pub received: bool,
}

/// Rows of one source: which, after which, and how many.
#[derive(Clone, Debug)]
pub struct Part {
    /// The source, and its code.
    pub source: (SourceId, Box<str>),
    /// Which of its rows.
    pub wanted: Wanted,
    /// After this one.
    pub after: (BatchId, i64),
    /// The most that are told.
    pub limit: i64,
    /// With what came, as it came.
    pub received: bool,
}

impl Part {
    /// From the first row on.
    pub fn first(source: (SourceId, Box<str>), wanted: Wanted) -> Part {
        Part { source, wanted, after: (BatchId::stored(-1), 0), limit: ROWS, received: false }
    }
}

impl Service {
    /// Tells every row that is asked for, by source, oldest first. For a thread that may wait.
    pub fn arrived(
        &self,
        asked: &Asked,
        mut tell: impl FnMut(Arrived) -> std::io::Result<()>,
    ) -> Result<(), ExportError> {
        let directory = self.directory_waiting().map_err(Failure::from)?;
        for source in self.sources_of(asked, &directory)? {
            let mut part = Part::first((source, directory.code(source)), asked.wanted.clone());
            part.received = asked.received;
            loop {
                let rows = self.store.read_waiting(|tx| self.rows_of(tx, &part))?;
                let Some(last) = rows.last() else { break };
                part.after = last.at;
                rows.into_iter().try_for_each(&mut tell)?;
            }
        }
        Ok(())
    }

    fn sources_of(&self, asked: &Asked, directory: &Directory) -> Result<Vec<SourceId>, Failure> {
        let absent =
            |batch| Failure::refused("batch", Message::new("batch_absent").with("batch", batch));
        let of_batch = match asked.wanted.batch {
            Some(batch) => {
                let row = self.store.read_waiting(|tx| Ok::<_, Failure>(tx.batch(batch)?))?;
                let row = row.ok_or_else(|| absent(batch))?;
                Some((SourceId::stored(row.source_id), batch))
            }
            None => None,
        };
        let named = asked.source.as_deref().map(|code| directory.named(code)).transpose()?;
        let named = named.map(|source| source.id());
        Ok(match (of_batch, named) {
            (Some((one, batch)), Some(other)) if one != other => return Err(absent(batch)),
            (Some((one, _)), _) | (None, Some(one)) => vec![one],
            (None, None) => directory.ids(),
        })
    }

    /// Rows of a source, oldest first.
    pub fn rows_of(&self, tx: &mut ReadTx<'_>, part: &Part) -> Result<Vec<Arrived>, Failure> {
        let (source, code) = &part.source;
        let is_feed = tx.feed(code)?.is_some();
        let mut files: HashMap<(i64, i64), Option<String>> = HashMap::new();
        let mut rows = Vec::new();
        for row in tx.submissions(*source, &part.wanted, part.after, part.limit)? {
            let mut place = Place { file: None, page: None, row: row.row_no };
            if is_feed {
                let (page, line) = feed_runs::place_of(row.row_no);
                let known = files.entry((row.batch_id, page));
                let file = match known {
                    Entry::Occupied(file) => file.get().clone(),
                    Entry::Vacant(unknown) => {
                        let run = BatchId::stored(row.batch_id);
                        let found = tx.feed_pages(run, page - 1, 1)?.pop();
                        let found = found.filter(|found| found.page_no == page);
                        let name = found.map(|found| found.name).filter(|name| !name.is_empty());
                        unknown.insert(name).clone()
                    }
                };
                place = Place { file, page: Some(page), row: line };
            }
            let received = part.received.then(|| self.opened_row(tx, &row)).transpose()?;
            rows.push(told(row, code.clone(), place, received)?);
        }
        Ok(rows)
    }

    /// What came, as it came; what is no text is told as far as it is one.
    fn opened_row(&self, tx: &mut ReadTx<'_>, row: &SubmissionRow) -> Result<String, Failure> {
        let label = submission_label(BatchId::stored(row.batch_id), row.row_no);
        let person = row.person_id.map(PersonId::stored);
        let plain = self.open_for(tx, person, &label, &row.sealed)?;
        Ok(String::from_utf8_lossy(&plain).into_owned())
    }
}

fn told(
    row: SubmissionRow,
    source: Box<str>,
    place: Place,
    received: Option<String>,
) -> Result<Arrived, StoreError> {
    let batch = BatchId::stored(row.batch_id);
    Ok(Arrived {
        at: (batch, row.row_no),
        submission: format!("{batch}-{}", row.row_no),
        received_at: Timestamp::from_micros(row.received_at),
        source,
        place,
        outcome: row.outcome()?,
        problems: problems::of_row(&row)?,
        key: row.ext_key,
        person: row.person_id.map(PersonId::stored),
        received,
    })
}
