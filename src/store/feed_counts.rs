//! What runs came to, summed up with the end of each: a few rows for each feed, however many runs there were.

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::dialect::on_each_engine;
use super::schema::feed_count;
use super::{ReadTx, StoreError, WriteTx};

/// A row of `feed_count`.
#[derive(Clone, Debug, PartialEq, Eq, Insertable, Queryable)]
#[diesel(table_name = feed_count)]
pub struct FeedCount {
    /// Of which feed.
    pub feed: String,
    /// What is counted, by its stored number.
    pub what: i16,
    /// An outcome, the code of an alarm, or what a run did and how it ended.
    pub name: String,
    /// How often.
    pub n: i64,
}

/// What is counted. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Rows by outcome.
    Rows,
    /// Alarms by code.
    Alarms,
    /// Runs by what they did and how they ended, with a space between.
    Runs,
}

impl Counted {
    /// The number that is stored.
    pub const fn number(self) -> i16 {
        match self {
            Counted::Rows => 1,
            Counted::Alarms => 2,
            Counted::Runs => 3,
        }
    }
}

impl ReadTx<'_> {
    /// What was counted of every feed.
    pub fn feed_counts(&mut self) -> Result<Vec<FeedCount>, StoreError> {
        let all = feed_count::table;
        let order = (feed_count::feed, feed_count::what, feed_count::name);
        Ok(on_each_engine!(&mut *self.conn, |c| all.order(order).load(c)?))
    }
}

impl WriteTx<'_> {
    /// Counts something more of a feed.
    pub fn count_of_feed(
        &mut self,
        feed: &str,
        what: Counted,
        name: &str,
        n: i64,
    ) -> Result<(), StoreError> {
        let (feed, name) = (feed.to_owned(), name.to_owned());
        let row = FeedCount { feed, what: what.number(), name, n };
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::insert_into(feed_count::table)
                .values(&row)
                .on_conflict((feed_count::feed, feed_count::what, feed_count::name))
                .do_update()
                .set(feed_count::n.eq(feed_count::n + excluded(feed_count::n)))
                .execute(c)?;
        });
        Ok(())
    }
}
