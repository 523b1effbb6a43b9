//! Decides exactly what the bounds of [`super::requirements`] leave open, for plans in which more
//! hours can harm.
//!
//! A settlement recognises some of the pending records, splits unsplit public hours, and decides
//! unproven years. A requirement sees of it only a few counters (all years compliant so far,
//! compliant years, an incomplete year seen, cumulative hours), each better when higher. It holds
//! if one of its ways — the clause itself, or an exception — has every counter at its goal, and
//! fails if each way has a counter that stays below. So the question is asked way by way and
//! counter by counter: can these reach their goals together, can those stay below together? The
//! years are walked with only the counters that no other settlement beats. Within a year, what
//! subsets of records can reach is a set of bits ([`super::subset_sums`]); nothing is exponential in
//! the number of records.

use super::bounds::Bounds;
use super::context::Bench;
use super::outcomes::{Options, Outcome, Reads, Side};
use super::year_outcomes;
use crate::domain::policy::notice::model::{Guard, Need};
use crate::domain::policy::plan::{Exception, Known, Requirement, Rule};
use crate::domain::year::YearSet;

/// The whole plan under every settlement.
pub(super) fn whole(bench: &Bench<'_>, known: Known) -> Bounds {
    let all: Vec<Vec<Way>> =
        (0..bench.plan.requirements.len()).map(|index| ways(bench, index, known)).collect();
    if !any_pick(&all, &mut Vec::new(), &|way: &Way| way.clone(), &|c| reach(bench, c, Side::Best))
    {
        return Bounds { sure: false, possible: false };
    }
    // The plan fails as soon as one requirement fails: each is tried alone.
    let fails = all.iter().any(|ways| can_fail(bench, ways));
    Bounds { sure: !fails, possible: true }
}

/// One requirement under every settlement.
pub(super) fn one(bench: &Bench<'_>, index: usize, known: Known) -> Bounds {
    let ways = ways(bench, index, known);
    let possible = ways.iter().any(|way| reach(bench, way, Side::Best));
    Bounds { sure: possible && !can_fail(bench, &ways), possible }
}

/// Whether some settlement leaves a counter of every way below its goal.
fn can_fail(bench: &Bench<'_>, ways: &[Way]) -> bool {
    any_pick(ways, &mut Vec::new(), &|c: &Counter| vec![c.clone()], &|c| {
        reach(bench, c, Side::Worst)
    })
}

/// Whether `holds` for some pick of one item from every list.
fn any_pick<T>(
    lists: &[Vec<T>],
    picked: &mut Way,
    counters: &impl Fn(&T) -> Way,
    holds: &impl Fn(&[Counter]) -> bool,
) -> bool {
    let Some((first, rest)) = lists.split_first() else { return holds(picked) };
    let length = picked.len();
    first.iter().any(|item| {
        picked.extend(counters(item));
        let found = any_pick(rest, picked, counters, holds);
        picked.truncate(length);
        found
    })
}

/// Counters that must all be at their goals.
type Way = Vec<Counter>;

/// A counter, better when higher; it is satisfied at its goal and never counted beyond.
#[derive(Clone, Debug)]
struct Counter {
    years: YearSet,
    what: What,
    goal: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
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
        i64::from(matches!(self.what, What::All(_) | What::AllIncomplete(_)))
    }

    /// What a year adds, before it is joined with what the other years add.
    fn worth(&self, bit: u32, outcome: &Outcome) -> i64 {
        if !self.years.has(bit) {
            return self.start();
        }
        let compliant = |slot: usize| outcome.compliant >> slot & 1 == 1;
        match self.what {
            What::All(slot) => i64::from(compliant(slot)),
            What::Count => i64::from(compliant(0)),
            What::AnyIncomplete(slot) | What::AllIncomplete(slot) => i64::from(!compliant(slot)),
            What::Professional => outcome.professional,
            What::Public => outcome.public,
            What::Total => outcome.professional + outcome.public,
        }
    }

    fn join(&self, a: i64, b: i64) -> i64 {
        match self.what {
            What::All(_) | What::AllIncomplete(_) => a.min(b),
            What::AnyIncomplete(_) => a.max(b),
            _ => (a + b).min(self.goal.max(0)),
        }
    }

    /// Whether more compliance lowers it.
    fn is_guard(&self) -> bool {
        matches!(self.what, What::AnyIncomplete(_) | What::AllIncomplete(_))
    }

    fn has(&self, value: i64, side: Side) -> bool {
        (value >= self.goal) == (side == Side::Best)
    }
}

/// The ways in which a requirement can hold: the clause itself, then each exception.
fn ways(bench: &Bench<'_>, index: usize, known: Known) -> Vec<Way> {
    let plan = bench.plan;
    let before = plan.requirements.iter().take(index);
    let number: usize = before.map(|requirement| requirement.exceptions.len()).sum();
    let Some(requirement) = plan.requirements.get(index) else { return vec![Vec::new()] };
    let mut ways = vec![ordinary(bench, requirement, known)];
    for (i, exception) in requirement.exceptions.iter().enumerate() {
        if !bench.is_left_out(number + i) {
            ways.push(exceptional(bench, exception, known));
        }
    }
    ways
}

fn ordinary(bench: &Bench<'_>, requirement: &Requirement, known: Known) -> Way {
    let years = bench.plan.years_of(requirement, known);
    match &requirement.rule {
        Rule::EachYear { slot, .. } => vec![Counter { years, what: What::All(*slot), goal: 1 }],
        Rule::Include(_) => vec![Counter { years, what: What::All(0), goal: 1 }],
        Rule::Count { at_least, .. } => {
            let goal = bench.plan.quantity(*at_least, known);
            vec![Counter { years, what: What::Count, goal }]
        }
        Rule::Sum { need, .. } => sums(years, need),
    }
}

fn exceptional(bench: &Bench<'_>, exception: &Exception, known: Known) -> Way {
    let plan = bench.plan;
    let guard = match exception.when {
        Guard::Always => None,
        Guard::AnyIncomplete(n) => Some((n, What::AnyIncomplete(exception.slot))),
        Guard::AllIncomplete(n) => Some((n, What::AllIncomplete(exception.slot))),
    };
    let guard = guard.map(|(n, what)| {
        let years = plan.guarded(exception.window, n, known);
        Counter { years, what, goal: 1 }
    });
    let mut way: Way = guard.into_iter().collect();
    let window = plan.window(exception.window, known);
    way.extend(sums(window.and(exception.years), &exception.need));
    let also = plan.listed(&exception.also, known);
    way.push(Counter { years: also, what: What::All(exception.slot), goal: 1 });
    way
}

fn sums(years: YearSet, need: &Need) -> Way {
    [
        (need.total, What::Total),
        (need.professional, What::Professional),
        (need.public, What::Public),
    ]
    .into_iter()
    .filter_map(|(hours, what)| Some(Counter { years, what, goal: hours?.hundredths() }))
    .collect()
}

/// Best: whether some settlement brings every counter to its goal. Worst: whether some settlement
/// leaves every one of them below.
fn reach(bench: &Bench<'_>, counters: &[Counter], side: Side) -> bool {
    let years = counters.iter().fold(YearSet::EMPTY, |all, c| all.or(c.years));
    let walk: Vec<(u32, Options)> = years
        .bits()
        .map(|bit| (bit, year_outcomes::of_year(bench, bit, &reads(counters, bit), side)))
        .collect();
    let ahead = prospects(counters, &walk, side);
    let mut states: Vec<Vec<i64>> = vec![counters.iter().map(Counter::start).collect()];
    let mut later = years;
    for (at, ((bit, options), ahead)) in walk.iter().zip(&ahead).enumerate() {
        later = later.minus(YearSet(1 << bit));
        // From here on the extremes of all counters can be had at once.
        let plain = walk.iter().skip(at + 1).all(|(_, options)| options.plain);
        let mut next = Vec::new();
        for state in &states {
            let turned = needs_turn(counters, state, *bit, side);
            let extra = if turned { options.turned.as_slice() } else { &[] };
            for outcome in options.base.iter().chain(extra) {
                let moved: Vec<i64> = counters
                    .iter()
                    .zip(state)
                    .map(|(c, value)| c.join(*value, c.worth(*bit, outcome)))
                    .collect();
                let hopes = counters.iter().zip(&moved).zip(ahead);
                let mut hopes =
                    hopes.map(|((c, value), ahead)| c.has(c.join(*value, *ahead), side));
                if hopes.all(|hope| hope) {
                    if plain && !needs_turn_later(counters, &moved, later, side) {
                        return true;
                    }
                    next.push(moved);
                }
            }
        }
        states = unbeaten(next, side);
    }
    states.iter().any(|state| counters.iter().zip(state).all(|(c, value)| c.has(*value, side)))
}

/// Whether a state still needs this year turned against the hours: incomplete though more would
/// be recognised (best side), or complete though less would be (worst side).
fn needs_turn(counters: &[Counter], state: &[i64], bit: u32, side: Side) -> bool {
    let open = |c: &Counter, value: i64| match (side, c.what) {
        (Side::Best, What::AnyIncomplete(_)) => value < c.goal,
        (Side::Worst, What::AllIncomplete(_)) => value >= c.goal,
        _ => c.is_guard(),
    };
    counters.iter().zip(state).any(|(c, value)| c.years.has(bit) && open(c, *value))
}

fn needs_turn_later(counters: &[Counter], state: &[i64], later: YearSet, side: Side) -> bool {
    later.bits().any(|bit| needs_turn(counters, state, bit, side))
}

/// For every step, the most (or least) that the years after it can add to each counter, each
/// counter taken alone: a state that fails even so leads nowhere.
fn prospects(counters: &[Counter], walk: &[(u32, Options)], side: Side) -> Vec<Vec<i64>> {
    let mut ahead: Vec<i64> = counters.iter().map(Counter::start).collect();
    let mut all = Vec::with_capacity(walk.len());
    for (bit, options) in walk.iter().rev() {
        all.push(ahead.clone());
        for (counter, ahead) in counters.iter().zip(&mut ahead) {
            let outcomes = options.base.iter().chain(&options.turned);
            let worths = outcomes.map(|outcome| counter.worth(*bit, outcome));
            let extreme = match side {
                Side::Best => worths.max(),
                Side::Worst => worths.min(),
            };
            *ahead = counter.join(*ahead, extreme.unwrap_or(0));
        }
    }
    all.reverse();
    all
}

fn reads(counters: &[Counter], bit: u32) -> Reads {
    let here = || counters.iter().filter(|c| c.years.has(bit));
    let mut reads = Reads::default();
    for counter in here() {
        match counter.what {
            What::All(slot) => reads.slots |= 1 << slot,
            What::Count => reads.slots |= 1,
            What::AnyIncomplete(slot) | What::AllIncomplete(slot) => {
                reads.slots |= 1 << slot;
                reads.guard = true;
            }
            What::Professional => reads.professional = true,
            What::Public => reads.public = true,
            What::Total => reads.total = true,
        }
        if matches!(counter.what, What::Professional | What::Public | What::Total) {
            reads.largest_sum = reads.largest_sum.max(counter.goal);
        }
    }
    reads
}

/// The states that no other beats. Of very many only the plainly beaten are dropped: a beaten
/// state that stays is harmless.
fn unbeaten(mut states: Vec<Vec<i64>>, side: Side) -> Vec<Vec<i64>> {
    const NEIGHBOURS: usize = 64;
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
        if !kept.iter().rev().take(NEIGHBOURS).any(|other| beats(other, &state)) {
            kept.push(state);
        }
    }
    kept
}
