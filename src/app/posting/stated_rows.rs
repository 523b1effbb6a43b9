//! What a run of a feed calls: rows as a feed states them, into the ledger.

use std::sync::Arc;

use crate::app::posting::chunk::{Chunk, Stated};
use crate::app::posting::{CHUNK, Poster, Prepared, ROUNDS, RowResult, Uncommitted, failure_of};
use crate::app::service::{Directory, Failure, Service};
use crate::domain::identity::IdKind;
use crate::domain::ids::BatchId;
use crate::domain::ledger::outcome::Refusal;
use crate::domain::ledger::outcome::{Outcome, RowProblem};
use crate::domain::ledger::statement::{FeedStatement, Said, StatedRow};
use crate::domain::message::Message;
use crate::store::{Fails, WriteTx};
use crate::vault::Vault;

use crate::app::posting::prepare::Matched;

/// Work that a run does in the transaction of its last rows, such as moving its cursor; it hears of all
/// rows that it gave.
pub trait AlongWith:
    Fn(&mut WriteTx<'_>, &[RowResult]) -> Result<(), Failure> + Send + Sync
{
}

impl<F: Fn(&mut WriteTx<'_>, &[RowResult]) -> Result<(), Failure> + Send + Sync> AlongWith for F {}

/// Rows of one transaction, ready to be taken as often as it runs.
struct Part {
    prepared: Arc<Vec<Prepared>>,
    stated: Arc<Vec<Stated>>,
}

impl Service {
    /// Takes what a feed states, in order: 500 rows in one transaction, `along` in the last of them. The
    /// outcome of each row is told; those that say nothing new are `replayed` and leave no trace in the
    /// inbox. Where it fails, what was taken before stays, and all of it may be given again. For a thread that
    /// may wait.
    pub fn record_stated(
        &self,
        poster: &Poster,
        batch: BatchId,
        rows: Vec<StatedRow>,
        along: impl AlongWith + 'static,
    ) -> Result<Vec<RowResult>, Failure> {
        let directory = self.directory_waiting()?;
        let along = Arc::new(along);
        let mut all: Vec<RowResult> = Vec::with_capacity(rows.len());
        let parts = parts(&self.vault, rows);
        let last = parts.len().saturating_sub(1);
        for (place, part) in parts.into_iter().enumerate() {
            let along = (place == last).then(|| along.clone());
            let mut round = 0;
            let taken = loop {
                round += 1;
                let job = self.statements(poster, &directory, batch, &part);
                let (before, along) = (all.clone(), along.clone());
                let write = move |tx: &mut WriteTx<'_>| take(tx, &job, &before, along.as_deref());
                match self.store.write_long_waiting(write) {
                    Ok(taken) => break taken,
                    Err(undone) if undone.is_retryable() && round < ROUNDS => {}
                    Err(undone) => return Err(failure_of(undone)),
                }
            };
            all.extend(taken);
        }
        Ok(all)
    }

    fn statements(
        &self,
        poster: &Poster,
        directory: &Arc<Directory>,
        batch: BatchId,
        part: &Part,
    ) -> Chunk {
        let chunk = self.chunk(poster, directory, Some(batch), part.prepared.clone());
        Chunk { stated: Some(part.stated.clone()), ..chunk }
    }
}

fn take<A: AlongWith>(
    tx: &mut WriteTx<'_>,
    job: &Chunk,
    before: &[RowResult],
    along: Option<&A>,
) -> Result<Vec<RowResult>, Uncommitted> {
    let taken = job.take(tx)?;
    if let Some(along) = along {
        let all: Vec<RowResult> = before.iter().chain(&taken).cloned().collect();
        along(tx, &all)?;
    }
    Ok(taken)
}

/// Rows by transactions; one that is empty, where there are none.
fn parts(vault: &Vault, mut rows: Vec<StatedRow>) -> Vec<Part> {
    let mut parts = Vec::new();
    while parts.is_empty() || !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(CHUNK));
        let part = std::mem::replace(&mut rows, rest);
        let (prepared, stated) = part.into_iter().map(|row| split(vault, row)).unzip();
        parts.push(Part { prepared: Arc::new(prepared), stated: Arc::new(stated) });
    }
    parts
}

/// A stated row as a row of the inbox, and what it says beside.
pub(crate) fn split(vault: &Vault, row: StatedRow) -> (Prepared, Stated) {
    let key_only = matches!(row.said, Said::KeyOnly);
    let mut key = row.key;
    let read = match row.said {
        Said::Record(mut submitted) => {
            let particulars = &mut submitted.posting.particulars;
            particulars.certificate = row.certificate.or(particulars.certificate.take());
            key = Some(submitted.key.clone());
            let number_index = vault.blind_index(IdKind::ResidentId, &submitted.number);
            let name_index = vault.name_index(&number_index, &submitted.name);
            Ok(Matched { row: submitted, number_index, name_index })
        }
        Said::Refused(refusal) => {
            key = key.or_else(|| refusal.key.clone());
            Err(refusal)
        }
        Said::KeyOnly => Err(nameless(key.clone())),
    };
    let said = FeedStatement {
        version: row.version,
        standing: row.standing,
        started_on: row.started_on,
        flags: row.flags,
        key_only,
        mended: row.mended,
    };
    (Prepared { row_no: row.row_no, raw: row.raw, read }, Stated { key, said })
}

/// Of a statement that names only a key; what becomes of it is told by what it is about.
fn nameless(key: Option<Box<str>>) -> Refusal {
    let problem = RowProblem::at("key", Message::new("field_missing").with("field", "key"));
    let problems = if key.is_none() { vec![problem] } else { Vec::new() };
    Refusal { outcome: Outcome::Rejected, problems, key }
}
