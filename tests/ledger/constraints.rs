//! What refuses a row: each constraint by its name on both engines, and only a lost race is run again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use xueshi::app::posting::Mode;
use xueshi::app::reviews::{Ruling, YearRuling};
use xueshi::app::service::Service;
use xueshi::domain::ids::{BatchId, DecisionId, SourceId};
use xueshi::domain::ledger::outcome::Outcome;
use xueshi::domain::year::Year;
use xueshi::store::batches::{BatchKind, NewBatch};
use xueshi::store::constraint::Meaning::{Answered, IdTaken, Raced, Value};
use xueshi::store::constraint::UNIQUE;
use xueshi::store::submissions::SubmissionRow;
use xueshi::store::{StoreError, WriteTx};

use super::{Ledger, on_both, prepare_row, prepare_rows, reviewer, row};
use crate::support::engines::{Database, Engine, repeatable};

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

/// What has to be unique, as the engine itself calls it.
fn unique(database: &Database) -> BTreeSet<String> {
    let all: Result<Vec<Named>, _> = match database.engine {
        Engine::Postgres => sql_query(
            "SELECT c.relname::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
             JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace \
             WHERE i.indisunique AND n.nspname = 'public' AND t.relname NOT LIKE '\\_\\_%'",
        )
        .load(&mut PgConnection::establish(&database.url).expect("a connection")),
        Engine::Sqlite => sql_query(
            "SELECT group_concat(t.name || '.' || c.name, ', ' ORDER BY c.seqno) AS name \
             FROM pragma_table_list AS t, pragma_index_list(t.name) AS i, \
             pragma_index_info(i.name) AS c WHERE i.\"unique\" AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
             AND t.name NOT LIKE 'sqlite%' GROUP BY t.name, i.name \
             UNION SELECT t.name || '.' || c.name FROM pragma_table_list AS t, \
             pragma_table_info(t.name) AS c WHERE c.pk = 1 AND c.type = 'INTEGER' AND t.type = 'table' \
             AND (SELECT count(*) FROM pragma_table_info(t.name) WHERE pk > 0) = 1 \
             AND t.name NOT LIKE 'sqlite%'",
        )
        .load(&mut SqliteConnection::establish(database.url.trim_start_matches("sqlite:")).expect("a file")),
    };
    all.expect("names").into_iter().map(|one| one.name).collect()
}

#[test]
fn everything_that_has_to_be_unique_is_known_by_its_name() {
    for engine in Engine::BOTH {
        let known = UNIQUE.iter().map(|(name, columns, _)| match engine {
            Engine::Postgres => (*name).to_owned(),
            Engine::Sqlite => (*columns).to_owned(),
        });
        assert_eq!(unique(&Database::new(engine)), known.collect(), "{engine:?}");
    }
}

/// Why a closure failed, and how often it was run.
fn refused<T: Send + 'static>(
    ledger: &Ledger,
    write: impl Fn(&mut WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> (StoreError, u32) {
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let result = ledger.service.store.write_waiting(move |tx| {
        counted.fetch_add(1, Ordering::Relaxed);
        write(tx)
    });
    (result.err().expect("a refusal"), runs.load(Ordering::Relaxed))
}

fn batch_twice(tx: &mut WriteTx<'_>) -> Result<(), StoreError> {
    let (source, kind) = (SourceId::stored(11), BatchKind::Batch);
    let new = NewBatch { id: BatchId::stored(5), source, subject: "s", kind };
    tx.begin_batch(&new)?;
    tx.begin_batch(&new)
}

#[test]
fn a_constraint_says_what_it_means_and_only_a_lost_race_is_run_again() {
    on_both(|ledger| {
        let person = ledger.post(&ledger.waiting, &row(1, "w", 1, "3")).person.unwrap();
        let waits = ledger.pendings(person)[0].clone();
        let service = &ledger.service;
        let place = (person, waits.batch, waits.row_no);
        let by = || reviewer("r", "331100");
        let seen = service.rule(by(), place, Ruling::Reject, "seen".to_owned());
        let first = ledger.wait(seen).unwrap().decision;
        let year = Year::new(2021).unwrap();
        let excused = service.rule_year(by(), person, year, YearRuling::Excuse, "ill".to_owned());
        let excused = ledger.wait(excused).unwrap().decision;
        ledger.wait(service.withdraw(by(), person, excused, "not ill".to_owned())).unwrap();
        let inbox = ledger.inbox(&ledger.waiting, waits.batch)[0].clone();
        let pending = waits.clone();
        let again =
            move |tx: &mut WriteTx<'_>, id: Option<DecisionId>, about: Option<DecisionId>| {
                let mut row = tx.decision(person, first)?.expect("a decision");
                row.decision_id = id.map_or(1, DecisionId::get);
                row.about = about.map(DecisionId::get);
                tx.add_decision(row)
            };
        let source = |tx: &mut WriteTx<'_>, code: &str, rank: i16| {
            let mut row = tx.sources()?.into_iter().find(|row| row.source_id == 11).expect("one");
            (row.source_id, row.code, row.rank) = (99, code.to_owned(), rank);
            tx.add_source(&row)
        };
        let found = [
            (refused(ledger, batch_twice), IdTaken, "batch_pk"),
            (
                refused(ledger, move |tx| tx.add_submissions(&[SubmissionRow { ..inbox.clone() }])),
                IdTaken,
                "submission_pk",
            ),
            (
                refused(ledger, move |tx| tx.add_pendings(std::slice::from_ref(&pending))),
                IdTaken,
                "pending_pk",
            ),
            (refused(ledger, move |tx| again(tx, Some(first), None)), IdTaken, "decision_pk"),
            (
                refused(ledger, move |tx| again(tx, None, Some(excused))),
                Answered,
                "decision_answered_once",
            ),
            (
                refused(ledger, move |tx| source(tx, "lishui-registry", 1)),
                Raced,
                "source_code_unique",
            ),
            (refused(ledger, move |tx| source(tx, "new", 0)), Value, "source_rank_range"),
        ];
        for ((error, runs), meaning, name) in found {
            assert_eq!(error, StoreError::Constraint(meaning, name.to_owned()));
            let raced = matches!(meaning, IdTaken | Raced);
            assert_eq!((error.is_lost_race(), error.is_retryable()), (raced, raced), "{name}");
            // SQLite has one writer: whoever wrote in between did so before.
            let again = raced && ledger.database.engine == Engine::Postgres;
            assert_eq!(runs > 1, again, "{name}: {runs}");
            let told = error.message().map(|message| message.code);
            let expected = match meaning {
                IdTaken | Raced => Some("database_busy"),
                Answered => Some("already_decided"),
                Value => None,
            };
            assert_eq!(told, expected, "{name}");
        }
    });
}

#[test]
fn whoever_draws_an_id_that_is_taken_draws_another() {
    for engine in Engine::BOTH {
        let ledger = Ledger::new(Database::new(engine), repeatable(1).0);
        // Two that draw the same numbers at the same instant.
        let pair = |seed| [(), ()].map(|()| ledger.database.service(repeatable(seed).0));
        let post = |service: &Service, n: usize, key: &str| {
            let one = prepare_row(service, 1, &row(n, key, 1, "8"));
            ledger.wait(service.record_one(&ledger.trusted, one)).expect("an outcome")
        };
        let [one, other] = pair(2);
        let of_strangers = [post(&one, 1, "a"), post(&other, 2, "b")];
        assert_ne!(of_strangers[0].person, of_strangers[1].person, "{engine:?}");
        let [one, other] = pair(3);
        let of_known = [post(&one, 1, "c"), post(&other, 1, "d")];
        let [one, other] = pair(4);
        let back = [(one, "a"), (other, "b")].map(|(service, key)| {
            ledger.wait(service.take_back(&ledger.trusted, key, "a test")).expect("taken back")
        });
        for taken in [&of_strangers, &of_known] {
            assert_eq!(taken.each_ref().map(|row| row.outcome), [Outcome::Posted; 2], "{engine:?}");
        }
        assert_eq!(back.each_ref().map(|row| row.outcome), [Outcome::Reversed; 2], "{engine:?}");
        for [one, other] in [of_strangers, of_known, back] {
            assert_ne!(one.batch, other.batch, "{engine:?}");
        }
        let batches = pair(5).map(|service| {
            let rows = prepare_rows(&service, &[row(1, "e", 1, "8")]);
            let posted = service.record_batch(&ledger.trusted, rows, Mode::Continue, false);
            ledger.wait(posted).expect("outcomes").0
        });
        assert_ne!(batches[0], batches[1], "{engine:?}");
        ledger.prove();
    }
}
