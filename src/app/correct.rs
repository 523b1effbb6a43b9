//! Taking a row back: by its source, and by a reviewer.

use crate::app::record::chunk::submission_label;
use crate::app::record::pen::Pen;
use crate::app::record::{Poster, ROUNDS, Taken};
use crate::app::service::{Failure, Service};
use crate::domain::entry;
use crate::domain::ids::{BatchId, PersonId};
use crate::domain::outcome::Outcome;
use crate::store::pendings::Closed;
use crate::store::submissions::SubmissionRow;
use crate::store::{StoreError, WriteTx};

impl Service {
    /// A source takes back what it posted under a key. What was taken back before is `replayed`.
    pub async fn take_back(
        &self,
        poster: &Poster,
        key: &str,
        reason: &str,
    ) -> Result<Taken, Failure> {
        let (poster, key, reason) = (poster.clone(), key.to_owned(), reason.to_owned());
        let mut round = 0;
        loop {
            round += 1;
            match self.take_back_once(poster.clone(), key.clone(), reason.clone()).await {
                // A row of the inbox has the number that was drawn for this one.
                Err(Failure::Store(StoreError::Constraint(_))) if round < ROUNDS => {}
                taken => return taken,
            }
        }
    }

    async fn take_back_once(
        &self,
        poster: Poster,
        key: String,
        reason: String,
    ) -> Result<Taken, Failure> {
        let service = self.clone();
        self.store
            .write(move |tx: &mut WriteTx<'_>| {
                let taken = take_back(tx, &poster, &key)?;
                let label = submission_label(taken.batch, taken.row_no);
                let sealed = service.seal_for(tx, taken.person, &label, reason.as_bytes())?;
                tx.add_submissions(&[SubmissionRow {
                    batch_id: taken.batch.get(),
                    row_no: taken.row_no,
                    source_id: poster.source.source_id,
                    subject: poster.subject.to_string(),
                    received_at: tx.now().micros(),
                    outcome: taken.outcome.number(),
                    ext_key: Some(key.clone()),
                    person_id: taken.person.map(PersonId::get),
                    entry_seq: taken.entry_seq,
                    problem: None,
                    sealed,
                }])?;
                Ok::<_, Failure>(taken)
            })
            .await
    }
}

fn take_back(tx: &mut WriteTx<'_>, poster: &Poster, key: &str) -> Result<Taken, Failure> {
    let source = poster.source.id();
    let claim = tx.claims_to_change(source, &[key])?.remove(key).ok_or(Failure::Absent)?;
    let person = claim.person;
    let batch: BatchId = tx.new_batch();
    let mut pen = Pen::take(tx, &[person].into())?;
    let mut taken = Taken {
        batch,
        row_no: 1,
        outcome: Outcome::Replayed,
        key: Some(key.into()),
        person: Some(person),
        entry_seq: None,
        problems: Vec::new(),
    };
    if let Some(waiting) = tx.open_pending_of_key(person, source, key)? {
        let place = (waiting.person, waiting.batch, waiting.row_no);
        tx.close_pending(place, pen.stamp(person)?, Closed::Withdrawn, None, None)?;
        taken.outcome = Outcome::Reversed;
    }
    let entries = tx.entries(person, None)?;
    if let Some(standing) = entry::standing(&entries, source, key) {
        taken.entry_seq = Some(pen.reverse(standing, batch, 1)?);
        taken.outcome = Outcome::Reversed;
    }
    pen.put_down(tx)?;
    Ok(taken)
}
