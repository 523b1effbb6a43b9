//! A feed that somebody is at work on, and what its runs do to what is remembered of it.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::app::feed_runs::lease::{BUSY, Heartbeat, Lease};
use crate::app::feed_runs::run_metrics;
use crate::app::feed_runs::{ConfiguredFeed, FeedRunner};
use crate::app::installation::sources::NewSource;
use crate::app::posting::{Poster, problems};
use crate::app::service::{Failure, Service};
use crate::domain::category::Category;
use crate::domain::ids::BatchId;
use crate::domain::ledger::outcome::Counts;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::store::batches::{BatchKind, BatchState, NewBatch};
use crate::store::feeds::{FeedRow, Phase, RunRow, Work};
use crate::store::{StoreError, WriteTx};

/// Seconds that a feed waits after its first failure; each further one doubles it.
const PATIENCE: i64 = 30;
/// The longest wait, in seconds.
const LONGEST: i64 = 6 * 3600;

/// Why a run did not end well.
#[derive(Debug)]
pub(super) enum RunError {
    /// Something is wrong with the source that a person has to look at: the feed stands still.
    Alarm(Message),
    /// It did not work now; it is tried again.
    Failed(Message),
    /// Nothing can be written down any more.
    Broken(Failure),
}

impl RunError {
    /// As whoever asked is told.
    pub(super) fn failure(self) -> Failure {
        match self {
            RunError::Alarm(message) | RunError::Failed(message) => Failure::refused("", message),
            RunError::Broken(failure) => failure,
        }
    }
}

impl From<Failure> for RunError {
    fn from(failure: Failure) -> RunError {
        RunError::Broken(failure)
    }
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> RunError {
        RunError::Broken(error.into())
    }
}

/// A feed that nobody else has, until this is dropped.
pub(super) struct Session<'p> {
    pub(super) pulling: &'p FeedRunner,
    pub(super) linked: &'p ConfiguredFeed,
    pub(super) poster: Poster,
    pub(super) lease: Lease,
    _heartbeat: Heartbeat,
    /// What is remembered of it.
    pub(super) feed: FeedRow,
}

impl<'p> Session<'p> {
    /// Takes the lease; refused where another session has it.
    pub(super) fn open(
        pulling: &'p FeedRunner,
        linked: &'p ConfiguredFeed,
    ) -> Result<Session<'p>, Failure> {
        let service = &pulling.service;
        let source = source_of(service, linked)?;
        let lease = Lease::new(&service.store, &linked.feed.code, pulling.lease);
        let taking = lease.clone();
        let feed = service.store.write_waiting(move |tx: &mut WriteTx<'_>| taking.take(tx))?;
        let heartbeat = Heartbeat::start(&service.store, &lease)?;
        let poster = Poster { subject: format!("feed {}", feed.code).into(), source };
        Ok(Session { pulling, linked, poster, lease, _heartbeat: heartbeat, feed })
    }

    pub(super) fn service(&self) -> &'p Service {
        &self.pulling.service
    }

    /// Begins a run.
    pub(super) fn begin(&self, work: Work) -> Result<RunRow, Failure> {
        let id = self.service().new_batch();
        let row = RunRow {
            batch_id: id.get(),
            feed: self.feed.code.clone(),
            work: work.number(),
            phase: Phase::Fetching.number(),
            read_from: self.feed.read_to.clone(),
            read_to: None,
            newest: None,
            alarm: None,
            skipped: None,
            notices: None,
        };
        let (poster, new, lease) = (self.poster.clone(), row.clone(), self.lease.clone());
        self.service().store.write_waiting(move |tx: &mut WriteTx<'_>| {
            lease.prolong(tx)?;
            let (source, subject) = (poster.source.id(), &*poster.subject);
            tx.begin_batch(&NewBatch { id, source, subject, kind: BatchKind::Pull })?;
            Ok::<_, Failure>(tx.add_run(&new)?)
        })?;
        Ok(row)
    }

    /// Everything came in and is as it should be: from now on the run goes on until its end.
    pub(super) fn fetched(&self, run: &mut RunRow) -> Result<(), Failure> {
        run.phase = Phase::Taking.number();
        let (row, lease) = (run.clone(), self.lease.clone());
        self.service().store.write_waiting(move |tx: &mut WriteTx<'_>| {
            lease.prolong(tx)?;
            Ok(tx.note_run(&row)?)
        })
    }

    /// Every row has its outcome.
    pub(super) fn ended(&mut self, run: &RunRow, counts: &Counts) -> Result<(), Failure> {
        let (now, every) = (self.service().clock.now(), self.every());
        let (row, before) = (run.clone(), self.feed.clone());
        let change = move |feed: &mut FeedRow| {
            if !is_of_source(&row) {
                return;
            }
            feed.read_to = row.read_to.clone().max(feed.read_to.take());
            feed.newest = feed.newest.max(row.newest);
            if feed.accepted == before.accepted {
                feed.accepted = None;
            }
            if row.work == Work::Pull.number() {
                (feed.succeeded_at, feed.failures) = (Some(now.micros()), 0);
                put_off(feed, &before, now.plus_seconds(every));
            }
        };
        let counted = (counts.total(), written(counts));
        self.close(run, BatchState::Finished, counted, "", change)
    }

    /// Everything was compared.
    pub(super) fn compared(
        &mut self,
        run: &RunRow,
        listed: u64,
        kinds: String,
    ) -> Result<(), Failure> {
        self.close(run, BatchState::Finished, (listed, kinds), "", |_| {})
    }

    /// It could not be done: written down, with what it means for the feed.
    pub(super) fn stopped(&mut self, run: &mut RunRow, stop: RunError) -> Failure {
        let now = self.service().clock.now();
        let (field, message) = match stop {
            RunError::Broken(Failure::Refused(field, message)) if message.code != BUSY => {
                (field, message)
            }
            RunError::Broken(failure) => return failure,
            RunError::Alarm(message) => {
                run.alarm = Some(problems::text_of(&message));
                (String::new(), message)
            }
            RunError::Failed(message) => (String::new(), message),
        };
        run.read_to = None;
        let (row, before) = (run.clone(), self.feed.clone());
        let change = move |feed: &mut FeedRow| {
            // Comparing and repeating say nothing about what comes next from the source.
            if !is_of_source(&row) {
                return;
            }
            if row.alarm.is_some() {
                (feed.stopped, feed.stopped_at) = (row.alarm.clone(), Some(now.micros()));
            }
            feed.failures = feed.failures.saturating_add(1);
            put_off(feed, &before, now.plus_seconds(patience(feed.failures)));
        };
        let note = problems::text_of(&message);
        tracing::warn!(feed = %self.feed.code, code = message.code, "a run did not end well");
        let nothing = (0, "{}".to_owned());
        if let Err(failure) = self.close(run, BatchState::Failed, nothing, &note, change) {
            return failure;
        }
        if run.alarm.is_none() {
            // What raised an alarm is kept for whoever looks.
            self.pulling.keep.forget(BatchId::stored(run.batch_id));
        }
        Failure::Refused(field, message)
    }

    /// The end of a run, and what it changes of what is remembered of the feed: what others changed of it
    /// meanwhile stays.
    fn close(
        &mut self,
        run: &RunRow,
        state: BatchState,
        (rows, counts): (u64, String),
        note: &str,
        change: impl Fn(&mut FeedRow) + Send + 'static,
    ) -> Result<(), Failure> {
        let row = RunRow { phase: Phase::Ended.number(), ..run.clone() };
        let (lease, note) = (self.lease.clone(), note.to_owned());
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.feed = self.service().store.write_waiting(move |tx: &mut WriteTx<'_>| {
            lease.prolong(tx)?;
            let mut feed = tx.feed_to_change(&row.feed)?;
            change(&mut feed);
            tx.note_feed(&feed)?;
            tx.note_run(&row)?;
            tx.note_batch(BatchId::stored(row.batch_id), state, rows, &counts, &note)?;
            run_metrics::run(tx, &row, state, &counts)?;
            Ok::<_, Failure>(feed)
        })?;
        Ok(())
    }

    fn every(&self) -> i64 {
        let every = self.linked.connection.as_ref().map_or(3600, |to| to.every.as_secs());
        i64::try_from(every).unwrap_or(LONGEST)
    }

    /// Stops the feed, and leaves its run as it is.
    pub(super) fn raise(&self, message: &Message) -> Result<(), Failure> {
        let (told, alarm) = (problems::text_of(message), message.code);
        let code = self.feed.code.clone();
        self.service().store.write_waiting(move |tx: &mut WriteTx<'_>| {
            let feed = tx.feed_to_change(&code)?;
            let (stopped, stopped_at) = (Some(told.clone()), Some(tx.now().micros()));
            tx.note_feed(&FeedRow { stopped, stopped_at, ..feed })?;
            Ok(run_metrics::alarm(tx, &code, alarm)?)
        })
    }

    /// Raises an alarm, unless an operator lets it pass this once.
    pub(super) fn unless_accepted(&self, message: Message) -> Result<(), RunError> {
        if self.feed.accepted.as_deref() == Some(message.code) {
            return Ok(());
        }
        Err(RunError::Alarm(message))
    }

    /// Up to when it was read; none where it never was, or where files came until now.
    pub(super) fn read_to(&self) -> Result<Option<Timestamp>, StoreError> {
        let Some(text) = &self.feed.read_to else { return Ok(None) };
        match text.parse::<Timestamp>() {
            Ok(at) => Ok(Some(at)),
            Err(_) => self.day_of(text).map(|_| None),
        }
    }

    /// The day of what is remembered as read.
    pub(super) fn day_of(&self, read_to: &str) -> Result<NaiveDate, StoreError> {
        let day = read_to.get(..10).and_then(|day| day.parse().ok());
        day.ok_or_else(|| self.feed.damaged())
    }

    /// When the next page came, later than every one before.
    pub(super) fn after(&self, before: Timestamp) -> Timestamp {
        self.service().clock.now().max(before.next())
    }
}

/// Whether a run brings in what the source says now; the others look at what is there.
fn is_of_source(run: &RunRow) -> bool {
    run.work == Work::Pull.number() || run.work == Work::Drop.number()
}

/// Says when the next pull is, unless somebody wanted one since the run began.
fn put_off(feed: &mut FeedRow, before: &FeedRow, until: Timestamp) {
    if feed.due_at == before.due_at {
        feed.due_at = until.micros();
    }
}

fn written(counts: &Counts) -> String {
    serde_json::to_string(counts).unwrap_or_default()
}

fn patience(failures: i32) -> i64 {
    let doubled = u32::try_from(failures.saturating_sub(1)).unwrap_or(0).min(16);
    PATIENCE.saturating_mul(1 << doubled).min(LONGEST)
}

/// The source that stands for a feed in the ledger; made where it is not there yet.
fn source_of(
    service: &Service,
    linked: &ConfiguredFeed,
) -> Result<Arc<crate::store::sources::SourceRow>, Failure> {
    let feed = &linked.feed;
    let find = || Ok::<_, Failure>(service.directory_waiting()?.source(&feed.code));
    if let Some(source) = find()? {
        return Ok(source);
    }
    service.put_source_waiting(NewSource {
        code: feed.code.clone(),
        name_zh: feed.name_zh.clone(),
        name_en: feed.name_en.clone(),
        jurisdiction: Some(feed.jurisdiction.to_string()),
        rank: Some(feed.rank),
        // What it recognises, each of its records says; an operator may leave less to it.
        recognises: Category::ALL.to_vec(),
        active: true,
    })?;
    find()?.ok_or_else(|| Failure::internal("the source of a feed is gone"))
}
