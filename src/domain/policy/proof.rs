//! Everything that goes with a verdict when it is asked to explain itself: the proof, the hours of
//! every year, the remedy, and the receipt.

use std::sync::Arc;

use serde::Serialize;

use crate::domain::answer::Verdict;
use crate::domain::category::Category;
use crate::domain::declaration::{AsOf, Declaration};
use crate::domain::fields::Problems;
use crate::domain::hours::Hours;
use crate::domain::policy::evaluate::context::{Bench, Years};
use crate::domain::policy::evaluate::hours::{Sheet, years_read};
use crate::domain::policy::evaluate::person::Hearing;
use crate::domain::policy::explain::explainer::{Explainer, Step};
use crate::domain::policy::explain::receipt::{ENGINE, Receipt, tree_hash};
use crate::domain::policy::explain::yearly_hours::Account;
use crate::domain::policy::judge::{Judge, Judgement};
use crate::domain::policy::notice::chain::Chain;
use crate::domain::policy::notice::readings;
use crate::domain::policy::plan::Gate;
use crate::domain::policy::plan::encoding::PlanEncoding;
use crate::domain::policy::plan::variants::Rules;
use crate::domain::policy::remedy::additions::Additions;
use crate::domain::policy::remedy::least_hours;
use crate::domain::record::Record;
use crate::domain::year::{Frame, Year, YearSet};

/// A verdict's proof.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The tree; absent where no policy answers.
    pub tree: Option<Step>,
    /// The hours of every year, and what became of each record.
    pub years: Vec<Account>,
    /// What would make a `not_met` met.
    pub remedy: Option<Remedy>,
    /// The receipt.
    pub receipt: Receipt,
}

/// What would make a `not_met` met, in three answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remedy {
    /// The least hours if every year were still open.
    pub any_year: Option<Plan>,
    /// The least hours in the years that are still open.
    pub open_years: Option<Plan>,
    /// Where open years do not suffice: the earliest declaring year when they could, if the rule
    /// stayed as it is.
    pub earliest: Option<Earliest>,
}

/// Hours to add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// All of them together.
    pub hours: Hours,
    /// By year and category, sorted.
    pub add: Vec<Add>,
}

/// Hours to add to a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Add {
    /// The year.
    pub year: i16,
    /// The category.
    pub category: Category,
    /// How many.
    pub hours: Hours,
}

/// A declaring year in which hours of open years could suffice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Earliest {
    /// The declaring year.
    pub year: i16,
    /// The policy that would have to stay in force unchanged; no notice says that it will.
    pub if_unchanged: Arc<str>,
}

/// How many declaring years ahead the earliest one is looked for.
const YEARS_AHEAD: i16 = 15;

impl Judge {
    /// The proof of a judgement that this judge gave.
    pub fn prove(
        &self,
        declaration: &Declaration,
        records: &[Record],
        judgement: &Judgement,
    ) -> Result<Proof, Problems> {
        let as_of = declaration.as_of.as_ref().map(|at| at.text().to_owned());
        let selected = self.catalog().select(declaration.jurisdiction, declaration.year);
        let Some(selected) = selected else {
            let tree = tree_hash(judgement.verdict, None, &[]);
            let receipt = Receipt {
                plan: String::new(),
                plan_encoding: PlanEncoding::CURRENT,
                engine: ENGINE,
                ledger: None,
                as_of,
                readings: Vec::new(),
                tree,
            };
            return Ok(Proof { tree: None, years: Vec::new(), remedy: None, receipt });
        };
        let rules = self.rules(selected.policy, declaration)?;
        let (tree, years) = rules.explain(declaration, records, judgement.verdict);
        let chain = Chain::of(self.catalog(), selected.policy);
        let remedy = match judgement.verdict {
            Verdict::NotMet => rules.remedy(&chain, declaration, records)?,
            _ => None,
        };
        let receipt = Receipt {
            plan: rules.plans.first().map(|arm| arm.hash().to_owned()).unwrap_or_default(),
            plan_encoding: PlanEncoding::CURRENT,
            engine: ENGINE,
            ledger: None,
            as_of,
            readings: chosen(&chain),
            tree: tree_hash(judgement.verdict, tree.as_ref(), &years),
        };
        Ok(Proof { tree, years, remedy, receipt })
    }

    /// The hash of the plan that answers a declaration; empty where no policy does.
    pub fn plan_hash(
        &self,
        declaration: &Declaration,
        encoding: PlanEncoding,
    ) -> Result<String, Problems> {
        let selected = self.catalog().select(declaration.jurisdiction, declaration.year);
        let Some(selected) = selected else { return Ok(String::new()) };
        let rules = self.rules(selected.policy, declaration)?;
        Ok(rules.plans.first().map(|arm| arm.plan.hash(encoding)).unwrap_or_default())
    }
}

/// The option of every reading of a chain, as the files choose.
fn chosen(chain: &Chain<'_>) -> Vec<String> {
    let of = |r: &readings::Recorded<'_>| {
        format!("{}#{}={}", r.policy.id, r.reading.id, r.reading.chosen)
    };
    chain.readings.iter().map(of).collect()
}

impl Rules {
    /// The tree of the chosen plan, and the hours of every year.
    pub fn explain(
        &self,
        declaration: &Declaration,
        records: &[Record],
        verdict: Verdict,
    ) -> (Option<Step>, Vec<Account>) {
        let Some(arm) = self.plans.first() else { return (None, Vec::new()) };
        Hearing::new(self, declaration, records).with_bench(arm, |bench| {
            let explainer =
                Explainer { bench, policy: &self.policy, clauses: &self.cited, records };
            (Some(explainer.tree(verdict)), explainer.accounts())
        })
    }

    /// The three answers to "what would make it met".
    fn remedy(
        &self,
        chain: &Chain<'_>,
        declaration: &Declaration,
        records: &[Record],
    ) -> Result<Option<Remedy>, Problems> {
        let Some(arm) = self.plans.first() else { return Ok(None) };
        let facts = crate::domain::policy::evaluate::context::missing_facts(
            arm.plan.reads(),
            declaration.facts,
        );
        if !facts.is_empty() {
            return Ok(None);
        }
        // Without an instant, the years still open are those from the declaring year on.
        let first_open = declaration.as_of.as_ref().map_or(declaration.year.get(), AsOf::year);
        let frame = arm.plan.frame;
        let open = frame.range(first_open, i16::MAX);
        let mut hearing = Hearing::new(self, declaration, records);
        let (any_year, open_years) = hearing.with_bench(arm, |bench| {
            let plan = |years| least_hours::remedy(bench, years).map(|a| Plan::of(&a, frame));
            (plan(YearSet(u64::MAX)), plan(open))
        });
        let earliest = match open_years {
            Some(_) => None,
            None => self.earliest(chain, declaration, records, first_open)?,
        };
        Ok(Some(Remedy { any_year, open_years, earliest }))
    }

    fn earliest(
        &self,
        chain: &Chain<'_>,
        declaration: &Declaration,
        records: &[Record],
        first_open: i16,
    ) -> Result<Option<Earliest>, Problems> {
        let base = readings::chosen(&chain.readings);
        for ahead in 1..=YEARS_AHEAD {
            let Some(year) = Year::new(i64::from(declaration.year.get() + ahead)) else { break };
            let plan = chain.plan(&base, &declaration.profile, year)?;
            if !matches!(plan.gate, Gate::Judge) {
                continue;
            }
            let later = Declaration { year, ..declaration.clone() };
            let decisions = crate::domain::policy::evaluate::context::Decisions::of(&later);
            let read = years_read(&plan);
            let sheet = Sheet::of(records, &plan, read);
            let years = Years::of(&plan, &sheet, read, decisions);
            let bench = Bench {
                plan: &plan,
                sheet: &sheet,
                years: &years,
                facts: declaration.facts,
                decisions,
                monotone: plan.is_monotone(),
                without: 0,
            };
            let open = plan.frame.range(first_open, year.get());
            if least_hours::remedy(&bench, open).is_some() {
                let if_unchanged = Arc::clone(&self.policy);
                return Ok(Some(Earliest { year: year.get(), if_unchanged }));
            }
        }
        Ok(None)
    }
}

impl Plan {
    fn of(additions: &Additions, frame: Frame) -> Plan {
        let mut add: Vec<Add> = additions
            .0
            .iter()
            .flat_map(|(bit, hours)| {
                let year = frame.year(*bit);
                Category::ALL.into_iter().zip(*hours).map(move |(category, hundredths)| Add {
                    year,
                    category,
                    hours: Hours::from_hundredths(hundredths),
                })
            })
            .filter(|add| add.hours > Hours::ZERO)
            .collect();
        add.sort_by_key(|add| (add.year, add.category));
        Plan { hours: Hours::from_hundredths(additions.sum()), add }
    }
}
