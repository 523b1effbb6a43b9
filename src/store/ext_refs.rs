//! What each key of a source was used for: claimed once and for ever, in the transaction of its effect.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Text};

use super::dialect::look_up;
use super::schema::ext_ref;
use super::statement::statement;
use super::{Conn, ReadTx, StoreError, WriteTx};
use crate::domain::ids::{PersonId, SourceId};
use crate::domain::ledger::claim::Claim;

#[derive(diesel::Insertable)]
#[diesel(table_name = ext_ref, treat_none_as_default_value = false)]
struct Row<'a> {
    ext_key: &'a str,
    source_id: i64,
    revision: i32,
    content_hash: &'a [u8],
    person_id: i64,
}

impl ReadTx<'_> {
    /// What keys of a source were used for.
    pub fn claims(
        &mut self,
        source: SourceId,
        keys: &[&str],
    ) -> Result<HashMap<Box<str>, Claim>, StoreError> {
        let columns = columns();
        let mine = ext_ref::table.filter(ext_ref::source_id.eq(source.get()));
        let found: Vec<Found> = look_up!(
            &mut *self.conn,
            keys,
            |c, key| mine
                .filter(ext_ref::ext_key.eq(*key))
                .select(columns)
                .get_result::<Found>(c)
                .optional()?,
            |c| mine.filter(ext_ref::ext_key.eq_any(keys)).select(columns).load(c)?,
        );
        found.into_iter().map(claim).collect()
    }

    /// How many keys were used.
    pub fn count_claims(&mut self) -> Result<u64, StoreError> {
        let count: i64 = super::dialect::on_each_engine!(&mut *self.conn, |c| ext_ref::table
            .count()
            .get_result(c)?);
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Keys of all sources with what they were used for, after one of them.
    pub fn claims_after(
        &mut self,
        after: &(Box<str>, SourceId),
        limit: i64,
    ) -> Result<Vec<(SourceId, Claim)>, StoreError> {
        let (key, source) = (&*after.0, after.1.get());
        let found: Vec<(i64, Found)> = super::dialect::on_each_engine!(&mut *self.conn, |c| {
            let same = ext_ref::ext_key.eq(key).and(ext_ref::source_id.gt(source));
            ext_ref::table
                .filter(ext_ref::ext_key.gt(key).or(same))
                .order((ext_ref::ext_key, ext_ref::source_id))
                .select((ext_ref::source_id, columns()))
                .limit(limit)
                .load(c)?
        });
        found
            .into_iter()
            .map(|(source, row)| Ok((SourceId::stored(source), claim(row)?.1)))
            .collect()
    }
}

impl WriteTx<'_> {
    /// Claims keys that differ from each other; says of each whether it was free.
    pub fn claim(&mut self, source: SourceId, claims: &[Claim]) -> Result<Vec<bool>, StoreError> {
        match &mut *self.read.conn {
            Conn::Sqlite(c) => {
                let mut free = Vec::with_capacity(claims.len());
                for claim in claims {
                    let row = Row {
                        ext_key: &claim.ext_key,
                        source_id: source.get(),
                        revision: claim.revision,
                        content_hash: &claim.content_hash,
                        person_id: claim.person.get(),
                    };
                    let insert = diesel::insert_into(ext_ref::table).values(&row);
                    free.push(insert.on_conflict_do_nothing().execute(c)? == 1);
                }
                Ok(free)
            }
            Conn::Postgres(c) => {
                // One order for everybody: two transactions never wait for each other in a circle.
                let mut sorted: Vec<&Claim> = claims.iter().collect();
                sorted.sort_by(|a, b| a.ext_key.cmp(&b.ext_key));
                let column = |of: fn(&Claim) -> i64| -> Vec<i64> {
                    sorted.iter().map(|claim| of(claim)).collect()
                };
                let keys: Vec<&str> = sorted.iter().map(|claim| &*claim.ext_key).collect();
                let revisions: Vec<i32> = sorted.iter().map(|claim| claim.revision).collect();
                let hashes: Vec<&[u8]> =
                    sorted.iter().map(|claim| claim.content_hash.as_slice()).collect();
                let claimed: Vec<String> = statement(
                    "INSERT INTO ext_ref (ext_key, source_id, revision, content_hash, person_id) \
                     SELECT k, ",
                )
                .bind::<BigInt, _>(source.get())
                .sql(", r, h, p FROM unnest(")
                .bind::<Array<Text>, _>(keys)
                .sql(", ")
                .bind::<Array<Integer>, _>(revisions)
                .sql(", ")
                .bind::<Array<Binary>, _>(hashes)
                .sql(", ")
                .bind::<Array<BigInt>, _>(column(|claim| claim.person.get()))
                .sql(") AS new (k, r, h, p) ON CONFLICT DO NOTHING RETURNING ext_key")
                .answering::<Text>()
                .load(c)?;
                let claimed: std::collections::HashSet<&str> =
                    claimed.iter().map(String::as_str).collect();
                Ok(claims.iter().map(|claim| claimed.contains(&*claim.ext_key)).collect())
            }
        }
    }

    /// Makes a higher revision the one that stands.
    pub fn reclaim(&mut self, source: SourceId, claim: &Claim) -> Result<(), StoreError> {
        super::dialect::on_each_engine!(&mut *self.read.conn, |c| {
            let row = ext_ref::table
                .filter(ext_ref::ext_key.eq(&*claim.ext_key))
                .filter(ext_ref::source_id.eq(source.get()));
            diesel::update(row)
                .set((
                    ext_ref::revision.eq(claim.revision),
                    ext_ref::content_hash.eq(claim.content_hash.as_slice()),
                    ext_ref::person_id.eq(claim.person.get()),
                ))
                .execute(c)?;
        });
        Ok(())
    }

    /// What a key was used for, locked until the end of the transaction.
    pub fn claim_to_change(
        &mut self,
        source: SourceId,
        key: &str,
    ) -> Result<Option<Claim>, StoreError> {
        let row = ext_ref::table
            .filter(ext_ref::source_id.eq(source.get()))
            .filter(ext_ref::ext_key.eq(key))
            .select(columns());
        let found: Option<Found> = match &mut *self.read.conn {
            // It has one writer.
            Conn::Sqlite(c) => row.get_result(c).optional()?,
            Conn::Postgres(c) => row.for_no_key_update().get_result(c).optional()?,
        };
        Ok(found.map(claim).transpose()?.map(|(_, claim)| claim))
    }

    /// Locks keys that are to be changed until the end of the transaction. Where one is not any more what
    /// it was when it was read, the transaction is run again. Several keys may be on several machines,
    /// which lock by writing alone.
    pub fn lock_claims(&mut self, source: SourceId, claims: &[&Claim]) -> Result<(), StoreError> {
        let Conn::Postgres(c) = &mut *self.read.conn else { return Ok(()) };
        if claims.is_empty() {
            return Ok(());
        }
        let keys: Vec<&str> = claims.iter().map(|claim| &*claim.ext_key).collect();
        let found: Vec<Found> =
            statement("UPDATE ext_ref SET revision = revision WHERE source_id = ")
                .bind::<BigInt, _>(source.get())
                .sql(" AND ext_key = ANY(")
                .bind::<Array<Text>, _>(keys)
                .sql(") RETURNING ext_key, revision, content_hash, person_id")
                .answering::<(Text, Integer, Binary, BigInt)>()
                .load(c)?;
        let found: HashMap<Box<str>, Claim> =
            found.into_iter().map(claim).collect::<Result<_, _>>()?;
        let is_same = |claim: &&Claim| found.get(&claim.ext_key) == Some(claim);
        if claims.iter().all(is_same) { Ok(()) } else { Err(StoreError::Busy) }
    }
}

type Found = (String, i32, Vec<u8>, i64);

const fn columns()
-> (ext_ref::ext_key, ext_ref::revision, ext_ref::content_hash, ext_ref::person_id) {
    (ext_ref::ext_key, ext_ref::revision, ext_ref::content_hash, ext_ref::person_id)
}

fn claim((key, revision, hash, person): Found) -> Result<(Box<str>, Claim), StoreError> {
    let damaged = |_| StoreError::Damaged(format!("ext_ref (ext_key = {key})"));
    let content_hash = hash.try_into().map_err(damaged)?;
    let key: Box<str> = key.into();
    let person = PersonId::stored(person);
    Ok((key.clone(), Claim { ext_key: key, revision, content_hash, person }))
}
