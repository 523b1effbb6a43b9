//! The least hours that would make a verdict met.

pub mod additions;
mod alternatives;
pub mod least_hours;
pub mod proposal;
mod top_up;
