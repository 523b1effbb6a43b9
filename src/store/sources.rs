//! Sources, and who may post for them.

use diesel::prelude::*;

use super::dialect::{on_each_engine, rows};
use super::schema::{client, source};
use super::{ReadTx, StoreError, WriteTx};
use crate::domain::ids::SourceId;
use crate::domain::ledger::sources::Source;

rows! {
    /// A row of `source`.
    pub struct SourceRow in source by (source_id) {
        source_id: i64 => BigInt,
        code: String => Text,
        name_zh: String => Text,
        name_en: String => Text,
        jurisdiction: Option<String> => Nullable<Text>,
        recognises: i16 => SmallInt,
        rank: i16 => SmallInt,
        active: bool => Bool,
        created_at: i64 => BigInt,
    }
}

/// A row of `client`.
#[derive(Clone, Debug, PartialEq, Eq, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = client, treat_none_as_default_value = false)]
pub struct ClientRow {
    /// Who says who they are.
    pub issuer: String,
    /// Who they are.
    pub subject: String,
    /// For which source they may post.
    pub source_id: i64,
    /// Whether they still may.
    pub active: bool,
    /// Since when.
    pub created_at: i64,
}

impl SourceRow {
    /// Its id.
    pub fn id(&self) -> SourceId {
        SourceId::stored(self.source_id)
    }

    /// What the rules of the ledger need to know of it.
    pub fn facts(&self) -> Source {
        Source {
            id: self.id(),
            code: self.code.as_str().into(),
            rank: self.rank,
            jurisdiction: self.jurisdiction.as_deref().map(Into::into),
            recognises: self.recognises,
        }
    }
}

impl ReadTx<'_> {
    /// Every source, by code.
    pub fn sources(&mut self) -> Result<Vec<SourceRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| source::table.order(source::code).load(c)?))
    }

    /// Every client.
    pub fn clients(&mut self) -> Result<Vec<ClientRow>, StoreError> {
        let order = (client::issuer, client::subject, client::source_id);
        Ok(on_each_engine!(&mut *self.conn, |c| client::table.order(order).load(c)?))
    }
}

impl WriteTx<'_> {
    /// Adds a source.
    pub fn add_source(&mut self, row: &SourceRow) -> Result<(), StoreError> {
        SourceRow::insert(self.read.conn, std::slice::from_ref(row))
    }

    /// Changes what a source is called and what it recognises.
    pub fn change_source(&mut self, row: &SourceRow) -> Result<bool, StoreError> {
        let changed = on_each_engine!(&mut *self.read.conn, |c| {
            diesel::update(source::table.find(row.source_id))
                .set((
                    source::name_zh.eq(&row.name_zh),
                    source::name_en.eq(&row.name_en),
                    source::jurisdiction.eq(&row.jurisdiction),
                    source::recognises.eq(row.recognises),
                    source::rank.eq(row.rank),
                    source::active.eq(row.active),
                ))
                .execute(c)?
        });
        Ok(changed == 1)
    }

    /// Keeps a client under another subject; one that is there under it stays as it is.
    pub fn rename_client(&mut self, old: &ClientRow, new: &ClientRow) -> Result<(), StoreError> {
        let key = (&old.issuer, &old.subject, old.source_id);
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::delete(client::table.find(key)).execute(c)?;
            diesel::insert_into(client::table).values(new).on_conflict_do_nothing().execute(c)?;
        });
        Ok(())
    }

    /// Lets a client post for a source, or no more.
    pub fn put_client(&mut self, row: &ClientRow) -> Result<(), StoreError> {
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::insert_into(client::table)
                .values(row)
                .on_conflict((client::issuer, client::subject, client::source_id))
                .do_update()
                .set(client::active.eq(row.active))
                .execute(c)?;
        });
        Ok(())
    }
}
