//! The judge: a notice is data, a verdict is a proof.
//!
//! The rooms, in the order in which a question passes them; each calls only those before it.
//!
//! - [`notice`]: a policy file as values, and which file answers for a declaration.
//! - [`plan`]: the clauses in force, compiled for one profile and declaring year.
//! - [`evaluate`]: one person's hours before a plan, exact over everything that is open.
//! - [`explain`]: why, with the clause and the sentence; the receipt.
//! - [`rules`]: what a policy asks of one profile, its plans and the clauses to cite.
//! - [`remedy`]: the least hours that would make it met.
//! - [`judge`] and [`proof`]: the answer put together from these.
//!
//! Beside them, [`compare`] says how two policies differ and whom that concerns, [`lint`] examines the
//! files themselves, and [`columns`] judges very many people by the same plan at once.

pub mod columns;
pub mod compare;
pub mod evaluate;
pub mod explain;
pub mod judge;
pub mod lint;
pub mod notice;
pub mod plan;
pub mod proof;
pub mod remedy;
pub mod rules;
