//! What reviewers decide 认定 about hours that wait, entries that stand and differences.
//!
//! Whether a decision is theirs to make is for the caller to know; what follows from it is here.

use super::update::Update;
use crate::domain::category::Category;
use crate::domain::ids::{DecisionId, DifferenceId, SourceId};
use crate::domain::ledger::account::{Account, Change, Provenance};
use crate::domain::ledger::claim::Claim;
use crate::domain::ledger::difference::{Difference, DifferenceKind, Resolution};
use crate::domain::ledger::entry::{Cause, Entry, EntryKind, is_reversed};
use crate::domain::ledger::pending::{Pending, PendingId, PendingOutcome};
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::sources::Sources;

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

/// Why a decision cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewError {
    /// Somebody or something else decided first.
    AlreadyDecided,
    /// The entry was taken back before, or takes one back.
    AlreadyReversed,
    /// There is no such thing on the account.
    Absent,
    /// What is on file of a difference lacks what its kind always has.
    Incomplete(&'static str),
    /// A difference of this kind cannot be settled so; see [`accepts`].
    NotAccepted(DifferenceKind),
}

/// Decides about hours that wait; the entry that they become.
pub fn rule(
    account: &mut Account,
    id: PendingId,
    ruling: Ruling,
    decision: DecisionId,
) -> Result<Option<i64>, ReviewError> {
    let mut rows = account.pendings.iter().map(|row| &row.value);
    let pending = rows.find(|row| (row.person, row.batch, row.row_no) == id);
    let pending = pending.ok_or(ReviewError::Absent)?.clone();
    if pending.closed.is_some() {
        return Err(ReviewError::AlreadyDecided);
    }
    let (outcome, category) = match ruling {
        Ruling::Recognise => (PendingOutcome::Recognised, Some(pending.posting.category)),
        Ruling::Reject => (PendingOutcome::Rejected, None),
        Ruling::Recategorise(category) => (PendingOutcome::Recategorised, Some(category)),
    };
    let entry_seq = category.map(|category| credit_pending(account, &pending, category));
    let key = (pending.source, &*pending.ext_key);
    account.close_waiting(key, outcome, (Some(decision), entry_seq));
    Ok(entry_seq)
}

fn credit_pending(account: &mut Account, pending: &Pending, category: Category) -> i64 {
    let mut posting = pending.posting.clone();
    posting.category = category;
    let provenance = Provenance {
        source: pending.source,
        key: pending.ext_key.clone(),
        revision: pending.revision,
        cause: Cause::Row(pending.batch, pending.row_no),
    };
    let replaces = replaced_by(account, pending).map(|entry| entry.seq);
    let kind = if replaces.is_some() { EntryKind::Replacement } else { EntryKind::Credit };
    account.credit(kind, provenance, posting, replaces)
}

/// The entry of an earlier revision that was taken back for a row: what its source withdrew, or a reviewer
/// took back, is not replaced.
fn replaced_by<'a>(account: &'a Account, pending: &Pending) -> Option<&'a Entry> {
    let entries = account.entries();
    let old = entries.iter().rev().find(|entry| {
        entry.kind != EntryKind::Reversal
            && entry.source == pending.source
            && entry.ext_key == pending.ext_key
    })?;
    let by_row = |other: &Entry| {
        let mut rows = account.pendings.iter().map(|row| &row.value);
        rows.any(|row| (row.batch, row.row_no) == (other.batch, other.row_no))
    };
    let taken_back = entries.iter().any(|other| {
        other.kind == EntryKind::Reversal && other.ref_seq == Some(old.seq) && by_row(other)
    });
    taken_back.then_some(old)
}

/// Takes an entry back; the entry that does.
pub fn reverse(account: &mut Account, seq: i64, decision: DecisionId) -> Result<i64, ReviewError> {
    let original = account.entries().iter().find(|entry| entry.seq == seq);
    let original = original.ok_or(ReviewError::Absent)?.clone();
    if original.kind == EntryKind::Reversal || is_reversed(account.entries(), seq) {
        return Err(ReviewError::AlreadyReversed);
    }
    Ok(account.reverse_entry(original, Cause::Decision(decision)))
}

/// Adds hours that no source vouches for; their entry.
pub fn adjust(account: &mut Account, posting: Posting, decision: DecisionId) -> i64 {
    let provenance = Provenance {
        source: SourceId::NONE,
        key: "".into(),
        revision: 1,
        cause: Cause::Decision(decision),
    };
    account.credit(EntryKind::Adjustment, provenance, posting, None)
}

/// What a reviewer may make of a difference of a kind.
pub const fn accepts(kind: DifferenceKind) -> &'static [Resolution] {
    use Resolution::{Ignore, Post, Replace, Reverse};
    match kind {
        DifferenceKind::Duplicate => &[Post, Reverse, Replace, Ignore],
        DifferenceKind::MissingHere | DifferenceKind::ContradictsDecision => &[Post, Ignore],
        DifferenceKind::MissingThere | DifferenceKind::YearBasis => &[Reverse, Ignore],
        DifferenceKind::Differs => &[Reverse, Replace, Ignore],
        DifferenceKind::SumDiffers => &[Ignore],
    }
}

/// Whether a difference can still be settled: it is open, or a rule noted it as settled when it was
/// opened.
pub fn may_be_settled(one: &Difference, resolution: Resolution) -> Result<(), ReviewError> {
    if !accepts(one.kind).contains(&resolution) {
        return Err(ReviewError::NotAccepted(one.kind));
    }
    match one.closed {
        None => Ok(()),
        Some((at, Resolution::Rule)) if at == one.opened_at && one.person.is_some() => Ok(()),
        Some(_) => Err(ReviewError::AlreadyDecided),
    }
}

/// What came of settling a difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// The entry that it made.
    pub entry_seq: Option<i64>,
    /// What a key is used for from now on.
    pub claim: Option<Claim>,
}

/// Settles a difference of an account, and brings the chain to it; of the sources, the own one is that of
/// the difference.
pub fn settle(
    account: &mut Account,
    sources: Sources<'_>,
    id: DifferenceId,
    resolution: Resolution,
    decision: DecisionId,
) -> Result<Settlement, ReviewError> {
    let at = account.stamp;
    let found = account.differences.iter_mut().find(|one| one.value.id == id);
    let tracked = found.ok_or(ReviewError::Absent)?;
    may_be_settled(&tracked.value, resolution)?;
    let one = tracked.value.clone();
    tracked.change = if one.closed.is_some() { Change::Resettled } else { Change::Closed };
    tracked.value.closed = Some((one.closed.map_or(at, |(at, _)| at), resolution));
    tracked.value.decision = Some(decision);
    let mut settlement = act(account, &one, resolution, decision)?;
    let stands =
        |account: &Account| account.standing_entry(one.source, &one.key).map(|entry| entry.seq);
    let before = stands(account);
    account.update(Update { sources, cause: Cause::FollowsFrom(decision) });
    let after = stands(account).filter(|after| Some(*after) != before);
    settlement.entry_seq = settlement.entry_seq.or(after);
    Ok(settlement)
}

fn act(
    account: &mut Account,
    one: &Difference,
    resolution: Resolution,
    decision: DecisionId,
) -> Result<Settlement, ReviewError> {
    let mut take_back = |source, key: &str| {
        let seq = account.reverse(source, key, Cause::Decision(decision));
        let entry_seq = Some(seq.ok_or(ReviewError::AlreadyReversed)?);
        Ok(Settlement { entry_seq, claim: None })
    };
    match (one.kind, resolution) {
        // The other one goes; the one that was held comes in its place where that was said.
        (DifferenceKind::Duplicate, Resolution::Reverse | Resolution::Replace) => {
            let (source, key) =
                one.other.as_ref().ok_or(ReviewError::Incomplete("a duplicate of nothing"))?;
            take_back(*source, key)
        }
        (_, Resolution::Reverse) => take_back(one.source, &one.key),
        (DifferenceKind::MissingHere | DifferenceKind::ContradictsDecision, Resolution::Post) => {
            credit(account, one, decision)
        }
        (DifferenceKind::Differs, Resolution::Replace) => {
            // What the source lists is what it states from now on, until it states something else.
            account.restate(one.source, &one.key, one.posting.clone());
            credit(account, one, decision)
        }
        _ => Ok(Settlement::default()),
    }
}

fn credit(
    account: &mut Account,
    one: &Difference,
    decision: DecisionId,
) -> Result<Settlement, ReviewError> {
    let posting = one.posting.clone();
    let posting = posting.ok_or(ReviewError::Incomplete("a difference without hours"))?;
    let (source, key) = (one.source, &*one.key);
    let replaced = account.standing_entry(source, key).map(|entry| entry.seq);
    let cause = Cause::Decision(decision);
    account.reverse(source, key, cause);
    let revision = account.record(source, key).map_or(1, |record| record.stated.revision);
    let claim = Claim {
        ext_key: one.key.clone(),
        revision,
        content_hash: posting.content_hash(account.person),
        person: account.person,
    };
    let provenance = Provenance { source, key: key.into(), revision, cause };
    let kind = if replaced.is_some() { EntryKind::Replacement } else { EntryKind::Credit };
    let seq = account.credit(kind, provenance, posting, replaced);
    account.note_record(source, key);
    Ok(Settlement { entry_seq: Some(seq), claim: Some(claim) })
}
