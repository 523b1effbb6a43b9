//! Every outcome of the closed list, and what the inbox says of it.

use std::collections::BTreeSet;

use xueshi::app::posting::problems;
use xueshi::app::posting::{Mode, RowResult};
use xueshi::app::service::Failure;
use xueshi::domain::ids::{BatchId, PersonId};
use xueshi::domain::ledger::outcome::{Counts, Outcome};
use xueshi::store::StoreError;

use super::{Ledger, on_both, row, row_of};
use crate::support::engines::Engine;
use crate::support::{Dice, people, seed};

/// What posting may write.
const WRITTEN: [&str; 8] = [
    "entry",
    "ext_ref",
    "balance",
    "person",
    "person_alias",
    "person_key",
    "pending",
    "submission",
];

fn outcomes(taken: &[RowResult]) -> Vec<Outcome> {
    taken.iter().map(|row| row.outcome).collect()
}

fn sizes(ledger: &Ledger, tables: &[&str]) -> Vec<i64> {
    tables.iter().map(|table| ledger.database.count(table)).collect()
}

/// The counts of a batch are those of its rows, and the inbox has every row with its outcome.
fn assert_whole(ledger: &Ledger, batch: BatchId, taken: &[RowResult]) {
    let stored = ledger.service.store.read_waiting(|tx| tx.batch(batch)).unwrap().unwrap();
    let mut counts = Counts::default();
    for row in taken {
        counts.add(row.outcome);
    }
    assert_eq!(stored.rows_in, i64::try_from(taken.len()).unwrap());
    assert_eq!(stored.counts, serde_json::to_string(&counts).unwrap());
    assert_eq!(counts.total(), u64::try_from(taken.len()).unwrap());
    let inbox = ledger.inbox(&ledger.trusted, batch);
    let told: Vec<_> = taken
        .iter()
        .map(|row| (row.row_no, row.outcome.number(), row.person.map(PersonId::get), row.entry_seq))
        .collect();
    let kept: Vec<_> =
        inbox.iter().map(|row| (row.row_no, row.outcome, row.person_id, row.entry_seq)).collect();
    assert_eq!(told, kept);
    for (row, kept) in taken.iter().zip(&inbox) {
        assert_eq!(row.problems.is_empty(), kept.problem.is_none(), "{row:?}");
        assert_eq!(row.outcome.is_success(), row.problems.is_empty(), "{row:?}");
        let read = problems::of_row(kept).unwrap();
        let codes: Vec<_> = read.iter().map(|told| told.code.as_str()).collect();
        let expected: Vec<_> = row.problems.iter().map(|problem| problem.message.code).collect();
        assert_eq!(codes, expected);
    }
}

#[test]
fn every_outcome_of_a_batch_in_its_order() {
    on_both(|ledger| {
        let rows = [
            row(1, "a", 1, "8"),
            row(1, "a", 1, "8.00"),
            row(1, "a", 2, "6"),
            row(1, "a", 1, "8"),
            row(2, "b", 1, "3"),
            row(2, "b", 1, "4"),
            row(3, "c", 1, "3").replace(&people::number(3), "3.30523E+17"),
            row(3, "d", 1, "3").replace(&people::number(3), "33052319000101"),
            row(2, "e", 1, "3").replace(&people::name(2), &people::name(3)),
            row(3, "f", 1, "3").replace("\"hours\"", "\"hourz\""),
        ];
        let (batch, taken) = ledger.batch(&ledger.trusted, &rows, Mode::Continue);
        let expected = [
            Outcome::Posted,
            Outcome::Replayed,
            Outcome::Corrected,
            Outcome::Conflict,
            Outcome::Posted,
            Outcome::Conflict,
            Outcome::Held,
            Outcome::Rejected,
            Outcome::Quarantined,
            Outcome::Rejected,
        ];
        assert_eq!(outcomes(&taken), expected);
        assert_eq!(
            taken.iter().map(|row| row.row_no).collect::<Vec<_>>(),
            (1..=10).collect::<Vec<_>>()
        );
        assert_whole(ledger, batch, &taken);
        assert_eq!(sizes(ledger, &["entry", "ext_ref", "submission"]), [4, 2, 10]);
        let pending = ledger.post(&ledger.waiting, &row(1, "a", 1, "8"));
        assert_eq!(pending.outcome, Outcome::Pending, "the keys of sources do not meet");
        let back = ledger.take_back(&ledger.trusted, "b").unwrap();
        assert_eq!(back.outcome, Outcome::Reversed);
        assert_eq!(ledger.take_back(&ledger.trusted, "none").unwrap_err(), Failure::Absent);
    });
}

#[test]
fn one_bad_row_of_an_atomic_batch_leaves_nothing_and_the_inbox_says_why() {
    on_both(|ledger| {
        let known = ledger.post(&ledger.trusted, &row(9, "known", 1, "1"));
        let before = sizes(ledger, &WRITTEN[..7]);
        let mut rows = vec![
            row(1, "a", 1, "8"),
            row(2, "b", 1, "8").replace(&people::number(2), "33052319000101"),
            row(9, "c", 1, "8"),
            row(9, "known", 2, "7"),
            row(9, "known", 1, "8"),
        ];
        let (batch, taken) = ledger.batch(&ledger.trusted, &rows, Mode::Atomic);
        let expected = [
            Outcome::Aborted,
            Outcome::Rejected,
            Outcome::Aborted,
            Outcome::Aborted,
            Outcome::Conflict,
        ];
        assert_eq!(outcomes(&taken), expected);
        assert_eq!(taken[0].problems[0].message.code, "row_aborted");
        assert_eq!(taken[1].problems[0].field, "person.number");
        assert_eq!(sizes(ledger, &WRITTEN[..7]), before, "nothing is left");
        assert_whole(ledger, batch, &taken);
        assert_eq!(
            taken[0].person, None,
            "nobody is on record whom only the batch would have put there"
        );
        assert_eq!(taken[2].person, known.person);

        rows[1] = row(2, "b", 1, "8");
        rows.truncate(4);
        let (batch, taken) = ledger.batch(&ledger.trusted, &rows, Mode::Atomic);
        let expected = [Outcome::Posted, Outcome::Posted, Outcome::Posted, Outcome::Corrected];
        assert_eq!(outcomes(&taken), expected);
        assert_whole(ledger, batch, &taken);
        let (_, again) = ledger.batch(&ledger.trusted, &rows, Mode::Atomic);
        assert_eq!(outcomes(&again), [Outcome::Replayed; 4]);
    });
}

#[test]
fn a_dry_run_says_what_would_be_and_does_nothing() {
    on_both(|ledger| {
        ledger.post(&ledger.trusted, &row(1, "a", 1, "8"));
        let mut tables = WRITTEN.to_vec();
        tables.push("batch");
        let before = sizes(ledger, &tables);
        let known_at = |ledger: &Ledger| {
            let person = ledger.service.store.read_waiting(|tx| tx.people_with_entries(None, 1));
            let person = person.unwrap()[0];
            ledger.service.store.read_waiting(|tx| tx.person(person)).unwrap().unwrap().0.known_at
        };
        let stamp = known_at(ledger);
        let rows = [row(1, "a", 2, "6"), row(2, "b", 1, "3"), row(2, "b", 1, "4")];
        for (mode, expected) in [
            (Mode::Continue, [Outcome::Corrected, Outcome::Posted, Outcome::Conflict]),
            (Mode::Atomic, [Outcome::Aborted, Outcome::Aborted, Outcome::Conflict]),
        ] {
            let (_, taken) = ledger.try_batch(&ledger.trusted, &rows, mode, true).unwrap();
            assert_eq!(outcomes(&taken), expected, "{mode:?}");
        }
        let (_, taken) = ledger.try_batch(&ledger.trusted, &rows[..2], Mode::Atomic, true).unwrap();
        assert_eq!(outcomes(&taken), [Outcome::Corrected, Outcome::Posted]);
        assert_eq!(sizes(ledger, &tables), before);
        assert_eq!(known_at(ledger), stamp);
    });
}

/// Makes every entry fail as if others were in the way.
fn in_the_way(ledger: &Ledger) {
    let sql = match ledger.database.engine {
        Engine::Sqlite => {
            "CREATE TRIGGER in_the_way BEFORE INSERT ON entry \
             BEGIN SELECT RAISE(ABORT, 'database is locked'); END"
        }
        Engine::Postgres => {
            "CREATE FUNCTION in_the_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'in the way' USING ERRCODE = 'serialization_failure'; END $$; \
             CREATE TRIGGER in_the_way BEFORE INSERT ON entry \
             FOR EACH ROW EXECUTE FUNCTION in_the_way()"
        }
    };
    ledger.database.execute(sql).unwrap();
}

#[test]
fn rows_that_others_stay_in_the_way_of_are_deferred_and_may_be_sent_again() {
    on_both(|ledger| {
        ledger.post(&ledger.trusted, &row(9, "known", 1, "1"));
        let rows = [row(1, "a", 1, "8"), row(9, "b", 1, "8")];
        in_the_way(ledger);
        let (batch, taken) = ledger.batch(&ledger.trusted, &rows, Mode::Continue);
        assert_eq!(outcomes(&taken), [Outcome::Deferred; 2]);
        assert_eq!(taken[0].problems[0].message.code, "row_deferred");
        assert_whole(ledger, batch, &taken);
        assert_eq!(sizes(ledger, &["entry", "ext_ref", "person"]), [1, 1, 1]);
        let one = ledger.prepare(&rows[0]);
        let failed = ledger.wait(ledger.service.record_one(&ledger.trusted, one)).unwrap_err();
        assert_eq!(failed, Failure::Store(StoreError::Busy));
        let drop = match ledger.database.engine {
            Engine::Sqlite => "DROP TRIGGER in_the_way",
            Engine::Postgres => "DROP TRIGGER in_the_way ON entry",
        };
        ledger.database.execute(drop).unwrap();
        let (batch, taken) = ledger.batch(&ledger.trusted, &rows, Mode::Continue);
        assert_eq!(outcomes(&taken), [Outcome::Posted; 2]);
        assert_whole(ledger, batch, &taken);
    });
}

#[test]
fn rows_in_are_the_sum_of_their_outcomes_over_several_transactions() {
    let seed = seed();
    on_both(|ledger| {
        let dice = Dice::new(seed);
        let rows: Vec<String> = (0..1200)
            .map(|_| {
                let (n, key) = (dice.below(40), format!("k{}", dice.below(500)));
                let revision = i32::try_from(1 + dice.below(3)).unwrap();
                let category = *dice.pick(&["professional", "industry", "general", "public"]);
                let hours = (1 + dice.below(3)).to_string();
                let row = row_of(n, &key, revision, 2024, category, &hours);
                match dice.below(12) {
                    0 => row.replace(&people::number(n), "3.30523E+17"),
                    1 => row.replace("2024", "\"soon\""),
                    2 => row.replace(&people::name(n), &people::name(n + 1)),
                    _ => row,
                }
            })
            .collect();
        let (batch, taken) = ledger.batch(&ledger.trusted, &rows, Mode::Continue);
        assert_eq!(taken.len(), rows.len());
        assert_whole(ledger, batch, &taken);
        let seen: BTreeSet<Outcome> = taken.iter().map(|row| row.outcome).collect();
        assert!(seen.len() >= 6, "{seen:?}");
        let posted = taken.iter().filter(|row| row.outcome == Outcome::Posted).count();
        let corrected = taken.iter().filter(|row| row.outcome == Outcome::Corrected).count();
        let entries = i64::try_from(posted + 2 * corrected).unwrap();
        assert_eq!(ledger.database.count("entry"), entries);
        assert_eq!(ledger.database.count("ext_ref"), i64::try_from(posted).unwrap());
    });
}
