//! The stamp that orders everything of a person, and locks them.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};

use super::statement::statement;
use super::{Conn, StoreError, WriteTx};
use crate::domain::ids::PersonId;
use crate::domain::timestamp::Timestamp;

impl WriteTx<'_> {
    /// Locks persons until the end of the transaction, and gives each the stamp of everything that
    /// is written of them in it: later than all that was known. Those who are new have theirs, and are
    /// seen by nobody.
    pub fn stamp_people(
        &mut self,
        people: &[PersonId],
    ) -> Result<HashMap<PersonId, Timestamp>, StoreError> {
        let now = self.now;
        // One order for everybody: two transactions never wait for each other in a circle.
        let people: BTreeSet<PersonId> = people.iter().copied().collect();
        let (new, known): (Vec<PersonId>, Vec<PersonId>) =
            people.into_iter().partition(|id| self.fresh.remove(id));
        let ids: Vec<i64> = known.into_iter().map(PersonId::get).collect();
        let stamps: Vec<(i64, Timestamp)> = match &mut *self.read.conn {
            Conn::Sqlite(c) => stamp_in_sqlite(c, &ids, now)?,
            Conn::Postgres(c) => stamp_in_postgres(c, &ids, now)?,
        };
        let stamps = stamps.into_iter().map(|(id, at)| (PersonId::stored(id), at));
        Ok(stamps.chain(new.into_iter().map(|id| (id, now.next()))).collect())
    }
}

fn stamp_in_sqlite(
    c: &mut diesel::SqliteConnection,
    ids: &[i64],
    now: Timestamp,
) -> Result<Vec<(i64, Timestamp)>, StoreError> {
    let mut stamps = Vec::with_capacity(ids.len());
    for id in ids {
        let at: Option<i64> = statement("UPDATE person SET known_at = max(")
            .bind::<BigInt, _>(now.micros())
            .sql(", known_at + 1) WHERE person_id = ")
            .bind::<BigInt, _>(*id)
            .sql(" RETURNING known_at")
            .answering::<BigInt>()
            .get_result(c)
            .optional()?;
        stamps.extend(at.map(|at| (*id, Timestamp::from_micros(at))));
    }
    Ok(stamps)
}

fn stamp_in_postgres(
    c: &mut diesel::PgConnection,
    ids: &[i64],
    now: Timestamp,
) -> Result<Vec<(i64, Timestamp)>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // Found through their index, they are locked in their order. Where they are on several machines that
    // cannot be had, nor a lock before: whoever waits in a circle is run again.
    let stamps: Vec<(i64, i64)> = statement("UPDATE person SET known_at = greatest(")
        .bind::<BigInt, _>(now.micros())
        .sql(", known_at + 1) WHERE person_id = ANY(")
        .bind::<Array<BigInt>, _>(ids)
        .sql(") RETURNING person_id, known_at")
        .answering::<(BigInt, BigInt)>()
        .load(c)?;
    Ok(stamps.into_iter().map(|(id, at)| (id, Timestamp::from_micros(at))).collect())
}
