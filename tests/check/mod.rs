//! `xueshi check`, from outside: what is given on standard input and what comes back.

mod answers;
mod bad_lines;
mod contract;
mod edges;
mod receipts;
mod streams;
mod tables;
mod usage;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// What came back.
pub struct Output {
    status: i32,
    out: String,
    err: String,
}

impl Output {
    /// The answers, one per line.
    pub fn answers(&self) -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.out.lines().map(read).collect()
    }
}

/// The command, with an environment that says nothing.
fn xueshi(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xueshi"));
    command.args(args).env_clear().env("COLUMNS", "100");
    command
}

/// The command, started, with all three streams in hand.
fn start(args: &[&str]) -> Child {
    xueshi(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xueshi starts")
}

fn run(args: &[&str], input: &[u8]) -> Output {
    let mut child = start(args);
    let mut stdin = child.stdin.take().expect("standard input");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // A command that cannot begin reads nothing.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("xueshi ends");
    writer.join().expect("the writer ends");
    Output {
        status: output.status.code().expect("xueshi is not killed"),
        out: String::from_utf8(output.stdout).expect("UTF-8 answers"),
        err: String::from_utf8(output.stderr).expect("UTF-8 messages"),
    }
}

pub fn check(args: &[&str], input: &[u8]) -> Output {
    run(&[&["check"], args].concat(), input)
}

/// The fixed cases: every verdict, every transition path, every kind of error.
fn cases() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check/cases.ndjson");
    std::fs::read_to_string(path).expect("the cases")
}

/// Those of the fixed cases that have one of these ids.
fn cases_of(ids: &[&str]) -> String {
    let of = |id: &&str| {
        let prefix = format!("{{\"id\": \"{id}\",");
        let cases = cases();
        let line = cases.lines().find(|line| line.starts_with(&prefix));
        format!("{}\n", line.unwrap_or_else(|| panic!("no case {id}")))
    };
    ids.iter().map(of).collect()
}

/// A line for each.
fn lines_of<T: ToString>(values: impl Iterator<Item = T>) -> String {
    values.fold(String::new(), |text, value| text + &value.to_string() + "\n")
}

/// A case that is met.
const GOOD: &str = concat!(
    r#"{"id":"good","declaration":{"jurisdiction":"331100","year":2023,"level":"intermediate","#,
    r#""series":"engineering","required_years":2,"tenure_start":2018},"records":["#,
    r#"{"year":2022,"category":"professional","hours":"60","source":"registry"},"#,
    r#"{"year":2022,"category":"general","hours":"30","source":"registry"},"#,
    r#"{"year":2023,"category":"professional","hours":"60.5","source":"registry"},"#,
    r#"{"year":2023,"category":"general","hours":"29.5","source":"registry"}]}"#
);

/// A file that is there as long as this is.
struct TempFile(PathBuf);

impl TempFile {
    fn new(name: &str, bytes: &[u8]) -> TempFile {
        let unique = format!("xueshi-test-{}-{name}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(unique);
        std::fs::write(&path, bytes).expect("a temporary file");
        TempFile(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a UTF-8 path")
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        // A file that stays behind is overwritten by the next run.
        let _ = std::fs::remove_file(&self.0);
    }
}
