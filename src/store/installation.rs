//! What a database remembers of the keys it is used with, and the keys that wrap others.

use diesel::prelude::*;

use super::dialect::on_each_engine;
use super::people::KeyRow;
use super::schema::{installation, person_key};
use super::{ReadTx, StoreError, WriteTx};
use crate::domain::ids::PersonId;

impl ReadTx<'_> {
    /// What is remembered under a name.
    pub fn installed(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| installation::table
            .find(name)
            .select(installation::value)
            .get_result(c)
            .optional()?))
    }

    /// How many persons' keys each master key wraps.
    pub fn keys_by_master(&mut self) -> Result<Vec<(i32, i64)>, StoreError> {
        use diesel::dsl::count_star;
        Ok(on_each_engine!(&mut *self.conn, |c| person_key::table
            .filter(person_key::wrapped.is_not_null())
            .group_by(person_key::master)
            .select((person_key::master, count_star()))
            .order(person_key::master)
            .load(c)?))
    }

    /// Keys that another master key wraps, in the order of their persons, after one of them.
    pub fn keys_of_others(
        &mut self,
        master: i32,
        after: Option<PersonId>,
        limit: i64,
    ) -> Result<Vec<KeyRow>, StoreError> {
        let after = after.map_or(-1, PersonId::get);
        Ok(on_each_engine!(&mut *self.conn, |c| person_key::table
            .filter(person_key::person_id.gt(after))
            .filter(person_key::master.ne(master))
            .filter(person_key::wrapped.is_not_null())
            .order(person_key::person_id)
            .limit(limit)
            .load(c)?))
    }
}

impl WriteTx<'_> {
    /// Remembers a value where none is remembered yet.
    pub fn install_first(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::insert_into(installation::table)
                .values((installation::name.eq(name), installation::value.eq(value)))
                .on_conflict_do_nothing()
                .execute(c)?;
        });
        Ok(())
    }

    /// Remembers a value instead of the one before.
    pub fn install(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::insert_into(installation::table)
                .values((installation::name.eq(name), installation::value.eq(value)))
                .on_conflict(installation::name)
                .do_update()
                .set(installation::value.eq(value))
                .execute(c)?;
        });
        Ok(())
    }

    /// Remembers nothing under a name any more.
    pub fn uninstall(&mut self, name: &str) -> Result<(), StoreError> {
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::delete(installation::table.find(name)).execute(c)?;
        });
        Ok(())
    }

    /// Puts another wrapping in the place of the one that was read; false where that one is gone,
    /// because somebody else was faster or the person was erased.
    pub fn rewrap_key(&mut self, from: &KeyRow, to: &KeyRow) -> Result<bool, StoreError> {
        let changed = on_each_engine!(&mut *self.read.conn, |c| {
            diesel::update(person_key::table.find(from.person_id))
                .filter(person_key::master.eq(from.master))
                .filter(person_key::wrapped.is_not_null())
                .set((person_key::master.eq(to.master), person_key::wrapped.eq(&to.wrapped)))
                .execute(c)?
        });
        Ok(changed == 1)
    }
}
