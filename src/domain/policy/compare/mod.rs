//! How two policies differ, whom that concerns, and rules that somebody imagines.
//!
//! [`delta`] compares the files field by field, [`witness`] looks for somebody who gains or loses, and
//! [`amend`] changes clauses of a catalog by name, as `simulate` asks.
//!
//! It calls the notice, the plan and the rules; the commands on policies and `simulate` call it.

pub mod amend;
pub mod delta;
pub mod witness;
