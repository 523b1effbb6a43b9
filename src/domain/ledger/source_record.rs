//! What a source says now of each record, and how far the ledger is with it.

use chrono::NaiveDate;

use super::posting::Posting;
use super::statement::RecognitionStatus;
use crate::domain::ids::{BatchId, PersonId, SourceId};
use crate::domain::timestamp::Timestamp;

/// How far the ledger is with a record. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordState {
    /// It counts: there is an entry.
    Posted,
    /// It waits for recognition.
    Waiting,
    /// It was refused, taken back, or never said.
    Nothing,
    /// It would count, but for another record that is kept, or for a decision.
    Held,
}

impl RecordState {
    /// Every one of them.
    pub const ALL: [RecordState; 4] =
        [RecordState::Posted, RecordState::Waiting, RecordState::Nothing, RecordState::Held];

    /// The number that is stored.
    pub const fn number(self) -> i16 {
        match self {
            RecordState::Posted => 1,
            RecordState::Waiting => 2,
            RecordState::Nothing => 3,
            RecordState::Held => 4,
        }
    }
}

/// The record that is kept in the place of one that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateOf {
    /// Its source.
    pub source: SourceId,
    /// The source's key.
    pub key: Box<str>,
    /// How much alike the two are, in hundredths.
    pub score: i16,
    /// Of what the score is made, as JSON.
    pub parts: String,
}

/// A record of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRecord {
    /// The source's key.
    pub key: Box<str>,
    /// Who says it.
    pub source: SourceId,
    /// Whose, once that was said.
    pub person: Option<PersonId>,
    /// The version of the statement that stands.
    pub version: i64,
    /// What it says of the recognition.
    pub standing: RecognitionStatus,
    /// The digest of that statement.
    pub digest: [u8; 32],
    /// The digest of the newest statement that could not be taken.
    pub refused: Option<[u8; 32]>,
    /// How often what it says changed, from 1.
    pub revision: i32,
    /// The hours, once they were said.
    pub posting: Option<Posting>,
    /// The day on which the course began.
    pub started_on: Option<NaiveDate>,
    /// How far the ledger is with it.
    pub state: RecordState,
    /// What is kept instead.
    pub kept: Option<DuplicateOf>,
    /// The batch of the statement that stands.
    pub batch: BatchId,
    /// Its row there.
    pub row_no: i64,
    /// Since when the record is known.
    pub since: Timestamp,
    /// The batch that last saw it.
    pub run: BatchId,
}
