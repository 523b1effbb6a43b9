//! Faults that are known and stand since 0.1.0: a history ends before it meets one. Whoever mends one takes
//! it out here.

use xueshi::domain::ids::{PersonId, SourceId};
use xueshi::domain::ledger::claim::Claim;
use xueshi::domain::ledger::difference::{DifferenceKind, Resolution};
use xueshi::domain::ledger::entry::{Entry, EntryKind};
use xueshi::domain::ledger::pending::{Pending, PendingOutcome};
use xueshi::domain::ledger::source_record::RecordState;

use super::history::{Says, Step, Told, is_feed, person_id, source_id};
use super::memory::Memory;
use super::results::keys_differ;

/// Whether a step meets a known fault.
pub fn meets_one(memory: &Memory, step: &Step) -> bool {
    waits_after_it_was_taken_back(memory, step)
        || says_again_what_was_recognised(memory, step)
        || says_anew_what_was_held_and_came_back(memory, step)
        || comes_again_after_a_decision(memory, step)
        || says_again_what_was_recognised_and_taken_back(memory, step)
        || withdraws_what_was_taken_back(memory, step)
        || waits_after_it_was_refused(memory, step)
        || posts_anew_what_was_taken_back(memory, step)
        || compares_what_was_posted_anew(memory, step)
        || moves_what_was_taken_back(memory, step)
        || corrects_what_is_held_of_nobody_known(memory, step)
        || replaces_what_waits_or_is_the_same(memory, step)
        || posts_for_another_person(memory, step)
        || posts_twice_what_was_missing(memory, step)
        || cannot_be_read_where_only_entries_tell(memory, step)
}

type Key<'k> = (SourceId, &'k str);

fn last_entry<'m>(
    memory: &'m Memory,
    person: PersonId,
    (source, key): Key<'_>,
) -> Option<&'m Entry> {
    let mut entries = memory.entries.get(&person)?.iter().rev();
    entries.find(|entry| entry.source == source && &*entry.ext_key == key)
}

/// Whether a reviewer took the last entry of a record of a person back.
fn was_taken_back(memory: &Memory, person: PersonId, key: Key<'_>) -> bool {
    let last = last_entry(memory, person, key);
    last.is_some_and(|last| last.kind == EntryKind::Reversal && last.is_by_reviewer())
}

/// Whether a reviewer refused a record of a person, and nothing stood since.
fn was_refused(memory: &Memory, person: PersonId, key: Key<'_>) -> bool {
    let since = last_entry(memory, person, key).map(|entry| entry.recorded_at);
    memory.pendings.values().any(|row| {
        (row.person, row.source, &*row.ext_key) == (person, key.0, key.1)
            && row.decision.is_some()
            && row.closed.is_some_and(|(at, how)| {
                how == PendingOutcome::Rejected && since.is_none_or(|since| at > since)
            })
    })
}

/// Whether a step may have records compared.
const fn compares(step: &Step) -> bool {
    matches!(step, Step::Rows { .. } | Step::Withdraw { .. } | Step::Settle { .. })
}

/// Rows of a record that a reviewer recognised.
fn accepted<'m>(memory: &'m Memory, key: Key<'_>) -> impl Iterator<Item = &'m Pending> {
    let (source, key) = (key.0, Box::<str>::from(key.1));
    memory.pendings.values().filter(move |row| {
        (row.source, &row.ext_key) == (source, &key)
            && row.decision.is_some()
            && row.entry_seq.is_some()
    })
}

/// The hours of a record as they count, wait or are held.
fn contents(memory: &Memory, (source, key): Key<'_>) -> Vec<[u8; 32]> {
    let record = memory.records.get(&(source, key.into()));
    let held = record.filter(|one| one.state == RecordState::Held);
    let held = held.and_then(|one| Some(one.posting.as_ref()?.content_hash(one.person?)));
    let stands = memory.standing(source, key).map(|entry| entry.content_hash);
    let waits = memory.waiting(source, key).map(|row| row.content_hash);
    held.into_iter().chain(stands).chain(waits).collect()
}

/// The entry that took back what a reviewer made of a row.
fn end_of<'m>(memory: &'m Memory, row: &Pending) -> Option<&'m Entry> {
    memory
        .entries
        .get(&row.person)?
        .iter()
        .find(|entry| entry.kind == EntryKind::Reversal && entry.ref_seq == row.entry_seq)
}

/// The hours that a reviewer recognised, as they were said and as they were made.
fn recognised(memory: &Memory, row: &Pending) -> [[u8; 32]; 2] {
    let seq = row.entry_seq.and_then(|seq| usize::try_from(seq - 1).ok()).expect("an entry");
    [row.content_hash, memory.entries[&row.person][seq].content_hash]
}

/// A reviewer took an entry back, and its source says it anew, so that it waits. When next the person's
/// records are compared, the row is closed as held; where a reviewer refused it, it holds other records.
fn waits_after_it_was_taken_back(memory: &Memory, step: &Step) -> bool {
    let is_so = |row: &Pending| {
        let key = (row.source, &*row.ext_key);
        let last =
            last_entry(memory, row.person, key).filter(|last| last.recorded_at < row.known_at);
        last.is_some() && was_taken_back(memory, row.person, key)
    };
    compares(step) && memory.pendings.values().any(is_so)
}

/// A provider's row that was held once is posted anew after a reviewer refused it, and waits. When next the
/// person's records are compared, it is closed as withdrawn.
fn waits_after_it_was_refused(memory: &Memory, step: &Step) -> bool {
    let is_so = |row: &Pending| {
        let key = (row.source, &*row.ext_key);
        memory.records.contains_key(&(row.source, row.ext_key.clone()))
            && was_refused(memory, row.person, key)
            && !(0..5).any(|n| is_feed(n) && source_id(n) == row.source)
    };
    compares(step) && memory.all_waiting().any(is_so)
}

/// A reviewer recognised hours, which ended by their source's word or by a reviewer's, and their source says
/// them anew. When next the person's records are compared, what the reviewer made of them counts, also in
/// the place of what waits or counts.
fn says_again_what_was_recognised(memory: &Memory, step: &Step) -> bool {
    compares(step)
        && memory.pendings.values().any(|row| {
            let key = (row.source, &*row.ext_key);
            let is_own = |end: &Entry| {
                let of = memory.rows.get(&(end.batch, end.row_no));
                end.is_by_reviewer() || of.is_some_and(|of| (of.0, &*of.1) == key)
            };
            let is_over = || end_of(memory, row).is_some_and(is_own);
            let again = || {
                let recognised = recognised(memory, row);
                contents(memory, key).iter().any(|now| recognised.contains(now))
            };
            row.decision.is_some() && row.entry_seq.is_some() && is_over() && again()
        })
}

/// What a reviewer recognised was held for another record, and counts again; it is not known any more that
/// a reviewer recognised it, and ends where its source goes back to reviewing it.
fn says_anew_what_was_held_and_came_back(memory: &Memory, step: &Step) -> bool {
    let Step::Rows { source, rows } = step else { return false };
    let source = source_id(*source);
    rows.iter().filter_map(|row| row.key).any(|key| {
        let stands = memory.standing(source, key).map(|entry| entry.content_hash);
        let came_back = |row: &Pending| {
            let [_, made] = recognised(memory, row);
            stands == Some(made) && end_of(memory, row).is_some()
        };
        accepted(memory, (source, key)).any(came_back)
    })
}

/// The same within a batch, where a key comes again.
fn comes_again_after_a_decision(memory: &Memory, step: &Step) -> bool {
    let Step::Rows { source, rows } = step else { return false };
    let source = source_id(*source);
    let decided = |key: &str| {
        memory.people.keys().any(|person| was_taken_back(memory, *person, (source, key)))
            || accepted(memory, (source, key)).next().is_some()
    };
    !keys_differ(rows) && rows.iter().filter_map(|row| row.key).any(decided)
}

fn of_person(row: &Told) -> Option<(&'static str, PersonId)> {
    match row.says {
        Says::Hours(person, _) => Some((row.key?, person_id(person))),
        _ => None,
    }
}

/// A feed says anew, without recognising it, what a reviewer recognised and took back: it waits, or is held
/// where the person's records were compared in between.
fn says_again_what_was_recognised_and_taken_back(memory: &Memory, step: &Step) -> bool {
    let Step::Rows { source, rows } = step else { return false };
    let is_so = |(key, person): (&str, PersonId)| {
        let key = (source_id(*source), key);
        was_taken_back(memory, person, key) && accepted(memory, key).next().is_some()
    };
    is_feed(*source) && rows.iter().filter_map(of_person).any(is_so)
}

/// A provider withdraws what a reviewer took back: that is not remembered, and the decision goes on to hold
/// for other records of the event.
fn withdraws_what_was_taken_back(memory: &Memory, step: &Step) -> bool {
    let Step::Withdraw { source, key } = step else { return false };
    memory.people.keys().any(|person| was_taken_back(memory, *person, (source_id(*source), key)))
}

/// A provider posts anew what a reviewer took back; since the person's records were compared, it is taken
/// for held, and the same hours under a higher revision are replayed instead of posted.
fn posts_anew_what_was_taken_back(memory: &Memory, step: &Step) -> bool {
    let Step::Rows { source, rows } = step else { return false };
    let is_held = |(key, person): (&str, PersonId)| {
        let record = memory.records.get(&(source_id(*source), key.into()));
        record.is_some_and(|one| one.state == RecordState::Held)
            && was_taken_back(memory, person, (source_id(*source), key))
    };
    !is_feed(*source) && rows.iter().filter_map(of_person).any(is_held)
}

/// A provider posts anew what a reviewer refused or took back, and it is held for another record. When next
/// the person's records are compared, it is taken for what the decision was about.
fn compares_what_was_posted_anew(memory: &Memory, step: &Step) -> bool {
    compares(step)
        && memory.held().any(|one| {
            let Some(person) = one.person else { return false };
            let key = (one.source, &*one.key);
            let is_posted = !(0..5).any(|n| is_feed(n) && source_id(n) == one.source);
            is_posted
                && one.kept.is_some()
                && (was_taken_back(memory, person, key) || was_refused(memory, person, key))
        })
}

/// A record whose entry a reviewer took back is said to be another person's. When the first person's
/// account is looked at whole again, the record is taken for theirs, and written over the other's.
fn moves_what_was_taken_back(memory: &Memory, step: &Step) -> bool {
    let Step::Rows { source, rows } = step else { return false };
    rows.iter().filter_map(of_person).any(|(key, person)| {
        let mut others = memory.people.keys().filter(|other| **other != person);
        others.any(|other| was_taken_back(memory, *other, (source_id(*source), key)))
    })
}

/// A provider's row that was held is said to be of somebody who has no entry, and then corrected: nothing
/// is looked up of whoever has no entry, and the record stays as it was.
fn corrects_what_is_held_of_nobody_known(memory: &Memory, step: &Step) -> bool {
    let Step::Rows { source, rows } = step else { return false };
    let has_no_entry = |key: &str| {
        let record = memory.records.get(&(source_id(*source), key.into()));
        let owner = record.and_then(|record| record.person);
        owner.is_some_and(|owner| !memory.entries.contains_key(&owner))
    };
    !is_feed(*source) && rows.iter().filter_map(|row| row.key).any(has_no_entry)
}

/// Of a record that waits, a reviewer takes what a listing says of it: that counts, and the row waits on.
/// Of one that is listed with the same hours, for another person, what stands is taken back and put again,
/// and that the source states it so is not written.
fn replaces_what_waits_or_is_the_same(memory: &Memory, step: &Step) -> bool {
    let Step::Settle { kind: DifferenceKind::Differs, source, key, resolution } = step else {
        return false;
    };
    let source = source_id(*source);
    let record = memory.records.get(&(source, (*key).into()));
    let is_same = memory.differences.values().any(|one| {
        (one.kind, one.source, &*one.key) == (DifferenceKind::Differs, source, *key)
            && record.is_some_and(|record| record.posting == one.posting)
    });
    *resolution == Resolution::Replace && (is_same || memory.waiting(source, key).is_some())
}

/// A reviewer posts what was open about a record of one person, while it is another person's by now: what
/// was open stays open, and both count, or the one is written over the other.
fn posts_for_another_person(memory: &Memory, step: &Step) -> bool {
    let Step::Settle { kind, source, key, resolution } = step else { return false };
    let claim = memory.claims.get(&(source_id(*source), (*key).into()));
    let is_anothers = |claim: &Claim| {
        memory.differences.values().any(|one| {
            (one.kind, one.source, &*one.key) == (*kind, source_id(*source), *key)
                && one.closed.is_none()
                && one.person != Some(claim.person)
        })
    };
    *kind != DifferenceKind::Duplicate
        && matches!(resolution, Resolution::Post | Resolution::Replace)
        && claim.is_some_and(is_anothers)
}

/// A reviewer posts what a listing had, and once more what it has otherwise: the second is taken back and
/// the first put again.
fn posts_twice_what_was_missing(memory: &Memory, step: &Step) -> bool {
    let Step::Settle { kind: DifferenceKind::MissingHere, source, key, resolution } = step else {
        return false;
    };
    *resolution == Resolution::Post && memory.standing(source_id(*source), key).is_some()
}

/// A feed says what cannot be read under a key that a reviewer posted, because a listing had it: what is
/// remembered of that is nobody's, and is written over when the person is next looked at.
fn cannot_be_read_where_only_entries_tell(memory: &Memory, step: &Step) -> bool {
    let Step::Rows { source, rows } = step else { return false };
    let is_readable = |row: &&Told| matches!(row.says, Says::Hours(..) | Says::KeyOnly);
    let only_entries_tell = |key: &str| {
        let key = (source_id(*source), key);
        let has_entries = |person| last_entry(memory, person, key).is_some();
        let is_stated = memory.records.contains_key(&(key.0, key.1.into()));
        !is_stated && memory.people.keys().copied().any(has_entries)
    };
    let unreadable = rows.iter().filter(|row| !is_readable(row));
    is_feed(*source) && unreadable.filter_map(|row| row.key).any(only_entries_tell)
}
