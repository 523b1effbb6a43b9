//! The exceptions that a `met` rests on.

use crate::domain::answer::Verdict;
use crate::domain::policy::evaluate::context::Context;

/// The exceptions without which a `met` is not certain. Where each of several would do, none is
/// needed alone: then all that would do are given.
pub fn via(context: &Context<'_>) -> Vec<Box<str>> {
    let exceptions: Vec<&str> = context
        .plan
        .requirements
        .iter()
        .flat_map(|requirement| requirement.exceptions.iter().map(|e| &*e.clause))
        .collect();
    let met = |without: u64| Context { without, ..*context }.verdict() == Verdict::Met;
    let all = 1u64.checked_shl(u32::try_from(exceptions.len()).unwrap_or(64)).map_or(!0, |n| n - 1);
    if met(all) {
        return Vec::new();
    }
    let numbered = || exceptions.iter().enumerate().map(|(n, clause)| (1u64 << n, *clause));
    let needed: Vec<Box<str>> =
        numbered().filter(|(bit, _)| !met(*bit)).map(|(_, clause)| clause.into()).collect();
    if !needed.is_empty() {
        return needed;
    }
    numbered().filter(|(bit, _)| met(all & !bit)).map(|(_, clause)| clause.into()).collect()
}
