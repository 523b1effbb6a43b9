//! The one writer of an SQLite file: callers share commits, and so the wait for the disk.
//!
//! SQLite takes one writer at a time. Many connections that wait for each other do hundreds of
//! transactions a second; one thread that gathers what is waiting, gives each caller a savepoint and
//! commits once, does thousands. Nobody hears of success before the commit is on disk.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::conn::Conn;
use super::error::StoreError;
use super::{Surroundings, WriteTx};

/// What a job leaves to be done once the fate of its group is known.
pub(super) struct Ran {
    /// Whether what it wrote is to be kept.
    pub(super) keep: bool,
    /// Tells the caller.
    pub(super) deliver: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

/// What is run for a caller.
type Run = dyn FnOnce(Result<&mut WriteTx<'_>, StoreError>) -> Ran + Send;

/// A caller's transaction; it is given an error instead where none could be begun.
pub(super) struct Job {
    /// What it does.
    pub(super) run: Box<Run>,
    /// Whether it writes much. Within a savepoint SQLite keeps what every page was before, and goes
    /// through all that it kept at the end of each statement: a long job is a commit of its own.
    pub(super) is_long: bool,
}

/// Most jobs of one group, and how long a group goes on taking jobs.
const GROUP: usize = 256;
const GROUP_TIME: Duration = Duration::from_millis(10);
/// Callers that may wait before others wait to be let in.
const QUEUE: usize = 1024;

/// The writer thread; it ends when this is dropped, after what was let in is done.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(conn: Conn, surroundings: Surroundings) -> Result<Writer, StoreError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || work(conn, jobs, &surroundings))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread) })
    }

    /// Where jobs are let in.
    pub(super) fn queue(&self) -> Result<mpsc::Sender<Job>, StoreError> {
        self.queue.clone().ok_or_else(gone)
    }
}

/// The error of a writer that has ended.
pub(super) fn gone() -> StoreError {
    StoreError::Unavailable("the writer has stopped".to_owned())
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has told its callers by dropping them.
            let _ = thread.join();
        }
    }
}

fn work(mut conn: Conn, mut jobs: mpsc::Receiver<Job>, surroundings: &Surroundings) {
    let mut next = None;
    while let Some(first) = next.take().or_else(|| jobs.blocking_recv()) {
        if first.is_long {
            alone(&mut conn, first, surroundings);
        } else {
            next = group(&mut conn, first, &mut jobs, surroundings);
        }
    }
    // Leaves one file behind where it can.
    let _ = conn.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

/// One job as one transaction.
fn alone(conn: &mut Conn, job: Job, surroundings: &Surroundings) {
    if let Err(error) = conn.step("BEGIN IMMEDIATE") {
        ((job.run)(Err(error.clone())).deliver)(Err(error));
        return;
    }
    let ran = (job.run)(Ok(&mut WriteTx::begin(conn, surroundings)));
    let ended = conn.step(if ran.keep { "COMMIT" } else { "ROLLBACK" });
    if ended.is_err() {
        let _ = conn.step("ROLLBACK");
    }
    (ran.deliver)(ended);
}

/// Short jobs as one transaction; gives back a long one that came among them.
fn group(
    conn: &mut Conn,
    first: Job,
    jobs: &mut mpsc::Receiver<Job>,
    surroundings: &Surroundings,
) -> Option<Job> {
    if let Err(error) = conn.step("BEGIN IMMEDIATE") {
        ((first.run)(Err(error.clone())).deliver)(Err(error));
        return None;
    }
    let began = Instant::now();
    let mut done = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next.take_if(|job| !job.is_long) {
        done.push(one(conn, job, surroundings));
        let more = done.len() < GROUP && began.elapsed() < GROUP_TIME;
        next = if more { jobs.try_recv().ok() } else { None };
    }
    let committed = conn.step("COMMIT");
    if committed.is_err() {
        // Where the commit failed, a transaction may still be open.
        let _ = conn.step("ROLLBACK");
    }
    for ran in done {
        (ran.deliver)(committed.clone());
    }
    next
}

fn one(conn: &mut Conn, job: Job, surroundings: &Surroundings) -> Ran {
    if let Err(error) = conn.step("SAVEPOINT caller") {
        return (job.run)(Err(error));
    }
    let mut tx = WriteTx::begin(conn, surroundings);
    let ran = (job.run)(Ok(&mut tx));
    let undone = if ran.keep { Ok(()) } else { conn.step("ROLLBACK TO caller") };
    match undone.and_then(|()| conn.step("RELEASE caller")) {
        Ok(()) => ran,
        Err(error) => {
            let deliver = ran.deliver;
            Ran { keep: false, deliver: Box::new(move |_| deliver(Err(error))) }
        }
    }
}
