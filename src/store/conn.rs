//! A connection to either engine, and how it is opened.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};

use super::error::StoreError;
use super::statement::statement;

/// A connection; what differs between the engines is in [`super::dialect`].
///
/// A plain enum: every statement is typed and cached against the concrete connection, and a mistyped
/// address can never be opened as a new SQLite file.
pub(super) enum Conn {
    /// An SQLite file.
    Sqlite(SqliteConnection),
    /// A PostgreSQL server.
    Postgres(PgConnection),
}

/// Which engine an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Sqlite(String),
    Postgres(String),
}

impl Address {
    /// `sqlite:PATH`, `sqlite://PATH`, `postgres://…`, `postgresql://…`.
    pub(super) fn parse(url: &str) -> Result<Address, StoreError> {
        let unknown = || {
            // The address may hold a password; its scheme does not.
            let scheme = url.split(':').next().unwrap_or_default();
            StoreError::UnknownScheme(scheme.to_owned())
        };
        let (scheme, rest) = url.split_once(':').ok_or_else(unknown)?;
        match scheme {
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() { Err(unknown()) } else { Ok(Address::Sqlite(path.to_owned())) }
            }
            "postgres" | "postgresql" => Ok(Address::Postgres(url.to_owned())),
            _ => Err(unknown()),
        }
    }

    /// Whether it names a file that is not there; opening it would make an empty one.
    pub(super) fn is_missing(&self) -> bool {
        match self {
            Address::Sqlite(path) => !std::path::Path::new(path).exists(),
            Address::Postgres(_) => false,
        }
    }

    /// The connection that writes.
    pub(super) fn open_writer(&self) -> Result<Conn, StoreError> {
        match self {
            Address::Sqlite(path) => open_sqlite(path, WRITER),
            Address::Postgres(url) => open_postgres(url),
        }
    }

    /// A connection that reads; on SQLite it cannot write.
    pub(super) fn open_reader(&self) -> Result<Conn, StoreError> {
        match self {
            Address::Sqlite(path) => open_sqlite(path, READER),
            Address::Postgres(url) => open_postgres(url),
        }
    }
}

// FULL: an acknowledged commit is on disk. A larger WAL means fewer and longer checkpoints.
const WRITER: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; \
    PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; \
    PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 16000; PRAGMA cache_size = -32768; \
    PRAGMA temp_store = MEMORY;";

const READER: &str = "PRAGMA busy_timeout = 10000; PRAGMA query_only = ON; \
    PRAGMA trusted_schema = OFF; PRAGMA cache_size = -8192; PRAGMA mmap_size = 67108864; \
    PRAGMA temp_store = MEMORY;";

fn open_sqlite(path: &str, pragmas: &str) -> Result<Conn, StoreError> {
    let mut conn = SqliteConnection::establish(path).map_err(unavailable)?;
    conn.batch_execute(pragmas)?;
    Ok(Conn::Sqlite(conn))
}

// A transaction that hangs must end before the instants it stamped count as settled.
// Nearly everything is found by its key: no plan may go through whole tables because they were small, or
// not yet counted, when it was made; and none is worth being compiled.
const SESSION: &str = "SET application_name = 'xueshi'; SET timezone = 'UTC'; \
    SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off; \
    SET statement_timeout = '30s'; SET lock_timeout = '10s'; \
    SET idle_in_transaction_session_timeout = '30s'; SET client_min_messages = warning;";

fn open_postgres(url: &str) -> Result<Conn, StoreError> {
    let mut conn = PgConnection::establish(url).map_err(unavailable)?;
    conn.batch_execute(SESSION)?;
    Ok(Conn::Postgres(conn))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn unavailable(error: diesel::ConnectionError) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

impl Conn {
    /// Runs one statement that gives nothing back, on SQLite prepared once.
    pub(super) fn step(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(conn) => drop(statement(sql).execute(conn)?),
            // The server answers a plain text at once, a prepared one only after it was announced.
            Conn::Postgres(conn) => conn.batch_execute(sql)?,
        }
        Ok(())
    }

    /// Runs statements that give nothing back.
    pub(super) fn run(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(conn) => conn.batch_execute(sql)?,
            Conn::Postgres(conn) => conn.batch_execute(sql)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_addresses_are_opened() {
        assert_eq!(Address::parse("sqlite://./a/b.db"), Ok(Address::Sqlite("./a/b.db".into())));
        assert_eq!(Address::parse("sqlite:/a/b.db"), Ok(Address::Sqlite("/a/b.db".into())));
        let url = "postgres://u:secret@h/d";
        assert_eq!(Address::parse(url), Ok(Address::Postgres(url.into())));
        for wrong in ["", "sqlite:", "sqlite://", "mysql://u:secret@h/d", "postgre://h", "/a/b.db"]
        {
            let refused = Address::parse(wrong).unwrap_err();
            assert!(
                !format!("{refused:?}{:?}", refused.message_for_operator()).contains("secret"),
                "{wrong}"
            );
        }
    }
}
