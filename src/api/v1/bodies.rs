//! Reading what several bodies hold.

use crate::api::problem::Problem;
use crate::domain::fields::{self, Fields, Problems};
use crate::domain::hours::Hours;
use crate::domain::ids::{BatchId, PersonId};
use crate::domain::message::{Message, Problem as Wrong};
use crate::domain::node::{Node, Value};

/// Reads a body, with every problem it has.
pub(super) fn read<T>(
    node: &Node,
    read: impl FnOnce(&mut Fields<'_>, &mut Problems) -> Option<T>,
) -> Result<T, Problem> {
    let mut problems = Vec::new();
    let mut found = None;
    if let Some(mut fields) = Fields::open(node, "", &mut problems) {
        found = read(&mut fields, &mut problems);
        fields.finish(&mut problems);
    }
    found.filter(|_| problems.is_empty()).ok_or_else(|| Problem::invalid(problems))
}

/// `batch-row`.
pub(super) fn place(text: &str) -> Option<(BatchId, i64)> {
    let (batch, row) = text.split_once('-')?;
    Some((batch.parse().ok()?, row.parse().ok().filter(|row| *row > 0)?))
}

/// The place of a submission.
pub(super) fn submission(
    node: &Node,
    path: String,
    problems: &mut Problems,
) -> Option<(BatchId, i64)> {
    let found = match &node.value {
        Value::Str(text) => place(text),
        _ => None,
    };
    if found.is_none() {
        problems.push(fields::not_accepted(path, node, "0123456789abcdef-1"));
    }
    found
}

pub(super) fn person_id(node: &Node, path: String, problems: &mut Problems) -> Option<PersonId> {
    let found = match &node.value {
        Value::Str(text) => text.parse().ok(),
        _ => None,
    };
    if found.is_none() {
        let message = Message::new("not_text").with("field", &path);
        problems.push(Wrong::at(path, 0, message));
    }
    found
}

/// The longest reason, in characters.
const REASON: usize = 1000;

/// A reason: 1 to 1000 characters.
pub(super) fn reason(node: &Node, path: String, problems: &mut Problems) -> Option<String> {
    let reason = match &node.value {
        Value::Str(text) => Some(text.trim()).filter(|text| !text.is_empty()),
        _ => None,
    };
    let reason = reason.filter(|text| text.chars().count() <= REASON);
    if reason.is_none() {
        let message = Message::new("reason_form").with("most", REASON);
        problems.push(Wrong::at(path, 0, message));
    }
    reason.map(str::to_owned)
}

pub(super) fn positive(node: &Node, path: String, problems: &mut Problems) -> Option<Hours> {
    let hours = fields::hours(node, path.clone(), problems)?;
    if hours == Hours::ZERO {
        problems.push(Wrong::at(path, 0, Message::new("hours_zero")));
        return None;
    }
    Some(hours)
}
