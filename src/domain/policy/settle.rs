//! Decides exactly what the bounds of [`super::evaluate`] leave open, for plans in which more
//! hours can harm.
//!
//! A settlement recognises some of the pending records, splits unsplit public hours, and decides
//! unproven years. What the requirements see of it are a few counters (all years compliant so far,
//! compliant years, an incomplete year seen, cumulative hours), each better when higher. So it is
//! enough to carry, year by year, the counters that no other settlement beats: the best ones to
//! see whether the plan can hold, the worst ones to see whether it can fail. Within a year, what
//! subsets of records can reach is a set of bits ([`super::subsets`]); nothing is exponential in
//! the number of records.

use super::evaluate::{Bench, Bounds};
use super::model::{Guard, Need};
use super::outcomes::{self, Side};
use super::plan::{Known, Rule};
use crate::domain::year::YearSet;

/// The whole plan under every settlement.
pub fn whole(bench: &Bench<'_>, known: Known) -> Bounds {
    let all = Goals::of(bench, known, 0..bench.plan.requirements.len());
    if !all.reach(bench, Side::Best) {
        return Bounds { sure: false, possible: false };
    }
    // The plan fails as soon as one requirement fails: each may be tried alone.
    let fails = (0..bench.plan.requirements.len())
        .any(|index| Goals::of(bench, known, index..index + 1).reach(bench, Side::Worst));
    Bounds { sure: !fails, possible: true }
}

/// One requirement under every settlement.
pub fn one(bench: &Bench<'_>, index: usize, known: Known) -> Bounds {
    let goals = Goals::of(bench, known, index..index + 1);
    let possible = goals.reach(bench, Side::Best);
    Bounds { sure: possible && !goals.reach(bench, Side::Worst), possible }
}

/// A counter, better when higher; it is satisfied at its goal and never counted beyond.
#[derive(Clone, Debug)]
struct Counter {
    years: YearSet,
    what: What,
    start: i64,
    goal: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// 1 while every year is compliant with the slot.
    All(usize),
    /// How many years are compliant.
    Count,
    /// 1 once a year is incomplete.
    AnyIncomplete,
    /// 1 while no year is complete.
    AllIncomplete,
    Professional,
    Public,
    Total,
}

impl Counter {
    fn step(&self, value: i64, bit: u32, outcome: &outcomes::Outcome) -> i64 {
        if !self.years.has(bit) {
            return value;
        }
        let compliant = |slot: usize| outcome.compliant >> slot & 1 == 1;
        let next = match self.what {
            What::All(slot) => value.min(i64::from(compliant(slot))),
            What::Count => value + i64::from(compliant(0)),
            What::AnyIncomplete => value.max(i64::from(!compliant(0))),
            What::AllIncomplete => value.min(i64::from(!compliant(0))),
            What::Professional => value + outcome.professional,
            What::Public => value + outcome.public,
            What::Total => value + outcome.professional + outcome.public,
        };
        next.min(self.goal)
    }
}

/// Counters, and which groups of them satisfy each requirement.
#[derive(Debug, Default)]
struct Goals {
    counters: Vec<Counter>,
    /// For each requirement, the ways to satisfy it; a way is a range of counters, all at goal.
    ways: Vec<Vec<std::ops::Range<usize>>>,
}

impl Goals {
    fn of(bench: &Bench<'_>, known: Known, which: std::ops::Range<usize>) -> Goals {
        let plan = bench.plan;
        let mut goals = Goals::default();
        let mut number = 0;
        for (index, requirement) in plan.requirements.iter().enumerate() {
            let first_exception = number;
            number += requirement.exceptions.len();
            if !which.contains(&index) {
                continue;
            }
            let years = plan.years_of(requirement, known);
            let begin = goals.counters.len();
            match &requirement.rule {
                Rule::EachYear { slot, .. } => goals.count(years, What::All(*slot), 1, 1),
                Rule::Include(_) => goals.count(years, What::All(0), 1, 1),
                Rule::Count { at_least, .. } => {
                    goals.count(years, What::Count, 0, plan.quantity(*at_least, known));
                }
                Rule::Sum { need, .. } => goals.sum(years, need),
            }
            let ordinary = begin..goals.counters.len();
            let mut ways = vec![ordinary];
            for (i, exception) in requirement.exceptions.iter().enumerate() {
                if bench.is_left_out(first_exception + i) {
                    continue;
                }
                let begin = goals.counters.len();
                let guarded = |n| plan.guarded(exception.window, n, known);
                match exception.when {
                    Guard::Always => {}
                    Guard::AnyIncomplete(n) => goals.count(guarded(n), What::AnyIncomplete, 0, 1),
                    Guard::AllIncomplete(n) => goals.count(guarded(n), What::AllIncomplete, 1, 1),
                }
                let summed = plan.window(exception.window, known).and(exception.years);
                goals.sum(summed, &exception.need);
                let also = plan.listed(&exception.also, known);
                goals.count(also, What::All(0), 1, 1);
                ways.push(begin..goals.counters.len());
            }
            goals.ways.push(ways);
        }
        goals
    }

    fn count(&mut self, years: YearSet, what: What, start: i64, goal: i64) {
        self.counters.push(Counter { years, what, start, goal });
    }

    fn sum(&mut self, years: YearSet, need: &Need) {
        let parts = [
            (need.total, What::Total),
            (need.professional, What::Professional),
            (need.public, What::Public),
        ];
        for (hours, what) in parts {
            if let Some(hours) = hours {
                self.count(years, what, 0, hours.hundredths());
            }
        }
    }

    /// Which amounts of a year some counter adds up.
    fn reads(&self, bit: u32) -> outcomes::Reads {
        let reads = |what| self.counters.iter().any(|c| c.what == what && c.years.has(bit));
        outcomes::Reads {
            professional: reads(What::Professional),
            public: reads(What::Public),
            total: reads(What::Total),
        }
    }

    /// The largest cumulative amount that matters.
    fn largest_sum(&self) -> i64 {
        let is_sum =
            |c: &&Counter| matches!(c.what, What::Professional | What::Public | What::Total);
        self.counters.iter().filter(is_sum).map(|counter| counter.goal).max().unwrap_or(0)
    }

    /// On the best side: whether some settlement satisfies every requirement; on the worst: whether
    /// some settlement leaves one unsatisfied.
    fn reach(&self, bench: &Bench<'_>, side: Side) -> bool {
        let years = self.counters.iter().fold(YearSet::EMPTY, |all, c| all.or(c.years));
        let start = self.counters.iter().map(|counter| counter.start).collect();
        let mut states: Vec<Vec<i64>> = vec![start];
        for bit in years.bits() {
            let options = outcomes::of_year(bench, bit, self.reads(bit), self.largest_sum(), side);
            let mut next = Vec::new();
            for state in &states {
                for outcome in &options {
                    let moved = self.counters.iter().zip(state);
                    next.push(moved.map(|(c, value)| c.step(*value, bit, outcome)).collect());
                }
            }
            states = extremes(next, side);
        }
        states.iter().any(|state| self.hold(state) == (side == Side::Best))
    }

    fn hold(&self, state: &[i64]) -> bool {
        let at_goal = |i: usize| match (self.counters.get(i), state.get(i)) {
            (Some(counter), Some(value)) => *value >= counter.goal,
            _ => false,
        };
        self.ways.iter().all(|ways| ways.iter().any(|way| way.clone().all(at_goal)))
    }
}

/// The states that no other beats: highest counters on the best side, lowest on the worst.
fn extremes(mut states: Vec<Vec<i64>>, side: Side) -> Vec<Vec<i64>> {
    states.sort_unstable();
    states.dedup();
    if side == Side::Best {
        states.reverse();
    }
    // In this order a state can only be beaten by an earlier one.
    let beats = |a: &[i64], b: &[i64]| match side {
        Side::Best => a.iter().zip(b).all(|(a, b)| a >= b),
        Side::Worst => a.iter().zip(b).all(|(a, b)| a <= b),
    };
    let mut kept: Vec<Vec<i64>> = Vec::new();
    for state in states {
        if !kept.iter().any(|other| beats(other, &state)) {
            kept.push(state);
        }
    }
    kept
}
