//! The ways in which the requirements of a plan can be satisfied together: each by itself, or by one
//! of its exceptions.

use crate::domain::policy::evaluate::context::Context;
use crate::domain::policy::notice::model::{Guard, Need};
use crate::domain::policy::plan::{Exception, KnownFacts, Rule};
use crate::domain::year::YearSet;

/// One way in which the requirements can be satisfied together.
#[derive(Clone, Default)]
pub(super) struct Alternative {
    /// Years that must be compliant, by slot.
    pub(super) years: Vec<(usize, YearSet)>,
    /// How many of some years must be compliant with slot 0.
    pub(super) counts: Vec<(YearSet, i64)>,
    /// Cumulative hours.
    pub(super) needs: Vec<(Need, YearSet)>,
    /// Years that guards look at, and whether one incomplete is enough.
    pub(super) guards: Vec<(YearSet, bool)>,
}

/// Every alternative.
pub(super) fn alternatives(context: &Context<'_>, known: KnownFacts) -> Vec<Alternative> {
    let plan = context.plan;
    let mut alternatives = vec![Alternative::default()];
    for requirement in &plan.requirements {
        let years = plan.years_of(requirement, known);
        let mut own = Alternative::default();
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
            let alternative = by_exception(context, exception, known);
            // A year that may or may not be compliant opens the guard or is one year of the
            // clause itself: then the other years of the clause must hold as well.
            let slot = exception.slot;
            let unsure = context.years.possible(slot).minus(context.years.sure(slot));
            let looked_at =
                alternative.guards.iter().fold(YearSet::EMPTY, |all, (set, _)| all.or(*set));
            let unsure = unsure.and(looked_at);
            if !unsure.is_empty() && !matches!(requirement.rule, Rule::Sum { .. }) {
                let both = Alternative {
                    years: vec![(slot, years.minus(unsure))],
                    ..Alternative::default()
                };
                mine.push(alternative.with(&both));
            }
            mine.push(alternative);
        }
        alternatives = alternatives
            .iter()
            .flat_map(|alternative| mine.iter().map(|own| alternative.with(own)))
            .collect();
    }
    alternatives
}

fn by_exception(context: &Context<'_>, exception: &Exception, known: KnownFacts) -> Alternative {
    let plan = context.plan;
    let guard = match exception.when {
        Guard::Always => None,
        Guard::AnyIncomplete(n) => Some((plan.guarded(exception.window, n, known), true)),
        Guard::AllIncomplete(n) => Some((plan.guarded(exception.window, n, known), false)),
    };
    let window = plan.window(exception.window, known).and(exception.years);
    Alternative {
        years: vec![(exception.slot, plan.listed(&exception.also, known))],
        counts: Vec::new(),
        needs: vec![(exception.need.clone(), window)],
        guards: guard.into_iter().collect(),
    }
}

impl Alternative {
    fn with(&self, other: &Alternative) -> Alternative {
        let mut alternative = self.clone();
        alternative.years.extend_from_slice(&other.years);
        alternative.counts.extend_from_slice(&other.counts);
        alternative.needs.extend_from_slice(&other.needs);
        alternative.guards.extend_from_slice(&other.guards);
        alternative
    }
}
