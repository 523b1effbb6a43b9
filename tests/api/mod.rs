//! The service, through its front door: the real program on a free port, spoken to over a socket.

mod bodies;
mod canary;
mod contract;
mod damage;
mod demo;
mod differences;
mod doors;
mod feeds;
mod hostile;
mod imports;
mod issuers;
mod journey;
mod keys;
mod kill;
mod matrix;
mod rotation;
mod routes;
mod scope;
mod subjects;
pub mod town;
mod verdicts;

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::support::engines::Database;

/// A folder that is there as long as this is.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("xueshi-api-{}-{count}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is in the way of nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The program, with an environment that names only the data folder.
pub fn program(folder: &Folder) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xueshi"));
    command.env_clear().env("XUESHI__DATA__FOLDER", folder.path());
    command
}

/// The service, running.
pub struct Service {
    pub folder: Folder,
    url: Option<String>,
    child: Child,
    address: SocketAddr,
}

impl Service {
    /// With the default settings.
    pub fn start() -> Service {
        Service::with("")
    }

    /// With these settings.
    pub fn with(settings: &str) -> Service {
        Service::launch(None, settings)
    }

    /// Over a database, with these settings.
    pub fn on(database: &Database, settings: &str) -> Service {
        Service::launch(Some(database.url.clone()), settings)
    }

    fn launch(url: Option<String>, settings: &str) -> Service {
        let folder = Folder::new();
        folder.file("settings.toml", settings);
        Service::start_in(folder, url)
    }

    /// Over a folder of data that is there already.
    pub fn over(folder: Folder, url: Option<&str>) -> Service {
        folder.file("settings.toml", town::UNLIMITED);
        Service::start_in(folder, url.map(str::to_owned))
    }

    fn start_in(folder: Folder, url: Option<String>) -> Service {
        let (child, address) = spawn(&folder, url.as_deref());
        Service { folder, url, child, address }
    }

    /// Ends it as a power failure would: nothing is written any more, nobody is told.
    pub fn kill(&mut self) {
        self.child.kill().expect("a kill");
        self.child.wait().expect("an end");
    }

    /// Starts it again on what it left, on another port.
    pub fn restart(&mut self) {
        (self.child, self.address) = spawn(&self.folder, self.url.as_deref());
    }

    /// The most memory that the process ever had, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("the state of the process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        let kilobytes = line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok());
        kilobytes.expect("a number") * 1024
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        ask(self.address, method, path, headers, b"")
    }

    /// Who the service takes the owner of a token for.
    pub fn caller(&self, token: &str) -> Answer {
        self.ask("GET", "/v1/caller", &[("Authorization", &format!("Bearer {token}"))])
    }

    /// A token by the command.
    pub fn token(&self, args: &[&str]) -> String {
        let output = program(&self.folder).args(["token", "issue"]).args(args).output();
        let output = output.expect("xueshi runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("a log")
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(&mut self) -> std::process::ExitStatus {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("kill");
        self.child.wait().expect("an end")
    }
}

fn spawn(folder: &Folder, url: Option<&str>) -> (Child, SocketAddr) {
    let path = folder.path().join("log");
    let log = std::fs::OpenOptions::new().create(true).append(true).open(path);
    let mut command = program(folder);
    if let Some(url) = url {
        command.env("XUESHI__DATABASE__URL", url);
    }
    let mut child = command
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(folder.path().join("settings.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log.expect("a log"))
        .spawn()
        .expect("xueshi starts");
    let mut line = String::new();
    let out = child.stdout.take().expect("standard output");
    BufReader::new(out).read_line(&mut line).expect("a line");
    let Some((_, rest)) = line.split_once("http://") else {
        let log = std::fs::read_to_string(folder.path().join("log"));
        panic!("it does not listen: {line} {log:?}");
    };
    let address = rest.split_whitespace().next().expect("an address").parse();
    (child, address.expect("an address"))
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// The code of a problem, which is whole.
    pub fn code(&self) -> String {
        let json = self.json();
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{json}");
        assert_eq!(json["status"], self.status, "{json}");
        assert_eq!(json["request_id"].as_str(), self.header("x-request-id"), "{json}");
        let code = json["code"].as_str().expect("a code");
        assert_eq!(json["type"], format!("/problems/{code}"));
        for text in
            [&json["title"], &json["detail"], &json["messages"]["zh"], &json["messages"]["en"]]
        {
            assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{json}");
        }
        code.to_owned()
    }
}

/// Sends a request and reads the answer to its end.
pub fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let lengthy = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if !body.is_empty() && !lengthy {
        let _ = write!(head, "Content-Length: {}\r\n", body.len());
    }
    send(address, &[head.as_bytes(), b"\r\n", body].concat())
}

/// Sends bytes as they are.
pub fn send(address: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    // A server that has heard enough may close while this is being sent.
    let _ = stream.write_all(bytes);
    receive(&mut stream)
}

pub fn receive(stream: &mut TcpStream) -> Answer {
    let mut all = Vec::new();
    // A connection that is reset after the answer has been read is one that was closed.
    let _ = stream.read_to_end(&mut all);
    answered(&all).unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&all)))
}

/// The answer in what was received, if it is whole.
pub fn answered(all: &[u8]) -> Option<Answer> {
    let at = all.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(all[..at].to_vec()).expect("an ASCII head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").expect("a header");
        (name.to_ascii_lowercase(), value.to_owned())
    };
    let mut answer = Answer {
        status: status.parse().expect("a number"),
        headers: lines.map(header).collect(),
        body: all[at + 4..].to_vec(),
    };
    let length = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = joined(&answer.body)?;
    } else if length.is_some_and(|length| answer.body.len() < length) && !answer.body.is_empty() {
        return None;
    }
    Some(answer)
}

/// The parts of a chunked body as one; none where the last is missing.
fn joined(mut chunked: &[u8]) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let end = chunked.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&chunked[..end]).ok()?, 16).ok()?;
        let part = chunked.get(end + 2..end + 2 + length)?;
        if length == 0 {
            return Some(all);
        }
        all.extend_from_slice(part);
        chunked = chunked.get(end + 4 + length..)?;
    }
}
