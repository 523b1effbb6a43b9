//! One person before the plans of a policy.

use super::context::{Bench, Decisions, Years};
use super::hours::Sheet;
use crate::domain::answer::Verdict;
use crate::domain::declaration::Declaration;
use crate::domain::policy::explain::reasons;
use crate::domain::policy::judge::Judgement;
use crate::domain::policy::plan::Gate;
use crate::domain::policy::plan::variants::{Arm, Rules};
use crate::domain::policy::remedy::least_hours;
use crate::domain::record::Record;

/// One person before the plans of a policy; sums and years are worked out once for all of them.
pub(in crate::domain::policy) struct Hearing<'h> {
    rules: &'h Rules,
    declaration: &'h Declaration,
    records: &'h [Record],
    decisions: Decisions,
    sheets: Vec<Option<Sheet>>,
    years: Vec<Option<Years>>,
}

impl<'h> Hearing<'h> {
    /// Opens the hearing.
    pub(in crate::domain::policy) fn new(
        rules: &'h Rules,
        declaration: &'h Declaration,
        records: &'h [Record],
    ) -> Hearing<'h> {
        Hearing {
            rules,
            declaration,
            records,
            decisions: Decisions::of(declaration),
            sheets: vec![None; rules.sheets],
            years: vec![None; rules.years],
        }
    }

    /// The verdict of a plan, by number.
    pub(in crate::domain::policy) fn verdict(&mut self, at: usize) -> Verdict {
        let rules = self.rules;
        let Some(arm) = rules.plans.get(at) else { return Verdict::Indeterminate };
        match arm.plan.gate {
            Gate::NotApplicable(_) => Verdict::NotApplicable,
            Gate::Referred { .. } => Verdict::Referred,
            Gate::Judge => self.requirements(at),
        }
    }

    /// The verdict of a plan's requirements alone.
    pub(in crate::domain::policy) fn requirements(&mut self, at: usize) -> Verdict {
        let rules = self.rules;
        let Some(arm) = rules.plans.get(at) else { return Verdict::Indeterminate };
        if arm.plan.requirements.is_empty() {
            return Verdict::NotRequired;
        }
        #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is less general")]
        self.with_bench(arm, |bench| bench.verdict())
    }

    /// The person before the plan of an arm.
    pub(in crate::domain::policy) fn with_bench<T>(
        &mut self,
        arm: &Arm,
        act: impl FnOnce(&Bench<'_>) -> T,
    ) -> T {
        let (rules, decisions) = (self.rules, self.decisions);
        let (mut own_sheet, mut own_years) = (None, None);
        let sheet = self.sheets.get_mut(arm.sheet).unwrap_or(&mut own_sheet);
        let sheet = &*sheet.get_or_insert_with(|| Sheet::of(self.records, &arm.plan, rules.read));
        let years = self.years.get_mut(arm.years).unwrap_or(&mut own_years);
        let years =
            &*years.get_or_insert_with(|| Years::of(&arm.plan, sheet, rules.read, decisions));
        act(&Bench {
            plan: &arm.plan,
            sheet,
            years,
            facts: self.declaration.facts,
            decisions,
            monotone: arm.monotone,
            without: 0,
        })
    }

    /// Reasons, the way taken, and what is missing.
    pub(in crate::domain::policy) fn explain(&mut self, arm: &Arm, judgement: &mut Judgement) {
        let records = self.records;
        let verdict = judgement.verdict;
        let (reasons, via, missing) = self.with_bench(arm, |bench| {
            let reasons = reasons::of(bench, records, verdict);
            let via = if verdict == Verdict::Met { via(bench) } else { Vec::new() };
            let missing = if verdict == Verdict::NotMet { least_hours::least(bench) } else { None };
            (reasons, via, missing)
        });
        judgement.reasons = reasons;
        judgement.via = via;
        judgement.missing = missing;
    }
}

/// The exceptions without which a `met` is not certain. Where each of several would do, none is
/// needed alone: then all that would do are given.
fn via(bench: &Bench<'_>) -> Vec<Box<str>> {
    let exceptions: Vec<&str> = bench
        .plan
        .requirements
        .iter()
        .flat_map(|requirement| requirement.exceptions.iter().map(|e| &*e.clause))
        .collect();
    let met = |without: u64| Bench { without, ..*bench }.verdict() == Verdict::Met;
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
