//! Who looked at whose record: gathered here, written together a few times a second.
//!
//! A process that is killed loses what it gathered since; one that stops writes it first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::app::service::Service;
use crate::domain::ids::{BatchId, PersonId};
use crate::store::requests::AccessRow;

use super::authenticated_caller::AuthenticatedCaller;

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
        asking: &AuthenticatedCaller,
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
        self.lock().push(row);
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

    /// Writes what was gathered until now; what is noted meanwhile waits for the next time, or each
    /// commit would be followed by another of a few rows.
    pub async fn write(&self) {
        let mut left = std::mem::take(&mut *self.lock());
        while !left.is_empty() {
            let rest = left.split_off(left.len().min(PART));
            let part = Arc::new(self.numbered(std::mem::replace(&mut left, rest)));
            let rows = Arc::clone(&part);
            let written = self.service.store.write_long(move |tx| tx.log_access(&rows)).await;
            if let Err(error) = written {
                let rows = part.len();
                tracing::error!(%error, rows, "the access log could not be written");
                let mut gathered = self.lock();
                gathered.extend(part.iter().cloned());
                gathered.extend(left);
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<AccessRow>> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
