//! What reviewers decide 认定: within the place, the specialties and the categories they answer for.

pub mod adjust;
mod difference_sheet;
pub mod differences;
pub mod disputes;
pub mod queue;
pub mod reviewer;
pub mod settle;
pub mod years;

use serde::Serialize;

use crate::app::posting::{apply, load};
use crate::app::service::{Failure, Service};
use crate::domain::category::Category;
use crate::domain::hours::Hours;
use crate::domain::ids::{BatchId, DecisionId, PersonId};
use crate::domain::ledger::account::Extent;
use crate::domain::ledger::decide::review::{self, ReviewError};
use crate::domain::ledger::pending::{Pending, PendingId};
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::domain::year::Year;
use crate::store::constraint::Meaning;
use crate::store::decisions::{DecisionKind, DecisionRow};
use crate::store::ledger::category_number;
use crate::store::{StoreError, WriteTx};

pub use crate::domain::ledger::decide::review::Ruling;
pub use reviewer::Reviewer;
pub use years::YearRuling;

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
        place: PendingId,
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
        let mut account = load::account(tx, person, Extent::History)?;
        let row = (pending.person, pending.batch, pending.row_no);
        let entry_seq = review::rule(&mut account, row, ruling, id).map_err(|e| refused("", e))?;
        let at = account.stamp;
        apply::apply(tx, (pending.source, pending.batch), &account.into_changes())?;
        let (kind, category) = match ruling {
            Ruling::Recognise => (DecisionKind::Recognise, Some(pending.posting.category)),
            Ruling::Reject => (DecisionKind::Reject, None),
            Ruling::Recategorise(category) => (DecisionKind::Recategorise, Some(category)),
        };
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
                let mut account = load::account(tx, person, Extent::History)?;
                let original = account.entries().iter().find(|entry| entry.seq == seq);
                let original = original.ok_or(Failure::Absent)?;
                let place = reviewer::place_of(tx, &directory, original)?;
                if !reviewer.answers_for(place.as_deref(), &original.posting) {
                    return Err(Failure::Absent);
                }
                let source = original.source;
                let id = DecisionId::from_bits(tx.bits());
                let entry_seq =
                    review::reverse(&mut account, seq, id).map_err(|e| refused("seq", e))?;
                let at = account.stamp;
                apply::apply(tx, (source, BatchId::stored(id.get())), &account.into_changes())?;
                let mut draft = Draft::new(&reviewer, person, DecisionKind::Reverse, &reason);
                draft.entry_seq = Some(entry_seq);
                service.write_decision(tx, id, at, &draft)
            })
            .await
    }
}

/// Why a decision cannot be made, with the field that says so.
fn refused(field: &str, error: ReviewError) -> Failure {
    let message = match error {
        ReviewError::AlreadyDecided => Message::new("already_decided"),
        ReviewError::AlreadyReversed => Message::new("already_reversed"),
        ReviewError::Absent => return Failure::Absent,
        ReviewError::Incomplete(what) => return Failure::internal(what),
        ReviewError::NotAccepted(kind) => {
            let accepted: Vec<&str> = review::accepts(kind).iter().map(|one| one.name()).collect();
            let message = Message::new("settle_action").with("kind", kind.name());
            message.with("accepted", accepted.join(", "))
        }
    };
    Failure::refused(field, message)
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
