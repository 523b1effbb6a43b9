//! What is only ever added to, and that a fault put in by force is found.

use xueshi::app::reviews::disputes::Objection;
use xueshi::app::reviews::{Ruling, YearRuling};
use xueshi::app::verification;
use xueshi::domain::ids::PersonId;
use xueshi::domain::year::Year;
use xueshi::store::requests::AccessRow;
use xueshi::store::{StoreError, WriteTx};

use super::{Ledger, on_both, question, reviewer, row, row_of};
use crate::support::engines::{Database, Engine, surroundings};

/// A person with five entries, of which the second takes back the first; decisions; a receipt.
fn fill(ledger: &Ledger) -> PersonId {
    let person = ledger.post(&ledger.trusted, &row(1, "a", 1, "8")).person.unwrap();
    ledger.post(&ledger.trusted, &row(1, "a", 2, "6"));
    ledger.post(&ledger.trusted, &row_of(1, "b", 1, 2023, "general", "5"));
    ledger.post(&ledger.waiting, &row(1, "w", 1, "3"));
    let open = ledger.pendings(person)[0].clone();
    let place = (person, open.batch, open.row_no);
    let by = || reviewer("r", "331100");
    let service = &ledger.service;
    ledger.wait(service.rule(by(), place, Ruling::Recognise, "seen".to_owned())).unwrap();
    let year = Year::new(2021).unwrap();
    let excused = service.rule_year(by(), person, year, YearRuling::Excuse, "ill".to_owned());
    let excused = ledger.wait(excused).unwrap();
    let withdrawn = service.withdraw(by(), person, excused.decision, "not ill".to_owned());
    ledger.wait(withdrawn).unwrap();
    let mut asked = question(1, None);
    asked.receipt = true;
    ledger.wait(service.comply(asked)).unwrap();
    let counts = ["entry", "decision", "receipt"].map(|table| ledger.database.count(table));
    assert_eq!(counts, [5, 3, 1]);
    person
}

const TABLES: [(&str, &str); 7] = [
    ("entry", "hours"),
    ("decision", "made_at"),
    ("receipt", "as_of"),
    ("submission", "received_at"),
    ("pending", "hours"),
    ("dispute", "made_at"),
    ("access_log", "at"),
];

/// An objection, and somebody who looked.
fn object(ledger: &Ledger, person: PersonId) {
    let objection = Objection { seq: Some(1), place: None, reason: "not so".to_owned() };
    ledger.wait(ledger.service.object(person, objection)).unwrap();
    let looked = AccessRow {
        log_id: 1,
        at: 1,
        issuer: "test".to_owned(),
        subject: "s".to_owned(),
        role: "reviewer".to_owned(),
        route: "/".to_owned(),
        person_id: Some(person.get()),
        request_id: "r".to_owned(),
    };
    let log = move |tx: &mut WriteTx<'_>| tx.log_access(std::slice::from_ref(&looked));
    ledger.service.store.write_waiting(log).map_err(|error: StoreError| error).unwrap();
}

#[test]
fn what_is_on_record_is_only_ever_added() {
    on_both(|ledger| {
        let person = fill(ledger);
        object(ledger, person);
        for (table, column) in TABLES {
            let common = [
                format!("UPDATE {table} SET {column} = {column}"),
                format!("UPDATE {table} SET {column} = {column} + 1"),
                format!("DELETE FROM {table}"),
            ];
            let own = match ledger.database.engine {
                Engine::Sqlite => vec![
                    format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
                    format!("REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"),
                    format!("UPDATE OR REPLACE {table} SET {column} = {column} + 1"),
                    format!(
                        "PRAGMA recursive_triggers = OFF; REPLACE INTO {table} SELECT * FROM {table}"
                    ),
                    format!(
                        "PRAGMA recursive_triggers = ON; REPLACE INTO {table} SELECT * FROM {table}"
                    ),
                ],
                Engine::Postgres => vec![
                    format!("TRUNCATE {table}"),
                    format!("TRUNCATE {table} CASCADE"),
                    format!("SET session_replication_role = replica; TRUNCATE {table}"),
                    format!("SET session_replication_role = replica; DELETE FROM {table}"),
                    format!(
                        "SET session_replication_role = replica; UPDATE {table} SET {column} = 1"
                    ),
                    format!("SET session_replication_role = local; DELETE FROM {table}"),
                ],
            };
            let before = ledger.database.count(table);
            for sql in common.iter().chain(&own) {
                let refused = ledger.database.execute(sql).expect_err(sql);
                assert!(refused.contains(&format!("append_only: {table}")), "{sql}: {refused}");
                assert_eq!(ledger.database.count(table), before, "{sql}");
            }
        }
    });
}

#[test]
fn a_row_that_waits_is_closed_once_and_nothing_else_of_it_changes() {
    on_both(|ledger| {
        fill(ledger);
        ledger.post(&ledger.waiting, &row(1, "open", 1, "3"));
        let close = "closed_at = 1, closed_as = 2";
        let open = "ext_key = 'open'";
        for (what, which) in [
            ("hours = hours + 1", open),
            ("known_at = 1", open),
            ("jurisdiction = '330100'", open),
            ("jurisdiction = NULL", open),
            ("decision_id = 1", open),
            (&*format!("{close}, hours = hours + 1"), open),
            (&*format!("{close}, person_id = 1"), open),
            (close, "ext_key = 'w'"),
            ("closed_at = NULL, closed_as = NULL", "ext_key = 'w'"),
            ("entry_seq = 1", "ext_key = 'w'"),
        ] {
            let sql = format!("UPDATE pending SET {what} WHERE {which}");
            let refused = ledger.database.execute(&sql).expect_err(&sql);
            assert!(refused.contains("append_only: pending"), "{sql}: {refused}");
        }
        ledger.database.execute(&format!("UPDATE pending SET {close} WHERE {open}")).unwrap();
        let closed = "pending WHERE closed_at = 1 AND ext_key = 'open'";
        assert_eq!(ledger.database.count(closed), 1);
    });
}

#[test]
fn a_row_that_would_push_out_another_by_a_further_key_is_refused() {
    on_both(|ledger| {
        fill(ledger);
        let columns = "person_id, seq, kind, source_id, ext_key, revision, content_hash, year, \
            category, hours, completed_on, recorded_at, ref_seq, batch_id, row_no, attrs, entry_hash";
        let values = columns.replacen("seq", "seq + 100", 1);
        let again = format!("INTO entry ({columns}) SELECT {values} FROM entry WHERE kind = 2");
        let columns = "person_id, decision_id, kind, made_at, issuer, subject, jurisdiction, year, \
            category, hours, batch_id, row_no, entry_seq, about, sealed";
        let values = columns.replacen("decision_id", "decision_id / 2", 1);
        let answer = format!(
            "INTO decision ({columns}) SELECT {values} FROM decision WHERE about IS NOT NULL"
        );
        for rest in [again, answer] {
            let verbs: &[&str] = match ledger.database.engine {
                Engine::Sqlite => &["INSERT", "INSERT OR REPLACE"],
                Engine::Postgres => &["INSERT"],
            };
            for verb in verbs {
                let sql = format!("{verb} {rest}");
                assert!(ledger.database.execute(&sql).is_err(), "{sql}");
            }
        }
        let counts = ["entry", "decision"].map(|table| ledger.database.count(table));
        assert_eq!(counts, [5, 3]);
    });
}

/// Takes the guards of the entries away.
fn unguard(database: &Database) {
    let sql = match database.engine {
        Engine::Sqlite => {
            "DROP TRIGGER entry_no_update; DROP TRIGGER entry_no_delete; DROP TRIGGER entry_no_replace"
        }
        Engine::Postgres => {
            "DROP TRIGGER entry_no_change ON entry; DROP TRIGGER entry_no_truncate ON entry"
        }
    };
    database.execute(sql).expect("guards");
}

#[test]
fn a_fault_that_is_put_in_by_force_is_found_with_its_person_and_number() {
    let hash = |engine| match engine {
        Engine::Sqlite => "randomblob(32)",
        Engine::Postgres => "sha256('x')",
    };
    for engine in Engine::BOTH {
        let hash = hash(engine);
        let replaced = match engine {
            Engine::Sqlite => {
                "INSERT OR REPLACE INTO entry SELECT person_id, seq, kind, source_id, \
                ext_key, revision, content_hash, year, category, hours, completed_on, recorded_at, \
                ref_seq, batch_id, row_no + 1, attrs, entry_hash FROM entry WHERE seq = 4"
            }
            Engine::Postgres => "UPDATE entry SET row_no = row_no + 1 WHERE seq = 4",
        };
        let set = |what: &str| format!("UPDATE entry SET {what}");
        let faults = [
            (set("hours = hours + 1 WHERE seq = 3"), 3, "verify_hash"),
            (set("recorded_at = recorded_at + 1 WHERE seq = 5"), 5, "verify_hash"),
            (set("source_id = 12 WHERE seq = 1"), 1, "verify_hash"),
            (set("ext_key = 'c' WHERE seq = 4"), 4, "verify_hash"),
            (set("revision = 3 WHERE seq = 3"), 3, "verify_hash"),
            (set("completed_on = '2024-01-01' WHERE seq = 5"), 5, "verify_hash"),
            (set("attrs = '{\"basis\":\"x\"}' WHERE seq = 4"), 4, "verify_hash"),
            (set(&format!("entry_hash = {hash} WHERE seq = 2")), 2, "verify_hash"),
            (set(&format!("content_hash = {hash} WHERE seq = 2")), 2, "verify_hash"),
            (set("ref_seq = NULL WHERE seq = 3"), 3, "verify_hash"),
            (replaced.to_owned(), 4, "verify_hash"),
            ("DELETE FROM entry WHERE seq = 3".to_owned(), 4, "verify_sequence"),
            ("DELETE FROM entry WHERE seq = 1".to_owned(), 2, "verify_sequence"),
            ("DELETE FROM entry WHERE seq = 5".to_owned(), 0, "verify_balance"),
            ("DELETE FROM entry".to_owned(), 0, "verify_balance"),
            (
                "UPDATE balance SET hours = hours - 1 WHERE year = 2023".to_owned(),
                0,
                "verify_balance",
            ),
            ("UPDATE balance SET n = n + 1".to_owned(), 0, "verify_balance"),
            ("UPDATE balance SET last_seq = last_seq - 1".to_owned(), 0, "verify_balance"),
            ("DELETE FROM balance WHERE year = 2023".to_owned(), 0, "verify_balance"),
            (
                "INSERT INTO balance SELECT person_id, 2000, 1, 5, 1, 1 FROM person".to_owned(),
                0,
                "verify_balance",
            ),
        ];
        let ledger = Ledger::new(Database::new(engine), surroundings());
        let person = fill(&ledger);
        unguard(&ledger.database);
        for table in ["entry", "balance"] {
            let keep = format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}");
            ledger.database.execute(&keep).unwrap();
        }
        for (sql, seq, code) in faults {
            ledger.prove();
            ledger.database.execute(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            for only in [None, Some(person)] {
                let proved =
                    verification::verify(&ledger.service.store, only, |_| {}).expect("a proof");
                let fault = proved.fault.unwrap_or_else(|| panic!("{engine:?}: not found: {sql}"));
                assert_eq!((fault.person, fault.seq, fault.code), (person, seq, code), "{sql}");
            }
            let back = "DELETE FROM entry; INSERT INTO entry SELECT * FROM kept_entry; \
                        DELETE FROM balance; INSERT INTO balance SELECT * FROM kept_balance";
            ledger.database.execute(back).unwrap();
        }
    }
}

#[test]
fn what_contradicts_persons_and_keys_is_found() {
    for engine in Engine::BOTH {
        let ledger = Ledger::new(Database::new(engine), surroundings());
        let person = fill(&ledger);
        let second = ledger.post(&ledger.trusted, &row(2, "z", 1, "2")).person.unwrap();
        let waits = ledger.post(&ledger.waiting, &row(3, "v", 1, "3")).person.unwrap();
        let off = ledger.post(&ledger.waiting, &row(4, "u", 1, "3")).person.unwrap();
        ledger.take_back(&ledger.waiting, "u").unwrap();
        ledger.prove();
        let hash = match engine {
            Engine::Sqlite => "randomblob(32)",
            Engine::Postgres => "sha256('x')",
        };
        let tables = ["person", "person_key", "ext_ref", "balance"];
        for table in tables {
            let keep = format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}");
            ledger.database.execute(&keep).unwrap();
        }
        let of = |table: &str, person: PersonId| {
            format!("DELETE FROM {table} WHERE person_id = {}", person.get())
        };
        let key =
            |set: &str, key: &str| format!("UPDATE ext_ref SET {set} WHERE ext_key = '{key}'");
        let faults = [
            (of("person", person), person, 0, "verify_person"),
            (of("person_key", person), person, 0, "verify_person"),
            (of("person", waits), waits, 0, "verify_person"),
            (
                "INSERT INTO balance VALUES (77, 2024, 0, 5, 1, 1)".to_owned(),
                PersonId::stored(77),
                0,
                "verify_balance",
            ),
            ("DELETE FROM ext_ref WHERE ext_key = 'b'".to_owned(), person, 4, "verify_key"),
            ("DELETE FROM ext_ref WHERE ext_key = 'v'".to_owned(), waits, 0, "verify_key"),
            (key("revision = 1", "a"), person, 3, "verify_key"),
            (key(&format!("content_hash = {hash}"), "b"), person, 4, "verify_key"),
            (key(&format!("content_hash = {hash}"), "u"), off, 0, "verify_key"),
            (key(&format!("person_id = {}", second.get()), "b"), second, 0, "verify_key"),
            (
                "INSERT INTO ext_ref SELECT 'more', source_id, revision, content_hash, person_id \
                 FROM ext_ref WHERE ext_key = 'b'"
                    .to_owned(),
                person,
                0,
                "verify_key",
            ),
        ];
        for (sql, whose, seq, code) in faults {
            ledger.prove();
            ledger.database.execute(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            let proved =
                verification::verify(&ledger.service.store, None, |_| {}).expect("a proof");
            let fault = proved.fault.unwrap_or_else(|| panic!("{engine:?}: not found: {sql}"));
            assert_eq!((fault.person, fault.seq, fault.code), (whose, seq, code), "{sql}");
            for table in tables {
                let back =
                    format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}");
                ledger.database.execute(&back).unwrap();
            }
        }
    }
}
