//! Long input, long lines, and callers that wait for each answer or go away.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout};

use serde_json::Value;

use super::GOOD;

fn start(args: &[&str]) -> (Child, ChildStdin, BufReader<ChildStdout>) {
    let mut child = super::start(args);
    let stdin = child.stdin.take().expect("standard input");
    let stdout = BufReader::new(child.stdout.take().expect("standard output"));
    (child, stdin, stdout)
}

/// The most memory that the process has held, in MiB, where the system tells.
fn most_memory(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

#[test]
fn two_hundred_thousand_cases_need_little_memory() {
    const CASES: usize = 200_000;
    let (mut child, mut stdin, mut stdout) = start(&["check"]);
    let writer = std::thread::spawn(move || {
        let block = format!("{GOOD}\n").repeat(100);
        for _ in 0..CASES / 100 {
            stdin.write_all(block.as_bytes()).expect("cases are read");
        }
        stdin
    });
    let mut line = String::new();
    for _ in 0..CASES {
        line.clear();
        stdout.read_line(&mut line).expect("an answer");
        assert!(line.starts_with("{\"id\":\"good\",\"verdict\":\"met\""), "{line}");
    }
    let memory = most_memory(&child);
    drop(writer.join().expect("the writer ends"));
    assert_eq!(stdout.read_line(&mut line).expect("the end"), 0);
    assert!(child.wait().expect("the end").success());
    if let Some(memory) = memory {
        assert!(memory < 64, "{memory} MiB");
    }
}

#[test]
fn a_line_that_is_too_long_is_an_error_and_is_not_kept() {
    let (mut child, mut stdin, mut stdout) = start(&["check"]);
    let writer = std::thread::spawn(move || {
        stdin.write_all(b"{\"id\":\"").expect("the beginning");
        let block = vec![b'x'; 1 << 20];
        for _ in 0..70 {
            stdin.write_all(&block).expect("a long line");
        }
        stdin.write_all(format!("\"}}\n{GOOD}\n").as_bytes()).expect("the rest");
        stdin
    });
    let [long, after] = [(); 2].map(|()| {
        let mut line = String::new();
        stdout.read_line(&mut line).expect("an answer");
        serde_json::from_str::<Value>(&line).expect("JSON")
    });
    let memory = most_memory(&child);
    drop(writer.join().expect("the writer ends"));
    assert_eq!(child.wait().expect("the end").code(), Some(1));
    assert_eq!(
        (&long["error"]["code"], &long["error"]["line"]),
        (&"line_too_long".into(), &1.into())
    );
    assert_eq!(after["verdict"], "met");
    if let Some(memory) = memory {
        assert!(memory < 160, "{memory} MiB");
    }
}

#[test]
fn a_caller_that_waits_for_each_answer_gets_it() {
    let (mut child, mut stdin, mut stdout) = start(&["check"]);
    for n in 0..50 {
        // In two pieces, as a pipe may deliver them.
        let line = format!("{}\n", GOOD.replace("\"good\"", &n.to_string()));
        let (first, second) = line.split_at(line.len() / 2);
        for piece in [first, second] {
            stdin.write_all(piece.as_bytes()).expect("a piece");
            stdin.flush().expect("a piece");
        }
        let mut answer = String::new();
        stdout.read_line(&mut answer).expect("an answer");
        assert!(answer.starts_with(&format!("{{\"id\":{n},\"verdict\":\"met\"")), "{answer}");
    }
    drop(stdin);
    assert!(child.wait().expect("the end").success());
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    for format in ["json", "text", "csv"] {
        let (mut child, mut stdin, mut stdout) = start(&["check", "--format", format]);
        let writer = std::thread::spawn(move || {
            let block = format!("{GOOD}\n").repeat(100);
            // Until nobody reads any more.
            (0..10_000).any(|_| stdin.write_all(block.as_bytes()).is_err())
        });
        let mut line = String::new();
        stdout.read_line(&mut line).expect("an answer");
        drop(stdout);
        assert!(writer.join().expect("the writer ends"), "{format}: it went on reading");
        let mut err = String::new();
        child.stderr.take().expect("messages").read_to_string(&mut err).expect("messages");
        assert_eq!(
            (child.wait().expect("the end").code(), err.as_str()),
            (Some(0), ""),
            "{format}"
        );
    }
}
