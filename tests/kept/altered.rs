//! Receipts that another engine kept, and such that do not read.

use serde_json::{Value, json};
use xueshi::app::service::{Failure, Service as Ledger};
use xueshi::domain::ids::{PersonId, ReceiptId};
use xueshi::store::receipts::ReceiptRow;

use super::open::{Kept, asked};
use crate::api::{Answer, Service, ask};
use crate::support::engines::{Database, Engine, surroundings};

/// The receipts of a ledger that 0.1.0 left.
struct Receipts {
    kept: Kept,
    said: Value,
    ledger: Ledger,
}

impl Receipts {
    fn new(engine: Engine) -> Receipts {
        let kept = Kept::restored("0.1.0", engine);
        let said = serde_json::from_str(&kept.read("said.json")).expect("JSON");
        let keys = kept.folder.path().join("keys.toml");
        std::fs::copy(keys, kept.database.folder.join("keys.toml")).expect("keys");
        let ledger = kept.database.service(surroundings());
        Receipts { kept, said, ledger }
    }

    /// One that was given with a part of the proof, or with none.
    fn one(&self, depth_none: bool) -> (ReceiptId, Value) {
        let receipts = self.said["receipts"].as_array().expect("receipts");
        let of = |one: &&Value| one["receipt"]["answer"]["receipt"].is_null() == depth_none;
        let one = receipts.iter().find(of).expect("a receipt");
        let id = one["receipt"]["id"].as_str().expect("an id");
        (id.parse().expect("an id"), one["receipt"].clone())
    }

    /// Keeps a receipt beside another one: of the same question, with another content.
    fn beside(&self, other: ReceiptId, change: impl Fn(Value) -> Vec<u8>) -> ReceiptId {
        let opened = self.ledger.store.read_waiting(|tx| {
            let row = tx.receipt(other)?.expect("a receipt");
            let person = row.person_id.map(PersonId::stored);
            let plain = self.ledger.open_for(tx, person, &label(other), &row.sealed)?;
            Ok::<_, Failure>((row, serde_json::from_slice(&plain).expect("JSON")))
        });
        let (row, content): (ReceiptRow, Value) = opened.expect("a receipt");
        let id = ReceiptId::from_bits(self.ledger.store.surroundings().random.bits());
        let (ledger, content) = (self.ledger.clone(), change(content));
        let kept = self.ledger.store.write_waiting(move |tx| {
            let person = row.person_id.map(PersonId::stored);
            let sealed = ledger.seal_for(tx, person, &label(id), &content)?;
            tx.add_receipts(&[ReceiptRow { receipt_id: id.get(), sealed, ..row.clone() }])?;
            Ok::<_, Failure>(())
        });
        kept.expect("a receipt");
        id
    }

    /// With the program in place of the test.
    fn served(self) -> Served {
        let Receipts { kept, .. } = self;
        let service = Service::over(kept.folder, Some(&kept.database.url));
        let token = service.token(&["--role", "declaration", "--subject", "everywhere"]);
        Served { service, token, _database: kept.database }
    }
}

struct Served {
    service: Service,
    token: String,
    _database: Database,
}

impl Served {
    fn replayed(&self, id: ReceiptId) -> Value {
        let path = format!("/v1/receipts/{id}/replay");
        asked(&self.service, &self.token, "POST", &path).json()
    }

    fn refused(&self, method: &str, id: ReceiptId) -> Answer {
        let path = match method {
            "GET" => format!("/v1/receipts/{id}"),
            _ => format!("/v1/receipts/{id}/replay"),
        };
        let bearer = format!("Bearer {}", self.token);
        ask(self.service.address(), method, &path, &[("Authorization", &bearer)], b"")
    }
}

fn label(id: ReceiptId) -> Vec<u8> {
    [b"receipt".as_slice(), &id.get().to_be_bytes()].concat()
}

fn bytes(content: &Value) -> Vec<u8> {
    content.to_string().into_bytes()
}

#[test]
fn another_engine_is_told_and_makes_no_difference() {
    for engine in Engine::BOTH {
        let receipts = Receipts::new(engine);
        let (proved, receipt) = receipts.one(false);
        let (bare, _) = receipts.one(true);
        let own = receipt["answer"]["receipt"]["engine"].as_str().expect("an engine").to_owned();
        let older = receipts.beside(proved, |mut content| {
            content["answer"]["receipt"]["engine"] = json!("xueshi 0.0.9");
            bytes(&content)
        });
        let newer = receipts.beside(bare, |mut content| {
            content["engine"] = json!("xueshi 9.0.0");
            bytes(&content)
        });
        let another_plan = receipts.beside(proved, |mut content| {
            content["answer"]["receipt"]["plan"] = json!("0".repeat(64));
            bytes(&content)
        });
        let unknown_encoding = receipts.beside(proved, |mut content| {
            content["answer"]["receipt"]["plan_encoding"] = json!(3);
            bytes(&content)
        });
        let served = receipts.served();
        for (id, then) in [
            (proved, json!(own)),
            (bare, Value::Null),
            (older, json!("xueshi 0.0.9")),
            (newer, json!("xueshi 9.0.0")),
        ] {
            let replayed = served.replayed(id);
            assert_eq!((&replayed["same"], &replayed["differs"]), (&json!(true), &json!([])));
            let now = format!("xueshi {}", env!("CARGO_PKG_VERSION"));
            assert_eq!(replayed["engine"], json!({"then": then, "now": now}));
        }
        for id in [another_plan, unknown_encoding] {
            let replayed = served.replayed(id);
            assert_eq!(replayed["differs"], json!(["receipt"]), "{replayed}");
            assert_eq!(replayed["same"], false);
        }
        // The answer now carries a receipt of today, whatever the one that was kept looked like.
        let replayed = served.replayed(proved);
        assert_eq!(replayed["answer"]["receipt"]["plan_encoding"], 2, "{replayed}");
        assert_ne!(replayed["answer"]["receipt"]["plan"], receipt["answer"]["receipt"]["plan"]);
    }
}

#[test]
fn a_receipt_that_does_not_read_is_an_error_that_names_it() {
    for engine in Engine::BOTH {
        let receipts = Receipts::new(engine);
        let (proved, _) = receipts.one(false);
        let without = |name: &'static str| {
            move |mut content: Value| {
                content.as_object_mut().expect("an object").remove(name);
                bytes(&content)
            }
        };
        let strange = |name: &'static str| {
            move |mut content: Value| {
                content[name] = json!("strange");
                bytes(&content)
            }
        };
        let both = &["GET", "POST"][..];
        let broken = [
            (receipts.beside(proved, |_| b"{".to_vec()), both),
            (receipts.beside(proved, |_| Vec::new()), both),
            (receipts.beside(proved, |_| b"[]".to_vec()), both),
            (receipts.beside(proved, without("answer")), both),
            (receipts.beside(proved, without("declaration")), both),
            (receipts.beside(proved, strange("declaration")), &["POST"]),
            (receipts.beside(proved, without("depth")), &["POST"]),
            (receipts.beside(proved, strange("depth")), &["POST"]),
        ];
        let served = receipts.served();
        for (id, methods) in broken {
            for method in methods {
                let answer = served.refused(method, id);
                let code = answer.code();
                assert_eq!((answer.status, code.as_str()), (500, "internal"), "{method}");
                // Which row it is, the operator reads in the log.
                let request = answer.header("x-request-id").expect("an id");
                let row = format!("receipt (receipt_id = {id})");
                let log = served.service.log();
                let told = |line: &str| line.contains(request) && line.contains(&row);
                assert!(log.lines().any(told), "{row}: {log}");
            }
        }
    }
}
