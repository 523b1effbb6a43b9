//! Hours that wait for recognition, and what became of them.

use super::posting::Posting;
use crate::domain::ids::{BatchId, DecisionId, PersonId, SourceId};
use crate::domain::timestamp::Timestamp;

/// What became of hours that waited. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PendingOutcome {
    /// Recognised: now an entry.
    Recognised,
    /// Refused by the authority.
    Rejected,
    /// Taken back by its source.
    Withdrawn,
    /// A higher revision came.
    Corrected,
    /// Recognised under another category.
    Recategorised,
    /// Held: the event counts by another record.
    Held,
}

impl PendingOutcome {
    /// Every one of them.
    pub const ALL: [PendingOutcome; 6] = [
        PendingOutcome::Recognised,
        PendingOutcome::Rejected,
        PendingOutcome::Withdrawn,
        PendingOutcome::Corrected,
        PendingOutcome::Recategorised,
        PendingOutcome::Held,
    ];

    /// The number that is stored.
    pub const fn number(self) -> i16 {
        match self {
            PendingOutcome::Recognised => 1,
            PendingOutcome::Rejected => 2,
            PendingOutcome::Withdrawn => 3,
            PendingOutcome::Corrected => 4,
            PendingOutcome::Recategorised => 5,
            PendingOutcome::Held => 6,
        }
    }

    /// The name in API and files.
    pub const fn name(self) -> &'static str {
        match self {
            PendingOutcome::Recognised => "recognised",
            PendingOutcome::Rejected => "rejected",
            PendingOutcome::Withdrawn => "withdrawn",
            PendingOutcome::Corrected => "corrected",
            PendingOutcome::Recategorised => "recategorised",
            PendingOutcome::Held => "held",
        }
    }
}

/// Hours that wait for recognition, or waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Whose.
    pub person: PersonId,
    /// The batch it came with.
    pub batch: BatchId,
    /// The row in the batch, from 1.
    pub row_no: i64,
    /// Who vouches.
    pub source: SourceId,
    /// The source's key.
    pub ext_key: Box<str>,
    /// The source's revision.
    pub revision: i32,
    /// The hash of the meaning.
    pub content_hash: [u8; 32],
    /// The hours.
    pub posting: Posting,
    /// Where its source stands, for the reviewers of that place.
    pub jurisdiction: Option<Box<str>>,
    /// When the ledger learned of it.
    pub known_at: Timestamp,
    /// When it ceased to wait, and as what.
    pub closed: Option<(Timestamp, PendingOutcome)>,
    /// The decision that closed it.
    pub decision: Option<DecisionId>,
    /// The entry it became.
    pub entry_seq: Option<i64>,
}

/// Where a row of the inbox stands.
pub type PendingId = (PersonId, BatchId, i64);
