//! Clauses that nobody reaches or that decide nothing, and levels of which nothing is asked.

use super::Finding;
use super::persons::{self, Person, outcome};
use super::small_model::{Place, is_judged, plan_without};
use crate::domain::declaration::{Level, Profile};
use crate::domain::message::Message;
use crate::domain::policy::notice::ancestry::InForce;
use crate::domain::policy::notice::model::{Kind, Policy};
use crate::domain::policy::plan::compile::compile;
use crate::domain::policy::plan::{Gate, Plan};
use crate::domain::year::Year;

/// Policy and clause.
pub(super) type Name = (String, String);

/// Finds gaps, and clauses without effect; gives back the clauses that somebody reaches.
pub(super) fn check(places: &[Place<'_>], findings: &mut Vec<Finding>) -> Vec<Name> {
    let answering: Vec<&Place<'_>> = places.iter().filter(|place| place.answers).collect();
    for place in &answering {
        gaps(place, findings);
    }
    let mut reached = Vec::new();
    for place in places {
        let mine: Vec<&Place<'_>> = answering
            .iter()
            .filter(|p| p.ancestry.policies.iter().any(|policy| policy.id == place.policy.id))
            .copied()
            .collect();
        // Of a policy that nothing answering rests on, nothing can be said.
        if mine.is_empty() {
            continue;
        }
        for source in &place.policy.clauses {
            if weigh(&mine, place.policy, &source.clause.id, findings) {
                reached.push((place.policy.id.clone(), source.clause.id.clone()));
            }
        }
    }
    reached
}

/// Looks at one clause in every policy that rests on it; whether somebody reaches it.
fn weigh(places: &[&Place<'_>], owner: &Policy, id: &str, findings: &mut Vec<Finding>) -> bool {
    let mut reach = Reach::default();
    for place in places {
        look(place, owner, id, &mut reach);
    }
    let Some(clause) = owner.clauses.iter().map(|s| &s.clause).find(|clause| clause.id == id)
    else {
        return false;
    };
    let mut report = |code: &'static str, message: Message| {
        findings.push(Finding::of(code, owner, clause.line, message).clause(id));
    };
    if !reach.reached {
        if reach.matched && matches!(clause.kind, Kind::Refer { .. }) {
            let message = Message::new("shadowed").with("other", reach.earlier);
            report("E-SHADOWED", message);
        } else if reach.in_force {
            report("W-UNREACHABLE", Message::new("unreachable"));
        } else {
            report("W-UNREACHABLE", Message::new("never_in_force"));
        }
        return false;
    }
    if !places.iter().any(|place| decides(place, owner, id)) {
        report("W-NEVER-DECIDES", Message::new("never_decides"));
    }
    true
}

#[derive(Default)]
struct Reach {
    in_force: bool,
    /// The scope lets somebody in whom it concerns.
    matched: bool,
    reached: bool,
    /// The referral that came first instead.
    earlier: String,
}

fn look(place: &Place<'_>, owner: &Policy, id: &str, reach: &mut Reach) {
    for variant in &place.variants {
        if reach.reached {
            return;
        }
        let Some(at) = position(&variant.clauses, owner, id) else { continue };
        reach.in_force = true;
        for (year, profile) in place.cases() {
            // Clauses that collide are reported as such; somebody reaches them.
            match compile(&variant.clauses, profile, year) {
                Ok(plan) => seen_by(&variant.clauses, at, profile, &plan, reach),
                Err(_) => reach.reached = true,
            }
        }
    }
}

fn seen_by(clauses: &[InForce<'_>], at: usize, profile: &Profile, plan: &Plan, reach: &mut Reach) {
    let Some(clause) = clauses.get(at).map(|c| &c.clause) else { return };
    match &clause.kind {
        Kind::Scope { .. } => reach.reached = true,
        _ if !clause.applies.matches(profile) || matches!(plan.gate, Gate::NotApplicable(_)) => {}
        Kind::Refer { .. } => {
            reach.matched = true;
            let first = clauses.iter().position(|c| {
                matches!(c.clause.kind, Kind::Refer { .. }) && c.clause.applies.matches(profile)
            });
            reach.reached |= first == Some(at);
            if let Some(first) = first.and_then(|first| clauses.get(first)) {
                reach.earlier.clone_from(&first.clause.id);
            }
        }
        Kind::Cumulative { .. } => {
            let mut exceptions = plan.requirements.iter().flat_map(|r| &r.exceptions);
            reach.reached |= is_judged(plan) && exceptions.any(|e| *e.clause == *clause.id);
        }
        _ => reach.reached |= is_judged(plan),
    }
}

fn position(clauses: &[InForce<'_>], owner: &Policy, id: &str) -> Option<usize> {
    clauses.iter().position(|c| c.owner.id == owner.id && c.clause.id == id)
}

/// Whether somebody is judged otherwise without the clause, under the chosen readings or with one
/// of them changed. What it replaces does not come back: a notice may restate a higher rule.
fn decides(place: &Place<'_>, owner: &Policy, id: &str) -> bool {
    place.single_variants().any(|variant| {
        let Some(at) = position(&variant.clauses, owner, id) else { return false };
        place.cases().any(|(year, profile)| {
            differs_for_somebody(&variant.clauses, at, profile, year).unwrap_or(true)
        })
    })
}

fn differs_for_somebody(
    clauses: &[InForce<'_>],
    at: usize,
    profile: &Profile,
    year: Year,
) -> Option<bool> {
    let full = compile(clauses, profile, year).ok()?;
    let rest = plan_without(clauses, at, profile, year)?;
    Some(differ(&full, &rest))
}

/// Whether two plans judge somebody of the small model differently.
fn differ(full: &Plan, rest: &Plan) -> bool {
    if full == rest {
        return false;
    }
    // An excuse decides no verdict, but whether it is remarked upon.
    if full.excusable != rest.excusable && is_judged(full) && !full.requirements.is_empty() {
        return true;
    }
    let differ = |person: &Person| outcome(full, person) != outcome(rest, person);
    // Where a clause keeps people out or sends them on, only the plan without it reads hours.
    [full, rest].into_iter().any(|plan| persons::people(plan).iter().any(differ))
}

/// Levels that the scope lets in and of which nothing is asked.
fn gaps(place: &Place<'_>, findings: &mut Vec<Finding>) {
    // A policy that states nothing itself has the gaps of the one it rests on, told there.
    let Some(chosen) = place.variants.first().filter(|_| !place.policy.clauses.is_empty()) else {
        return;
    };
    for level in Level::ALL {
        let found = place.cases().find(|(year, profile)| {
            profile.level == level
                && compile(&chosen.clauses, profile, *year)
                    .is_ok_and(|plan| plan.gate == Gate::Judge && plan.requirements.is_empty())
        });
        if let Some((_, profile)) = found {
            let message = Message::new("gap")
                .with("level", level.name())
                .with("series", &profile.series)
                .with("specialty", profile.specialty.as_deref().unwrap_or("–"));
            findings.push(Finding::of("W-GAP", place.policy, 1, message));
        }
    }
}
