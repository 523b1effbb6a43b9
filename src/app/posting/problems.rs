//! Problems as the inbox keeps them: codes and arguments, from which sentences are made when asked.

use serde::Serialize;

use crate::domain::discreet;
use crate::domain::ledger::outcome::{RowProblem, stored_text};
use crate::domain::message::Message;
use crate::locale::{self, Bilingual};

/// A problem of a row, with its sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Stable code.
    pub code: String,
    /// The field, such as `person.number`; empty for the row as a whole.
    pub field: String,
    /// What was wrong and what would be right.
    pub message: Bilingual,
}

/// A message that a batch keeps.
pub fn text_of(message: &Message) -> String {
    let kept = [RowProblem::at("", message.clone())];
    stored_text(&kept).unwrap_or_default()
}

/// The most messages that a run keeps.
const MOST: usize = 50;

/// More messages, after those that a run keeps already.
pub fn with_more(kept: Option<&str>, more: &[Message]) -> Option<String> {
    let before = kept.map_or_else(Vec::new, stored);
    let problem = |message: &Message| RowProblem::at("", message.clone());
    let more = stored_text(&more.iter().map(problem).collect::<Vec<_>>());
    let more = more.as_deref().map_or_else(Vec::new, stored);
    let all: Vec<Stored> = before.into_iter().chain(more).take(MOST).collect();
    if all.is_empty() { None } else { serde_json::to_string(&all).ok() }
}

/// The message that a batch kept, with its sentences.
pub fn from_text(text: &str) -> Option<Told> {
    read(text).into_iter().next()
}

/// Code, field and arguments.
type Stored = (String, String, Vec<(String, String)>);

fn stored(text: &str) -> Vec<Stored> {
    serde_json::from_str(text).unwrap_or_default()
}

/// The problems of a stored text.
pub fn read(text: &str) -> Vec<Told> {
    stored(text)
        .into_iter()
        .map(|(code, field, args)| {
            let args: Vec<(&str, &str)> =
                args.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let message = locale::both_by_code(&code, &args);
            Told { code, field, message }
        })
        .collect()
}

/// What the first problem of a stored text says, by name: what its sentence is made of.
pub fn arguments(text: &str) -> Vec<(String, String)> {
    type Stored = Vec<(String, String, Vec<(String, String)>)>;
    let stored: Stored = serde_json::from_str(text).unwrap_or_default();
    stored.into_iter().next().map(|(_, _, args)| args).unwrap_or_default()
}

/// The problems of a row that was just taken.
pub fn tell(problems: &[RowProblem]) -> Vec<Told> {
    problems
        .iter()
        .map(|problem| Told {
            code: problem.message.code.to_owned(),
            field: discreet::shown(&problem.field).to_owned(),
            message: locale::both(&problem.message.clone().discreet()),
        })
        .collect()
}
