//! The least hours that would turn a `not_met` into a `met`.
//!
//! [`least_hours`] searches: the requirements can be satisfied by one of a few `alternatives`, a year is
//! made compliant by a `top_up`, and [`additions`] are what is found. [`proposal`] asks it three
//! times: for any year, for the years still open, for a later declaration.
//!
//! It calls the notice, the plan, the evaluation and the rules. [`super::judge`] calls it for the
//! amount, [`super::proof`] for the proposal.

pub mod additions;
mod alternatives;
pub mod least_hours;
pub mod proposal;
mod top_up;
