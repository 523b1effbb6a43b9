//! What an earlier release left on disk and said of it: databases and receipts in `tests/fixtures`,
//! which every later release has to open, prove, export byte for byte and repeat.

mod altered;
mod keep;
mod open;

use std::path::{Path, PathBuf};
use std::process::Output;

use crate::api::{Folder, program};
use crate::support::engines::{Database, Engine};

/// The folder of what a release left on an engine.
fn fixture(release: &str, engine: Engine) -> PathBuf {
    let engine = match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(release).join(engine)
}

/// Runs a command on the database.
fn run(folder: &Folder, database: &Database, arguments: &[&str]) -> Output {
    let mut command = program(folder);
    command.env("XUESHI__DATABASE__URL", &database.url);
    command.args(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// What a reviewer of 331100 sees of it.
const LISTS: [&str; 4] = [
    "/v1/queue?limit=1000",
    "/v1/differences?limit=1000",
    "/v1/adjustments",
    "/v1/disputes?limit=1000",
];
