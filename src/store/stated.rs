//! What feeds say now of each record, and how far the ledger is with it. Changed in the transaction of
//! its effect; whoever changes a row has claimed its key first.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use sha2::{Digest, Sha256};

use super::dialect::{look_up, on_each_engine};
use super::schema::stated;
use super::stated_line::StatedLine;
use super::{Conn, ReadTx, StoreError, WriteTx};
use crate::domain::ids::{BatchId, PersonId, SourceId};
use crate::domain::posting::Posting;
use crate::domain::stated::Standing;
use crate::domain::timestamp::Timestamp;

/// How far the ledger is with a record. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It counts: there is an entry.
    Posted,
    /// It waits for recognition.
    Waiting,
    /// It was refused, taken back, or never said.
    Nothing,
    /// It would count, but for another record that is kept, or for a decision.
    Held,
}

impl State {
    pub(super) const ALL: [State; 4] = [State::Posted, State::Waiting, State::Nothing, State::Held];

    pub(super) const fn number(self) -> i16 {
        match self {
            State::Posted => 1,
            State::Waiting => 2,
            State::Nothing => 3,
            State::Held => 4,
        }
    }
}

/// The record that is kept in the place of one that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
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
pub struct Stated {
    /// The source's key.
    pub key: Box<str>,
    /// Who says it.
    pub source: SourceId,
    /// Whose, once that was said.
    pub person: Option<PersonId>,
    /// The version of the statement that stands.
    pub version: i64,
    /// What it says of the recognition.
    pub standing: Standing,
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
    pub state: State,
    /// What is kept instead.
    pub kept: Option<Kept>,
    /// The batch of the statement that stands.
    pub batch: BatchId,
    /// Its row there.
    pub row_no: i64,
    /// Since when the record is known.
    pub since: Timestamp,
    /// The batch that last saw it.
    pub run: BatchId,
}

impl Stated {
    /// That a value of its row does not read.
    pub fn damaged(&self) -> StoreError {
        let (key, source) = (&self.key, self.source.get());
        StoreError::Damaged(format!("stated (ext_key = {key}, source_id = {source})"))
    }
}

/// How many buckets the records of a source are spread over.
pub const BUCKETS: i16 = 64;

/// The bucket of a key.
pub fn bucket(key: &str) -> i16 {
    let digest: [u8; 32] = Sha256::digest(key).into();
    let [first, ..] = digest;
    i16::from(first) % BUCKETS
}

impl ReadTx<'_> {
    /// What a source says of records, by their keys.
    pub fn stated_by_key(
        &mut self,
        source: SourceId,
        keys: &[&str],
    ) -> Result<HashMap<Box<str>, Stated>, StoreError> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let of_source = stated::table.filter(stated::source_id.eq(source.get()));
        let found: Vec<StatedLine> = look_up!(
            &mut *self.conn,
            keys,
            |c, key| of_source
                .filter(stated::ext_key.eq(*key))
                .get_result::<StatedLine>(c)
                .optional()?,
            |c| of_source.filter(stated::ext_key.eq_any(keys)).load(c)?,
        );
        let all = found.into_iter().map(|line| line.stated().map(|one| (one.key.clone(), one)));
        all.collect()
    }

    /// Every record of persons, by source and key.
    pub fn stated_of(&mut self, people: &[PersonId]) -> Result<Vec<Stated>, StoreError> {
        let ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
        let order = (stated::person_id, stated::source_id, stated::ext_key);
        let found: Vec<StatedLine> = look_up!(
            &mut *self.conn,
            &ids,
            |c, id| {
                let own = stated::table.filter(stated::person_id.eq(*id));
                own.order(order).load::<StatedLine>(c)?
            },
            |c| stated::table.filter(stated::person_id.eq_any(&ids)).order(order).load(c)?,
        );
        found.into_iter().map(StatedLine::stated).collect()
    }

    /// The records of a source, by key, after one of them.
    pub fn stated_after(
        &mut self,
        source: SourceId,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Stated>, StoreError> {
        let found: Vec<StatedLine> = on_each_engine!(&mut *self.conn, |c| stated::table
            .filter(stated::source_id.eq(source.get()))
            .filter(stated::ext_key.gt(after))
            .order(stated::ext_key)
            .limit(limit)
            .load(c)?);
        found.into_iter().map(StatedLine::stated).collect()
    }

    /// The recognised records of a source for a year and a category in a bucket.
    pub fn stated_in_bucket(
        &mut self,
        source: SourceId,
        (year, category, bucket): (i16, i16, i16),
    ) -> Result<Vec<Stated>, StoreError> {
        let found: Vec<StatedLine> = on_each_engine!(&mut *self.conn, |c| stated::table
            .filter(stated::source_id.eq(source.get()))
            .filter(stated::year.eq(year))
            .filter(stated::category.eq(category))
            .filter(stated::bucket.eq(bucket))
            .filter(stated::standing.eq(Standing::Recognised.number()))
            .order(stated::ext_key)
            .load(c)?);
        found.into_iter().map(StatedLine::stated).collect()
    }
}

impl WriteTx<'_> {
    /// Puts records, in the place of what was said of them before.
    pub fn put_stated(&mut self, records: &[&Stated]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        match &mut *self.read.conn {
            Conn::Sqlite(c) => {
                for one in records {
                    let row = stated::table.find((&*one.key, one.source.get()));
                    diesel::delete(row).execute(c)?;
                }
            }
            Conn::Postgres(c) => {
                let keys: Vec<&str> = records.iter().map(|one| &*one.key).collect();
                let sources: Vec<i64> = records.iter().map(|one| one.source.get()).collect();
                diesel::sql_query(
                    "DELETE FROM stated USING unnest($1, $2) AS old (k, s) \
                     WHERE ext_key = old.k AND source_id = old.s",
                )
                .bind::<Array<Text>, _>(keys)
                .bind::<Array<BigInt>, _>(sources)
                .execute(c)?;
            }
        }
        let lines: Vec<StatedLine> = records.iter().map(|one| StatedLine::of(one)).collect();
        StatedLine::insert(self.read.conn, &lines)
    }

    /// Writes down how far the ledger is with records of which nothing new was said: their versions may
    /// be rising at the same time.
    pub fn turn_stated(&mut self, records: &[&Stated]) -> Result<(), StoreError> {
        for one in records {
            let kept = one.kept.as_ref();
            on_each_engine!(&mut *self.read.conn, |c| {
                diesel::update(stated::table.find((&*one.key, one.source.get())))
                    .set((
                        stated::state.eq(one.state.number()),
                        stated::kept_source.eq(kept.map(|kept| kept.source.get())),
                        stated::kept_key.eq(kept.map(|kept| kept.key.to_string())),
                        stated::score.eq(kept.map(|kept| kept.score)),
                        stated::parts.eq(kept.map(|kept| kept.parts.clone())),
                    ))
                    .execute(c)?;
            });
        }
        Ok(())
    }

    /// Writes down that a run saw records of a source again, which say nothing new; with the newest
    /// version of each.
    pub fn see_stated(
        &mut self,
        source: SourceId,
        seen: &[(&str, i64)],
        run: BatchId,
    ) -> Result<(), StoreError> {
        if seen.is_empty() {
            return Ok(());
        }
        match &mut *self.read.conn {
            Conn::Sqlite(c) => {
                for (key, version) in seen {
                    diesel::update(stated::table.find((*key, source.get())))
                        .set((stated::run_id.eq(run.get()), stated::version.eq(*version)))
                        .execute(c)?;
                }
            }
            Conn::Postgres(c) => {
                let (keys, versions): (Vec<&str>, Vec<i64>) = seen.iter().copied().unzip();
                diesel::sql_query(
                    "UPDATE stated SET run_id = $1, version = new.v \
                     FROM unnest($3, $4) AS new (k, v) WHERE ext_key = new.k AND source_id = $2",
                )
                .bind::<BigInt, _>(run.get())
                .bind::<BigInt, _>(source.get())
                .bind::<Array<Text>, _>(keys)
                .bind::<Array<BigInt>, _>(versions)
                .execute(c)?;
            }
        }
        Ok(())
    }
}
