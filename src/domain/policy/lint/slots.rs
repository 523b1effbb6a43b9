//! Two clauses for one slot: then the files would say two things at once.

use super::small_model::{Place, Variant, is_judged};
use super::{Finding, files};
use crate::domain::message::Message;
use crate::domain::policy::notice::ancestry::InForce;
use crate::domain::policy::notice::model::{Clause, Kind};
use crate::domain::policy::plan::compile::compile;

/// Compares every two clauses in force together, under every choice of readings that was made.
pub(super) fn check(places: &[Place<'_>], findings: &mut Vec<Finding>) {
    let mut seen: Vec<[String; 4]> = Vec::new();
    for place in places {
        too_many(place, findings);
        for variant in &place.variants {
            for (at, second) in variant.clauses.iter().enumerate() {
                for first in variant.clauses.iter().take(at) {
                    let names = [first, second].map(|c| [&c.owner.id, &c.clause.id]);
                    let [[a, b], [c, d]] = names.map(|[owner, id]| [owner.clone(), id.clone()]);
                    let pair = [a, b, c, d];
                    if collide(&first.clause, &second.clause)
                        && !seen.contains(&pair)
                        && meet(place, variant, first, second)
                    {
                        findings.push(finding(variant, first, second));
                        seen.push(pair);
                    }
                }
            }
        }
    }
}

/// Plans with more standards side by side than the engine keeps apart.
fn too_many(place: &Place<'_>, findings: &mut Vec<Finding>) {
    for variant in &place.variants {
        for (year, profile) in place.cases() {
            let problems = compile(&variant.clauses, profile, year).err().unwrap_or_default();
            for problem in problems.iter().filter(|p| p.message.code == "too_many_standards") {
                let mut finding = files::finding(problem);
                let owner = place.ancestry.policies.iter().find(|p| p.file == finding.file);
                finding.policy = owner.map(|owner| owner.id.clone());
                finding.clause = Some(problem.field.clone());
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
    }
}

/// Whether two clauses would fill one slot differently.
fn collide(a: &Clause, b: &Clause) -> bool {
    a.years.overlaps(b.years)
        && a.applies.overlaps(&b.applies)
        && match (&a.kind, &b.kind) {
            (Kind::Annual(_), Kind::Annual(_)) => true,
            (
                Kind::EachYear { window: one, standard: a },
                Kind::EachYear { window: other, standard: b },
            ) => one == other && a != b,
            (
                Kind::Count { window: one, at_least: a },
                Kind::Count { window: other, at_least: b },
            ) => one == other && a != b,
            (Kind::Sum { window: one, need: a }, Kind::Sum { window: other, need: b }) => {
                one == other && a != b
            }
            _ => false,
        }
}

/// Whether the scope lets a profile in that both concern.
fn meet(place: &Place<'_>, variant: &Variant<'_>, a: &InForce<'_>, b: &InForce<'_>) -> bool {
    place.cases().any(|(year, profile)| {
        a.clause.applies.matches(profile)
            && b.clause.applies.matches(profile)
            && compile(&variant.clauses, profile, year).map_or(true, |plan| is_judged(&plan))
    })
}

/// On the clause of the nearer policy, or the later one.
fn finding(variant: &Variant<'_>, first: &InForce<'_>, second: &InForce<'_>) -> Finding {
    let (here, other) =
        if first.owner.id == second.owner.id { (second, first) } else { (first, second) };
    let message = Message::new("one_slot")
        .with("kind", here.clause.kind.name())
        .with("other", format!("{}#{}", other.owner.id, other.clause.id))
        .with("readings", variant.readings());
    Finding::of("E-SLOT", here.owner, here.clause.line, message).clause(&here.clause.id)
}
