//! Comparing a feed as a whole with what is stated here: its listing, its totals, its sums of persons.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use tokio::runtime::Handle;

use crate::app::feed_runs::session::{RunError, Session};
use crate::app::feed_runs::{FeedRunner, Tell, fetch, folder, reading};
use crate::app::posting::CHUNK;
use crate::app::reconciliation::{Gap, Proof, Reconciled, Summary, Total};
use crate::app::service::Failure;
use crate::config::{Connection, Whence};
use crate::domain::ids::BatchId;
use crate::domain::ledger::statement::StatedRow;
use crate::domain::message::Message;
use crate::domain::year::Year;
use crate::feeds::{More, Outgoing, Session as Asking};
use crate::store::feed_pages::PageRow;
use crate::store::feeds::{RunRow, Work};

/// What came of comparing a feed.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// Its listing, record by record.
    pub listing: Reconciled,
    /// Where its totals differ from those here.
    pub gaps: Vec<Gap>,
    /// Its sums of persons, by year; none where it says none.
    pub sums: Vec<(Year, Reconciled)>,
}

impl Compared {
    /// Whether everything agrees.
    pub fn agrees(&self) -> bool {
        self.listing.agrees()
            && self.gaps.is_empty()
            && self.sums.iter().all(|(_, sums)| sums.agrees())
    }
}

/// Where the listing comes from.
enum Listing<'p> {
    Asked(&'p Outgoing, &'p Connection),
    File(PathBuf),
}

impl FeedRunner {
    /// Compares everything that a feed has, or a year of it. For a thread that may wait. `file`: a whole
    /// listing that somebody gave.
    pub fn compare(
        &self,
        handle: &Handle,
        code: &str,
        year: Option<Year>,
        file: Option<&Path>,
        tell: Tell<'_>,
    ) -> Result<Compared, Failure> {
        let linked = self.find(code)?;
        let mut session = self.open(linked, tell)?;
        let mut run = session.begin(Work::Listing)?;
        match compare(&session, handle, (&run, year, file), tell) {
            Ok(compared) => {
                let kinds = compared.listing.counts.iter();
                let kinds = kinds.map(|(kind, n)| (kind.name().to_owned(), (*n).into()));
                let kinds = serde_json::Value::Object(kinds.collect()).to_string();
                session.compared(&run, compared.listing.listed, kinds)?;
                self.keep.forget(BatchId::stored(run.batch_id));
                Ok(compared)
            }
            Err(stop) => Err(session.stopped(&mut run, stop)),
        }
    }
}

fn compare(
    session: &Session<'_>,
    handle: &Handle,
    (run, year, file): (&RunRow, Option<Year>, Option<&Path>),
    tell: Tell<'_>,
) -> Result<Compared, RunError> {
    session.keys_hold()?;
    match listing(session, file)? {
        Listing::File(path) => {
            let listing = of_file(session, &path, year)?;
            Ok(Compared { listing, ..Compared::default() })
        }
        Listing::Asked(outgoing, connection) => {
            fetch::bring_in(session, handle, (outgoing, connection), run, None, tell)?;
            let pages = pages(session, run)?;
            let rows = pages.iter().flat_map(|page| match rows_of(session, page) {
                Ok(rows) => rows.into_iter().map(Ok).collect::<Vec<_>>(),
                Err(failure) => vec![Err(failure)],
            });
            let of = (&*session.poster.source, &proof(session));
            let listing = session.service().reconcile_listing(of, year, rows)?;
            let asking = outgoing.session()?;
            let headers = fetch::headers(session, connection)?;
            let mut compared = Compared { listing, ..Compared::default() };
            for year in years(session, year)? {
                let ask = Ask { session, handle, asking: &asking, headers: &headers, year };
                compared.gaps.extend(ask.totals()?);
                compared.sums.extend(ask.summaries()?.map(|sums| (year, sums)));
            }
            Ok(compared)
        }
    }
}

/// Each transaction proves that the feed is still this session's.
fn proof(session: &Session<'_>) -> Proof {
    let lease = session.lease.clone();
    Arc::new(move |tx| lease.prolong(tx))
}

fn listing<'p>(session: &Session<'p>, file: Option<&Path>) -> Result<Listing<'p>, RunError> {
    if let Some(file) = file {
        return Ok(Listing::File(file.to_owned()));
    }
    let linked = session.linked;
    match (&linked.connection, &linked.outgoing) {
        (Some(connection), Some(outgoing)) => Ok(Listing::Asked(outgoing, connection)),
        (Some(Connection { whence: Whence::Folder(folder), .. }), _) => {
            let newest = folder::newest_whole(session, folder)?;
            let none = || Message::new("feed_no_listing").with("path", folder.display());
            newest.map(Listing::File).ok_or_else(|| RunError::Failed(none()))
        }
        _ => {
            Err(RunError::Failed(Message::new("feed_unconnected").with("feed", &session.feed.code)))
        }
    }
}

fn pages(session: &Session<'_>, run: &RunRow) -> Result<Vec<PageRow>, Failure> {
    let run = BatchId::stored(run.batch_id);
    Ok(session.service().store.read_waiting(|tx| tx.feed_pages(run, 0, i64::MAX))?)
}

fn rows_of(session: &Session<'_>, page: &PageRow) -> Result<Vec<StatedRow>, Failure> {
    session.lease.held()?;
    let mut rows = Vec::new();
    let read = session.rows_of(page, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    });
    read.map(|()| rows).map_err(RunError::failure)
}

/// The rows of a file come from a thread of its own while they are compared.
fn of_file(session: &Session<'_>, path: &Path, year: Option<Year>) -> Result<Reconciled, RunError> {
    let (service, feed) = (session.service(), &session.linked.feed);
    let of = (&*session.poster.source, &proof(session));
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel::<Result<StatedRow, Failure>>(CHUNK);
        scope.spawn(move || {
            let read = reading(service, service.clock.now(), |reading| {
                feed.read_file(path, reading, &mut |row| match send.send(Ok(row)) {
                    Ok(()) => std::ops::ControlFlow::Continue(()),
                    // Whoever compared wants no more.
                    Err(_) => std::ops::ControlFlow::Break(()),
                })
            });
            if let Err(alarm) = read {
                let _ = send.send(Err(Failure::refused("", alarm.message())));
            }
        });
        Ok(service.reconcile_listing(of, year, receive.into_iter())?)
    })
}

/// The year that was asked for, or every year of which something is stated.
fn years(session: &Session<'_>, year: Option<Year>) -> Result<Vec<Year>, Failure> {
    if let Some(year) = year {
        return Ok(vec![year]);
    }
    let source = session.poster.source.id();
    let cells = session.service().store.read_waiting(|tx| tx.control_totals(source))?;
    let mut years: Vec<Year> =
        cells.keys().filter_map(|(_, year, ..)| Year::new((*year).into())).collect();
    years.dedup();
    Ok(years)
}

/// What is asked of a year.
struct Ask<'a, 'p> {
    session: &'a Session<'p>,
    handle: &'a Handle,
    asking: &'a Asking<'a>,
    headers: &'a [(String, String)],
    year: Year,
}

impl Ask<'_, '_> {
    fn get(&self, target: &str) -> Result<Vec<u8>, RunError> {
        self.session.lease.held()?;
        Ok(self.handle.block_on(self.asking.get(target, self.headers))?.body)
    }

    /// None differ where the source says none.
    fn totals(&self) -> Result<Vec<Gap>, RunError> {
        let feed = &self.session.linked.feed;
        let Some(target) = feed.totals_target(self.year) else { return Ok(Vec::new()) };
        let stated = feed.read_totals(&self.get(&target)?)?;
        let total = |stated: &crate::feeds::Total| Total {
            year: self.year,
            category: stated.category,
            n: i64::try_from(stated.count).unwrap_or(i64::MAX),
            hours: stated.hours,
        };
        let totals: Vec<Total> = stated.iter().map(total).collect();
        let source = &self.session.poster.source;
        Ok(self.session.service().reconcile_totals(source, &totals)?)
    }

    fn summaries(&self) -> Result<Option<Reconciled>, RunError> {
        let feed = &self.session.linked.feed;
        let Some(first) = feed.summary_target(self.year, None) else { return Ok(None) };
        let of = (&*self.session.poster.source, &proof(self.session));
        let mut sums = Sums::new(self, first);
        let mut found = self.session.service().reconcile_summaries(of, self.year, &mut sums)?;
        found.unreadable += sums.unread;
        Ok(Some(found))
    }
}

/// What a source says of each person, page by page.
struct Sums<'a, 'p> {
    ask: &'a Ask<'a, 'p>,
    rows: std::vec::IntoIter<crate::feeds::Summary>,
    target: Option<String>,
    asked: HashSet<String>,
    unread: u64,
}

impl<'a, 'p> Sums<'a, 'p> {
    fn new(ask: &'a Ask<'a, 'p>, first: String) -> Sums<'a, 'p> {
        let (rows, asked) = (Vec::new().into_iter(), HashSet::new());
        Sums { ask, rows, target: Some(first), asked, unread: 0 }
    }

    fn page(&mut self, target: String) -> Result<(), RunError> {
        let feed = &self.ask.session.linked.feed;
        let page = feed.read_summaries(&self.ask.get(&target)?)?;
        self.asked.insert(target);
        self.unread += page.unread;
        self.rows = page.rows.into_iter();
        if let More::Next(next) = page.more {
            self.target = feed.summary_target(self.ask.year, Some(&next));
        }
        if self.target.as_ref().is_some_and(|target| self.asked.contains(target)) {
            return Err(RunError::Alarm(Message::new("feed_circles")));
        }
        Ok(())
    }
}

impl Iterator for Sums<'_, '_> {
    type Item = Result<Summary, RunError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(Summary { number: row.number, hours: row.hours.to_vec() }));
            }
            let target = self.target.take()?;
            if let Err(stop) = self.page(target) {
                return Some(Err(stop));
            }
        }
    }
}
