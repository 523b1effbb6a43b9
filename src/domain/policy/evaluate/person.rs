//! One person before the plans of a policy.

use super::context::Bench;
use super::decisions::Decisions;
use super::hours::Sheet;
use super::years::Years;
use crate::domain::answer::Verdict;
use crate::domain::declaration::Declaration;
use crate::domain::policy::plan::Gate;
use crate::domain::policy::plan::variants::{PlanVariant, PlanVariants};
use crate::domain::record::Record;

/// One person before the plans of a policy; sums and years are worked out once for all of them.
pub(in crate::domain::policy) struct Person<'h> {
    plans: &'h PlanVariants,
    declaration: &'h Declaration,
    records: &'h [Record],
    decisions: Decisions,
    sheets: Vec<Option<Sheet>>,
    years: Vec<Option<Years>>,
}

impl<'h> Person<'h> {
    /// A person, of whom nothing is summed yet.
    pub(in crate::domain::policy) fn new(
        plans: &'h PlanVariants,
        declaration: &'h Declaration,
        records: &'h [Record],
    ) -> Person<'h> {
        Person {
            plans,
            declaration,
            records,
            decisions: Decisions::of(declaration),
            sheets: vec![None; plans.sheets],
            years: vec![None; plans.years],
        }
    }

    /// The verdict of a plan, by number.
    pub(in crate::domain::policy) fn verdict(&mut self, at: usize) -> Verdict {
        let plans = self.plans;
        let Some(variant) = plans.variants.get(at) else { return Verdict::Indeterminate };
        match variant.plan.gate {
            Gate::NotApplicable(_) => Verdict::NotApplicable,
            Gate::Referred { .. } => Verdict::Referred,
            Gate::Judge => self.requirements(at),
        }
    }

    /// The verdict of a plan's requirements alone.
    pub(in crate::domain::policy) fn requirements(&mut self, at: usize) -> Verdict {
        let plans = self.plans;
        let Some(variant) = plans.variants.get(at) else { return Verdict::Indeterminate };
        if variant.plan.requirements.is_empty() {
            return Verdict::NotRequired;
        }
        #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is less general")]
        self.with_bench(variant, |bench| bench.verdict())
    }

    /// The person before a plan.
    pub(in crate::domain::policy) fn with_bench<T>(
        &mut self,
        variant: &PlanVariant,
        act: impl FnOnce(&Bench<'_>) -> T,
    ) -> T {
        let (plans, decisions) = (self.plans, self.decisions);
        let (mut own_sheet, mut own_years) = (None, None);
        let sheet = self.sheets.get_mut(variant.sheet).unwrap_or(&mut own_sheet);
        let sheet =
            &*sheet.get_or_insert_with(|| Sheet::of(self.records, &variant.plan, plans.read));
        let years = self.years.get_mut(variant.years).unwrap_or(&mut own_years);
        let years =
            &*years.get_or_insert_with(|| Years::of(&variant.plan, sheet, plans.read, decisions));
        act(&Bench {
            plan: &variant.plan,
            sheet,
            years,
            facts: self.declaration.facts,
            decisions,
            monotone: variant.monotone,
            without: 0,
        })
    }

    /// The records.
    pub(in crate::domain::policy) fn records(&self) -> &'h [Record] {
        self.records
    }
}
