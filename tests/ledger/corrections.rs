//! Chains of corrections: what was taken back, what stands, and what the chain says of it.

use xueshi::app::reviews::Ruling;
use xueshi::domain::ledger::entry::EntryKind;
use xueshi::domain::ledger::outcome::Outcome;
use xueshi::domain::ledger::pending::PendingOutcome;

use super::{Ledger, on_both, reviewer, row, row_of};

fn balances(ledger: &Ledger, person: xueshi::domain::ids::PersonId) -> Vec<(i16, i16, i64)> {
    let rows = ledger.service.store.read_waiting(|tx| tx.balances(person)).unwrap();
    rows.into_iter().map(|row| (row.year, row.category, row.hours)).collect()
}

#[test]
fn ten_revisions_leave_the_last_one() {
    on_both(|ledger| {
        let mut person = None;
        for revision in 1..=10 {
            let taken = ledger.post(&ledger.trusted, &row(1, "a", revision, &revision.to_string()));
            let expected = if revision == 1 { Outcome::Posted } else { Outcome::Corrected };
            assert_eq!(taken.outcome, expected);
            assert_eq!(taken.entry_seq, Some(i64::from(revision) * 2 - 1));
            person = taken.person;
        }
        let person = person.unwrap();
        assert_eq!(balances(ledger, person), [(2024, 0, 1000)]);
        let entries = ledger.entries(person);
        assert_eq!(entries.len(), 19);
        for pair in entries[1..].chunks(2) {
            let [reversal, replacement] = pair else { panic!("pairs") };
            assert_eq!(
                (reversal.kind, replacement.kind),
                (EntryKind::Reversal, EntryKind::Replacement)
            );
            assert_eq!(reversal.ref_seq, replacement.ref_seq);
            assert_eq!(reversal.recorded_at, replacement.recorded_at, "of one transaction");
            assert_eq!(reversal.batch, replacement.batch);
        }
        for revision in 1..=9 {
            let stale = ledger.post(&ledger.trusted, &row(1, "a", revision, &revision.to_string()));
            assert_eq!(stale.problems[0].message.code, "revision_stale");
        }
        assert_eq!(ledger.post(&ledger.trusted, &row(1, "a", 10, "10")).outcome, Outcome::Replayed);
        let skipped = ledger.post(&ledger.trusted, &row(1, "a", 100, "3"));
        assert_eq!(skipped.outcome, Outcome::Corrected);
        let same = ledger.post(&ledger.trusted, &row(1, "a", 101, "3"));
        assert_eq!(same.outcome, Outcome::Replayed, "a number alone changes nothing");
        assert_eq!(ledger.entries(person).len(), 21);
        let stale = ledger.post(&ledger.trusted, &row(1, "a", 100, "3"));
        assert_eq!(stale.outcome, Outcome::Conflict, "and yet it is the number that stands");
    });
}

#[test]
fn a_correction_moves_hours_between_categories_years_and_persons() {
    on_both(|ledger| {
        let one = ledger.post(&ledger.trusted, &row(1, "a", 1, "8")).person.unwrap();
        ledger.post(&ledger.trusted, &row_of(1, "a", 2, 2024, "general", "8"));
        assert_eq!(balances(ledger, one), [(2024, 0, 0), (2024, 2, 800)]);
        ledger.post(&ledger.trusted, &row_of(1, "a", 3, 2023, "general", "8"));
        assert_eq!(balances(ledger, one), [(2023, 2, 800), (2024, 0, 0), (2024, 2, 0)]);
        let moved = ledger.post(&ledger.trusted, &row_of(2, "a", 4, 2023, "general", "8"));
        let two = moved.person.unwrap();
        assert_eq!(balances(ledger, one), [(2023, 2, 0), (2024, 0, 0), (2024, 2, 0)]);
        assert_eq!(balances(ledger, two), [(2023, 2, 800)]);
        assert_eq!(ledger.entries(two)[0].ref_seq, None, "its predecessor is in another chain");
        let back = ledger.post(&ledger.trusted, &row_of(1, "a", 5, 2023, "general", "7"));
        assert_eq!((back.outcome, back.person), (Outcome::Corrected, Some(one)));
        assert_eq!(balances(ledger, two), [(2023, 2, 0)]);
        assert_eq!(balances(ledger, one)[0], (2023, 2, 700));
        let taken = ledger.take_back(&ledger.trusted, "a").unwrap();
        assert_eq!(taken.person, Some(one));
        assert_eq!(balances(ledger, one)[0], (2023, 2, 0));
    });
}

#[test]
fn a_source_that_recognises_some_categories_is_corrected_into_waiting_and_out_of_it() {
    on_both(|ledger| {
        let picky = ledger.source(13, "county-desk", "331102", 0b0001);
        let posted = ledger.post(&picky, &row(1, "a", 1, "8"));
        let person = posted.person.unwrap();
        assert_eq!(posted.outcome, Outcome::Posted);
        let waits = ledger.post(&picky, &row_of(1, "a", 2, 2024, "general", "8"));
        assert_eq!((waits.outcome, waits.entry_seq), (Outcome::Pending, None));
        assert_eq!(balances(ledger, person), [(2024, 0, 0)], "what it corrects stands no more");
        let back = ledger.post(&picky, &row(1, "a", 3, "9"));
        assert_eq!((back.outcome, back.entry_seq), (Outcome::Corrected, Some(3)));
        assert_eq!(balances(ledger, person), [(2024, 0, 900)]);
        let pendings = ledger.pendings(person);
        assert_eq!(pendings.len(), 1);
        assert_eq!(pendings[0].closed.map(|(_, closed)| closed), Some(PendingOutcome::Corrected));
    });
}

#[test]
fn a_waiting_row_is_corrected_also_to_another_person_and_only_the_last_waits() {
    on_both(|ledger| {
        let one = ledger.post(&ledger.waiting, &row(1, "a", 1, "1")).person.unwrap();
        ledger.post(&ledger.waiting, &row(1, "a", 2, "2"));
        let two = ledger.post(&ledger.waiting, &row(2, "a", 3, "3")).person.unwrap();
        let states = |person| -> Vec<_> {
            let rows = ledger.pendings(person);
            rows.iter().map(|row| (row.revision, row.closed.map(|(_, closed)| closed))).collect()
        };
        assert_eq!(
            states(one),
            [(1, Some(PendingOutcome::Corrected)), (2, Some(PendingOutcome::Corrected))]
        );
        assert_eq!(states(two), [(3, None)]);
        let stale = ledger.pendings(one)[0].clone();
        let place = (one, stale.batch, stale.row_no);
        let late = ledger.wait(ledger.service.rule(
            reviewer("r", "331100"),
            place,
            Ruling::Recognise,
            "late".to_owned(),
        ));
        assert_eq!(super::code(late), "already_decided");
        assert_eq!(ledger.entries(one), []);
    });
}

#[test]
fn what_was_withdrawn_may_be_posted_again_and_replaces_nothing() {
    on_both(|ledger| {
        let rule = |person, ruling| {
            let rows = ledger.pendings(person);
            let open = rows.iter().find(|row| row.closed.is_none()).expect("a row that waits");
            let place = (person, open.batch, open.row_no);
            let by = reviewer("r", "331100");
            ledger.wait(ledger.service.rule(by, place, ruling, "seen".to_owned())).unwrap()
        };
        for (poster, key) in [(&ledger.trusted, "t"), (&ledger.waiting, "w")] {
            let waits = poster.subject == ledger.waiting.subject;
            let first = ledger.post(poster, &row(1, key, 1, "8"));
            let person = first.person.unwrap();
            if waits {
                rule(person, Ruling::Recognise);
            }
            assert_eq!(ledger.take_back(poster, key).unwrap().outcome, Outcome::Reversed);
            let same = ledger.post(poster, &row(1, key, 1, "8"));
            assert_eq!(same.outcome, Outcome::Replayed, "the key was used for just this");
            let again = ledger.post(poster, &row(1, key, 2, "8"));
            if waits {
                assert_eq!(again.outcome, Outcome::Pending);
                rule(person, Ruling::Recognise);
            } else {
                assert_eq!(again.outcome, Outcome::Posted);
            }
            let entries = ledger.entries(person);
            let last = entries.last().unwrap();
            assert_eq!((last.kind, last.ref_seq), (EntryKind::Credit, None), "{key}");
        }
    });
}

#[test]
fn a_recognised_row_that_is_corrected_waits_again_and_then_takes_its_place() {
    on_both(|ledger| {
        let person = ledger.post(&ledger.waiting, &row(1, "a", 1, "8")).person.unwrap();
        let rule = |ruling| {
            let rows = ledger.pendings(person);
            let open = rows.iter().find(|row| row.closed.is_none()).expect("a row that waits");
            let place = (person, open.batch, open.row_no);
            let by = reviewer("r", "331100");
            ledger.wait(ledger.service.rule(by, place, ruling, "seen".to_owned())).unwrap()
        };
        assert_eq!(rule(Ruling::Recognise).entry_seq, Some(1));
        let corrected = ledger.post(&ledger.waiting, &row(1, "a", 2, "6"));
        assert_eq!(corrected.outcome, Outcome::Pending);
        assert_eq!(balances(ledger, person), [(2024, 0, 0)]);
        assert_eq!(rule(Ruling::Recognise).entry_seq, Some(3));
        let entries = ledger.entries(person);
        assert_eq!((entries[2].kind, entries[2].ref_seq), (EntryKind::Replacement, Some(1)));
        assert_eq!(balances(ledger, person), [(2024, 0, 600)]);
        ledger.post(&ledger.waiting, &row(1, "a", 3, "5"));
        rule(Ruling::Reject);
        assert_eq!(balances(ledger, person), [(2024, 0, 0)]);
        let again = ledger.post(&ledger.waiting, &row(1, "a", 4, "5"));
        assert_eq!(again.outcome, Outcome::Pending, "what was refused may be sent again");
        rule(Ruling::Recategorise(xueshi::domain::category::Category::Industry));
        assert_eq!(balances(ledger, person), [(2024, 0, 0), (2024, 1, 500)]);
        let same = ledger.post(&ledger.waiting, &row(1, "a", 4, "5"));
        assert_eq!(same.outcome, Outcome::Replayed);
        let other = ledger.post(&ledger.waiting, &row(1, "a", 4, "4"));
        assert_eq!(other.problems[0].field, "hours", "compared with what the source said");
    });
}
