//! The facts of a declaration: every value that a missing one may have.

use crate::domain::declaration::Facts;
use crate::domain::policy::plan::{KnownFacts, Plan};

/// Every value of the facts: one if they are given or not read, else each value of the domain.
pub fn possible_facts(plan: &Plan, facts: Facts) -> impl Iterator<Item = KnownFacts> {
    let declaring = plan.frame.declaring();
    let (reads_required, reads_tenure) = plan.reads();
    let (low, high) = match facts.required_years {
        Some(n) => (n, n),
        None if reads_required => (0, 10),
        None => (0, 0),
    };
    let last = facts.required_years.map_or(declaring, |n| declaring - n + 1);
    let (first, last) = match facts.tenure_start {
        Some(year) => (year, year),
        None if reads_tenure => (last.min(declaring - 15), last),
        None => (declaring, declaring),
    };
    (low..=high).flat_map(move |required_years| {
        (first..=last).map(move |tenure_start| KnownFacts { required_years, tenure_start })
    })
}

/// Which of the facts that the plan reads are missing: required years, start of tenure.
pub fn missing_facts((required, tenure): (bool, bool), facts: Facts) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if required && facts.required_years.is_none() {
        missing.push("required_years");
    }
    if tenure && facts.tenure_start.is_none() {
        missing.push("tenure_start");
    }
    missing
}
