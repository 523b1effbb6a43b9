//! What an individual objects to.

use serde::Serialize;

use crate::app::posting::load;
use crate::app::reviews::Reviewer;
use crate::app::reviews::reviewer::place_of;
use crate::app::service::{Directory, Failure, Service};
use crate::domain::ids::{BatchId, DecisionId, PersonId};
use crate::domain::ledger::posting::Posting;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::store::decisions::DisputeRow;
use crate::store::ledger::category_number;
use crate::store::{ReadTx, StoreError, WriteTx};

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

/// What an objection is about.
struct Subject {
    /// The place of the hours.
    jurisdiction: Option<String>,
    /// The hours, where they could be read.
    posting: Option<Posting>,
}

/// None where there is no such thing of this person.
fn subject_of(
    tx: &mut ReadTx<'_>,
    directory: &Directory,
    person: PersonId,
    objection: &Objection,
) -> Result<Option<Subject>, StoreError> {
    if let Some(seq) = objection.seq {
        let entries = tx.entries(person, None)?;
        let Some(entry) = entries.into_iter().find(|own| own.seq == seq) else { return Ok(None) };
        let jurisdiction = place_of(tx, directory, &entry)?;
        return Ok(Some(Subject { jurisdiction, posting: Some(entry.posting) }));
    }
    let Some((batch, row)) = objection.place else { return Ok(None) };
    if let Some(pending) = tx.pending((person, batch, row))? {
        let jurisdiction = pending.jurisdiction.map(Into::into);
        return Ok(Some(Subject { jurisdiction, posting: Some(pending.posting) }));
    }
    let source = tx.source_of_submission(person, batch, row)?;
    Ok(source.map(|source| {
        let source = directory.sources.get(&source);
        Subject { jurisdiction: source.and_then(|own| own.jurisdiction.clone()), posting: None }
    }))
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
        let directory = self.directory().await?;
        let service = self.clone();
        self.store
            .write(move |tx: &mut WriteTx<'_>| {
                tx.person(person)?.ok_or(Failure::Absent)?;
                let subject = subject_of(tx, &directory, person, &objection)?;
                let Subject { jurisdiction, posting } = subject.ok_or(Failure::Absent)?;
                let particulars = posting.as_ref().map(|posting| &posting.particulars);
                let id = DecisionId::from_bits(tx.bits());
                let reason = objection.reason.as_bytes();
                let sealed = service.seal_for(tx, Some(person), &label(id), reason)?;
                let made_at = load::lock(tx, person)?;
                tx.add_dispute(DisputeRow {
                    person_id: person.get(),
                    dispute_id: id.get(),
                    made_at: made_at.micros(),
                    entry_seq: objection.seq,
                    batch_id: objection.place.map(|(batch, _)| batch.get()),
                    row_no: objection.place.map(|(_, row)| row),
                    jurisdiction,
                    category: posting.as_ref().map(|posting| category_number(posting.category)),
                    specialty: particulars
                        .and_then(|own| own.specialty.as_deref())
                        .map(str::to_owned),
                    sealed,
                })?;
                Ok(id)
            })
            .await
    }

    /// Objections to what a reviewer answers for, after one that was made at an instant, oldest first.
    pub async fn disputes(
        &self,
        reviewer: Reviewer,
        after: (Timestamp, DecisionId),
        limit: usize,
    ) -> Result<Vec<Dispute>, Failure> {
        let service = self.clone();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.store
            .read(move |tx| {
                let mut all = Vec::new();
                for row in tx.disputes_after(&reviewer.scope(), after, limit)? {
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
