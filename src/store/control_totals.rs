//! Sums over what each source says is recognised, by year, category and bucket of the key: kept with
//! every change, so that a whole source is compared by reading a few hundred rows.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, SmallInt};
use sha2::{Digest, Sha256};

use super::dialect::on_each_engine;
use super::schema::control_total;
use super::stated_line::bucket;
use super::{Conn, ReadTx, StoreError, WriteTx};
use crate::domain::ids::{PersonId, SourceId};
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::SourceRecord;
use crate::domain::ledger::statement::RecognitionStatus;
use crate::domain::year::Year;
use crate::store::ledger::{category_number, stored_category};

/// A row of `control_total`.
#[derive(Clone, Debug, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = control_total)]
struct ControlRow {
    source_id: i64,
    year: i16,
    category: i16,
    bucket: i16,
    n: i64,
    hours: i64,
    digest: Vec<u8>,
}

/// Source, year, category and bucket.
pub type Cell = (i64, i16, i16, i16);

/// The sum over records, in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub n: i64,
    /// Hundredths of hours.
    pub hours: i64,
    /// The sum of their digests.
    pub digest: u128,
}

impl Sum {
    /// Adds a record.
    pub fn add(&mut self, key: &str, person: PersonId, posting: &Posting) {
        self.n += 1;
        self.hours += posting.hours.hundredths();
        self.digest = self.digest.wrapping_add(element(key, person, posting));
    }

    /// Takes a record away.
    pub fn take(&mut self, key: &str, person: PersonId, posting: &Posting) {
        self.n -= 1;
        self.hours -= posting.hours.hundredths();
        self.digest = self.digest.wrapping_sub(element(key, person, posting));
    }

    /// Adds another sum.
    pub fn join(&mut self, other: &Sum) {
        self.n += other.n;
        self.hours += other.hours;
        self.digest = self.digest.wrapping_add(other.digest);
    }
}

fn element(key: &str, person: PersonId, posting: &Posting) -> u128 {
    let mut hash = Sha256::new();
    hash.update(b"xueshi.control.v1");
    hash.update(u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes());
    hash.update(key);
    hash.update(posting.content_hash(person));
    let digest: [u8; 32] = hash.finalize().into();
    let (half, _) = digest.split_at(16);
    half.try_into().map_or(0, u128::from_be_bytes)
}

/// Where a record is counted.
pub fn cell(source: SourceId, key: &str, posting: &Posting) -> Cell {
    (source.get(), posting.year.get(), category_number(posting.category), bucket(key))
}

/// Changes of sums that one transaction makes.
#[derive(Clone, Debug, Default)]
pub struct Changes(BTreeMap<Cell, Sum>);

impl Changes {
    /// A record counts from now on.
    pub fn add(&mut self, one: &SourceRecord) {
        if let Some((person, posting)) = counted(one) {
            let cell = cell(one.source, &one.key, posting);
            self.0.entry(cell).or_default().add(&one.key, person, posting);
        }
    }

    /// A record counts no more.
    pub fn take(&mut self, one: &SourceRecord) {
        if let Some((person, posting)) = counted(one) {
            let cell = cell(one.source, &one.key, posting);
            self.0.entry(cell).or_default().take(&one.key, person, posting);
        }
    }
}

/// Whose hours a record counts, where it counts.
pub fn counted(one: &SourceRecord) -> Option<(PersonId, &Posting)> {
    let recognised = one.standing == RecognitionStatus::Recognised;
    one.person.zip(one.posting.as_ref()).filter(|_| recognised)
}

impl ReadTx<'_> {
    /// The sums of a source.
    pub fn control_totals(&mut self, source: SourceId) -> Result<BTreeMap<Cell, Sum>, StoreError> {
        let found: Vec<ControlRow> = on_each_engine!(&mut *self.conn, |c| control_total::table
            .filter(control_total::source_id.eq(source.get()))
            .filter(control_total::n.gt(0))
            .load(c)?);
        found.into_iter().map(ControlRow::sum).collect()
    }
}

impl WriteTx<'_> {
    /// Changes sums.
    pub fn change_control_totals(&mut self, changes: &Changes) -> Result<(), StoreError> {
        let changes: Vec<(&Cell, &Sum)> =
            changes.0.iter().filter(|(_, sum)| **sum != Sum::default()).collect();
        if changes.is_empty() {
            return Ok(());
        }
        match &mut *self.read.conn {
            Conn::Sqlite(c) => {
                for ((source, year, category, bucket), change) in changes {
                    let place = control_total::table.find((*source, *year, *category, *bucket));
                    let found = place.get_result::<ControlRow>(c).optional()?;
                    let mut sum = found.map(ControlRow::sum).transpose()?.unwrap_or_default().1;
                    sum.join(change);
                    diesel::replace_into(control_total::table)
                        .values(ControlRow::of((*source, *year, *category, *bucket), &sum))
                        .execute(c)?;
                }
            }
            Conn::Postgres(c) => change_in_postgres(c, &changes)?,
        }
        Ok(())
    }
}

/// In the order of the cells: two transactions never wait for each other in a circle.
fn change_in_postgres(
    c: &mut diesel::PgConnection,
    changes: &[(&Cell, &Sum)],
) -> Result<(), StoreError> {
    let empty = Sum::default();
    let places: Vec<ControlRow> =
        changes.iter().map(|(cell, _)| ControlRow::of(**cell, &empty)).collect();
    let small = |of: fn(&ControlRow) -> i16| -> Vec<i16> { places.iter().map(of).collect() };
    let sources: Vec<i64> = places.iter().map(|row| row.source_id).collect();
    let (years, categories) = (small(|row| row.year), small(|row| row.category));
    let buckets = small(|row| row.bucket);
    diesel::sql_query(
        "INSERT INTO control_total (source_id, year, category, bucket, n, hours, digest) \
         SELECT s, y, c, b, 0, 0, $5 FROM unnest($1, $2, $3, $4) AS new (s, y, c, b) \
         ON CONFLICT DO NOTHING",
    )
    .bind::<Array<BigInt>, _>(&sources)
    .bind::<Array<SmallInt>, _>(&years)
    .bind::<Array<SmallInt>, _>(&categories)
    .bind::<Array<SmallInt>, _>(&buckets)
    .bind::<Binary, _>([0_u8; 16].as_slice())
    .execute(c)?;
    // A few more than are changed: one statement locks them all in their order.
    let found: Vec<ControlRow> = control_total::table
        .filter(control_total::source_id.eq_any(&sources))
        .filter(control_total::year.eq_any(&years))
        .filter(control_total::category.eq_any(&categories))
        .filter(control_total::bucket.eq_any(&buckets))
        .order((
            control_total::source_id,
            control_total::year,
            control_total::category,
            control_total::bucket,
        ))
        .for_no_key_update()
        .load(c)?;
    let found: Result<BTreeMap<Cell, Sum>, StoreError> =
        found.into_iter().map(ControlRow::sum).collect();
    let found = found?;
    let mut rows = Vec::with_capacity(changes.len());
    for (cell, change) in changes {
        let mut sum = found.get(*cell).copied().unwrap_or_default();
        sum.join(change);
        rows.push(ControlRow::of(**cell, &sum));
    }
    diesel::sql_query(
        "UPDATE control_total AS t SET n = new.n, hours = new.h, digest = new.d \
         FROM unnest($1, $2, $3, $4, $5, $6, $7) AS new (s, y, c, b, n, h, d) \
         WHERE t.source_id = new.s AND t.year = new.y AND t.category = new.c AND t.bucket = new.b",
    )
    .bind::<Array<BigInt>, _>(sources)
    .bind::<Array<SmallInt>, _>(years)
    .bind::<Array<SmallInt>, _>(categories)
    .bind::<Array<SmallInt>, _>(buckets)
    .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.n).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.hours).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(rows.iter().map(|row| row.digest.as_slice()).collect::<Vec<_>>())
    .execute(c)?;
    Ok(())
}

impl ControlRow {
    fn of((source_id, year, category, bucket): Cell, sum: &Sum) -> ControlRow {
        let digest = sum.digest.to_be_bytes().to_vec();
        ControlRow { source_id, year, category, bucket, n: sum.n, hours: sum.hours, digest }
    }

    fn sum(self) -> Result<(Cell, Sum), StoreError> {
        let cell = (self.source_id, self.year, self.category, self.bucket);
        let known =
            Year::new(self.year.into()).is_some() && stored_category(self.category).is_some();
        match self.digest.as_slice().try_into() {
            Ok(digest) if known => {
                let digest = u128::from_be_bytes(digest);
                Ok((cell, Sum { n: self.n, hours: self.hours, digest }))
            }
            _ => {
                let (source, year, category, bucket) = cell;
                Err(StoreError::Damaged(format!(
                    "control_total (source_id = {source}, year = {year}, category = {category}, \
                     bucket = {bucket})"
                )))
            }
        }
    }
}
