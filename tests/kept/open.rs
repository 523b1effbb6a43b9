//! What was kept still opens, is whole, and says what it said.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::{LISTS, fixture, run, text};
use crate::api::{Answer, Folder, Service, ask};
use crate::support::engines::{Database, Engine};

/// The releases of which something is kept.
const RELEASES: [&str; 1] = ["0.1.0"];

/// What a release left, in the places from which this program reads it.
pub struct Kept {
    release: &'static str,
    pub database: Database,
    pub folder: Folder,
}

impl Kept {
    pub fn restored(release: &'static str, engine: Engine) -> Kept {
        let database = Database::empty(engine);
        let folder = Folder::new();
        let kept = Kept { release, database, folder };
        let keys = kept.folder.path().join("keys.toml");
        std::fs::copy(kept.file("keys.toml"), &keys).expect("keys");
        std::fs::set_permissions(&keys, PermissionsExt::from_mode(0o600)).expect("a mode");
        match engine {
            Engine::Sqlite => {
                let place = kept.database.folder.join("xueshi.db");
                std::fs::copy(kept.file("ledger.sqlite"), place).expect("a database");
            }
            Engine::Postgres => {
                let dump = std::fs::read_to_string(kept.file("dump.sql")).expect("a dump");
                kept.database.execute(&dump).expect("a database");
            }
        }
        kept.ran(&["migrate"]);
        kept
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        fixture(self.release, self.database.engine).join(name)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).expect("a file")
    }

    /// What a command says that ends well.
    fn ran(&self, arguments: &[&str]) -> String {
        let ran = run(&self.folder, &self.database, arguments);
        assert!(ran.status.success(), "{arguments:?}: {}", text(&ran.stderr));
        text(&ran.stdout)
    }
}

fn each(body: impl Fn(Kept)) {
    for release in RELEASES {
        for engine in Engine::BOTH {
            println!("{release} {engine:?}");
            body(Kept::restored(release, engine));
        }
    }
}

#[test]
fn the_ledger_is_whole_and_its_entries_are_the_same_bytes() {
    each(|kept| {
        assert_eq!(kept.ran(&["verify", "--lang", "en"]), kept.read("verify.txt"));
        assert_eq!(kept.ran(&["export"]), kept.read("entries.ndjson"));
    });
}

#[test]
fn what_people_are_shown_is_the_same() {
    each(|kept| {
        let said: Value = serde_json::from_str(&kept.read("said.json")).expect("JSON");
        let service = Service::over(kept.folder, Some(&kept.database.url));
        let own = ["--role", "reviewer", "--subject", "liu", "--jurisdiction", "331100"];
        let token = service.token(&own);
        for path in LISTS {
            assert_eq!(asked(&service, &token, "GET", path).json(), said["lists"][path], "{path}");
        }
    });
}

#[test]
fn every_receipt_opens_and_is_repeated() {
    each(|kept| {
        let said: Value = serde_json::from_str(&kept.read("said.json")).expect("JSON");
        let service = Service::over(kept.folder, Some(&kept.database.url));
        let token = service.token(&["--role", "declaration", "--subject", "everywhere"]);
        let receipts = said["receipts"].as_array().expect("receipts");
        assert!(receipts.len() > 30, "only {}", receipts.len());
        for then in receipts {
            let id = then["receipt"]["id"].as_str().expect("an id");
            let path = format!("/v1/receipts/{id}");
            let now = asked(&service, &token, "GET", &path).json();
            assert_eq!(now, then["receipt"]);
            let replay = asked(&service, &token, "POST", &format!("{path}/replay")).json();
            let outcome = json!({"same": replay["same"], "differs": replay["differs"]});
            assert_eq!(outcome, then["replay"], "{replay}\n{now}");
            assert_eq!(outcome["same"], true);
            assert_eq!(without_receipt(&replay["answer"]), without_receipt(&now["answer"]));
        }
    });
}

pub fn asked(service: &Service, token: &str, method: &str, path: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let answer = ask(service.address(), method, path, &[("Authorization", &bearer)], b"");
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer
}

/// A receipt names the engine, and the plan in that engine's form.
fn without_receipt(answer: &Value) -> Value {
    let mut answer = answer.clone();
    answer.as_object_mut().expect("an answer").remove("receipt");
    answer
}
