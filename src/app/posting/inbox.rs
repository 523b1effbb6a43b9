//! Rows with their outcomes into the inbox.

use std::collections::HashMap;

use crate::app::posting::RowResult;
use crate::app::posting::chunk::Chunk;
use crate::app::posting::persons::People;
use crate::app::service::Failure;
use crate::domain::ids::{BatchId, PersonId};
use crate::domain::ledger::outcome::stored_text;
use crate::store::WriteTx;
use crate::store::submissions::SubmissionRow;
use crate::vault::{DataKey, WrappedKey};

impl Chunk {
    /// Writes rows with their outcomes into the inbox; those that are to be written.
    pub(super) fn write_down_with(
        &self,
        tx: &mut WriteTx<'_>,
        taken: &[RowResult],
        people: &People,
        wanted: impl Fn(&RowResult) -> bool,
    ) -> Result<(), Failure> {
        let mut keys: HashMap<PersonId, DataKey> = HashMap::new();
        for known in people.values() {
            if let Some(wrapped) = &known.wrapped {
                let wrapped = WrappedKey { master: known.master, bytes: wrapped.clone() };
                keys.insert(known.id, self.vault.unwrap(&wrapped)?);
            }
        }
        // Whom a row does not name, but the record that it is about.
        for person in taken.iter().filter(|row| wanted(row)).filter_map(|row| row.person) {
            if !people.values().any(|known| known.id == person)
                && let Some((known, _)) = tx.person(person)?
                && let Some(bytes) = known.wrapped
            {
                let wrapped = WrappedKey { master: known.master, bytes };
                keys.insert(person, self.vault.unwrap(&wrapped)?);
            }
        }
        let received_at = tx.now().micros();
        let rows = self.rows.iter().zip(taken).filter(|(_, taken)| wanted(taken));
        let rows = rows.map(|(prepared, taken)| {
            let label = submission_label(taken.batch, taken.row_no);
            let sealed = match taken.person.and_then(|person| keys.get(&person)) {
                Some(key) => key.seal(&label, &prepared.raw)?,
                None => self.vault.seal_inbox(&label, &prepared.raw)?,
            };
            Ok(SubmissionRow {
                batch_id: taken.batch.get(),
                row_no: taken.row_no,
                source_id: self.poster.source.source_id,
                subject: self.poster.subject.to_string(),
                received_at,
                outcome: taken.outcome.number(),
                ext_key: taken.key.as_deref().map(str::to_owned),
                person_id: taken.person.map(PersonId::get),
                entry_seq: taken.entry_seq,
                problem: stored_text(&taken.problems),
                sealed,
            })
        });
        let rows: Vec<SubmissionRow> = rows.collect::<Result<_, Failure>>()?;
        tx.add_submissions(&rows)?;
        Ok(())
    }
}

/// What binds a sealed row to its place in the inbox.
pub fn submission_label(batch: BatchId, row_no: i64) -> Vec<u8> {
    [b"submission".as_slice(), &batch.get().to_be_bytes(), &row_no.to_be_bytes()].concat()
}
