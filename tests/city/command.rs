//! `xueshi demo city`, from outside.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use xueshi::city::Fault;

use super::wire::Folder;

fn xueshi(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xueshi"));
    command.args(["demo", "city"]).args(args).env_clear().env("COLUMNS", "100");
    command
}

#[test]
fn the_faults_are_listed_in_both_languages() {
    let given = xueshi(&["--faults"]).output().expect("xueshi runs");
    assert!(given.status.success());
    let text = String::from_utf8(given.stdout).expect("UTF-8");
    for fault in Fault::ALL {
        assert!(text.contains(&format!("  {}  [", fault.name())), "{}", fault.name());
    }
    assert!(text.contains("[应停止并报警 must stop]\n    正文中途截断\n    the body ends halfway"));
}

#[test]
fn an_unknown_fault_is_refused() {
    let given = xueshi(&["--fault", "no_such"]).output().expect("xueshi runs");
    assert_eq!(given.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&given.stderr).contains("--faults"));
}

#[test]
fn the_help_shows_how_to_go_on() {
    let given = xueshi(&["--help"]).output().expect("xueshi runs");
    insta::assert_snapshot!("help_demo_city", String::from_utf8(given.stdout).expect("UTF-8"));
}

#[test]
fn it_serves_what_it_prints_and_ends_when_asked() {
    let folder = Folder::new();
    let path = folder.0.to_str().expect("a path");
    let mut child = xueshi(&["--listen", "127.0.0.1:0", "--people", "10", "--folder", path])
        .stdout(Stdio::piped())
        .spawn()
        .expect("xueshi starts");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let lines = lines.map(|line| line.expect("a line"));
    let lines: Vec<String> = lines.take_while(|line| !line.contains("Ctrl-C")).collect();
    let text = lines.join("\n");
    for feed in ["huzhou-registry", "hzhret", "lishui-registry", "jiaxing-workbook"] {
        assert!(text.contains(&format!("[[feeds.connections]]\nfeed = \"{feed}\"\n")), "{text}");
    }
    let url =
        lines.iter().find_map(|line| line.strip_prefix("url = \"http://")).expect("an address");
    let mut stream = TcpStream::connect(url.trim_end_matches('"')).expect("it listens");
    stream.write_all(b"GET /city/truth HTTP/1.0\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    assert_eq!(folder.names(), ["hzhret", "jiaxing-workbook", "lishui-registry"]);
    let id = child.id().to_string();
    let ended = Command::new("kill").args(["-INT", &id]).status().expect("kill");
    assert!(ended.success());
    assert!(child.wait().expect("it ends").success());
}
