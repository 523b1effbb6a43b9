//! The ledger through its use cases, on both engines.

mod recording;

use std::sync::Arc;

use xueshi::app::record::{Poster, Prepared, Taken, prepare};
use xueshi::app::service::Service;
use xueshi::domain::ids::SourceId;
use xueshi::domain::node::Node;
use xueshi::domain::submitted::RawRow;
use xueshi::domain::timestamp::Timestamp;
use xueshi::store::sources::{ClientRow, SourceRow};
use xueshi::store::{StoreError, Surroundings};

use crate::support::engines::Database;
use crate::support::people;

/// A ledger with two sources: one whose hours are recognised on arrival, one whose hours wait.
pub struct Ledger {
    pub database: Database,
    pub service: Service,
    pub runtime: tokio::runtime::Runtime,
    /// Recognised on arrival.
    pub trusted: Poster,
    /// Waits for the authority.
    pub waiting: Poster,
}

impl Ledger {
    pub fn new(database: Database, around: Surroundings) -> Ledger {
        let service = database.service(around);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let poster = |id, code: &str, recognises| {
            let source = SourceRow {
                source_id: id,
                code: code.to_owned(),
                name_zh: code.to_owned(),
                name_en: code.to_owned(),
                jurisdiction: Some("331100".to_owned()),
                recognises,
                active: true,
                created_at: 0,
            };
            let row = source.clone();
            service
                .store
                .write_waiting(move |tx| {
                    tx.add_source(&row)?;
                    tx.put_client(&ClientRow {
                        issuer: "test".to_owned(),
                        subject: row.code.clone(),
                        source_id: row.source_id,
                        active: true,
                        created_at: 0,
                    })
                })
                .map_err(|error: StoreError| error)
                .expect("a source");
            Poster { subject: code.into(), source: Arc::new(source) }
        };
        let trusted = poster(11, "lishui-registry", 15);
        let waiting = poster(12, "online-site", 0);
        assert_eq!(trusted.source.id(), SourceId::stored(11));
        Ledger { database, service, runtime, trusted, waiting }
    }

    pub fn prepare(&self, json: &str) -> Prepared {
        let node: Node = serde_json::from_str(json).expect("JSON");
        let today = Timestamp::day_in_china(self.service.clock.now());
        match RawRow::from_json(&node) {
            Ok(fields) => prepare(&self.service.vault, 1, json.into(), &fields, today),
            Err(refusal) => Prepared::refused(1, json.into(), refusal),
        }
    }

    pub fn post(&self, poster: &Poster, json: &str) -> Taken {
        let row = self.prepare(json);
        self.runtime.block_on(self.service.record_one(poster, row)).expect("an outcome")
    }
}

/// A row of the nth person.
pub fn row(n: usize, key: &str, revision: i32, hours: &str) -> String {
    serde_json::json!({
        "key": key,
        "revision": revision,
        "person": { "number": people::number(n), "name": people::name(n) },
        "year": 2024,
        "category": "professional",
        "hours": hours,
    })
    .to_string()
}
