//! A client of a few lines, which believes nothing.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;
use xueshi::city::{HUZHOU_TOKEN, HZHRET_TOKEN, Serving, Town, serve};

/// A town that is served.
pub struct Served {
    town: Arc<Mutex<Town>>,
    serving: Serving,
}

/// What came back.
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

impl Served {
    pub fn new(town: Town) -> Served {
        let town = Arc::new(Mutex::new(town));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let serving = serve(Arc::clone(&town), listener).expect("a server");
        Served { town, serving }
    }

    pub fn town(&self) -> MutexGuard<'_, Town> {
        self.town.lock().expect("nobody panicked")
    }

    /// Asks, and reads at most so many bytes.
    pub fn ask_for(&self, request: &str, most: u64) -> Reply {
        let mut stream = TcpStream::connect(self.serving.address()).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut bytes = Vec::new();
        stream.take(most).read_to_end(&mut bytes).expect("it answers");
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).expect("a head");
        let status = head[9..12].parse().expect("a status");
        Reply { status, head: head.to_lowercase(), body: bytes.split_off(end + 4) }
    }

    pub fn get(&self, path: &str, header: &str) -> Reply {
        self.ask_for(&format!("GET {path} HTTP/1.0\r\n{header}\r\n"), u64::MAX)
    }

    pub fn post(&self, path: &str, body: &str) -> Reply {
        let length = body.len();
        let kind = "Content-Type: application/json";
        let head = format!("POST {path} HTTP/1.0\r\n{kind}\r\nContent-Length: {length}\r\n\r\n");
        self.ask_for(&(head + body), u64::MAX)
    }

    pub fn huzhou(&self, path: &str) -> Reply {
        let path = format!("/api/open/hours/{path}").replace(' ', "%20");
        self.get(&path, &format!("X-Access-Token: {HUZHOU_TOKEN}\r\n"))
    }

    pub fn hzhret(&self, path: &str) -> Reply {
        self.get(path, &format!("Authorization: Bearer {HZHRET_TOKEN}\r\n"))
    }
}
