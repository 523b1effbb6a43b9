//! What can go wrong in a database, and what is said of it.

use diesel::result::{DatabaseErrorKind, Error};

use super::constraint::{self, Meaning};
use crate::domain::message::Message;

/// Why the store could not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another transaction was in the way; the same again may succeed.
    #[error("another transaction was in the way")]
    Busy,
    /// The database cannot be reached or answers no more.
    #[error("the database cannot be used: {0}")]
    Unavailable(String),
    /// A constraint refused a row; what that means, and its name.
    #[error("constraint {1}")]
    Constraint(Meaning, String),
    /// Something tried to change what is never changed.
    #[error("append-only: {0}")]
    AppendOnly(String),
    /// What is stored does not read back; the table, and the key of the row.
    #[error("a stored value of {0} does not read")]
    Damaged(String),
    /// The address of the database is none that is known.
    #[error("unknown database address")]
    UnknownScheme(String),
    /// The database was made by a newer program; its newest migration.
    #[error("the database is newer: {0}")]
    Newer(String),
    /// The database lacks migrations; the first of them.
    #[error("the database lacks the migration {0}")]
    Older(String),
}

impl StoreError {
    /// The message for whoever asked; none where something is wrong inside.
    pub fn message(&self) -> Option<Message> {
        match self {
            StoreError::Busy | StoreError::Constraint(Meaning::IdTaken | Meaning::Raced, _) => {
                Some(Message::new("database_busy"))
            }
            StoreError::Unavailable(_) => Some(Message::new("database_unavailable")),
            StoreError::Constraint(Meaning::Answered, _) => Some(Message::new("already_decided")),
            _ => None,
        }
    }

    /// The message for an operator.
    pub fn message_for_operator(&self) -> Message {
        match self {
            StoreError::Constraint(Meaning::Value, name) => {
                Message::new("database_constraint").with("name", name)
            }
            StoreError::AppendOnly(table) => Message::new("append_only").with("name", table),
            StoreError::Damaged(row) => Message::new("database_damaged").with("name", row),
            StoreError::UnknownScheme(url) => {
                Message::new("database_url_scheme").with("found", url)
            }
            StoreError::Newer(name) => Message::new("database_newer").with("name", name),
            StoreError::Older(name) => Message::new("database_older").with("name", name),
            _ => self.message().unwrap_or_else(|| Message::new("internal")),
        }
    }

    /// Whether another transaction, or another row with the same id, came first.
    pub fn is_lost_race(&self) -> bool {
        matches!(self, StoreError::Constraint(Meaning::IdTaken | Meaning::Raced, _))
    }

    /// Whether doing the same again may succeed.
    pub fn is_retryable(&self) -> bool {
        *self == StoreError::Busy || self.is_lost_race()
    }

    /// Why a row was not added: the guards of SQLite's append-only tables come before their constraints.
    pub(super) fn of_insert(error: Error) -> StoreError {
        match error.into() {
            StoreError::AppendOnly(table) => constraint::named(&format!("{table}_pk")),
            other => other,
        }
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> StoreError {
        let Error::DatabaseError(kind, about) = &error else {
            return StoreError::Unavailable(error.to_string());
        };
        if let Some((_, table)) = about.message().split_once("append_only: ") {
            return StoreError::AppendOnly(table.to_owned());
        }
        match kind {
            DatabaseErrorKind::SerializationFailure => StoreError::Busy,
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::ForeignKeyViolation => constraint::broken(&**about),
            _ if is_in_the_way(about.message()) => StoreError::Busy,
            _ => StoreError::Unavailable(about.message().to_owned()),
        }
    }
}

/// Diesel names no kind for these.
fn is_in_the_way(message: &str) -> bool {
    ["deadlock detected", "database is locked", "lock timeout", "could not serialize"]
        .iter()
        .any(|part| message.contains(part))
}
