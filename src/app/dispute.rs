//! What an individual objects to.

use serde::Serialize;

use crate::app::record::pen::Pen;
use crate::app::service::{Failure, Service};
use crate::domain::ids::{BatchId, DecisionId, PersonId};
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::store::WriteTx;
use crate::store::decisions::DisputeRow;

/// An objection to an entry or a submission.
#[derive(Clone, Debug)]
pub struct Objection {
    /// The entry.
    pub seq: Option<i64>,
    /// The submission.
    pub place: Option<(BatchId, i64)>,
    /// Why.
    pub reason: String,
}

/// An objection, as a reviewer sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Dispute {
    /// Its id.
    pub dispute: DecisionId,
    /// Whose record.
    pub person: PersonId,
    /// When it was made.
    pub made_at: Timestamp,
    /// The entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// The submission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<String>,
    /// Why.
    pub reason: String,
}

fn label(id: DecisionId) -> Vec<u8> {
    [b"dispute".as_slice(), &id.get().to_be_bytes()].concat()
}

impl Service {
    /// Keeps an objection; what it is about has to be the person's own.
    pub async fn object(
        &self,
        person: PersonId,
        objection: Objection,
    ) -> Result<DecisionId, Failure> {
        if objection.seq.is_some() == objection.place.is_some() {
            return Err(Failure::refused("seq", Message::new("dispute_about_one")));
        }
        let service = self.clone();
        self.store
            .write(move |tx: &mut WriteTx<'_>| {
                tx.person(person)?.ok_or(Failure::Absent)?;
                let exists = match (objection.seq, objection.place) {
                    (Some(seq), _) => tx.entries(person, None)?.iter().any(|own| own.seq == seq),
                    (None, Some((batch, row))) => {
                        tx.pending((person, batch, row))?.is_some()
                            || tx.submission_of(person, batch, row)?
                    }
                    (None, None) => false,
                };
                if !exists {
                    return Err(Failure::Absent);
                }
                let id = DecisionId::from_bits(tx.bits());
                let reason = objection.reason.as_bytes();
                let sealed = service.seal_for(tx, Some(person), &label(id), reason)?;
                let made_at = Pen::take(tx, &[person].into())?.stamp(person)?;
                tx.add_dispute(DisputeRow {
                    person_id: person.get(),
                    dispute_id: id.get(),
                    made_at: made_at.micros(),
                    entry_seq: objection.seq,
                    batch_id: objection.place.map(|(batch, _)| batch.get()),
                    row_no: objection.place.map(|(_, row)| row),
                    sealed,
                })?;
                Ok(id)
            })
            .await
    }

    /// Objections after one that was made at an instant, oldest first.
    pub async fn disputes(
        &self,
        after: (Timestamp, DecisionId),
        limit: usize,
    ) -> Result<Vec<Dispute>, Failure> {
        let service = self.clone();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.store
            .read(move |tx| {
                let mut all = Vec::new();
                for row in tx.disputes_after(after, limit)? {
                    let id = DecisionId::stored(row.dispute_id);
                    let person = PersonId::stored(row.person_id);
                    let plain = service.open_for(tx, Some(person), &label(id), &row.sealed)?;
                    let place = row.batch_id.map(BatchId::stored).zip(row.row_no);
                    all.push(Dispute {
                        dispute: id,
                        person,
                        made_at: Timestamp::from_micros(row.made_at),
                        seq: row.entry_seq,
                        submission: place.map(|(batch, row)| format!("{batch}-{row}")),
                        reason: String::from_utf8_lossy(&plain).into_owned(),
                    });
                }
                Ok(all)
            })
            .await
    }
}
