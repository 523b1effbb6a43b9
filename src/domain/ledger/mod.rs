//! The ledger as values and rules: what is posted, by whom, and which record of an event counts.

pub mod chain;
pub mod claim;
pub mod difference;
pub mod duplicate;
pub mod entry;
pub mod likeness;
pub mod outcome;
pub mod pending;
pub mod posting;
pub mod raw_row;
pub mod source_record;
pub mod statement;
pub mod submitted;
