//! Judges the requirements of a plan: as bounds over all settlements, decided exactly where bounds leave
//! them open.

use super::bounds::Bounds;
use super::context::Context;
use super::facts::possible_facts;
use super::settle;
use crate::domain::answer::Verdict;
use crate::domain::hours::Hours;
use crate::domain::policy::notice::model::{Guard, Need};
use crate::domain::policy::plan::{Exception, KnownFacts, Requirement, Rule};
use crate::domain::year::YearSet;

impl Context<'_> {
    /// The verdict of the requirements, exact over every settlement.
    pub fn verdict(&self) -> Verdict {
        self.over_facts(|known| self.judge(known)).verdict()
    }

    /// A requirement alone, exact over every settlement.
    pub fn requirement(&self, index: usize) -> Bounds {
        self.over_facts(|known| self.judge_one(index, known))
    }

    /// Joins the bounds of every value of the missing facts.
    pub fn over_facts(&self, judge: impl Fn(KnownFacts) -> Bounds) -> Bounds {
        let mut joined: Option<Bounds> = None;
        for known in possible_facts(self.plan, self.facts) {
            let bounds = judge(known);
            let so_far = joined.unwrap_or(bounds);
            let both = Bounds {
                sure: so_far.sure && bounds.sure,
                possible: so_far.possible || bounds.possible,
            };
            if both.open() {
                return both;
            }
            joined = Some(both);
        }
        joined.unwrap_or(Bounds { sure: true, possible: true })
    }

    fn judge(&self, known: KnownFacts) -> Bounds {
        let mut bounds = Bounds { sure: true, possible: true };
        let mut number = 0;
        for requirement in &self.plan.requirements {
            bounds = bounds.and(self.bounds(requirement, number, known));
            number += requirement.exceptions.len();
        }
        if bounds.open() && !self.monotone { settle::plan_bounds(self, known) } else { bounds }
    }

    fn judge_one(&self, index: usize, known: KnownFacts) -> Bounds {
        let before = self.plan.requirements.iter().take(index);
        let number = before.map(|requirement| requirement.exceptions.len()).sum();
        let Some(requirement) = self.plan.requirements.get(index) else {
            return Bounds { sure: true, possible: true };
        };
        let bounds = self.bounds(requirement, number, known);
        if bounds.open() && !self.monotone {
            settle::requirement_bounds(self, index, known)
        } else {
            bounds
        }
    }

    /// Sound bounds of a requirement; `number` is that of its first exception.
    fn bounds(&self, requirement: &Requirement, number: usize, known: KnownFacts) -> Bounds {
        let years = self.plan.years_of(requirement, known);
        let ordinary = match &requirement.rule {
            Rule::EachYear { slot, .. } => self.years.all(*slot, years),
            Rule::Include(_) => self.years.all(0, years),
            Rule::Count { at_least, .. } => {
                let need = self.plan.quantity(*at_least, known);
                let enough = |set: YearSet| i64::from(years.and(set).len()) >= need;
                Bounds {
                    sure: enough(self.years.sure(0)),
                    possible: enough(self.years.possible(0)),
                }
            }
            Rule::Sum { need, .. } => self.sum(need, years),
        };
        requirement
            .exceptions
            .iter()
            .enumerate()
            .filter(|(i, _)| !self.is_left_out(number + i))
            .fold(ordinary, |bounds, (_, e)| bounds.or(self.exception(e, known)))
    }

    /// Sound bounds of an exception.
    pub fn exception(&self, exception: &Exception, known: KnownFacts) -> Bounds {
        let summed = self.plan.window(exception.window, known).and(exception.years);
        let also = self.plan.listed(&exception.also, known);
        self.guard(exception, known)
            .and(self.sum(&exception.need, summed))
            .and(self.years.all(exception.slot, also))
    }

    /// Whether the guard of an exception holds.
    pub fn guard(&self, exception: &Exception, known: KnownFacts) -> Bounds {
        let first = |n| self.plan.guarded(exception.window, n, known);
        let slot = exception.slot;
        let (sure, possible) = (self.years.sure(slot), self.years.possible(slot));
        match exception.when {
            Guard::Always => Bounds { sure: true, possible: true },
            Guard::AnyIncomplete(n) => {
                Bounds { sure: !first(n).within(possible), possible: !first(n).within(sure) }
            }
            Guard::AllIncomplete(n) => Bounds {
                sure: first(n).and(possible).is_empty(),
                possible: first(n).and(sure).is_empty(),
            },
        }
    }

    /// Whether cumulative hours reach a need.
    pub fn sum(&self, need: &Need, years: YearSet) -> Bounds {
        let (mut least, mut most) = ([0i64; 2], [0i64; 2]);
        for bit in years.bits() {
            let cell = self.hours.cell(bit);
            let [p, i, g, u] = cell.confirmed;
            least = [least[0] + p, least[1] + i + g + u];
            let [p, i, g, u] = cell.all();
            most = [most[0] + p, most[1] + i + g + u];
        }
        Bounds { sure: reaches(need, least), possible: reaches(need, most) }
    }
}

/// Whether professional and public hours reach a need.
pub fn reaches(need: &Need, [professional, public]: [i64; 2]) -> bool {
    let reach = |need: Option<Hours>, have: i64| need.is_none_or(|need| have >= need.hundredths());
    reach(need.total, professional + public)
        && reach(need.professional, professional)
        && reach(need.public, public)
}
