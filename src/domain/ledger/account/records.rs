//! Records of sources on an account: what is said of each, and how it stood before.

use std::collections::HashSet;

use super::{Account, Extent, RecordKey};
use crate::domain::ids::{BatchId, PersonId, SourceId};
use crate::domain::ledger::change_set::RecordChange;
use crate::domain::ledger::entry::{Entry, EntryKind};
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::{RecordState, SourceRecord};
use crate::domain::ledger::statement::RecognitionStatus;

/// A record of a source on an account.
#[derive(Clone, Debug)]
pub(in crate::domain::ledger) struct Record {
    /// What is said of it now.
    pub(in crate::domain::ledger) stated: SourceRecord,
    /// The hash of the hours that are said.
    pub(in crate::domain::ledger) content: Option<[u8; 32]>,
    /// How it stood before the statements at hand; none where it was on file only as entries.
    pub(in crate::domain::ledger) before: Option<SourceRecord>,
    /// How it stands on file; none where it does not.
    pub(in crate::domain::ledger) on_file: Option<SourceRecord>,
    /// What is said of it now, where something is.
    pub(in crate::domain::ledger) said: Option<Said>,
    /// Whether something was said of it in this transaction.
    was_said: bool,
}

/// What is on file of a record that is put on an account.
#[derive(Clone, Debug, Default)]
pub(in crate::domain::ledger) struct Earlier {
    /// How it stood before the statements at hand.
    pub(in crate::domain::ledger) before: Option<SourceRecord>,
    /// How it stands on file.
    pub(in crate::domain::ledger) on_file: Option<SourceRecord>,
}

/// What is new about a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain::ledger) enum Said {
    /// A provider posted it, as the nth row of a batch: what a reviewer took back may be posted again.
    Posted {
        /// Its place among the rows.
        place: usize,
        /// Whether it takes the place of something.
        replaces: bool,
    },
    /// A feed states it.
    Stated,
}

/// How a record stood before a row.
#[derive(Clone, Debug, Default)]
pub(in crate::domain::ledger) struct PriorState {
    /// Whether its hours were known at all.
    pub(in crate::domain::ledger) known: bool,
    /// The entry that stood, and in whose chain.
    pub(in crate::domain::ledger) entry: Option<(PersonId, i64)>,
    /// The content of the row that waited.
    pub(in crate::domain::ledger) waiting: Option<[u8; 32]>,
    /// Whether it was held.
    pub(in crate::domain::ledger) held: bool,
}

impl PriorState {
    /// Whether something stood that the new row takes the place of.
    pub(in crate::domain::ledger) const fn was_there(&self) -> bool {
        self.entry.is_some() || self.waiting.is_some() || self.held
    }
}

impl Account {
    pub(super) fn gather(&mut self, stated: Vec<SourceRecord>) {
        let person = self.person;
        let listed = |stated: SourceRecord| {
            let on_file = Some(stated.clone());
            Record::new(person, stated, Earlier { before: on_file.clone(), on_file })
        };
        self.records = stated.into_iter().map(listed).collect();
        self.gather_from_entries();
    }

    /// Adds the records that only entries tell of: those that stand, and those that a reviewer took back.
    fn gather_from_entries(&mut self) {
        let listed: HashSet<RecordKey> = self
            .records
            .iter()
            .map(|record| (record.stated.source, record.stated.key.clone()))
            .collect();
        let mut keys: Vec<RecordKey> =
            self.last.keys().filter(|key| !listed.contains(*key)).cloned().collect();
        keys.sort();
        for (source, key) in keys {
            let stands = self.standing_entry(source, &key).is_some();
            if stands || self.was_reversed_by_reviewer(source, &key) {
                self.records.extend(self.record_of_entries(source, &key));
            }
        }
    }

    fn record_of_entries(&self, source: SourceId, key: &str) -> Option<Record> {
        let own = |entry: &&Entry| {
            entry.source == source
                && &*entry.ext_key == key
                && matches!(entry.kind, EntryKind::Credit | EntryKind::Replacement)
        };
        let (first, last) = (self.entries.iter().find(own)?, self.entries.iter().rev().find(own)?);
        let stands = self.standing_entry(source, key).is_some();
        let stated = SourceRecord {
            key: key.into(),
            source,
            person: Some(self.person),
            version: last.revision.into(),
            standing: RecognitionStatus::Recognised,
            digest: last.content_hash,
            refused: None,
            revision: last.revision,
            posting: Some(last.posting.clone()),
            started_on: None,
            state: if stands { RecordState::Posted } else { RecordState::Nothing },
            kept: None,
            batch: last.batch,
            row_no: last.row_no,
            since: first.recorded_at,
            run: last.batch,
        };
        Some(Record::new(self.person, stated, Earlier::default()))
    }

    /// Takes note of a record that only entries tell of.
    pub(in crate::domain::ledger) fn note_record(&mut self, source: SourceId, key: &str) {
        if self.record(source, key).is_none() {
            self.records.extend(self.record_of_entries(source, key));
        }
    }

    fn place(&self, source: SourceId, key: &str) -> Option<usize> {
        self.records
            .iter()
            .position(|record| record.stated.source == source && &*record.stated.key == key)
    }

    pub(in crate::domain::ledger) fn record(&self, source: SourceId, key: &str) -> Option<&Record> {
        self.records.get(self.place(source, key)?)
    }

    /// Puts what is said of a record in the place of what was said of it before.
    pub(in crate::domain::ledger) fn put(
        &mut self,
        stated: SourceRecord,
        earlier: Earlier,
        said: Said,
    ) {
        let place = self.place(stated.source, &stated.key);
        let mut record = Record::new(self.person, stated, earlier);
        (record.said, record.was_said) = (Some(said), true);
        match place.and_then(|place| self.records.get_mut(place)) {
            Some(slot) => *slot = record,
            None => self.records.push(record),
        }
    }

    /// Takes a record off the account: it is another person's.
    pub(in crate::domain::ledger) fn remove_record(&mut self, source: SourceId, key: &str) {
        if let Some(place) = self.place(source, key) {
            self.records.remove(place);
        }
    }

    /// Has a source state other hours of a record, under no version of its own.
    pub(in crate::domain::ledger) fn restate(
        &mut self,
        source: SourceId,
        key: &str,
        posting: Option<Posting>,
    ) {
        let place = self.place(source, key);
        if let Some(record) = place.and_then(|place| self.records.get_mut(place)) {
            record.content = posting.as_ref().map(|posting| posting.content_hash(self.person));
            record.stated.posting = posting;
            record.stated.digest = [0; 32];
            record.stated.revision = record.stated.revision.saturating_add(1);
        }
    }

    /// Remembers a statement of a record that could not be taken; false where there is no such record.
    pub(in crate::domain::ledger) fn note_refused(
        &mut self,
        source: SourceId,
        key: &str,
        (digest, run): ([u8; 32], BatchId),
    ) -> bool {
        let place = self.place(source, key);
        let record = place.and_then(|place| self.records.get_mut(place));
        let Some(record) = record.filter(|record| record.before.is_some()) else { return false };
        (record.stated.refused, record.stated.run) = (Some(digest), run);
        record.was_said = true;
        true
    }

    /// How a record stands.
    pub(in crate::domain::ledger) fn prior_state(&self, source: SourceId, key: &str) -> PriorState {
        let record = self.record(source, key);
        PriorState {
            known: record.is_some_and(|record| record.stated.posting.is_some()),
            entry: self.standing_entry(source, key).map(|entry| (entry.person, entry.seq)),
            waiting: self.waiting(source, key).map(|row| row.content_hash),
            held: record.is_some_and(|record| record.stated.state == RecordState::Held),
        }
    }

    /// Makes ready for statements that come after those that were just decided.
    pub(in crate::domain::ledger) fn end_round(&mut self) {
        self.records.retain_mut(|record| {
            let listed = record.is_listed();
            record.before = listed.then(|| record.stated.clone());
            record.said = None;
            listed
        });
        if self.extent == Extent::Whole {
            self.gather_from_entries();
        }
    }
}

impl Record {
    fn new(person: PersonId, stated: SourceRecord, earlier: Earlier) -> Record {
        let content = stated.posting.as_ref().map(|posting| posting.content_hash(person));
        let Earlier { before, on_file } = earlier;
        Record { stated, content, before, on_file, said: None, was_said: false }
    }

    /// Whether it has a line of its own on file: feeds state it, or it was held.
    fn is_listed(&self) -> bool {
        self.before.is_some()
            || self.stated.state == RecordState::Held
            || self.said == Some(Said::Stated)
    }

    pub(super) fn change(self) -> Option<RecordChange> {
        if !self.is_listed() || self.on_file.as_ref() == Some(&self.stated) {
            return None;
        }
        // A reviewer may have put other hours in their place.
        let on_file = self.on_file.as_ref();
        let said_anew =
            self.was_said || on_file.is_none_or(|one| one.posting != self.stated.posting);
        Some(RecordChange { before: self.on_file, after: self.stated, state_only: !said_anew })
    }
}
