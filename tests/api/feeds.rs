//! What operators are told of feeds while the service pulls them.

use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::town::Town;
use super::{Folder, program};
use crate::feeds::jiaxing;
use crate::feeds::lishui::FILE;
use crate::operations::feeds::dropped;
use crate::support::engines::Engine;
use crate::support::people;

const FEED: &str = "jiaxing-workbook";

/// A service with a feed, and a book in its folder that is not read as a whole.
struct Fed {
    folder: Folder,
    town: Town,
}

impl Fed {
    fn new(engine: Engine) -> Fed {
        let folder = Folder::new();
        std::fs::write(folder.path().join("2024.xlsx"), jiaxing::partly_read()).expect("a book");
        let connection = format!("feed = \"{FEED}\"\nfolder = {:?}\n", folder.path());
        let town = Town::with(engine, &format!("[[feeds.connections]]\n{connection}"));
        Fed { folder, town }
    }

    /// The runs of the feed, newest first, once there are so many and all have ended.
    fn runs(&self, n: usize) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let answer = self.town.get(&self.town.admin, &format!("/v1/feeds/{FEED}/runs"));
            let runs = answer.json()["items"].as_array().cloned().unwrap_or_default();
            if runs.len() == n && runs.iter().all(|run| run["state"] != "running") {
                return runs;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{}", answer.text());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What `xueshi feed …` prints beside the running service.
    fn command(&self, args: &[&str]) -> String {
        let output = self.output(args);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {errors}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn refused(&self, args: &[&str]) {
        let status = self.output(args).status;
        assert_eq!(status.code(), Some(2), "{args:?}");
    }

    fn output(&self, args: &[&str]) -> Output {
        program(&self.town.service.folder)
            .env("XUESHI__DATABASE__URL", &self.town.database.url)
            .args(["--lang", "en", "feed"])
            .args(args)
            .arg("--config")
            .arg(self.town.service.folder.path().join("settings.toml"))
            .output()
            .expect("the program")
    }
}

#[test]
fn what_runs_came_to_is_counted() {
    for engine in Engine::BOTH {
        let mut fed = Fed::new(engine);
        fed.runs(1);
        let file = fed.folder.path().join("2024.xlsx");
        let file = file.to_str().expect("a path").to_owned();
        let counts = |fed: &Fed| {
            let text = fed.town.service.get("/metrics").text();
            assert!(text.contains("# TYPE xueshi_feed_rows_total counter"), "{text}");
            let of_feeds = |line: &&str| {
                ["rows", "alarms", "runs"]
                    .iter()
                    .any(|what| line.starts_with(&format!("xueshi_feed_{what}_total{{")))
            };
            let mut lines: Vec<String> = text.lines().filter(of_feeds).map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        let first = [
            r#"xueshi_feed_rows_total{feed="jiaxing-workbook",outcome="posted"} 1"#,
            r#"xueshi_feed_runs_total{feed="jiaxing-workbook",state="finished",work="pull"} 1"#,
        ];
        assert_eq!(counts(&fed), first, "{engine:?}");
        // What a command does counts too: the same file again, and one that is none.
        fed.command(&["drop", FEED, &file]);
        let broken = fed.folder.path().join("no-book");
        std::fs::write(&broken, "no book").expect("a file");
        fed.refused(&["drop", FEED, broken.to_str().expect("a path")]);
        let all = [
            r#"xueshi_feed_alarms_total{feed="jiaxing-workbook",code="not_a_workbook"} 1"#,
            r#"xueshi_feed_rows_total{feed="jiaxing-workbook",outcome="posted"} 1"#,
            r#"xueshi_feed_rows_total{feed="jiaxing-workbook",outcome="replayed"} 1"#,
            r#"xueshi_feed_runs_total{feed="jiaxing-workbook",state="failed",work="drop"} 1"#,
            r#"xueshi_feed_runs_total{feed="jiaxing-workbook",state="finished",work="drop"} 1"#,
            r#"xueshi_feed_runs_total{feed="jiaxing-workbook",state="finished",work="pull"} 1"#,
        ];
        assert_eq!(sorted_labels(counts(&fed)), sorted_labels(all.map(str::to_owned).to_vec()));
        // It is the installation that counts, not the process.
        fed.town.service.kill();
        fed.town.service.restart();
        assert_eq!(sorted_labels(counts(&fed)), sorted_labels(all.map(str::to_owned).to_vec()));
    }
}

/// Lines with the labels of each in the order of the alphabet.
fn sorted_labels(lines: Vec<String>) -> Vec<String> {
    let sorted = |line: String| {
        let (name, rest) = line.split_once('{').expect("labels");
        let (labels, value) = rest.split_once('}').expect("labels");
        let mut labels: Vec<&str> = labels.split(',').collect();
        labels.sort_unstable();
        format!("{name}{{{}}}{value}", labels.join(","))
    };
    lines.into_iter().map(sorted).collect()
}

#[test]
fn what_was_not_read_is_told() {
    for engine in Engine::BOTH {
        let fed = Fed::new(engine);
        let runs = fed.runs(1);
        assert_eq!(runs[0]["counts"]["posted"], 1, "{engine:?}: {runs:?}");
        assert_eq!(runs[0]["skipped"], 1, "{engine:?}: {runs:?}");
        let notice = &runs[0]["notices"][0];
        assert_eq!(notice["code"], "feed_sheets_not_read");
        let sentence = notice["message"]["en"].as_str().expect("a sentence");
        assert!(sentence.contains("2022年") && sentence.contains("2024.xlsx"), "{sentence}");
        assert!(!sentence.contains("说明"), "it may be a name: {sentence}");
        let file = fed.folder.path().join("2024.xlsx");
        let file = file.to_str().expect("a path");
        for printed in [fed.command(&["status", FEED]), fed.command(&["drop", FEED, file])] {
            assert!(printed.contains(sentence), "{engine:?}: {printed}");
            assert!(printed.contains("sums and rows without hours: 1"), "{engine:?}: {printed}");
        }
        assert_eq!(fed.runs(2)[0]["notices"][0], *notice, "{engine:?}");
    }
}

#[test]
fn rows_of_a_run_are_told_with_their_place_and_why() {
    for engine in Engine::BOTH {
        let fed = Fed::new(engine);
        let other = fed.runs(1)[0]["run"].as_str().expect("an id").to_owned();
        let file = dropped(fed.folder.path());
        assert_eq!(fed.output(&["drop", "lishui-registry", &file]).status.code(), Some(1));
        let town = &fed.town;
        let runs = town.get(&town.admin, "/v1/feeds/lishui-registry/runs").json();
        let run = runs["items"][0]["run"].as_str().expect("an id");
        let rows = format!("/v1/feeds/lishui-registry/runs/{run}/rows");

        let held = town.get(&town.admin, &format!("{rows}?outcome=held"));
        let told = held.json();
        assert_eq!(told["items"].as_array().map(Vec::len), Some(1), "{told}");
        let row = &told["items"][0];
        assert_eq!((row["file"].as_str(), row["page"].as_i64()), (Some(FILE), Some(1)));
        assert_eq!((row["row"].as_i64(), row["key"].as_str()), (Some(3), Some("LS-2")));
        let why = [&row["outcome"], &row["code"], &row["field"]].map(|text| text.as_str());
        assert_eq!(why, [Some("held"), Some("category_unknown"), Some("category")]);
        assert!(!held.text().contains(&people::number(5)), "{}", held.text());

        let first = town.get(&town.admin, &format!("{rows}?limit=2")).json();
        let next = first["next"].as_str().expect("more");
        let second = town.get(&town.admin, &format!("{rows}?limit=2&cursor={next}")).json();
        let all = [&first, &second].map(|page| page["items"].as_array().expect("rows").clone());
        let keys: Vec<_> = all.iter().flatten().map(|row| row["key"].to_string()).collect();
        assert_eq!(keys, ["\"LS-1\"", "\"LS-2\"", "\"LS-3\""]);
        assert!(second["next"].is_null());

        let wrong = town.get(&town.admin, &format!("{rows}?outcome=hold"));
        assert_eq!((wrong.status, wrong.code().as_str()), (422, "query_choice"));
        let elsewhere = format!("/v1/feeds/lishui-registry/runs/{other}/rows");
        assert_eq!(town.get(&town.admin, &elsewhere).status, 404, "{engine:?}");
    }
}
