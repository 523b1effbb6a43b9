//! A client that costs little: one thread a connection, one request at a time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A connection that is kept open.
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a timeout");
        Client { stream: BufReader::with_capacity(64 * 1024, stream) }
    }

    /// The status and the body.
    pub fn send(&mut self, request: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
        self.stream.get_mut().write_all(request)?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
        let (mut length, mut chunked) = (0_usize, false);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            let Some((name, value)) = header.split_once(':') else { continue };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or(0);
            }
            chunked |= name.eq_ignore_ascii_case("transfer-encoding");
        }
        let body = if chunked { self.chunks()? } else { self.exactly(length)? };
        Ok((status, body))
    }

    fn exactly(&mut self, length: usize) -> std::io::Result<Vec<u8>> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(body)
    }

    fn chunks(&mut self) -> std::io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let length = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
            body.extend(self.exactly(length)?);
            self.stream.read_line(&mut line)?;
            if length == 0 {
                return Ok(body);
            }
        }
    }
}

pub fn post(path: &str, token: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

pub fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n").into_bytes()
}

/// What became of many requests.
pub struct Ran {
    took: Vec<Duration>,
    wall: Duration,
    pub failed: usize,
}

impl Ran {
    pub fn rate(&self) -> f64 {
        self.took.len() as f64 / self.wall.as_secs_f64()
    }

    /// In milliseconds.
    pub fn percentile(&self, part: f64) -> f64 {
        let last = self.took.len().saturating_sub(1) as f64;
        let place = (last * part).round();
        let place = (0..self.took.len()).find(|n| *n as f64 >= place).unwrap_or(0);
        let took = self.took.get(place).copied().unwrap_or_default();
        (took.as_secs_f64() * 1e5).round() / 100.0
    }
}

/// Sends requests over so many connections for so long.
pub fn run(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    request: impl Fn(usize, u64) -> Vec<u8> + Sync,
) -> Ran {
    let began = Instant::now();
    let all: Vec<(Vec<Duration>, usize)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|thread| {
                let request = &request;
                scope.spawn(move || one(address, thread, began, time, request))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a client")).collect()
    });
    let wall = began.elapsed();
    let failed = all.iter().map(|(_, failed)| failed).sum();
    let mut took: Vec<Duration> = all.into_iter().flat_map(|(took, _)| took).collect();
    took.sort_unstable();
    Ran { took, wall, failed }
}

fn one(
    address: SocketAddr,
    thread: usize,
    began: Instant,
    time: Duration,
    request: &(impl Fn(usize, u64) -> Vec<u8> + Sync),
) -> (Vec<Duration>, usize) {
    let mut client = Client::connect(address);
    let (mut took, mut failed, mut n) = (Vec::new(), 0, 0);
    while began.elapsed() < time {
        let bytes = request(thread, n);
        n += 1;
        let sent = Instant::now();
        match client.send(&bytes) {
            Ok((200..=299, _)) => took.push(sent.elapsed()),
            Ok((status, body)) => {
                if failed == 0 {
                    eprintln!("{status}: {}", String::from_utf8_lossy(&body));
                }
                failed += 1;
            }
            Err(_) => {
                failed += 1;
                client = Client::connect(address);
            }
        }
    }
    (took, failed)
}
