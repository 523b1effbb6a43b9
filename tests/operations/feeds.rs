//! What an operator does about rows of a feed that cannot be read.

use std::path::Path;

use serde_json::Value;

use super::{Place, closed};
use crate::feeds::lishui::{FILE, HEADINGS, put, row, table};
use crate::support::engines::Engine;
use crate::support::people;

const FEED: &str = "lishui-registry";

/// A row that can be read, one with a word that the mapping does not have, one that nothing helps.
pub fn dropped(folder: &Path) -> String {
    let person = [("姓名", people::name(5)), ("身份证号", people::number(5))];
    let with = |number: &str, changes: &[(&str, &str)]| {
        let own = person.iter().map(|(heading, text)| (*heading, text.as_str()));
        let all: Vec<_> =
            own.chain([("证书编号", number)]).chain(changes.iter().copied()).collect();
        row(&all)
    };
    let rows = [
        with("LS-1", &[]),
        with("LS-2", &[("科目类别", "专技继教")]),
        with("LS-3", &[("学时", "八")]),
    ];
    put(folder, FILE, &table(&HEADINGS, &rows)).display().to_string()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// The run that was told.
fn run_of(said: &str) -> String {
    let (_, rest) = said.split_once('(').expect("a run");
    rest.split(')').next().expect("a run").to_owned()
}

#[test]
fn rows_that_cannot_be_read_are_told_with_their_place_and_what_stood_there() {
    for engine in Engine::BOTH {
        let (_database, place) = closed(engine, 0);
        let file = dropped(&place.folder);
        let ran = place.run(&["feed", "drop", FEED, &file]);
        ran.ended(1, &["posted 1, held 1, rejected 1"]);
        let run = run_of(&ran.out);
        ran.ended(1, &[&format!(" inbox --batch {run} --outcome held")]);

        let told = place.run(&["inbox", "--batch", &run, "--outcome", "held,rejected"]);
        told.ended(0, &[&format!("{FILE}:3"), "LS-2", "held", "[category_unknown]"]);
        told.ended(0, &[&format!("{FILE}:4"), "LS-3", "rejected", "hours: "]);
        assert!(!told.out.contains("LS-1"), "{}", told.out);
        assert!(!told.out.contains(&people::number(5)), "{}", told.out);

        let all = place.run(&["inbox", "--source", FEED, "--received", "--format", "ndjson"]);
        all.ended(0, &[]);
        let all = lines(&all.out);
        assert_eq!(all.len(), 3);
        for (row, (number, outcome)) in
            all.iter().zip([("LS-1", "posted"), ("LS-2", "held"), ("LS-3", "rejected")])
        {
            assert_eq!(
                (row["key"].as_str(), row["outcome"].as_str()),
                (Some(number), Some(outcome))
            );
            assert_eq!((row["file"].as_str(), row["page"].as_i64()), (Some(FILE), Some(1)));
            let received = row["received"].as_str().expect("what came");
            assert!(received.contains(&people::number(5)) && received.contains(number));
        }
        let none = "0000000000000000";
        place.run(&["inbox", "--batch", none]).ended(2, &["[batch_absent]"]);
        let other = ["inbox", "--batch", &run, "--source", "online-site"];
        place.run(&other).ended(2, &["[batch_absent]"]);
        place.run(&["inbox", "--source", "lishui"]).ended(2, &["nearest: lishui-registry"]);
    }
}

#[test]
fn a_mapping_is_mended_without_a_release_and_what_was_kept_is_taken_again() {
    for engine in Engine::BOTH {
        let (_database, mut place) = closed(engine, 0);
        let file = dropped(&place.folder);
        let ran = place.run(&["feed", "drop", FEED, &file]);
        ran.ended(1, &["posted 1, held 1, rejected 1"]);
        let run = run_of(&ran.out);

        let folder = place.folder.join("mappings");
        std::fs::create_dir(&folder).expect("a folder");
        let mapping = place.run(&["feed", "mapping", FEED]).out;
        assert_eq!(mapping, include_str!("../../config/feeds/lishui-registry.toml"));
        let own = folder.join("ours.toml");
        let write = |from: &str, to: &str| {
            assert!(mapping.contains(from), "{from}");
            std::fs::write(&own, mapping.replacen(from, to, 1)).expect("a mapping");
        };
        place.mappings = Some(folder.clone());
        write("[synonyms]\n", "[synonyms]\n\"专技继教\" = \"proffesional\"\n");
        let wrong = place.run(&["feed", "list"]);
        wrong.ended(2, &["ours.toml:33", "synonyms.专技继教", "professional", "[not_accepted]"]);
        assert_eq!(place.run(&["serve"]).ended(2, &["ours.toml:33"]).out, "");
        write("[synonyms]\n", "[synonyms]\n\"专技继教\" = \"professional\"\n");

        let tried = place.run(&["feed", "read", FEED, &file]);
        tried.ended(1, &["2 rows can be read, 1 cannot, 0 are none"]);
        let tried = lines(&tried.out);
        let second = &tried[1];
        assert_eq!((&second["category"], &second["hours"]), (&"professional".into(), &"24".into()));
        assert!(second["person"]["number"].as_str().expect("a number").contains("********"));
        assert_eq!(tried[2]["outcome"], "rejected");
        assert_eq!(tried[2]["problems"][0]["field"], "hours");
        assert_eq!(lines(&place.entries()).len(), 1, "{engine:?}: nothing was taken");

        place.run(&["feed", "replay", FEED, "--run", &run]).ended(0, &["posted 1, replayed 2"]);
        place.run(&["feed", "replay", FEED, "--run", &run]).ended(0, &["replayed 3"]);
        let keys: Vec<_> =
            lines(&place.entries()).iter().map(|entry| entry["key"].to_string()).collect();
        assert_eq!(keys, ["\"LS-1\"", "\"LS-2\""]);
        place.run(&["verify"]).ended(0, &["1 persons, 2 entries"]);
    }
}

#[test]
fn a_further_system_is_a_further_mapping() {
    let (_database, mut place) = closed(Engine::Sqlite, 0);
    let file = dropped(&place.folder);
    let mapping = place.run(&["feed", "mapping", FEED]).out;
    let folder = place.folder.join("mappings");
    std::fs::create_dir(&folder).expect("a folder");
    let other = mapping
        .replace("code = \"lishui-registry\"", "code = \"quzhou-registry\"")
        .replace("jurisdiction = \"331100\"", "jurisdiction = \"330800\"");
    std::fs::write(folder.join("quzhou.toml"), &other).expect("a mapping");
    place.mappings = Some(folder.clone());
    let listed = place.run(&["feed", "list"]);
    listed.ended(0, &["huzhou-registry", "lishui-registry", "quzhou-registry"]);
    place.run(&["feed", "drop", "quzhou-registry", &file]).ended(1, &["posted 1"]);
    place.run(&["inbox", "--source", "quzhou-registry"]).ended(0, &["LS-1", "LS-2", "LS-3"]);
    std::fs::write(folder.join("again.toml"), &other).expect("a mapping");
    place.run(&["feed", "list"]).ended(2, &["quzhou.toml", "[feed_twice]"]);
    place.mappings = Some(folder.join("nowhere"));
    place.run(&["feed", "list"]).ended(2, &["[unreadable]"]);
}

/// A mapping of the installation that says something else in one place.
fn map(place: &Place, changes: &[(&str, &str)]) -> Place {
    let folder = place.folder.join("mappings");
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut mapping = include_str!("../../config/feeds/lishui-registry.toml").to_owned();
    for (from, to) in changes {
        assert!(mapping.contains(from), "{from}");
        mapping = mapping.replacen(from, to, 1);
    }
    std::fs::write(folder.join("ours.toml"), mapping).expect("a mapping");
    Place { url: place.url.clone(), folder: place.folder.clone(), mappings: Some(folder) }
}

#[test]
fn what_a_wrong_mapping_read_otherwise_is_corrected() {
    for engine in Engine::BOTH {
        let (_database, usual) = closed(engine, 0);
        let file = dropped(&usual.folder);
        let named = "\"专业科目\" = ";
        let professional = format!("{named}\"professional\"");
        let wrong = map(&usual, &[(&professional, &format!("{named}\"industry\""))]);
        let ran = wrong.run(&["feed", "drop", FEED, &file]);
        ran.ended(1, &["posted 1, held 1, rejected 1"]);
        let hours = |place: &Place| {
            let of = |entry: &Value| {
                format!("{} {} {}", entry["key"], entry["category"], entry["hours"])
            };
            lines(&place.entries()).iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(hours(&usual), ["\"LS-1\" \"industry\" \"24\""]);
        usual.run(&["feed", "replay", FEED, "--mended"]).ended(0, &["replayed 2, corrected 1"]);
        let after = hours(&usual);
        assert_eq!((after.len(), &*after[2]), (3, "\"LS-1\" \"professional\" \"24\""), "{after:?}");
        for words in [&["feed", "replay", FEED, "--mended"][..], &["feed", "replay", FEED]] {
            usual.run(words).ended(0, &["replayed 3"]);
        }
        assert_eq!(hours(&usual), after, "{engine:?}");
        usual.run(&["verify"]).ended(0, &["1 persons, 3 entries"]);
    }
}

#[test]
fn a_mapping_that_makes_other_keys_counts_nothing_twice() {
    for engine in Engine::BOTH {
        let (_database, usual) = closed(engine, 0);
        let file = dropped(&usual.folder);
        usual.run(&["feed", "drop", FEED, &file]).ended(1, &["posted 1, held 1, rejected 1"]);
        // Without the number of the certificate, records are known by what they say.
        let unread = ("others = [", "others = [\"证书编号\", ");
        let other = map(&usual, &[("certificate = \"证书编号\"\n", ""), unread]);
        for words in [&["feed", "replay", FEED][..], &["feed", "drop", FEED, &file]] {
            other.run(words).ended(2, &["[feed_keys_changed]", "1 of 1"]);
        }
        other.run(&["feed", "list"]).ended(0, &["[feed_keys_changed]"]);
        assert_eq!(lines(&usual.entries()).len(), 1, "{engine:?}");
        // Who lets it pass for what comes means no pages of before.
        other.run(&["feed", "resume", FEED, "--accept"]).ended(0, &[]);
        other.run(&["feed", "replay", FEED]).ended(2, &["[feed_keys_changed]"]);
        assert_eq!(lines(&usual.entries()).len(), 1, "{engine:?}");
        // With the right one it goes on.
        usual.run(&["feed", "resume", FEED]).ended(0, &[]);
        usual.run(&["feed", "replay", FEED]).ended(0, &["replayed 3"]);
        // What was kept may be gone: that hinders nothing.
        std::fs::remove_dir_all(usual.folder.join("feeds")).expect("what was kept");
        std::fs::write(&file, std::fs::read(&file).expect("a file")).expect("a file");
        usual.run(&["feed", "drop", FEED, &file]).ended(0, &["replayed 3"]);
    }
}
