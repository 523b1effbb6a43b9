//! Taking a row back: by its source, and by a reviewer.

use crate::app::record::pen::Pen;
use crate::app::record::{Poster, Taken};
use crate::app::service::{Failure, Service};
use crate::domain::entry;
use crate::domain::ids::BatchId;
use crate::domain::outcome::Outcome;
use crate::store::WriteTx;
use crate::store::pendings::Closed;

impl Service {
    /// A source takes back what it posted under a key. What was taken back before is `replayed`.
    pub async fn take_back(&self, poster: &Poster, key: &str) -> Result<Taken, Failure> {
        let (poster, key) = (poster.clone(), key.to_owned());
        self.store.write(move |tx: &mut WriteTx<'_>| take_back(tx, &poster, &key)).await
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
        row_no: 0,
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
        taken.entry_seq = Some(pen.reverse(standing, batch, 0)?);
        taken.outcome = Outcome::Reversed;
    }
    pen.put_down(tx)?;
    Ok(taken)
}
