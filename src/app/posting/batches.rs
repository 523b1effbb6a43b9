//! The beginning and the end of a batch: what was begun ends, also where it fails.

use std::sync::Arc;

use crate::app::posting::{Poster, ROUNDS, RowResult, problems};
use crate::app::service::{Failure, Service};
use crate::domain::ids::BatchId;
use crate::domain::ledger::outcome::Counts;
use crate::domain::message::Message;
use crate::store::batches::{BatchKind, BatchState, NewBatch};
use crate::store::{StoreError, WriteTx};

/// Seconds after which a post that has not ended never will: its process is gone.
const LONGEST_POST: i64 = 3600;

impl Service {
    /// An id for a batch that arrives now.
    pub fn new_batch(&self) -> BatchId {
        let around = self.store.surroundings();
        BatchId::of_many(around.clock.now(), around.random.bits())
    }

    /// Begins a batch of rows, under another id where one is taken.
    pub async fn begin_batch(
        &self,
        poster: &Poster,
        kind: BatchKind,
        spool: Option<Arc<str>>,
    ) -> Result<BatchId, Failure> {
        let mut round = 0;
        loop {
            round += 1;
            let (service, poster, spool) = (self.clone(), poster.clone(), spool.clone());
            let begun = self.store.write(move |tx| {
                let (id, source) = (service.new_batch(), poster.source.id());
                tx.begin_batch(&NewBatch { id, source, subject: &poster.subject, kind })?;
                tx.spool_batch(id, spool.as_deref())?;
                Ok::<_, StoreError>(id)
            });
            match begun.await {
                Err(error) if error.is_lost_race() && round < ROUNDS => {}
                begun => return Ok(begun?),
            }
        }
    }

    pub(super) async fn fail_batch(&self, id: BatchId, why: Message) -> Result<(), Failure> {
        let service = self.clone();
        let note = problems::text_of(&why);
        // Nothing is told that the inbox does not hold.
        let counted = move |tx: &mut WriteTx<'_>| {
            let (_, counts) = tx.progress(id)?;
            let rows = i64::try_from(counts.total()).unwrap_or(i64::MAX);
            let counts = serde_json::to_string(&counts).unwrap_or_default();
            tx.note_batch(id, BatchState::Failed, rows, &counts, &note)
        };
        service.store.write(counted).await.map_err(|error: StoreError| error.into())
    }

    /// Ends posts that a process left when it was killed: none takes as long as this.
    pub async fn end_broken_batches(&self) -> Result<(), Failure> {
        let before = self.clock.now().plus_seconds(-LONGEST_POST);
        let left = self.store.read(move |tx| tx.unended_batches(before)).await?;
        for row in left {
            let why = Message::new("batch_broken_off");
            self.fail_batch(BatchId::stored(row.batch_id), why).await?;
        }
        Ok(())
    }

    pub(super) async fn end_batch(
        &self,
        id: BatchId,
        total: i64,
        taken: &[RowResult],
    ) -> Result<(), Failure> {
        let mut counts = Counts::default();
        for row in taken {
            counts.add(row.outcome);
        }
        debug_assert_eq!(i64::try_from(counts.total()), Ok(total));
        let counts = serde_json::to_string(&counts).unwrap_or_default();
        self.store
            .write(move |tx| tx.note_batch(id, BatchState::Finished, total, &counts, ""))
            .await
            .map_err(|error: StoreError| error.into())
    }
}
