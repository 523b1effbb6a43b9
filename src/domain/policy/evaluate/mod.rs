//! One person before a plan: hours, three-valued years, and requirements over every settlement of
//! what is open.

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
