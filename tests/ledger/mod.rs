//! The ledger through its use cases, on both engines.

mod as_of;
mod constraints;
mod corrections;
mod differences;
mod duplicates;
mod guards;
mod logs;
mod migrations;
mod model;
mod outcomes;
mod races;
mod reconcile;
mod recording;
mod reviews;
mod stated;
mod transactions;
mod verdicts;

use std::future::Future;
use std::sync::Arc;

use xueshi::app::compliance::case_answer::Depth;
use xueshi::app::compliance::{Asker, Question, Whom};
use xueshi::app::posting::{Mode, Poster, Prepared, RowResult, prepare};
use xueshi::app::reviews::Reviewer;
use xueshi::app::service::{Failure, Service};
use xueshi::app::verification;
use xueshi::domain::case::{self, CaseId};
use xueshi::domain::identity::IdNumber;
use xueshi::domain::ids::{BatchId, PersonId, SourceId};
use xueshi::domain::ledger::entry::Entry;
use xueshi::domain::ledger::pending::Pending;
use xueshi::domain::ledger::raw_row::RawRow;
use xueshi::domain::node::Node;
use xueshi::domain::person_name::PersonName;
use xueshi::domain::timestamp::Timestamp;
use xueshi::store::sources::{ClientRow, SourceRow};
use xueshi::store::submissions::{SubmissionRow, Wanted};
use xueshi::store::{StoreError, Surroundings};

use crate::support::engines::{Database, Engine, surroundings};
use crate::support::people;

/// A ledger with two sources: one whose hours are recognised on arrival, one whose hours wait.
pub struct Ledger {
    pub database: Database,
    pub service: Service,
    pub runtime: tokio::runtime::Runtime,
    /// Recognised on arrival.
    pub trusted: Poster,
    /// Waits for the authority.
    pub waiting: Poster,
}

/// Runs a body on a fresh ledger of each engine, and proves the ledger after it.
pub fn on_both(body: impl Fn(&Ledger)) {
    for engine in Engine::BOTH {
        let ledger = Ledger::new(Database::new(engine), surroundings());
        body(&ledger);
        ledger.prove();
    }
}

impl Ledger {
    pub fn new(database: Database, around: Surroundings) -> Ledger {
        let service = database.service(around);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let trusted = source(&service, 11, "lishui-registry", "331100", 0b1111);
        let waiting = source(&service, 12, "online-site", "331100", 0);
        assert_eq!(trusted.source.id(), SourceId::stored(11));
        Ledger { database, service, runtime, trusted, waiting }
    }

    /// A further source, which recognises the categories of a mask on arrival.
    pub fn source(&self, id: i64, code: &str, place: &str, recognises: i16) -> Poster {
        source(&self.service, id, code, place, recognises)
    }

    /// A further source of a rank, which recognises everything.
    pub fn ranked(&self, id: i64, code: &str, rank: i16) -> Poster {
        ranked_source(&self.service, id, code, "331100", 0b1111, rank)
    }

    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    pub fn prepare(&self, json: &str) -> Prepared {
        prepare_row(&self.service, 1, json)
    }

    pub fn post(&self, poster: &Poster, json: &str) -> RowResult {
        let row = self.prepare(json);
        self.wait(self.service.record_one(poster, row)).expect("an outcome")
    }

    pub fn try_batch(
        &self,
        poster: &Poster,
        rows: &[String],
        mode: Mode,
        dry_run: bool,
    ) -> Result<(BatchId, Vec<RowResult>), Failure> {
        let rows = prepare_rows(&self.service, rows);
        self.wait(self.service.record_batch(poster, rows, mode, dry_run))
    }

    pub fn batch(&self, poster: &Poster, rows: &[String], mode: Mode) -> (BatchId, Vec<RowResult>) {
        self.try_batch(poster, rows, mode, false).expect("outcomes")
    }

    pub fn take_back(&self, poster: &Poster, key: &str) -> Result<RowResult, Failure> {
        self.wait(self.service.take_back(poster, key, "a test"))
    }

    pub fn entries(&self, person: PersonId) -> Vec<Entry> {
        self.service.store.read_waiting(|tx| tx.entries(person, None)).expect("entries")
    }

    pub fn pendings(&self, person: PersonId) -> Vec<Pending> {
        let found = self.service.store.read_waiting(|tx| tx.pendings_of(&[person], None));
        found.expect("rows").remove(&person).unwrap_or_default()
    }

    /// What the inbox holds of a batch.
    pub fn inbox(&self, poster: &Poster, batch: BatchId) -> Vec<SubmissionRow> {
        let wanted = Wanted { batch: Some(batch), outcomes: Vec::new() };
        let start = (BatchId::stored(0), 0);
        let source = poster.source.id();
        let read =
            |tx: &mut xueshi::store::ReadTx<'_>| tx.submissions(source, &wanted, start, 100_000);
        self.service.store.read_waiting(read).expect("submissions")
    }

    pub fn prove(&self) {
        let proved = verification::verify(&self.service.store, None, |_| {}).expect("a proof");
        assert_eq!(proved.fault, None, "{:?}", self.database.engine);
        let all = u64::try_from(self.database.count("entry")).expect("a count");
        assert_eq!(proved.entries, all, "every entry was looked at");
    }
}

fn source(service: &Service, id: i64, code: &str, place: &str, recognises: i16) -> Poster {
    ranked_source(service, id, code, place, recognises, 100)
}

fn ranked_source(
    service: &Service,
    id: i64,
    code: &str,
    place: &str,
    recognises: i16,
    rank: i16,
) -> Poster {
    let source = SourceRow {
        source_id: id,
        code: code.to_owned(),
        name_zh: code.to_owned(),
        name_en: code.to_owned(),
        jurisdiction: Some(place.to_owned()),
        recognises,
        rank,
        active: true,
        created_at: 0,
    };
    let row = source.clone();
    service
        .store
        .write_waiting(move |tx| {
            tx.add_source(&row)?;
            tx.put_client(&ClientRow {
                issuer: "test".to_owned(),
                subject: row.code.clone(),
                source_id: row.source_id,
                active: true,
                created_at: 0,
            })
        })
        .map_err(|error: StoreError| error)
        .expect("a source");
    service.forget_directory();
    Poster { subject: code.into(), source: Arc::new(source) }
}

pub fn prepare_row(service: &Service, row_no: i64, json: &str) -> Prepared {
    let node: Node = serde_json::from_str(json).expect("JSON");
    let today = Timestamp::day_in_china(service.clock.now());
    match RawRow::from_json(&node) {
        Ok(fields) => prepare(&service.vault, row_no, json.into(), &fields, today),
        Err(refusal) => Prepared::refused(row_no, json.into(), refusal),
    }
}

pub fn prepare_rows(service: &Service, rows: &[String]) -> Vec<Prepared> {
    (1..).zip(rows).map(|(row_no, json)| prepare_row(service, row_no, json)).collect()
}

/// A row of the nth person.
pub fn row(n: usize, key: &str, revision: i32, hours: &str) -> String {
    row_of(n, key, revision, 2024, "professional", hours)
}

/// A row of the nth person, for a year and a category.
pub fn row_of(
    n: usize,
    key: &str,
    revision: i32,
    year: i16,
    category: &str,
    hours: &str,
) -> String {
    serde_json::json!({
        "key": key,
        "revision": revision,
        "person": { "number": people::number(n), "name": people::name(n) },
        "year": year,
        "category": category,
        "hours": hours,
    })
    .to_string()
}

/// The nth person, as a question names them.
pub fn whom(n: usize) -> Whom {
    let number = IdNumber::parse(&people::number(n)).expect("a number");
    Whom::Identity(number, PersonName::parse(&people::name(n)).expect("a name"))
}

/// A question of 丽水 about the nth person: four years from 2020, as LS-01 of the scenarios.
pub fn question(n: usize, as_of: Option<Timestamp>) -> Question {
    question_of(
        n,
        as_of,
        r#"{"jurisdiction":"331100","year":2023,"level":"intermediate","series":"engineering",
            "specialty":"water","required_years":4,"tenure_start":2020,"as_of":"2023-12-31"}"#,
    )
}

pub fn question_of(n: usize, as_of: Option<Timestamp>, declaration: &str) -> Question {
    let node: Node = serde_json::from_str(declaration).expect("JSON");
    let mut problems = Vec::new();
    let declaration = case::declaration(&node, String::new(), &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    let id: Node = serde_json::from_str(r#"{"id":"q"}"#).expect("JSON");
    Question {
        id: CaseId::of(&id),
        whom: whom(n),
        declaration: declaration.expect("a declaration"),
        as_of,
        depth: Depth::Full,
        receipt: false,
        asker: Asker { issuer: "test".to_owned(), subject: "bureau".to_owned() },
    }
}

/// A reviewer of a place who answers for everything there.
pub fn reviewer(subject: &str, place: &str) -> Reviewer {
    Reviewer {
        issuer: "test".to_owned(),
        subject: subject.to_owned(),
        jurisdiction: Some(place.to_owned()),
        specialties: Vec::new(),
        categories: Vec::new(),
    }
}

/// The code of a refusal.
pub fn code<T: std::fmt::Debug>(result: Result<T, Failure>) -> &'static str {
    result.expect_err("a refusal").message().code
}
