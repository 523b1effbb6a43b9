//! Records of sources as they are stored.

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::StoreError;
use super::dialect::rows;
use super::ledger::{category_number, stored_category};
use crate::domain::hours::Hours;
use crate::domain::ids::{BatchId, PersonId, SourceId};
use crate::domain::ledger::posting::{Particulars, Posting};
use crate::domain::ledger::source_record::{DuplicateOf, RecordState, SourceRecord};
use crate::domain::ledger::statement::RecognitionStatus;
use crate::domain::timestamp::Timestamp;
use crate::domain::year::Year;

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
    pub struct StatedLine in stated {
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

    pub(super) fn stated(self) -> Result<SourceRecord, StoreError> {
        let damaged = || StoreError::Damaged("stated");
        let said = (self.year, self.category, self.hours);
        let posting = posting_of("stated", said, self.completed_on, self.attrs)?;
        let kept = self.kept_source.zip(self.kept_key).map(|(source, key)| DuplicateOf {
            source: SourceId::stored(source),
            key: key.into(),
            score: self.score.unwrap_or_default(),
            parts: self.parts.unwrap_or_default(),
        });
        let refused = self.refused.map(|digest| digest.try_into().map_err(|_| damaged()));
        let state = RecordState::ALL.into_iter().find(|state| state.number() == self.state);
        Ok(SourceRecord {
            key: self.ext_key.into(),
            source: SourceId::stored(self.source_id),
            person: (self.person_id != 0).then(|| PersonId::stored(self.person_id)),
            version: self.version,
            standing: RecognitionStatus::from_number(self.standing).ok_or_else(damaged)?,
            digest: self.digest.try_into().map_err(|_| damaged())?,
            refused: refused.transpose()?,
            revision: self.revision,
            posting,
            started_on: self.started_on,
            state: state.ok_or_else(damaged)?,
            kept,
            batch: BatchId::stored(self.batch_id),
            row_no: self.row_no,
            since: Timestamp::from_micros(self.since),
            run: BatchId::stored(self.run_id),
        })
    }
}

/// The posting of columns that may all be absent.
pub(super) fn posting_of(
    table: &'static str,
    (year, category, hours): (Option<i16>, Option<i16>, Option<i64>),
    completed_on: Option<NaiveDate>,
    attrs: Option<String>,
) -> Result<Option<Posting>, StoreError> {
    let damaged = || StoreError::Damaged(table);
    let (Some(year), Some(category), Some(hours)) = (year, category, hours) else {
        return Ok(None);
    };
    Ok(Some(Posting {
        year: Year::new(year.into()).ok_or_else(damaged)?,
        category: stored_category(category).ok_or_else(damaged)?,
        hours: Hours::from_hundredths(hours),
        completed_on,
        particulars: Particulars::read(&attrs.unwrap_or_default()),
    }))
}
