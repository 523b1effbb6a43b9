//! Persons: found by blind index, never by name; locked and stamped by whoever writes about them.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, SmallInt};

use super::dialect::{look_up, on_each_engine, rows};
use super::schema::{person, person_alias, person_key};
use super::statement::statement;
use super::{Conn, ReadTx, StoreError, WriteTx};
use crate::domain::ids::PersonId;
use crate::domain::timestamp::Timestamp;

/// A person, as matching needs them.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who.
    pub id: PersonId,
    /// The stamp of the last thing that the ledger learned of them.
    pub known_at: Timestamp,
    /// Since when they are on record.
    pub created_at: Timestamp,
    /// The blind index of the name on record.
    pub name_index: Vec<u8>,
    /// The master key that wraps their data key.
    pub master: i32,
    /// The wrapped data key; absent once erased, and where it was not looked up.
    pub wrapped: Option<Vec<u8>>,
}

rows! {
    /// A row of `person`.
    pub struct PersonRow in person by (person_id) {
        person_id: i64 => BigInt,
        known_at: i64 => BigInt,
        name_index: Vec<u8> => Binary,
        sealed: Vec<u8> => Binary,
        created_at: i64 => BigInt,
    }
}

#[derive(diesel::Insertable)]
#[diesel(table_name = person_alias, treat_none_as_default_value = false)]
struct AliasRow<'a> {
    number_index: &'a [u8],
    kind: i16,
    person_id: i64,
}

rows! {
    /// A row of `person_key`.
    pub struct KeyRow in person_key by (person_id) {
        person_id: i64 => BigInt,
        master: i32 => Integer,
        wrapped: Option<Vec<u8>> => Nullable<Binary>,
    }
}

/// A person who is to be on record from now on.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Their id.
    pub id: PersonId,
    /// The kind of document.
    pub kind: i16,
    /// The blind index of its number.
    pub number_index: [u8; 32],
    /// The blind index of the name.
    pub name_index: [u8; 32],
    /// Number and name, sealed.
    pub sealed: Vec<u8>,
    /// The master key that wraps the data key.
    pub master: i32,
    /// The wrapped data key.
    pub wrapped: Vec<u8>,
}

impl NewPerson {
    /// How matching finds them, once they are on record since an instant.
    pub fn known(self, at: Timestamp) -> Known {
        Known {
            id: self.id,
            known_at: at.next(),
            created_at: at,
            name_index: self.name_index.to_vec(),
            master: self.master,
            wrapped: Some(self.wrapped),
        }
    }
}

type Found = (Vec<u8>, i64, i64, i64, Vec<u8>, i32, Option<Vec<u8>>);

fn known(found: Found) -> Result<([u8; 32], Known), StoreError> {
    let (number, id, known_at, created_at, name_index, master, wrapped) = found;
    let damaged = |_| StoreError::Damaged(format!("person_alias (person_id = {id})"));
    let number = number.try_into().map_err(damaged)?;
    let (id, known_at) = (PersonId::stored(id), Timestamp::from_micros(known_at));
    let created_at = Timestamp::from_micros(created_at);
    Ok((number, Known { id, known_at, created_at, name_index, master, wrapped }))
}

type OnRecord = (i64, i64, Vec<u8>, Vec<u8>, i32, Option<Vec<u8>>);

/// What is found of a person besides who they are.
#[derive(Clone, Copy)]
struct More {
    columns: &'static str,
    join: &'static str,
}

const KEYS: More = More {
    columns: "person_key.master, person_key.wrapped",
    join: " INNER JOIN person_key ON person_key.person_id = person.person_id",
};

const NOTHING: More = More { columns: "CAST(0 AS INTEGER), CAST(NULL AS BYTEA)", join: "" };

type FoundSql = (Binary, BigInt, BigInt, BigInt, Binary, Integer, Nullable<Binary>);

fn found_of(own: &str, more: More) -> String {
    format!(
        "SELECT own.number_index, person.person_id, person.known_at, person.created_at, \
         person.name_index, {} FROM {own} AS own \
         INNER JOIN person ON person.person_id = own.person_id{}",
        more.columns, more.join
    )
}

fn in_sqlite(
    c: &mut SqliteConnection,
    (kind, numbers): (i16, &[[u8; 32]]),
    more: More,
) -> Result<Vec<Found>, StoreError> {
    let mut found = Vec::with_capacity(numbers.len());
    let words = format!("{} WHERE own.kind = ", found_of("person_alias", more));
    for number in numbers {
        let one = statement(words.clone())
            .bind::<SmallInt, _>(kind)
            .sql(" AND own.number_index = ")
            .bind::<Binary, _>(number.as_slice())
            .sql("")
            .answering::<FoundSql>();
        found.extend(one.get_result(c).optional()?);
    }
    Ok(found)
}

/// Numbers first, then persons: they are distributed by different columns, and a join of the two would
/// move rows between machines.
fn in_postgres(
    c: &mut PgConnection,
    (kind, numbers): (i16, &[[u8; 32]]),
    more: More,
) -> Result<Vec<Found>, StoreError> {
    let numbers: Vec<&[u8]> = numbers.iter().map(<[u8; 32]>::as_slice).collect();
    Ok(statement(
        "WITH named AS MATERIALIZED (SELECT number_index, person_id FROM person_alias WHERE kind = ",
    )
    .bind::<SmallInt, _>(kind)
    .sql(" AND number_index = ANY(")
    .bind::<Array<Binary>, _>(numbers)
    .sql(format!(")) {}", found_of("named", more)))
    .answering::<FoundSql>()
    .load(c)?)
}

impl ReadTx<'_> {
    /// The persons with these numbers, by blind index.
    pub fn people_by_number(
        &mut self,
        kind: i16,
        numbers: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], Known>, StoreError> {
        self.find_people((kind, numbers), KEYS)
    }

    /// The same without their keys, for whoever opens and seals nothing: a look-up less for each.
    pub fn people_without_keys(
        &mut self,
        kind: i16,
        numbers: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], Known>, StoreError> {
        self.find_people((kind, numbers), NOTHING)
    }

    fn find_people(
        &mut self,
        whom: (i16, &[[u8; 32]]),
        more: More,
    ) -> Result<HashMap<[u8; 32], Known>, StoreError> {
        let found = match &mut *self.conn {
            Conn::Sqlite(c) => in_sqlite(c, whom, more)?,
            Conn::Postgres(c) => in_postgres(c, whom, more)?,
        };
        found.into_iter().map(known).collect()
    }

    /// A person's key and sealed identity.
    pub fn person(&mut self, id: PersonId) -> Result<Option<(Known, Vec<u8>)>, StoreError> {
        let found: Option<OnRecord> = on_each_engine!(&mut *self.conn, |c| person::table
            .inner_join(person_key::table.on(person_key::person_id.eq(person::person_id)))
            .filter(person::person_id.eq(id.get()))
            .select((
                person::known_at,
                person::created_at,
                person::name_index,
                person::sealed,
                person_key::master,
                person_key::wrapped
            ))
            .get_result(c)
            .optional()?);
        Ok(found.map(|(known_at, created_at, name_index, sealed, master, wrapped)| {
            let known_at = Timestamp::from_micros(known_at);
            let created_at = Timestamp::from_micros(created_at);
            (Known { id, known_at, created_at, name_index, master, wrapped }, sealed)
        }))
    }

    /// Those of these persons who are on record, and whose key is.
    pub fn people_on_record(&mut self, ids: &[PersonId]) -> Result<HashSet<PersonId>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        let known = person::table
            .inner_join(person_key::table.on(person_key::person_id.eq(person::person_id)))
            .select(person::person_id);
        let found: Vec<i64> = look_up!(
            &mut *self.conn,
            &ids,
            |c, id| known.filter(person::person_id.eq(*id)).get_result::<i64>(c).optional()?,
            |c| known.filter(person::person_id.eq_any(&ids)).load(c)?,
        );
        Ok(found.into_iter().map(PersonId::stored).collect())
    }

    /// How many persons are on record.
    pub fn count_people(&mut self) -> Result<u64, StoreError> {
        let count: i64 =
            on_each_engine!(&mut *self.conn, |c| person::table.count().get_result(c)?);
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

impl WriteTx<'_> {
    /// Puts persons with different numbers on record, in the order of their numbers; says of each
    /// whether it was added: false where another one came first with the same number.
    pub fn add_people(&mut self, new: &[NewPerson]) -> Result<Vec<bool>, StoreError> {
        debug_assert!(new.is_sorted_by(|one, next| one.number_index < next.number_index));
        let added = self.add_aliases(new)?;
        let now = self.now;
        let fresh = || new.iter().zip(&added).filter(|(_, added)| **added).map(|(new, _)| new);
        let people = fresh().map(|new| PersonRow {
            person_id: new.id.get(),
            // What this transaction writes of them has its stamp already.
            known_at: now.next().micros(),
            name_index: new.name_index.to_vec(),
            sealed: new.sealed.clone(),
            created_at: now.micros(),
        });
        PersonRow::insert(self.read.conn, &people.collect::<Vec<_>>())?;
        let keys = fresh().map(|new| KeyRow {
            person_id: new.id.get(),
            master: new.master,
            wrapped: Some(new.wrapped.clone()),
        });
        KeyRow::insert(self.read.conn, &keys.collect::<Vec<_>>())?;
        let fresh: Vec<PersonId> = fresh().map(|new| new.id).collect();
        self.fresh.extend(fresh);
        Ok(added)
    }

    fn add_aliases(&mut self, new: &[NewPerson]) -> Result<Vec<bool>, StoreError> {
        match &mut *self.read.conn {
            Conn::Sqlite(c) => new
                .iter()
                .map(|new| {
                    let (number_index, person_id) = (&new.number_index, new.id.get());
                    let alias = AliasRow { number_index, kind: new.kind, person_id };
                    let insert = diesel::insert_into(person_alias::table).values(&alias);
                    Ok(insert.on_conflict_do_nothing().execute(c)? == 1)
                })
                .collect(),
            Conn::Postgres(_) if new.is_empty() => Ok(Vec::new()),
            Conn::Postgres(c) => {
                let numbers = new.iter().map(|new| new.number_index.as_slice());
                let ids = new.iter().map(|new| new.id.get());
                let added: Vec<i64> = statement(
                    "INSERT INTO person_alias (number_index, kind, person_id) \
                     SELECT * FROM unnest(",
                )
                .bind::<Array<Binary>, _>(numbers.collect::<Vec<_>>())
                .sql(", ")
                .bind::<Array<SmallInt>, _>(new.iter().map(|new| new.kind).collect::<Vec<_>>())
                .sql(", ")
                .bind::<Array<BigInt>, _>(ids.collect::<Vec<_>>())
                .sql(") ON CONFLICT DO NOTHING RETURNING person_id")
                .answering::<BigInt>()
                .load(c)?;
                let added: HashSet<i64> = added.into_iter().collect();
                Ok(new.iter().map(|new| added.contains(&new.id.get())).collect())
            }
        }
    }

    /// Takes somebody off the record who was put on it in this transaction.
    pub fn remove_person(&mut self, id: PersonId) -> Result<(), StoreError> {
        let id = id.get();
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::delete(person_alias::table.filter(person_alias::person_id.eq(id)))
                .execute(c)?;
            diesel::delete(person_key::table.find(id)).execute(c)?;
            diesel::delete(person::table.find(id)).execute(c)?;
        });
        Ok(())
    }
}
