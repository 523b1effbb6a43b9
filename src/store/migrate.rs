//! Bringing a database to the form that this program knows.

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::{Address, Conn};
use super::error::StoreError;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// What stands between a database and this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Migrations that were applied, oldest first.
    pub applied: Vec<String>,
    /// Migrations that are still to be applied, oldest first.
    pub pending: Vec<String>,
}

/// Looks at a database; one that is newer than this program is refused. A file that is not there is
/// not made.
pub fn standing(url: &str) -> Result<Standing, StoreError> {
    if Address::parse(url)?.is_missing() {
        let migrations = MigrationSource::<Sqlite>::migrations(&SQLITE).map_err(failed)?;
        return Ok(Standing { applied: Vec::new(), pending: versions(&migrations) });
    }
    let mut conn = Address::parse(url)?.open_writer()?;
    look(&mut conn)
}

/// Applies what is pending; says what was applied.
pub fn up(url: &str) -> Result<Vec<String>, StoreError> {
    let mut conn = Address::parse(url)?.open_writer()?;
    let before = look(&mut conn)?;
    match &mut conn {
        Conn::Sqlite(conn) => conn.run_pending_migrations(SQLITE).map(drop),
        Conn::Postgres(conn) => conn.run_pending_migrations(POSTGRES).map(drop),
    }
    .map_err(failed)?;
    Ok(before.pending)
}

/// Takes back every migration; for tests and for leaving.
pub fn down(url: &str) -> Result<(), StoreError> {
    let mut conn = Address::parse(url)?.open_writer()?;
    look(&mut conn)?;
    match &mut conn {
        Conn::Sqlite(conn) => conn.revert_all_migrations(SQLITE).map(drop),
        Conn::Postgres(conn) => conn.revert_all_migrations(POSTGRES).map(drop),
    }
    .map_err(failed)
}

/// Refuses a database that is not exactly of this program's form.
pub(super) fn require_current(conn: &mut Conn) -> Result<(), StoreError> {
    match look(conn)?.pending.into_iter().next() {
        Some(first) => Err(StoreError::Older(first)),
        None => Ok(()),
    }
}

pub(super) fn look(conn: &mut Conn) -> Result<Standing, StoreError> {
    let (known, applied) = match conn {
        Conn::Sqlite(conn) => {
            let migrations = MigrationSource::<Sqlite>::migrations(&SQLITE).map_err(failed)?;
            (versions(&migrations), conn.applied_migrations().map_err(failed)?)
        }
        Conn::Postgres(conn) => {
            let migrations = MigrationSource::<Pg>::migrations(&POSTGRES).map_err(failed)?;
            (versions(&migrations), conn.applied_migrations().map_err(failed)?)
        }
    };
    let mut applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
    applied.sort();
    if let Some(unknown) = applied.iter().rev().find(|version| !known.contains(version)) {
        return Err(StoreError::Newer(unknown.clone()));
    }
    let pending = known.into_iter().filter(|version| !applied.contains(version)).collect();
    Ok(Standing { applied, pending })
}

fn versions<DB: diesel::backend::Backend>(migrations: &[Box<dyn Migration<DB>>]) -> Vec<String> {
    let mut versions: Vec<String> =
        migrations.iter().map(|migration| migration.name().version().to_string()).collect();
    versions.sort();
    versions
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
