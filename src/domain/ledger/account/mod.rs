//! An account: what is known of one person that bears on the rows at hand, and how it changes.

mod changes;
mod records;

use std::collections::{HashMap, HashSet};

use crate::domain::hours::Hours;
use crate::domain::ids::{DecisionId, PersonId, SourceId};
use crate::domain::ledger::chain::{self, Head};
use crate::domain::ledger::difference::{Difference, Resolution};
use crate::domain::ledger::entry::{Cause, Entry, EntryKind};
use crate::domain::ledger::pending::{Pending, PendingOutcome};
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::SourceRecord;
use crate::domain::timestamp::Timestamp;

pub(super) use changes::{Change, Tracked};
pub(super) use records::{Earlier, PriorState, Record, Said};

/// A source and its key of a record.
pub type RecordKey = (SourceId, Box<str>);

/// How much of an account is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// Only where the chain ends: for keys that were never used, of whom no other source tells.
    #[default]
    Head,
    /// The entries and what waits: for keys that were used before.
    History,
    /// Everything, records of all sources and differences included.
    Whole,
}

/// What is read of a person.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Entries in order.
    pub entries: Vec<Entry>,
    /// Rows that wait or waited.
    pub pendings: Vec<Pending>,
    /// Records that sources stated.
    pub records: Vec<SourceRecord>,
    /// What does not agree, or did not.
    pub differences: Vec<Difference>,
}

/// One person's account; nobody else writes to it until the transaction ends.
#[derive(Clone, Debug)]
pub struct Account {
    /// Whose.
    pub person: PersonId,
    /// The instant of everything that is decided of them now.
    pub stamp: Timestamp,
    pub(super) extent: Extent,
    pub(super) records: Vec<Record>,
    pub(super) differences: Vec<Tracked<Difference>>,
    pub(super) pendings: Vec<Tracked<Pending>>,
    head: Head,
    entries: Vec<Entry>,
    /// How many entries were there before.
    on_file: usize,
    reversed: HashSet<i64>,
    last: HashMap<RecordKey, usize>,
}

/// Where an entry comes from.
#[derive(Clone, Debug)]
pub(super) struct Provenance {
    pub(super) source: SourceId,
    pub(super) key: Box<str>,
    pub(super) revision: i32,
    pub(super) cause: Cause,
}

impl Account {
    /// An account with what was read of it. Where no source other than `own` tells of the person and none
    /// of their rows was held, a whole account is not needed, and shrinks to its history.
    pub fn new(
        person: PersonId,
        stamp: Timestamp,
        head: Option<Head>,
        extent: Extent,
        history: History,
    ) -> Account {
        let History { entries, pendings, records, differences } = history;
        let mut account = Account {
            person,
            stamp,
            extent,
            records: Vec::new(),
            differences: differences.into_iter().map(Tracked::on_file).collect(),
            pendings: pendings.into_iter().map(Tracked::on_file).collect(),
            head: head.unwrap_or(Head { seq: 0, hash: chain::GENESIS }),
            entries: Vec::with_capacity(entries.len() + 1),
            on_file: entries.len(),
            reversed: HashSet::new(),
            last: HashMap::new(),
        };
        for entry in entries {
            account.push(entry);
        }
        if extent == Extent::Whole {
            account.gather(records);
        }
        account
    }

    /// Whether a source other than this one tells of the person, or one of their rows was held.
    pub fn is_shared(&self, source: SourceId) -> bool {
        self.records.iter().any(|record| record.stated.source != source || record.before.is_some())
    }

    /// The same account without what only matters where several sources tell of a person.
    #[must_use]
    pub fn narrowed(mut self) -> Account {
        self.extent = Extent::History;
        self.records.clear();
        self.differences.clear();
        self
    }

    /// How much of it is loaded.
    pub const fn extent(&self) -> Extent {
        self.extent
    }

    /// Entries in order, the new ones last.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn push(&mut self, entry: Entry) {
        if entry.kind == EntryKind::Reversal {
            self.reversed.extend(entry.ref_seq);
        }
        if matches!(entry.kind, EntryKind::Credit | EntryKind::Replacement | EntryKind::Reversal) {
            self.last.insert((entry.source, entry.ext_key.clone()), self.entries.len());
        }
        self.entries.push(entry);
    }

    pub(super) fn last_entry(&self, source: SourceId, key: &str) -> Option<&Entry> {
        if self.last.is_empty() {
            return None;
        }
        self.entries.get(*self.last.get(&(source, key.into()))?)
    }

    /// The entry of a record that stands: credited, and not taken back.
    pub(super) fn standing_entry(&self, source: SourceId, key: &str) -> Option<&Entry> {
        let last = self.last_entry(source, key)?;
        let stands = last.kind != EntryKind::Reversal && !self.reversed.contains(&last.seq);
        stands.then_some(last)
    }

    /// Whether a reviewer took the entry of a record back, and nothing stands since.
    pub(super) fn was_reversed_by_reviewer(&self, source: SourceId, key: &str) -> bool {
        let last = self.last_entry(source, key);
        last.is_some_and(|last| last.kind == EntryKind::Reversal && last.is_by_reviewer())
    }

    pub(super) fn pendings_of(
        &self,
        source: SourceId,
        key: &str,
    ) -> impl Iterator<Item = &Pending> {
        let all = self.pendings.iter().map(|row| &row.value);
        all.filter(move |row| row.source == source && &*row.ext_key == key)
    }

    /// The row of a record that waits.
    pub(super) fn waiting(&self, source: SourceId, key: &str) -> Option<&Pending> {
        self.pendings_of(source, key).find(|row| row.closed.is_none())
    }

    /// Credits hours; the number of the new entry.
    pub(super) fn credit(
        &mut self,
        kind: EntryKind,
        provenance: Provenance,
        posting: Posting,
        replaces: Option<i64>,
    ) -> i64 {
        let content_hash = posting.content_hash(self.person);
        self.credit_hashed(kind, provenance, (posting, content_hash), replaces)
    }

    /// The same, where the hash of the hours is known.
    pub(super) fn credit_hashed(
        &mut self,
        kind: EntryKind,
        provenance: Provenance,
        (posting, content_hash): (Posting, [u8; 32]),
        replaces: Option<i64>,
    ) -> i64 {
        let (batch, row_no) = provenance.cause.stored();
        self.append(Entry {
            person: self.person,
            seq: 0,
            kind,
            source: provenance.source,
            ext_key: provenance.key,
            revision: provenance.revision,
            content_hash,
            posting,
            recorded_at: self.stamp,
            ref_seq: replaces,
            batch,
            row_no,
            hash: chain::GENESIS,
        })
    }

    /// Takes the entry of a record that stands back whole; the number of the entry that does.
    pub(super) fn reverse(&mut self, source: SourceId, key: &str, cause: Cause) -> Option<i64> {
        let original = self.standing_entry(source, key)?.clone();
        Some(self.reverse_entry(original, cause))
    }

    /// Takes an entry back whole; the number of the entry that does.
    pub(super) fn reverse_entry(&mut self, original: Entry, cause: Cause) -> i64 {
        let (batch, row_no) = cause.stored();
        let mut posting = original.posting;
        posting.hours = Hours::ZERO - posting.hours;
        self.append(Entry {
            kind: EntryKind::Reversal,
            posting,
            recorded_at: self.stamp,
            ref_seq: Some(original.seq),
            batch,
            row_no,
            ..original
        })
    }

    fn append(&mut self, mut entry: Entry) -> i64 {
        entry.seq = self.head.seq + 1;
        entry.hash = chain::link(&self.head.hash, &entry);
        self.head = Head { seq: entry.seq, hash: entry.hash };
        self.push(entry);
        self.head.seq
    }

    /// Closes the row of a record that waits, where one does.
    pub(super) fn close_waiting(
        &mut self,
        (source, key): (SourceId, &str),
        outcome: PendingOutcome,
        (decision, entry_seq): (Option<DecisionId>, Option<i64>),
    ) {
        let at = self.stamp;
        let waits = |row: &&mut Tracked<Pending>| {
            let row = &row.value;
            row.source == source && &*row.ext_key == key && row.closed.is_none()
        };
        if let Some(row) = self.pendings.iter_mut().find(waits) {
            row.value.closed = Some((at, outcome));
            (row.value.decision, row.value.entry_seq) = (decision, entry_seq);
            row.close();
        }
    }

    pub(super) fn add_pending(&mut self, pending: Pending) {
        self.pendings.push(Tracked::added(pending));
    }

    /// The differences of the account, closed ones included.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().map(|one| &one.value)
    }

    pub(super) fn add_difference(&mut self, difference: Difference) {
        self.differences.push(Tracked::added(difference));
    }

    /// Closes the open differences that went away; one that was opened a moment ago was never there.
    pub(super) fn close_differences(&mut self, gone: impl Fn(&Difference) -> bool) {
        let at = self.stamp;
        self.differences.retain_mut(|one| {
            let goes = one.value.closed.is_none() && gone(&one.value);
            if goes {
                one.value.closed = Some((at, Resolution::Rule));
                one.close();
            }
            !(goes && one.change == Change::Added)
        });
    }
}
