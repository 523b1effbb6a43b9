//! The judge: a notice is data, a verdict is a proof.
//!
//! [`model`] is a policy file as values and [`parse`] reads it; [`catalog`] selects the file that
//! answers for a declaration and joins it with its ancestors; [`readings`] changes clauses as a
//! reading says; [`plan`] compiles the joined clauses for one profile; [`sheet`] is what one
//! person brings; [`evaluate`] judges a sheet by a plan and [`settle`] decides exactly what is
//! open; [`judge`] puts an answer together from these, with [`reasons`], [`missing`] and
//! [`explain`]; [`lint`] examines the files themselves. [`amend`] imagines another rule, [`delta`]
//! says how two rules differ, and [`witness`] finds somebody whom the difference concerns.
//! [`columns`] judges very many people by the same plan at once.

pub mod accounts;
pub mod additions;
pub mod amend;
mod canonical_hash;
pub mod catalog;
pub mod cited;
pub mod columns;
pub mod compile;
mod debug_text_hash;
mod deciding;
pub mod delta;
pub mod evaluate;
pub mod explain;
mod hearing;
pub mod judge;
mod lift;
pub mod lint;
pub mod missing;
pub mod model;
pub mod outcomes;
pub mod parse;
mod parse_kind;
pub mod plan;
pub mod plan_encoding;
pub mod proof;
mod reachable;
pub mod readings;
pub mod reasons;
pub mod receipt;
pub mod rules;
pub mod settle;
pub mod sheet;
pub mod subsets;
mod ways;
pub mod witness;
