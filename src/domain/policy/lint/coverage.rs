//! Clauses and thresholds that no scenario touches.
//!
//! A clause is touched if some scenario is answered otherwise without it. A threshold is touched
//! from above if some scenario is answered otherwise when it is raised by 0.01, so that an amount
//! stands exactly at it; and from below if some scenario is answered otherwise when it is lowered
//! by one hour, so that an amount stands less than or exactly an hour under it. Answers are
//! compared by verdict and advice, under the chosen readings and those that a scenario names.
//! Amounts that only an option of a reading states are thresholds too, touched by scenarios that
//! name that option. A share is not: it has no amount to stand at.

use super::deciding::Name;
use super::persons::{Outcome, Person, outcome};
use super::small_model::plan_without;
use super::{Exercise, Finding};
use crate::domain::category::CategorySet;
use crate::domain::hours::Hours;
use crate::domain::message::Message;
use crate::domain::policy::evaluate::decisions::Decisions;
use crate::domain::policy::notice::ancestry::{Ancestry, InForce};
use crate::domain::policy::notice::catalog::Catalog;
use crate::domain::policy::notice::model::{
    Change, ClauseSource, Kind, Minimum, Need, Policy, Quantity, Standard,
};
use crate::domain::policy::notice::readings;
use crate::domain::policy::plan::Plan;
use crate::domain::policy::plan::compile::compile;
use crate::domain::year::{Frame, Year, YearSet};

/// Runs the scenarios; reports what no one of them notices.
pub(super) fn check(
    catalog: &Catalog,
    reached: &[Name],
    exercises: &[Exercise],
    findings: &mut Vec<Finding>,
) {
    let runs: Vec<Run<'_>> = exercises.iter().flat_map(|e| Run::of(catalog, e)).collect();
    for policy in catalog.policies() {
        for source in &policy.clauses {
            let id = &source.clause.id;
            if !reached.contains(&(policy.id.clone(), id.clone())) {
                continue;
            }
            if !runs.iter().any(|run| run.notices_clause(policy, id)) {
                let line = source.clause.line;
                let message = Message::new("clause_untouched");
                let finding = Finding::of("W-CLAUSE-UNTOUCHED", policy, line, message);
                findings.push(finding.clause(id));
            }
            for threshold in thresholds(catalog, policy, source) {
                let at = |change| runs.iter().any(|run| run.notices(&threshold, change));
                let code = match (at(1), at(-100)) {
                    (true, true) => continue,
                    (false, true) => "threshold_not_at",
                    (true, false) => "threshold_not_under",
                    (false, false) => "threshold_untouched",
                };
                findings.push(threshold.untouched(code));
            }
        }
    }
}

/// An amount that a clause states, as chosen or under one option of a reading.
struct Threshold<'c> {
    policy: &'c Policy,
    source: &'c ClauseSource,
    kind: Kind,
    which: Which,
    reading: Option<(&'c str, &'c str)>,
}

/// The amounts of a clause, then those that an option of some reading states otherwise.
fn thresholds<'c>(
    catalog: &'c Catalog,
    policy: &'c Policy,
    source: &'c ClauseSource,
) -> Vec<Threshold<'c>> {
    let of = |kind: &Kind, which: Which, reading| {
        let kind = kind.clone();
        Threshold { policy, source, kind, which, reading }
    };
    let chosen = &source.clause.kind;
    let mut all: Vec<_> =
        amounts(chosen).into_iter().map(|which| of(chosen, which, None)).collect();
    let said = |kind: &Kind, which: Which| value(kind, which).map(|v| (which.name(kind), v));
    let before: Vec<_> = amounts(chosen).into_iter().map(|which| said(chosen, which)).collect();
    for from in catalog.policies() {
        for reading in &from.readings {
            for option in &reading.options {
                let id = &source.clause.id;
                let is_mine = |c: &&Change| readings::concerns(c, from, policy, id);
                let mine: Vec<&Change> = option.set.iter().filter(is_mine).collect();
                let Ok(clause) = readings::apply(source, &mine) else { continue };
                let new = amounts(&clause.kind).into_iter();
                let new = new.filter(|which| !before.contains(&said(&clause.kind, *which)));
                let name = Some((reading.id.as_str(), option.name.as_str()));
                all.extend(new.map(|which| of(&clause.kind, which, name)));
            }
        }
    }
    all
}

impl Threshold<'_> {
    fn untouched(&self, code: &'static str) -> Finding {
        let (clause, which) = (&self.source.clause, self.which);
        let amount = value(&self.kind, which).map_or_else(String::new, |value| which.show(value));
        let reading =
            self.reading.map_or("–".to_owned(), |(id, option)| format!("{id}={option}"));
        let message = Message::new(code)
            .with("of", which.name(&self.kind))
            .with("amount", amount)
            .with("reading", reading);
        let key = match which {
            Which::Total => "total",
            Which::Count => "at_least",
            _ => "min",
        };
        let line = self.source.raw.get(key).map_or(clause.line, |node| node.line);
        Finding::of("W-THRESHOLD-UNTOUCHED", self.policy, line, message).clause(&clause.id)
    }
}

/// A scenario under one choice of readings.
struct Run<'c> {
    reading: Option<&'c (String, String)>,
    clauses: Vec<InForce<'c>>,
    exercise: &'c Exercise,
    person: Person,
    excused: YearSet,
    plan: Plan,
    outcome: Outcome,
}

impl<'c> Run<'c> {
    fn of(catalog: &'c Catalog, exercise: &'c Exercise) -> Vec<Run<'c>> {
        let declaration = &exercise.declaration;
        let selected = catalog.select(declaration.jurisdiction, declaration.year);
        let Some(selected) = selected else { return Vec::new() };
        let ancestry = Ancestry::of(catalog, selected.policy);
        std::iter::once(None)
            .chain(exercise.readings.iter().map(Some))
            .filter_map(|reading| {
                let changes: Vec<_> = reading.into_iter().cloned().collect();
                let choice = readings::changed(&ancestry.readings, &changes).ok()?;
                Run::under(reading, ancestry.in_force(&choice).ok()?, exercise)
            })
            .collect()
    }

    fn under(
        reading: Option<&'c (String, String)>,
        clauses: Vec<InForce<'c>>,
        exercise: &'c Exercise,
    ) -> Option<Run<'c>> {
        let declaration = &exercise.declaration;
        let frame = Frame::around(declaration.year);
        let set = |years: &[Year]| {
            years.iter().fold(YearSet::EMPTY, |all, y| all.or(frame.range(y.get(), y.get())))
        };
        let excused = set(&declaration.excused);
        let decisions = Decisions { excused, reviewed: set(&declaration.reviewed) };
        let person =
            Person { facts: declaration.facts, decisions, records: exercise.records.clone() };
        let plan = compile(&clauses, &declaration.profile, declaration.year).ok()?;
        let outcome = outcome(&plan, &person);
        Some(Run { reading, clauses, exercise, person, excused, plan, outcome })
    }

    fn position(&self, policy: &Policy, id: &str) -> Option<usize> {
        self.clauses.iter().position(|c| c.owner.id == policy.id && c.clause.id == id)
    }

    fn notices_clause(&self, policy: &Policy, id: &str) -> bool {
        let Some(at) = self.position(policy, id) else { return false };
        let declaration = &self.exercise.declaration;
        let rest = plan_without(&self.clauses, at, &declaration.profile, declaration.year);
        rest.is_some_and(|rest| {
            // An excuse changes no verdict, but whether it is remarked upon.
            let excuses = |plan: &Plan| plan.excusable.and(self.excused);
            rest != self.plan
                && (outcome(&rest, &self.person) != self.outcome
                    || excuses(&rest) != excuses(&self.plan))
        })
    }

    fn notices(&self, threshold: &Threshold<'_>, change: i64) -> bool {
        let reading = self.reading.map(|(id, option)| (id.as_str(), option.as_str()));
        if threshold.reading.is_some() && threshold.reading != reading {
            return false;
        }
        let Some(at) = self.position(threshold.policy, &threshold.source.clause.id) else {
            return false;
        };
        let mut clauses = self.clauses.clone();
        let Some(changed) = clauses.get_mut(at) else { return false };
        if !alter(&mut changed.clause.kind, threshold.which, change) {
            return false;
        }
        let declaration = &self.exercise.declaration;
        let plan = compile(&clauses, &declaration.profile, declaration.year);
        plan.is_ok_and(|plan| plan != self.plan && outcome(&plan, &self.person) != self.outcome)
    }
}

/// One of the amounts that a clause states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Total,
    Minimum(usize),
    Professional,
    Public,
    Count,
}

impl Which {
    fn name(self, kind: &Kind) -> String {
        let set = match (self, kind) {
            (Which::Total, _) => return "total".to_owned(),
            (Which::Count, _) => return "at_least".to_owned(),
            (Which::Professional, _) => CategorySet::Professional,
            (Which::Public, _) => CategorySet::Public,
            (Which::Minimum(at), kind) => match standard_of(kind).and_then(|s| s.min.get(at)) {
                Some(minimum) => minimum.of,
                None => return "min".to_owned(),
            },
        };
        set.categories().iter().map(|c| c.name()).collect::<Vec<_>>().join(" + ")
    }

    fn show(self, value: i64) -> String {
        match self {
            Which::Count => value.to_string(),
            _ => Hours::from_hundredths(value).to_string(),
        }
    }
}

fn amounts(kind: &Kind) -> Vec<Which> {
    let minima = (0..16).map(Which::Minimum);
    let all = [Which::Total, Which::Professional, Which::Public, Which::Count];
    all.into_iter().chain(minima).filter(|which| value(kind, *which).is_some()).collect()
}

/// An amount, in hundredths of hours or in years.
fn value(kind: &Kind, which: Which) -> Option<i64> {
    let mut kind = kind.clone();
    let place = place(&mut kind, which)?;
    Some(match place {
        Amount::Hours(hours) => hours.hundredths(),
        Amount::Years(years) => i64::from(*years),
    })
}

enum Amount<'k> {
    Hours(&'k mut Hours),
    Years(&'k mut i16),
}

fn place(kind: &mut Kind, which: Which) -> Option<Amount<'_>> {
    let hours = match kind {
        Kind::Annual(standard) | Kind::EachYear { standard: Some(standard), .. } => {
            of_standard(standard, which)
        }
        Kind::Sum { need, .. } | Kind::Cumulative { need, .. } => of_need(need, which),
        Kind::Count { at_least: Quantity::Number(n), .. } if which == Which::Count => {
            return Some(Amount::Years(n));
        }
        _ => None,
    };
    hours.map(Amount::Hours)
}

fn standard_of(kind: &Kind) -> Option<&Standard> {
    match kind {
        Kind::Annual(standard) | Kind::EachYear { standard: Some(standard), .. } => Some(standard),
        _ => None,
    }
}

fn of_standard(standard: &mut Standard, which: Which) -> Option<&mut Hours> {
    match which {
        Which::Total => standard.total.as_mut(),
        Which::Minimum(at) => standard.min.get_mut(at).map(|Minimum { hours, .. }| hours),
        _ => None,
    }
}

fn of_need(need: &mut Need, which: Which) -> Option<&mut Hours> {
    match which {
        Which::Total => need.total.as_mut(),
        Which::Professional => need.professional.as_mut(),
        Which::Public => need.public.as_mut(),
        _ => None,
    }
}

/// Changes an amount by hundredths of hours, or by one year; whether that is possible.
fn alter(kind: &mut Kind, which: Which, change: i64) -> bool {
    match place(kind, which) {
        Some(Amount::Hours(hours)) => {
            *hours = Hours::from_hundredths((hours.hundredths() + change).max(0));
            true
        }
        Some(Amount::Years(years)) => {
            *years += if change > 0 { 1 } else { -1 };
            true
        }
        None => false,
    }
}
