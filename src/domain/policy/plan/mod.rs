//! A plan: the clauses in force, compiled for one profile and declaring year, and its hash.

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
