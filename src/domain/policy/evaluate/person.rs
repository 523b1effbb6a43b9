//! One person before the plans of a policy.

use super::context::Context;
use super::decisions::Decisions;
use super::hours::HoursByYear;
use super::years::CompliantYears;
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
    hours: Vec<Option<HoursByYear>>,
    years: Vec<Option<CompliantYears>>,
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
            hours: vec![None; plans.hours_groups],
            years: vec![None; plans.years_groups],
        }
    }

    /// The verdict of a plan, by number.
    pub(in crate::domain::policy) fn verdict(&mut self, at: usize) -> Verdict {
        let plans = self.plans;
        let Some(variant) = plans.variants.get(at) else { return Verdict::Indeterminate };
        match variant.plan.gate {
            Gate::NotApplicable(_) => Verdict::NotApplicable,
            Gate::Referred { .. } => Verdict::Referred,
            Gate::Judge => self.requirements_verdict(at),
        }
    }

    /// The verdict of a plan's requirements alone.
    pub(in crate::domain::policy) fn requirements_verdict(&mut self, at: usize) -> Verdict {
        let plans = self.plans;
        let Some(variant) = plans.variants.get(at) else { return Verdict::Indeterminate };
        if variant.plan.requirements.is_empty() {
            return Verdict::NotRequired;
        }
        #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is less general")]
        self.with_context(variant, |context| context.verdict())
    }

    /// The person before a plan.
    pub(in crate::domain::policy) fn with_context<T>(
        &mut self,
        variant: &PlanVariant,
        act: impl FnOnce(&Context<'_>) -> T,
    ) -> T {
        let (plans, decisions) = (self.plans, self.decisions);
        let (mut own_hours, mut own_years) = (None, None);
        let hours = self.hours.get_mut(variant.hours_group).unwrap_or(&mut own_hours);
        let hours = &*hours
            .get_or_insert_with(|| HoursByYear::of(self.records, &variant.plan, plans.years_read));
        let years = self.years.get_mut(variant.years_group).unwrap_or(&mut own_years);
        let years = &*years.get_or_insert_with(|| {
            CompliantYears::of(&variant.plan, hours, plans.years_read, decisions)
        });
        act(&Context {
            plan: &variant.plan,
            hours,
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
