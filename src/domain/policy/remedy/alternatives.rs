//! The ways in which the requirements of a plan can be satisfied together: each by itself, or by one
//! of its exceptions.

use crate::domain::policy::evaluate::context::Bench;
use crate::domain::policy::notice::model::{Guard, Need};
use crate::domain::policy::plan::{Exception, Known, Rule};
use crate::domain::year::YearSet;

/// One way in which the requirements can be satisfied together.
#[derive(Clone, Default)]
pub(super) struct Way {
    /// Years that must be compliant, by slot.
    pub(super) years: Vec<(usize, YearSet)>,
    /// How many of some years must be compliant with slot 0.
    pub(super) counts: Vec<(YearSet, i64)>,
    /// Cumulative hours.
    pub(super) needs: Vec<(Need, YearSet)>,
    /// Years that guards look at, and whether one incomplete is enough.
    pub(super) guards: Vec<(YearSet, bool)>,
}

/// Every way.
pub(super) fn ways(bench: &Bench<'_>, known: Known) -> Vec<Way> {
    let plan = bench.plan;
    let mut ways = vec![Way::default()];
    for requirement in &plan.requirements {
        let years = plan.years_of(requirement, known);
        let mut own = Way::default();
        match &requirement.rule {
            Rule::EachYear { slot, .. } => own.years.push((*slot, years)),
            Rule::Include(_) => own.years.push((0, years)),
            Rule::Count { at_least, .. } => {
                own.counts.push((years, plan.quantity(*at_least, known)));
            }
            Rule::Sum { need, .. } => own.needs.push((need.clone(), years)),
        }
        let mut mine = vec![own];
        for exception in &requirement.exceptions {
            let way = by_exception(bench, exception, known);
            // A year that may or may not be compliant opens the guard or is one year of the
            // clause itself: then the other years of the clause must hold as well.
            let slot = exception.slot;
            let unsure = bench.years.possible(slot).minus(bench.years.sure(slot));
            let looked_at = way.guards.iter().fold(YearSet::EMPTY, |all, (set, _)| all.or(*set));
            let unsure = unsure.and(looked_at);
            if !unsure.is_empty() && !matches!(requirement.rule, Rule::Sum { .. }) {
                let both = Way { years: vec![(slot, years.minus(unsure))], ..Way::default() };
                mine.push(way.with(&both));
            }
            mine.push(way);
        }
        ways = ways.iter().flat_map(|way| mine.iter().map(|own| way.with(own))).collect();
    }
    ways
}

fn by_exception(bench: &Bench<'_>, exception: &Exception, known: Known) -> Way {
    let plan = bench.plan;
    let guard = match exception.when {
        Guard::Always => None,
        Guard::AnyIncomplete(n) => Some((plan.guarded(exception.window, n, known), true)),
        Guard::AllIncomplete(n) => Some((plan.guarded(exception.window, n, known), false)),
    };
    let window = plan.window(exception.window, known).and(exception.years);
    Way {
        years: vec![(exception.slot, plan.listed(&exception.also, known))],
        counts: Vec::new(),
        needs: vec![(exception.need.clone(), window)],
        guards: guard.into_iter().collect(),
    }
}

impl Way {
    fn with(&self, other: &Way) -> Way {
        let mut way = self.clone();
        way.years.extend_from_slice(&other.years);
        way.counts.extend_from_slice(&other.counts);
        way.needs.extend_from_slice(&other.needs);
        way.guards.extend_from_slice(&other.guards);
        way
    }
}
