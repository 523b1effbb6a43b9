//! Comparing the ledger with what its sources say of themselves.

pub mod proof;
