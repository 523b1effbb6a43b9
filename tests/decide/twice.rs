//! The engine against the naive ledger, after each step of random histories.

use std::collections::BTreeMap;

use xueshi::domain::ids::{PersonId, SourceId};
use xueshi::domain::ledger::account::RecordKey;
use xueshi::domain::ledger::entry::EntryKind;

use super::draw::{RANKED, Wishes};
use super::history::{BUREAU, REGISTRY, SCHOOL, SITE, Step};
use super::memory::Memory;
use super::naive::{self, Deed, Key, Picture};
use super::rules::must;
use super::{Move, follow, randomly};

const WISHES: Wishes =
    Wishes { sources: RANKED, listings: false, clashes: false, ..Wishes::EVERYTHING };

#[test]
fn a_naive_ledger_comes_to_the_same() {
    randomly(600, WISHES, comes_to_the_same);
}

/// Of equal ranks, the record that is known longer is kept.
#[test]
#[ignore = "where feeds share a rank the two still differ"]
fn a_naive_ledger_comes_to_the_same_where_feeds_share_a_rank() {
    const SHARED: &[usize] = &[REGISTRY, BUREAU, SITE, SCHOOL];
    randomly(300, Wishes { sources: SHARED, persons: 1, ..WISHES }, comes_to_the_same);
}

fn comes_to_the_same(history: &[Step]) -> Result<(), String> {
    let mut deeds: Vec<Deed> = Vec::new();
    follow(history, |at| {
        deeds.extend(deed(at));
        let (engine, naive) = (picture(at.after), naive::picture(&deeds));
        must!(engine == naive, "the engine has {engine:#?}\nand the naive ledger {naive:#?}");
        Ok(())
    })
}

/// What was done; of a settlement, which difference it was about.
fn deed(at: &Move<'_>) -> Option<Deed> {
    let Step::Settle { kind, source, key, resolution } = at.step else {
        return Some(Deed::Step(at.step.clone()));
    };
    let settled = at.done.changes.closed_differences.iter().find(|one| one.decision.is_some())?;
    let one = &at.before.differences[&(settled.person, settled.difference)];
    let other = one.other.as_ref().map(|(source, key)| key_of(*source, key));
    Some(Deed::Settle {
        kind: *kind,
        person: person(settled.person?),
        record: (*source, *key),
        other,
        about: one.subject,
        how: *resolution,
    })
}

fn person(id: PersonId) -> usize {
    usize::try_from(id.get() - 1).expect("a person")
}

fn key_of(source: SourceId, key: &str) -> Key {
    let known = ["a", "b", "c", "d"].into_iter().find(|known| *known == key);
    let place = usize::try_from(source.get() - 11).expect("a source");
    (place, known.expect("a key of the pool"))
}

fn picture(memory: &Memory) -> Picture {
    let keyed = |entry: &&_| {
        let entry: &xueshi::domain::ledger::entry::Entry = entry;
        entry.kind != EntryKind::Adjustment
    };
    let counts = memory.all_standing().filter(keyed).map(|entry| {
        (key_of(entry.source, &entry.ext_key), naive::said(person(entry.person), &entry.posting))
    });
    let waits = memory.all_waiting().map(|row| {
        (key_of(row.source, &row.ext_key), naive::said(person(row.person), &row.posting))
    });
    let held: BTreeMap<RecordKey, RecordKey> = memory
        .held()
        .filter_map(|one| {
            let kept = one.kept.as_ref()?;
            Some(((one.source, one.key.clone()), (kept.source, kept.key.clone())))
        })
        .collect();
    let held = held.iter().map(|(own, kept)| (key_of(own.0, &own.1), key_of(kept.0, &kept.1)));
    Picture { counts: counts.collect(), waits: waits.collect(), held: held.collect() }
}
