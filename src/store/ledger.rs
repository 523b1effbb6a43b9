//! Entries and balances. Entries are only ever added; a balance is their sum, kept beside them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, SmallInt};

use super::dialect::{look_up, on_each_engine, rows};
use super::posting::stored_posting;
pub use super::posting::{category_number, stored_category};
use super::schema::{balance, entry};
use super::statement::statement;
use super::{Conn, ReadTx, StoreError, WriteTx};
use crate::domain::ids::{BatchId, PersonId, SourceId};
use crate::domain::ledger::chain::Head;
use crate::domain::ledger::entry::{Entry, EntryKind};
use crate::domain::ledger::posting::Posting;
use crate::domain::timestamp::Timestamp;

rows! {
    /// A row of `entry`.
    pub struct EntryRow in entry by (person_id, seq) {
        person_id: i64 => BigInt,
        seq: i64 => BigInt,
        kind: i16 => SmallInt,
        source_id: i64 => BigInt,
        ext_key: String => Text,
        revision: i32 => Integer,
        content_hash: Vec<u8> => Binary,
        year: i16 => SmallInt,
        category: i16 => SmallInt,
        hours: i64 => BigInt,
        completed_on: Option<NaiveDate> => Nullable<Date>,
        recorded_at: i64 => BigInt,
        ref_seq: Option<i64> => Nullable<BigInt>,
        batch_id: i64 => BigInt,
        row_no: i64 => BigInt,
        attrs: String => Text,
        entry_hash: Vec<u8> => Binary,
    }
}

/// What a person has of a category in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub struct BalanceRow {
    /// Whose.
    pub person_id: i64,
    /// Year.
    pub year: i16,
    /// Category, by its number.
    pub category: i16,
    /// Hundredths of hours.
    pub hours: i64,
    /// How many entries.
    pub n: i64,
    /// The last of them.
    pub last_seq: i64,
}

impl BalanceRow {
    /// That a value of this row does not read.
    pub fn damaged(&self) -> StoreError {
        StoreError::Damaged(format!(
            "balance (person_id = {}, year = {}, category = {})",
            self.person_id, self.year, self.category
        ))
    }
}

impl ReadTx<'_> {
    /// A person's entries up to an instant, in order.
    pub fn entries(
        &mut self,
        person: PersonId,
        as_of: Option<Timestamp>,
    ) -> Result<Vec<Entry>, StoreError> {
        let until = as_of.map_or(i64::MAX, Timestamp::micros);
        let found: Vec<EntryRow> = on_each_engine!(&mut *self.conn, |c| entry::table
            .filter(entry::person_id.eq(person.get()))
            .filter(entry::recorded_at.le(until))
            .order(entry::seq)
            .load(c)?);
        found.into_iter().map(EntryRow::entry).collect()
    }

    /// The entries of many persons up to an instant, in order.
    pub fn entries_of(
        &mut self,
        people: &[PersonId],
        as_of: Option<Timestamp>,
    ) -> Result<HashMap<PersonId, Vec<Entry>>, StoreError> {
        let until = as_of.map_or(i64::MAX, Timestamp::micros);
        let ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
        let known = entry::table.filter(entry::recorded_at.le(until));
        let found: Vec<EntryRow> = look_up!(
            &mut *self.conn,
            &ids,
            |c, id| {
                let own = known.filter(entry::person_id.eq(*id)).order(entry::seq);
                own.load::<EntryRow>(c)?
            },
            |c| known
                .filter(entry::person_id.eq_any(&ids))
                .order((entry::person_id, entry::seq))
                .load(c)?,
        );
        let mut all: HashMap<PersonId, Vec<Entry>> = HashMap::new();
        for row in found {
            let entry = row.entry()?;
            all.entry(entry.person).or_default().push(entry);
        }
        Ok(all)
    }

    /// The ends of persons' chains; those without an entry have none.
    pub fn heads(&mut self, people: &[PersonId]) -> Result<HashMap<PersonId, Head>, StoreError> {
        let ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
        let columns = (entry::person_id, entry::seq, entry::entry_hash);
        let found: Vec<(i64, i64, Vec<u8>)> = look_up!(
            &mut *self.conn,
            &ids,
            |c, id| entry::table
                .filter(entry::person_id.eq(*id))
                .order(entry::seq.desc())
                .select(columns)
                // The first row alone is stepped to.
                .get_result(c)
                .optional()?,
            |c| heads_in_postgres(c, &ids)?,
        );
        found
            .into_iter()
            .map(|(id, seq, hash)| {
                let damaged =
                    |_| StoreError::Damaged(format!("entry (person_id = {id}, seq = {seq})"));
                let hash = hash.try_into().map_err(damaged)?;
                Ok((PersonId::stored(id), Head { seq, hash }))
            })
            .collect()
    }

    /// A person's balances.
    pub fn balances(&mut self, person: PersonId) -> Result<Vec<BalanceRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| balance::table
            .filter(balance::person_id.eq(person.get()))
            .order((balance::year, balance::category))
            .load(c)?))
    }

    /// The persons of whom there is anything, whether or not they are on record, after one of them.
    pub fn people_with_entries(
        &mut self,
        after: Option<PersonId>,
        limit: i64,
    ) -> Result<Vec<PersonId>, StoreError> {
        use super::schema::{decision, pending, person};
        let after = after.map_or(-1, PersonId::get);
        let mut ids = BTreeSet::new();
        macro_rules! of {
            ($($table:ident),+) => {
                $(ids.extend(on_each_engine!(&mut *self.conn, |c| $table::table
                    .filter($table::person_id.gt(after))
                    .order($table::person_id)
                    .select($table::person_id)
                    .distinct()
                    .limit(limit)
                    .load::<i64>(c)?));)+
            };
        }
        of!(person, entry, balance, pending, decision);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(ids.into_iter().take(limit).map(PersonId::stored).collect())
    }
}

impl WriteTx<'_> {
    /// Adds entries, and their hours to the balances.
    pub fn add_entries(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        let rows: Vec<EntryRow> = entries.iter().map(EntryRow::of).collect();
        EntryRow::insert(self.read.conn, &rows)?;
        let mut sums: BTreeMap<(i64, i16, i16), BalanceRow> = BTreeMap::new();
        for row in rows {
            let key = (row.person_id, row.year, row.category);
            let sum = sums.entry(key).or_insert(BalanceRow {
                person_id: row.person_id,
                year: row.year,
                category: row.category,
                hours: 0,
                n: 0,
                last_seq: 0,
            });
            sum.hours += row.hours;
            sum.n += 1;
            sum.last_seq = row.seq;
        }
        let sums: Vec<BalanceRow> = sums.into_values().collect();
        self.add_to_balances(&sums)
    }

    fn add_to_balances(&mut self, sums: &[BalanceRow]) -> Result<(), StoreError> {
        match &mut *self.read.conn {
            Conn::Sqlite(c) => {
                for sum in sums {
                    statement(ADD_TO_BALANCES)
                        .sql(" VALUES (")
                        .bind::<BigInt, _>(sum.person_id)
                        .sql(", ")
                        .bind::<SmallInt, _>(sum.year)
                        .sql(", ")
                        .bind::<SmallInt, _>(sum.category)
                        .sql(", ")
                        .bind::<BigInt, _>(sum.hours)
                        .sql(", ")
                        .bind::<BigInt, _>(sum.n)
                        .sql(", ")
                        .bind::<BigInt, _>(sum.last_seq)
                        .sql(") ")
                        .sql(TO_WHAT_IS_THERE)
                        .execute(c)?;
                }
            }
            Conn::Postgres(c) => add_to_balances_in_postgres(c, sums)?,
        }
        Ok(())
    }
}

/// One step into the index for each person: `DISTINCT ON` reads whole chains, or the whole table.
fn heads_in_postgres(
    c: &mut diesel::PgConnection,
    ids: &[i64],
) -> Result<Vec<(i64, i64, Vec<u8>)>, StoreError> {
    let heads = statement(
        "SELECT person.person_id, head.seq, head.entry_hash FROM person \
         CROSS JOIN LATERAL (SELECT seq, entry_hash FROM entry \
         WHERE entry.person_id = person.person_id ORDER BY seq DESC LIMIT 1) AS head \
         WHERE person.person_id = ANY(",
    )
    .bind::<Array<BigInt>, _>(ids)
    .sql(")")
    .answering::<(BigInt, BigInt, Binary)>();
    Ok(heads.load(c)?)
}

const ADD_TO_BALANCES: &str = "INSERT INTO balance (person_id, year, category, hours, n, last_seq)";

const TO_WHAT_IS_THERE: &str = "ON CONFLICT (person_id, year, category) DO UPDATE SET \
    hours = balance.hours + excluded.hours, n = balance.n + excluded.n, \
    last_seq = excluded.last_seq";

fn add_to_balances_in_postgres(
    c: &mut diesel::PgConnection,
    sums: &[BalanceRow],
) -> Result<(), StoreError> {
    let column = |of: fn(&BalanceRow) -> i64| -> Vec<i64> { sums.iter().map(of).collect() };
    let small = |of: fn(&BalanceRow) -> i16| -> Vec<i16> { sums.iter().map(of).collect() };
    statement(ADD_TO_BALANCES)
        .sql(" SELECT * FROM unnest(")
        .bind::<Array<BigInt>, _>(column(|sum| sum.person_id))
        .sql(", ")
        .bind::<Array<SmallInt>, _>(small(|sum| sum.year))
        .sql(", ")
        .bind::<Array<SmallInt>, _>(small(|sum| sum.category))
        .sql(", ")
        .bind::<Array<BigInt>, _>(column(|sum| sum.hours))
        .sql(", ")
        .bind::<Array<BigInt>, _>(column(|sum| sum.n))
        .sql(", ")
        .bind::<Array<BigInt>, _>(column(|sum| sum.last_seq))
        .sql(") ")
        .sql(TO_WHAT_IS_THERE)
        .execute(c)?;
    Ok(())
}

impl EntryRow {
    fn of(entry: &Entry) -> EntryRow {
        let posting = &entry.posting;
        EntryRow {
            person_id: entry.person.get(),
            seq: entry.seq,
            kind: entry.kind.number(),
            source_id: entry.source.get(),
            ext_key: entry.ext_key.to_string(),
            revision: entry.revision,
            content_hash: entry.content_hash.to_vec(),
            year: posting.year.get(),
            category: category_number(posting.category),
            hours: posting.hours.hundredths(),
            completed_on: posting.completed_on,
            recorded_at: entry.recorded_at.micros(),
            ref_seq: entry.ref_seq,
            batch_id: entry.batch.get(),
            row_no: entry.row_no,
            attrs: posting.particulars.written(),
            entry_hash: entry.hash.to_vec(),
        }
    }

    /// What of it may not read.
    fn parts(&self) -> Option<(EntryKind, Posting, [u8; 32], [u8; 32])> {
        let said = (self.year, self.category, self.hours);
        let posting = stored_posting(said, self.completed_on, &self.attrs)?;
        let content = self.content_hash.as_slice().try_into().ok()?;
        let hash = self.entry_hash.as_slice().try_into().ok()?;
        Some((EntryKind::from_number(self.kind)?, posting, content, hash))
    }

    pub(super) fn entry(self) -> Result<Entry, StoreError> {
        let parts = self.parts().ok_or_else(|| self.damaged())?;
        let (kind, posting, content_hash, hash) = parts;
        Ok(Entry {
            person: PersonId::stored(self.person_id),
            seq: self.seq,
            kind,
            source: SourceId::stored(self.source_id),
            ext_key: self.ext_key.into(),
            revision: self.revision,
            content_hash,
            posting,
            recorded_at: Timestamp::from_micros(self.recorded_at),
            ref_seq: self.ref_seq,
            batch: BatchId::stored(self.batch_id),
            row_no: self.row_no,
            hash,
        })
    }
}
