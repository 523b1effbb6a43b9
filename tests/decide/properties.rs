//! What is true of every history.

use std::collections::{BTreeMap, BTreeSet};

use xueshi::domain::category::Category;
use xueshi::domain::ids::{PersonId, SourceId};
use xueshi::domain::ledger::change_set::ChangeSet;
use xueshi::domain::ledger::decide::RowResult;
use xueshi::domain::ledger::difference::{DifferenceKind, Resolution, subject};
use xueshi::domain::ledger::entry::{Entry, EntryKind};
use xueshi::domain::ledger::likeness::{Event, alike};
use xueshi::domain::ledger::outcome::Outcome;
use xueshi::domain::ledger::source_record::RecordState;
use xueshi::domain::year::Year;

use super::draw::Wishes;
use super::history::{Says, Step, Told, person_id, source_id};
use super::memory::Memory;
use super::results::keys_differ;
use super::rules::must;
use super::{Move, follow, randomly};

#[test]
fn whatever_happens_the_ledger_proves_itself() {
    let long = Wishes { steps: 30, ..Wishes::EVERYTHING };
    randomly(200, long, |history| follow(history, |_| Ok(())));
}

#[test]
fn hours_change_only_by_what_the_results_name() {
    randomly(600, Wishes::EVERYTHING, |history| {
        follow(history, |at| {
            sums_are_those_of_what_stands(at)?;
            nothing_is_taken_back_and_put_again(at)?;
            entries_are_of_what_was_named(at)
        })
    });
}

type Sums = BTreeMap<(PersonId, Year, Category), i64>;

fn sums<'e>(entries: impl Iterator<Item = &'e Entry>) -> Sums {
    let mut sums = Sums::new();
    for Entry { person, posting, .. } in entries {
        let sum = sums.entry((*person, posting.year, posting.category)).or_default();
        *sum += posting.hours.hundredths();
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

fn sums_are_those_of_what_stands(at: &Move<'_>) -> Result<(), String> {
    let (before, after) = (sums(at.before.all_standing()), sums(at.after.all_standing()));
    let mut changed = before;
    for (cell, hours) in sums(at.done.changes.entries.iter()) {
        *changed.entry(cell).or_default() += hours;
    }
    changed.retain(|_, sum| *sum != 0);
    must!(changed == after, "other hours stand: {changed:?} {after:?}");
    Ok(())
}

fn nothing_is_taken_back_and_put_again(at: &Move<'_>) -> Result<(), String> {
    // Of a key that comes again, each row is followed.
    if matches!(at.step, Step::Rows { rows, .. } if !keys_differ(rows)) {
        return Ok(());
    }
    let mut back = BTreeSet::new();
    for entry in &at.done.changes.entries {
        let what = (entry.person, entry.source, &entry.ext_key, entry.content_hash);
        if entry.kind == EntryKind::Reversal {
            back.insert(what);
        } else {
            must!(!back.contains(&what), "taken back and put again: {entry:?}");
        }
    }
    Ok(())
}

/// The entries of a step are of what it is about, or of records that are held from now on or no more.
fn entries_are_of_what_was_named(at: &Move<'_>) -> Result<(), String> {
    let entries = &at.done.changes.entries;
    let named: BTreeSet<(SourceId, &str)> = match at.step {
        Step::Rows { source, rows } => {
            rows.iter().filter_map(|row| Some((source_id(*source), row.key?))).collect()
        }
        Step::Withdraw { source, key }
        | Step::Rule { source, key, .. }
        | Step::Reverse { source, key }
        | Step::Settle { source, key, .. } => [(source_id(*source), *key)].into(),
        Step::Adjust { .. } | Step::ReverseAdjustment { .. } => [(SourceId::NONE, "")].into(),
        Step::Listed { .. } | Step::Empower { .. } => BTreeSet::new(),
    };
    // What is kept in the place of another record is taken back with a word about that one.
    let other = |entry: &Entry| match at.step {
        Step::Settle { kind: DifferenceKind::Duplicate, .. } => {
            at.done.changes.closed_differences.iter().any(|one| {
                let one = &at.before.differences[&(one.person, one.difference)];
                one.other == Some((entry.source, entry.ext_key.clone()))
            })
        }
        _ => false,
    };
    for entry in entries {
        if named.contains(&(entry.source, &*entry.ext_key)) || other(entry) {
            continue;
        }
        let of = if entry.kind == EntryKind::Reversal { at.after } else { at.before };
        let record = of.records.get(&(entry.source, entry.ext_key.clone()));
        // Between two rows of one key it may have been held, or let count.
        let again = matches!(at.step, Step::Rows { rows, .. } if !keys_differ(rows));
        let held = record.is_some_and(|one| one.state == RecordState::Held);
        must!(held || again, "an entry of what nothing was said of: {entry:?}");
    }
    let Step::Rows { source, rows } = at.step else { return Ok(()) };
    let mut may: BTreeSet<PersonId> = BTreeSet::new();
    for (row, result) in rows.iter().zip(&at.done.results) {
        // What is replayed may have the person's records compared: a higher revision of the same hours.
        let Some(key) = row.key.filter(|_| result.outcome != Outcome::Conflict) else { continue };
        let key = (source_id(*source), key.into());
        may.extend(result.person);
        may.extend(at.before.claims.get(&key).map(|claim| claim.person));
        may.extend(at.before.records.get(&key).and_then(|record| record.person));
        // Whom an earlier row of the same key named.
        may.extend(rows.iter().filter(|other| other.key == row.key).filter_map(whose));
    }
    for entry in entries {
        must!(may.contains(&entry.person), "hours of somebody who is not named: {entry:?}");
    }
    Ok(())
}

fn whose(row: &Told) -> Option<PersonId> {
    match row.says {
        Says::Hours(person, _) => Some(person_id(person)),
        _ => None,
    }
}

#[test]
fn an_event_is_never_counted_twice() {
    randomly(800, Wishes { persons: 2, ..Wishes::EVERYTHING }, |history| {
        follow(history, |at| {
            let mut people = at.done.compared.iter();
            people.try_for_each(|person| certain_ones_stand_alone(at.after, *person))
        })
    });
}

/// Of two records of one event by two sources at most one stands, unless a reviewer said that they are two,
/// or one of them stands for another record of the other one's source.
fn certain_ones_stand_alone(memory: &Memory, person: PersonId) -> Result<(), String> {
    let all = memory.all_standing();
    let own = all.filter(|entry| entry.person == person && entry.kind != EntryKind::Adjustment);
    let events: Vec<Event<'_>> = own.map(|entry| event(memory, entry)).collect();
    let stands_for = |kept: &Event<'_>, source: SourceId| {
        memory.held().filter(|held| held.source == source).any(|held| {
            let by = held.kept.as_ref().map(|kept| (kept.source, &*kept.key));
            by == Some((kept.source, kept.key))
        })
    };
    for (n, one) in events.iter().enumerate() {
        for other in events.iter().skip(n + 1) {
            let certain = alike(one, other).is_some_and(|likeness| likeness.certain);
            let right = !certain
                || are_two(memory, person, one, other)
                || stands_for(one, other.source)
                || stands_for(other, one.source);
            must!(right, "one event counts twice: {one:?} {other:?}");
        }
    }
    Ok(())
}

fn event<'m>(memory: &'m Memory, entry: &'m Entry) -> Event<'m> {
    let record = memory.records.get(&(entry.source, entry.ext_key.clone()));
    Event {
        source: entry.source,
        rank: memory.sources[&entry.source].rank,
        since: 0,
        key: &entry.ext_key,
        posting: &entry.posting,
        started_on: record.and_then(|record| record.started_on),
    }
}

/// Whether a reviewer said so of the two as they are.
fn are_two(memory: &Memory, person: PersonId, one: &Event<'_>, other: &Event<'_>) -> bool {
    let side = |event: &Event<'_>| event.posting.content_hash(person);
    let sides = [(one.source, one.key, side(one)), (other.source, other.key, side(other))];
    let about = subject(DifferenceKind::Duplicate, &sides, "");
    memory.differences_of(person).iter().any(|found| {
        let settled = found.closed.map(|(_, how)| how);
        found.subject == about && matches!(settled, Some(Resolution::Post | Resolution::Replace))
    })
}

#[test]
fn the_same_rows_twice_change_nothing() {
    randomly(600, Wishes::EVERYTHING, |history| {
        follow(history, |at| {
            let Step::Rows { rows, .. } = at.step else { return Ok(()) };
            if !keys_differ(rows) {
                return Ok(());
            }
            let mut memory = at.after.clone();
            let again = memory.play(at.step)?;
            // That it was seen is noted, and who is still a stranger is forgotten again.
            let noted = (BTreeMap::new(), Vec::new());
            let changes = ChangeSet { seen: noted.0, strangers: noted.1, ..again.changes };
            must!(changes == ChangeSet::default(), "something changes: {changes:?}");
            for ((row, first), second) in rows.iter().zip(&at.done.results).zip(&again.results) {
                let code = |row: &RowResult| row.problems.first().map(|one| one.message.code);
                let told_again = (second.outcome, code(second)) == (first.outcome, code(first));
                let is_known = second.outcome == Outcome::Replayed;
                let right = match first.outcome {
                    Outcome::Conflict => told_again,
                    // Of a wrong row the key is not used: a provider is told again, a feed once.
                    Outcome::Rejected | Outcome::Held | Outcome::Quarantined => {
                        told_again || is_known
                    }
                    _ => is_known,
                };
                must!(right, "{row}\nfirst {first:?}\nthen {second:?}");
            }
            Ok(())
        })
    });
}

#[test]
fn a_smaller_load_decides_the_same() {
    randomly(600, Wishes::EVERYTHING, |history| {
        follow(history, |at| {
            let mut whole = at.before.clone();
            whole.loads_whole = true;
            let done = whole.play(at.step)?;
            must!(
                done.results == at.done.results,
                "{:?}\nwhole: {:?}",
                at.done.results,
                done.results
            );
            must!(whole.entries == at.after.entries, "other entries: {:?}", done.changes.entries);
            must!(
                whole.pendings == at.after.pendings,
                "other rows wait: {:?}",
                done.changes.pendings
            );
            must!(
                whole.claims == at.after.claims,
                "other claims: {:?}",
                done.changes.changed_claims
            );
            Ok(())
        })
    });
}
