//! Rows that were taken before, and of which nothing stands any more: it is said, lest a source believes
//! that its hours count.

use std::collections::BTreeSet;

use super::Taken;
use super::chunk::Chunk;
use crate::app::service::Failure;
use crate::domain::ids::PersonId;
use crate::domain::ledger::entry::standing;
use crate::domain::ledger::outcome::{Outcome, RowProblem};
use crate::domain::ledger::pending::{Pending, PendingOutcome};
use crate::domain::message::Message;
use crate::store::WriteTx;

impl Chunk {
    /// Says of each replayed row whether what it became was taken back or refused.
    pub(super) fn tell_what_fell(
        &self,
        tx: &mut WriteTx<'_>,
        taken: &mut [Taken],
    ) -> Result<(), Failure> {
        let source = self.poster.source.id();
        let replayed = taken.iter().filter(|row| row.outcome == Outcome::Replayed);
        let people: BTreeSet<PersonId> = replayed.filter_map(|row| row.person).collect();
        if people.is_empty() {
            return Ok(());
        }
        let people: Vec<PersonId> = people.into_iter().collect();
        let entries = tx.entries_of(&people, None)?;
        let pendings = tx.pendings_of(&people, None)?;
        for row in taken.iter_mut().filter(|row| row.outcome == Outcome::Replayed) {
            let (Some(person), Some(key)) = (row.person, row.key.as_deref()) else { continue };
            let entries = entries.get(&person).map(Vec::as_slice).unwrap_or_default();
            let rows = pendings.get(&person).map(Vec::as_slice).unwrap_or_default();
            let mine = |row: &&Pending| row.source == source && &*row.ext_key == key;
            let waits = rows.iter().filter(mine).any(|row| row.closed.is_none());
            if waits || standing(entries, source, key).is_some() {
                continue;
            }
            let last = rows.iter().filter(mine).filter_map(|row| row.closed).max_by_key(|at| at.0);
            let code = match last {
                Some((_, PendingOutcome::Rejected)) => Message::new("key_refused"),
                _ => Message::new("key_taken_back"),
            };
            row.problems = vec![RowProblem::at("key", code)];
        }
        Ok(())
    }
}
