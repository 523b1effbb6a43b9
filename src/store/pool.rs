//! Connections that are kept open: all of PostgreSQL's, and the readers of SQLite.

use std::time::Duration;

use diesel::r2d2;
use tokio::sync::Semaphore;

use super::conn::{Address, Conn};
use super::error::StoreError;
use super::{Fails, ReadTx, Surroundings, WriteTx};

/// A connection, and whether it failed in a way that another use would fail in too.
pub(super) struct Link {
    conn: Conn,
    broken: bool,
}

/// How r2d2 opens connections.
struct Manager(Address);

impl r2d2::ManageConnection for Manager {
    type Connection = Link;
    type Error = StoreError;

    fn connect(&self) -> Result<Link, StoreError> {
        Ok(Link { conn: self.0.open_reader()?, broken: false })
    }

    fn is_valid(&self, link: &mut Link) -> Result<(), StoreError> {
        link.conn.run("SELECT 1")
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        // A use that panicked may have left its transaction open.
        link.broken || std::thread::panicking()
    }
}

/// A bounded number of connections, with a queue in front of the threads that wait for them.
pub(super) struct Pool {
    links: r2d2::Pool<Manager>,
    permits: Semaphore,
    embedded: bool,
}

/// How often a transaction runs before its caller hears that others are in the way.
const ROUNDS: u32 = 8;

impl Pool {
    pub(super) fn open(address: Address, size: u32) -> Result<Pool, StoreError> {
        let embedded = matches!(address, Address::Sqlite(_));
        let links = r2d2::Pool::builder()
            .max_size(size.max(1))
            .min_idle(Some(1))
            .test_on_check_out(false)
            .connection_timeout(Duration::from_secs(10))
            .build(Manager(address))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let permits = usize::try_from(size.max(1)).unwrap_or(1);
        Ok(Pool { links, permits: Semaphore::new(permits), embedded })
    }

    /// Runs something that waits, on a thread that may.
    pub(super) async fn hop<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let failed = |error: String| StoreError::Unavailable(error);
        let _permit = self.permits.acquire().await.map_err(|error| failed(error.to_string()))?;
        tokio::task::spawn_blocking(f).await.map_err(|error| failed(error.to_string()))
    }

    pub(super) fn read<T, E: Fails>(
        &self,
        f: impl FnOnce(&mut ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut link = self.link()?;
        let begin =
            if self.embedded { "BEGIN" } else { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" };
        link.step(begin)?;
        let result = f(&mut ReadTx { conn: &mut link.conn });
        link.step("ROLLBACK")?;
        result
    }

    /// Without a transaction.
    pub(super) fn look<T, E: Fails>(
        &self,
        f: impl FnOnce(&mut ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut link = self.link()?;
        let result = f(&mut ReadTx { conn: &mut link.conn });
        if result.is_err() {
            // It may have been the connection: then this fails too.
            let _ = link.step("SELECT 1");
        }
        result
    }

    pub(super) fn write<T, E: Fails>(
        &self,
        surroundings: &Surroundings,
        mut f: impl FnMut(&mut WriteTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut round = 0;
        loop {
            round += 1;
            let mut link = self.link()?;
            let result = attempt(&mut link, surroundings, &mut f);
            drop(link);
            match result {
                Err(error) if error.is_retryable() && round < ROUNDS => {
                    let jitter = surroundings.random.bits() % 8;
                    let wait = u64::from(round * round) + jitter;
                    std::thread::sleep(Duration::from_millis(wait));
                }
                result => return result,
            }
        }
    }

    fn link(&self) -> Result<r2d2::PooledConnection<Manager>, StoreError> {
        self.links.get().map_err(|error| StoreError::Unavailable(error.to_string()))
    }
}

impl Link {
    fn step(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let result = self.conn.step(sql);
        self.broken |= result.is_err();
        result
    }
}

fn attempt<T, E: Fails>(
    link: &mut Link,
    surroundings: &Surroundings,
    f: &mut impl FnMut(&mut WriteTx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    link.step("BEGIN")?;
    let result = f(&mut WriteTx::begin(&mut link.conn, surroundings));
    match result {
        Ok(value) => {
            link.step("COMMIT")?;
            Ok(value)
        }
        Err(error) => {
            link.step("ROLLBACK")?;
            Err(error)
        }
    }
}
