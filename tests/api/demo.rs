//! `xueshi demo`, as somebody tries it who pastes its lines into a terminal, in order.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{Folder, program};

/// The demo, running; asked to end when this is dropped.
struct Demo {
    child: Child,
    lines: String,
    folder: Folder,
}

impl Demo {
    fn start(lang: &str) -> Demo {
        let folder = Folder::new();
        let child = program(&folder)
            .env("TMPDIR", folder.path())
            .args(["demo", "--lang", lang])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("xueshi starts");
        let mut demo = Demo { child, lines: String::new(), folder };
        let out = BufReader::new(demo.child.stdout.take().expect("standard output"));
        for line in out.lines() {
            let line = line.expect("a line");
            // What comes before the tokens is for reading.
            if line.starts_with("PROVIDER=") || !demo.lines.is_empty() {
                demo.lines.push_str(&line);
                demo.lines.push('\n');
            }
            if line.starts_with("# ") && line.contains("/docs") {
                return demo;
            }
        }
        panic!("it ended by itself: {}", demo.lines);
    }

    /// What a shell prints that is given all lines.
    fn paste(&self) -> String {
        let script = self.folder.file("lines.sh", &self.lines);
        let shell = Command::new("bash").arg(script).output().expect("a shell, and curl");
        let told = String::from_utf8_lossy(&shell.stderr).into_owned();
        assert_eq!(told, "", "the shell complains");
        String::from_utf8(shell.stdout).expect("UTF-8")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        // It may have ended already.
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.child.wait();
    }
}

/// Verdicts and outcomes in the order in which they were printed, and what the runs did.
fn told(printed: &str) -> Vec<String> {
    let mut told = Vec::new();
    for line in printed.lines() {
        if let Some(rest) = line.strip_prefix("\"verdict\":\"") {
            told.push(rest.split('"').next().unwrap_or_default().to_owned());
            continue;
        }
        let Ok(json) = serde_json::from_str::<Value>(line) else { continue };
        let run = &json["items"][0];
        if run["work"].is_string() {
            told.push(format!("{} {}", run["work"], run["state"]).replace('"', ""));
            let missing = &run["counts"]["missing_there"];
            assert!(run["work"] != "listing" || missing.as_u64() > Some(1), "{line}");
        }
        let rows = json["rows"].as_array().cloned().unwrap_or_default();
        for one in rows.iter().chain([&json]) {
            for name in ["verdict", "outcome", "kind"] {
                told.extend(one[name].as_str().map(str::to_owned));
            }
        }
    }
    told
}

#[test]
fn the_lines_of_the_demo_do_what_they_say_when_pasted() {
    let demo = Demo::start("en");
    let printed = demo.paste();
    let expected = [
        ["not_met", "pending", "replayed", "pending", "indeterminate", "recognise", "met"]
            .as_slice(),
        &["not_met", "posted", "posted", "met", "held"],
        &["listing finished", "indeterminate", "settle", "met", "pull finished"],
    ];
    assert_eq!(told(&printed), expected.concat(), "{printed}");
    // Of the year on which it hangs: every hour with its source, and what became of it.
    let years: Vec<&str> =
        printed.lines().filter(|line| line.starts_with("\"year\":2019,")).collect();
    let fates = |source: &str| -> Vec<&str> {
        let fate = |year: &&'_ str| {
            let said = |fate: &&&str| year.contains(&format!("\"{source}\",\"fate\":\"{fate}\""));
            ["counted", "pending"].iter().find(said).copied().unwrap_or("-")
        };
        years.iter().map(fate).collect()
    };
    assert_eq!(fates("huzhou-registry"), ["counted", "counted", "pending", "counted"], "{printed}");
    assert_eq!(fates("huzhou-college"), ["-", "counted", "counted", "counted"], "{printed}");
    // What is held says in whose place.
    let held = printed.lines().find(|line| line.contains("\"held\"")).expect("a held row");
    assert!(held.contains("huzhou-registry"), "{held}");
}

#[test]
fn the_demo_speaks_chinese_and_leaves_nothing_behind() {
    let demo = Demo::start("zh");
    for heading in ["丽水", "湖州"] {
        assert!(demo.lines.contains(&format!("# ==== {heading}")), "{}", demo.lines);
    }
    let left = || {
        let all = std::fs::read_dir(demo.folder.path()).expect("a folder");
        let names = all.map(|entry| entry.expect("an entry").file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("xueshi-demo-")).count()
    };
    assert_eq!(left(), 1);
    let id = demo.child.id().to_string();
    Command::new("kill").args(["-TERM", &id]).status().expect("kill");
    let ended = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        left() == 0
    });
    assert!(ended, "the folder of the demo is still there");
}
