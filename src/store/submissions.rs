//! The inbox: every row that arrived, with what became of it.

use std::collections::HashSet;

use diesel::prelude::*;

use super::dialect::{on_each_engine, rows};
use super::schema::submission;
use super::{ReadTx, StoreError, WriteTx};
use crate::domain::ids::{BatchId, PersonId, SourceId};
use crate::domain::ledger::outcome::{Counts, Outcome};

rows! {
    /// A row of `submission`.
    pub struct SubmissionRow in submission by (batch_id, row_no) {
        batch_id: i64 => BigInt,
        row_no: i64 => BigInt,
        source_id: i64 => BigInt,
        subject: String => Text,
        received_at: i64 => BigInt,
        outcome: i16 => SmallInt,
        ext_key: Option<String> => Nullable<Text>,
        person_id: Option<i64> => Nullable<BigInt>,
        entry_seq: Option<i64> => Nullable<BigInt>,
        problem: Option<String> => Nullable<Text>,
        sealed: Vec<u8> => Binary,
    }
}

impl SubmissionRow {
    /// What became of it.
    pub fn outcome(&self) -> Result<Outcome, StoreError> {
        Outcome::from_number(self.outcome).ok_or_else(|| self.damaged())
    }
}

/// Which submissions are asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only of this batch.
    pub batch: Option<BatchId>,
    /// Only with one of these outcomes; none = any.
    pub outcomes: Vec<Outcome>,
}

impl ReadTx<'_> {
    /// The submissions of a source, oldest first, after a place.
    pub fn submissions(
        &mut self,
        source: SourceId,
        wanted: &Wanted,
        after: (BatchId, i64),
        limit: i64,
    ) -> Result<Vec<SubmissionRow>, StoreError> {
        use diesel::dsl::sql;
        use diesel::sql_types::{BigInt, Bool};
        let (batch, row) = after;
        Ok(on_each_engine!(&mut *self.conn, |c| {
            let later = sql::<Bool>("(batch_id, row_no) > (")
                .bind::<BigInt, _>(batch.get())
                .sql(", ")
                .bind::<BigInt, _>(row)
                .sql(")");
            let mut query = submission::table
                .filter(submission::source_id.eq(source.get()))
                .filter(later)
                .into_boxed();
            if let Some(batch) = wanted.batch {
                query = query.filter(submission::batch_id.eq(batch.get()));
            }
            if !wanted.outcomes.is_empty() {
                let outcomes = wanted.outcomes.iter().map(|outcome| outcome.number());
                query = query.filter(submission::outcome.eq_any(outcomes.collect::<Vec<_>>()));
            }
            let order = (submission::batch_id, submission::row_no);
            query.order(order).limit(limit).load(c)?
        }))
    }

    /// The submissions about a person that came to nothing, newest first.
    pub fn unsettled_of(
        &mut self,
        person: PersonId,
        limit: i64,
    ) -> Result<Vec<SubmissionRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| submission::table
            .filter(submission::person_id.eq(person.get()))
            .filter(submission::outcome.gt(Outcome::Pending.number()))
            .order((submission::batch_id.desc(), submission::row_no))
            .limit(limit)
            .load(c)?))
    }

    /// The source of a row of the inbox that is about a person.
    pub fn source_of_submission(
        &mut self,
        person: PersonId,
        batch: BatchId,
        row_no: i64,
    ) -> Result<Option<SourceId>, StoreError> {
        let found: Option<(i64, Option<i64>)> =
            on_each_engine!(&mut *self.conn, |c| submission::table
                .find((batch.get(), row_no))
                .select((submission::source_id, submission::person_id))
                .get_result(c)
                .optional()?);
        let own = found.filter(|(_, whose)| *whose == Some(person.get()));
        Ok(own.map(|(source, _)| SourceId::stored(source)))
    }

    /// Which of these rows of a batch have an outcome.
    pub fn rows_in_inbox(
        &mut self,
        batch: BatchId,
        rows: &[i64],
    ) -> Result<HashSet<i64>, StoreError> {
        if rows.is_empty() {
            return Ok(HashSet::new());
        }
        let of_batch = submission::table.filter(submission::batch_id.eq(batch.get()));
        let found: Vec<i64> = on_each_engine!(&mut *self.conn, |c| of_batch
            .filter(submission::row_no.eq_any(rows))
            .select(submission::row_no)
            .load(c)?);
        Ok(found.into_iter().collect())
    }

    /// The highest row of a batch that has an outcome, and how many have which.
    pub fn progress(&mut self, batch: BatchId) -> Result<(i64, Counts), StoreError> {
        use diesel::dsl::{count_star, max};
        let of_batch = submission::table.filter(submission::batch_id.eq(batch.get()));
        let last: Option<i64> = on_each_engine!(&mut *self.conn, |c| of_batch
            .select(max(submission::row_no))
            .get_result(c)?);
        let found: Vec<(i16, i64)> = on_each_engine!(&mut *self.conn, |c| of_batch
            .group_by(submission::outcome)
            .select((submission::outcome, count_star()))
            .load(c)?);
        let mut counts = Counts::default();
        for (outcome, rows) in found {
            let row = format!("submission (batch_id = {}, outcome = {outcome})", batch.get());
            let damaged = || StoreError::Damaged(row);
            let outcome = Outcome::from_number(outcome).ok_or_else(damaged)?;
            counts.add_many(outcome, u64::try_from(rows).unwrap_or_default());
        }
        Ok((last.unwrap_or_default(), counts))
    }
}

impl WriteTx<'_> {
    /// Adds rows to the inbox.
    pub fn add_submissions(&mut self, rows: &[SubmissionRow]) -> Result<(), StoreError> {
        SubmissionRow::insert(self.read.conn, rows)
    }
}
