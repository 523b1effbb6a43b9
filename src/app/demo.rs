//! A dozen made-up people in three cities: each kind of verdict, each transition rule.

use super::scenario::{self, Scenario};
use crate::domain::fields::Problems;

const PEOPLE: &str = include_str!("../../config/demo.toml");

/// The people.
pub fn people() -> Result<Vec<Scenario>, Problems> {
    scenario::read("config/demo.toml", PEOPLE)
}
