//! A plan: the clauses in force, compiled for one profile and declaring year.
//!
//! `model` is a plan as values, [`compile`] makes it from the clauses of a [`super::notice`], [`years`]
//! says which years it reads, and [`variants`] holds the plans of every combination of open readings.
//! [`encoding`] names the hash that receipts carry.
//!
//! It calls the notice alone. [`super::evaluate`] judges people by it, [`super::columns`] very many.

mod canonical_hash;
pub mod compile;
mod debug_text_hash;
pub mod encoding;
mod model;
pub mod variants;
pub mod years;

pub use model::{
    Admit, Exception, Gate, MOST_SLOTS, Piece, Plan, Requirement, Rule, Slot, Thresholds,
};
pub use years::KnownFacts;
