//! The ledger as values and rules: nothing here reads, writes, or knows the time.
//!
//! In reading order:
//!
//! - [`posting`] — hours of one category for one year, with their particulars; its hash is their meaning.
//! - [`entry`], [`chain`] — what stands in the ledger: only ever added, each entry hashed with the one before.
//! - [`submitted`], [`raw_row`] — a row as a provider sends it, read field by field.
//! - [`statement`] — a record as a feed states it; [`source_record`] — what stands of it here.
//! - [`claim`] — what each key of a source was used for; [`pending`] — hours that wait for recognition 认定.
//! - [`duplicate`], [`likeness`] — which record of a learning event is kept, where several sources tell of it.
//! - [`difference`] — where sources, or a source and the ledger, do not agree.
//! - [`account`] — what is known of one person that bears on the rows at hand.
//! - [`decide`] — accounts and rows in, a [`change_set`] and one [outcome] for each row out.
//!
//! It may use the vocabulary of [`crate::domain`], never the judge. `store` reads and writes these values,
//! `feeds` makes statements, and `app` loads accounts, calls [`decide`], and applies what comes out.

pub mod account;
pub mod chain;
pub mod change_set;
pub mod claim;
pub mod decide;
pub mod difference;
pub mod duplicate;
pub mod entry;
pub mod likeness;
pub mod outcome;
pub mod pending;
pub mod posting;
pub mod raw_row;
pub mod source_record;
pub mod sources;
pub mod statement;
pub mod submitted;
