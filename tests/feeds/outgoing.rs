//! Asking over HTTP: where to, how much, how long, how often.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use xueshi::clock::Clock;
use xueshi::domain::timestamp::Timestamp;
use xueshi::feeds::{LookUp, Outgoing, Patience, Trouble};
use xueshi::random::Random;

use crate::sheets::gzip;

/// What one connection is answered: bytes, after which it is closed.
type Script = Box<dyn Fn(usize) -> Vec<u8> + Send + Sync>;

/// A listener that counts connections and answers each from a script.
pub(crate) struct Site {
    at: SocketAddr,
    connections: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub(crate) fn new(script: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("an address");
        let (connections, heard) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Vec<_>>>::default());
        let (count, ears): (_, Arc<Mutex<Vec<String>>>) = (connections.clone(), heard.clone());
        let script: Script = Box::new(script);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let place = count.fetch_add(1, Ordering::SeqCst);
                ears.lock().expect("ears").push(serve(stream, &script(place)));
            }
        });
        Site { at, connections, heard }
    }

    fn count(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.at)
    }
}

fn serve(mut stream: TcpStream, answer: &[u8]) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        head.push(byte[0]);
    }
    let _ = stream.write_all(answer);
    String::from_utf8_lossy(&head).into_owned()
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

pub(crate) fn ok(body: &[u8]) -> Vec<u8> {
    answer("200 OK", "", body)
}

fn hurried() -> Patience {
    Patience {
        attempts: 3,
        first_pause: Duration::from_millis(4),
        longest_pause: Duration::from_millis(20),
        longest_asked: Duration::from_millis(200),
        request: Duration::from_secs(5),
        ..Patience::default()
    }
}

fn outgoing(address: &str, private: bool) -> Result<Outgoing, Trouble> {
    let outgoing = Outgoing::new(address, private, Clock::System, Random::seeded(1))?;
    Ok(outgoing.with_patience(hurried()))
}

fn get(outgoing: &Outgoing, target: &str) -> Result<Vec<u8>, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let headers = [("X-Access-Token".to_owned(), "t".to_owned())];
    let got = runtime.expect("a runtime").block_on(async {
        outgoing.session()?.get(target, &headers).await.map(|answer| answer.body)
    });
    if let Err(trouble) = &got {
        crate::locale::assert_whole(&trouble.message());
    }
    got
}

/// A resolver that gives these addresses, one list after the other, and counts how often it is asked.
fn resolver(answers: Vec<Vec<IpAddr>>) -> (LookUp, Arc<AtomicUsize>) {
    let asked = Arc::<AtomicUsize>::default();
    let count = asked.clone();
    let look_up: LookUp = Arc::new(move |_| {
        let turn = count.fetch_add(1, Ordering::SeqCst);
        let answer = answers[turn.min(answers.len() - 1)].clone();
        Box::pin(async move { Ok(answer) })
    });
    (look_up, asked)
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

#[test]
fn an_answer_comes_back_and_the_token_goes_out() {
    let site = Site::new(|_| ok(b"hello"));
    let outgoing = outgoing(&site.url("/gate"), true).expect("a place");
    assert_eq!(get(&outgoing, "/list?a=1"), Ok(b"hello".to_vec()));
    let heard = site.heard.lock().expect("ears")[0].to_lowercase();
    assert!(heard.starts_with("get /gate/list?a=1 http/1.1"), "{heard}");
    assert!(
        heard.contains("x-access-token: t") && heard.contains("accept-encoding: gzip"),
        "{heard}"
    );
    assert!(heard.contains("user-agent: xueshi/") && !heard.contains("referer"), "{heard}");
}

#[test]
fn nothing_is_connected_to_but_the_place_of_the_connection() {
    let site = Site::new(|_| ok(b"secret"));
    let port = site.at.port();
    let home = outgoing(&site.url("/api"), true).expect("a place");
    for target in [
        format!("http://127.0.0.1:{port}/admin"),
        format!("http://127.0.0.1:{port}/api/../admin"),
        format!("http://127.0.0.1:{port}/api/%2e%2e/admin"),
        format!("http://localhost:{port}/api/list"),
        format!("http://user:word@127.0.0.1:{port}/api/list"),
        format!("http://127.0.0.1@localhost:{port}/api/list"),
        format!("https://127.0.0.1:{port}/api/list"),
        format!("//127.0.0.1:{port}/admin"),
        "/api/../admin".to_owned(),
        "/api\\..\\admin".to_owned(),
        "file:///etc/passwd".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
    ] {
        assert_eq!(get(&home, &target), Err(Trouble::NotThePlace), "{target}");
    }
    // Another port of the same machine.
    let other = Site::new(|_| ok(b"other"));
    assert_eq!(get(&home, &other.url("/api/list")), Err(Trouble::NotThePlace));
    assert_eq!((site.count(), other.count()), (0, 0));
    assert_eq!(get(&home, &site.url("/api/list")), Ok(b"secret".to_vec()));
}

#[test]
fn addresses_that_are_not_public_are_not_connected_to() {
    let site = Site::new(|_| ok(b"secret"));
    let port = site.at.port();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "169.254.169.254",
        "10.0.0.1",
    ] {
        let refused = outgoing(&format!("https://{host}:{port}/"), false).err();
        assert_eq!(refused, Some(Trouble::AddressForbidden), "{host}");
    }
    for host in ["[::]", "0.0.0.0", "169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]"] {
        let refused = outgoing(&format!("http://{host}:{port}/"), true).err();
        assert_eq!(refused, Some(Trouble::AddressForbidden), "{host}, also where private");
    }
    assert_eq!(outgoing(&site.url("/"), false).err(), Some(Trouble::NotHttps));
    assert_eq!(site.count(), 0);
}

#[test]
fn a_name_that_leads_to_a_private_address_is_not_connected_to() {
    let site = Site::new(|_| ok(b"secret"));
    let address = format!("https://city.example:{}/", site.at.port());
    for answers in [
        vec![ip("127.0.0.1")],
        vec![ip("::ffff:127.0.0.1")],
        vec![ip("::1")],
        vec![ip("169.254.169.254")],
        // One bad address among good ones.
        vec![ip("8.8.8.8"), ip("127.0.0.1")],
    ] {
        let (look_up, _) = resolver(vec![answers.clone()]);
        let outgoing = outgoing(&address, false).expect("a place").with_look_up(look_up);
        assert_eq!(get(&outgoing, "/list"), Err(Trouble::AddressForbidden), "{answers:?}");
    }
    assert_eq!(site.count(), 0);
}

#[test]
fn what_is_connected_to_is_what_was_looked_at() {
    let site = Site::new(|_| ok(b"hello"));
    let other = Site::new(|_| ok(b"other"));
    // The second answer would be a trap: it must never be asked for during one connection.
    let (look_up, asked) = resolver(vec![vec![ip("127.0.0.1")], vec![ip("169.254.169.254")]]);
    let address = format!("http://city.example:{}/", site.at.port());
    let outgoing = outgoing(&address, true).expect("a place").with_look_up(look_up);
    assert_eq!(get(&outgoing, "/list"), Ok(b"hello".to_vec()));
    assert_eq!(asked.load(Ordering::SeqCst), 1, "looked up once, and used");
    assert_eq!(get(&outgoing, "/list"), Err(Trouble::AddressForbidden), "looked at each time");
    assert_eq!((site.count(), other.count()), (1, 0));
}

#[test]
fn redirects_are_not_followed() {
    let other = Site::new(|_| ok(b"secret"));
    let to = other.url("/");
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let (to, status) = (to.clone(), status.to_owned());
        let site = Site::new(move |_| answer(&status, &format!("Location: {to}\r\n"), b""));
        let outgoing = outgoing(&site.url("/"), true).expect("a place");
        assert_eq!(get(&outgoing, "/list"), Err(Trouble::Redirected));
        assert_eq!(site.count(), 1, "not asked again");
    }
    assert_eq!(other.count(), 0);
}

#[test]
fn bursts_are_waited_out_and_no_longer_than_that() {
    for status in ["429 Too Many", "502 Bad", "503 Busy", "504 Late"] {
        let script = move |n| if n < 2 { answer(status, "", b"") } else { ok(b"hello") };
        let site = Site::new(script);
        let home = outgoing(&site.url("/"), true).expect("a place");
        assert_eq!(get(&home, "/list"), Ok(b"hello".to_vec()), "{status}");
        assert_eq!(site.count(), 3);
        let site = Site::new(move |_| answer(status, "", b""));
        let home = outgoing(&site.url("/"), true).expect("a place");
        let code = status[..3].parse().expect("a number");
        assert_eq!(get(&home, "/list"), Err(Trouble::Status(code)));
        assert_eq!(site.count(), 3, "three attempts, and no more");
    }
    for (status, trouble) in [
        ("401 No", Trouble::NotAuthorised),
        ("403 No", Trouble::NotAuthorised),
        ("404 None", Trouble::Gone),
        ("410 Gone", Trouble::Gone),
        ("400 Bad", Trouble::Status(400)),
        ("500 Oops", Trouble::Status(500)),
    ] {
        let site = Site::new(move |_| answer(status, "", b""));
        let home = outgoing(&site.url("/"), true).expect("a place");
        assert_eq!(get(&home, "/list"), Err(trouble));
        assert_eq!(site.count(), 1, "{status} is not asked again");
    }
}

#[test]
fn cut_bodies_and_closed_connections_are_asked_for_again() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf".to_vec();
    let packed = gzip(&b"hello ".repeat(1000));
    let packed = answer("200 OK", "Content-Encoding: gzip\r\n", &packed[..packed.len() / 2]);
    for broken in [cut, chunked, packed, Vec::new(), b"nonsense\r\n\r\n".to_vec()] {
        let site = Site::new(move |n| if n == 0 { broken.clone() } else { ok(b"hello") });
        let home = outgoing(&site.url("/"), true).expect("a place");
        assert_eq!(get(&home, "/list"), Ok(b"hello".to_vec()));
        assert_eq!(site.count(), 2);
    }
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port");
    let home = outgoing(&format!("http://{closed}/"), true).expect("a place");
    assert_eq!(get(&home, "/list"), Err(Trouble::Unreachable));
}

#[test]
fn retry_after_is_honoured_within_bounds() {
    for (header, least, most) in [("0", 0, 150), ("1", 190, 900), ("99999999", 190, 900)] {
        let busy = answer("503 Busy", &format!("Retry-After: {header}\r\n"), b"");
        let site = Site::new(move |n| if n == 0 { busy.clone() } else { ok(b"hello") });
        let home = outgoing(&site.url("/"), true).expect("a place");
        let start = Instant::now();
        assert_eq!(get(&home, "/list"), Ok(b"hello".to_vec()));
        let waited = start.elapsed().as_millis();
        assert!(waited >= least, "{header}: {waited} ms");
        // Generously: the machine may be busy. Without a bound it would be seconds or years.
        assert!(waited < most + 3000, "{header}: {waited} ms");
    }
}

#[test]
fn an_answer_is_read_only_so_far() {
    let small = || Patience { bytes: 1000, expanded: 5000, ..hurried() };
    let read = |bytes: Vec<u8>| {
        let site = Site::new(move |_| bytes.clone());
        let home = outgoing(&site.url("/"), true).expect("a place").with_patience(small());
        let got = get(&home, "/list");
        assert_eq!(site.count(), 1, "not asked again");
        got
    };
    assert_eq!(read(ok(&[b'x'; 1000])).map(|body| body.len()), Ok(1000));
    assert_eq!(read(ok(&[b'x'; 1001])), Err(Trouble::TooLarge));
    let packed =
        |length: usize| answer("200 OK", "Content-Encoding: gzip\r\n", &gzip(&vec![b'x'; length]));
    assert_eq!(read(packed(5000)).map(|body| body.len()), Ok(5000));
    assert_eq!(read(packed(5001)), Err(Trouble::TooLarge));
    assert_eq!(read(packed(50 << 10)), Err(Trouble::TooLarge), "a bomb");
}

#[test]
fn an_endless_answer_ends_here() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("an address");
    let sent = Arc::<AtomicUsize>::default();
    let count = sent.clone();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        let part = vec![b'x'; 1 << 16];
        while stream.write_all(&part).is_ok() {
            count.fetch_add(1 << 16, Ordering::SeqCst);
        }
    });
    let patience = Patience { bytes: 1 << 20, ..hurried() };
    let home = outgoing(&format!("http://{at}/"), true).expect("a place").with_patience(patience);
    assert_eq!(get(&home, "/list"), Err(Trouble::TooLarge));
    assert!(sent.load(Ordering::SeqCst) < 64 << 20, "hung up");
}

#[test]
fn an_answer_that_never_comes_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("an address");
    let patience = Patience { request: Duration::from_millis(100), attempts: 2, ..hurried() };
    let home = outgoing(&format!("http://{at}/"), true).expect("a place").with_patience(patience);
    let start = Instant::now();
    assert_eq!(get(&home, "/list"), Err(Trouble::TimedOut));
    assert!(start.elapsed() < Duration::from_secs(20));
    drop(listener);
}

#[test]
fn after_failures_in_a_row_the_source_is_left_alone() {
    static NOW: AtomicI64 = AtomicI64::new(1_700_000_000_000_000);
    let healthy = Arc::<AtomicUsize>::default();
    let state = healthy.clone();
    let site = Site::new(move |_| match state.load(Ordering::SeqCst) {
        0 => answer("503 Busy", "", b""),
        _ => ok(b"hello"),
    });
    let patience = Patience { attempts: 1, failures: 2, rest: Duration::from_mins(1), ..hurried() };
    let made = Outgoing::new(&site.url("/"), true, Clock::Moved(&NOW), Random::seeded(1));
    let home = made.expect("a place").with_patience(patience);
    assert_eq!(get(&home, "/list"), Err(Trouble::Status(503)));
    assert_eq!(get(&home, "/list"), Err(Trouble::Status(503)));
    let until = Timestamp::from_micros(1_700_000_060_000_000);
    assert_eq!(get(&home, "/list"), Err(Trouble::Resting(until)));
    assert_eq!(site.count(), 2, "not asked at all");
    healthy.store(1, Ordering::SeqCst);
    NOW.fetch_add(61_000_000, Ordering::SeqCst);
    assert_eq!(get(&home, "/list"), Ok(b"hello".to_vec()));
    assert_eq!(get(&home, "/list"), Ok(b"hello".to_vec()));
}
