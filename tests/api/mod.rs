//! The service, through its front door: the real program on a free port, spoken to over a socket.

mod bodies;
mod contract;
mod doors;
mod hostile;
mod issuers;
mod keys;
mod routes;

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;

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
        let folder = Folder::new();
        let config = folder.file("settings.toml", settings);
        let log = std::fs::File::create(folder.path().join("log")).expect("a log");
        let mut child = program(&folder)
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
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
        Service { folder, child, address: address.expect("an address") }
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
    let at = all.windows(4).position(|four| four == b"\r\n\r\n");
    let at = at.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&all)));
    let head = String::from_utf8(all[..at].to_vec()).expect("an ASCII head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").expect("a header");
        (name.to_ascii_lowercase(), value.to_owned())
    };
    Answer {
        status: status.parse().expect("a number"),
        headers: lines.map(header).collect(),
        body: all[at + 4..].to_vec(),
    }
}
