//! What goes wrong under an operator's hands is told so that it can be put right.

use super::{Place, closed};
use crate::support::engines::{Database, Engine};

#[test]
fn a_database_that_cannot_be_used_says_why() {
    let (_database, mut place) = closed(Engine::Sqlite, 0);
    let file = place.file("hours.csv", "these are no pages of a database, but words of a table");
    place.url = format!("sqlite:{file}");
    place.run(&["verify"]).ended(2, &["[database_unusable]", "file is not a database"]);
    place.url = "postgres://xueshi:nobody-knows-it@127.0.0.1:1/xueshi".to_owned();
    for command in [&["verify"][..], &["serve", "--listen", "127.0.0.1:0"], &["migrate"]] {
        let ran = place.run(command);
        ran.ended(2, &["[database_unusable]", "refused"]);
        assert!(!ran.err.contains("nobody-knows-it"), "{}", ran.err);
    }
}

#[test]
fn a_file_or_source_that_is_none_is_named() {
    let database = Database::new(Engine::Sqlite);
    let place = Place::of(&database);
    let file = place.file("hours.csv", "key,year\n");
    place.run(&["import", &file, "--source", "s"]).ended(2, &["[source_none]", "/v1/sources"]);
    let (_database, place) = closed(Engine::Sqlite, 0);
    let folder = place.path("");
    let ran = place.run(&["import", &folder, "--source", "lishui-registry"]);
    ran.ended(2, &["[unreadable]", "not a regular file"]);
    place.run(&["verify", "--person", "zz"]).ended(2, &["16 hexadecimal digits"]);
}

#[test]
fn a_token_that_no_server_accepts_is_not_issued() {
    let (_database, place) = closed(Engine::Sqlite, 0);
    let long = "s".repeat(257);
    for subject in ["", "a\nb", &long] {
        let ran = place.run(&["token", "issue", "--role", "admin", "--subject", subject]);
        ran.ended(2, &["--subject", "256"]);
        assert_eq!(ran.out, "");
    }
    let sourceless = ["token", "issue", "--role", "provider", "--subject", "a", "--source", ""];
    place.run(&sourceless).ended(2, &["--source"]);
    let nowhere =
        ["token", "issue", "--role", "reviewer", "--subject", "a", "--jurisdiction", "33"];
    place.run(&nowhere).ended(2, &["GB/T 2260"]);
}

#[test]
fn a_rotation_does_not_ask_for_a_restart() {
    let (_database, place) = closed(Engine::Sqlite, 1);
    let ran = place.run(&["key", "rotate"]);
    ran.ended(0, &["take it up by themselves"]);
    assert!(!ran.out.contains("restart") && !ran.err.contains("restart"));
}
