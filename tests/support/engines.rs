//! Fresh databases on both engines: every body of a test runs on each.
//!
//! `tests/run.sh` starts a PostgreSQL server and names it in `XUESHI_TEST_POSTGRES`. Where that is
//! missing, a test fails: an engine is never left out in silence.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl};
use xueshi::app::service::Service;
use xueshi::clock::Clock;
use xueshi::domain::policy::judge::Judge;
use xueshi::domain::timestamp::Timestamp;
use xueshi::random::Random;
use xueshi::store::{Store, Surroundings, migrate};
use xueshi::vault::keys::Keys;
use xueshi::vault::{Vault, system_random};

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub const BOTH: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// A database of its own, gone when it is dropped.
pub struct Database {
    pub engine: Engine,
    pub url: String,
    pub folder: PathBuf,
    name: Option<String>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "which server to test on is the environment's to say"
)]
fn server() -> String {
    std::env::var("XUESHI_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!("XUESHI_TEST_POSTGRES is not set: run `bash tests/run.sh`, or name a server in it")
    })
}

fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Database {
    /// An empty database.
    pub fn empty(engine: Engine) -> Database {
        let name = format!("xueshi_{}_{}", std::process::id(), number());
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&folder).expect("a folder");
        match engine {
            Engine::Sqlite => {
                let url = format!("sqlite:{}", folder.join("xueshi.db").display());
                Database { engine, url, folder, name: None }
            }
            Engine::Postgres => {
                let server = server();
                let mut conn = PgConnection::establish(&server).expect("a PostgreSQL server");
                conn.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database");
                let (base, _) = server.rsplit_once('/').expect("postgres://…/database");
                let url = format!("{base}/{name}");
                Database { engine, url, folder, name: Some(name) }
            }
        }
    }

    /// A database with all tables.
    pub fn new(engine: Engine) -> Database {
        let database = Database::empty(engine);
        migrate::up(&database.url).expect("migrations");
        database
    }

    /// The same database, as another process sees it; it stays when this is dropped.
    pub fn beside(other: &Database) -> Database {
        let (engine, url, folder) = (other.engine, other.url.clone(), other.folder.join("beside"));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::copy(other.folder.join("keys.toml"), folder.join("keys.toml")).expect("keys");
        Database { engine, url, folder, name: None }
    }

    /// The service over it.
    pub fn service(&self, around: Surroundings) -> Service {
        let store = Store::open(&self.url, 4, around).expect("a store");
        let path = self.folder.join("keys.toml");
        let (keys, _) =
            Keys::load_or_create(&path, Timestamp::from_micros(0), system_random).expect("keys");
        let vault = Arc::new(Vault::new(&keys).expect("a vault"));
        let policies = xueshi::app::policies::load(None).expect("policies");
        Service::new(store, vault, Arc::new(Judge::new(policies)))
    }

    /// Gives it the keys of another one, so that both find the same persons in the same order.
    pub fn share_keys(&self, other: &Database) {
        let (from, to) = (other.folder.join("keys.toml"), self.folder.join("keys.toml"));
        std::fs::copy(from, to).expect("keys");
    }

    fn sqlite(&self) -> diesel::SqliteConnection {
        let path = self.url.trim_start_matches("sqlite:");
        let mut conn = diesel::SqliteConnection::establish(path).expect("a connection");
        conn.batch_execute("PRAGMA busy_timeout = 5000").expect("a setting");
        conn
    }

    fn postgres(&self) -> PgConnection {
        PgConnection::establish(&self.url).expect("a connection")
    }

    /// Runs statements behind the program's back.
    pub fn execute(&self, sql: &str) -> Result<(), String> {
        let result = match self.engine {
            Engine::Sqlite => self.sqlite().batch_execute(sql),
            Engine::Postgres => self.postgres().batch_execute(sql),
        };
        result.map_err(|error| error.to_string())
    }

    /// How many rows a table has, behind the program's back; `what` may go on with a condition.
    pub fn count(&self, what: &str) -> i64 {
        let query = diesel::sql_query(format!("SELECT COUNT(*) AS n FROM {what}"));
        let count: Result<Count, _> = match self.engine {
            Engine::Sqlite => query.get_result(&mut self.sqlite()),
            Engine::Postgres => query.get_result(&mut self.postgres()),
        };
        count.expect("a count").n
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.name
            && let Ok(mut conn) = PgConnection::establish(&server())
        {
            let _ = conn.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The machine's clock and chance.
pub fn surroundings() -> Surroundings {
    Surroundings { clock: Clock::System, random: Arc::new(Random::System) }
}

/// A clock that stands until it is moved, and ids that repeat.
pub fn repeatable(seed: u64) -> (Surroundings, &'static AtomicI64) {
    let start: Timestamp = "2026-03-01T00:00:00Z".parse().expect("an instant");
    let instant: &'static AtomicI64 = Box::leak(Box::new(AtomicI64::new(start.micros())));
    (Surroundings { clock: Clock::Moved(instant), random: Arc::new(Random::seeded(seed)) }, instant)
}
