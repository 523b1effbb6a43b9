//! What a policy asks of one profile: its plans under every open reading, and the clauses to cite.

use std::sync::Arc;

use crate::domain::answer::Verdict;
use crate::domain::declaration::{Declaration, Profile};
use crate::domain::fields::Problems;
use crate::domain::policy::evaluate::person::Person;
use crate::domain::policy::explain::citations::CitedClause;
use crate::domain::policy::notice::ancestry::Ancestry;
use crate::domain::policy::notice::model::Policy;
use crate::domain::policy::notice::readings::{self, Choice};
use crate::domain::policy::plan::Plan;
use crate::domain::policy::plan::variants::PlanVariants;
use crate::domain::record::Record;
use crate::domain::year::{Frame, Year};

/// What a policy asks of one profile.
#[derive(Debug)]
pub struct Rules {
    /// The policy.
    pub policy: Arc<str>,
    /// Its plans.
    pub plans: PlanVariants,
    /// The clauses in force under the chosen readings.
    pub citations: Vec<CitedClause>,
}

impl Rules {
    /// The plans of every combination of open readings around `base`.
    pub fn compile(
        ancestry: &Ancestry<'_>,
        policy: &Policy,
        base: &Choice,
        profile: &Profile,
        declaring: Year,
    ) -> Result<Rules, Problems> {
        let plans = readings::combinations(&ancestry.readings, base)
            .into_iter()
            .map(|choice| Ok((ancestry.plan(&choice, profile, declaring)?, choice)))
            .map(|pair: Result<_, Problems>| pair.map(|(plan, choice)| (choice, plan)))
            .collect::<Result<Vec<_>, Problems>>()?;
        let citations = CitedClause::all(&ancestry.in_force(base)?, Frame::around(declaring));
        Ok(Rules { citations, ..Rules::of_plans(&policy.id, plans) })
    }

    /// These plans, without clauses to cite.
    pub(super) fn of_plans(policy: &str, choices: Vec<(Choice, Plan)>) -> Rules {
        Rules { policy: policy.into(), plans: PlanVariants::of(choices), citations: Vec::new() }
    }

    /// One plan alone, as when a threshold is tried out.
    pub fn single(plan: Plan) -> Rules {
        Rules::of_plans("", vec![(Choice(Vec::new()), plan)])
    }

    /// The verdict under the chosen readings.
    pub fn verdict(&self, declaration: &Declaration, records: &[Record]) -> Verdict {
        let mut person = Person::new(&self.plans, declaration, records);
        person.verdict(0)
    }

    /// The verdict, and whether every open reading gives it.
    pub fn verdict_and_firm(
        &self,
        declaration: &Declaration,
        records: &[Record],
    ) -> (Verdict, bool) {
        let mut person = Person::new(&self.plans, declaration, records);
        let verdict = person.verdict(0);
        (verdict, (1..self.plans.variants.len()).all(|at| person.verdict(at) == verdict))
    }
}
