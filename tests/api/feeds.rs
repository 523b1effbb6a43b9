//! What operators are told of feeds while the service pulls them.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::town::Town;
use super::{Folder, program};
use crate::feeds::jiaxing;
use crate::support::engines::Engine;

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
        let output = program(&self.town.service.folder)
            .env("XUESHI__DATABASE__URL", &self.town.database.url)
            .args(["--lang", "en", "feed"])
            .args(args)
            .arg("--config")
            .arg(self.town.service.folder.path().join("settings.toml"))
            .output()
            .expect("the program");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {errors}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }
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
