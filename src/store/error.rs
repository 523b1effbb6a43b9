//! What can go wrong in a database, and the sentence of each constraint.

use diesel::result::{DatabaseErrorKind, Error};

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
    /// A constraint refused a row; its name.
    #[error("constraint {0}")]
    Constraint(String),
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
    /// The message for a user.
    pub fn message(&self) -> Message {
        match self {
            StoreError::Busy => Message::new("database_busy"),
            StoreError::Unavailable(_) => Message::new("database_unavailable"),
            StoreError::Constraint(name) => Message::new("database_constraint").with("name", name),
            StoreError::AppendOnly(table) => Message::new("append_only").with("name", table),
            StoreError::Damaged(what) => Message::new("database_damaged").with("name", what),
            StoreError::UnknownScheme(url) => {
                Message::new("database_url_scheme").with("found", url)
            }
            StoreError::Newer(name) => Message::new("database_newer").with("name", name),
            StoreError::Older(name) => Message::new("database_older").with("name", name),
        }
    }

    /// Whether it says nothing of what is stored, and may be over soon.
    pub fn is_passing(&self) -> bool {
        matches!(self, StoreError::Busy | StoreError::Unavailable(_))
    }

    /// Whether doing the same again may succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(self, StoreError::Busy)
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
            | DatabaseErrorKind::ForeignKeyViolation => {
                StoreError::Constraint(constraint(about.constraint_name(), about.message()))
            }
            _ if is_in_the_way(about.message()) => StoreError::Busy,
            _ => StoreError::Unavailable(about.message().to_owned()),
        }
    }
}

/// SQLite puts the name at the end of the message, PostgreSQL beside it.
fn constraint(name: Option<&str>, message: &str) -> String {
    let from_message = || message.rsplit(": ").next().unwrap_or(message);
    name.unwrap_or_else(from_message).to_owned()
}

/// Diesel names no kind for these.
fn is_in_the_way(message: &str) -> bool {
    ["deadlock detected", "database is locked", "lock timeout", "could not serialize"]
        .iter()
        .any(|part| message.contains(part))
}
