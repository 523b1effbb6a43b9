//! Opening differences on an account, and closing those that went away: each has a subject, and the same
//! subject is opened once, unless it went away in between.

use std::collections::HashSet;

use crate::domain::ids::{PersonId, SourceId};
use crate::domain::ledger::account::{Account, Record};
use crate::domain::ledger::difference::{
    Difference, DifferenceKind, Resolution, Suspicion, subject,
};
use crate::domain::ledger::likeness::{Event, Likeness};
use crate::domain::ledger::outcome::{RowProblem, stored_text};
use crate::domain::ledger::source_record::{DuplicateOf, RecordState};
use crate::domain::ledger::sources::Sources;

/// Why a record is held.
pub(super) struct Held {
    /// What is kept in its place.
    pub(super) kept: DuplicateOf,
    /// Whether there is no doubt.
    certain: bool,
    /// What a difference about the two is about.
    subject: [u8; 32],
}

impl Held {
    pub(super) fn new(
        person: PersonId,
        own: &Event<'_>,
        by: &Event<'_>,
        likeness: &Likeness,
    ) -> Held {
        let parts = serde_json::to_string(&likeness.parts).unwrap_or_default();
        let (source, key) = (by.source, by.key.into());
        Held {
            kept: DuplicateOf { source, key, score: likeness.score, parts },
            certain: likeness.certain,
            subject: pair(person, own, by),
        }
    }
}

/// What a difference about two records is about.
fn pair(person: PersonId, one: &Event<'_>, other: &Event<'_>) -> [u8; 32] {
    let side = |event: &Event<'_>| event.posting.content_hash(person);
    let sides = [(one.source, one.key, side(one)), (other.source, other.key, side(other))];
    subject(DifferenceKind::Duplicate, &sides, "")
}

/// Whether a reviewer said that two records are of two events, or that the other one is right.
pub(super) fn are_apart(account: &Account, one: &Event<'_>, other: &Event<'_>) -> bool {
    let said = |found: &&Difference| {
        found.kind == DifferenceKind::Duplicate
            && matches!(found.closed, Some((_, Resolution::Post | Resolution::Replace)))
    };
    if !account.differences().any(|found| said(&found)) {
        return false;
    }
    let subject = pair(account.person, one, other);
    account.differences().filter(said).any(|found| found.subject == subject)
}

/// Opens what is suspected of the records of an account, notes what is certain, and closes what is
/// neither.
pub(super) fn note_duplicates(account: &mut Account, held: &[Option<Held>], sources: &Sources<'_>) {
    if held.iter().all(Option::is_none) && account.differences.is_empty() {
        return;
    }
    let (person, at) = (account.person, account.stamp);
    let mut current: HashSet<[u8; 32]> = HashSet::new();
    let mut found = Vec::new();
    for (record, held) in account.records.iter().zip(held) {
        let stated = &record.stated;
        let Some(held) = held.as_ref().filter(|_| stated.kept.is_some()) else { continue };
        current.insert(held.subject);
        // What is certain needs nobody, and is noted once.
        if held.certain && account.differences().any(|one| one.subject == held.subject) {
            continue;
        }
        let kept = &held.kept;
        let suspicion = Suspicion {
            kind: DifferenceKind::Duplicate,
            subject: held.subject,
            record: (stated.source, &stated.key),
            other: Some((kept.source, kept.key.clone())),
            score: Some(kept.score),
            parts: kept.parts.clone(),
            posting: stated.posting.as_ref(),
            entry_seq: None,
        };
        let place =
            sources.jurisdiction(stated.source).or_else(|| sources.jurisdiction(kept.source));
        if let Some(mut one) = suspicion.open(account.differences(), Some(person), place, at) {
            // It can still be settled otherwise.
            one.closed = held.certain.then_some((at, Resolution::Rule));
            found.push(one);
        }
    }
    account.close_differences(|one| {
        one.kind == DifferenceKind::Duplicate && !current.contains(&one.subject)
    });
    for one in found {
        account.add_difference(one);
    }
}

/// Opens what is to be looked at in a record of which something new was stated, and closes what was open
/// about it and is no more.
pub(super) fn note_statement(
    account: &mut Account,
    (source, key): (SourceId, &str),
    flags: &[RowProblem],
    sources: &Sources<'_>,
) {
    let Some(record) = account.record(source, key) else { return };
    let found = of_record(account, record, flags, sources);
    let current: Vec<[u8; 32]> = found.iter().map(|one| one.subject).collect();
    let new: Vec<Difference> = found
        .into_iter()
        .filter(|one| !account.differences().any(|other| other.id == one.id))
        .collect();
    account.close_differences(|one| {
        one.kind != DifferenceKind::Duplicate
            && one.kind != DifferenceKind::SumDiffers
            && (one.source, &*one.key) == (source, key)
            && !current.contains(&one.subject)
    });
    for one in new {
        account.add_difference(one);
    }
}

/// The differences that a record is about to have; those that are open already among them.
fn of_record(
    account: &Account,
    record: &Record,
    flags: &[RowProblem],
    sources: &Sources<'_>,
) -> Vec<Difference> {
    let (person, at) = (account.person, account.stamp);
    let stated = &record.stated;
    let (Some(posting), Some(content)) = (&stated.posting, record.content) else {
        return Vec::new();
    };
    let side = (stated.source, &*stated.key, content);
    let contradicts = stated.state == RecordState::Held && stated.kept.is_none();
    let flagged =
        !flags.is_empty() && matches!(stated.state, RecordState::Posted | RecordState::Waiting);
    let codes: Vec<&str> = flags.iter().map(|flag| flag.message.code).collect();
    let kinds = [
        (DifferenceKind::ContradictsDecision, contradicts, String::new(), String::new()),
        (
            DifferenceKind::YearBasis,
            flagged,
            codes.join(","),
            stored_text(flags).unwrap_or_default(),
        ),
    ];
    let mut found = Vec::new();
    for (kind, is, more, parts) in kinds {
        if !is {
            continue;
        }
        let suspicion = Suspicion {
            kind,
            subject: subject(kind, &[side], &more),
            record: (side.0, side.1),
            other: None,
            score: None,
            parts,
            posting: Some(posting),
            entry_seq: account.standing_entry(stated.source, &stated.key).map(|entry| entry.seq),
        };
        let about = suspicion.subject;
        let open = account.differences().find(|one| one.subject == about && one.closed.is_none());
        found.extend(open.cloned().or_else(|| {
            let place = sources.jurisdiction(stated.source);
            suspicion.open(account.differences(), Some(person), place, at)
        }));
    }
    found
}
