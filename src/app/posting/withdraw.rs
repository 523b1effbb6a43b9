//! A source takes a row back.

use crate::app::posting::inbox::submission_label;
use crate::app::posting::{Poster, ROUNDS, RowResult, apply, load};
use crate::app::service::{Directory, Failure, Service};
use crate::domain::ids::{BatchId, PersonId};
use crate::domain::ledger::account::Extent;
use crate::domain::ledger::decide::withdrawal::withdraw;
use crate::domain::ledger::sources::Sources;
use crate::store::WriteTx;
use crate::store::submissions::SubmissionRow;

impl Service {
    /// A source takes back what it posted under a key. What was taken back before is `replayed`.
    pub async fn take_back(
        &self,
        poster: &Poster,
        key: &str,
        reason: &str,
    ) -> Result<RowResult, Failure> {
        let (poster, key, reason) = (poster.clone(), key.to_owned(), reason.to_owned());
        let mut round = 0;
        loop {
            round += 1;
            match self.take_back_once(poster.clone(), key.clone(), reason.clone()).await {
                // A row of the inbox has the number that was drawn for this one.
                Err(Failure::Store(error)) if error.is_lost_race() && round < ROUNDS => {}
                taken => return taken,
            }
        }
    }

    async fn take_back_once(
        &self,
        poster: Poster,
        key: String,
        reason: String,
    ) -> Result<RowResult, Failure> {
        let directory = self.directory().await?;
        let service = self.clone();
        self.store
            .write(move |tx: &mut WriteTx<'_>| {
                let taken = take_back(tx, &directory, &poster, &key)?;
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

fn take_back(
    tx: &mut WriteTx<'_>,
    directory: &Directory,
    poster: &Poster,
    key: &str,
) -> Result<RowResult, Failure> {
    let own = poster.source.facts();
    let claim = tx.claim_to_change(own.id, key)?.ok_or(Failure::Absent)?;
    let batch: BatchId = tx.new_batch();
    // Where another source tells of the person, what was held for the record may count from now on.
    let several = directory.sources.len() > 1;
    let extent = if several { Extent::Whole } else { Extent::History };
    let mut account = load::account(tx, claim.person, extent)?;
    if !account.is_shared(own.id) {
        account = account.narrowed();
    }
    let sources = Sources::new(&own, &directory.facts);
    let (outcome, entry_seq) = withdraw(&mut account, sources, key, batch);
    apply::apply(tx, (own.id, batch), &account.into_changes())?;
    Ok(RowResult {
        batch,
        row_no: 1,
        outcome,
        key: Some(key.into()),
        person: Some(claim.person),
        entry_seq,
        problems: Vec::new(),
    })
}
