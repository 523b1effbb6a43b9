//! The constraints of the tables, and what it means that one of them refused a row.

use diesel::result::DatabaseErrorInformation;

use super::StoreError;

/// What it means that a constraint refused a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// An id that was drawn by chance is another row's: the same with another id may succeed.
    IdTaken,
    /// Another transaction wrote the same first: done again, its row is seen.
    Raced,
    /// A proposal was answered before, or a decision withdrawn.
    Answered,
    /// No row may have this value: the program made a mistake.
    Value,
}

use Meaning::{Answered, IdTaken, Raced};

/// What has to be unique: the name, how SQLite calls it, and what it means that it is not. Every other
/// constraint is about a value.
pub const UNIQUE: &[(&str, &str, Meaning)] = &[
    ("access_log_pk", "access_log.log_id", IdTaken),
    ("balance_pk", "balance.person_id, balance.year, balance.category", Raced),
    ("batch_pk", "batch.batch_id", IdTaken),
    ("client_pk", "client.issuer, client.subject, client.source_id", Raced),
    (
        "control_total_pk",
        "control_total.source_id, control_total.year, control_total.category, control_total.bucket",
        Raced,
    ),
    ("decision_answered_once", "decision.person_id, decision.about", Answered),
    ("decision_pk", "decision.person_id, decision.decision_id", IdTaken),
    ("difference_pk", "difference.person_id, difference.difference_id", IdTaken),
    ("dispute_pk", "dispute.person_id, dispute.dispute_id", IdTaken),
    ("entry_one_reversal", "entry.person_id, entry.ref_seq", Raced),
    ("entry_pk", "entry.person_id, entry.seq", Raced),
    ("ext_ref_pk", "ext_ref.ext_key, ext_ref.source_id", Raced),
    ("feed_count_pk", "feed_count.feed, feed_count.what, feed_count.name", Raced),
    ("feed_page_pk", "feed_page.batch_id, feed_page.page_no", Raced),
    ("feed_pk", "feed.code", Raced),
    ("feed_run_pk", "feed_run.batch_id", IdTaken),
    ("idem_request_pk", "idem_request.idem_key, idem_request.client, idem_request.route", Raced),
    ("installation_pk", "installation.name", Raced),
    ("pending_pk", "pending.person_id, pending.batch_id, pending.row_no", IdTaken),
    ("person_alias_pk", "person_alias.number_index, person_alias.kind", Raced),
    ("person_key_pk", "person_key.person_id", IdTaken),
    ("person_pk", "person.person_id", IdTaken),
    ("receipt_pk", "receipt.receipt_id", IdTaken),
    ("source_code_unique", "source.code", Raced),
    ("source_pk", "source.source_id", IdTaken),
    ("stated_pk", "stated.ext_key, stated.source_id", Raced),
    ("submission_pk", "submission.batch_id, submission.row_no", IdTaken),
];

/// The error of a constraint, by its name or by what SQLite calls it.
pub(super) fn named(name: &str) -> StoreError {
    let known = UNIQUE.iter().find(|(own, columns, _)| *own == name || *columns == name);
    let (name, meaning) = known.map_or((name, Meaning::Value), |(own, _, what)| (own, *what));
    StoreError::Constraint(meaning, name.to_owned())
}

/// The constraint that a database tells of: PostgreSQL beside its message, SQLite at the end of it. A value
/// that is missing has no constraint, and is called by its column.
pub(super) fn broken(about: &dyn DatabaseErrorInformation) -> StoreError {
    if let Some(name) = about.constraint_name() {
        return named(name);
    }
    match (about.table_name(), about.column_name()) {
        (Some(table), Some(column)) => named(&format!("{table}.{column}")),
        _ => named(about.message().rsplit(": ").next().unwrap_or_default()),
    }
}
