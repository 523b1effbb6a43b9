//! The opening that all of them share, and the proof of the ledger.

use std::os::unix::fs::PermissionsExt;

use super::{Place, closed};
use crate::support::engines::{Database, Engine};

fn mode(path: &str) -> u32 {
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[test]
fn a_fresh_database_and_its_folder_are_their_owners_alone() {
    let database = Database::empty(Engine::Sqlite);
    let place = Place::fresh(&database.folder.join("data"));
    place.run(&["migrate", "--status"]).ended(1, &["0001 is still to be applied"]);
    place.run(&["verify"]).ended(2, &["there is no database"]);
    assert!(!place.folder.join("xueshi.db").exists());
    place.run(&["migrate"]).ended(0, &["0001 is applied", "0007 is applied"]);
    assert_eq!(mode(&place.path("")), 0o700);
    assert_eq!(mode(&place.path("xueshi.db")), 0o600);
    place.run(&["migrate"]).ended(0, &["nothing was to be applied"]);
    place.run(&["migrate", "--status"]).ended(0, &["0007 is applied"]);
    place.run(&["verify"]).ended(0, &["made the keys", "0 persons, 0 entries"]);
    assert_eq!(mode(&place.path("keys.toml")), 0o600);
    assert!(!place.run(&["verify"]).ended(0, &[]).err.contains("keys"));
}

#[test]
fn a_server_is_migrated_only_when_asked() {
    let database = Database::empty(Engine::Postgres);
    let place = Place::of(&database);
    place.run(&["verify"]).ended(2, &["xueshi migrate", "[database_older]"]);
    assert!(!place.keys().exists());
    place.run(&["migrate", "--status"]).ended(1, &["0001 is still to be applied"]);
    place.run(&["migrate"]).ended(0, &["0007 is applied"]);
    place.run(&["verify"]).ended(0, &["0 persons"]);
}

#[test]
fn settings_come_from_the_file_that_is_named() {
    let database = Database::empty(Engine::Sqlite);
    let place = Place::fresh(&database.folder);
    let url = place.path("named.db");
    let file = place.file("x.toml", &format!("[database]\nurl = \"sqlite://{url}\"\n"));
    let mut command = place.command(&["migrate", "--config", &file]);
    let output = command.env_remove("XUESHI__DATABASE__URL").output().expect("the program runs");
    assert!(output.status.success());
    assert!(std::path::Path::new(&url).exists());
    let wrong = place.file("wrong.toml", "[databse]\n");
    place.run(&["verify", "--config", &wrong]).ended(2, &["wrong.toml:1", "[unknown_setting]"]);
}

#[test]
fn keys_that_are_lost_or_of_another_are_refused() {
    for engine in Engine::BOTH {
        let (_database, place) = closed(engine, 1);
        place.run(&["verify"]).ended(0, &["1 persons, 2 entries"]);
        let aside = place.path("aside.toml");
        std::fs::rename(place.keys(), &aside).expect("a new name");
        for command in [&["verify"][..], &["export"], &["key", "list"], &["key", "rotate"]] {
            place.run(command).ended(2, &["[keys_missing]"]);
            assert!(!place.keys().exists(), "a second identity space");
        }
        let other = Place::fresh(&place.folder.join("other"));
        other.run(&["migrate"]).ended(0, &[]);
        other.run(&["verify"]).ended(0, &["made the keys"]);
        std::fs::rename(other.keys(), place.keys()).expect("a new name");
        place.run(&["verify"]).ended(2, &["[keys_of_another]"]);
        place.run(&["key", "rotate"]).ended(2, &["[keys_of_another]"]);
        std::fs::rename(&aside, place.keys()).expect("a new name");
        place.run(&["verify"]).ended(0, &[]);
    }
}

#[test]
fn people_on_record_prove_the_keys_before_anything_is_remembered() {
    for engine in Engine::BOTH {
        let (_database, place) = closed(engine, 1);
        std::fs::remove_file(place.keys()).expect("keys");
        place.run(&["verify"]).ended(2, &["[keys_missing]"]);
        let other = Place::fresh(&place.folder.join("other"));
        other.run(&["migrate"]).ended(0, &[]);
        other.run(&["verify"]).ended(0, &["made the keys"]);
        std::fs::rename(other.keys(), place.keys()).expect("a new name");
        place.run(&["verify"]).ended(2, &["[keys_of_another]"]);
    }
}

#[test]
fn a_planted_fault_is_found_and_named() {
    for engine in Engine::BOTH {
        let (database, place) = closed(engine, 3);
        place.run(&["verify"]).ended(0, &["3 persons, 6 entries"]);
        let people: Vec<serde_json::Value> =
            place.entries().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let person = people[2]["person"].as_str().expect("an id").to_owned();
        let number = i64::from_str_radix(&person, 16).expect("a number");
        let unguarded = match engine {
            Engine::Sqlite => "DROP TRIGGER entry_no_update",
            Engine::Postgres => "ALTER TABLE entry DISABLE TRIGGER ALL",
        };
        let change = format!("UPDATE entry SET hours = 900 WHERE person_id = {number} AND seq = 2");
        database.execute(&format!("{unguarded}; {change}")).expect("a fault");
        let found = format!("Person {person}: entry 2 does not match its hash");
        place.run(&["verify"]).ended(1, &[&found, "[verify_hash]", "not whole"]);
        place.run(&["verify", "--person", &person]).ended(1, &[&found]);
        let other = people[0]["person"].as_str().expect("an id");
        place.run(&["verify", "--person", other]).ended(0, &["1 persons, 2 entries"]);
        place.run(&["verify", "--person", "0000000000000001"]).ended(2, &["[person_unknown]"]);
        place.run(&["verify", "--person", "1"]).ended(2, &["0123456789abcdef"]);
    }
}
