//! The commands that an operator runs, through the program itself, on both engines.

mod backup;
pub mod feeds;
mod imports;
mod keys;
mod mistakes;
mod opening;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) use imports::unreadable_workbook;

use crate::ledger::{Ledger, row};
use crate::support::engines::{Database, Engine, surroundings};

/// What a run left behind.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    /// Ended so, and said each of these on either stream.
    fn ended(&self, code: i32, words: &[&str]) -> &Ran {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        for word in words {
            let said = self.out.contains(word) || self.err.contains(word);
            assert!(said, "{word:?} is not in:\n{}{}", self.out, self.err);
        }
        self
    }
}

/// A place of settings: a database, and a folder of data.
struct Place {
    url: String,
    folder: PathBuf,
    /// Mapping files of feeds.
    mappings: Option<PathBuf>,
}

impl Place {
    fn of(database: &Database) -> Place {
        let folder = database.folder.clone();
        Place { url: database.url.clone(), folder, mappings: None }
    }

    /// A folder of its own for an SQLite database, which is not there yet.
    fn fresh(folder: &Path) -> Place {
        let url = format!("sqlite://{}", folder.join("xueshi.db").display());
        Place { url, folder: folder.to_owned(), mappings: None }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xueshi"));
        command
            .args(arguments)
            .env("LC_ALL", "C")
            .env("XUESHI__DATABASE__URL", &self.url)
            .env("XUESHI__DATA__FOLDER", &self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(folder) = &self.mappings {
            command.env("XUESHI__FEEDS__MAPPINGS", folder);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code().expect("a status");
        Ran { code, out: text(output.stdout), err: text(output.stderr) }
    }

    /// Every entry, with its hash.
    fn entries(&self) -> String {
        let ran = self.run(&["export"]);
        ran.ended(0, &[]);
        ran.out
    }

    fn keys(&self) -> PathBuf {
        self.folder.join("keys.toml")
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}

/// A ledger with two sources and entries of so many people.
fn ledger(engine: Engine, people: usize) -> (Ledger, Place) {
    let ledger = Ledger::new(Database::new(engine), surroundings());
    for n in 0..people {
        ledger.post(&ledger.trusted, &row(n, &format!("first {n}"), 1, "8"));
        ledger.post(&ledger.trusted, &row(n, &format!("second {n}"), 1, "2.5"));
    }
    let place = Place::of(&ledger.database);
    (ledger, place)
}

/// The same, with nobody in this process who has it open.
fn closed(engine: Engine, people: usize) -> (Database, Place) {
    let (ledger, place) = ledger(engine, people);
    (ledger.database, place)
}
