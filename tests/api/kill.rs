//! The program is killed while eight writers post, correct and take back: what was acknowledged is
//! there once, what was not is there once or not at all, and every chain is whole.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use xueshi::app::verification;
use xueshi::domain::ledger::entry::{self, EntryKind};
use xueshi::random::Random;
use xueshi::store::Store;

use super::town::{JSON, Town, row};
use super::{Answer, answered};
use crate::support::engines::{Engine, surroundings};
use crate::support::long;

const WRITERS: u64 = 8;
/// Few enough that the writers are in each other's way.
const PEOPLE: u64 = 24;

/// What a writer knows of one of its keys.
#[derive(Clone, Debug)]
struct Known {
    person: usize,
    /// How often it was written, acknowledged.
    revision: i32,
    reversed: bool,
    /// What was sent last and never answered.
    open: Option<Sent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Revision(i32),
    Reversal,
}

type Keys = HashMap<String, Known>;

fn body(key: &str, known: &Known, revision: i32) -> Value {
    let mut body = row(known.person, key, 2024, "professional", &revision.to_string());
    body["revision"] = revision.into();
    body
}

/// The answer, unless the connection breaks before it is whole.
fn try_post(address: SocketAddr, token: &str, path: &str, body: &Value) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let body = body.to_string();
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: {JSON}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).ok()?;
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    answered(&all).filter(|answer| !answer.body.is_empty())
}

/// Writes until nobody answers any more.
struct Writer {
    name: String,
    address: SocketAddr,
    token: String,
    random: Random,
    keys: Keys,
    order: Vec<String>,
}

impl Writer {
    fn draw(&self, below: u64) -> u64 {
        self.random.bits() % below
    }

    fn run(mut self) -> Keys {
        while self.step().is_some() {}
        self.keys
    }

    fn step(&mut self) -> Option<()> {
        match self.draw(10) {
            0..=4 => self.write_one(),
            5..=6 => self.write_many(),
            7..=8 => self.correct(),
            _ => self.take_back(),
        }
    }

    fn fresh(&mut self) -> String {
        let key = format!("{}-{}", self.name, self.order.len());
        let person = usize::try_from(self.draw(PEOPLE)).expect("small");
        let open = Some(Sent::Revision(1));
        let known = Known { person, revision: 0, reversed: false, open };
        self.keys.insert(key.clone(), known);
        self.order.push(key.clone());
        key
    }

    fn old(&self) -> Option<String> {
        let count = u64::try_from(self.order.len()).expect("a number");
        let place = usize::try_from(self.draw(count.max(1))).expect("a place");
        let key = self.order.get(place)?;
        (!self.keys[key].reversed).then(|| key.clone())
    }

    fn settle(&mut self, key: &str, outcome: &Value, expected: &[&str]) {
        let outcome = outcome["outcome"].as_str().unwrap_or_else(|| panic!("{key}: {outcome}"));
        assert!(expected.contains(&outcome), "{key}: {outcome}, not one of {expected:?}");
        let known = self.keys.get_mut(key).expect("a key");
        match known.open.take() {
            Some(Sent::Revision(revision)) => known.revision = revision,
            Some(Sent::Reversal) => known.reversed = true,
            None => {}
        }
    }

    fn write_one(&mut self) -> Option<()> {
        let key = self.fresh();
        let body = body(&key, &self.keys[&key], 1);
        let answer = try_post(self.address, &self.token, "/v1/entries", &body)?;
        self.settle(&key, &answer.json(), &["posted"]);
        Some(())
    }

    fn write_many(&mut self) -> Option<()> {
        let keys: Vec<String> = (0..2 + self.draw(6)).map(|_| self.fresh()).collect();
        let rows: Vec<Value> = keys.iter().map(|key| body(key, &self.keys[key], 1)).collect();
        let atomic = if self.draw(2) == 0 { "?mode=atomic" } else { "" };
        let path = format!("/v1/entries/batch{atomic}");
        let answer = try_post(self.address, &self.token, &path, &rows.into())?;
        for (key, row) in keys.iter().zip(answer.json()["rows"].as_array().expect("rows")) {
            self.settle(key, row, &["posted"]);
        }
        Some(())
    }

    fn correct(&mut self) -> Option<()> {
        let Some(key) = self.old() else { return Some(()) };
        let known = self.keys.get_mut(&key).expect("a key");
        let revision = known.revision + 1;
        known.open = Some(Sent::Revision(revision));
        let body = body(&key, known, revision);
        let answer = try_post(self.address, &self.token, "/v1/entries", &body)?;
        self.settle(&key, &answer.json(), &["corrected"]);
        Some(())
    }

    fn take_back(&mut self) -> Option<()> {
        let Some(key) = self.old() else { return Some(()) };
        self.keys.get_mut(&key).expect("a key").open = Some(Sent::Reversal);
        let path = format!("/v1/entries/{key}/reverse");
        let body = json!({"reason": "by mistake"});
        let answer = try_post(self.address, &self.token, &path, &body)?;
        self.settle(&key, &answer.json(), &["reversed"]);
        Some(())
    }
}

/// Asks after every key by sending it again, and settles what was open.
fn ask_again(town: &Town, keys: &mut Keys) {
    let mut names: Vec<String> = keys.keys().cloned().collect();
    names.sort();
    for part in names.chunks(1000) {
        let again = |known: &Known| match known.open {
            Some(Sent::Revision(revision)) => revision,
            _ => known.revision,
        };
        let rows: Vec<Value> =
            part.iter().map(|key| body(key, &keys[key], again(&keys[key]))).collect();
        for round in 0..2 {
            let answer = town.post(&town.registry, "/v1/entries/batch", &rows.clone().into());
            let json = answer.json();
            for (key, row) in part.iter().zip(json["rows"].as_array().expect("rows")) {
                let known = keys.get_mut(key).expect("a key");
                let expected: &[&str] = match (round, known.open) {
                    (0, Some(Sent::Revision(1))) => &["replayed", "posted"],
                    (0, Some(Sent::Revision(_))) => &["replayed", "corrected"],
                    _ => &["replayed"],
                };
                let outcome = row["outcome"].as_str().expect("an outcome");
                assert!(expected.contains(&outcome), "{key} {known:?}: {row}");
                if let Some(Sent::Revision(revision)) = known.open {
                    (known.revision, known.open) = (revision, None);
                }
            }
        }
    }
    let touched = |known: &Known| known.reversed || known.open == Some(Sent::Reversal);
    for (key, known) in keys.iter_mut().filter(|(_, known)| touched(known)) {
        let path = format!("/v1/entries/{key}/reverse");
        let take = || town.post(&town.registry, &path, &json!({"reason": "again"})).json();
        let first = take();
        let outcome = first["outcome"].as_str().unwrap_or_else(|| panic!("{key}: {first}"));
        let open = known.open.take().is_some();
        assert!(outcome == "replayed" || (open && outcome == "reversed"), "{key}: {first}");
        assert_eq!(take()["outcome"], "replayed", "{key}");
        known.reversed = true;
    }
}

/// Every key has as many entries as it had effects, and stands or does not.
fn count(town: &Town, all: &Keys) {
    let store = Store::open(&town.database.url, 2, surroundings()).expect("a store");
    let mut ledger = HashMap::new();
    for person in 0..usize::try_from(PEOPLE).expect("few") {
        if !all.values().any(|known| known.person == person) {
            continue;
        }
        let id = town.person(person).parse().expect("an id");
        let entries = store.read_waiting(|tx| tx.entries(id, None)).expect("entries");
        ledger.insert(person, entries);
    }
    for (key, known) in all {
        let entries = &ledger[&known.person];
        let own = entries.iter().filter(|entry| &*entry.ext_key == key);
        let written = own.filter(|entry| entry.kind != EntryKind::Reversal).collect::<Vec<_>>();
        assert_eq!(written.len(), usize::try_from(known.revision).unwrap(), "{key} {known:?}");
        let standing = entry::standing(entries, written[0].source, key);
        let expected = (!known.reversed).then(|| known.revision.to_string());
        assert_eq!(standing.map(|entry| entry.posting.hours.to_string()), expected, "{key}");
    }
    let written: usize = all.values().map(|known| usize::try_from(known.revision).unwrap()).sum();
    let there = ledger.values().flatten().filter(|entry| entry.kind != EntryKind::Reversal);
    assert_eq!(there.count(), written, "an entry that nobody knows of");
    let proved = verification::verify(&store, None, |_| {}).expect("a proof");
    assert_eq!(proved.fault, None);
    println!("{} keys, {} entries, {} people", all.len(), proved.entries, proved.people);
}

fn killed(engine: Engine) {
    let seed = Random::System.bits();
    println!("seed {seed}");
    let random = Random::seeded(seed);
    let mut town = Town::new(engine);
    let mut all = Keys::new();
    for round in 0..if long() { 200 } else { 20 } {
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let writer = Writer {
                    name: format!("k{round}-{number}"),
                    address: town.service.address(),
                    token: town.registry.clone(),
                    random: Random::seeded(random.bits()),
                    keys: Keys::new(),
                    order: Vec::new(),
                };
                std::thread::spawn(move || writer.run())
            })
            .collect();
        std::thread::sleep(Duration::from_millis(100 + random.bits() % 300));
        town.service.kill();
        town.service.restart();
        let mut keys = Keys::new();
        for writer in writers {
            keys.extend(writer.join().expect("a writer that saw only what may be"));
        }
        ask_again(&town, &mut keys);
        all.extend(keys);
    }
    assert!(all.len() > 100, "too few: {}", all.len());
    count(&town, &all);
}

#[test]
fn killed_on_sqlite_it_loses_and_doubles_nothing() {
    killed(Engine::Sqlite);
}

#[test]
fn killed_on_postgresql_it_loses_and_doubles_nothing() {
    killed(Engine::Postgres);
}

/// Makes every answer fail to be kept, as if the process had been killed just before; or no more.
fn no_answer_is_kept(town: &Town, on: bool) {
    let statement = match (town.database.engine, on) {
        (Engine::Sqlite, true) => {
            "CREATE TRIGGER refused BEFORE UPDATE ON idem_request
             BEGIN SELECT RAISE(ABORT, 'no'); END"
        }
        (Engine::Sqlite, false) => "DROP TRIGGER refused",
        (Engine::Postgres, true) => {
            "CREATE OR REPLACE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'no'; END $$;
             CREATE TRIGGER refused BEFORE UPDATE ON idem_request
             FOR EACH ROW EXECUTE FUNCTION refused()"
        }
        (Engine::Postgres, false) => "DROP TRIGGER refused ON idem_request",
    };
    town.database.execute(statement).expect("a trigger");
}

#[test]
fn killed_before_the_answer_is_kept_a_request_is_answered_at_once() {
    for engine in Engine::BOTH {
        let mut town = Town::new(engine);
        let rows: Vec<Value> =
            (0..20).map(|n| row(n, &format!("k{n}"), 2024, "professional", "1")).collect();
        let body = Value::from(rows).to_string();
        let send = |town: &Town, key: &str| {
            let headers = [("Idempotency-Key", key)];
            let path = "/v1/entries/batch";
            town.send(&town.registry, path, JSON, body.as_bytes(), &headers)
        };
        let outcomes = |answer: &Answer| -> Vec<String> {
            let json = answer.json();
            let rows = json["rows"].as_array().unwrap_or_else(|| panic!("{json}"));
            rows.iter().map(|row| row["outcome"].as_str().expect("it").to_owned()).collect()
        };
        no_answer_is_kept(&town, true);
        assert_eq!(outcomes(&send(&town, "k")), vec!["posted"; 20]);
        // The process lives: it may yet keep its answer.
        assert_eq!(send(&town, "k").code(), "idempotency_running");
        town.service.kill();
        no_answer_is_kept(&town, false);
        town.service.restart();
        // Eight at once: one runs again, and finds its rows taken.
        let racing: Vec<Answer> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| send(&town, "k"))).collect();
            threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
        });
        let is_first = |answer: &&Answer| {
            answer.status == 200 && answer.header("idempotency-replayed").is_none()
        };
        let first: Vec<&Answer> = racing.iter().filter(is_first).collect();
        assert_eq!(first.len(), 1, "{:?}", racing.iter().map(|one| one.status).collect::<Vec<_>>());
        assert_eq!(outcomes(first[0]), vec!["replayed"; 20]);
        let again = send(&town, "k");
        assert_eq!(again.header("idempotency-replayed"), Some("true"), "{}", again.text());
        assert_eq!(again.json(), first[0].json());
        assert_eq!(town.database.count("entry"), 20);
        // Of a process of another machine nothing is known: it is waited for.
        let other = hex::encode("0123456789abcdef");
        let bytes = match engine {
            Engine::Sqlite => format!("X'{other}'"),
            Engine::Postgres => format!("'\\x{other}'"),
        };
        let begun = format!("UPDATE idem_request SET status = NULL, answer = {bytes}");
        town.database.execute(&begun).expect("a request that is under way");
        assert_eq!(send(&town, "k").code(), "idempotency_running");
        let long_ago = "UPDATE idem_request SET started_at = started_at - 301000000";
        town.database.execute(long_ago).expect("an old request");
        assert_eq!(outcomes(&send(&town, "k")), vec!["replayed"; 20]);
    }
}
