//! Batches: one post of many rows, one file, one pull.

use diesel::prelude::*;

use super::dialect::{on_each_engine, rows};
use super::schema::batch;
use super::{ReadTx, StoreError, WriteTx};
use crate::domain::ids::{BatchId, SourceId};
use crate::domain::timestamp::Timestamp;

rows! {
    /// A row of `batch`.
    pub struct BatchRow in batch by (batch_id) {
        batch_id: i64 => BigInt,
        source_id: i64 => BigInt,
        subject: String => Text,
        kind: i16 => SmallInt,
        state: i16 => SmallInt,
        received_at: i64 => BigInt,
        finished_at: Option<i64> => Nullable<BigInt>,
        rows_in: i64 => BigInt,
        counts: String => Text,
        note: String => Text,
        spool: Option<String> => Nullable<Text>,
    }
}

/// What a batch came as. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKind {
    /// A post of many rows.
    Batch,
    /// A file.
    Import,
    /// A pull from a feed.
    Pull,
}

impl BatchKind {
    /// The number that is stored.
    pub const fn number(self) -> i16 {
        match self {
            BatchKind::Batch => 1,
            BatchKind::Import => 2,
            BatchKind::Pull => 3,
        }
    }
}

/// How far a batch is. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchState {
    /// Rows are being taken.
    Running,
    /// Every row has its outcome.
    Finished,
    /// It could not go on; the note says why.
    Failed,
}

impl BatchState {
    /// The number that is stored.
    pub const fn number(self) -> i16 {
        match self {
            BatchState::Running => 1,
            BatchState::Finished => 2,
            BatchState::Failed => 3,
        }
    }

    /// The name in API and files.
    pub const fn name(self) -> &'static str {
        match self {
            BatchState::Running => "running",
            BatchState::Finished => "finished",
            BatchState::Failed => "failed",
        }
    }
}

impl BatchRow {
    /// How far it is.
    pub fn state(&self) -> Result<BatchState, StoreError> {
        let all = [BatchState::Running, BatchState::Finished, BatchState::Failed];
        let state = all.into_iter().find(|state| state.number() == self.state);
        state.ok_or_else(|| self.damaged())
    }
}

impl ReadTx<'_> {
    /// A batch.
    pub fn batch(&mut self, id: BatchId) -> Result<Option<BatchRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| batch::table
            .find(id.get())
            .get_result(c)
            .optional()?))
    }

    /// Posts that began before an instant and have not ended.
    pub fn unended_batches(&mut self, before: Timestamp) -> Result<Vec<BatchRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| batch::table
            .filter(batch::kind.eq(BatchKind::Batch.number()))
            .filter(batch::state.eq(BatchState::Running.number()))
            .filter(batch::received_at.lt(before.micros()))
            .order(batch::batch_id)
            .load(c)?))
    }

    /// Files of a spool, as `spool.file`, that are not yet taken whole.
    pub fn running_imports(&mut self, spool: &str) -> Result<Vec<BatchRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| batch::table
            .filter(batch::kind.eq(BatchKind::Import.number()))
            .filter(batch::spool.like(format!("{spool}.%")))
            .filter(batch::state.eq(BatchState::Running.number()))
            .order(batch::batch_id)
            .load(c)?))
    }
}

/// What a batch begins with.
pub struct NewBatch<'a> {
    /// Its id.
    pub id: BatchId,
    /// Whose rows.
    pub source: SourceId,
    /// Who sent it.
    pub subject: &'a str,
    /// As what.
    pub kind: BatchKind,
}

impl WriteTx<'_> {
    /// Begins a batch.
    pub fn begin_batch(&mut self, new: &NewBatch<'_>) -> Result<(), StoreError> {
        let row = BatchRow {
            batch_id: new.id.get(),
            source_id: new.source.get(),
            subject: new.subject.to_owned(),
            kind: new.kind.number(),
            state: BatchState::Running.number(),
            received_at: self.now.micros(),
            finished_at: None,
            rows_in: 0,
            counts: "{}".to_owned(),
            note: String::new(),
            spool: None,
        };
        BatchRow::insert(self.read.conn, &[row])
    }

    /// Writes down in which spool the file of a batch waits; in none, where no server takes it.
    pub fn spool_batch(&mut self, id: BatchId, spool: Option<&str>) -> Result<(), StoreError> {
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::update(batch::table.find(id.get())).set(batch::spool.eq(spool)).execute(c)?;
        });
        Ok(())
    }

    /// Writes down how far a batch is.
    pub fn note_batch(
        &mut self,
        id: BatchId,
        state: BatchState,
        rows_in: i64,
        counts: &str,
        note: &str,
    ) -> Result<(), StoreError> {
        let ended = (state != BatchState::Running).then_some(self.now).map(Timestamp::micros);
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::update(batch::table.find(id.get()))
                .set((
                    batch::state.eq(state.number()),
                    batch::finished_at.eq(ended),
                    batch::rows_in.eq(rows_in),
                    batch::counts.eq(counts),
                    batch::note.eq(note),
                ))
                .execute(c)?;
        });
        Ok(())
    }
}
