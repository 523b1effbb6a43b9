//! What reviewers decide 认定: within the place, the specialties and the categories they answer for.

pub mod adjust;
pub mod scope;
pub mod settle;
pub mod years;

use serde::Serialize;

use crate::app::record::pen::{Origin, Pen};
use crate::app::service::{Failure, Service};
use crate::domain::category::Category;
use crate::domain::entry::{EntryKind, is_reversed};
use crate::domain::hours::Hours;
use crate::domain::ids::{BatchId, DecisionId, PersonId};
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::domain::year::Year;
use crate::store::constraint::Meaning;
use crate::store::decisions::{DecisionKind, DecisionRow};
use crate::store::ledger::category_number;
use crate::store::pendings::{Closed, Pending, Place};
use crate::store::{StoreError, WriteTx};

pub use scope::Reviewer;
pub use years::YearRuling;

/// What a reviewer decides about hours that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// They count.
    Recognise,
    /// They do not count.
    Reject,
    /// They count under another category.
    Recategorise(Category),
}

/// A decision that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// Its id.
    pub decision: DecisionId,
    /// About whom.
    pub person: PersonId,
    /// What was decided.
    pub kind: &'static str,
    /// When.
    pub made_at: Timestamp,
    /// The entry that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_seq: Option<i64>,
}

/// A decision in the making.
struct Draft<'a> {
    reviewer: &'a Reviewer,
    person: PersonId,
    kind: DecisionKind,
    reason: &'a str,
    year: Option<Year>,
    category: Option<Category>,
    hours: Option<Hours>,
    row: Option<(BatchId, i64)>,
    entry_seq: Option<i64>,
    about: Option<DecisionId>,
}

impl<'a> Draft<'a> {
    fn new(
        reviewer: &'a Reviewer,
        person: PersonId,
        kind: DecisionKind,
        reason: &'a str,
    ) -> Draft<'a> {
        Draft {
            reviewer,
            person,
            kind,
            reason,
            year: None,
            category: None,
            hours: None,
            row: None,
            entry_seq: None,
            about: None,
        }
    }
}

fn label(person: PersonId, id: DecisionId) -> Vec<u8> {
    [b"decision".as_slice(), &person.get().to_be_bytes(), &id.get().to_be_bytes()].concat()
}

impl Service {
    fn write_decision(
        &self,
        tx: &mut WriteTx<'_>,
        id: DecisionId,
        made_at: Timestamp,
        draft: &Draft<'_>,
    ) -> Result<Decided, Failure> {
        let label = label(draft.person, id);
        let sealed = self.seal_for(tx, Some(draft.person), &label, draft.reason.as_bytes())?;
        let row = DecisionRow {
            person_id: draft.person.get(),
            decision_id: id.get(),
            kind: draft.kind.number(),
            made_at: made_at.micros(),
            issuer: draft.reviewer.issuer.clone(),
            subject: draft.reviewer.subject.clone(),
            jurisdiction: draft.reviewer.jurisdiction.clone(),
            year: draft.year.map(Year::get),
            category: draft.category.map(category_number),
            hours: draft.hours.map(Hours::hundredths),
            batch_id: draft.row.map(|(batch, _)| batch.get()),
            row_no: draft.row.map(|(_, row)| row),
            entry_seq: draft.entry_seq,
            about: draft.about.map(DecisionId::get),
            sealed,
        };
        tx.add_decision(row)?;
        Ok(Decided {
            decision: id,
            person: draft.person,
            kind: draft.kind.name(),
            made_at,
            entry_seq: draft.entry_seq,
        })
    }

    /// Decides about hours that wait.
    pub async fn rule(
        &self,
        reviewer: Reviewer,
        place: Place,
        ruling: Ruling,
        reason: String,
    ) -> Result<Decided, Failure> {
        let service = self.clone();
        self.store
            .write(move |tx: &mut WriteTx<'_>| {
                let pending = tx.pending(place)?.ok_or(Failure::Absent)?;
                let place = pending.jurisdiction.as_deref();
                if !reviewer.answers_for(place, &pending.posting) {
                    return Err(Failure::Absent);
                }
                if let Ruling::Recategorise(category) = ruling
                    && !reviewer.answers_for_category(category)
                {
                    let message = Message::new("category_not_yours");
                    let message = message.with("found", category.name());
                    return Err(Failure::refused("category", message));
                }
                service.close(tx, &reviewer, &pending, ruling, &reason)
            })
            .await
    }

    fn close(
        &self,
        tx: &mut WriteTx<'_>,
        reviewer: &Reviewer,
        pending: &Pending,
        ruling: Ruling,
        reason: &str,
    ) -> Result<Decided, Failure> {
        let person = pending.person;
        let id = DecisionId::from_bits(tx.bits());
        let mut pen = Pen::take(tx, &[person].into())?;
        let at = pen.stamp(person)?;
        let (kind, closed, category) = match ruling {
            Ruling::Recognise => {
                (DecisionKind::Recognise, Closed::Recognised, Some(pending.posting.category))
            }
            Ruling::Reject => (DecisionKind::Reject, Closed::Rejected, None),
            Ruling::Recategorise(category) => {
                (DecisionKind::Recategorise, Closed::Recategorised, Some(category))
            }
        };
        let entry_seq = match category {
            Some(category) => Some(credit_pending(tx, &mut pen, pending, category)?),
            None => None,
        };
        let row = (pending.person, pending.batch, pending.row_no);
        if !tx.close_pending(row, at, closed, Some(id), entry_seq)? {
            return Err(Failure::refused("", Message::new("already_decided")));
        }
        pen.put_down(tx)?;
        let mut draft = Draft::new(reviewer, person, kind, reason);
        draft.category = category;
        draft.row = Some((pending.batch, pending.row_no));
        draft.entry_seq = entry_seq;
        self.write_decision(tx, id, at, &draft)
    }

    /// Takes an entry back.
    pub async fn reverse(
        &self,
        reviewer: Reviewer,
        person: PersonId,
        seq: i64,
        reason: String,
    ) -> Result<Decided, Failure> {
        let directory = self.directory().await?;
        let service = self.clone();
        self.store
            .write(move |tx: &mut WriteTx<'_>| {
                let mut pen = Pen::take(tx, &[person].into())?;
                let entries = tx.entries(person, None)?;
                let original = entries.iter().find(|entry| entry.seq == seq);
                let original = original.ok_or(Failure::Absent)?;
                let place = scope::place_of(tx, &directory, original)?;
                if !reviewer.answers_for(place.as_deref(), &original.posting) {
                    return Err(Failure::Absent);
                }
                if original.kind == EntryKind::Reversal || is_reversed(&entries, seq) {
                    return Err(Failure::refused("seq", Message::new("already_reversed")));
                }
                let id = DecisionId::from_bits(tx.bits());
                let entry_seq = pen.reverse(original, BatchId::stored(id.get()), 0)?;
                let at = pen.stamp(person)?;
                pen.put_down(tx)?;
                let mut draft = Draft::new(&reviewer, person, DecisionKind::Reverse, &reason);
                draft.entry_seq = Some(entry_seq);
                service.write_decision(tx, id, at, &draft)
            })
            .await
    }
}

fn credit_pending(
    tx: &mut WriteTx<'_>,
    pen: &mut Pen,
    pending: &Pending,
    category: Category,
) -> Result<i64, Failure> {
    let mut posting = pending.posting.clone();
    posting.category = category;
    let origin = Origin {
        source: pending.source,
        ext_key: pending.ext_key.clone(),
        revision: pending.revision,
        batch: pending.batch,
        row_no: pending.row_no,
    };
    // Where an earlier revision was taken back for this one, this one stands in its place.
    let entries = tx.entries(pending.person, None)?;
    let replaced = entries.iter().rev().find(|entry| {
        entry.kind != EntryKind::Reversal
            && entry.source == pending.source
            && entry.ext_key == pending.ext_key
    });
    let rows = tx.pendings_of(&[pending.person], None)?.remove(&pending.person);
    let rows = rows.unwrap_or_default();
    // What its source withdrew, or a reviewer took back, is not replaced.
    let replaced = replaced.filter(|old| {
        entries.iter().any(|other| {
            other.kind == EntryKind::Reversal
                && other.ref_seq == Some(old.seq)
                && rows.iter().any(|row| (row.batch, row.row_no) == (other.batch, other.row_no))
        })
    });
    let kind = if replaced.is_some() { EntryKind::Replacement } else { EntryKind::Credit };
    let replaces = replaced.map(|entry| entry.seq);
    Ok(pen.credit(pending.person, kind, origin, &posting, replaces)?)
}

/// A second answer to the same proposal, or a second withdrawal.
fn answered(failure: Failure) -> Failure {
    match &failure {
        Failure::Store(StoreError::Constraint(Meaning::Answered, _)) => {
            Failure::refused("", Message::new("already_decided"))
        }
        _ => failure,
    }
}
