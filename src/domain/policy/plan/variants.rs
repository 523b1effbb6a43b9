//! The plans of a policy for one profile, one for every combination of open readings that matters.

use std::sync::OnceLock;

use super::encoding::PlanEncoding;
use super::model::Plan;
use super::years::years_read;
use crate::domain::policy::notice::readings::Choice;
use crate::domain::year::YearSet;

/// The chosen plan and those of the other open readings.
#[derive(Debug)]
pub struct PlanVariants {
    /// Distinct plans; the first is the chosen one.
    pub variants: Vec<PlanVariant>,
    /// Every combination of open readings, and its plan.
    pub combinations: Vec<(Choice, usize)>,
    /// Years whose hours any plan reads.
    pub(in crate::domain::policy) years_read: YearSet,
    /// How many groups of plans sum alike.
    pub(in crate::domain::policy) hours_groups: usize,
    /// How many groups of plans weigh years alike.
    pub(in crate::domain::policy) years_groups: usize,
}

/// A plan among its siblings; those that sum or weigh alike share the work.
#[derive(Debug)]
pub struct PlanVariant {
    /// The plan.
    pub plan: Plan,
    /// Whether bounds are exact for it.
    pub(in crate::domain::policy) monotone: bool,
    /// Its group of those that sum alike.
    pub(in crate::domain::policy) hours_group: usize,
    /// Its group of those that weigh years alike.
    pub(in crate::domain::policy) years_group: usize,
    hash: OnceLock<String>,
}

impl PlanVariant {
    /// The hash of its plan in the current encoding, worked out once.
    pub fn hash(&self) -> &str {
        self.hash.get_or_init(|| self.plan.hash(PlanEncoding::CURRENT))
    }
}

impl PlanVariants {
    /// Groups the plans of combinations, equal ones once; the first is the chosen one.
    pub fn of(choices: Vec<(Choice, Plan)>) -> PlanVariants {
        let mut variants: Vec<PlanVariant> = Vec::new();
        let mut combinations = Vec::new();
        let mut read = YearSet::EMPTY;
        for (choice, plan) in choices {
            let at =
                variants.iter().position(|variant| variant.plan == plan).unwrap_or(variants.len());
            combinations.push((choice, at));
            if at == variants.len() {
                read = read.or(years_read(&plan));
                let hours_group = group(
                    &variants,
                    |variant| variant.hours_group,
                    |p| p.admits == plan.admits && p.legacy == plan.legacy,
                );
                let years_group = group(
                    &variants,
                    |variant| variant.years_group,
                    |p| {
                        p.admits == plan.admits
                            && p.legacy == plan.legacy
                            && p.deemed == plan.deemed
                            && p.slots == plan.slots
                    },
                );
                variants.push(PlanVariant {
                    monotone: plan.is_monotone(),
                    plan,
                    hours_group,
                    years_group,
                    hash: OnceLock::new(),
                });
            }
        }
        let count = |of: fn(&PlanVariant) -> usize| {
            variants.iter().map(of).max().map_or(0, |most| most + 1)
        };
        let (hours_groups, years_groups) =
            (count(|variant| variant.hours_group), count(|variant| variant.years_group));
        PlanVariants { variants, combinations, years_read: read, hours_groups, years_groups }
    }

    /// The chosen one.
    pub fn chosen(&self) -> Option<&PlanVariant> {
        self.variants.first()
    }
}

/// The number of the group that `alike` finds, else the next one.
fn group(
    variants: &[PlanVariant],
    number: fn(&PlanVariant) -> usize,
    alike: impl Fn(&Plan) -> bool,
) -> usize {
    let next = variants.iter().map(number).max().map_or(0, |most| most + 1);
    variants.iter().find(|variant| alike(&variant.plan)).map_or(next, number)
}
