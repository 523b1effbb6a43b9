//! What the service bears: `cargo bench --bench load -- [--seconds N] [--postgres URL] [NAME…]`.
//!
//! Starts the real program on a loopback port with a database of its own, and a bare actix handler as
//! the yardstick in the same run; clients are threads of this process, on the same cores. One JSON
//! line for each measurement. Bounded: at most 30 seconds each, 64 connections.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the measurements are the output")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement that fails says so"
)]
#![expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "rates are rounded")]
#![expect(unreachable_pub, reason = "a bench has no outside; pub marks what other files use")]

mod bare;
mod client;
mod raw;
mod server;

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use client::{Client, Ran, run};
use serde_json::json;
use server::Server;

struct Options {
    seconds: u64,
    postgres: Option<String>,
    only: Vec<String>,
}

fn options() -> Options {
    let mut options = Options { seconds: 5, postgres: None, only: Vec::new() };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => {
                let seconds = args.next().and_then(|text| text.parse().ok()).unwrap_or(5);
                options.seconds = u64::min(seconds, 30);
            }
            "--postgres" => options.postgres = args.next(),
            "--bench" => {}
            name => options.only.push(name.to_owned()),
        }
    }
    options
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("bare") {
        return bare::serve();
    }
    let options = options();
    let wanted = |name: &str| options.only.is_empty() || options.only.iter().any(|o| o == name);
    let time = Duration::from_secs(options.seconds);
    let engine = if options.postgres.is_some() { "postgres" } else { "sqlite" };

    let bare = bare::Bare::start();
    // The same bodies as the verdicts.
    let asked = AtomicU64::new(0);
    let yardstick = run(bare.address, 32, time, |_, _| {
        let mut body = String::new();
        question(&mut body, asked.fetch_add(7919, Ordering::Relaxed) % 100_000);
        client::post("/", "none", "application/json", body.as_bytes())
    });
    tell(engine, "bare handler", &yardstick, 1, None, None);
    drop(bare);

    let server = Server::start(options.postgres.as_deref());
    if wanted("post") {
        post(&server, engine, time);
    }
    if wanted("batch") {
        batch(&server, engine, time);
    }
    if wanted("verdict") {
        verdict(&server, engine, time, &yardstick);
    }
    if wanted("people") {
        people_at_once(&server, engine, time);
    }
    if wanted("import") {
        import(&server, engine);
    }
    let peak = server.peak_memory();
    println!("{}", json!({ "engine": engine, "bench": "memory of the server", "peak_mib": peak }));
}

fn tell(
    engine: &str,
    bench: &str,
    ran: &Ran,
    each: u64,
    ratio: Option<(&str, f64)>,
    note: Option<serde_json::Value>,
) {
    let mut line = json!({
        "engine": engine,
        "bench": bench,
        "per_second": (ran.rate() * each as f64).round(),
        "p50_ms": ran.percentile(0.50),
        "p99_ms": ran.percentile(0.99),
        "failed": ran.failed,
    });
    if let Some((yardstick, rate)) = ratio {
        line["yardstick"] = yardstick.into();
        line["ratio"] = ((ran.rate() * each as f64 / rate * 1000.0).round() / 1000.0).into();
    }
    if let Some(note) = note {
        line["note"] = note;
    }
    println!("{line}");
}

/// Rows of different people under keys of their own. Written as text: on the same cores, a client that
/// builds trees of values would be measured with the server.
fn row(body: &mut String, n: u64) {
    let person = usize::try_from(n % 100_000).unwrap();
    let (number, name) = (people::number(person), people::name(person));
    let (year, hours) = (2020 + n % 5, n % 40 + 1);
    let category = if n.is_multiple_of(3) { "industry" } else { "professional" };
    write!(
        body,
        "{{\"key\":\"load-{n}\",\"person\":{{\"number\":\"{number}\",\"name\":\"{name}\"}},\
         \"year\":{year},\"category\":\"{category}\",\"hours\":\"{hours}.5\",\
         \"completed_on\":\"2020-05-06\",\"course\":{{\"code\":\"C1\",\"title\":\"施工安全\"}}}}"
    )
    .unwrap();
}

/// A JSON array of so many.
fn array(of: fn(&mut String, u64), from: u64, many: u64) -> String {
    let mut body = String::new();
    for n in from..from + many {
        body.push(if n == from { '[' } else { ',' });
        of(&mut body, n);
    }
    body.push(']');
    body
}

static NEXT: AtomicU64 = AtomicU64::new(0);

fn post(server: &Server, engine: &str, time: Duration) {
    let raw = raw::single_commits(engine, server);
    let ran = run(server.address, 64, time, |_, _| {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut body = String::new();
        row(&mut body, n);
        client::post("/v1/entries", &server.provider, "application/json", body.as_bytes())
    });
    tell(engine, "single post", &ran, 1, Some(("raw commits, one row each", raw)), None);
}

fn batch(server: &Server, engine: &str, time: Duration) {
    let raw = raw::batched_rows(engine, server);
    let ran = run(server.address, 4, time, |_, _| {
        let from = NEXT.fetch_add(1000, Ordering::Relaxed);
        let body = array(row, from, 1000);
        client::post("/v1/entries/batch", &server.provider, "application/json", body.as_bytes())
    });
    tell(engine, "batches of 1000, rows", &ran, 1000, Some(("raw rows, 500 a commit", raw)), None);
}

fn question(body: &mut String, n: u64) {
    let person = usize::try_from(n % 100_000).unwrap();
    let (number, name) = (people::number(person), people::name(person));
    write!(
        body,
        "{{\"person\":{{\"number\":\"{number}\",\"name\":\"{name}\"}},\"declaration\":{{\
         \"jurisdiction\":\"331100\",\"year\":2025,\"level\":\"intermediate\",\
         \"series\":\"engineering\",\"required_years\":5}}}}"
    )
    .unwrap();
}

/// People who are asked about are on record.
const ON_RECORD: u64 = 20_000;

fn put_on_record(server: &Server) {
    let mut client = Client::connect(server.address);
    while NEXT.load(Ordering::Relaxed) < ON_RECORD {
        let body = array(row, NEXT.fetch_add(1000, Ordering::Relaxed), 1000);
        let token = &server.provider;
        let sent = client::post("/v1/entries/batch", token, "application/json", body.as_bytes());
        let (status, _) = client.send(&sent).expect("an answer");
        assert_eq!(status, 200, "the batch is taken");
    }
}

fn verdict(server: &Server, engine: &str, time: Duration, yardstick: &Ran) {
    put_on_record(server);
    let known = NEXT.load(Ordering::Relaxed).min(100_000);
    let asked = AtomicU64::new(0);
    let ran = run(server.address, 32, time, |_, _| {
        let n = asked.fetch_add(7919, Ordering::Relaxed) % known;
        let mut body = String::new();
        question(&mut body, n);
        client::post("/v1/compliance", &server.declaration, "application/json", body.as_bytes())
    });
    tell(engine, "one verdict", &ran, 1, Some(("bare handler", yardstick.rate())), None);
}

fn people_at_once(server: &Server, engine: &str, time: Duration) {
    put_on_record(server);
    let known = NEXT.load(Ordering::Relaxed).min(100_000);
    let asked = AtomicU64::new(0);
    let ran = run(server.address, 2, time, |_, _| {
        let from = asked.fetch_add(1000, Ordering::Relaxed) % known;
        let body = array(question, from, 1000);
        let path = "/v1/compliance/batch";
        client::post(path, &server.declaration, "application/json", body.as_bytes())
    });
    tell(engine, "verdicts of 1000 at once, people", &ran, 1000, None, None);
}

const FILE: u64 = 100_000;

fn import(server: &Server, engine: &str) {
    let mut csv = String::from("key,person_number,person_name,year,category,hours\n");
    for n in 0..FILE {
        let person = usize::try_from(n).unwrap();
        let (number, name) = (people::number(person), people::name(person));
        let hours = n % 40 + 1;
        writeln!(csv, "file-{n},{number},{name},2022,professional,{hours}.25").unwrap();
    }
    let began = Instant::now();
    let mut client = Client::connect(server.address);
    let sent = client::post("/v1/imports", &server.provider, "text/csv", csv.as_bytes());
    let (status, body) = client.send(&sent).expect("an answer");
    assert_eq!(status, 202, "{}", String::from_utf8_lossy(&body));
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let place = format!("/v1/imports/{}", answer["import"].as_str().unwrap());
    let job = loop {
        std::thread::sleep(Duration::from_millis(50));
        let (_, body) = client.send(&client::get(&place, &server.provider)).expect("an answer");
        let job: serde_json::Value = serde_json::from_slice(&body).unwrap();
        if job["state"] != "running" {
            break job;
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{}",
        json!({
            "engine": engine, "bench": "import of 100,000 rows (CSV)",
            "seconds": (seconds * 100.0).round() / 100.0, "rows": FILE,
            "counts": job["counts"], "state": job["state"],
        })
    );
}

#[path = "../../tests/support/people.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod people;
