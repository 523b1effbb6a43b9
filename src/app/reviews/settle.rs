//! Settling differences: what a reviewer makes of a record about which sources, or a source and the
//! ledger, do not agree.

use crate::app::posting::{apply, load};
use crate::app::reviews::{Decided, Draft, Reviewer, answered, refused};
use crate::app::service::{Directory, Failure, Service};
use crate::domain::ids::{BatchId, DecisionId, DifferenceId, PersonId};
use crate::domain::ledger::account::Extent;
use crate::domain::ledger::change_set::{ChangeSet, ClosedDifference};
use crate::domain::ledger::decide::review::{self, Settlement};
use crate::domain::ledger::difference::{Difference, Resolution};
use crate::domain::ledger::sources::Sources;
use crate::domain::timestamp::Timestamp;
use crate::store::WriteTx;
use crate::store::decisions::DecisionKind;

impl Service {
    /// Settles a difference.
    pub async fn settle(
        &self,
        reviewer: Reviewer,
        (person, id): (PersonId, DifferenceId),
        action: Resolution,
        reason: String,
    ) -> Result<Decided, Failure> {
        let directory = self.directory().await?;
        let service = self.clone();
        let result = self.store.write(move |tx: &mut WriteTx<'_>| {
            let known = (person.get() != 0).then_some(person);
            let one = tx.difference(known, id)?.ok_or(Failure::Absent)?;
            if !reviewer.may_settle(&one) {
                return Err(Failure::Absent);
            }
            let decision = DecisionId::from_bits(tx.bits());
            let (entry_seq, at) = match known {
                Some(person) => {
                    settle_on_account(tx, &directory, (person, decision), &one, action)?
                }
                None => settle_of_nobody(tx, &one, action, decision)?,
            };
            let mut draft = Draft::new(&reviewer, person, DecisionKind::Settle, &reason);
            draft.about = Some(DecisionId::stored(id.get()));
            draft.entry_seq = entry_seq;
            draft.year = one.posting.as_ref().map(|posting| posting.year);
            draft.category = one.posting.as_ref().map(|posting| posting.category);
            draft.hours = one.posting.as_ref().map(|posting| posting.hours);
            service.write_decision(tx, decision, at, &draft)
        });
        result.await.map_err(answered)
    }
}

impl Reviewer {
    fn may_settle(&self, one: &Difference) -> bool {
        let place = one.jurisdiction.as_deref();
        match &one.posting {
            Some(posting) => self.answers_for(place, posting),
            None => self.answers_for_place(place),
        }
    }
}

/// Does what was decided, and brings the chain to it; the entry that it made.
fn settle_on_account(
    tx: &mut WriteTx<'_>,
    directory: &Directory,
    (person, decision): (PersonId, DecisionId),
    one: &Difference,
    action: Resolution,
) -> Result<(Option<i64>, Timestamp), Failure> {
    let own = directory.facts.get(&one.source);
    let own = own.ok_or_else(|| Failure::internal("a difference of no source"))?;
    let sources = Sources::new(own, &directory.facts);
    let mut account = load::account(tx, person, Extent::Whole)?;
    let settled = review::settle(&mut account, sources, one.id, action, decision);
    let Settlement { entry_seq, claim } = settled.map_err(|error| refused("action", error))?;
    let at = account.stamp;
    let changes = ChangeSet { new_claims: claim.into_iter().collect(), ..account.into_changes() };
    apply::apply(tx, (one.source, BatchId::stored(decision.get())), &changes)?;
    Ok((entry_seq, at))
}

/// What is of nobody known changes no chain.
fn settle_of_nobody(
    tx: &mut WriteTx<'_>,
    one: &Difference,
    action: Resolution,
    decision: DecisionId,
) -> Result<(Option<i64>, Timestamp), Failure> {
    review::may_be_settled(one, action).map_err(|error| refused("action", error))?;
    let at = tx.now();
    let closed = ClosedDifference {
        person: None,
        difference: one.id,
        at,
        resolution: action,
        decision: Some(decision),
        noted: false,
    };
    let changes = ChangeSet { closed_differences: vec![closed], ..ChangeSet::default() };
    apply::apply(tx, (one.source, BatchId::stored(decision.get())), &changes)?;
    Ok((None, at))
}
