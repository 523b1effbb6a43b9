//! What is remembered of feeds and their runs.

use diesel::prelude::*;

use super::batches::BatchRow;
use super::dialect::{on_each_engine, rows};
use super::schema::{batch, feed, feed_run};
use super::{Conn, ReadTx, StoreError, WriteTx};
use crate::domain::ids::BatchId;
use crate::domain::timestamp::Timestamp;

/// A row of `feed`.
#[derive(Clone, Debug, PartialEq, Eq, Insertable, Queryable, AsChangeset)]
#[diesel(table_name = feed, primary_key(code), treat_none_as_null = true)]
#[diesel(treat_none_as_default_value = false)]
pub struct FeedRow {
    /// Which one.
    pub code: String,
    /// How far it was read, as its shape says.
    pub read_to: Option<String>,
    /// The newest change that was seen.
    pub newest: Option<i64>,
    /// When a run last ended well.
    pub succeeded_at: Option<i64>,
    /// When it is to be pulled next.
    pub due_at: i64,
    /// Runs since then that did not.
    pub failures: i32,
    /// The alarm that stopped it.
    pub stopped: Option<String>,
    /// When that was.
    pub stopped_at: Option<i64>,
    /// The alarm that an operator lets pass once.
    pub accepted: Option<String>,
    /// The session that has it, or had it last.
    pub leader: String,
    /// Until when.
    pub lease_until: i64,
}

rows! {
    /// A row of `feed_run`.
    #[derive(diesel::AsChangeset)]
    #[diesel(primary_key(batch_id), treat_none_as_null = true)]
    pub struct RunRow in feed_run by (batch_id) {
        batch_id: i64 => BigInt,
        feed: String => Text,
        work: i16 => SmallInt,
        phase: i16 => SmallInt,
        read_from: Option<String> => Nullable<Text>,
        read_to: Option<String> => Nullable<Text>,
        newest: Option<i64> => Nullable<BigInt>,
        alarm: Option<String> => Nullable<Text>,
        skipped: Option<i64> => Nullable<BigInt>,
        notices: Option<String> => Nullable<Text>,
    }
}

/// What a run does. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// It asks the city's system.
    Pull,
    /// It takes a file that somebody gave.
    Drop,
    /// It takes kept pages once more.
    Replay,
    /// It asks for everything, to compare.
    Listing,
}

impl Work {
    const ALL: [(Work, i16, &'static str); 4] = [
        (Work::Pull, 1, "pull"),
        (Work::Drop, 2, "drop"),
        (Work::Replay, 3, "replay"),
        (Work::Listing, 4, "listing"),
    ];

    /// The number that is stored.
    pub fn number(self) -> i16 {
        Work::ALL.iter().find(|(own, ..)| *own == self).map_or(0, |(_, number, _)| *number)
    }

    /// The name in API and files.
    pub fn name(self) -> &'static str {
        Work::ALL.iter().find(|(own, ..)| *own == self).map_or("", |(.., name)| name)
    }
}

impl RunRow {
    /// What it does.
    pub fn work(&self) -> Result<Work, StoreError> {
        let found = Work::ALL.iter().find(|(_, number, _)| *number == self.work);
        found.map(|(work, ..)| *work).ok_or_else(|| self.damaged())
    }
}

impl FeedRow {
    /// That a value of this row does not read.
    pub fn damaged(&self) -> StoreError {
        StoreError::Damaged(format!("feed (code = {})", self.code))
    }
}

/// How far a run is. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Pages come in and are looked at; nothing is taken yet.
    Fetching,
    /// What came in is taken.
    Taking,
    /// Nothing is left to do.
    Ended,
}

impl Phase {
    /// The number that is stored.
    pub const fn number(self) -> i16 {
        match self {
            Phase::Fetching => 1,
            Phase::Taking => 2,
            Phase::Ended => 3,
        }
    }
}

impl ReadTx<'_> {
    /// What is remembered of a feed.
    pub fn feed(&mut self, code: &str) -> Result<Option<FeedRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| feed::table.find(code).get_result(c).optional()?))
    }

    /// What is remembered of every feed that was ever run.
    pub fn feeds(&mut self) -> Result<Vec<FeedRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| feed::table.order(feed::code).load(c)?))
    }

    /// A run.
    pub fn feed_run(&mut self, id: BatchId) -> Result<Option<RunRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| feed_run::table
            .find(id.get())
            .get_result(c)
            .optional()?))
    }

    /// Runs of a feed with their batches, newest first, before one of them.
    pub fn feed_runs(
        &mut self,
        code: &str,
        before: Option<BatchId>,
        limit: i64,
    ) -> Result<Vec<(RunRow, BatchRow)>, StoreError> {
        let before = before.map_or(i64::MAX, BatchId::get);
        Ok(on_each_engine!(&mut *self.conn, |c| feed_run::table
            .inner_join(batch::table.on(batch::batch_id.eq(feed_run::batch_id)))
            .filter(feed_run::feed.eq(code))
            .filter(feed_run::batch_id.lt(before))
            .order(feed_run::batch_id.desc())
            .limit(limit)
            .load(c)?))
    }

    /// The run of a feed that was broken off while it was taken.
    pub fn run_to_finish(&mut self, code: &str) -> Result<Option<RunRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| feed_run::table
            .filter(feed_run::feed.eq(code))
            .filter(feed_run::phase.eq(Phase::Taking.number()))
            .order(feed_run::batch_id)
            .get_result(c)
            .optional()?))
    }

    /// Runs of a feed that never came to taking anything.
    pub fn runs_in_the_way(&mut self, code: &str) -> Result<Vec<RunRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| feed_run::table
            .filter(feed_run::feed.eq(code))
            .filter(feed_run::phase.eq(Phase::Fetching.number()))
            .load(c)?))
    }
}

impl WriteTx<'_> {
    /// Makes sure that something is remembered of a feed.
    pub fn add_feed(&mut self, code: &str) -> Result<(), StoreError> {
        let row = FeedRow {
            code: code.to_owned(),
            read_to: None,
            newest: None,
            succeeded_at: None,
            due_at: 0,
            failures: 0,
            stopped: None,
            stopped_at: None,
            accepted: None,
            leader: String::new(),
            lease_until: 0,
        };
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::insert_into(feed::table).values(&row).on_conflict_do_nothing().execute(c)?;
        });
        Ok(())
    }

    /// What is remembered of a feed, which nobody else changes until the transaction ends.
    pub fn feed_to_change(&mut self, code: &str) -> Result<FeedRow, StoreError> {
        self.add_feed(code)?;
        let row = feed::table.find(code);
        Ok(match &mut *self.read.conn {
            // It has one writer.
            Conn::Sqlite(c) => row.get_result(c)?,
            Conn::Postgres(c) => row.for_update().get_result(c)?,
        })
    }

    /// Takes the lease of a feed; false where somebody else has it.
    pub fn take_lease(
        &mut self,
        code: &str,
        leader: &str,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let now = self.now.micros();
        let changed = on_each_engine!(&mut *self.read.conn, |c| {
            diesel::update(feed::table.find(code))
                .filter(feed::lease_until.lt(now))
                .set((feed::leader.eq(leader), feed::lease_until.eq(until.micros())))
                .execute(c)?
        });
        Ok(changed == 1)
    }

    /// Prolongs the lease of a feed; false where somebody else took it since.
    pub fn prolong_lease(
        &mut self,
        code: &str,
        leader: &str,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let changed = on_each_engine!(&mut *self.read.conn, |c| {
            diesel::update(feed::table.find(code))
                .filter(feed::leader.eq(leader))
                .set(feed::lease_until.eq(until.micros()))
                .execute(c)?
        });
        Ok(changed == 1)
    }

    /// Gives the lease of a feed back.
    pub fn give_back(&mut self, code: &str, leader: &str) -> Result<(), StoreError> {
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::update(feed::table.find(code))
                .filter(feed::leader.eq(leader))
                .set(feed::lease_until.eq(0))
                .execute(c)?;
        });
        Ok(())
    }

    /// Remembers something else of a feed.
    pub fn note_feed(&mut self, row: &FeedRow) -> Result<(), StoreError> {
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::update(feed::table.find(&row.code)).set(row).execute(c)?;
        });
        Ok(())
    }

    /// Begins a run.
    pub fn add_run(&mut self, row: &RunRow) -> Result<(), StoreError> {
        RunRow::insert(self.read.conn, std::slice::from_ref(row))
    }

    /// Writes down how far a run is.
    pub fn note_run(&mut self, row: &RunRow) -> Result<(), StoreError> {
        on_each_engine!(&mut *self.read.conn, |c| {
            diesel::update(feed_run::table.find(row.batch_id)).set(row).execute(c)?;
        });
        Ok(())
    }
}
