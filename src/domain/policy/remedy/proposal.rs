//! What would make a `not_met` met, in three answers.

use std::sync::Arc;

use serde::Serialize;

use super::additions::Additions;
use super::least_hours;
use crate::domain::category::Category;
use crate::domain::declaration::{AsOf, Declaration};
use crate::domain::fields::Problems;
use crate::domain::hours::Hours;
use crate::domain::policy::evaluate::context::Context;
use crate::domain::policy::evaluate::decisions::Decisions;
use crate::domain::policy::evaluate::facts::missing_facts;
use crate::domain::policy::evaluate::hours::HoursByYear;
use crate::domain::policy::evaluate::person::Person;
use crate::domain::policy::evaluate::years::CompliantYears;
use crate::domain::policy::notice::ancestry::Ancestry;
use crate::domain::policy::notice::readings;
use crate::domain::policy::plan::Gate;
use crate::domain::policy::plan::years::years_read;
use crate::domain::policy::rules::Rules;
use crate::domain::record::Record;
use crate::domain::year::{Frame, Year, YearSet};

/// What would make a `not_met` met, in three answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remedy {
    /// The least hours if every year were still open.
    pub any_year: Option<Proposal>,
    /// The least hours in the years that are still open.
    pub open_years: Option<Proposal>,
    /// Where open years do not suffice: the earliest declaring year when they could, if the rule
    /// stayed as it is.
    pub earliest: Option<Earliest>,
}

/// Hours to add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
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

/// Looks for the three answers; none where a fact is missing.
pub fn propose(
    rules: &Rules,
    ancestry: &Ancestry<'_>,
    declaration: &Declaration,
    records: &[Record],
) -> Result<Option<Remedy>, Problems> {
    let Some(variant) = rules.plans.chosen() else { return Ok(None) };
    if !missing_facts(variant.plan.reads(), declaration.facts).is_empty() {
        return Ok(None);
    }
    // Without an instant, the years still open are those from the declaring year on.
    let first_open = declaration.as_of.as_ref().map_or(declaration.year.get(), AsOf::year);
    let frame = variant.plan.frame;
    let open = frame.range(first_open, i16::MAX);
    let mut person = Person::new(&rules.plans, declaration, records);
    let (any_year, open_years) = person.with_context(variant, |context| {
        let plan =
            |years| least_hours::least_additions(context, years).map(|a| Proposal::of(&a, frame));
        (plan(YearSet(u64::MAX)), plan(open))
    });
    let earliest = match open_years {
        Some(_) => None,
        None => earliest(rules, ancestry, declaration, records, first_open)?,
    };
    Ok(Some(Remedy { any_year, open_years, earliest }))
}

fn earliest(
    rules: &Rules,
    ancestry: &Ancestry<'_>,
    declaration: &Declaration,
    records: &[Record],
    first_open: i16,
) -> Result<Option<Earliest>, Problems> {
    let base = readings::chosen(&ancestry.readings);
    for ahead in 1..=YEARS_AHEAD {
        let Some(year) = Year::new(i64::from(declaration.year.get() + ahead)) else { break };
        let plan = ancestry.plan(&base, &declaration.profile, year)?;
        if !matches!(plan.gate, Gate::Judge) {
            continue;
        }
        let later = Declaration { year, ..declaration.clone() };
        let decisions = Decisions::of(&later);
        let read = years_read(&plan);
        let hours = HoursByYear::of(records, &plan, read);
        let years = CompliantYears::of(&plan, &hours, read, decisions);
        let context = Context {
            plan: &plan,
            hours: &hours,
            years: &years,
            facts: declaration.facts,
            decisions,
            monotone: plan.is_monotone(),
            without: 0,
        };
        let open = plan.frame.range(first_open, year.get());
        if least_hours::least_additions(&context, open).is_some() {
            let if_unchanged = Arc::clone(&rules.policy);
            return Ok(Some(Earliest { year: year.get(), if_unchanged }));
        }
    }
    Ok(None)
}

impl Proposal {
    fn of(additions: &Additions, frame: Frame) -> Proposal {
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
        Proposal { hours: Hours::from_hundredths(additions.sum()), add }
    }
}
