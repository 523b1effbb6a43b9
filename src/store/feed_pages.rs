//! The pages and files of runs; their bytes are kept beside the database.

use diesel::prelude::*;

use super::dialect::{on_each_engine, rows};
use super::schema::feed_page;
use super::{ReadTx, StoreError, WriteTx};
use crate::domain::ids::BatchId;
use crate::domain::timestamp::Timestamp;

rows! {
    /// A row of `feed_page`.
    pub struct PageRow in feed_page by (batch_id, page_no) {
        batch_id: i64 => BigInt,
        page_no: i64 => BigInt,
        feed: String => Text,
        name: String => Text,
        fingerprint: Vec<u8> => Binary,
        received_at: i64 => BigInt,
        rows_in: i64 => BigInt,
        counts: String => Text,
        taken_at: Option<i64> => Nullable<BigInt>,
        left_out: bool => Bool,
        removed_at: Option<i64> => Nullable<BigInt>,
    }
}

impl ReadTx<'_> {
    /// The pages of a run after one of them.
    pub fn feed_pages(
        &mut self,
        run: BatchId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<PageRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| feed_page::table
            .filter(feed_page::batch_id.eq(run.get()))
            .filter(feed_page::page_no.gt(after))
            .order(feed_page::page_no)
            .limit(limit)
            .load(c)?))
    }

    /// Pages of a feed that were taken, oldest first, after one of them.
    pub fn taken_pages(
        &mut self,
        code: &str,
        after: (BatchId, i64),
        limit: i64,
    ) -> Result<Vec<PageRow>, StoreError> {
        use diesel::dsl::sql;
        use diesel::sql_types::{BigInt, Bool};
        let (run, page) = after;
        Ok(on_each_engine!(&mut *self.conn, |c| feed_page::table
            .filter(feed_page::feed.eq(code))
            .filter(feed_page::left_out.eq(false))
            .filter(feed_page::taken_at.is_not_null())
            .filter(
                sql::<Bool>("(batch_id, page_no) > (")
                    .bind::<BigInt, _>(run.get())
                    .sql(", ")
                    .bind::<BigInt, _>(page)
                    .sql(")")
            )
            .order((feed_page::batch_id, feed_page::page_no))
            .limit(limit)
            .load(c)?))
    }

    /// The last page of a feed that was taken, had records and is kept still.
    pub fn last_kept_page(&mut self, code: &str) -> Result<Option<PageRow>, StoreError> {
        let mut found: Vec<PageRow> = on_each_engine!(&mut *self.conn, |c| feed_page::table
            .filter(feed_page::feed.eq(code))
            .filter(feed_page::left_out.eq(false))
            .filter(feed_page::taken_at.is_not_null())
            .filter(feed_page::removed_at.is_null())
            .filter(feed_page::rows_in.gt(0))
            .order((feed_page::batch_id.desc(), feed_page::page_no.desc()))
            .limit(1)
            .load(c)?);
        Ok(found.pop())
    }

    /// The files of a feed that were taken, newest first.
    pub fn taken_files(&mut self, code: &str, limit: i64) -> Result<Vec<PageRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| feed_page::table
            .filter(feed_page::feed.eq(code))
            .filter(feed_page::taken_at.is_not_null())
            .filter(feed_page::name.ne(""))
            .order((feed_page::batch_id.desc(), feed_page::page_no.desc()))
            .limit(limit)
            .load(c)?))
    }

    /// Pages of a feed that came before an instant and are kept still, by run and number.
    pub fn pages_kept_before(
        &mut self,
        code: &str,
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<(BatchId, i64)>, StoreError> {
        let found: Vec<(i64, i64)> = on_each_engine!(&mut *self.conn, |c| feed_page::table
            .filter(feed_page::feed.eq(code))
            .filter(feed_page::removed_at.is_null())
            .filter(feed_page::left_out.eq(false))
            .filter(feed_page::received_at.lt(before.micros()))
            .order(feed_page::received_at)
            .limit(limit)
            .select((feed_page::batch_id, feed_page::page_no))
            .load(c)?);
        Ok(found.into_iter().map(|(run, page)| (BatchId::stored(run), page)).collect())
    }
}

impl WriteTx<'_> {
    /// Writes down that a page is kept no longer.
    pub fn note_removed(&mut self, run: BatchId, page: i64) -> Result<(), StoreError> {
        let now = self.now.micros();
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::update(feed_page::table.find((run.get(), page)))
                .set(feed_page::removed_at.eq(now))
                .execute(c)?;
        });
        Ok(())
    }

    /// Remembers a page that came in.
    pub fn add_page(&mut self, row: &PageRow) -> Result<(), StoreError> {
        PageRow::insert(self.read.conn, std::slice::from_ref(row))
    }

    /// Writes down what became of a page's rows.
    pub fn note_page(
        &mut self,
        run: BatchId,
        page: i64,
        counts: &str,
        taken: bool,
    ) -> Result<(), StoreError> {
        let taken_at = taken.then_some(self.now).map(Timestamp::micros);
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::update(feed_page::table.find((run.get(), page)))
                .set((feed_page::counts.eq(counts), feed_page::taken_at.eq(taken_at)))
                .execute(c)?;
        });
        Ok(())
    }
}
