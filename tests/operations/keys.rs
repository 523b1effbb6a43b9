//! A new master key: everything opens as before, and nothing is done twice.

use super::{closed, ledger};
use crate::ledger::row;
use crate::support::engines::{Engine, surroundings};
use crate::support::people;

#[test]
fn after_a_rotation_everything_opens_as_before() {
    for engine in Engine::BOTH {
        let (database, place) = closed(engine, 3);
        let before = place.run(&["export", "--with-identity"]);
        before.ended(0, &[&people::name(2)]);
        std::fs::copy(place.keys(), place.path("former.toml")).expect("a copy");
        place.run(&["key", "list"]).ended(0, &["1  ", "active  wraps the keys of 3"]);
        place.run(&["key", "rotate"]).ended(0, &["Master key 2 is made", "the keys of 3 persons"]);
        let list = place.run(&["key", "list"]);
        list.ended(0, &["former  wraps the keys of 0", "active  wraps the keys of 3"]);
        assert_eq!(place.run(&["export", "--with-identity"]).out, before.out);
        place.run(&["verify"]).ended(0, &[]);

        // Who is found stays found, and who is new is sealed by the new key.
        let service = database.service(surroundings());
        assert_eq!(service.vault.active(), 2);
        drop(service);

        // The former file of keys would open nothing, and is refused at once.
        std::fs::rename(place.keys(), place.path("newest.toml")).expect("a new name");
        std::fs::copy(place.path("former.toml"), place.keys()).expect("a copy");
        place.run(&["verify"]).ended(2, &["lacks the master key 2", "[keys_former]"]);
        std::fs::rename(place.path("newest.toml"), place.keys()).expect("a new name");
        place.run(&["verify"]).ended(0, &[]);
    }
}

#[test]
fn a_rotation_that_was_broken_off_is_finished_and_not_begun_again() {
    for engine in Engine::BOTH {
        let (ledger, place) = ledger(engine, 2);
        place.run(&["key", "rotate"]).ended(0, &["Master key 2 is made"]);
        // This process knows the former key only, as a server that was not restarted.
        ledger.post(&ledger.trusted, &row(7, "late", 1, "4"));
        ledger
            .database
            .execute("INSERT INTO installation (name, value) VALUES ('rotation', '2')")
            .expect("a mark");
        place.run(&["key", "rotate"]).ended(0, &["No key was made", "1 more keys"]);
        place.run(&["key", "list"]).ended(0, &["active  wraps the keys of 3"]);
        place.run(&["key", "rotate", "--finish"]).ended(0, &["No key was made", "0 more keys"]);
        place.run(&["key", "rotate"]).ended(0, &["Master key 3 is made", "of 3 persons"]);
        place.run(&["export", "--with-identity"]).ended(0, &[&people::name(7)]);
    }
}
