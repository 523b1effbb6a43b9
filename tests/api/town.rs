//! A running service with two sources, and a token for everybody who may ask it something.

use std::path::Path;

use serde_json::{Value, json};

use super::{Answer, Service, ask};
use crate::support::engines::{Database, Engine};
use crate::support::people;

/// Tests ask more than any caller would.
pub const UNLIMITED: &str = "[limits]\nrequests_per_second = 0\n";

pub const JSON: &str = "application/json";
pub const NDJSON: &str = "application/x-ndjson";

/// The service over a database of its own.
pub struct Town {
    pub service: Service,
    pub database: Database,
    pub admin: String,
    /// Posts for `registry`, whose hours count on arrival.
    pub registry: String,
    /// Posts for `site`, whose hours wait.
    pub site: String,
    /// Asks verdicts in 331100.
    pub office: String,
    /// Decides in 331100, and another one.
    pub reviewer: String,
    pub second: String,
}

/// Runs a body on a town over each engine.
pub fn on_both(body: impl Fn(&Town)) {
    for engine in Engine::BOTH {
        println!("{engine:?}");
        body(&Town::new(engine));
    }
}

/// A token of a reviewer of a place, with more that limits it.
pub fn reviewer(town: &Town, place: &str, more: &[&str]) -> String {
    let name = format!("{place}{more:?}");
    let own = ["--role", "reviewer", "--subject", &name, "--jurisdiction", place];
    town.service.token(&[&own, more].concat())
}

impl Town {
    pub fn new(engine: Engine) -> Town {
        Town::with(engine, "")
    }

    /// With a feed, in whose folder there is nothing.
    pub fn with_feed(engine: Engine) -> Town {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("xueshi-no-files");
        std::fs::create_dir_all(&folder).expect("a folder");
        let feed = format!("feed = \"lishui-registry\"\nfolder = {folder:?}\n");
        Town::with(engine, &format!("[[feeds.connections]]\n{feed}"))
    }

    /// With more settings.
    pub fn with(engine: Engine, settings: &str) -> Town {
        let database = Database::new(engine);
        let service = Service::on(&database, &format!("{UNLIMITED}{settings}"));
        let token = |args: &[&str]| service.token(args);
        let provider =
            |code: &str| token(&["--role", "provider", "--subject", code, "--source", code]);
        let of_place = |role: &str, subject: &str| {
            token(&["--role", role, "--subject", subject, "--jurisdiction", "331100"])
        };
        let town = Town {
            admin: token(&["--role", "admin", "--subject", "ops"]),
            registry: provider("registry"),
            site: provider("site"),
            office: of_place("declaration", "office"),
            reviewer: of_place("reviewer", "liu"),
            second: of_place("reviewer", "wang"),
            service,
            database,
        };
        let all = ["professional", "industry", "general", "public"];
        town.source("registry", &all);
        town.source("site", &[]);
        town
    }

    /// A source of 331100 with a client of its own name.
    pub fn source(&self, code: &str, recognises: &[&str]) {
        self.source_of("331100", code, recognises);
    }

    /// A source of a place with a client of its own name.
    pub fn source_of(&self, place: &str, code: &str, recognises: &[&str]) {
        let source = json!({"code": code, "name_zh": code, "name_en": code,
            "jurisdiction": place, "recognises": recognises});
        let answer = self.post(&self.admin, "/v1/sources", &source);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let client = json!({"issuer": "xueshi", "subject": code});
        let answer = self.post(&self.admin, &format!("/v1/sources/{code}/clients"), &client);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    pub fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.send(token, path, JSON, body.to_string().as_bytes(), &[])
    }

    pub fn send(
        &self,
        token: &str,
        path: &str,
        kind: &str,
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> Answer {
        let bearer = format!("Bearer {token}");
        let own = [("Authorization", bearer.as_str()), ("Content-Type", kind)];
        ask(self.service.address(), "POST", path, &[&own, headers].concat(), body)
    }

    pub fn get(&self, token: &str, path: &str) -> Answer {
        self.service.ask("GET", path, &[("Authorization", &format!("Bearer {token}"))])
    }

    /// Lines of NDJSON.
    pub fn lines(&self, token: &str, path: &str, rows: &[Value]) -> Answer {
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        self.send(token, path, NDJSON, lines.as_bytes(), &[])
    }

    /// The id of the nth person, who is on record.
    pub fn person(&self, n: usize) -> String {
        let answer = self.post(&self.reviewer, "/v1/people/find", &who(n));
        answer.json()["person"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
    }

    /// A token of the nth person.
    pub fn own(&self, n: usize) -> String {
        let id = self.person(n);
        self.service.token(&["--role", "person", "--subject", "own", "--person", &id])
    }

    /// What waits.
    pub fn queue(&self, token: &str) -> Vec<Value> {
        let answer = self.get(token, "/v1/queue?limit=1000").json();
        answer["items"].as_array().expect("items").clone()
    }
}

/// The nth made-up person.
pub fn who(n: usize) -> Value {
    json!({"number": people::number(n), "name": people::name(n)})
}

/// A row of the nth person.
pub fn row(n: usize, key: &str, year: u16, category: &str, hours: &str) -> Value {
    json!({"key": key, "person": who(n), "year": year, "category": category, "hours": hours})
}

/// The same row with one field changed.
pub fn but(mut row: Value, field: &str, value: impl Into<Value>) -> Value {
    row[field] = value.into();
    row
}
