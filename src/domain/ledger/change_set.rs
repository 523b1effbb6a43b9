//! What a decision changes: everything that has to be written, and nothing else.

use std::collections::BTreeMap;

use super::claim::Claim;
use super::difference::{Difference, Resolution};
use super::entry::Entry;
use super::pending::{Pending, PendingId, PendingOutcome};
use super::source_record::SourceRecord;
use crate::domain::ids::{DecisionId, DifferenceId, PersonId};
use crate::domain::timestamp::Timestamp;

/// What is to be written in one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// Entries that continue chains; those of one person in their order.
    pub entries: Vec<Entry>,
    /// Rows that wait from now on, or were over as they came.
    pub pendings: Vec<Pending>,
    /// Rows on file that wait no more.
    pub closed_pendings: Vec<ClosedPending>,
    /// Differences that are opened, or noted as settled by a rule.
    pub differences: Vec<Difference>,
    /// Differences on file that are open no more.
    pub closed_differences: Vec<ClosedDifference>,
    /// Keys that are used for the first time.
    pub new_claims: Vec<Claim>,
    /// Keys on file that are used for something else from now on.
    pub changed_claims: Vec<Claim>,
    /// Records of sources.
    pub records: Vec<RecordChange>,
    /// Records of which nothing new was said, by key, with the newest version that said so.
    pub seen: BTreeMap<Box<str>, i64>,
    /// Persons who are not to stay on record: every row of theirs was a conflict.
    pub strangers: Vec<PersonId>,
}

/// A row that waits no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedPending {
    /// Which one.
    pub pending: PendingId,
    /// When.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: PendingOutcome,
    /// The decision that closed it.
    pub decision: Option<DecisionId>,
    /// The entry that it became.
    pub entry_seq: Option<i64>,
}

/// A difference that is open no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedDifference {
    /// Whose; none where nobody is known.
    pub person: Option<PersonId>,
    /// Which one.
    pub difference: DifferenceId,
    /// When.
    pub at: Timestamp,
    /// What became of it.
    pub resolution: Resolution,
    /// The decision that closed it.
    pub decision: Option<DecisionId>,
    /// Whether a rule had closed it when it was opened: since when it is closed stays.
    pub noted: bool,
}

/// How a record of a source changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordChange {
    /// As it is on file; none where it is new.
    pub before: Option<SourceRecord>,
    /// As it is from now on.
    pub after: SourceRecord,
    /// Whether only what the ledger makes of it changes: its source may be saying something at the same
    /// time.
    pub state_only: bool,
}
