//! One person before a plan, exact over every settlement of what is open.
//!
//! [`person`] sums the records once for all plans of a policy: [`hours`] by year and category, with
//! the [`decisions`] of reviewers. [`years`] says which years are compliant for certain or perhaps,
//! [`context`] holds all that a judgement reads, and [`requirements`] judges it as [`bounds`] over all
//! settlements. What bounds leave open `settle` decides, by what each year can come to
//! (`year_outcomes`, `outcomes`), which follows from what its records can reach (`reachable`,
//! [`subset_sums`]).
//!
//! It calls the notice and the plan. [`super::explain`] says why, [`super::remedy`] what would help.

pub mod bounds;
pub mod context;
pub mod decisions;
pub mod facts;
pub mod hours;
mod outcomes;
pub mod person;
mod reachable;
pub mod requirements;
mod settle;
pub mod subset_sums;
mod year_outcomes;
pub mod years;
