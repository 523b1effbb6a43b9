//! What became of the rows of an import that came to nothing, and how much of a file is let in.

use crate::app::posting::problems::{self, Told};
use crate::app::service::Service;
use crate::config;
use crate::domain::ids::{BatchId, SourceId};
use crate::domain::ledger::outcome::Outcome;
use crate::sheet::Limits;
use crate::store::StoreError;
use crate::store::submissions::{SubmissionRow, Wanted};

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
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let mut rows = service.store.read_waiting(|tx| {
        let mut rows = Vec::new();
        for outcome in Outcome::ALL.into_iter().filter(|outcome| !outcome.is_success()) {
            let wanted = Wanted { batch: Some(batch), outcomes: vec![outcome] };
            rows.extend(tx.submissions(source, &wanted, (batch, 0), limit)?);
        }
        Ok::<_, StoreError>(rows)
    })?;
    rows.sort_by_key(|row| row.row_no);
    rows.truncate(most);
    let refused = |row: &SubmissionRow| {
        let (outcome, problems) = (row.outcome()?, problems::of_row(row)?);
        Ok(Refused { row_no: row.row_no, outcome, problems })
    };
    rows.iter().map(refused).collect()
}
