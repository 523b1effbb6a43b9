//! What feeds say now of each record, and how far the ledger is with it. Changed in the transaction of
//! its effect; whoever changes a row has claimed its key first.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use super::dialect::{look_up, on_each_engine};
use super::schema::stated;
use super::stated_line::StatedLine;
use super::{Conn, ReadTx, StoreError, WriteTx};
use crate::domain::ids::{BatchId, PersonId, SourceId};
use crate::domain::ledger::source_record::SourceRecord;
use crate::domain::ledger::statement::RecognitionStatus;

impl SourceRecord {
    /// That a value of its row does not read.
    pub fn damaged(&self) -> StoreError {
        let (key, source) = (&self.key, self.source.get());
        StoreError::Damaged(format!("stated (ext_key = {key}, source_id = {source})"))
    }
}

impl ReadTx<'_> {
    /// What a source says of records, by their keys.
    pub fn stated_by_key(
        &mut self,
        source: SourceId,
        keys: &[&str],
    ) -> Result<HashMap<Box<str>, SourceRecord>, StoreError> {
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
    pub fn stated_of(&mut self, people: &[PersonId]) -> Result<Vec<SourceRecord>, StoreError> {
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
    ) -> Result<Vec<SourceRecord>, StoreError> {
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
    ) -> Result<Vec<SourceRecord>, StoreError> {
        let found: Vec<StatedLine> = on_each_engine!(&mut *self.conn, |c| stated::table
            .filter(stated::source_id.eq(source.get()))
            .filter(stated::year.eq(year))
            .filter(stated::category.eq(category))
            .filter(stated::bucket.eq(bucket))
            .filter(stated::standing.eq(RecognitionStatus::Recognised.number()))
            .order(stated::ext_key)
            .load(c)?);
        found.into_iter().map(StatedLine::stated).collect()
    }
}

impl WriteTx<'_> {
    /// Puts records, in the place of what was said of them before.
    pub fn put_stated(&mut self, records: &[&SourceRecord]) -> Result<(), StoreError> {
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
    pub fn turn_stated(&mut self, records: &[&SourceRecord]) -> Result<(), StoreError> {
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
