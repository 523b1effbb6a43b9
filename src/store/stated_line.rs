//! Records of sources as they are stored.

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::StoreError;
use super::dialect::rows;
use super::ledger::category_number;
use super::posting::stored_posting;
use crate::domain::ids::{BatchId, PersonId, SourceId};
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::{DuplicateOf, RecordState, SourceRecord};
use crate::domain::ledger::statement::RecognitionStatus;
use crate::domain::timestamp::Timestamp;

/// How many buckets the records of a source are spread over.
const BUCKETS: i16 = 64;

/// The bucket of a key.
pub(super) fn bucket(key: &str) -> i16 {
    let digest: [u8; 32] = Sha256::digest(key).into();
    let [first, ..] = digest;
    i16::from(first) % BUCKETS
}

rows! {
    /// A row of `stated`.
    pub struct StatedLine in stated by (ext_key, source_id) {
        ext_key: String => Text,
        source_id: i64 => BigInt,
        person_id: i64 => BigInt,
        version: i64 => BigInt,
        standing: i16 => SmallInt,
        digest: Vec<u8> => Binary,
        refused: Option<Vec<u8>> => Nullable<Binary>,
        revision: i32 => Integer,
        year: Option<i16> => Nullable<SmallInt>,
        category: Option<i16> => Nullable<SmallInt>,
        hours: Option<i64> => Nullable<BigInt>,
        completed_on: Option<NaiveDate> => Nullable<Date>,
        started_on: Option<NaiveDate> => Nullable<Date>,
        attrs: Option<String> => Nullable<Text>,
        state: i16 => SmallInt,
        kept_source: Option<i64> => Nullable<BigInt>,
        kept_key: Option<String> => Nullable<Text>,
        score: Option<i16> => Nullable<SmallInt>,
        parts: Option<String> => Nullable<Text>,
        batch_id: i64 => BigInt,
        row_no: i64 => BigInt,
        since: i64 => BigInt,
        run_id: i64 => BigInt,
        bucket: i16 => SmallInt,
    }
}

impl StatedLine {
    pub(super) fn of(one: &SourceRecord) -> StatedLine {
        let posting = one.posting.as_ref();
        let kept = one.kept.as_ref();
        StatedLine {
            ext_key: one.key.to_string(),
            source_id: one.source.get(),
            person_id: one.person.map_or(0, PersonId::get),
            version: one.version,
            standing: one.standing.number(),
            digest: one.digest.to_vec(),
            refused: one.refused.map(|digest| digest.to_vec()),
            revision: one.revision,
            year: posting.map(|posting| posting.year.get()),
            category: posting.map(|posting| category_number(posting.category)),
            hours: posting.map(|posting| posting.hours.hundredths()),
            completed_on: posting.and_then(|posting| posting.completed_on),
            started_on: one.started_on,
            attrs: posting.map(|posting| posting.particulars.written()),
            state: one.state.number(),
            kept_source: kept.map(|kept| kept.source.get()),
            kept_key: kept.map(|kept| kept.key.to_string()),
            score: kept.map(|kept| kept.score),
            parts: kept.map(|kept| kept.parts.clone()),
            batch_id: one.batch.get(),
            row_no: one.row_no,
            since: one.since.micros(),
            run_id: one.run.get(),
            bucket: bucket(&one.key),
        }
    }

    /// What of it may not read.
    fn parts(&self) -> Option<Parts> {
        let kept = match (self.kept_source, &self.kept_key, self.score, &self.parts) {
            (None, None, None, None) => None,
            (source, key, score, parts) => Some(DuplicateOf {
                source: SourceId::stored(source?),
                key: key.as_deref()?.into(),
                score: score?,
                parts: parts.clone()?,
            }),
        };
        let refused = match self.refused.as_deref() {
            None => None,
            Some(digest) => Some(digest.try_into().ok()?),
        };
        let posting = match (self.year, self.category, self.hours, self.attrs.as_deref()) {
            (None, None, None, None) => None,
            (year, category, hours, attrs) => {
                let said = (year?, category?, hours?);
                Some(stored_posting(said, self.completed_on, attrs?)?)
            }
        };
        Some(Parts {
            standing: RecognitionStatus::from_number(self.standing)?,
            digest: self.digest.as_slice().try_into().ok()?,
            refused,
            posting,
            state: RecordState::ALL.into_iter().find(|state| state.number() == self.state)?,
            kept,
        })
    }

    pub(super) fn stated(self) -> Result<SourceRecord, StoreError> {
        let parts = self.parts().ok_or_else(|| self.damaged())?;
        Ok(SourceRecord {
            key: self.ext_key.into(),
            source: SourceId::stored(self.source_id),
            person: (self.person_id != 0).then(|| PersonId::stored(self.person_id)),
            version: self.version,
            standing: parts.standing,
            digest: parts.digest,
            refused: parts.refused,
            revision: self.revision,
            posting: parts.posting,
            started_on: self.started_on,
            state: parts.state,
            kept: parts.kept,
            batch: BatchId::stored(self.batch_id),
            row_no: self.row_no,
            since: Timestamp::from_micros(self.since),
            run: BatchId::stored(self.run_id),
        })
    }
}

/// What of a record may not read.
struct Parts {
    standing: RecognitionStatus,
    digest: [u8; 32],
    refused: Option<[u8; 32]>,
    posting: Option<Posting>,
    state: RecordState,
    kept: Option<DuplicateOf>,
}
