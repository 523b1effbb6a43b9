//! The plans of a policy for one profile, one for every combination of open readings that matters.

use std::sync::{Arc, OnceLock};

use super::encoding::PlanEncoding;
use super::model::{Gate, Plan};
use crate::domain::answer::{Reason, ReasonCode, Verdict};
use crate::domain::declaration::{Declaration, Profile};
use crate::domain::fields::Problems;
use crate::domain::policy::evaluate::hours;
use crate::domain::policy::evaluate::person::Hearing;
use crate::domain::policy::explain::citations::Cited;
use crate::domain::policy::judge::{Flip, Judgement};
use crate::domain::policy::notice::chain::Chain;
use crate::domain::policy::notice::model::Policy;
use crate::domain::policy::notice::readings::{self, Choice};
use crate::domain::record::Record;
use crate::domain::year::{Frame, Year, YearSet};

/// The plans of one policy for one profile: the chosen one and those of the other open readings.
#[derive(Debug)]
pub struct Rules {
    /// The policy.
    pub policy: Arc<str>,
    /// Distinct plans; the first is the chosen one.
    pub plans: Vec<Arm>,
    /// Every combination of open readings, and its plan.
    pub combinations: Vec<(Choice, usize)>,
    /// The clauses in force under the chosen readings.
    pub cited: Vec<Cited>,
    /// Years whose hours any plan reads.
    pub(in crate::domain::policy) read: YearSet,
    /// How many groups of plans sum alike.
    pub(in crate::domain::policy) sheets: usize,
    /// How many groups of plans weigh years alike.
    pub(in crate::domain::policy) years: usize,
}

/// A plan among its siblings; those that sum or weigh alike share the work.
#[derive(Debug)]
pub struct Arm {
    /// The plan.
    pub plan: Plan,
    /// Whether bounds are exact for it.
    pub(in crate::domain::policy) monotone: bool,
    /// Its group of those that sum alike.
    pub(in crate::domain::policy) sheet: usize,
    /// Its group of those that weigh years alike.
    pub(in crate::domain::policy) years: usize,
    hash: OnceLock<String>,
}

impl Arm {
    /// The hash of its plan in the current encoding, worked out once.
    pub fn hash(&self) -> &str {
        self.hash.get_or_init(|| self.plan.hash(PlanEncoding::CURRENT))
    }
}

impl Rules {
    /// The plans of every combination of open readings around `base`.
    pub fn compile(
        chain: &Chain<'_>,
        policy: &Policy,
        base: &Choice,
        profile: &Profile,
        declaring: Year,
    ) -> Result<Rules, Problems> {
        let plans = readings::combinations(&chain.readings, base)
            .into_iter()
            .map(|choice| Ok((chain.plan(&choice, profile, declaring)?, choice)))
            .map(|pair: Result<_, Problems>| pair.map(|(plan, choice)| (choice, plan)))
            .collect::<Result<Vec<_>, Problems>>()?;
        let cited = Cited::all(&chain.in_force(base)?, Frame::around(declaring));
        Ok(Rules { cited, ..Rules::of_plans(&policy.id, plans) })
    }

    pub(in crate::domain::policy) fn of_plans(policy: &str, choices: Vec<(Choice, Plan)>) -> Rules {
        let mut arms: Vec<Arm> = Vec::new();
        let mut combinations = Vec::new();
        let mut read = YearSet::EMPTY;
        for (choice, plan) in choices {
            let at = arms.iter().position(|arm| arm.plan == plan).unwrap_or(arms.len());
            combinations.push((choice, at));
            if at == arms.len() {
                read = read.or(hours::years_read(&plan));
                let sheet = share(
                    &arms,
                    |arm| arm.sheet,
                    |p| p.admits == plan.admits && p.legacy == plan.legacy,
                );
                let years = share(
                    &arms,
                    |arm| arm.years,
                    |p| {
                        p.admits == plan.admits
                            && p.legacy == plan.legacy
                            && p.deemed == plan.deemed
                            && p.slots == plan.slots
                    },
                );
                arms.push(Arm {
                    monotone: plan.is_monotone(),
                    plan,
                    sheet,
                    years,
                    hash: OnceLock::new(),
                });
            }
        }
        let count = |of: fn(&Arm) -> usize| arms.iter().map(of).max().map_or(0, |most| most + 1);
        let (sheets, years) = (count(|arm| arm.sheet), count(|arm| arm.years));
        Rules {
            policy: policy.into(),
            plans: arms,
            combinations,
            cited: Vec::new(),
            read,
            sheets,
            years,
        }
    }

    /// One plan alone, as when a threshold is tried out.
    pub fn single(plan: Plan) -> Rules {
        Rules::of_plans("", vec![(Choice(Vec::new()), plan)])
    }

    /// The verdict under the chosen readings.
    pub fn verdict(&self, declaration: &Declaration, records: &[Record]) -> Verdict {
        let mut hearing = Hearing::new(self, declaration, records);
        hearing.verdict(0)
    }

    /// The verdict, and whether every open reading gives it.
    pub fn verdict_and_firm(
        &self,
        declaration: &Declaration,
        records: &[Record],
    ) -> (Verdict, bool) {
        let mut hearing = Hearing::new(self, declaration, records);
        let verdict = hearing.verdict(0);
        (verdict, (1..self.plans.len()).all(|at| hearing.verdict(at) == verdict))
    }

    /// The answer without what only the catalog knows.
    pub fn judge(&self, declaration: &Declaration, records: &[Record]) -> Judgement {
        let mut hearing = Hearing::new(self, declaration, records);
        let verdict = hearing.verdict(0);
        let firm = (1..self.plans.len()).all(|at| hearing.verdict(at) == verdict);
        let mut judgement = Judgement {
            verdict,
            firm,
            policy: Some(self.policy.clone()),
            ..Judgement::no_policy()
        };
        judgement.reasons.clear();
        let Some(arm) = self.plans.first() else { return judgement };
        match &arm.plan.gate {
            Gate::NotApplicable(reason) => judgement.reasons.push(reason.clone()),
            Gate::Referred { reason, advisory } => {
                judgement.reasons.push(reason.clone());
                if *advisory {
                    judgement.advisory = Some(hearing.requirements(0));
                }
            }
            Gate::Judge if verdict == Verdict::NotRequired => {
                judgement.reasons.push(Reason::new(ReasonCode::NoRequirement));
            }
            Gate::Judge => hearing.explain(arm, &mut judgement),
        }
        judgement
    }

    /// The open readings that change the verdict: alone where one does, else the first combination.
    pub(in crate::domain::policy) fn flips(
        &self,
        chain: &Chain<'_>,
        declaration: &Declaration,
        records: &[Record],
        verdict: Verdict,
    ) -> Vec<Flip> {
        let mut hearing = Hearing::new(self, declaration, records);
        let Some((base, _)) = self.combinations.first() else { return Vec::new() };
        let mut flips: Vec<Flip> = Vec::new();
        for (choice, plan) in &self.combinations {
            let other = hearing.verdict(*plan);
            let changed: Vec<String> = chain
                .readings
                .iter()
                .zip(choice.0.iter().zip(&base.0))
                .filter(|(_, (now, before))| now != before)
                .filter_map(|(r, (now, _))| {
                    let option = r.reading.options.get(*now)?;
                    Some(format!("{}={}", r.reading.id, option.name))
                })
                .collect();
            if other != verdict {
                flips.push(Flip { readings: changed, verdict: other });
            }
        }
        let fewest = flips.iter().map(|flip| flip.readings.len()).min().unwrap_or(0);
        flips.retain(|flip| flip.readings.len() == fewest);
        flips
    }
}

/// The number of the group that `alike` finds, else the next one.
fn share(arms: &[Arm], number: fn(&Arm) -> usize, alike: impl Fn(&Plan) -> bool) -> usize {
    let next = arms.iter().map(number).max().map_or(0, |most| most + 1);
    arms.iter().find(|arm| alike(&arm.plan)).map_or(next, number)
}
