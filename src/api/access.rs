//! Who looked at whose record: gathered here, written together a few times a second.
//!
//! A process that is killed loses what it gathered since; one that stops writes it first.

use std::sync::Mutex;
use std::time::Duration;

use crate::app::service::Service;
use crate::domain::ids::{BatchId, PersonId};
use crate::store::requests::AccessRow;

use super::routes::Asking;

/// How often what was gathered is written.
pub(super) const EVERY: Duration = Duration::from_millis(200);
/// Rows of one transaction.
const PART: usize = 5000;

/// What was gathered.
pub struct AccessLog {
    service: Service,
    gathered: Mutex<Vec<AccessRow>>,
}

impl AccessLog {
    /// Writes into the ledger of a service.
    pub fn new(service: Service) -> AccessLog {
        AccessLog { service, gathered: Mutex::default() }
    }

    /// Notes that a caller looked at a record.
    pub(super) fn note(
        &self,
        asking: &Asking,
        route: &str,
        person: Option<PersonId>,
        request_id: &str,
    ) {
        let around = self.service.store.surroundings();
        let row = AccessRow {
            log_id: 0,
            at: around.clock.now().micros(),
            issuer: asking.issuer.clone(),
            subject: asking.subject.clone(),
            role: asking.role.name().to_owned(),
            route: route.to_owned(),
            person_id: person.map(PersonId::get),
            request_id: request_id.to_owned(),
        };
        let mut gathered = self.gathered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        gathered.push(row);
    }

    /// Rows with ids that follow each other, so that they are stored beside each other. Where
    /// another process drew the same, they are drawn again with the next attempt.
    fn numbered(&self, mut part: Vec<AccessRow>) -> Vec<AccessRow> {
        let around = self.service.store.surroundings();
        let first = BatchId::of_many(around.clock.now(), around.random.bits()).get();
        for (row, id) in part.iter_mut().zip(first..) {
            row.log_id = id;
        }
        part
    }

    /// Writes what was gathered.
    pub async fn write(&self) {
        loop {
            let part = {
                let mut gathered =
                    self.gathered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let rest = gathered.len().saturating_sub(PART);
                gathered.split_off(rest)
            };
            if part.is_empty() {
                return;
            }
            let part = self.numbered(part);
            let kept = part.clone();
            let written = self.service.store.write_long(move |tx| tx.log_access(&part)).await;
            if let Err(error) = written {
                tracing::error!(%error, rows = kept.len(), "the access log could not be written");
                let mut gathered =
                    self.gathered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                gathered.extend(kept);
                return;
            }
        }
    }
}
