//! The lease of a feed: prolonged by the clock for as long as its session lives, and proved by every
//! transaction of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::app::service::Failure;
use crate::clock::Clock;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::store::feeds::FeedRow;
use crate::store::{Store, StoreError, WriteTx};

/// How often it is prolonged while it lasts: two beats may be missed.
const BEATS: u32 = 3;

/// What is said where somebody else has a feed.
pub(super) const BUSY: &str = "feed_busy";

/// What proves that a session still has its feed.
#[derive(Clone)]
pub(super) struct Lease {
    feed: String,
    /// The session, and no other one of this process.
    leader: Arc<str>,
    length: Duration,
    clock: Clock,
    /// Somebody else has the feed.
    lost: Arc<AtomicBool>,
}

impl Lease {
    /// For a feed that nobody has yet.
    pub(super) fn new(store: &Store, feed: &str, length: Duration) -> Lease {
        let around = store.surroundings();
        let leader = format!("{:016x}", around.random.bits()).into();
        let (feed, clock) = (feed.to_owned(), around.clock);
        Lease { feed, leader, length, clock, lost: Arc::default() }
    }

    /// Takes it; refused where somebody else has it.
    pub(super) fn take(&self, tx: &mut WriteTx<'_>) -> Result<FeedRow, Failure> {
        tx.add_feed(&self.feed)?;
        if !tx.take_lease(&self.feed, &self.leader, self.until())? {
            return Err(self.busy());
        }
        tx.feed(&self.feed)?.ok_or_else(|| Failure::internal("a feed is gone that was just taken"))
    }

    /// Prolongs it, in the transaction of what it is for. Where another session had the feed since, it is
    /// gone for good.
    pub(super) fn prolong(&self, tx: &mut WriteTx<'_>) -> Result<(), Failure> {
        if tx.prolong_lease(&self.feed, &self.leader, self.until())? {
            return Ok(());
        }
        Err(self.busy())
    }

    /// Refused where it is known to be lost; the database is not asked.
    pub(super) fn held(&self) -> Result<(), Failure> {
        if self.lost.load(Ordering::Acquire) { Err(self.busy()) } else { Ok(()) }
    }

    /// By the clock: its transaction may have begun a while ago.
    fn until(&self) -> Timestamp {
        self.clock.now().plus_seconds(i64::try_from(self.length.as_secs()).unwrap_or(i64::MAX))
    }

    fn busy(&self) -> Failure {
        Failure::refused("", Message::new("feed_busy").with("feed", &self.feed))
    }
}

/// Prolongs a lease until it is dropped, and then gives it back. A process that is killed stops doing so,
/// and its lease ends by itself.
pub(super) struct Heartbeat {
    lease: Lease,
    store: Store,
    /// Dropped, it ends the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    /// For a lease that was just taken.
    pub(super) fn start(store: &Store, lease: &Lease) -> Result<Heartbeat, Failure> {
        let (stop, stopped) = mpsc::channel::<()>();
        let mut heart = Heartbeat {
            lease: lease.clone(),
            store: store.clone(),
            stop: Some(stop),
            thread: None,
        };
        let (store, lease) = (store.clone(), lease.clone());
        let thread = std::thread::Builder::new().name("lease".to_owned()).spawn(move || {
            while stopped.recv_timeout(lease.length / BEATS) == Err(RecvTimeoutError::Timeout) {
                let prolonged = lease.clone();
                match store.write_waiting(move |tx: &mut WriteTx<'_>| prolonged.prolong(tx)) {
                    Ok(()) => {}
                    Err(Failure::Refused(..)) => {
                        lease.lost.store(true, Ordering::Release);
                        tracing::warn!(feed = %lease.feed, "another session took the feed");
                        return;
                    }
                    // The next beat may come through.
                    Err(failure) => {
                        tracing::warn!(?failure, feed = %lease.feed, "a lease was not prolonged");
                    }
                }
            }
        });
        let unstarted = |error: std::io::Error| StoreError::Unavailable(error.to_string());
        heart.thread = Some(thread.map_err(unstarted)?);
        Ok(heart)
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // What it panicked with is told already.
            let _ = thread.join();
        }
        let lease = self.lease.clone();
        let given = self.store.write_waiting(move |tx| {
            tx.give_back(&lease.feed, &lease.leader)?;
            Ok::<_, StoreError>(())
        });
        if let Err(error) = given {
            tracing::warn!(%error, "a lease ends by itself");
        }
    }
}
