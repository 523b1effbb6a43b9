//! Commands as whoever runs them meets them: what is written, what is refused, and how it ends.

mod policy;
mod simulate;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::cases;

/// What a run left behind.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {} {}", self.out, self.err))
    }

    /// Ended well, and wrote each of these.
    fn says(&self, words: &[&str]) -> &Ran {
        assert_eq!(self.code, 0, "{}", self.err);
        self.wrote(words)
    }

    fn wrote(&self, words: &[&str]) -> &Ran {
        for words in words {
            assert!(self.out.contains(words), "{words:?} is not in:\n{}", self.out);
        }
        self
    }

    /// Could not begin, wrote nothing, and each of these is in the complaint.
    fn refused(&self, words: &[&str]) {
        assert_eq!(self.code, 2, "{}{}", self.out, self.err);
        assert_eq!(self.out, "");
        for words in words {
            assert!(self.err.contains(words), "{words:?} is not in:\n{}", self.err);
        }
    }
}

fn xueshi(arguments: &[&str]) -> Ran {
    run(arguments, "")
}

fn run(arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_xueshi"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that stops before it has read everything has said why.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// A fresh folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The text of a policy file that is built in.
fn built_in(file: &str) -> String {
    std::fs::read_to_string(format!("{}/config/policies/{file}", env!("CARGO_MANIFEST_DIR")))
        .unwrap()
}

/// A copy of a built-in policy file with some of its text replaced.
fn altered(folder: &str, file: &str, from: &str, to: &str) -> String {
    let text = built_in(file);
    assert!(text.contains(from), "{from:?} is not in {file}");
    let path = self::folder(folder).join(file);
    std::fs::write(&path, text.replace(from, to)).unwrap();
    path.display().to_string()
}

/// A folder of the built-in policies, one of them with some of its text replaced.
fn all_but(name: &str, file: &str, from: &str, to: &str) -> String {
    let changed = altered(name, file, from, to);
    let folder = PathBuf::from(&changed).parent().unwrap().to_owned();
    let built_in = format!("{}/config/policies", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(built_in).unwrap().map(Result::unwrap) {
        if entry.file_name() != *file {
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
    folder.display().to_string()
}

/// Every worked scenario as a line of NDJSON.
fn cases() -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policies");
    let mut lines = String::new();
    for scenario in cases::load(folder.as_ref()) {
        lines.push_str(&scenario.case.to_string());
        lines.push('\n');
    }
    lines
}

/// The verdicts of `xueshi check`, with further arguments, in the order of the cases.
fn verdicts(arguments: &[&str], cases: &str) -> Vec<String> {
    let ran = run(&[&["check"], arguments].concat(), cases);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let verdict = |line: &str| {
        let answer: Value = serde_json::from_str(line).unwrap();
        answer["verdict"].as_str().unwrap().to_owned()
    };
    ran.out.lines().map(verdict).collect()
}
