//! Readings: the places of a notice that can be read in two ways.

use super::Reference;
use crate::domain::node::Node;

/// A place that can be read in two ways.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Its name.
    pub id: String,
    /// The clause it concerns.
    pub clause: Reference,
    /// The question.
    pub question: String,
    /// The option chosen.
    pub chosen: String,
    /// Why.
    pub because: String,
    /// Whether the answer is still disputed.
    pub open: bool,
    /// The options, in the order written.
    pub options: Vec<ReadingOption>,
    /// Where it begins in the file.
    pub line: u32,
}

/// One way to read it.
#[derive(Clone, Debug)]
pub struct ReadingOption {
    /// Its name.
    pub name: String,
    /// The fields it changes.
    pub set: Vec<Change>,
}

/// A field of a clause, and what it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The policy; empty = the file's own.
    pub policy: Option<String>,
    /// The clause.
    pub clause: String,
    /// The field.
    pub field: String,
    /// The new value.
    pub value: Node,
}

impl Change {
    /// As a file writes it: `330000#annual.min = []`.
    pub fn written(&self) -> String {
        let policy = self.policy.as_deref().map(|id| format!("{id}#")).unwrap_or_default();
        format!("{policy}{}.{} = {}", self.clause, self.field, self.value.written())
    }
}
