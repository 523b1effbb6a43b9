//! Taking a whole file of rows: in parts, with progress, and going on where it was broken off.

pub mod job;
pub mod report;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::app::posting::{CHUNK, Poster, Prepared, RowResult, prepare, problems};
use crate::app::service::{Failure, Service};
use crate::domain::ids::BatchId;
use crate::domain::ledger::outcome::Refusal;
use crate::domain::ledger::outcome::{Counts, Outcome, RowProblem};
use crate::domain::ledger::raw_row::RawRow;
use crate::domain::message::Message;
use crate::sheet::{Column, Limits, Row, RowFields, Rows, open_within};
use crate::store::batches::{BatchKind, BatchState};
use crate::store::{StoreError, WriteTx};

/// How often a part is tried while others are in the way.
const ROUNDS: u32 = 20;

/// How far an import is.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// What became of the rows so far.
    pub counts: Counts,
    /// Bytes read and bytes in all, where that is known.
    pub bytes: Option<(u64, u64)>,
}

type Part = JoinHandle<Result<Vec<RowResult>, Failure>>;

/// An import under way.
struct Import<'a> {
    service: &'a Service,
    poster: &'a Poster,
    batch: BatchId,
    runtime: &'a Handle,
    counts: Counts,
    running: Option<Part>,
}

impl Service {
    /// The batch for a file: a new one, or one of the same source that was broken off, which goes on.
    /// For a thread that may wait.
    pub fn batch_of_file(
        &self,
        runtime: &Handle,
        poster: &Poster,
        going_on: Option<BatchId>,
    ) -> Result<BatchId, Failure> {
        let Some(id) = going_on else {
            return runtime.block_on(self.begin_batch(poster, BatchKind::Import, None));
        };
        let poster = poster.clone();
        self.store.write_waiting(move |tx: &mut WriteTx<'_>| {
            let source = poster.source.id();
            let refused = |code| {
                let message = Message { code, args: Vec::new() };
                Failure::refused("batch", message.with("batch", id))
            };
            let batch = tx.batch(id)?.filter(|batch| {
                batch.source_id == source.get() && batch.kind == BatchKind::Import.number()
            });
            let batch = batch.ok_or_else(|| refused("batch_unknown"))?;
            if batch.state == BatchState::Finished.number() {
                return Err(refused("batch_finished"));
            }
            tx.note_batch(id, BatchState::Running, batch.rows_in, &batch.counts, "")?;
            // No server goes on with it any more.
            tx.spool_batch(id, None)?;
            Ok(id)
        })
    }

    /// Takes every row of a file into a batch that was begun, and ends the batch. For a thread that
    /// may wait. Rows that have an outcome already are passed over.
    pub fn import(
        &self,
        runtime: &Handle,
        poster: &Poster,
        batch: BatchId,
        file: &Path,
        limits: &Limits,
        tell: impl FnMut(&Progress),
    ) -> Result<Counts, Failure> {
        self.import_rows(runtime, poster, batch, || open_within(file, None, limits), tell)
    }

    /// The same, of rows that are opened in their own way.
    pub fn import_rows(
        &self,
        runtime: &Handle,
        poster: &Poster,
        batch: BatchId,
        open: impl FnOnce() -> Result<Rows, Message>,
        mut tell: impl FnMut(&Progress),
    ) -> Result<Counts, Failure> {
        let result = self.take_rows(runtime, poster, batch, open, &mut tell);
        let (state, note) = match &result {
            Ok(()) => (BatchState::Finished, String::new()),
            Err(failure) => (BatchState::Failed, problems::text_of(&failure.message())),
        };
        // What is told is what the inbox holds.
        let counts = self.counted(batch)?;
        let told = serde_json::to_string(&counts).unwrap_or_default();
        let rows = i64::try_from(counts.total()).unwrap_or(i64::MAX);
        self.store.write_waiting(move |tx: &mut WriteTx<'_>| {
            tx.note_batch(batch, state, rows, &told, &note)
        })?;
        result.map(|()| counts)
    }

    /// The outcomes of a batch, counted in the inbox.
    pub fn counted(&self, batch: BatchId) -> Result<Counts, StoreError> {
        Ok(self.store.read_waiting(|tx| tx.progress(batch))?.1)
    }

    fn take_rows(
        &self,
        runtime: &Handle,
        poster: &Poster,
        batch: BatchId,
        open: impl FnOnce() -> Result<Rows, Message>,
        tell: &mut impl FnMut(&Progress),
    ) -> Result<(), Failure> {
        let (done, counts) = self.store.read_waiting(|tx| tx.progress(batch))?;
        let mut import = Import { service: self, poster, batch, runtime, counts, running: None };
        let refused = |message| Failure::refused("", message);
        let mut rows = open().map_err(refused)?;
        let mut part = Vec::with_capacity(CHUNK);
        while let Some(row) = rows.next() {
            let row = match row {
                Ok(row) => row,
                Err(message) => {
                    import.take(std::mem::take(&mut part))?;
                    import.wait()?;
                    return Err(Failure::refused("", message));
                }
            };
            let number = i64::try_from(row.number).unwrap_or(i64::MAX);
            if number <= done {
                continue;
            }
            part.push(self.prepare_row(number, row));
            if part.len() == CHUNK {
                import.take(std::mem::take(&mut part))?;
                let bytes = rows.progress();
                tell(&Progress { counts: import.counts.clone(), bytes });
            }
        }
        import.take(part)?;
        import.wait()?;
        tell(&Progress { counts: import.counts.clone(), bytes: rows.progress() });
        Ok(())
    }

    fn prepare_row(&self, number: i64, row: Row) -> Prepared {
        match row.fields {
            Ok(fields) => {
                let (raw, fields) = raw(fields);
                prepare(&self.vault, number, raw, &fields, self.clock.today())
            }
            Err(problems) => {
                let problem = |wrong: crate::domain::message::Problem| {
                    RowProblem::at(wrong.field, wrong.message)
                };
                let problems: Vec<RowProblem> = problems.into_iter().map(problem).collect();
                let refusal = Refusal { outcome: Outcome::Rejected, problems, key: None };
                Prepared::refused(number, row.stood, refusal)
            }
        }
    }
}

/// A row of a sheet as it is kept, and as it is read.
fn raw(mut fields: RowFields) -> (Vec<u8>, RawRow) {
    let kept: serde_json::Map<String, serde_json::Value> = Column::ALL
        .into_iter()
        .filter_map(|column| Some((column.name().to_owned(), fields.get(column)?.into())))
        .collect();
    let raw = serde_json::to_vec(&kept).unwrap_or_default();
    let row = RawRow {
        key: fields.take(Column::Key),
        revision: fields.take(Column::Revision),
        number: fields.take(Column::PersonNumber),
        name: fields.take(Column::PersonName),
        year: fields.take(Column::Year),
        category: fields.take(Column::Category),
        hours: fields.take(Column::Hours),
        completed_on: fields.take(Column::CompletedOn),
        course_code: fields.take(Column::CourseCode),
        course_title: fields.take(Column::CourseTitle),
        provider: fields.take(Column::Provider),
        specialty: fields.take(Column::Specialty),
        basis: fields.take(Column::Basis),
        certificate: fields.take(Column::Certificate),
        wrong: Vec::new(),
    };
    (raw, row)
}

impl Import<'_> {
    /// Takes a part while the next one is being read: waits for the one before.
    fn take(&mut self, part: Vec<Prepared>) -> Result<(), Failure> {
        self.wait()?;
        if part.is_empty() {
            return Ok(());
        }
        let (service, poster, batch) = (self.service.clone(), self.poster.clone(), self.batch);
        let rows = Arc::new(part);
        self.running = Some(self.runtime.spawn(async move {
            for round in 1..=ROUNDS {
                let taken = service.take_or_defer(&poster, batch, rows.clone(), false).await?;
                // What was deferred is in no inbox: it is tried again, or the import ends as failed.
                if taken.iter().all(|row| row.outcome != Outcome::Deferred) {
                    return Ok(taken);
                }
                tokio::time::sleep(Duration::from_millis(u64::from(round) * 50)).await;
            }
            Err(Failure::Store(StoreError::Busy))
        }));
        Ok(())
    }

    fn wait(&mut self) -> Result<(), Failure> {
        let Some(running) = self.running.take() else { return Ok(()) };
        let stopped = || Failure::refused("", Message::new("import_stopped"));
        let taken = self.runtime.block_on(running).map_err(|_| stopped())??;
        for row in &taken {
            self.counts.add(row.outcome);
        }
        Ok(())
    }
}
