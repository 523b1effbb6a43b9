//! Compiles the clauses in force for a profile and declaring year.

use super::model::{
    Admit, Exception, Gate, MOST_SLOTS, Piece, Plan, Requirement, Rule, Slot, Thresholds,
};
use crate::domain::answer::{Reason, ReasonCode};
use crate::domain::category::Category;
use crate::domain::declaration::Profile;
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::policy::notice::ancestry::{Ancestry, InForce};
use crate::domain::policy::notice::model::{Kind, Standard};
use crate::domain::policy::notice::readings::Choice;
use crate::domain::year::{Frame, Year, YearRange, YearSet};

impl Ancestry<'_> {
    /// The plan for a profile and declaring year.
    pub fn plan(
        &self,
        choice: &Choice,
        profile: &Profile,
        declaring: Year,
    ) -> Result<Plan, Problems> {
        let clauses = self.in_force(choice)?;
        compile(&clauses, profile, declaring)
    }
}

/// Compiles the clauses in force for a profile and declaring year.
pub fn compile(
    clauses: &[InForce<'_>],
    profile: &Profile,
    declaring: Year,
) -> Result<Plan, Problems> {
    let mut plan = Plan {
        frame: Frame::around(declaring),
        gate: gate(clauses, profile),
        admits: Vec::new(),
        slots: vec![Slot::default()],
        deemed: YearSet::EMPTY,
        excusable: YearSet::EMPTY,
        legacy: YearSet::EMPTY,
        requirements: Vec::new(),
    };
    if !matches!(plan.gate, Gate::Judge | Gate::Referred { advisory: true, .. }) {
        return Ok(plan);
    }
    let applicable: Vec<&InForce<'_>> =
        clauses.iter().filter(|c| c.clause.applies.matches(profile)).collect();
    for c in &applicable {
        add(&mut plan, c)?;
    }
    for c in &applicable {
        add_exception(&mut plan, c, &applicable);
    }
    Ok(plan)
}

/// Scope first, then the first referral that matches.
fn gate(clauses: &[InForce<'_>], profile: &Profile) -> Gate {
    for InForce { clause, .. } in clauses {
        if let Kind::Scope { excludes } = &clause.kind {
            let reason = if clause.applies.matches(profile) {
                excludes.iter().find(|e| e.applies.matches(profile)).map(|e| e.reason)
            } else {
                Some(ReasonCode::OutOfScope)
            };
            if let Some(code) = reason {
                return Gate::NotApplicable(Reason::new(code).clause(&clause.id));
            }
        }
    }
    for InForce { clause, .. } in clauses {
        let Kind::Refer { advisory, .. } = clause.kind else { continue };
        if clause.applies.matches(profile) {
            let code = if clause.applies.names_levels_only() {
                ReasonCode::ReferredLevel
            } else {
                ReasonCode::ReferredSeries
            };
            return Gate::Referred { reason: Reason::new(code).clause(&clause.id), advisory };
        }
    }
    Gate::Judge
}

fn add(plan: &mut Plan, c: &InForce<'_>) -> Result<(), Problems> {
    let clause = &c.clause;
    let years = plan.frame.of(clause.years);
    let rule = match &clause.kind {
        Kind::Scope { .. } | Kind::Refer { .. } | Kind::Cumulative { .. } => return Ok(()),
        Kind::Admit { categories, sources, basis } => {
            let named = |c: Category| categories.is_empty() || categories.contains(&c);
            plan.admits.push(Admit {
                clause: clause.id.as_str().into(),
                years,
                categories: Category::ALL.map(named),
                sources: sources.iter().map(|s| s.as_str().into()).collect(),
                basis: basis.iter().map(|b| b.as_str().into()).collect(),
            });
            return Ok(());
        }
        Kind::Annual(standard) => return add_annual(plan, c, standard),
        Kind::Deem => {
            plan.deemed = plan.deemed.or(years);
            return Ok(());
        }
        Kind::Excuse => {
            plan.excusable = plan.excusable.or(years);
            return Ok(());
        }
        Kind::Legacy => {
            plan.legacy = plan.legacy.or(years);
            return Ok(());
        }
        Kind::EachYear { window, standard } => {
            Rule::EachYear { window: *window, slot: own_slot(plan, c, standard.as_ref())? }
        }
        Kind::Count { window, at_least } => Rule::Count { window: *window, at_least: *at_least },
        Kind::Include { years } => Rule::Include(years.clone()),
        Kind::Sum { window, need } => Rule::Sum { window: *window, need: need.clone() },
    };
    let clause = clause.id.as_str().into();
    plan.requirements.push(Requirement { clause, years, rule, exceptions: Vec::new() });
    Ok(())
}

fn add_annual(plan: &mut Plan, c: &InForce<'_>, standard: &Standard) -> Result<(), Problems> {
    let years = plan.frame.of(c.clause.years);
    let Some(annual) = plan.slots.first_mut() else { return Ok(()) };
    if let Some(other) = annual.pieces.iter().find(|p| !p.years.and(years).is_empty()) {
        let message =
            Message::new("two_standards").with("clause", &c.clause.id).with("other", &other.clause);
        let field = format!("{}.years", c.clause.id);
        return Err(vec![Problem::at(field, c.clause.line, message).in_file(&c.owner.file)]);
    }
    let clause = c.clause.id.as_str().into();
    annual.pieces.push(Piece { clause, years, need: Thresholds::of(standard) });
    Ok(())
}

fn own_slot(
    plan: &mut Plan,
    c: &InForce<'_>,
    standard: Option<&Standard>,
) -> Result<usize, Problems> {
    let Some(standard) = standard else { return Ok(0) };
    if plan.slots.len() == MOST_SLOTS {
        let message = Message::new("too_many_standards").with("most", MOST_SLOTS - 1);
        let problem = Problem::at(c.clause.id.as_str(), c.clause.line, message);
        return Err(vec![problem.in_file(&c.owner.file)]);
    }
    let clause = c.clause.id.as_str().into();
    let years = plan.frame.of(YearRange::default());
    let piece = Piece { clause, years, need: Thresholds::of(standard) };
    plan.slots.push(Slot { pieces: vec![piece] });
    Ok(plan.slots.len() - 1)
}

fn add_exception(plan: &mut Plan, c: &InForce<'_>, applicable: &[&InForce<'_>]) {
    let Kind::Cumulative { instead_of, window, when, need, also_years } = &c.clause.kind else {
        return;
    };
    let (owner, id) = match instead_of.name.split_once('#') {
        Some((owner, id)) => (owner, id),
        None => (c.owner.id.as_str(), instead_of.name.as_str()),
    };
    // The requirement may belong to an ancestor, or may have been replaced: then nothing is left
    // to stand in for.
    let target = applicable
        .iter()
        .filter(|other| other.clause.kind.is_requirement())
        .position(|other| other.owner.id == owner && other.clause.id == id);
    let years = plan.frame.of(c.clause.years);
    if let Some(requirement) = target.and_then(|at| plan.requirements.get_mut(at)) {
        requirement.exceptions.push(Exception {
            clause: c.clause.id.as_str().into(),
            years,
            window: *window,
            when: *when,
            need: need.clone(),
            also: also_years.clone(),
            slot: match requirement.rule {
                Rule::EachYear { slot, .. } => slot,
                _ => 0,
            },
        });
    }
}
