//! Problems as the inbox keeps them: codes and arguments, from which sentences are made when asked.

use serde::Serialize;

use crate::domain::discreet;
use crate::domain::ledger::outcome::{RowProblem, stored_text};
use crate::domain::message::Message;
use crate::locale::{self, Bilingual};
use crate::store::StoreError;
use crate::store::submissions::SubmissionRow;

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
pub fn with_more(
    kept: Option<&str>,
    more: &[Message],
    damaged: impl Fn() -> StoreError,
) -> Result<Option<String>, StoreError> {
    let problem = |message: &Message| RowProblem::at("", message.clone());
    let more = stored_text(&more.iter().map(problem).collect::<Vec<_>>());
    let mut all = stored(kept, &damaged)?;
    all.extend(stored(more.as_deref(), &damaged)?);
    all.truncate(MOST);
    Ok(if all.is_empty() { None } else { serde_json::to_string(&all).ok() })
}

/// The message that a batch kept, with its sentences; `damaged`: what there is to say where it does not
/// read.
pub fn first(text: &str, damaged: impl Fn() -> StoreError) -> Result<Told, StoreError> {
    read(Some(text), &damaged)?.into_iter().next().ok_or_else(damaged)
}

/// Code, field and arguments.
type Stored = (String, String, Vec<(String, String)>);

fn stored(
    text: Option<&str>,
    damaged: impl FnOnce() -> StoreError,
) -> Result<Vec<Stored>, StoreError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    serde_json::from_str(text).map_err(|_| damaged())
}

/// The problems of a stored text; `damaged`: what there is to say where it does not read.
pub fn read(
    text: Option<&str>,
    damaged: impl FnOnce() -> StoreError,
) -> Result<Vec<Told>, StoreError> {
    let told = |(code, field, args): Stored| {
        let args: Vec<(&str, &str)> =
            args.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let message = locale::both_by_code(&code, &args);
        Told { code, field, message }
    };
    Ok(stored(text, damaged)?.into_iter().map(told).collect())
}

/// What is wrong with a row of the inbox.
pub fn of_row(row: &SubmissionRow) -> Result<Vec<Told>, StoreError> {
    read(row.problem.as_deref(), || row.damaged())
}

/// What the first problem of a stored text says, by name: what its sentence is made of.
pub fn arguments(
    text: Option<&str>,
    damaged: impl FnOnce() -> StoreError,
) -> Result<Vec<(String, String)>, StoreError> {
    let first = stored(text, damaged)?.into_iter().next();
    Ok(first.map(|(_, _, args)| args).unwrap_or_default())
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
