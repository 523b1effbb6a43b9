//! How a file would be read, for whoever writes a mapping: nothing of it is kept or taken.

use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;

use crate::app::feed_runs::{FeedRunner, reading};
use crate::app::installation::export::ExportError;
use crate::app::persons::Shown;
use crate::app::posting::problems::{self, Told};
use crate::app::service::Failure;
use crate::domain::category::Category;
use crate::domain::hours::Hours;
use crate::domain::ledger::outcome::Outcome;
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::statement::{Said, StatedRow};
use crate::domain::message::Message;
use crate::feeds::{Alarm, Shape};

/// A row as it would be read.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// Its place, from 1.
    pub row: i64,
    /// The source's id of the record, or the keyed digest that stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Box<str>>,
    /// How far its recognition is.
    pub standing: &'static str,
    /// The masked number, and the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Shown>,
    /// What the hours count for.
    #[serde(flatten)]
    pub hours: Option<Hourly>,
    /// With what it is taken all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Told>,
    /// `held` or `rejected`, where it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Told>,
}

/// Hours as they would be told.
#[derive(Clone, Debug, Serialize)]
pub struct Hourly {
    year: i16,
    category: Category,
    hours: Hours,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_on: Option<chrono::NaiveDate>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    particulars: serde_json::Map<String, serde_json::Value>,
}

/// What was found besides the rows.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// Rows that can be read.
    pub read: u64,
    /// Rows that cannot.
    pub unread: u64,
    /// Rows that are none, such as sums.
    pub skipped: u64,
    /// What somebody should know.
    pub notices: Vec<Message>,
}

impl FeedRunner {
    /// Reads a file, or the answer to one request for a page, row by row. The marks beside a file are not
    /// looked for.
    pub fn try_file(
        &self,
        code: &str,
        path: &Path,
        mut tell: impl FnMut(&Tried) -> std::io::Result<()>,
    ) -> Result<Trial, ExportError> {
        let feed = &self.find(code)?.feed;
        let (mut trial, mut failed) = (Trial::default(), None);
        let mut row = |row: StatedRow| {
            let tried = tried(row);
            let count = if tried.outcome.is_some() { &mut trial.unread } else { &mut trial.read };
            *count += 1;
            match tell(&tried) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        };
        let now = self.service.clock.now();
        let alarm = |alarm: Alarm| Failure::refused("", alarm.message());
        let mut control = None;
        if feed.shape == Shape::Pages {
            let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
            let page = reading(&self.service, now, |reading| feed.read_page(&bytes, reading));
            let _ = page.map_err(alarm)?.rows.into_iter().try_for_each(&mut row);
        } else {
            let read =
                reading(&self.service, now, |reading| feed.read_kept_file(path, reading, &mut row));
            control = Some(read.map_err(alarm)?);
        }
        if let Some(error) = failed {
            return Err(error.into());
        }
        if let Some(control) = control {
            (trial.skipped, trial.notices) = (control.skipped, control.notices);
        }
        Ok(trial)
    }
}

fn tried(row: StatedRow) -> Tried {
    let mut tried = Tried {
        row: row.row_no,
        key: row.key,
        standing: row.standing.name(),
        person: None,
        hours: None,
        flags: problems::tell(&row.flags),
        outcome: None,
        problems: Vec::new(),
    };
    match row.said {
        Said::Record(submitted) => {
            let number = submitted.number.masked();
            tried.key = Some(submitted.key);
            tried.person = Some(Shown { number, name: submitted.name.expose().to_owned() });
            tried.hours = Some(hourly(&submitted.posting));
        }
        Said::KeyOnly => {}
        Said::Refused(refusal) => {
            tried.key = tried.key.or(refusal.key);
            (tried.outcome, tried.problems) =
                (Some(refusal.outcome), problems::tell(&refusal.problems));
        }
    }
    tried
}

fn hourly(posting: &Posting) -> Hourly {
    let named = posting.particulars.named();
    let particulars =
        named.into_iter().filter_map(|(name, text)| Some((name.into(), text?.into())));
    Hourly {
        year: posting.year.get(),
        category: posting.category,
        hours: posting.hours,
        completed_on: posting.completed_on,
        particulars: particulars.collect(),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let message = Message::new("unreadable").with("path", path.display()).with("why", error);
    Failure::refused("", message)
}
