//! One outcome for every row, and the ledger after it.

use xueshi::app::posting::{Mode, RowResult};
use xueshi::app::reviews::Ruling;
use xueshi::domain::category::Category;
use xueshi::domain::ledger::outcome::Outcome;

use super::{Ledger, on_both, prepare_rows, reviewer, row, row_of};
use crate::support::engines::{Database, Engine, repeatable};
use crate::support::people;

fn hours(ledger: &Ledger, taken: &RowResult) -> Vec<(i16, i64, i64)> {
    let person = taken.person.expect("a person");
    let balances = ledger.service.store.read_waiting(|tx| tx.balances(person)).expect("balances");
    balances.into_iter().map(|row| (row.year, row.hours, row.n)).collect()
}

#[test]
fn a_row_is_posted_once_and_replayed_after() {
    on_both(|ledger| {
        let posted = ledger.post(&ledger.trusted, &row(1, "a", 1, "8.5"));
        assert_eq!((posted.outcome, posted.entry_seq), (Outcome::Posted, Some(1)));
        let again = ledger.post(&ledger.trusted, &row(1, " a ", 1, "8.50"));
        assert_eq!(again.outcome, Outcome::Replayed);
        assert_eq!(hours(ledger, &posted), [(2024, 850, 1)]);
    });
}

#[test]
fn a_key_that_says_something_else_is_a_conflict_and_names_the_field() {
    on_both(|ledger| {
        let posted = ledger.post(&ledger.trusted, &row(1, "a", 1, "8"));
        let other = ledger.post(&ledger.trusted, &row(1, "a", 1, "9"));
        assert_eq!(other.outcome, Outcome::Conflict);
        assert_eq!(other.problems[0].field, "hours");
        let other = ledger.post(&ledger.trusted, &row(2, "a", 1, "8"));
        assert_eq!(other.outcome, Outcome::Conflict);
        assert_eq!(other.problems[0].field, "person.number");
        assert_eq!(hours(ledger, &posted), [(2024, 800, 1)]);
    });
}

#[test]
fn a_higher_revision_corrects_and_a_lower_one_is_stale() {
    on_both(|ledger| {
        ledger.post(&ledger.trusted, &row(1, "a", 1, "8"));
        let corrected = ledger.post(&ledger.trusted, &row(1, "a", 2, "6"));
        assert_eq!((corrected.outcome, corrected.entry_seq), (Outcome::Corrected, Some(3)));
        assert_eq!(hours(ledger, &corrected), [(2024, 600, 3)]);
        let stale = ledger.post(&ledger.trusted, &row(1, "a", 1, "8"));
        assert_eq!(stale.outcome, Outcome::Conflict);
        assert_eq!(stale.problems[0].message.code, "revision_stale");
        let moved = ledger.post(&ledger.trusted, &row(2, "a", 3, "6"));
        assert_eq!((moved.outcome, moved.entry_seq), (Outcome::Corrected, Some(1)));
        assert_eq!(hours(ledger, &corrected), [(2024, 0, 4)]);
        assert_eq!(hours(ledger, &moved), [(2024, 600, 1)]);
    });
}

#[test]
fn hours_wait_where_the_source_may_not_recognise_them() {
    on_both(|ledger| {
        let pending = ledger.post(&ledger.waiting, &row(1, "a", 1, "8"));
        assert_eq!((pending.outcome, pending.entry_seq), (Outcome::Pending, None));
        assert_eq!(ledger.post(&ledger.waiting, &row(1, "a", 1, "8")).outcome, Outcome::Replayed);
        let again = ledger.post(&ledger.waiting, &row(1, "a", 2, "9"));
        assert_eq!(again.outcome, Outcome::Pending);
        let person = pending.person.unwrap();
        let rows = ledger.service.store.read_waiting(|tx| tx.pendings_of(&[person], None));
        let rows = rows.expect("rows").remove(&person).unwrap();
        let open: Vec<_> = rows.iter().filter(|row| row.closed.is_none()).collect();
        assert_eq!((rows.len(), open.len()), (2, 1));
        assert_eq!(open[0].posting.hours.to_string(), "9");
        let back = ledger.runtime.block_on(ledger.service.take_back(&ledger.waiting, "a", "r"));
        assert_eq!(back.unwrap().outcome, Outcome::Reversed);
    });
}

#[test]
fn what_waits_and_is_said_again_under_a_higher_revision_still_waits() {
    on_both(|ledger| {
        // Of somebody of whom another source tells too, and of somebody of whom none does.
        ledger.post(&ledger.trusted, &row(1, "other", 1, "6"));
        for (person, key) in [(1, "a"), (2, "b")] {
            let pending = ledger.post(&ledger.waiting, &row(person, key, 1, "8"));
            assert_eq!(pending.outcome, Outcome::Pending);
            let again = ledger.post(&ledger.waiting, &row(person, key, 2, "8"));
            assert_eq!((again.outcome, again.entry_seq), (Outcome::Replayed, None), "{key}");
            let rows = ledger.pendings(pending.person.unwrap());
            assert_eq!(rows.iter().filter(|row| row.closed.is_none()).count(), 1, "{key}");
        }
    });
}

#[test]
fn a_source_that_says_what_a_reviewer_made_of_its_row_changes_nothing() {
    on_both(|ledger| {
        // Of somebody of whom another source tells too, and of somebody of whom none does.
        ledger.post(&ledger.trusted, &row(1, "other", 1, "6"));
        for (person, key) in [(1, "a"), (2, "b")] {
            let said = |revision, category| row_of(person, key, revision, 2024, category, "8");
            let pending = ledger.post(&ledger.waiting, &said(1, "general"));
            let rows = ledger.pendings(pending.person.unwrap());
            let open = rows.iter().find(|row| row.closed.is_none()).expect("it waits");
            let place = (open.person, open.batch, open.row_no);
            let ruling = Ruling::Recategorise(Category::Industry);
            let by = reviewer("reviewer", "331100");
            ledger.wait(ledger.service.rule(by, place, ruling, "seen".to_owned())).unwrap();
            let before = ledger.entries(open.person).len();
            let again = ledger.post(&ledger.waiting, &said(2, "industry"));
            assert_eq!(again.outcome, Outcome::Replayed, "{key}");
            assert_eq!(ledger.entries(open.person).len(), before, "{key}");
        }
    });
}

#[test]
fn what_is_taken_back_is_reversed_once() {
    on_both(|ledger| {
        let posted = ledger.post(&ledger.trusted, &row(1, "a", 1, "8"));
        let take = || ledger.runtime.block_on(ledger.service.take_back(&ledger.trusted, "a", "r"));
        assert_eq!(take().unwrap().outcome, Outcome::Reversed);
        assert_eq!(take().unwrap().outcome, Outcome::Replayed);
        assert_eq!(hours(ledger, &posted), [(2024, 0, 2)]);
        let again = ledger.post(&ledger.trusted, &row(1, "a", 2, "8"));
        assert_eq!((again.outcome, again.entry_seq), (Outcome::Posted, Some(3)));
    });
}

#[test]
fn the_old_form_of_a_number_is_the_same_person_and_another_name_is_not() {
    on_both(|ledger| {
        let posted = ledger.post(&ledger.trusted, &row(1, "a", 1, "8"));
        let old = row(1, "b", 1, "2").replace(&people::number(1), &people::old_number(1));
        let same = ledger.post(&ledger.trusted, &old);
        assert_eq!((same.outcome, same.person), (Outcome::Posted, posted.person));
        let other = row(1, "c", 1, "2").replace(&people::name(1), &people::name(2));
        let other = ledger.post(&ledger.trusted, &other);
        assert_eq!((other.outcome, other.person), (Outcome::Quarantined, None));
        assert_eq!(other.problems[0].message.code, "person_name_mismatch");
        assert_eq!(hours(ledger, &posted), [(2024, 1000, 2)]);
    });
}

#[test]
fn a_damaged_number_is_held_and_a_wrong_one_rejected() {
    on_both(|ledger| {
        for (number, outcome) in
            [("3.30523E+17", Outcome::Held), ("33052319000101", Outcome::Rejected)]
        {
            let json = row(1, "a", 1, "8").replace(&people::number(1), number);
            let taken = ledger.post(&ledger.trusted, &json);
            assert_eq!(taken.outcome, outcome, "{number}");
            assert_eq!(taken.problems[0].field, "person.number");
        }
    });
}

/// Two servers that draw the same numbers in the same microsecond.
#[test]
fn a_number_that_is_taken_fails_no_batch() {
    for engine in Engine::BOTH {
        let ledger = Ledger::new(Database::new(engine), repeatable(7).0);
        let other = ledger.database.service(repeatable(7).0);
        let rows = |key: &str| [row(1, key, 1, "8"), row(1, &format!("{key}2"), 1, "8")];
        let first = ledger.batch(&ledger.trusted, &rows("a"), Mode::Atomic);
        for mode in [Mode::Atomic, Mode::Continue] {
            let rows = prepare_rows(&other, &rows(&format!("{mode:?}")));
            let recorded = other.record_batch(&ledger.trusted, rows, mode, false);
            let (batch, taken) = ledger.wait(recorded).expect("outcomes");
            assert_ne!(batch, first.0);
            assert!(taken.iter().all(|row| row.outcome == Outcome::Posted), "{taken:?}");
        }
        assert_eq!(ledger.database.count("batch WHERE state = 2"), 3);
        let third = ledger.database.service(repeatable(7).0);
        ledger.post(&ledger.trusted, &row(1, "one", 1, "8"));
        let back = ledger.wait(third.take_back(&ledger.trusted, "one", "a test"));
        assert_eq!(back.expect("an outcome").outcome, Outcome::Reversed);
        ledger.prove();
    }
}

#[test]
fn a_post_whose_server_was_killed_is_ended() {
    for engine in Engine::BOTH {
        let (around, clock) = repeatable(7);
        let ledger = Ledger::new(Database::new(engine), around);
        let rows = [row(1, "a", 1, "8"), row(1, "b", 1, "8")];
        ledger.batch(&ledger.trusted, &rows, Mode::Continue);
        let running = "UPDATE batch SET state = 1, finished_at = NULL, counts = '{}', rows_in = 0";
        ledger.database.execute(running).expect("a change");
        let end = || ledger.wait(ledger.service.end_broken_batches()).expect("ended");
        end();
        assert_eq!(ledger.database.count("batch WHERE state = 1"), 1, "it may still be running");
        clock.fetch_add(2 * 3_600_000_000, std::sync::atomic::Ordering::Relaxed);
        end();
        let ended = "batch WHERE state = 3 AND rows_in = 2 AND counts LIKE '%posted%'";
        assert_eq!(ledger.database.count(ended), 1);
    }
}

#[test]
fn a_conflict_puts_nobody_on_record() {
    on_both(|ledger| {
        ledger.post(&ledger.trusted, &row(1, "a", 1, "8"));
        let tables = ["person", "person_alias", "person_key"];
        let on_record = || tables.map(|table| ledger.database.count(table));
        for stranger in [row(2, "a", 1, "8"), row(2, "a", 1, "8")] {
            let taken = ledger.post(&ledger.trusted, &stranger);
            assert_eq!((taken.outcome, taken.person), (Outcome::Conflict, None));
            assert_eq!(taken.problems[0].field, "person.number");
            assert_eq!(on_record(), [1, 1, 1]);
        }
        let rows = [row(2, "a", 1, "8"), row(3, "a", 1, "8"), row(3, "b", 1, "8")];
        let (_, taken) = ledger.batch(&ledger.trusted, &rows, Mode::Continue);
        let outcomes: Vec<_> = taken.iter().map(|row| row.outcome).collect();
        assert_eq!(outcomes, [Outcome::Conflict, Outcome::Conflict, Outcome::Posted]);
        assert_eq!((taken[0].person, taken[1].person), (None, taken[2].person));
        assert_eq!(on_record(), [2, 2, 2], "whoever has hours is");
        assert_eq!(ledger.post(&ledger.trusted, &row(2, "c", 1, "8")).outcome, Outcome::Posted);
    });
}
