//! How two policies differ, whom that concerns, and rules that somebody imagines.

pub mod amend;
pub mod delta;
pub mod witness;
