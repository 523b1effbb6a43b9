//! What became of the rows of an import: the first problems, and a table of everything.

use std::io::{self, Write};

use crate::app::export::Stopped;
use crate::app::record::problems::{self, Told};
use crate::app::service::{Failure, Service};
use crate::app::sheet::Limits;
use crate::app::sheet::export::{Cell, SheetWriter};
use crate::config;
use crate::domain::ids::{BatchId, SourceId};
use crate::domain::outcome::Outcome;
use crate::locale::Lang;
use crate::store::StoreError;
use crate::store::submissions::{SubmissionRow, Wanted};

/// The headings of the table.
const HEADINGS: [&str; 6] = ["row", "outcome", "key", "field", "code", "message"];

/// Rows that are read at once.
const PART: i64 = 1000;

/// A row that came to nothing.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The row, as whoever opens the file sees it.
    pub row_no: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// Why.
    pub problems: Vec<Told>,
}

/// How much of a file the settings let in.
pub fn limits(settings: &config::Limits) -> Limits {
    Limits {
        rows: u64::try_from(settings.import_rows).unwrap_or(u64::MAX),
        file_bytes: settings.import_bytes,
        workbook_bytes: settings.import_bytes.min(Limits::STANDARD.workbook_bytes),
        expanded_bytes: settings.import_unpacked_bytes,
        ..Limits::STANDARD
    }
}

/// The first rows of a batch that came to nothing, in their order.
pub fn first_refused(
    service: &Service,
    source: SourceId,
    batch: BatchId,
    most: usize,
) -> Result<Vec<Refused>, StoreError> {
    let limit = i64::try_from(most).unwrap_or(PART);
    let mut rows = service.store.read_waiting(|tx| {
        let mut rows = Vec::new();
        for outcome in Outcome::ALL.into_iter().filter(|outcome| !outcome.is_success()) {
            let wanted = Wanted { batch: Some(batch), outcome: Some(outcome) };
            rows.extend(tx.submissions(source, &wanted, (batch, 0), limit)?);
        }
        Ok::<_, StoreError>(rows)
    })?;
    rows.sort_by_key(|row| row.row_no);
    rows.truncate(most);
    let refused = |row: &SubmissionRow| {
        let outcome = Outcome::from_number(row.outcome)?;
        Some(Refused { row_no: row.row_no, outcome, problems: told(row) })
    };
    Ok(rows.iter().filter_map(refused).collect())
}

fn told(row: &SubmissionRow) -> Vec<Told> {
    row.problem.as_deref().map(problems::read).unwrap_or_default()
}

/// Writes every row of a batch with its outcome, a line for each problem; gives back what was
/// written to.
pub fn report<W: Write + Send>(
    service: &Service,
    source: SourceId,
    batch: BatchId,
    lang: Lang,
    sheet: impl FnOnce(&[&str]) -> io::Result<SheetWriter<W>>,
) -> Result<W, Stopped> {
    let mut sheet = sheet(&HEADINGS)?;
    let wanted = Wanted { batch: Some(batch), outcome: None };
    let mut after = (batch, 0);
    loop {
        let rows = service
            .store
            .read_waiting(|tx| tx.submissions(source, &wanted, after, PART))
            .map_err(|error: StoreError| Failure::from(error))?;
        let Some(last) = rows.last() else { break };
        after = (batch, last.row_no);
        for row in &rows {
            write_row(&mut sheet, row, lang)?;
        }
    }
    Ok(sheet.finish()?)
}

fn write_row<W: Write + Send>(
    sheet: &mut SheetWriter<W>,
    row: &SubmissionRow,
    lang: Lang,
) -> io::Result<()> {
    let number = row.row_no.to_string();
    let outcome = Outcome::from_number(row.outcome).map_or("", Outcome::name);
    let key = row.ext_key.as_deref().map_or(Cell::Empty, Cell::Text);
    let head = [Cell::Number(&number), Cell::Text(outcome), key];
    let problems = told(row);
    if problems.is_empty() {
        let [number, outcome, key] = head;
        return sheet.row(&[number, outcome, key, Cell::Empty, Cell::Empty, Cell::Empty]);
    }
    for problem in &problems {
        let message = match lang {
            Lang::Zh => &problem.message.zh,
            Lang::En => &problem.message.en,
        };
        let [number, outcome, key] = head;
        let why = [&problem.field, &problem.code, message].map(|text| Cell::Text(text));
        let [field, code, message] = why;
        sheet.row(&[number, outcome, key, field, code, message])?;
    }
    Ok(())
}
