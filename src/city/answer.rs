//! A question to a face of the city, and the answer, before anybody speaks HTTP.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::fault::Fault;
use super::record::System;
use super::town::Town;

/// What was asked.
#[derive(Debug, Default)]
pub(super) struct Question {
    pub(super) query: BTreeMap<String, String>,
    /// Whether the right token was given.
    pub(super) allowed: bool,
    /// Whether gzip is understood.
    pub(super) gzip: bool,
}

impl Question {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// A number of the query, or what it is without one.
    pub(super) fn number(&self, name: &str, without: usize, most: usize) -> usize {
        let given = self.text(name).and_then(|text| text.parse().ok());
        given.unwrap_or(without).clamp(1, most)
    }
}

/// What is answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    /// The body is followed by so many MiB of blanks.
    pub(super) blanks: usize,
}

impl Answer {
    fn new(status: u16, kind: &str, body: Vec<u8>) -> Answer {
        let headers = vec![("Content-Type", kind.to_owned())];
        Answer { status, headers, body, blanks: 0 }
    }

    pub(super) fn json(status: u16, value: &Value) -> Answer {
        Answer::new(status, "application/json", value.to_string().into_bytes())
    }

    pub(super) fn lines(text: &str, packed: bool) -> Answer {
        let kind = "application/x-ndjson";
        if !packed {
            return Answer::new(200, kind, text.as_bytes().to_vec());
        }
        let mut answer = Answer::new(200, kind, gzip(text.as_bytes()));
        answer.headers.push(("Content-Encoding", "gzip".to_owned()));
        answer
    }

    fn with(mut self, name: &'static str, value: &str) -> Answer {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// Packed, the same each time.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    // Nothing can go wrong in memory.
    let _ = out.write_all(bytes);
    out.finish().unwrap_or_default()
}

impl Town {
    /// What stands before a face answers at all: bursts of refusals, a redirection.
    pub(super) fn trouble(&mut self, system: System) -> Option<Answer> {
        let asked = self.asked.entry(system).or_default();
        *asked += 1;
        let passes = asked.is_multiple_of(3);
        let refused =
            |status, why: &str| Answer::new(status, "text/plain", why.as_bytes().to_vec());
        let on = |fault| self.on(fault) && fault.system() == system;
        if on(Fault::HuzhouRedirect) {
            let to = "http://elsewhere.example/api/open/hours/list";
            return Some(refused(302, "").with("Location", to));
        }
        if passes {
            return None;
        }
        match () {
            () if on(Fault::HuzhouBurst429) => {
                Some(refused(429, "too many requests").with("Retry-After", "1"))
            }
            () if on(Fault::HuzhouBurst502) => Some(refused(502, "bad gateway")),
            () if on(Fault::HzhretBurst503) => Some(refused(503, "busy").with("Retry-After", "1")),
            () => None,
        }
    }
}
