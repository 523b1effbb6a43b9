//! An entry of the ledger: never changed, never removed.

use super::posting::Posting;
use crate::domain::ids::{BatchId, DecisionId, PersonId, SourceId};
use crate::domain::timestamp::Timestamp;

/// What an entry does. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// Hours are credited.
    Credit,
    /// An earlier entry is taken back whole.
    Reversal,
    /// Hours that take the place of an entry that was reversed.
    Replacement,
    /// Hours that two reviewers adjusted.
    Adjustment,
    /// Hours that come from another record of the same person.
    MergeIn,
    /// Hours that go to another record of the same person.
    MergeOut,
}

impl EntryKind {
    /// Every kind; the place in this list, from 1, is the number that is stored.
    pub const ALL: [EntryKind; 6] = [
        EntryKind::Credit,
        EntryKind::Reversal,
        EntryKind::Replacement,
        EntryKind::Adjustment,
        EntryKind::MergeIn,
        EntryKind::MergeOut,
    ];

    /// The name in API and files.
    pub const fn name(self) -> &'static str {
        match self {
            EntryKind::Credit => "credit",
            EntryKind::Reversal => "reversal",
            EntryKind::Replacement => "replacement",
            EntryKind::Adjustment => "adjustment",
            EntryKind::MergeIn => "merge-in",
            EntryKind::MergeOut => "merge-out",
        }
    }

    /// The number that is stored.
    pub const fn number(self) -> i16 {
        match self {
            EntryKind::Credit => 1,
            EntryKind::Reversal => 2,
            EntryKind::Replacement => 3,
            EntryKind::Adjustment => 4,
            EntryKind::MergeIn => 5,
            EntryKind::MergeOut => 6,
        }
    }

    /// From the number that is stored.
    pub fn from_number(number: i16) -> Option<EntryKind> {
        EntryKind::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// An entry as it stands in a person's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose.
    pub person: PersonId,
    /// 1, 2, 3 … for each person.
    pub seq: i64,
    /// What it does.
    pub kind: EntryKind,
    /// Who vouches.
    pub source: SourceId,
    /// The source's own key of the row; empty where a reviewer wrote the entry.
    pub ext_key: Box<str>,
    /// The source's revision of the row, from 1.
    pub revision: i32,
    /// The hash of the meaning.
    pub content_hash: [u8; 32],
    /// The hours; those of a reversal are minus those of the entry it takes back.
    pub posting: Posting,
    /// When the ledger recorded it.
    pub recorded_at: Timestamp,
    /// The entry that a reversal takes back, or that a replacement stands in for.
    pub ref_seq: Option<i64>,
    /// The batch it came with.
    pub batch: BatchId,
    /// The row in the batch, from 1.
    pub row_no: i64,
    /// The link of the chain, from [`super::chain`].
    pub hash: [u8; 32],
}

/// What causes an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A row of a batch, from 1.
    Row(BatchId, i64),
    /// A reviewer's decision about this record.
    Decision(DecisionId),
    /// What follows for other records from a reviewer's decision.
    FollowsFrom(DecisionId),
}

impl Cause {
    /// Batch and row as they are stored: a decision stands in the place of the batch, and only what it is
    /// about has row 0.
    pub const fn stored(self) -> (BatchId, i64) {
        match self {
            Cause::Row(batch, row_no) => (batch, row_no),
            Cause::Decision(id) => (BatchId::stored(id.get()), 0),
            Cause::FollowsFrom(id) => (BatchId::stored(id.get()), 1),
        }
    }
}

impl Entry {
    /// Whether a reviewer's decision, and no row, is what it comes from.
    pub const fn is_by_reviewer(&self) -> bool {
        self.row_no == 0
    }
}

/// The entry of a source's key that stands: credited, and not taken back.
pub fn standing<'e>(entries: &'e [Entry], source: SourceId, key: &str) -> Option<&'e Entry> {
    entries.iter().rev().find(|entry| {
        matches!(entry.kind, EntryKind::Credit | EntryKind::Replacement)
            && entry.source == source
            && &*entry.ext_key == key
            && !is_reversed(entries, entry.seq)
    })
}

/// Whether an entry of a chain was taken back.
pub fn is_reversed(entries: &[Entry], seq: i64) -> bool {
    entries.iter().any(|other| other.kind == EntryKind::Reversal && other.ref_seq == Some(seq))
}
