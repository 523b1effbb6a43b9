//! Taking a row back: by its source, and by a reviewer.

use crate::app::record::desk::{self, Cause, Sources};
use crate::app::record::filing::Was;
use crate::app::record::inbox::submission_label;
use crate::app::record::pen::Pen;
use crate::app::record::weigh::{Bench, Written};
use crate::app::record::{Poster, ROUNDS, Taken};
use crate::app::service::{Directory, Failure, Service};
use crate::domain::entry;
use crate::domain::ids::{BatchId, PersonId};
use crate::domain::outcome::Outcome;
use crate::domain::stated::Standing;
use crate::store::WriteTx;
use crate::store::pendings::Closed;
use crate::store::submissions::SubmissionRow;

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
    ) -> Result<Taken, Failure> {
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
) -> Result<Taken, Failure> {
    let source = poster.source.id();
    let claim = tx.claim_to_change(source, key)?.ok_or(Failure::Absent)?;
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
    if let Some(there) = at_desk(tx, directory, poster, &mut pen, (person, key, batch))? {
        taken.outcome = if there { Outcome::Reversed } else { Outcome::Replayed };
        pen.put_down(tx)?;
        return Ok(taken);
    }
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

/// Takes a record back of which, or of whose person, another source tells too: what was held for it may
/// count from now on. Says whether there was anything; none where no other source tells.
fn at_desk(
    tx: &mut WriteTx<'_>,
    directory: &Directory,
    poster: &Poster,
    pen: &mut Pen,
    (person, key, batch): (PersonId, &str, BatchId),
) -> Result<Option<bool>, Failure> {
    if directory.sources.len() < 2 {
        return Ok(None);
    }
    let source = poster.source.id();
    let Some(mut desk) = desk::load(tx, &[person])?.remove(&person) else { return Ok(None) };
    if !desk.is_shared(source) {
        return Ok(None);
    }
    let was = Was::of(&desk, source, key);
    let place = desk.place(source, key);
    let Some(record) = place.and_then(|place| desk.records.get_mut(place)) else {
        return Ok(None);
    };
    (record.said, record.posted) = (true, true);
    record.stated.standing = Standing::Withdrawn;
    (record.stated.batch, record.stated.row_no) = (batch, 1);
    let sources = Sources { own: &poster.source, directory };
    let mut written = Written::default();
    let cause = Cause { batch, row_no: 1 };
    let mut bench = Bench { desk: &mut desk, pen, written: &mut written, sources: &sources, cause };
    bench.settle(tx)?;
    written.put_down(tx, std::iter::once(&desk), &[])?;
    Ok(Some(was.was_there()))
}
