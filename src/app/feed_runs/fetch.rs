//! A source that answers: its pages are brought in and kept, until all that it says it has is there.

use std::collections::HashSet;
use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashSet};
use tokio::runtime::Handle;

use crate::app::feed_runs::session::{RunError, Session};
use crate::app::feed_runs::{Progress, Tell, reading};
use crate::app::service::Failure;
use crate::config::Connection;
use crate::domain::ids::BatchId;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::feeds::{Alarm, More, Outgoing, Page, Session as Asking, Trouble};
use crate::store::WriteTx;
use crate::store::feed_pages::PageRow;
use crate::store::feeds::RunRow;

/// How often all pages are asked for before it is believed that some are missing. Records that change
/// while pages are counted move to the end, and others slip off between two pages.
const ATTEMPTS: u32 = 3;
/// How often a page is asked for that breaks off in the middle.
const TRIES: u32 = 3;
/// More pages than this are a source that never ends.
const MOST: i64 = 1_000_000;

impl From<Trouble> for RunError {
    fn from(trouble: Trouble) -> RunError {
        RunError::Failed(trouble.message())
    }
}

impl From<Alarm> for RunError {
    fn from(alarm: Alarm) -> RunError {
        match alarm {
            Alarm::NotAuthorised => RunError::Failed(alarm.message()),
            alarm => RunError::Alarm(alarm.message()),
        }
    }
}

/// What came in so far.
struct Fetch<'s, 'p> {
    session: &'s Session<'p>,
    handle: &'s Handle,
    asking: Asking<'s>,
    headers: Vec<(String, String)>,
    run: BatchId,
    pages: i64,
    received_at: Timestamp,
    seen: FxHashSet<u64>,
    hasher: FxBuildHasher,
    /// How many records there are, as the source said first and last.
    stated: Option<(u64, u64)>,
    newest: Option<i64>,
    tell: Tell<'s>,
}

/// Brings in everything that is new.
pub(super) fn fetch(
    session: &Session<'_>,
    handle: &Handle,
    outgoing: &Outgoing,
    connection: &Connection,
    run: &mut RunRow,
    tell: Tell<'_>,
) -> Result<(), RunError> {
    let feed = &session.linked.feed;
    let began = session.service().clock.now();
    let read_to = session.read_to()?;
    let back = i64::try_from(feed.look_back().as_secs()).unwrap_or(i64::MAX);
    let since = read_to.map(|at| at.plus_seconds(-back));
    let newest = bring_in(session, handle, (outgoing, connection), run, since, tell)?;
    if let Some(read_to) = read_to.filter(|read_to| newest.is_none_or(|newest| newest < *read_to)) {
        // What was there up to the cursor has to be there still, or something newer.
        let shown = newest.map_or_else(|| "-".to_owned(), |newest| newest.to_string());
        let message = Message::new("feed_went_back").with("newest", shown);
        session.unless_accepted(message.with("read_to", read_to))?;
    }
    let lag = i64::try_from(feed.safety_lag().as_secs()).unwrap_or(0);
    let settled = newest.map(|newest| newest.min(began.plus_seconds(-lag)));
    run.read_to = settled.max(read_to).map(|at| at.to_string());
    run.newest = newest.map(Timestamp::micros);
    Ok(())
}

/// Brings in everything that changed since an instant, or all there is; the newest change of it.
pub(super) fn bring_in(
    session: &Session<'_>,
    handle: &Handle,
    (outgoing, connection): (&Outgoing, &Connection),
    run: &RunRow,
    since: Option<Timestamp>,
    tell: Tell<'_>,
) -> Result<Option<Timestamp>, RunError> {
    let mut fetch = Fetch {
        session,
        handle,
        asking: outgoing.session()?,
        headers: headers(session, connection)?,
        run: BatchId::stored(run.batch_id),
        pages: 0,
        received_at: session.service().clock.now(),
        seen: HashSet::default(),
        hasher: FxBuildHasher,
        stated: None,
        newest: None,
        tell,
    };
    fetch.until_whole(since)?;
    Ok(fetch.newest.map(Timestamp::from_micros))
}

/// What a request carries.
pub(super) fn headers(
    session: &Session<'_>,
    connection: &Connection,
) -> Result<Vec<(String, String)>, Failure> {
    let Some(secret) = &connection.token else { return Ok(Vec::new()) };
    let token = secret.reveal().map_err(|error| {
        let message = Message::new("unreadable").with("path", format!("{secret:?}"));
        Failure::refused("token_file", message.with("why", error))
    })?;
    Ok(session.linked.feed.token_header(&token).into_iter().collect())
}

impl Fetch<'_, '_> {
    fn until_whole(&mut self, since: Option<Timestamp>) -> Result<(), RunError> {
        for _ in 1..=ATTEMPTS {
            self.stated = None;
            self.all(since)?;
            let found = u64::try_from(self.seen.len()).unwrap_or(u64::MAX);
            if self.stated.is_none_or(|(first, last)| found >= first.min(last)) {
                return Ok(());
            }
        }
        let stated = self.stated.map_or(0, |(first, last)| first.min(last));
        let message = Message::new("feed_records_lost").with("stated", stated);
        let message = message.with("found", self.seen.len()).with("tries", ATTEMPTS);
        self.session.unless_accepted(message)
    }

    /// Every page once.
    fn all(&mut self, since: Option<Timestamp>) -> Result<(), RunError> {
        let feed = &self.session.linked.feed;
        let (mut since, mut next, mut restarted) = (since, None::<String>, None);
        let mut asked = HashSet::new();
        loop {
            let target = feed.target(since, next.as_deref());
            let target = target.ok_or_else(|| RunError::Alarm(Alarm::NotAnAnswer.message()))?;
            if !asked.insert(target.clone()) {
                return Err(RunError::Alarm(Message::new("feed_circles")));
            }
            let page = match self.page(&target) {
                Ok(page) => page,
                // The link is no longer good: on from the newest that came by it.
                Err(Gone::Link) if next.is_some() && restarted != self.newest => {
                    restarted = self.newest;
                    since = self.newest.map(Timestamp::from_micros).or(since);
                    next = None;
                    continue;
                }
                Err(Gone::Link) => return Err(Trouble::Gone.into()),
                Err(Gone::Stopped(stop)) => return Err(stop),
            };
            let stated = page.stated;
            self.newest = self.newest.max(stated.newest);
            if let Some(total) = stated.total {
                let first = self.stated.map_or(total, |(first, _)| first);
                self.stated = Some((first, total));
            }
            let sent = u64::try_from(page.rows.len()).unwrap_or(u64::MAX);
            if let Some(total) = stated.total.filter(|total| *total < sent) {
                let message = Message::new("feed_total_wrong").with("stated", total);
                self.session.unless_accepted(message.with("found", sent))?;
            }
            for row in &page.rows {
                let key = row.key.as_deref().map_or(row.raw.as_slice(), str::as_bytes);
                self.seen.insert(self.hasher.hash_one(key));
            }
            match stated.more {
                More::End => return Ok(()),
                More::Next(_) if self.pages >= MOST => {
                    return Err(RunError::Alarm(Alarm::NotAnAnswer.message()));
                }
                More::Next(name) => next = Some(name),
            }
        }
    }

    /// A page, which is kept when it reads.
    fn page(&mut self, target: &str) -> Result<Page, Gone> {
        let (session, service) = (self.session, self.session.service());
        let mut tried = 1;
        loop {
            session.lease.held().map_err(|failure| Gone::Stopped(failure.into()))?;
            let answer = self.handle.block_on(self.asking.get(target, &self.headers));
            let body = match answer {
                Ok(answer) => answer.body,
                Err(Trouble::Gone) => return Err(Gone::Link),
                Err(trouble) => return Err(Gone::Stopped(trouble.into())),
            };
            let at = session.after(self.received_at);
            let read =
                reading(service, at, |reading| session.linked.feed.read_page(&body, reading));
            match read {
                Ok(page) => {
                    self.received_at = at;
                    self.put(&body, page.rows.len()).map_err(Gone::Stopped)?;
                    return Ok(page);
                }
                Err(Alarm::MoreExpired) => return Err(Gone::Link),
                Err(alarm) if alarm.may_pass() && tried < TRIES => tried += 1,
                Err(alarm) => {
                    // What raised it is kept for whoever looks, and never taken.
                    self.put(&body, 0).map_err(Gone::Stopped)?;
                    return Err(Gone::Stopped(alarm.into()));
                }
            }
        }
    }

    fn put(&mut self, mut body: &[u8], rows: usize) -> Result<(), RunError> {
        let (session, service) = (self.session, self.session.service());
        self.pages += 1;
        let fingerprint =
            session.pulling.keep.put(&service.vault, self.run, self.pages, &mut body)?;
        let row = PageRow {
            batch_id: self.run.get(),
            page_no: self.pages,
            feed: session.feed.code.clone(),
            name: String::new(),
            fingerprint: fingerprint.to_vec(),
            received_at: self.received_at.micros(),
            rows_in: i64::try_from(rows).unwrap_or(i64::MAX),
            counts: "{}".to_owned(),
            taken_at: None,
            left_out: false,
            removed_at: None,
        };
        let lease = session.lease.clone();
        service.store.write_waiting(move |tx: &mut WriteTx<'_>| {
            lease.prolong(tx)?;
            tx.add_page(&row)?;
            Ok::<_, Failure>(())
        })?;
        let pages = self.pages;
        (self.tell)(&Progress { fetching: true, pages, ..Progress::default() });
        Ok(())
    }
}

/// Why there is no page.
enum Gone {
    /// The link that led to it is no longer good.
    Link,
    /// Everything else.
    Stopped(RunError),
}
