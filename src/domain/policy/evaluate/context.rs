//! Everything that a judgement of one person by one plan reads.

use super::decisions::Decisions;
use super::hours::HoursByYear;
use super::years::CompliantYears;
use crate::domain::declaration::Facts;
use crate::domain::policy::plan::Plan;

/// A person before a plan.
#[derive(Clone, Copy, Debug)]
pub struct Context<'p> {
    /// The plan.
    pub plan: &'p Plan,
    /// The hours.
    pub hours: &'p HoursByYear,
    /// The years.
    pub years: &'p CompliantYears,
    /// The facts as given.
    pub facts: Facts,
    /// Decisions on record.
    pub decisions: Decisions,
    /// Whether bounds are exact for this plan.
    pub monotone: bool,
    /// Exceptions to leave out, by running number: bit n = the n-th exception of the plan.
    pub without: u64,
}

impl Context<'_> {
    /// Whether an exception is left out of this judgement.
    pub fn is_left_out(&self, number: usize) -> bool {
        u32::try_from(number).is_ok_and(|n| self.without.checked_shr(n).unwrap_or(0) & 1 == 1)
    }
}
