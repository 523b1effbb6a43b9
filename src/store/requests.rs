//! Requests that must have one effect however often they are sent, and who looked at whose record.

use diesel::prelude::*;

use super::dialect::{on_each_engine, rows};
use super::schema::idem_request;
use super::{ReadTx, StoreError, WriteTx};
use crate::domain::timestamp::Timestamp;

rows! {
    /// A row of `access_log`.
    pub struct AccessRow in access_log by (log_id) {
        log_id: i64 => BigInt,
        at: i64 => BigInt,
        issuer: String => Text,
        subject: String => Text,
        role: String => Text,
        route: String => Text,
        person_id: Option<i64> => Nullable<BigInt>,
        request_id: String => Text,
    }
}

/// A row of `idem_request`.
#[derive(Clone, Debug, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = idem_request, treat_none_as_default_value = false)]
pub struct RequestRow {
    /// What the client calls the request.
    pub idem_key: String,
    /// Who sent it.
    pub client: String,
    /// To which route.
    pub route: String,
    /// The hash of its body.
    pub fingerprint: Vec<u8>,
    /// When it first came.
    pub started_at: i64,
    /// The status of its answer; absent while it runs.
    pub status: Option<i16>,
    /// Its answer, sealed; while it runs, which process works on it.
    pub answer: Option<Vec<u8>>,
}

impl ReadTx<'_> {
    /// A request that was begun before.
    pub fn request(
        &mut self,
        key: &str,
        client: &str,
        route: &str,
    ) -> Result<Option<RequestRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| idem_request::table
            .find((key, client, route))
            .get_result(c)
            .optional()?))
    }
}

impl WriteTx<'_> {
    /// Begins a request; false where it was begun before.
    pub fn begin_request(&mut self, row: &RequestRow) -> Result<bool, StoreError> {
        Ok(on_each_engine!(&mut *self.read.conn, |c| diesel::insert_into(idem_request::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(c)?
            == 1))
    }

    /// Keeps the answer to a request, unless another has begun in its place.
    pub fn answer_request(
        &mut self,
        row: &RequestRow,
        status: i16,
        answer: &[u8],
    ) -> Result<(), StoreError> {
        on_each_engine!(&mut *self.read.conn, |c| {
            let begun = idem_request::table.find((&row.idem_key, &row.client, &row.route));
            diesel::update(begun.filter(idem_request::started_at.eq(row.started_at)))
                .set((idem_request::status.eq(Some(status)), idem_request::answer.eq(Some(answer))))
                .execute(c)?;
        });
        Ok(())
    }

    /// Forgets a request that was begun then and has no answer, so that it can be sent again.
    pub fn forget_request(&mut self, row: &RequestRow) -> Result<(), StoreError> {
        on_each_engine!(&mut *self.read.conn, |c| {
            let begun = idem_request::table.find((&row.idem_key, &row.client, &row.route));
            let unanswered = begun.filter(idem_request::status.is_null());
            diesel::delete(unanswered.filter(idem_request::started_at.eq(row.started_at)))
                .execute(c)?;
        });
        Ok(())
    }

    /// Forgets requests that were begun before an instant.
    pub fn forget_requests_before(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        Ok(on_each_engine!(&mut *self.read.conn, |c| diesel::delete(
            idem_request::table.filter(idem_request::started_at.lt(before.micros()))
        )
        .execute(c)?))
    }

    /// Writes down who looked at whose record.
    pub fn log_access(&mut self, rows: &[AccessRow]) -> Result<(), StoreError> {
        AccessRow::insert(self.read.conn, rows)
    }
}
