//! Where the feeds are.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::values::{count, path_of, seconds};
use crate::domain::fields::{self, Fields, Problems, not_accepted, text};
use crate::domain::message::{Message, Problem};
use crate::domain::node::Node;

/// A feed that is pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Which one.
    pub feed: String,
    /// Where it is.
    pub whence: Whence,
    /// What it wants to see.
    pub token: Option<Secret>,
    /// Between two pulls.
    pub every: Duration,
    /// How many records it is asked for at once; the feed's own number where it is absent.
    pub page_size: Option<u32>,
    /// Whether its host may have an address that is not public.
    pub private: bool,
}

/// Where a feed is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whence {
    /// A system that answers.
    Url(String),
    /// A folder of files.
    Folder(PathBuf),
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// Here.
    Text(String),
    /// In a file.
    File(PathBuf),
}

impl Secret {
    /// The text; a file is read anew each time, so that it can be changed.
    pub fn reveal(&self) -> std::io::Result<String> {
        match self {
            Secret::Text(text) => Ok(text.clone()),
            Secret::File(path) => Ok(std::fs::read_to_string(path)?.trim().to_owned()),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Secret::Text(_) => f.write_str("…"),
            Secret::File(path) => write!(f, "{}", path.display()),
        }
    }
}

const EVERY: Duration = Duration::from_hours(1);

pub(super) fn connection(node: &Node, path: String, problems: &mut Problems) -> Option<Connection> {
    let mut all = Fields::open(node, path, problems)?;
    let feed = all.need("feed", problems, text);
    let url = all.read("url", problems, web_address);
    let folder = all.read("folder", problems, path_of);
    let token = all.read("token", problems, text).map(Secret::Text);
    let file = all.read("token_file", problems, path_of).map(Secret::File);
    let every = all.read("every", problems, seconds(1..=31 * 86_400)).unwrap_or(EVERY);
    let page_size = all.read("page_size", problems, count(1..=10_000));
    let private = all.read("private", problems, fields::boolean).unwrap_or(false);
    let mut only_one = |name: &'static str, code| {
        let message = Message { code, args: Vec::new() };
        problems.push(Problem::at(all.path(name), all.line(), message));
    };
    let whence = match (url, folder) {
        (Some(url), None) => Some(Whence::Url(url)),
        (None, Some(folder)) => Some(Whence::Folder(folder)),
        _ => {
            only_one("url", "setting_feed_place");
            None
        }
    };
    if token.is_some() && file.is_some() {
        only_one("token", "setting_feed_token");
    }
    all.finish(problems);
    Some(Connection {
        feed: feed?,
        whence: whence?,
        token: token.or(file),
        every,
        page_size,
        private,
    })
}

fn web_address(node: &Node, path: String, problems: &mut Problems) -> Option<String> {
    let url = text(node, path.clone(), problems)?;
    if url.starts_with("https://") || url.starts_with("http://") {
        return Some(url);
    }
    problems.push(not_accepted(path, node, "https://…, http://…"));
    None
}
