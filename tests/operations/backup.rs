//! Copies that are made while others write, and put back.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::{Place, closed, ledger};
use crate::ledger::row;
use crate::support::engines::Engine;

/// Stops a thread also when the test fails: a scope waits for its threads.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_copy_made_while_others_write_is_whole() {
    let (ledger, place) = ledger(Engine::Sqlite, 5);
    let (stop, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let copies: Vec<String> = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let n = written.fetch_add(1, Ordering::Relaxed);
                ledger.post(&ledger.trusted, &row(n % 5, &format!("more {n}"), 1, "1"));
            }
        });
        let _stop = Stop(&stop);
        let copy = |n| {
            let path = place.path(&format!("copy-{n}.db"));
            let before = written.load(Ordering::Relaxed);
            place.run(&["backup", &path]).ended(0, &["examined and whole", "keys.toml"]);
            assert!(written.load(Ordering::Relaxed) > before, "nobody wrote meanwhile");
            path
        };
        (0..3).map(copy).collect()
    });
    let live = place.entries();
    for (n, copy) in copies.iter().enumerate() {
        let elsewhere = Place::fresh(&place.folder.join(format!("elsewhere-{n}")));
        elsewhere.run(&["restore", copy]).ended(2, &["[keys_missing]"]);
        std::fs::create_dir_all(&elsewhere.folder).expect("a folder");
        std::fs::copy(place.keys(), elsewhere.keys()).expect("keys");
        elsewhere.run(&["restore", copy]).ended(0, &["is in the place of"]);
        elsewhere.run(&["verify"]).ended(0, &["5 persons"]);
        let restored = elsewhere.entries();
        assert!(restored.lines().count() >= 10);
        assert!(restored.lines().all(|line| live.lines().any(|other| other == line)));
    }
    // With nobody writing, the two have the same heads.
    let quiet = place.path("quiet.db");
    place.run(&["backup", &quiet]).ended(0, &[]);
    place.run(&["backup", &quiet]).ended(2, &["[file_exists]"]);
    let elsewhere = Place::fresh(&place.folder.join("elsewhere-0"));
    elsewhere.run(&["restore", &quiet]).ended(2, &["--replace"]);
    elsewhere.run(&["restore", &quiet, "--replace"]).ended(0, &["is kept as"]);
    assert_eq!(elsewhere.entries(), live);
    let part = |name: &str| name.ends_with(".part") || name.ends_with("-wal");
    for folder in [&place.folder, &elsewhere.folder] {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let name = entry.expect("an entry").file_name().into_string().expect("a name");
            assert!(name == "xueshi.db-wal" || !part(&name), "{name} was left");
        }
    }
}

#[test]
fn what_is_in_use_or_does_not_belong_is_not_replaced() {
    let (ledger, place) = ledger(Engine::Sqlite, 2);
    let copy = place.path("copy.db");
    place.run(&["backup", &copy]).ended(0, &[]);
    let restore = |from: &str| place.run(&["restore", "--replace", from]);
    restore(&copy).ended(2, &["[database_in_use]"]);
    ledger.post(&ledger.trusted, &row(0, "still there", 1, "1"));
    let _database = ledger.database;
    drop((ledger.service, ledger.runtime));
    let before = place.entries();
    assert_eq!(before.lines().count(), 5);

    restore(&place.path("nowhere.db")).ended(2, &["[unreadable]"]);
    restore(&place.file("text.db", "no database at all")).ended(2, &["[backup_damaged]"]);
    restore(&place.file("empty.db", "")).ended(2, &["[backup_damaged]"]);
    let mut bytes = std::fs::read(&copy).expect("the copy");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0x5a);
    std::fs::write(place.path("damaged.db"), &bytes).expect("a file");
    restore(&place.path("damaged.db")).ended(2, &["[backup_damaged]"]);
    std::fs::copy(&copy, place.path("live.db")).expect("a copy");
    place.file("live.db-wal", "something");
    restore(&place.path("live.db")).ended(2, &["[restore_has_log]"]);
    let other = Place::fresh(&place.folder.join("other"));
    other.run(&["migrate"]).ended(0, &[]);
    other.run(&["verify"]).ended(0, &["made the keys"]);
    let foreign = other.path("foreign.db");
    other.run(&["backup", &foreign]).ended(0, &[]);
    restore(&foreign).ended(2, &["[keys_of_another]"]);
    assert_eq!(place.entries(), before, "a refusal changed something");

    restore(&copy).ended(0, &["is kept as"]);
    assert_eq!(place.entries().lines().count(), 4);
    place.run(&["verify"]).ended(0, &["2 persons, 4 entries"]);
}

#[test]
fn a_damaged_database_is_replaced_and_its_log_with_it() {
    let (_database, place) = closed(Engine::Sqlite, 2);
    let copy = place.path("copy.db");
    place.run(&["backup", &copy]).ended(0, &[]);
    let entries = place.entries();
    place.file("xueshi.db", "what a bad disk left of it");
    place.file("xueshi.db-wal", "stale");
    place.file("xueshi.db-shm", "stale");
    place.run(&["restore", &copy]).ended(2, &["--replace"]);
    place.run(&["restore", "--replace", &copy]).ended(0, &["is kept as"]);
    assert_eq!(place.entries(), entries);
    std::fs::remove_file(place.path("xueshi.db")).expect("the database");
    place.file("xueshi.db-wal", "stale");
    place.run(&["restore", &copy]).ended(0, &[]);
    assert_eq!(place.entries(), entries);
}

#[test]
fn a_server_is_left_to_its_own_programs() {
    let (_database, mut place) = closed(Engine::Postgres, 1);
    let url = place.url.clone();
    place.url = url.replace("xueshi@", "xueshi:secret@");
    let ran = place.run(&["backup", "/backup/x.dump"]);
    ran.ended(2, &[&format!("pg_dump --format=custom --file=/backup/x.dump {url}")]);
    assert!(!ran.err.contains("secret"));
    place.run(&["restore", "/backup/x.dump"]).ended(2, &["pg_restore"]);
}
