//! What is true of a ledger after every step, whatever happened: the rules of `xueshi verify`, and that
//! nothing is twice.

use std::collections::BTreeSet;

use xueshi::domain::hours::Hours;
use xueshi::domain::ids::PersonId;
use xueshi::domain::ledger::account::RecordKey;
use xueshi::domain::ledger::chain;
use xueshi::domain::ledger::difference::DifferenceKind;
use xueshi::domain::ledger::entry::{Entry, EntryKind};
use xueshi::domain::ledger::pending::Pending;
use xueshi::domain::ledger::source_record::{RecordState, SourceRecord};

use super::memory::Memory;

macro_rules! must {
    ($holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err(format!($($why)+));
        }
    };
}
pub(crate) use must;

/// Everything that has to be true of a ledger.
pub fn hold(memory: &Memory) -> Result<(), String> {
    chains_verify(memory)?;
    records_are_in_the_ledger(memory)?;
    keys_say_what_rows_say(memory)?;
    nothing_is_twice(memory)?;
    what_is_held_points_to_what_is_kept(memory)
}

fn chains_verify(memory: &Memory) -> Result<(), String> {
    for (person, entries) in &memory.entries {
        let mut hash = chain::GENESIS;
        for (seq, entry) in (1..).zip(entries) {
            must!(entry.person == *person && entry.seq == seq, "out of its place: {entry:?}");
            hash = chain::link(&hash, entry);
            must!(entry.hash == hash, "the chain breaks at {entry:?}");
            if entry.kind == EntryKind::Reversal {
                let original = entries.iter().find(|other| Some(other.seq) == entry.ref_seq);
                let original = original.ok_or("takes back what is not there")?;
                let sum = original.posting.hours + entry.posting.hours;
                must!(sum == Hours::ZERO, "takes back other hours than {original:?}");
                must!(original.content_hash == entry.content_hash, "of another content: {entry:?}");
            } else {
                let said = entry.posting.content_hash(*person);
                must!(said == entry.content_hash, "not the hash of what it says: {entry:?}");
            }
        }
    }
    Ok(())
}

fn own(one: &SourceRecord, source: xueshi::domain::ids::SourceId, key: &str) -> bool {
    one.source == source && &*one.key == key
}

/// As `verify_stated`.
fn records_are_in_the_ledger(memory: &Memory) -> Result<(), String> {
    for one in memory.records.values() {
        let Some(person) = one.person else {
            must!(one.state == RecordState::Nothing, "nobody's, and not nothing: {one:?}");
            continue;
        };
        let entries = memory.entries.get(&person).map(Vec::as_slice).unwrap_or_default();
        let last = entries.iter().rev().find(|entry| own(one, entry.source, &entry.ext_key));
        let is_decided = last.is_some_and(Entry::is_by_reviewer);
        let stands = last.filter(|entry| entry.kind != EntryKind::Reversal);
        let rows = memory.pendings.values();
        let rows: Vec<&Pending> =
            rows.filter(|row| row.person == person && own(one, row.source, &row.ext_key)).collect();
        let was_ruled = rows.iter().any(|row| row.decision.is_some());
        let right = match one.state {
            RecordState::Posted => {
                let said = one.posting.as_ref().map(|posting| posting.content_hash(person));
                let same = stands.is_some_and(|entry| Some(entry.content_hash) == said);
                same || is_decided || (stands.is_some() && was_ruled)
            }
            RecordState::Waiting => {
                stands.is_none() && rows.iter().any(|row| row.closed.is_none()) || was_ruled
            }
            RecordState::Nothing | RecordState::Held => stands.is_none() || is_decided || was_ruled,
        };
        must!(right, "the ledger is not as the record says: {one:?}");
    }
    Ok(())
}

/// As `verify_key`: of keys that no feed states.
fn keys_say_what_rows_say(memory: &Memory) -> Result<(), String> {
    let keyed = |e: &&Entry| matches!(e.kind, EntryKind::Credit | EntryKind::Replacement);
    let entries = memory.entries.values().flatten().filter(keyed);
    let entries =
        entries.map(|e| ((e.source, e.ext_key.clone()), e.revision, e.content_hash, e.person));
    let rows = memory.pendings.values();
    let rows = rows.map(|r| ((r.source, r.ext_key.clone()), r.revision, r.content_hash, r.person));
    let said: Vec<(RecordKey, i32, [u8; 32], PersonId)> = entries.chain(rows).collect();
    let mut proved: BTreeSet<&RecordKey> = BTreeSet::new();
    for (key, revision, content, person) in &said {
        let Some(claim) = memory.claims.get(key) else {
            return Err(format!("rows under a key that nobody claimed: {key:?}"));
        };
        let is_stated = memory.records.contains_key(key);
        must!(is_stated || claim.revision >= *revision, "beyond its claim: {key:?} r{revision}");
        if (claim.person, claim.content_hash) == (*person, *content) {
            proved.insert(key);
        }
    }
    for key in memory.claims.keys().filter(|key| !memory.records.contains_key(*key)) {
        must!(proved.contains(key), "no row says what {key:?} was claimed for");
    }
    Ok(())
}

fn nothing_is_twice(memory: &Memory) -> Result<(), String> {
    let mut there: BTreeSet<(RecordKey, &str)> = BTreeSet::new();
    for entry in memory.all_standing().filter(|entry| entry.kind != EntryKind::Adjustment) {
        let key = (entry.source, entry.ext_key.clone());
        must!(there.insert((key, "stands")), "a second entry of a key stands: {entry:?}");
        let claim = &memory.claims[&(entry.source, entry.ext_key.clone())];
        must!(claim.person == entry.person, "the key is another person's: {entry:?}");
    }
    for row in memory.all_waiting() {
        let key = (row.source, row.ext_key.clone());
        must!(!there.contains(&(key.clone(), "stands")), "counts and waits: {row:?}");
        must!(there.insert((key, "waits")), "a second row of a key waits: {row:?}");
    }
    Ok(())
}

fn what_is_held_points_to_what_is_kept(memory: &Memory) -> Result<(), String> {
    for one in memory.records.values().filter(|one| one.kept.is_some()) {
        must!(one.state == RecordState::Held, "not held, and yet for another one: {one:?}");
    }
    for one in memory.held() {
        let there = memory.standing(one.source, &one.key).is_some();
        let waits = memory.waiting(one.source, &one.key).is_some();
        must!(!there && !waits, "held, and counts or waits: {one:?}");
        let Some(kept) = &one.kept else { continue };
        must!(kept.source != one.source, "held for one of its own source: {one:?}");
        let entries = one.person.and_then(|person| memory.entries.get(&person));
        let had_entry = entries.is_some_and(|entries| {
            entries.iter().any(|entry| entry.source == kept.source && entry.ext_key == kept.key)
        });
        must!(had_entry, "held for what never counted: {one:?}");
    }
    let open = memory.differences.values().filter(|one| one.closed.is_none());
    for one in open.filter(|one| one.kind == DifferenceKind::Duplicate) {
        let own = (one.source, one.key.clone());
        let other = one.other.clone().ok_or("a duplicate of nothing")?;
        let kept_for = |held: &RecordKey| {
            let kept = memory.records.get(held).and_then(|held| held.kept.as_ref());
            kept.map(|kept| (kept.source, kept.key.clone()))
        };
        // Of equal ranks, the other one may be held by now.
        let holds = kept_for(&own) == Some(other.clone()) || kept_for(&other) == Some(own);
        must!(holds, "an open difference about what is not so: {one:?}");
    }
    Ok(())
}
