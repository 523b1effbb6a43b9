//! Proves that what is stated and the ledger go together, and that the control totals are the sums.

use std::collections::BTreeMap;

use crate::app::verification::Fault;
use crate::domain::ids::{PersonId, SourceId};
use crate::domain::ledger::entry::{Entry, EntryKind};
use crate::domain::ledger::source_record::{RecordState, SourceRecord};
use crate::store::control_totals::{Cell, Sum, cell, counted};
use crate::store::sources::SourceRow;
use crate::store::{ReadTx, Store, StoreError};

/// Records of one snapshot.
const PART: i64 = 2000;

/// The first record of a person that is not in the ledger as it says.
pub fn record_fault(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    entries: &[Entry],
) -> Result<Option<Fault>, StoreError> {
    let records = tx.stated_of(&[person])?;
    if records.is_empty() {
        return Ok(None);
    }
    let pendings = tx.pendings_of(&[person], None)?.remove(&person).unwrap_or_default();
    for one in records {
        let last = last_of(entries, &one);
        let decided = last.is_some_and(|entry| entry.row_no == 0);
        let stands = last.filter(|entry| entry.kind != EntryKind::Reversal);
        let mut own =
            pendings.iter().filter(|row| row.source == one.source && row.ext_key == one.key);
        let right = match one.state {
            RecordState::Posted => {
                let said = one.posting.as_ref().map(|posting| posting.content_hash(person));
                let same = stands.is_some_and(|entry| Some(entry.content_hash) == said);
                same || decided || (stands.is_some() && own.any(|row| row.decision.is_some()))
            }
            RecordState::Waiting => {
                stands.is_none() && own.any(|row| row.closed.is_none())
                    || own.any(|row| row.decision.is_some())
            }
            RecordState::Nothing | RecordState::Held => {
                stands.is_none() || decided || own.any(|row| row.decision.is_some())
            }
        };
        if !right {
            let seq = last.map_or(0, |entry| entry.seq);
            return Ok(Some(Fault { person, seq, code: "verify_stated" }));
        }
    }
    Ok(None)
}

fn last_of<'e>(entries: &'e [Entry], one: &SourceRecord) -> Option<&'e Entry> {
    let own = |entry: &&Entry| entry.source == one.source && entry.ext_key == one.key;
    entries.iter().rev().find(own)
}

/// The first source whose control totals are not the sums of its records; of a source that is being
/// written meanwhile nothing can be said.
pub fn control_fault(store: &Store) -> Result<Option<Fault>, StoreError> {
    let sources = store.read_waiting(sources)?;
    for source in sources.iter().map(SourceRow::id) {
        let before = store.read_waiting(|tx| tx.control_totals(source))?;
        let sums = sums_of(store, source)?;
        let after = store.read_waiting(|tx| tx.control_totals(source))?;
        if before == after && sums != after {
            let person = PersonId::stored(0);
            return Ok(Some(Fault { person, seq: source.get(), code: "verify_control" }));
        }
    }
    Ok(None)
}

fn sources(tx: &mut ReadTx<'_>) -> Result<Vec<SourceRow>, StoreError> {
    tx.sources()
}

/// The sums over the records of a source.
fn sums_of(store: &Store, source: SourceId) -> Result<BTreeMap<Cell, Sum>, StoreError> {
    let mut sums: BTreeMap<Cell, Sum> = BTreeMap::new();
    let mut after = String::new();
    loop {
        let part = store.read_waiting(|tx| tx.stated_after(source, &after, PART))?;
        let Some(last) = part.last() else { return Ok(sums) };
        after = last.key.to_string();
        for one in &part {
            if let Some((person, posting)) = counted(one) {
                let cell = cell(one.source, &one.key, posting);
                sums.entry(cell).or_default().add(&one.key, person, posting);
            }
        }
    }
}
