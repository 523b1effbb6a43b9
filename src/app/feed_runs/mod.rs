//! Taking what the cities' systems say: *keep*, *check*, *take*.
//!
//! A run first brings in everything that its source has to say, keeps it sealed and looks whether it
//! hangs together: pages that are short, lists that shrink, columns that changed, a source that goes
//! back in time stop the feed before anything is taken. Only then the rows go to the ledger, page by
//! page from what was kept, so that a run that was broken off goes on where it was, and every run can
//! be repeated.

mod apply;
mod archive;
mod archive_reader;
pub mod compare;
mod configured_feed;
mod fetch;
mod folder;
mod lease;
mod mapping_trial;
mod retention;
mod run_metrics;
pub mod run_view;
pub mod schedule;
mod session;

use std::path::Path;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::app::posting::problems::{self, Told};
use crate::app::service::{Failure, Service};
use crate::config::Whence;
use crate::domain::ids::BatchId;
use crate::domain::ledger::outcome::Counts;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::feeds::Reading;
use crate::store::StoreError;
use crate::store::feeds::{FeedRow, Phase, RunRow, Work};
use apply::Taker;
pub(super) use apply::place_of;
use archive::Archive;
pub use configured_feed::ConfiguredFeed;
use session::{RunError, Session};

/// The feeds of an installation.
pub struct FeedRunner {
    service: Service,
    keep: Archive,
    lease: Duration,
    keep_days: u32,
    linked: Vec<ConfiguredFeed>,
}

/// How far a run is.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Whether pages are still coming in.
    pub fetching: bool,
    /// How many came, or are taken.
    pub pages: i64,
    /// What became of their rows.
    pub rows: Counts,
}

/// What is taken once more.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReplayOptions {
    /// Only this run.
    pub run: Option<BatchId>,
    /// The mapping was mended: what is read otherwise now takes the place of what it was read as.
    pub mended: bool,
}

/// A run that ended well.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The batch of its rows.
    pub run: BatchId,
    /// What became of them.
    pub counts: Counts,
    /// Rows that are none, such as sums.
    pub skipped: i64,
    /// What somebody should know.
    pub notices: Vec<Told>,
}

impl Ended {
    fn of(run: &RunRow, counts: Counts) -> Result<Ended, StoreError> {
        let notices = problems::read(run.notices.as_deref(), || run.damaged())?;
        let (run, skipped) = (BatchId::stored(run.batch_id), run.skipped.unwrap_or(0));
        Ok(Ended { run, counts, skipped, notices })
    }
}

/// Who hears how far a run is.
pub type Tell<'t> = &'t mut dyn FnMut(&Progress);

impl FeedRunner {
    /// Asks a source for what is new. For a thread that may wait.
    pub fn pull(&self, handle: &Handle, code: &str, tell: Tell<'_>) -> Result<Ended, Failure> {
        let linked = self.find(code)?;
        let session = self.open(linked, tell)?;
        pull_in(session, handle, tell)
    }

    /// The same, unless somebody else did it since it was looked what is due.
    fn pull_due(&self, handle: &Handle, code: &str) -> Result<Option<Ended>, Failure> {
        let mut session = Session::open(self, self.find(code)?)?;
        if session.feed.due_at > self.service.clock.now().micros() {
            return Ok(None);
        }
        self.finish(&mut session, &mut |_| {})?;
        pull_in(session, handle, &mut |_| {}).map(Some)
    }

    /// Takes a file that somebody gave. For a thread that may wait.
    pub fn drop_file(&self, code: &str, file: &Path, tell: Tell<'_>) -> Result<Ended, Failure> {
        let linked = self.find(code)?;
        let session = self.open(linked, tell)?;
        let mut run = session.begin(Work::Drop)?;
        let fetched = session.keys_hold();
        let fetched = fetched.and_then(|()| folder::keep_file(&session, file, &mut run));
        go_on(session, run, fetched, tell)
    }

    /// Takes everything that was kept once more: nothing may come of it. For a thread that may wait.
    pub fn replay(
        &self,
        code: &str,
        again: ReplayOptions,
        tell: Tell<'_>,
    ) -> Result<Ended, Failure> {
        let linked = self.find(code)?;
        let mut session = self.open(linked, tell)?;
        // Somebody may have been killed between removing what is old and writing that down.
        session.remove_old();
        let mut run = session.begin(Work::Replay)?;
        match self.take_again(&session, &run, again, tell) {
            Ok((counts, gone)) => {
                if gone > 0 {
                    let notice = Message::new("feed_pages_not_kept").with("n", gone);
                    run.notices = problems::with_more(None, &[notice], || run.damaged())?;
                }
                session.ended(&run, &counts)?;
                Ok(Ended::of(&run, counts)?)
            }
            Err(stop) => Err(session.stopped(&mut run, stop)),
        }
    }

    /// Lets a feed go on that an alarm stopped; `accept`: what raised the alarm is right, once.
    pub fn resume(&self, code: &str, accept: bool) -> Result<(), Failure> {
        self.find(code)?;
        let code = code.to_owned();
        self.service.store.write_waiting(move |tx| {
            let feed = tx.feed_to_change(&code)?;
            let alarm = problems::read(feed.stopped.as_deref(), || feed.damaged())?;
            let accepted = alarm.into_iter().next().filter(|_| accept).map(|alarm| alarm.code);
            let (due_at, failures, stopped, stopped_at) = (tx.now().micros(), 0, None, None);
            tx.note_feed(&FeedRow { due_at, failures, stopped, stopped_at, accepted, ..feed })?;
            Ok(())
        })
    }

    /// Takes the lease, and finishes what was broken off.
    fn open<'p>(
        &'p self,
        linked: &'p ConfiguredFeed,
        tell: Tell<'_>,
    ) -> Result<Session<'p>, Failure> {
        let mut session = Session::open(self, linked)?;
        self.finish(&mut session, tell)?;
        Ok(session)
    }

    fn finish(&self, session: &mut Session<'_>, tell: Tell<'_>) -> Result<(), Failure> {
        let code = session.feed.code.clone();
        let (left, lost) = self.service.store.read_waiting(|tx| {
            Ok::<_, StoreError>((tx.run_to_finish(&code)?, tx.runs_in_the_way(&code)?))
        })?;
        for mut run in lost {
            let message = Message::new("feed_run_broken_off");
            // Nothing of it was taken; the next run asks for the same again.
            let _ = session.stopped(&mut run, RunError::Failed(message));
        }
        if let Some(run) = left {
            let counts = take_all(session, &run, tell)?;
            session.ended(&run, &counts)?;
        }
        Ok(())
    }

    /// What became of the rows, and how many pages are kept no longer.
    fn take_again(
        &self,
        session: &Session<'_>,
        run: &RunRow,
        again: ReplayOptions,
        tell: Tell<'_>,
    ) -> Result<(Counts, u64), RunError> {
        let (counts, mut gone, only) = (Counts::default(), 0, again.run);
        let mut taker = Taker { session, run, again: Some(again), counts, tell };
        let mut after = (only.unwrap_or(BatchId::stored(0)), 0);
        loop {
            let code = &session.feed.code;
            let pages = self.service.store.read_waiting(|tx| tx.taken_pages(code, after, 100))?;
            let Some(last) = pages.last() else { return Ok((taker.counts, gone)) };
            after = (BatchId::stored(last.batch_id), last.page_no);
            for page in pages {
                if only.is_some_and(|only| only.get() != page.batch_id) {
                    return Ok((taker.counts, gone));
                }
                if page.removed_at.is_some() {
                    gone += 1;
                } else {
                    session.keys_hold_on(&page)?;
                    taker.page(&page)?;
                }
            }
        }
    }
}

/// Asks the source of a session for what is new.
fn pull_in(session: Session<'_>, handle: &Handle, tell: Tell<'_>) -> Result<Ended, Failure> {
    let (linked, code) = (session.linked, &session.linked.feed.code);
    if let Some(stopped) = &session.feed.stopped {
        let why = problems::first(stopped, || session.feed.damaged())?.code;
        let message = Message::new("feed_stopped").with("feed", code).with("why", why);
        return Err(Failure::refused("", message));
    }
    let connection = linked.connected()?;
    let mut run = session.begin(Work::Pull)?;
    let fetched = session.keys_hold().and_then(|()| match (&connection.whence, &linked.outgoing) {
        (Whence::Folder(folder), _) => folder::fetch(&session, folder, &mut run),
        (Whence::Url(_), Some(outgoing)) => {
            fetch::fetch(&session, handle, outgoing, connection, &mut run, tell)
        }
        (Whence::Url(_), None) => {
            Err(Failure::internal("a feed with an address, and nobody to ask").into())
        }
    });
    go_on(session, run, fetched, tell)
}

/// Takes what was fetched, or writes down why it was not.
fn go_on(
    mut session: Session<'_>,
    mut run: RunRow,
    fetched: Result<(), RunError>,
    tell: Tell<'_>,
) -> Result<Ended, Failure> {
    if let Err(stop) = fetched {
        return Err(session.stopped(&mut run, stop));
    }
    session.fetched(&mut run)?;
    let counts = take_all(&session, &run, tell)?;
    session.ended(&run, &counts)?;
    session.remove_old();
    Ok(Ended::of(&run, counts)?)
}

/// Takes what is left of a run.
fn take_all(session: &Session<'_>, run: &RunRow, tell: Tell<'_>) -> Result<Counts, Failure> {
    debug_assert_eq!(run.phase, Phase::Taking.number());
    let counts = Counts::default();
    let mut taker = Taker { session, run, again: None, counts, tell };
    match taker.all() {
        Ok(()) => Ok(taker.counts),
        // It could be read when it came in: what is left of the run waits for whoever looks.
        Err(RunError::Alarm(message) | RunError::Failed(message)) => {
            session.raise(&message)?;
            Err(Failure::refused("", message))
        }
        Err(RunError::Broken(failure)) => Err(failure),
    }
}

/// What a reader of a feed is given.
fn reading<T>(service: &Service, at: Timestamp, read: impl FnOnce(&Reading<'_>) -> T) -> T {
    let key_of = |words: &[&str]| service.vault.record_key(words);
    read(&Reading { today: service.clock.today(), observed_at: at, key_of: &key_of })
}
