//! Decides exactly what the bounds of [`super::requirements`] leave open, for plans in which more
//! hours can harm.
//!
//! A settlement recognises some of the pending records, splits unsplit public hours, and decides
//! unproven years. A requirement sees of it only a few counters (all years compliant so far,
//! compliant years, an incomplete year seen, cumulative hours), each better when higher. It holds
//! if one of its alternatives — the clause itself, or an exception — has every counter at its goal, and
//! fails if each has a counter that stays below. So the question is asked alternative by alternative and
//! counter by counter: can these reach their goals together, can those stay below together? The
//! years are walked with only the counters that no other settlement beats. Within a year, what
//! subsets of records can reach is a set of bits ([`super::subset_sums`]); nothing is exponential in
//! the number of records.

use super::bounds::Bounds;
use super::context::Context;
use super::outcomes::{Extreme, Outcome, Reads, YearOutcomes};
use super::year_outcomes;
use crate::domain::policy::notice::model::{Guard, Need};
use crate::domain::policy::plan::{Exception, KnownFacts, Requirement, Rule};
use crate::domain::year::YearSet;

/// The whole plan under every settlement.
pub(super) fn plan_bounds(context: &Context<'_>, known: KnownFacts) -> Bounds {
    let all: Vec<Vec<Alternative>> = (0..context.plan.requirements.len())
        .map(|index| alternatives(context, index, known))
        .collect();
    if !holds_for_some_pick(
        &all,
        &mut Vec::new(),
        &|alternative: &Alternative| alternative.clone(),
        &|c| is_reachable(context, c, Extreme::Best),
    ) {
        return Bounds { sure: false, possible: false };
    }
    // The plan fails as soon as one requirement fails: each is tried alone.
    let fails = all.iter().any(|alternatives| can_fail(context, alternatives));
    Bounds { sure: !fails, possible: true }
}

/// One requirement under every settlement.
pub(super) fn requirement_bounds(context: &Context<'_>, index: usize, known: KnownFacts) -> Bounds {
    let alternatives = alternatives(context, index, known);
    let possible =
        alternatives.iter().any(|alternative| is_reachable(context, alternative, Extreme::Best));
    Bounds { sure: possible && !can_fail(context, &alternatives), possible }
}

/// Whether some settlement leaves a counter of every alternative below its goal.
fn can_fail(context: &Context<'_>, alternatives: &[Alternative]) -> bool {
    holds_for_some_pick(alternatives, &mut Vec::new(), &|c: &Counter| vec![c.clone()], &|c| {
        is_reachable(context, c, Extreme::Worst)
    })
}

/// Whether `holds` for some pick of one item from every list.
fn holds_for_some_pick<T>(
    lists: &[Vec<T>],
    picked: &mut Alternative,
    counters: &impl Fn(&T) -> Alternative,
    holds: &impl Fn(&[Counter]) -> bool,
) -> bool {
    let Some((first, rest)) = lists.split_first() else { return holds(picked) };
    let length = picked.len();
    first.iter().any(|item| {
        picked.extend(counters(item));
        let found = holds_for_some_pick(rest, picked, counters, holds);
        picked.truncate(length);
        found
    })
}

/// Counters that must all be at their goals.
type Alternative = Vec<Counter>;

/// A counter, better when higher; it is satisfied at its goal and never counted beyond.
#[derive(Clone, Debug)]
struct Counter {
    years: YearSet,
    kind: CounterKind,
    goal: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CounterKind {
    /// 1 while every year is compliant with the slot.
    All(usize),
    /// How many years are compliant.
    Count,
    /// 1 once a year is incomplete.
    AnyIncomplete(usize),
    /// 1 while no year is complete.
    AllIncomplete(usize),
    Professional,
    Public,
    Total,
}

impl Counter {
    fn start(&self) -> i64 {
        i64::from(matches!(self.kind, CounterKind::All(_) | CounterKind::AllIncomplete(_)))
    }

    /// What a year adds, before it is joined with what the other years add.
    fn worth(&self, bit: u32, outcome: &Outcome) -> i64 {
        if !self.years.has(bit) {
            return self.start();
        }
        let compliant = |slot: usize| outcome.compliant >> slot & 1 == 1;
        match self.kind {
            CounterKind::All(slot) => i64::from(compliant(slot)),
            CounterKind::Count => i64::from(compliant(0)),
            CounterKind::AnyIncomplete(slot) | CounterKind::AllIncomplete(slot) => {
                i64::from(!compliant(slot))
            }
            CounterKind::Professional => outcome.professional,
            CounterKind::Public => outcome.public,
            CounterKind::Total => outcome.professional + outcome.public,
        }
    }

    fn join(&self, a: i64, b: i64) -> i64 {
        match self.kind {
            CounterKind::All(_) | CounterKind::AllIncomplete(_) => a.min(b),
            CounterKind::AnyIncomplete(_) => a.max(b),
            _ => (a + b).min(self.goal.max(0)),
        }
    }

    /// Whether more compliance lowers it.
    fn is_guard(&self) -> bool {
        matches!(self.kind, CounterKind::AnyIncomplete(_) | CounterKind::AllIncomplete(_))
    }

    fn has(&self, value: i64, extreme: Extreme) -> bool {
        (value >= self.goal) == (extreme == Extreme::Best)
    }
}

/// The alternatives by which a requirement can hold: the clause itself, then each exception.
fn alternatives(context: &Context<'_>, index: usize, known: KnownFacts) -> Vec<Alternative> {
    let plan = context.plan;
    let before = plan.requirements.iter().take(index);
    let number: usize = before.map(|requirement| requirement.exceptions.len()).sum();
    let Some(requirement) = plan.requirements.get(index) else { return vec![Vec::new()] };
    let mut alternatives = vec![ordinary(context, requirement, known)];
    for (i, exception) in requirement.exceptions.iter().enumerate() {
        if !context.is_left_out(number + i) {
            alternatives.push(exceptional(context, exception, known));
        }
    }
    alternatives
}

fn ordinary(context: &Context<'_>, requirement: &Requirement, known: KnownFacts) -> Alternative {
    let years = context.plan.years_of(requirement, known);
    match &requirement.rule {
        Rule::EachYear { slot, .. } => {
            vec![Counter { years, kind: CounterKind::All(*slot), goal: 1 }]
        }
        Rule::Include(_) => vec![Counter { years, kind: CounterKind::All(0), goal: 1 }],
        Rule::Count { at_least, .. } => {
            let goal = context.plan.quantity(*at_least, known);
            vec![Counter { years, kind: CounterKind::Count, goal }]
        }
        Rule::Sum { need, .. } => sums(years, need),
    }
}

fn exceptional(context: &Context<'_>, exception: &Exception, known: KnownFacts) -> Alternative {
    let plan = context.plan;
    let guard = match exception.when {
        Guard::Always => None,
        Guard::AnyIncomplete(n) => Some((n, CounterKind::AnyIncomplete(exception.slot))),
        Guard::AllIncomplete(n) => Some((n, CounterKind::AllIncomplete(exception.slot))),
    };
    let guard = guard.map(|(n, kind)| {
        let years = plan.guarded(exception.window, n, known);
        Counter { years, kind, goal: 1 }
    });
    let mut alternative: Alternative = guard.into_iter().collect();
    let window = plan.window(exception.window, known);
    alternative.extend(sums(window.and(exception.years), &exception.need));
    let also = plan.listed(&exception.also, known);
    alternative.push(Counter { years: also, kind: CounterKind::All(exception.slot), goal: 1 });
    alternative
}

fn sums(years: YearSet, need: &Need) -> Alternative {
    [
        (need.total, CounterKind::Total),
        (need.professional, CounterKind::Professional),
        (need.public, CounterKind::Public),
    ]
    .into_iter()
    .filter_map(|(hours, kind)| Some(Counter { years, kind, goal: hours?.hundredths() }))
    .collect()
}

/// Best: whether some settlement brings every counter to its goal. Worst: whether some settlement
/// leaves every one of them below.
fn is_reachable(context: &Context<'_>, counters: &[Counter], extreme: Extreme) -> bool {
    let years = counters.iter().fold(YearSet::EMPTY, |all, c| all.or(c.years));
    let walk: Vec<(u32, YearOutcomes)> = years
        .bits()
        .map(|bit| {
            (bit, year_outcomes::outcomes_of_year(context, bit, &reads(counters, bit), extreme))
        })
        .collect();
    let ahead = prospects(counters, &walk, extreme);
    let mut states: Vec<Vec<i64>> = vec![counters.iter().map(Counter::start).collect()];
    let mut later = years;
    for (at, ((bit, options), ahead)) in walk.iter().zip(&ahead).enumerate() {
        later = later.minus(YearSet(1 << bit));
        // From here on the extremes of all counters can be had at once.
        let plain = walk.iter().skip(at + 1).all(|(_, options)| options.plain);
        let mut next = Vec::new();
        for state in &states {
            let turned = needs_turn(counters, state, *bit, extreme);
            let extra = if turned { options.turned.as_slice() } else { &[] };
            for outcome in options.base.iter().chain(extra) {
                let moved: Vec<i64> = counters
                    .iter()
                    .zip(state)
                    .map(|(c, value)| c.join(*value, c.worth(*bit, outcome)))
                    .collect();
                let hopes = counters.iter().zip(&moved).zip(ahead);
                let mut hopes =
                    hopes.map(|((c, value), ahead)| c.has(c.join(*value, *ahead), extreme));
                if hopes.all(|hope| hope) {
                    if plain && !needs_turn_later(counters, &moved, later, extreme) {
                        return true;
                    }
                    next.push(moved);
                }
            }
        }
        states = unbeaten(next, extreme);
    }
    states.iter().any(|state| counters.iter().zip(state).all(|(c, value)| c.has(*value, extreme)))
}

/// Whether a state still needs this year turned against the hours: incomplete though more would
/// be recognised (best side), or complete though less would be (worst side).
fn needs_turn(counters: &[Counter], state: &[i64], bit: u32, extreme: Extreme) -> bool {
    let open = |c: &Counter, value: i64| match (extreme, c.kind) {
        (Extreme::Best, CounterKind::AnyIncomplete(_)) => value < c.goal,
        (Extreme::Worst, CounterKind::AllIncomplete(_)) => value >= c.goal,
        _ => c.is_guard(),
    };
    counters.iter().zip(state).any(|(c, value)| c.years.has(bit) && open(c, *value))
}

fn needs_turn_later(counters: &[Counter], state: &[i64], later: YearSet, extreme: Extreme) -> bool {
    later.bits().any(|bit| needs_turn(counters, state, bit, extreme))
}

/// For every step, the most (or least) that the years after it can add to each counter, each
/// counter taken alone: a state that fails even so leads nowhere.
fn prospects(
    counters: &[Counter],
    walk: &[(u32, YearOutcomes)],
    extreme: Extreme,
) -> Vec<Vec<i64>> {
    let mut ahead: Vec<i64> = counters.iter().map(Counter::start).collect();
    let mut all = Vec::with_capacity(walk.len());
    for (bit, options) in walk.iter().rev() {
        all.push(ahead.clone());
        for (counter, ahead) in counters.iter().zip(&mut ahead) {
            let outcomes = options.base.iter().chain(&options.turned);
            let worths = outcomes.map(|outcome| counter.worth(*bit, outcome));
            let furthest = match extreme {
                Extreme::Best => worths.max(),
                Extreme::Worst => worths.min(),
            };
            *ahead = counter.join(*ahead, furthest.unwrap_or(0));
        }
    }
    all.reverse();
    all
}

fn reads(counters: &[Counter], bit: u32) -> Reads {
    let here = || counters.iter().filter(|c| c.years.has(bit));
    let mut reads = Reads::default();
    for counter in here() {
        match counter.kind {
            CounterKind::All(slot) => reads.slots |= 1 << slot,
            CounterKind::Count => reads.slots |= 1,
            CounterKind::AnyIncomplete(slot) | CounterKind::AllIncomplete(slot) => {
                reads.slots |= 1 << slot;
                reads.guard = true;
            }
            CounterKind::Professional => reads.professional = true,
            CounterKind::Public => reads.public = true,
            CounterKind::Total => reads.total = true,
        }
        if matches!(
            counter.kind,
            CounterKind::Professional | CounterKind::Public | CounterKind::Total
        ) {
            reads.largest_sum = reads.largest_sum.max(counter.goal);
        }
    }
    reads
}

/// The states that no other beats. Of very many only the plainly beaten are dropped: a beaten
/// state that stays is harmless.
fn unbeaten(mut states: Vec<Vec<i64>>, extreme: Extreme) -> Vec<Vec<i64>> {
    const NEIGHBOURS: usize = 64;
    states.sort_unstable();
    states.dedup();
    if extreme == Extreme::Best {
        states.reverse();
    }
    // In this order a state can only be beaten by an earlier one.
    let beats = |a: &[i64], b: &[i64]| match extreme {
        Extreme::Best => a.iter().zip(b).all(|(a, b)| a >= b),
        Extreme::Worst => a.iter().zip(b).all(|(a, b)| a <= b),
    };
    let mut kept: Vec<Vec<i64>> = Vec::new();
    for state in states {
        if !kept.iter().rev().take(NEIGHBOURS).any(|other| beats(other, &state)) {
            kept.push(state);
        }
    }
    kept
}
