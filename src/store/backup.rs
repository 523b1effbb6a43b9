//! A database in one file: copied while it is used, proved, and given up to be replaced.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, SqliteConnection};

use super::conn::{Address, Conn};
use super::error::StoreError;
use super::migrate::{self, Standing};

/// The file of an SQLite database; none for a server.
pub fn file_of(url: &str) -> Result<Option<PathBuf>, StoreError> {
    Ok(match Address::parse(url)? {
        Address::Sqlite(path) => Some(PathBuf::from(path)),
        Address::Postgres(_) => None,
    })
}

/// Copies the database as it stands at one instant into a file that is empty; others may go on
/// writing.
pub fn copy(url: &str, to: &Path) -> Result<(), StoreError> {
    let Conn::Sqlite(mut conn) = Address::parse(url)?.open_writer()? else {
        return Err(StoreError::Unavailable("only SQLite is copied".to_owned()));
    };
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(text(to)?).execute(&mut conn)?;
    Ok(())
}

/// What a copy turned out to be.
pub struct Examined {
    /// How its form stands to this program.
    pub standing: Standing,
    /// The fingerprint of the key that it was used with.
    pub fingerprint: Option<String>,
}

/// Proves that every page of a copy reads, and says what it is. The copy has to be this process's
/// own: it is opened for writing, as an SQLite file with a log of its own can only be.
pub fn examine(copy: &Path) -> Result<Examined, StoreError> {
    let mut conn = connect(copy)?;
    if ask(&mut conn, WHOLE)? != "ok" {
        return Err(StoreError::Damaged("integrity_check".to_owned()));
    }
    let mut conn = Conn::Sqlite(conn);
    let standing = migrate::look(&mut conn)?;
    if standing.applied.is_empty() {
        return Err(StoreError::Damaged("migrations".to_owned()));
    }
    let mut read = super::ReadTx { conn: &mut conn };
    // A copy of a former version, before anything was remembered, has none.
    let remembers = standing.applied.iter().any(|version| version == REMEMBERS);
    let fingerprint = if remembers { read.installed(FINGERPRINT)? } else { None };
    Ok(Examined { standing, fingerprint })
}

const WHOLE: &str = "SELECT integrity_check AS answer FROM pragma_integrity_check LIMIT 1";

/// The name under which the fingerprint is remembered.
pub const FINGERPRINT: &str = "fingerprint";

/// The migration since which it is.
const REMEMBERS: &str = "0007";

/// A database that nobody else has open, until this is dropped.
pub struct Alone {
    conn: SqliteConnection,
}

impl Alone {
    /// Takes the database for itself, its log written back; [`StoreError::Busy`] where anybody else
    /// has it open.
    pub fn take(file: &Path) -> Result<Alone, StoreError> {
        let mut conn = connect(file)?;
        conn.batch_execute("PRAGMA busy_timeout = 1000")?;
        // An SQLite file with a log can be open and idle without any lock that another sees; only
        // giving up the log needs it alone.
        let mode = "SELECT journal_mode AS answer FROM pragma_journal_mode";
        conn.batch_execute("PRAGMA journal_mode = DELETE")?;
        if ask(&mut conn, mode)? != "delete" {
            return Err(StoreError::Busy);
        }
        conn.batch_execute("BEGIN EXCLUSIVE")?;
        Ok(Alone { conn })
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // The file may be another one by now.
        let _ = self.conn.batch_execute("ROLLBACK");
    }
}

fn connect(file: &Path) -> Result<SqliteConnection, StoreError> {
    use diesel::Connection;
    SqliteConnection::establish(text(file)?)
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}

fn text(path: &Path) -> Result<&str, StoreError> {
    path.to_str().ok_or_else(|| StoreError::Unavailable("the path is not UTF-8".to_owned()))
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    answer: String,
}

fn ask(conn: &mut SqliteConnection, sql: &str) -> Result<String, StoreError> {
    Ok(diesel::sql_query(sql).get_result::<Answer>(conn)?.answer)
}
