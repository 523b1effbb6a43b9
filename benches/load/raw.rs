//! What the engine itself can do: a row of the same size into a table without anything around it.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, ExpressionMethods, PgConnection, RunQueryDsl, SqliteConnection};

use super::server::Server;

const TIME: Duration = Duration::from_secs(2);

diesel::table! {
    raw_row (id) {
        id -> BigInt,
        content -> Text,
    }
}

const CONTENT: &str = "a text of about the size of a row of hours with its course and its title, \
    its hashes and the rest of what an entry holds, so that pages fill at the same pace as there";

/// One body for both connections.
macro_rules! insert {
    ($conn:expr, $first:expr, $rows:expr) => {{
        $conn.batch_execute("BEGIN").expect("a transaction");
        for id in $first..$first + $rows {
            diesel::insert_into(raw_row::table)
                .values((raw_row::id.eq(id), raw_row::content.eq(CONTENT)))
                .execute($conn)
                .expect("a row");
        }
        $conn.batch_execute("COMMIT").expect("a commit");
    }};
}

fn rate(engine: &str, server: &Server, rows: i64) -> f64 {
    const TABLE: &str = "CREATE TABLE IF NOT EXISTS raw_row (id BIGINT PRIMARY KEY, content TEXT)";
    let began = Instant::now();
    let mut done = 0;
    if engine == "sqlite" {
        let path = server.folder.join(format!("raw-{rows}.db"));
        let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a file");
        conn.batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").expect("WAL");
        conn.batch_execute(TABLE).expect("a table");
        while began.elapsed() < TIME {
            insert!(&mut conn, done, rows);
            done += rows;
        }
    } else {
        let url = server.postgres.as_deref().expect("an address");
        let mut conn = PgConnection::establish(url).expect("a connection");
        conn.batch_execute(TABLE).expect("a table");
        conn.batch_execute("TRUNCATE raw_row").expect("an empty table");
        while began.elapsed() < TIME {
            insert!(&mut conn, done, rows);
            done += rows;
        }
    }
    done as f64 / began.elapsed().as_secs_f64()
}

/// Rows a second, each with a commit of its own, over one connection.
pub fn single_commits(engine: &str, server: &Server) -> f64 {
    rate(engine, server, 1)
}

/// Rows a second, five hundred to a commit, over one connection.
pub fn batched_rows(engine: &str, server: &Server) -> f64 {
    rate(engine, server, 500)
}
