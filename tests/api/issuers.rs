//! Keys behind an address: rotation, floods of unknown ids, an issuer that is away.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::Service;
use super::keys::{Key, set};

/// A server of one document.
struct Issuer {
    address: SocketAddr,
    answer: Arc<Mutex<String>>,
    asked: Arc<AtomicU32>,
}

impl Issuer {
    fn start(body: &str) -> Issuer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let answer = Arc::new(Mutex::new(ok(body)));
        let asked = Arc::new(AtomicU32::new(0));
        let issuer = Issuer { address, answer: Arc::clone(&answer), asked: Arc::clone(&asked) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                asked.fetch_add(1, Ordering::Relaxed);
                let _ = stream.read(&mut [0; 4096]);
                let answer = answer.lock().expect("an answer").clone();
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        issuer
    }

    fn says(&self, answer: String) {
        *self.answer.lock().expect("an answer") = answer;
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    fn service(&self) -> Service {
        Service::with(&format!(
            "[auth]\njwks_cooldown = 1\n[[auth.issuers]]\nissuer = \"https://id.test\"\n\
             audience = \"xueshi\"\njwks_url = \"http://{}/jwks\"\n",
            self.address
        ))
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn cooled() {
    std::thread::sleep(Duration::from_millis(1100));
}

#[test]
fn keys_rotate() {
    let (old, new) = (Key::ed(), Key::ed());
    let issuer = Issuer::start(&set(&[old.jwk("old")]));
    let service = issuer.service();
    let token = old.good("old");
    assert_eq!(service.caller(&token).status, 200);
    assert_eq!(issuer.asked(), 1);
    issuer.says(ok(&set(&[new.jwk("new")])));
    cooled();
    assert_eq!(service.caller(&new.good("new")).status, 200, "{}", service.log());
    assert_eq!(issuer.asked(), 2);
    assert_eq!(service.caller(&token).code(), "token_key_unknown", "verified under other keys");
}

#[test]
fn unknown_ids_do_not_lead_to_a_flood() {
    let key = Key::ed();
    let issuer = Issuer::start(&set(&[key.jwk("k")]));
    let service = issuer.service();
    for n in 0..50 {
        let answer = service.caller(&key.good(&format!("unknown-{n}")));
        assert_eq!(answer.status, 401);
    }
    assert!(issuer.asked() <= 3, "{} fetches", issuer.asked());
    assert_eq!(service.caller(&key.good("k")).status, 200);
}

#[test]
fn an_issuer_that_is_away_is_not_the_callers_fault() {
    let key = Key::ed();
    let issuer = Issuer::start(&set(&[key.jwk("k")]));
    let broken = "HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    issuer.says(broken.to_owned());
    let service = issuer.service();
    let answer = service.caller(&key.good("k"));
    assert_eq!((answer.status, answer.code().as_str()), (503, "keys_unavailable"));
    assert_eq!(answer.header("retry-after"), Some("30"));
    assert_eq!(answer.json()["retryable"], true);
    issuer.says(ok(&set(&[key.jwk("k")])));
    cooled();
    assert_eq!(service.caller(&key.good("k")).status, 200);
    // Away again: what was fetched still serves.
    issuer.says(broken.to_owned());
    cooled();
    assert_eq!(service.caller(&key.good("other")).code(), "token_key_unknown");
    assert_eq!(service.caller(&key.good("k")).status, 200);
}

#[test]
fn an_answer_that_is_no_key_set_is_none() {
    let key = Key::ed();
    let moved =
        format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", "/other");
    let huge = ok(&format!("{{\"keys\":[],\"x\":\"{}\"}}", "x".repeat(300_000)));
    for answer in [moved, huge, ok("{}"), ok("not json"), ok("{\"keys\":[{\"kty\":\"oct\"}]}")] {
        let issuer = Issuer::start("");
        issuer.says(answer);
        let service = issuer.service();
        assert_eq!(service.caller(&key.good("k")).code(), "keys_unavailable");
    }
}
