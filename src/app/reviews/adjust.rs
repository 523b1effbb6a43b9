//! Hours that no source vouches for: one reviewer proposes, another approves.

use crate::app::posting::{apply, load};
use crate::app::reviews::{Decided, Draft, Reviewer, answered};
use crate::app::service::{Failure, Service};
use crate::domain::category::Category;
use crate::domain::hours::Hours;
use crate::domain::ids::{BatchId, DecisionId, PersonId, SourceId};
use crate::domain::ledger::account::Extent;
use crate::domain::ledger::decide::review;
use crate::domain::ledger::posting::{Particulars, Posting};
use crate::domain::message::Message;
use crate::domain::year::Year;
use crate::store::WriteTx;
use crate::store::decisions::{DecisionKind, DecisionRow};
use crate::store::ledger::stored_category;

/// An adjustment that a reviewer proposes: hours that no source vouches for.
#[derive(Clone, Debug)]
pub struct Adjustment {
    /// Whose.
    pub person: PersonId,
    /// The year.
    pub year: Year,
    /// The category.
    pub category: Category,
    /// How many hours are added.
    pub hours: Hours,
}

impl Service {
    /// Proposes an adjustment; it counts once another person has approved it.
    pub async fn propose(
        &self,
        reviewer: Reviewer,
        adjustment: Adjustment,
        reason: String,
    ) -> Result<Decided, Failure> {
        let directory = self.directory().await?;
        let service = self.clone();
        self.store
            .write(move |tx: &mut WriteTx<'_>| {
                let person = adjustment.person;
                let posting = posting_of(&adjustment);
                if !reviewer.answers_for(reviewer.jurisdiction.as_deref(), &posting)
                    || !reviewer.has_to_do_with(tx, &directory, person)?
                {
                    return Err(Failure::Absent);
                }
                let at = load::lock(tx, person)?;
                let id = DecisionId::from_bits(tx.bits());
                let kind = DecisionKind::ProposeAdjustment;
                let mut draft = Draft::new(&reviewer, person, kind, &reason);
                draft.year = Some(adjustment.year);
                draft.category = Some(adjustment.category);
                draft.hours = Some(adjustment.hours);
                service.write_decision(tx, id, at, &draft)
            })
            .await
    }

    /// Approves or declines an adjustment that somebody else proposed.
    pub async fn answer_proposal(
        &self,
        reviewer: Reviewer,
        person: PersonId,
        about: DecisionId,
        approve: bool,
        reason: String,
    ) -> Result<Decided, Failure> {
        let service = self.clone();
        let result = self.store.write(move |tx: &mut WriteTx<'_>| {
            let proposal = tx.decision(person, about)?.ok_or(Failure::Absent)?;
            let adjustment = proposed(person, &proposal).ok_or(Failure::Absent)?;
            let posting = posting_of(&adjustment);
            if !reviewer.answers_for(proposal.jurisdiction.as_deref(), &posting) {
                return Err(Failure::Absent);
            }
            // One of before subjects had pseudonyms may stand as it was said.
            let proposer = service.vault.subject(&proposal.subject);
            if (&proposal.issuer, &proposer) == (&reviewer.issuer, &reviewer.subject) {
                return Err(Failure::refused("", Message::new("second_person_needed")));
            }
            let mut account = load::account(tx, person, Extent::Head)?;
            let (id, at) = (DecisionId::from_bits(tx.bits()), account.stamp);
            let (kind, entry_seq) = if approve {
                let seq = review::adjust(&mut account, posting, id);
                (DecisionKind::ApproveAdjustment, Some(seq))
            } else {
                (DecisionKind::DeclineAdjustment, None)
            };
            let own = (SourceId::NONE, BatchId::stored(id.get()));
            apply::apply(tx, own, &account.into_changes())?;
            let mut draft = Draft::new(&reviewer, person, kind, &reason);
            (draft.about, draft.entry_seq) = (Some(about), entry_seq);
            service.write_decision(tx, id, at, &draft)
        });
        result.await.map_err(answered)
    }
}

/// The adjustment that a decision proposes.
pub(crate) fn proposed(person: PersonId, row: &DecisionRow) -> Option<Adjustment> {
    if row.kind != DecisionKind::ProposeAdjustment.number() {
        return None;
    }
    Some(Adjustment {
        person,
        year: Year::new(row.year?.into())?,
        category: stored_category(row.category?)?,
        hours: Hours::from_hundredths(row.hours?),
    })
}

/// An adjustment as the hours it adds.
pub(crate) fn posting_of(adjustment: &Adjustment) -> Posting {
    Posting {
        year: adjustment.year,
        category: adjustment.category,
        hours: adjustment.hours,
        completed_on: None,
        particulars: Particulars::default(),
    }
}
