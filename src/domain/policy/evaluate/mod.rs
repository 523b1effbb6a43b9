//! One person before a plan: hours, three-valued years, and requirements over every settlement of
//! what is open.

pub mod context;
pub mod hours;
pub mod outcomes;
pub mod person;
mod reachable;
pub mod settle;
pub mod subset_sums;
