//! Recording hours: every row gets one outcome, and what is recognised goes into the ledger.
//!
//! Rows are prepared outside of the transaction ([`prepare`](mod@prepare)) and taken in parts inside
//! ([`chunk`]): persons matched, keys claimed, accounts loaded ([`load`]), everything decided by
//! [`crate::domain::ledger::decide`], what changes written ([`apply`]), and outcomes put into the inbox.
//! Whoever loses a race runs again as a whole.

pub mod apply;
pub mod batches;
pub mod chunk;
pub mod inbox;
pub mod load;
pub mod persons;
pub mod prepare;
pub mod problems;
mod stated_rows;
pub mod withdraw;

use std::sync::Arc;

use crate::app::service::{Directory, Failure, Service};
use crate::domain::ids::BatchId;
pub use crate::domain::ledger::decide::RowResult;
use crate::domain::ledger::outcome::{Outcome, RowProblem};
use crate::domain::message::Message;
use crate::store::batches::BatchKind;
use crate::store::sources::SourceRow;
use crate::store::{Fails, StoreError, WriteTx};
use chunk::Chunk;
pub(crate) use chunk::Stated;
pub use prepare::{Prepared, prepare};
pub(crate) use stated_rows::split;

/// Rows of one transaction.
pub const CHUNK: usize = 500;

/// Rows that share a commit with what others write; more are a commit of their own.
const FEW: usize = 16;

/// Who posts, for which source.
#[derive(Clone, Debug)]
pub struct Poster {
    /// Who.
    pub subject: Arc<str>,
    /// For whom.
    pub source: Arc<SourceRow>,
}

/// All or nothing, or each for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Each row for itself.
    #[default]
    Continue,
    /// All rows or none.
    Atomic,
}

/// How a transaction of rows ends without a commit.
#[derive(Debug)]
pub(crate) enum Uncommitted {
    /// It could not be done.
    Failed(Failure),
    /// It was done, and is to be forgotten.
    Forgotten(Vec<RowResult>),
}

impl From<StoreError> for Uncommitted {
    fn from(error: StoreError) -> Uncommitted {
        Uncommitted::Failed(error.into())
    }
}

impl From<Failure> for Uncommitted {
    fn from(failure: Failure) -> Uncommitted {
        Uncommitted::Failed(failure)
    }
}

impl Fails for Uncommitted {
    fn is_retryable(&self) -> bool {
        matches!(self, Uncommitted::Failed(failure) if failure.is_retryable())
    }
}

/// How often rows run again where a chance equality of ids was in the way.
pub(crate) const ROUNDS: usize = 5;

impl Service {
    /// Takes one row.
    pub async fn record_one(&self, poster: &Poster, row: Prepared) -> Result<RowResult, Failure> {
        let rows = Arc::new(vec![row]);
        let taken = self.take(poster, None, rows, false).await?;
        taken.into_iter().next().ok_or_else(|| Failure::internal("a row without an outcome"))
    }

    /// Takes many rows, and gives their outcomes in order.
    pub async fn record_batch(
        &self,
        poster: &Poster,
        rows: Vec<Prepared>,
        mode: Mode,
        dry_run: bool,
    ) -> Result<(BatchId, Vec<RowResult>), Failure> {
        let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let batch = if dry_run {
            self.new_batch()
        } else {
            self.begin_batch(poster, BatchKind::Batch, None).await?
        };
        let taken = match mode {
            Mode::Atomic => self.take_all_or_none(poster, batch, rows, dry_run).await,
            Mode::Continue => self.take_each(poster, batch, rows, dry_run).await,
        };
        if dry_run {
            return Ok((batch, taken?));
        }
        match taken {
            Ok(taken) => {
                self.end_batch(batch, total, &taken).await?;
                Ok((batch, taken))
            }
            Err(failure) => {
                // What failed is what is told, also where this fails too.
                if let Err(error) = self.fail_batch(batch, failure.message()).await {
                    tracing::error!(%batch, ?error, "a batch could not be ended");
                }
                Err(failure)
            }
        }
    }

    async fn take_each(
        &self,
        poster: &Poster,
        batch: BatchId,
        mut rows: Vec<Prepared>,
        dry_run: bool,
    ) -> Result<Vec<RowResult>, Failure> {
        let mut all = Vec::with_capacity(rows.len());
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(CHUNK));
            let part = Arc::new(std::mem::replace(&mut rows, rest));
            let taken = self.take_or_defer(poster, batch, part.clone(), dry_run).await?;
            let deferred = taken.iter().any(|row| row.outcome == Outcome::Deferred);
            all.extend(if deferred && !dry_run {
                self.write_down(poster, batch, part, taken).await?
            } else {
                taken
            });
        }
        Ok(all)
    }

    /// Takes a part of a batch; where others stay in the way, its rows are deferred, all of them, and
    /// are not yet in the inbox: whoever asked may try again.
    pub async fn take_or_defer(
        &self,
        poster: &Poster,
        batch: BatchId,
        rows: Arc<Vec<Prepared>>,
        dry_run: bool,
    ) -> Result<Vec<RowResult>, Failure> {
        match self.take(poster, Some(batch), rows.clone(), dry_run).await {
            Err(Failure::Store(StoreError::Busy)) => {
                Ok(rows.iter().map(|row| deferred(batch, row)).collect())
            }
            result => result,
        }
    }

    /// Puts the outcomes of rows that did nothing into the inbox.
    async fn write_down(
        &self,
        poster: &Poster,
        batch: BatchId,
        rows: Arc<Vec<Prepared>>,
        taken: Vec<RowResult>,
    ) -> Result<Vec<RowResult>, Failure> {
        let directory = self.directory().await?;
        let chunk = self.chunk(poster, &directory, Some(batch), rows);
        let write = move |tx: &mut WriteTx<'_>| chunk.write_down(tx, taken.clone());
        self.store.write_long(write).await
    }

    async fn take_all_or_none(
        &self,
        poster: &Poster,
        batch: BatchId,
        rows: Vec<Prepared>,
        dry_run: bool,
    ) -> Result<Vec<RowResult>, Failure> {
        let rows = Arc::new(rows);
        let directory = self.directory().await?;
        let chunk = self.chunk(poster, &directory, Some(batch), rows.clone());
        let result = self
            .store
            .write_long(move |tx: &mut WriteTx<'_>| {
                let taken = chunk.take(tx)?;
                let whole = taken.iter().all(|row| row.outcome.is_success());
                if whole && !dry_run { Ok(taken) } else { Err(Uncommitted::Forgotten(taken)) }
            })
            .await;
        let mut taken = match result {
            Ok(taken) => return Ok(taken),
            Err(Uncommitted::Failed(failure)) => return Err(failure),
            Err(Uncommitted::Forgotten(taken)) => taken,
        };
        if taken.iter().all(|row| row.outcome.is_success()) {
            return Ok(taken);
        }
        for row in taken.iter_mut().filter(|row| row.outcome.is_success()) {
            row.outcome = Outcome::Aborted;
            row.entry_seq = None;
            row.problems = vec![RowProblem::at("", Message::new("row_aborted"))];
        }
        if dry_run {
            return Ok(taken);
        }
        self.write_down(poster, batch, rows, taken).await
    }

    fn chunk(
        &self,
        poster: &Poster,
        directory: &Arc<Directory>,
        batch: Option<BatchId>,
        rows: Arc<Vec<Prepared>>,
    ) -> Chunk {
        let (vault, poster, directory) = (self.vault.clone(), poster.clone(), directory.clone());
        Chunk { vault, poster, batch, rows, stated: None, directory }
    }

    async fn take(
        &self,
        poster: &Poster,
        batch: Option<BatchId>,
        rows: Arc<Vec<Prepared>>,
        dry_run: bool,
    ) -> Result<Vec<RowResult>, Failure> {
        let directory = self.directory().await?;
        let mut round = 0;
        loop {
            round += 1;
            let chunk = self.chunk(poster, &directory, batch, rows.clone());
            let write = move |tx: &mut WriteTx<'_>| {
                let taken = chunk.take(tx)?;
                if dry_run { Err(Uncommitted::Forgotten(taken)) } else { Ok(taken) }
            };
            let result = if rows.len() > FEW {
                self.store.write_long(write).await
            } else {
                self.store.write(write).await
            };
            match result {
                Ok(taken) | Err(Uncommitted::Forgotten(taken)) => return Ok(taken),
                Err(undone) if undone.is_retryable() && round < ROUNDS => {}
                Err(undone) => return Err(failure_of(undone)),
            }
        }
    }
}

fn failure_of(undone: Uncommitted) -> Failure {
    match undone {
        Uncommitted::Failed(failure) => failure,
        Uncommitted::Forgotten(_) => Failure::internal("rows were forgotten that were to be kept"),
    }
}

/// A row that could not be taken now.
fn deferred(batch: BatchId, row: &Prepared) -> RowResult {
    RowResult {
        batch,
        row_no: row.row_no,
        outcome: Outcome::Deferred,
        key: row.key(),
        person: None,
        entry_seq: None,
        problems: vec![RowProblem::at("", Message::new("row_deferred"))],
    }
}
