//! Persons: found by blind index, never by name; locked and stamped by whoever writes about them.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::dialect::{look_up, on_each_engine, rows};
use super::schema::{person, person_alias, person_key};
use super::{ReadTx, StoreError, WriteTx};
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
    /// The wrapped data key; absent once erased.
    pub wrapped: Option<Vec<u8>>,
}

rows! {
    /// A row of `person`.
    pub struct PersonRow in person {
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
    pub struct KeyRow in person_key {
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

type Found = (Vec<u8>, i64, i64, i64, Vec<u8>, i32, Option<Vec<u8>>);

type OnRecord = (i64, i64, Vec<u8>, Vec<u8>, i32, Option<Vec<u8>>);

impl ReadTx<'_> {
    /// The persons with these numbers, by blind index.
    pub fn people_by_number(
        &mut self,
        kind: i16,
        numbers: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], Known>, StoreError> {
        let columns = (
            person_alias::number_index,
            person_alias::person_id,
            person::known_at,
            person::created_at,
            person::name_index,
            person_key::master,
            person_key::wrapped,
        );
        let query = person_alias::table
            .inner_join(person::table.on(person::person_id.eq(person_alias::person_id)))
            .inner_join(person_key::table.on(person_key::person_id.eq(person::person_id)))
            .filter(person_alias::kind.eq(kind));
        let found: Vec<Found> = look_up!(
            &mut *self.conn,
            numbers,
            |c, number| query
                .filter(person_alias::number_index.eq(number.as_slice()))
                .select(columns)
                .first::<Found>(c)
                .optional()?,
            |c| {
                let numbers: Vec<&[u8]> = numbers.iter().map(<[u8; 32]>::as_slice).collect();
                let many = query.filter(person_alias::number_index.eq_any(numbers));
                many.select(columns).load(c)?
            },
        );
        found
            .into_iter()
            .map(|(number, id, known_at, created_at, name_index, master, wrapped)| {
                let number = number.try_into().map_err(|_| StoreError::Damaged("person_alias"))?;
                let (id, known_at) = (PersonId::stored(id), Timestamp::from_micros(known_at));
                let created_at = Timestamp::from_micros(created_at);
                Ok((number, Known { id, known_at, created_at, name_index, master, wrapped }))
            })
            .collect()
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
            .first(c)
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
            |c, id| known.filter(person::person_id.eq(*id)).first::<i64>(c).optional()?,
            |c| known.filter(person::person_id.eq_any(&ids)).load(c)?,
        );
        Ok(found.into_iter().map(PersonId::stored).collect())
    }

    /// How many persons are on record.
    pub fn count_people(&mut self) -> Result<u64, StoreError> {
        let count: i64 = on_each_engine!(&mut *self.conn, |c| person::table.count().first(c)?);
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

impl WriteTx<'_> {
    /// Puts a person on record; false where another one came first with the same number.
    pub fn add_person(&mut self, new: &NewPerson) -> Result<bool, StoreError> {
        let id = new.id.get();
        let alias = AliasRow { number_index: &new.number_index, kind: new.kind, person_id: id };
        let added = on_each_engine!(&mut *self.read.conn, |c| {
            diesel::insert_into(person_alias::table)
                .values(&alias)
                .on_conflict_do_nothing()
                .execute(c)?
        });
        if added == 0 {
            return Ok(false);
        }
        let now = self.now.micros();
        let person = PersonRow {
            person_id: id,
            known_at: now,
            name_index: new.name_index.to_vec(),
            sealed: new.sealed.clone(),
            created_at: now,
        };
        PersonRow::insert(self.read.conn, &[person])?;
        let key = KeyRow { person_id: id, master: new.master, wrapped: Some(new.wrapped.clone()) };
        KeyRow::insert(self.read.conn, &[key])?;
        Ok(true)
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

    /// Locks persons until the end of the transaction, and gives each the stamp of everything that
    /// is written of them in it: later than all that was known.
    pub fn stamp_people(
        &mut self,
        people: &[PersonId],
    ) -> Result<HashMap<PersonId, Timestamp>, StoreError> {
        let mut ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
        // One order for everybody: two transactions never wait for each other in a circle.
        ids.sort_unstable();
        ids.dedup();
        let now = self.now;
        let stamp = |known: i64| now.max(Timestamp::from_micros(known).next());
        let row = |id: i64| person::table.filter(person::person_id.eq(id));
        let known: Vec<(i64, i64)> = look_up!(
            &mut *self.read.conn,
            &ids,
            |c, id| row(*id)
                .select((person::person_id, person::known_at))
                .first::<(i64, i64)>(c)
                .optional()?,
            |c| person::table
                .filter(person::person_id.eq_any(&ids))
                .order(person::person_id)
                .select((person::person_id, person::known_at))
                .for_no_key_update()
                .load(c)?,
        );
        let stamps: Vec<(i64, Timestamp)> =
            known.into_iter().map(|(id, known)| (id, stamp(known))).collect();
        match &mut *self.read.conn {
            super::Conn::Sqlite(c) => {
                for (id, at) in &stamps {
                    let at = person::known_at.eq(at.micros());
                    diesel::update(row(*id)).set(at).execute(c)?;
                }
            }
            super::Conn::Postgres(c) => stamp_in_postgres(c, &stamps)?,
        }
        Ok(stamps.into_iter().map(|(id, at)| (PersonId::stored(id), at)).collect())
    }
}

fn stamp_in_postgres(
    c: &mut diesel::PgConnection,
    stamps: &[(i64, Timestamp)],
) -> Result<(), StoreError> {
    use diesel::sql_types::{Array, BigInt};
    let (ids, at): (Vec<i64>, Vec<i64>) = stamps.iter().map(|(id, at)| (*id, at.micros())).unzip();
    diesel::sql_query(
        "UPDATE person SET known_at = new.at FROM unnest($1, $2) AS new (id, at) \
         WHERE person.person_id = new.id",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<BigInt>, _>(at)
    .execute(c)?;
    Ok(())
}
