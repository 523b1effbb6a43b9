//! The store: the only place that knows Diesel. SQLite and PostgreSQL behind two verbs.
//!
//! [`Store::read`] gives a snapshot; [`Store::write`] runs one closure as one transaction, which may
//! run again. What is written is stamped with an instant that is later than everything the ledger
//! knew of that person before (see [`people`]), so that an answer as of an instant never changes.

mod conn;
pub mod constraint;
mod dialect;
mod error;
pub mod migrate;
mod pool;
mod posting;
mod schema;
mod stamps;
mod statement;
mod writer;

pub mod backup;
pub mod batches;
pub mod control_totals;
pub mod decisions;
pub mod differences;
mod ext_refs;
pub mod feed_counts;
pub mod feed_pages;
pub mod feeds;
pub mod files;
pub mod installation;
pub mod ledger;
pub mod pendings;
pub mod people;
pub mod receipts;
pub mod requests;
pub mod sources;
pub mod stated;
mod stated_line;
pub mod submissions;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use conn::{Address, Conn};
pub use error::StoreError;
use pool::Pool;
use writer::{Ran, Writer};

use crate::clock::Clock;
use crate::domain::ids::{BatchId, PersonId};
use crate::domain::timestamp::Timestamp;
use crate::random::Random;

/// Errors that a transaction may end with.
pub trait Fails: From<StoreError> + Send + 'static {
    /// Whether the same transaction may succeed if it is run again.
    fn is_retryable(&self) -> bool;
}

impl Fails for StoreError {
    fn is_retryable(&self) -> bool {
        StoreError::is_retryable(self)
    }
}

/// Time and chance, as values.
#[derive(Clone)]
pub struct Surroundings {
    /// The clock.
    pub clock: Clock,
    /// Where ids come from.
    pub random: Arc<Random>,
}

impl Surroundings {
    /// The machine's clock and chance.
    pub fn system() -> Surroundings {
        Surroundings { clock: Clock::System, random: Arc::new(Random::System) }
    }
}

/// A database of either engine.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Option<Writer>,
    pool: Pool,
    surroundings: Surroundings,
}

/// A snapshot.
pub struct ReadTx<'c> {
    conn: &'c mut Conn,
}

/// A transaction; everything in it happens or nothing.
pub struct WriteTx<'c> {
    read: ReadTx<'c>,
    now: Timestamp,
    random: &'c Random,
    /// Persons who were put on record in it and not stamped since: nobody else sees them yet, and
    /// nothing is known of them before `now`.
    fresh: HashSet<PersonId>,
}

impl<'c> std::ops::Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;
    fn deref(&self) -> &ReadTx<'c> {
        &self.read
    }
}

impl std::ops::DerefMut for WriteTx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.read
    }
}

impl<'c> WriteTx<'c> {
    fn begin(conn: &'c mut Conn, surroundings: &'c Surroundings) -> WriteTx<'c> {
        let now = surroundings.clock.now();
        let fresh = HashSet::new();
        WriteTx { read: ReadTx { conn }, now, random: &surroundings.random, fresh }
    }

    /// When the transaction began.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Random bits, for an id.
    pub fn bits(&self) -> u64 {
        self.random.bits()
    }

    /// The id of a batch of one row that arrives now.
    pub fn new_batch(&self) -> BatchId {
        BatchId::of_one(self.now, self.random.bits())
    }
}

impl Store {
    /// Opens a database that has this program's form.
    pub fn open(url: &str, readers: u32, around: Surroundings) -> Result<Store, StoreError> {
        let address = Address::parse(url)?;
        if address.is_missing()
            && let Some(first) = migrate::standing(url)?.pending.into_iter().next()
        {
            return Err(StoreError::Older(first));
        }
        let mut conn = address.open_writer()?;
        migrate::require_current(&mut conn)?;
        let writer = match conn {
            Conn::Sqlite(_) => Some(Writer::start(conn, around.clone())?),
            Conn::Postgres(_) => None,
        };
        let pool = Pool::open(address, readers)?;
        Ok(Store { inner: Arc::new(Inner { writer, pool, surroundings: around }) })
    }

    /// Whether the file is this process's own.
    fn is_embedded(&self) -> bool {
        self.inner.writer.is_some()
    }

    /// Time and chance.
    pub fn surroundings(&self) -> &Surroundings {
        &self.inner.surroundings
    }

    /// Asks for nothing: does the database answer?
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(|tx| tx.conn.run("SELECT 1")).await
    }

    /// Runs a closure as one transaction.
    pub async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fails,
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.write_as(f, false).await
    }

    /// The same for a closure that writes hundreds of rows.
    pub async fn write_long<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fails,
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.write_as(f, true).await
    }

    async fn write_as<T, E, F>(&self, f: F, is_long: bool) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fails,
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    {
        let Some(writer) = &self.inner.writer else {
            let inner = self.inner.clone();
            return self.inner.pool.hop(move || inner.write_pooled(f)).await?;
        };
        let (tell, told) = tokio::sync::oneshot::channel();
        let queue = writer.queue()?;
        queue.send(job(f, tell, is_long)).await.map_err(|_| writer::gone())?;
        told.await.map_err(|_| writer::gone())?
    }

    /// The same, for a thread that may wait.
    pub fn write_waiting<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fails,
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.write_waiting_as(f, false)
    }

    /// The same for a closure that writes hundreds of rows.
    pub fn write_long_waiting<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fails,
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.write_waiting_as(f, true)
    }

    fn write_waiting_as<T, E, F>(&self, f: F, is_long: bool) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fails,
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    {
        let Some(writer) = &self.inner.writer else {
            return self.inner.write_pooled(f);
        };
        let (tell, told) = tokio::sync::oneshot::channel();
        let queue = writer.queue()?;
        queue.blocking_send(job(f, tell, is_long)).map_err(|_| writer::gone())?;
        told.blocking_recv().map_err(|_| writer::gone())?
    }

    /// Runs a closure on a snapshot. On SQLite it runs here and now: for look-ups that take
    /// microseconds, a hop to another thread costs more than it frees.
    pub async fn read<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fails,
        F: FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.read_as(f, Pool::read).await
    }

    /// Runs look-ups each of which stands by itself: PostgreSQL puts no snapshot around them, and is
    /// waited for less often. For what is read as of an instant.
    pub async fn look<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fails,
        F: FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.read_as(f, Pool::look).await
    }

    async fn read_as<T, E, F>(&self, f: F, how: fn(&Pool, F) -> Result<T, E>) -> Result<T, E>
    where
        T: Send + 'static,
        E: Fails,
        F: FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
    {
        if self.is_embedded() {
            return self.inner.pool.read(f);
        }
        let inner = self.inner.clone();
        self.inner.pool.hop(move || how(&inner.pool, f)).await?
    }

    /// The same, for a thread that may wait.
    pub fn read_waiting<T, E: Fails>(
        &self,
        f: impl FnOnce(&mut ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.inner.pool.read(f)
    }
}

impl Inner {
    fn write_pooled<T, E: Fails>(
        &self,
        f: impl FnMut(&mut WriteTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.pool.write(&self.surroundings, f)
    }
}

fn job<T, E, F>(
    mut f: F,
    tell: tokio::sync::oneshot::Sender<Result<T, E>>,
    is_long: bool,
) -> writer::Job
where
    T: Send + 'static,
    E: Fails,
    F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
{
    let run = Box::new(move |tx: Result<&mut WriteTx<'_>, StoreError>| {
        let result = match tx {
            Err(error) => Err(E::from(error)),
            // A caller that panics takes nobody else down with it: its savepoint is rolled back.
            Ok(tx) => catch_unwind(AssertUnwindSafe(|| f(tx))).unwrap_or_else(|_| {
                Err(E::from(StoreError::Unavailable("a transaction panicked".to_owned())))
            }),
        };
        Ran {
            keep: result.is_ok(),
            deliver: Box::new(move |committed| {
                let result = committed.map_err(E::from).and(result);
                // A caller that went away does not want to know.
                let _ = tell.send(result);
            }),
        }
    });
    writer::Job { run, is_long }
}
