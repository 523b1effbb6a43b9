//! What feeds state: the newest statement of each record decides, and nothing else does.

use std::collections::BTreeMap;

use xueshi::app::posting::{Poster, RowResult};
use xueshi::app::reviews::Ruling;
use xueshi::app::service::Failure;
use xueshi::domain::ids::{BatchId, PersonId};
use xueshi::domain::ledger::difference::{Difference, DifferenceKind};
use xueshi::domain::ledger::entry::EntryKind;
use xueshi::domain::ledger::outcome::Refusal;
use xueshi::domain::ledger::outcome::{Outcome, RowProblem};
use xueshi::domain::ledger::pending::PendingOutcome;
use xueshi::domain::ledger::raw_row::RawRow;
use xueshi::domain::ledger::statement::RecognitionStatus::{
    self, Received, Recognised, Rejected, Reviewing, Withdrawn,
};
use xueshi::domain::ledger::statement::{Said, StatedRow};
use xueshi::domain::ledger::submitted;
use xueshi::domain::message::Message;
use xueshi::domain::node::Node;

use super::{Ledger, on_both, reviewer, row_of};
use crate::support::{Dice, seed};

/// A statement about the nth person.
pub fn says(
    n: usize,
    key: &str,
    version: i64,
    standing: RecognitionStatus,
    hours: &str,
) -> StatedRow {
    says_json(&row_of(n, key, 1, 2024, "professional", hours), version, standing)
}

pub fn says_json(json: &str, version: i64, standing: RecognitionStatus) -> StatedRow {
    let node: Node = serde_json::from_str(json).unwrap();
    let raw = RawRow::from_json(&node).unwrap();
    let today = "2026-03-01".parse().unwrap();
    let said = submitted::read(&raw, today).map_or_else(Said::Refused, Said::Record);
    StatedRow {
        row_no: 0,
        key: raw.key.as_deref().map(Into::into),
        version,
        standing,
        said,
        certificate: None,
        started_on: None,
        flags: Vec::new(),
        raw: json.as_bytes().to_vec(),
        mended: false,
    }
}

/// A voiding that names nothing but a key.
fn voids(key: &str, version: i64) -> StatedRow {
    let empty = says(1, key, version, Withdrawn, "1");
    StatedRow { said: Said::KeyOnly, raw: b"void".to_vec(), ..empty }
}

/// A statement of which nothing can be read.
fn unreadable(key: &str, version: i64, raw: &str) -> StatedRow {
    let problems = vec![RowProblem::at("hours", Message::new("hours_zero"))];
    let refusal = Refusal { outcome: Outcome::Rejected, problems, key: Some(key.into()) };
    let empty = says(1, key, version, Recognised, "1");
    StatedRow { said: Said::Refused(refusal), raw: raw.as_bytes().to_vec(), ..empty }
}

impl Ledger {
    /// Takes statements as one page, in a batch of its own.
    pub fn state(&self, poster: &Poster, rows: &[StatedRow]) -> Vec<RowResult> {
        self.state_in(poster, self.service.new_batch(), rows)
    }

    fn state_in(&self, poster: &Poster, batch: BatchId, rows: &[StatedRow]) -> Vec<RowResult> {
        let rows = (1..).zip(rows).map(|(row_no, row)| StatedRow { row_no, ..row.clone() });
        let along = |_: &mut xueshi::store::WriteTx<'_>, _: &[RowResult]| Ok(());
        let taken = self.service.record_stated(poster, batch, rows.collect(), along);
        taken.expect("outcomes")
    }

    pub fn state_one(&self, poster: &Poster, row: StatedRow) -> RowResult {
        self.state(poster, &[row]).remove(0)
    }

    pub fn differences(&self, person: PersonId) -> Vec<Difference> {
        let found = self.service.store.read_waiting(|tx| tx.differences_of(&[person], None));
        found.expect("differences").remove(&person).unwrap_or_default()
    }

    /// Hours that stand, in hundredths, by year and category.
    pub fn stands(&self, person: PersonId) -> BTreeMap<(i16, i16), i64> {
        let rows = self.service.store.read_waiting(|tx| tx.balances(person)).unwrap();
        let stands = rows.into_iter().filter(|row| row.hours != 0);
        stands.map(|row| ((row.year, row.category), row.hours)).collect()
    }

    fn waits(&self, person: PersonId) -> i64 {
        let open = self.pendings(person).into_iter().filter(|row| row.closed.is_none());
        open.map(|row| row.posting.hours.hundredths()).sum()
    }
}

fn code(taken: &RowResult) -> &str {
    taken.problems.first().map_or("", |problem| problem.message.code)
}

#[test]
fn every_standing_follows_every_other_one() {
    // What is there, what is said next, the outcome, the hours that stand, and those that wait.
    let table = [
        (None, Received, Outcome::Pending, 0, 800),
        (None, Reviewing, Outcome::Pending, 0, 800),
        (None, Recognised, Outcome::Posted, 800, 0),
        (None, Rejected, Outcome::Rejected, 0, 0),
        (None, Withdrawn, Outcome::Held, 0, 0),
        (Some(Received), Reviewing, Outcome::Replayed, 0, 800),
        (Some(Received), Recognised, Outcome::Posted, 800, 0),
        (Some(Received), Rejected, Outcome::Rejected, 0, 0),
        (Some(Received), Withdrawn, Outcome::Reversed, 0, 0),
        (Some(Recognised), Received, Outcome::Pending, 0, 800),
        (Some(Recognised), Rejected, Outcome::Reversed, 0, 0),
        (Some(Recognised), Withdrawn, Outcome::Reversed, 0, 0),
        (Some(Rejected), Reviewing, Outcome::Pending, 0, 800),
        (Some(Rejected), Recognised, Outcome::Posted, 800, 0),
        (Some(Rejected), Withdrawn, Outcome::Reversed, 0, 0),
        (Some(Withdrawn), Received, Outcome::Pending, 0, 800),
        (Some(Withdrawn), Recognised, Outcome::Posted, 800, 0),
        (Some(Withdrawn), Rejected, Outcome::Rejected, 0, 0),
    ];
    on_both(|ledger| {
        let feed = &ledger.trusted;
        for (n, (before, next, outcome, stands, waits)) in (1..).zip(table) {
            let key = format!("k-{n}");
            if let Some(before) = before {
                ledger.state_one(feed, says(n, &key, 1, before, "8"));
            }
            let taken = ledger.state_one(feed, says(n, &key, 2, next, "8"));
            let named = format!("{before:?} {next:?}");
            assert_eq!(taken.outcome, outcome, "{named}");
            let person = taken.person.expect("a person");
            assert_eq!(ledger.stands(person).values().sum::<i64>(), stands, "{named}");
            assert_eq!(ledger.waits(person), waits, "{named}");
            let again = ledger.state_one(feed, says(n, &key, 3, next, "8"));
            assert_eq!(again.outcome, Outcome::Replayed, "{named}");
            let older = ledger.state_one(feed, says(n, &key, 1, Recognised, "7"));
            assert_eq!(older.outcome, Outcome::Replayed, "{named}");
            let expected = match outcome {
                Outcome::Rejected => "feed_rejected",
                Outcome::Held => "void_without_original",
                _ => "",
            };
            assert_eq!(code(&taken), expected, "{named}");
        }
    });
}

#[test]
fn other_content_replaces_an_entry_and_a_waiting_row() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let first = ledger.state_one(feed, says(1, "a", 1, Recognised, "8"));
        let person = first.person.unwrap();
        let second = ledger.state_one(feed, says(1, "a", 2, Recognised, "6"));
        assert_eq!((second.outcome, second.entry_seq), (Outcome::Corrected, Some(3)));
        let last = ledger.entries(person).pop().unwrap();
        assert_eq!((last.kind, last.ref_seq), (EntryKind::Replacement, Some(1)));
        ledger.state_one(feed, says(1, "b", 1, Received, "3"));
        let corrected = ledger.state_one(feed, says(1, "b", 2, Recognised, "4"));
        assert_eq!(corrected.outcome, Outcome::Corrected);
        let closed: Vec<_> =
            ledger.pendings(person).iter().map(|row| row.closed.unwrap().1).collect();
        assert_eq!(closed, [PendingOutcome::Corrected]);
        let rejected = ledger.state_one(feed, says(1, "c", 1, Rejected, "5"));
        assert_eq!(rejected.outcome, Outcome::Rejected);
        let kept = ledger.pendings(person).into_iter().find(|row| &*row.ext_key == "c").unwrap();
        assert_eq!(kept.closed.unwrap().1, PendingOutcome::Rejected, "so that the person sees it");
        // It was somebody else's: taken back here, posted there.
        let moved = ledger.state_one(feed, says(2, "a", 3, Recognised, "6"));
        assert_eq!(moved.outcome, Outcome::Corrected);
        assert_eq!(ledger.stands(person).values().sum::<i64>(), 400);
        assert_eq!(ledger.stands(moved.person.unwrap()).values().sum::<i64>(), 600);
    });
}

#[test]
fn a_voiding_that_comes_first_is_remembered() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let void = ledger.state_one(feed, voids("a", 5));
        assert_eq!((void.outcome, code(&void)), (Outcome::Held, "void_without_original"));
        let late = ledger.state_one(feed, says(1, "a", 3, Recognised, "8"));
        assert_eq!(late.outcome, Outcome::Replayed, "it was taken back since");
        assert_eq!(ledger.database.count("entry"), 0);
        assert_eq!(ledger.state_one(feed, voids("a", 6)).outcome, Outcome::Replayed);
        let anew = ledger.state_one(feed, says(1, "a", 7, Recognised, "8"));
        assert_eq!(anew.outcome, Outcome::Posted);
        let void = ledger.state_one(feed, voids("a", 8));
        assert_eq!((void.outcome, void.person), (Outcome::Reversed, anew.person));
        assert!(ledger.stands(anew.person.unwrap()).is_empty());
    });
}

#[test]
fn what_cannot_be_read_changes_nothing_and_is_told_once() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let person = ledger.state_one(feed, says(1, "a", 1, Recognised, "8")).person.unwrap();
        let told = ledger.state_one(feed, unreadable("a", 2, "xs:\"\""));
        assert_eq!(told.outcome, Outcome::Rejected);
        let again = ledger.state_one(feed, unreadable("a", 3, "xs:\"\""));
        assert_eq!(again.outcome, Outcome::Replayed);
        assert_eq!(ledger.stands(person).values().sum::<i64>(), 800);
        let mismatched = row_of(1, "a", 1, 2024, "professional", "9").replace("样例一", "样例他");
        let named = ledger.state_one(feed, says_json(&mismatched, 4, Recognised));
        assert_eq!(named.outcome, Outcome::Quarantined);
        assert_eq!(ledger.state_one(feed, unreadable("b", 1, "?")).outcome, Outcome::Rejected);
        let readable = ledger.state_one(feed, says(1, "b", 1, Recognised, "2"));
        assert_eq!(readable.outcome, Outcome::Posted, "what could not be read had no version");
        assert_eq!(ledger.stands(person).values().sum::<i64>(), 1000);
    });
}

#[test]
fn what_a_reviewer_took_back_is_not_posted_again_by_the_source() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let person = ledger.state_one(feed, says(1, "a", 1, Recognised, "8")).person.unwrap();
        let by = reviewer("r", "331100");
        ledger.wait(ledger.service.reverse(by, person, 1, "seen".to_owned())).unwrap();
        let other = ledger.state_one(feed, says(1, "b", 1, Recognised, "1"));
        assert_eq!(other.outcome, Outcome::Posted);
        assert_eq!(ledger.stands(person).values().sum::<i64>(), 100, "not in passing either");
        let insists = ledger.state_one(feed, says(1, "a", 2, Recognised, "9"));
        assert_eq!((insists.outcome, code(&insists)), (Outcome::Held, "contradicts_decision"));
        assert_eq!(ledger.stands(person).values().sum::<i64>(), 100);
        let open = ledger.differences(person);
        assert_eq!(open.len(), 1);
        assert_eq!((open[0].kind, open[0].closed), (DifferenceKind::ContradictsDecision, None));
        let gives_in = ledger.state_one(feed, says(1, "a", 3, Withdrawn, "9"));
        assert_eq!(gives_in.outcome, Outcome::Reversed);
        assert!(ledger.differences(person)[0].closed.is_some(), "they agree again");
    });
}

#[test]
fn where_the_source_may_not_recognise_a_reviewer_does_and_it_stays() {
    on_both(|ledger| {
        let site = &ledger.waiting;
        let taken = ledger.state_one(site, says(1, "a", 1, Recognised, "8"));
        assert_eq!(taken.outcome, Outcome::Pending);
        let person = taken.person.unwrap();
        let open = ledger.pendings(person).remove(0);
        let place = (person, open.batch, open.row_no);
        let by = reviewer("r", "331100");
        ledger.wait(ledger.service.rule(by, place, Ruling::Recognise, "seen".to_owned())).unwrap();
        assert_eq!(
            ledger.state_one(site, says(1, "b", 1, Received, "2")).outcome,
            Outcome::Pending
        );
        assert_eq!(ledger.stands(person).values().sum::<i64>(), 800);
        let same = ledger.state_one(site, says(1, "a", 2, Reviewing, "8"));
        assert_eq!(same.outcome, Outcome::Replayed, "it counts already");
        let other = ledger.state_one(site, says(1, "a", 3, Recognised, "6"));
        assert_eq!(other.outcome, Outcome::Pending);
        assert!(ledger.stands(person).is_empty());
    });
}

#[test]
fn a_page_and_what_goes_along_with_it_are_one_transaction_and_may_be_given_again() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let batch = ledger.service.new_batch();
        let nameless = StatedRow { key: None, ..unreadable("x", 1, "bad") };
        let nameless = match nameless.said.clone() {
            Said::Refused(refusal) => {
                StatedRow { said: Said::Refused(Refusal { key: None, ..refusal }), ..nameless }
            }
            _ => nameless,
        };
        let rows = vec![says(1, "a", 1, Recognised, "8"), StatedRow { row_no: 2, ..nameless }];
        let fails = |_: &mut xueshi::store::WriteTx<'_>, all: &[RowResult]| {
            assert_eq!(all.len(), 2, "it hears of every row");
            Err(Failure::Absent)
        };
        let numbered: Vec<_> =
            (1..).zip(&rows).map(|(row_no, row)| StatedRow { row_no, ..row.clone() }).collect();
        let failed = ledger.service.record_stated(feed, batch, numbered, fails);
        assert!(failed.is_err());
        assert_eq!(ledger.database.count("entry") + ledger.database.count("stated"), 0);
        let outcomes =
            |taken: Vec<RowResult>| -> Vec<_> { taken.iter().map(|row| row.outcome).collect() };
        let first = outcomes(ledger.state_in(feed, batch, &rows));
        assert_eq!(first, [Outcome::Posted, Outcome::Rejected]);
        let again = outcomes(ledger.state_in(feed, batch, &rows));
        assert_eq!(again, [Outcome::Replayed; 2]);
        assert_eq!(ledger.inbox(feed, batch).len(), 2);
    });
}

#[test]
fn of_one_version_the_same_statement_stands_whichever_came_first() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let (one, two) = ("8", "9");
        ledger.state(feed, &[says(1, "a", 1, Recognised, one), says(1, "a", 1, Recognised, two)]);
        ledger.state(feed, &[says(2, "b", 1, Recognised, two), says(2, "b", 1, Recognised, one)]);
        ledger.state(feed, &[says(3, "c", 1, Withdrawn, one), says(3, "c", 1, Recognised, two)]);
        // Which of the hours stands follows from digests, which are of the person too.
        let hours = |n: usize| {
            let whom = ledger.state_one(feed, says(n, &format!("z{n}"), 1, Rejected, "1"));
            ledger.stands(whom.person.unwrap()).values().sum::<i64>()
        };
        assert!([800, 900].contains(&hours(1)) && [800, 900].contains(&hours(2)));
        assert_eq!(hours(3), 0, "of two standings under one version, the further one");
        let before = (hours(1), hours(2));
        ledger.state(feed, &[says(1, "a", 1, Recognised, two), says(1, "a", 1, Recognised, one)]);
        ledger.state(feed, &[says(2, "b", 1, Recognised, one), says(2, "b", 1, Recognised, two)]);
        assert_eq!((hours(1), hours(2)), before);
    });
}

/// What a source says of a record, for the model.
#[derive(Clone)]
struct Telling {
    key: String,
    version: i64,
    standing: RecognitionStatus,
    person: usize,
    hours: i64,
}

impl Telling {
    fn row(&self) -> StatedRow {
        says(self.person, &self.key, self.version, self.standing, &self.hours.to_string())
    }
}

#[test]
fn the_ledger_follows_from_the_newest_statement_of_each_record_alone() {
    let seed = seed();
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let dice = Dice::new(seed);
        let mut all: Vec<Telling> = Vec::new();
        for record in 0..25 {
            for version in 1..=dice.below(6) + 1 {
                let standing = *dice.pick(&RecognitionStatus::ALL);
                all.push(Telling {
                    key: format!("r-{record}"),
                    version: i64::try_from(version).unwrap() * 10,
                    standing,
                    person: dice.below(4) + 1,
                    hours: i64::try_from(dice.below(3)).unwrap() + 1,
                });
            }
        }
        let newest: BTreeMap<&str, &Telling> =
            all.iter().map(|telling| (telling.key.as_str(), telling)).collect();
        let mut told: Vec<&Telling> = all.iter().chain(all.iter()).collect();
        dice.shuffle(&mut told);
        for page in told.chunks(7) {
            let rows: Vec<StatedRow> = page.iter().map(|telling| telling.row()).collect();
            ledger.state(feed, &rows);
        }
        for n in 1..=4 {
            let own = newest.values().filter(|telling| telling.person == n);
            let of = |counts: fn(RecognitionStatus) -> bool| -> i64 {
                let those = own.clone().filter(|telling| counts(telling.standing));
                those.map(|telling| telling.hours * 100).sum()
            };
            let probe = ledger.state_one(feed, says(n, &format!("probe-{n}"), 1, Rejected, "1"));
            let person = probe.person.unwrap();
            let stands = ledger.stands(person).values().sum::<i64>();
            assert_eq!(stands, of(|standing| standing == Recognised), "person {n}");
            let waits = |standing| matches!(standing, Received | Reviewing);
            assert_eq!(ledger.waits(person), of(waits), "person {n}");
        }
        let (entries, inbox) =
            (ledger.database.count("entry"), ledger.database.count("submission"));
        let rows: Vec<StatedRow> = told.iter().map(|telling| telling.row()).collect();
        for taken in ledger.state(feed, &rows) {
            assert_eq!(taken.outcome, Outcome::Replayed, "a replay of everything has no effect");
        }
        let after = (ledger.database.count("entry"), ledger.database.count("submission"));
        assert_eq!(after, (entries, inbox));
    });
}
