//! Random logs of operations: what a small model says, and the same chains on both engines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};

use xueshi::app::compliance::findings;
use xueshi::app::posting::{Mode, Poster};
use xueshi::app::reviews::Ruling;
use xueshi::app::service::Failure;
use xueshi::domain::category::Category;
use xueshi::domain::ids::PersonId;
use xueshi::domain::ledger::outcome::Outcome;
use xueshi::domain::record::Status;
use xueshi::domain::timestamp::Timestamp;
use xueshi::store::ledger::category_number;

use super::model::{Model, RECOGNISES, Said};
use super::{Ledger, reviewer, row_of};
use crate::support::engines::{Database, Engine, repeatable};
use crate::support::{Dice, long, seed};

const PEOPLE: usize = 6;
const KEYS: usize = 14;
const STEPS: usize = 150;

/// A ledger, the model of it, and who the made-up people are there.
struct Both<'l> {
    ledger: &'l Ledger,
    sources: [Poster; 3],
    model: Model,
    people: BTreeMap<usize, PersonId>,
    outcomes: Vec<Outcome>,
}

/// The end of a person's chain, and all that a later answer rests on.
type End = (PersonId, i64, String, Vec<(i16, i16, i64, i64, i64)>);

impl Both<'_> {
    fn post(&mut self, dice: &Dice) {
        let source = dice.below(3);
        let count = *dice.pick(&[1, 1, 1, 2, 5, 12]);
        let rows: Vec<(String, i32, Said)> = (0..count).map(|_| random_row(dice)).collect();
        let atomic = count > 1 && dice.below(3) == 0;
        let mut after = self.model.clone();
        let mut expected: Vec<Outcome> = rows
            .iter()
            .map(|(key, revision, said)| after.post(source, key, *revision, *said))
            .collect();
        if atomic && !expected.iter().all(|outcome| outcome.is_success()) {
            let aborted = |outcome: &mut Outcome| {
                if outcome.is_success() {
                    *outcome = Outcome::Aborted;
                }
            };
            expected.iter_mut().for_each(aborted);
        } else {
            self.model = after;
        }
        let poster = &self.sources[source];
        let json: Vec<String> = rows.iter().map(|(key, rev, said)| json(key, *rev, said)).collect();
        let taken = if count == 1 {
            vec![self.ledger.post(poster, &json[0])]
        } else {
            let mode = if atomic { Mode::Atomic } else { Mode::Continue };
            self.ledger.batch(poster, &json, mode).1
        };
        let outcomes: Vec<Outcome> = taken.iter().map(|row| row.outcome).collect();
        assert_eq!(outcomes, expected, "{json:#?}");
        for (taken, (_, _, said)) in taken.iter().zip(&rows) {
            if let Some(person) = taken.person {
                assert_eq!(*self.people.entry(said.person).or_insert(person), person);
            }
        }
        self.outcomes.extend(outcomes);
    }

    fn take_back(&mut self, dice: &Dice) {
        let (source, key) = (dice.below(3), random_key(dice));
        let expected = self.model.take_back(source, &key).ok_or(Failure::Absent);
        let taken = self.ledger.take_back(&self.sources[source], &key);
        assert_eq!(taken.map(|taken| taken.outcome), expected, "{source} {key}");
    }

    fn rule(&mut self, dice: &Dice) {
        let waiting = self.model.waiting();
        if waiting.is_empty() {
            return;
        }
        let (source, key, said) = dice.pick(&waiting);
        let person = self.people[&said.person];
        let rows = self.ledger.pendings(person);
        let id = self.sources[*source].source.id();
        let mut open = rows
            .iter()
            .filter(|row| row.closed.is_none() && row.source == id && *row.ext_key == **key);
        let row = open.next().expect("it waits in the ledger too");
        assert!(open.next().is_none(), "one row of a key waits");
        let (ruling, category) = match dice.below(4) {
            0 => (Ruling::Reject, None),
            1 => {
                let category = dice.below(4);
                (Ruling::Recategorise(Category::ALL[category]), Some(category))
            }
            _ => (Ruling::Recognise, Some(said.category)),
        };
        self.model.rule(*source, key, category);
        let place = (person, row.batch, row.row_no);
        let by = reviewer("reviewer", "331100");
        let service = &self.ledger.service;
        self.ledger.wait(service.rule(by, place, ruling, "seen".to_owned())).expect("a decision");
    }

    /// Balances, chain lengths, rows that wait, and what a verdict would be given.
    fn compare(&self) {
        let expected = self.model.balances();
        let store = &self.ledger.service.store;
        let directory = self.ledger.service.directory_waiting().unwrap();
        for (n, person) in &self.people {
            let rows = store.read_waiting(|tx| tx.balances(*person)).unwrap();
            let own = |category: usize, year| expected.get(&(*n, year, category)).copied();
            for row in &rows {
                let category = usize::try_from(row.category).unwrap();
                assert_eq!(row.hours, own(category, row.year).unwrap_or_default(), "person {n}");
            }
            let sum: i64 = rows.iter().map(|row| row.hours).sum();
            let all = expected.iter().filter(|((person, ..), _)| person == n);
            assert_eq!(sum, all.map(|(_, hours)| hours).sum::<i64>(), "person {n}");
            let heads = store.read_waiting(|tx| tx.heads(&[*person])).unwrap();
            let length = heads.get(person).map_or(0, |head| head.seq);
            assert_eq!(length, self.model.entries(*n), "person {n}");
            let known = store.read_waiting(|tx| tx.person(*person)).unwrap().unwrap().0;
            let at = known.known_at;
            let found = store
                .read_waiting(|tx| findings::gather(tx, &directory, &[(known, at)]))
                .unwrap()
                .remove(&(*person, at))
                .unwrap();
            let of = |status| -> i64 {
                let own = found.records.iter().filter(|record| record.status == status);
                own.map(|record| record.hours.hundredths()).sum()
            };
            assert_eq!(of(Status::Confirmed), sum, "person {n}");
            let waits = self.model.waiting();
            let waits = waits.iter().filter(|(_, _, said)| said.person == *n);
            assert_eq!(of(Status::Pending), waits.map(|(_, _, said)| said.hours).sum::<i64>());
        }
    }

    fn ends(&self) -> Vec<End> {
        let end = |person: &PersonId| {
            let store = &self.ledger.service.store;
            let head = store.read_waiting(|tx| tx.heads(&[*person])).unwrap().remove(person);
            let rows = store.read_waiting(|tx| tx.balances(*person)).unwrap();
            let rows =
                rows.iter().map(|b| (b.year, b.category, b.hours, b.n, b.last_seq)).collect();
            let (seq, hash) = head.map_or((0, String::new()), |h| (h.seq, hex::encode(h.hash)));
            (*person, seq, hash, rows)
        };
        self.people.values().map(end).collect()
    }
}

fn random_key(dice: &Dice) -> String {
    format!("k{}", dice.below(KEYS))
}

fn random_row(dice: &Dice) -> (String, i32, Said) {
    let key = dice.below(KEYS);
    let revision = 1 + dice.below(12);
    // Half of the time a key says with a revision what it always says with it: a replay.
    let usual = Dice::new(u64::try_from(key * 100 + revision).unwrap());
    let dice = if dice.below(2) == 0 { dice } else { &usual };
    let said = Said {
        person: dice.below(PEOPLE),
        year: *dice.pick(&[2023, 2024]),
        category: dice.below(4),
        hours: *dice.pick(&[50, 100, 850]),
    };
    (format!("k{key}"), i32::try_from(revision).unwrap(), said)
}

fn json(key: &str, revision: i32, said: &Said) -> String {
    let category = Category::ALL[said.category];
    assert_eq!(usize::try_from(category_number(category)), Ok(said.category));
    let hours = format!("{}.{:02}", said.hours / 100, said.hours % 100);
    row_of(said.person, key, revision, said.year, category.name(), &hours)
}

/// Runs a log on a ledger; compares with the model as it goes.
fn run(ledger: &Ledger, instant: &AtomicI64, seed: u64) -> (Vec<Outcome>, Vec<End>) {
    let third = ledger.source(13, "county-desk", "331102", RECOGNISES[2]);
    let sources = [ledger.trusted.clone(), ledger.waiting.clone(), third];
    let mut both = Both {
        ledger,
        sources,
        model: Model::default(),
        people: BTreeMap::new(),
        outcomes: Vec::new(),
    };
    let dice = Dice::new(seed);
    let start = instant.load(Ordering::Relaxed);
    for step in 0..STEPS {
        // On and back within a day: stamps rise all the same.
        let moved = i64::try_from(dice.below(86_400_000_000)).unwrap();
        instant.store(start + moved, Ordering::Relaxed);
        match dice.below(10) {
            0 | 1 => both.take_back(&dice),
            2 | 3 => both.rule(&dice),
            _ => both.post(&dice),
        }
        if step % 25 == 0 {
            both.compare();
        }
    }
    both.compare();
    ledger.prove();
    (both.outcomes.clone(), both.ends())
}

#[test]
fn random_logs_do_what_a_small_model_says_and_give_the_same_chains_on_both_engines() {
    let first = seed();
    let logs = if long() { 60 } else { 3 };
    let mut seen = BTreeSet::new();
    for seed in (0..logs).map(|n| first.wrapping_add(n)) {
        println!("log {seed}");
        let (around, instant) = repeatable(seed);
        let ledger = Ledger::new(Database::new(Engine::Sqlite), around);
        let (outcomes, ends) = run(&ledger, instant, seed);
        let other = Database::new(Engine::Postgres);
        other.share_keys(&ledger.database);
        let (around, instant) = repeatable(seed);
        let other = Ledger::new(other, around);
        let (other_outcomes, other_ends) = run(&other, instant, seed);
        assert_eq!(outcomes, other_outcomes);
        assert_eq!(ends, other_ends, "the same numbers, hashes and balances");
        assert!(ends.iter().all(|(_, seq, hash, _)| *seq > 0 && hash.len() == 64), "{ends:?}");
        seen.extend(outcomes);
    }
    for outcome in [Outcome::Posted, Outcome::Replayed, Outcome::Corrected, Outcome::Pending] {
        assert!(seen.contains(&outcome), "{outcome:?}");
    }
}

#[test]
fn another_log_gives_other_chains() {
    let heads = |seed| {
        let ledger = Ledger::new(Database::new(Engine::Sqlite), repeatable(seed).0);
        ledger.post(&ledger.trusted, &row_of(1, "a", 1, 2024, "general", "8"));
        let person = ledger.service.store.read_waiting(|tx| tx.people_with_entries(None, 1));
        let person = person.unwrap()[0];
        let entries = ledger.entries(person);
        let begun: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        assert_eq!(entries[0].recorded_at, begun.next(), "the clock stands");
        entries[0].hash
    };
    assert_eq!(heads(1), heads(1));
    assert_ne!(heads(1), heads(2));
}
