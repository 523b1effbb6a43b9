//! Continuing chains: gives entries their number, their stamp and their hash, and writes them at once.

use std::collections::{BTreeSet, HashMap};

use crate::domain::chain;
use crate::domain::entry::{Entry, EntryKind};
use crate::domain::hours::Hours;
use crate::domain::ids::{BatchId, PersonId, SourceId};
use crate::domain::posting::Posting;
use crate::domain::timestamp::Timestamp;
use crate::store::ledger::Head;
use crate::store::{StoreError, WriteTx};

/// Chains of persons who are locked until the transaction ends.
pub struct Pen {
    stamps: HashMap<PersonId, Timestamp>,
    heads: HashMap<PersonId, Head>,
    written: Vec<Entry>,
}

/// Where an entry comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Who vouches.
    pub source: SourceId,
    /// The source's key.
    pub ext_key: Box<str>,
    /// The source's revision.
    pub revision: i32,
    /// The batch, or the decision that made it.
    pub batch: BatchId,
    /// The row in the batch.
    pub row_no: i64,
}

impl Pen {
    /// Locks the chains of these persons.
    pub fn take(tx: &mut WriteTx<'_>, people: &BTreeSet<PersonId>) -> Result<Pen, StoreError> {
        if people.is_empty() {
            let (stamps, heads) = (HashMap::new(), HashMap::new());
            return Ok(Pen { stamps, heads, written: Vec::new() });
        }
        let people: Vec<PersonId> = people.iter().copied().collect();
        let stamps = tx.stamp_people(&people)?;
        let heads = tx.heads(&people)?;
        Ok(Pen { stamps, heads, written: Vec::new() })
    }

    /// The stamp of everything that is written of a person in this transaction.
    pub fn stamp(&self, person: PersonId) -> Result<Timestamp, StoreError> {
        let damaged = || StoreError::Damaged(format!("person (person_id = {})", person.get()));
        self.stamps.get(&person).copied().ok_or_else(damaged)
    }

    /// Credits hours.
    pub fn credit(
        &mut self,
        person: PersonId,
        kind: EntryKind,
        origin: Origin,
        posting: &Posting,
        replaces: Option<i64>,
    ) -> Result<i64, StoreError> {
        let entry = Entry {
            person,
            seq: 0,
            kind,
            source: origin.source,
            ext_key: origin.ext_key,
            revision: origin.revision,
            content_hash: posting.content_hash(person),
            posting: posting.clone(),
            recorded_at: self.stamp(person)?,
            ref_seq: replaces,
            batch: origin.batch,
            row_no: origin.row_no,
            hash: chain::GENESIS,
        };
        Ok(self.append(entry))
    }

    /// Takes an entry back whole.
    pub fn reverse(
        &mut self,
        original: &Entry,
        batch: BatchId,
        row_no: i64,
    ) -> Result<i64, StoreError> {
        let mut posting = original.posting.clone();
        posting.hours = Hours::ZERO - posting.hours;
        let entry = Entry {
            seq: 0,
            kind: EntryKind::Reversal,
            posting,
            recorded_at: self.stamp(original.person)?,
            ref_seq: Some(original.seq),
            batch,
            row_no,
            ..original.clone()
        };
        Ok(self.append(entry))
    }

    fn append(&mut self, mut entry: Entry) -> i64 {
        let genesis = Head { seq: 0, hash: chain::GENESIS };
        let head = self.heads.entry(entry.person).or_insert(genesis);
        entry.seq = head.seq + 1;
        entry.hash = chain::link(&head.hash, &entry);
        *head = Head { seq: entry.seq, hash: entry.hash };
        self.written.push(entry);
        head.seq
    }

    /// Whether a person has entries.
    pub fn has_entries(&self, person: PersonId) -> bool {
        self.heads.contains_key(&person)
    }

    /// What was appended last.
    pub fn last(&self) -> Option<&Entry> {
        self.written.last()
    }

    /// Writes what was appended.
    pub fn put_down(self, tx: &mut WriteTx<'_>) -> Result<(), StoreError> {
        tx.add_entries(&self.written)
    }
}
