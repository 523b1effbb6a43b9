//! What one year of a person can come to: with which standards it can comply, and with how many
//! professional and public hours, over every settlement of its open records.

use super::context::{Bench, Bounds, Decisions};
use super::hours::Sheet;
use super::reachable::Year;
use crate::domain::policy::plan::Plan;

/// Which extreme is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The most hours for each pattern of compliance.
    Best,
    /// The fewest.
    Worst,
}

/// What of the year matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is read or not, for itself")]
pub struct Reads {
    /// Bit n: compliance with slot n.
    pub slots: u32,
    /// A guard looks at it: compliance may harm.
    pub guard: bool,
    /// Professional hours.
    pub professional: bool,
    /// Public hours.
    pub public: bool,
    /// Their sum.
    pub total: bool,
    /// The largest cumulative goal that the hours count towards.
    pub largest_sum: i64,
}

impl Reads {
    fn sums(&self) -> bool {
        self.professional || self.public || self.total
    }
}

/// What a year can come to, as far as it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Outcomes that go with the hours: the most of everything, or the least.
    pub base: Vec<Outcome>,
    /// Outcomes that only a guard wants: incomplete with the most hours, complete with the least.
    pub turned: Vec<Outcome>,
    /// Whether a base outcome is at once the extreme of everything that is read.
    pub plain: bool,
}

/// What a year can come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    /// Bit n: compliant with slot n.
    pub compliant: u32,
    /// Hundredths; saturated.
    pub professional: i64,
    /// Hundredths; saturated.
    pub public: i64,
}

/// What a year can come to.
pub fn of_year(bench: &Bench<'_>, bit: u32, reads: &Reads, side: Side) -> Options {
    let year = Year::of(bench.plan, bench.sheet, bench.decisions, bit, reads.largest_sum);
    let ratio = year.standards.iter().any(|(_, need)| need.ratio.is_some());
    if reads.slots.count_ones() > 1 || (ratio && (reads.slots != 0 || reads.sums())) {
        return Options { base: every(bench, bit, &year, reads, side), ..Options::default() };
    }
    // Where no slot is read, that of `annual` serves as well as any.
    let slot = (0..u32::BITS).find(|slot| reads.slots >> slot & 1 == 1).unwrap_or(0);
    let slot = usize::try_from(slot).unwrap_or(0);
    let (all, none) = (bench.sheet.cell(bit).all(), bench.sheet.cell(bit).confirmed);
    let hours = |[p, i, g, u]: [i64; 4]| (p, i + g + u);
    let is = |set: crate::domain::year::YearSet| u32::from(set.has(bit)) << slot;
    let (can, must) = (is(bench.years.possible(slot)), is(bench.years.sure(slot)));
    let ((professional, public), compliant, other) = match side {
        Side::Best => (hours(all), can, must),
        Side::Worst => (hours(none), must, can),
    };
    let base = vec![Outcome { compliant, professional, public }];
    let turned = if !reads.guard || compliant == other {
        Vec::new()
    } else if !reads.sums() {
        vec![Outcome { compliant: other, professional, public }]
    } else {
        match side {
            Side::Best => year.incomplete(slot, all, reads),
            Side::Worst => every(bench, bit, &year, reads, side)
                .into_iter()
                .filter(|outcome| outcome.compliant >> slot & 1 == 1)
                .collect(),
        }
    };
    Options { base, turned, plain: true }
}

/// Every outcome of a year that no other of the same compliance beats.
fn every(bench: &Bench<'_>, bit: u32, year: &Year<'_>, reads: &Reads, side: Side) -> Vec<Outcome> {
    let mut outcomes = year.natural(side);
    let all = (1u32 << bench.plan.slots.len()) - 1;
    for slot in &year.unstated {
        let more: Vec<Outcome> =
            outcomes.iter().map(|o| Outcome { compliant: o.compliant | 1 << slot, ..*o }).collect();
        outcomes.extend(more);
    }
    if bench.plan.legacy.minus(bench.decisions.reviewed).has(bit) {
        let proven: Vec<Outcome> =
            outcomes.iter().map(|o| Outcome { compliant: all, ..*o }).collect();
        outcomes.extend(proven);
    }
    extremes(outcomes, *reads, side)
}

/// Compliance of one year with one slot on its records, exact also where a share can be lost.
pub fn compliance(
    plan: &Plan,
    sheet: &Sheet,
    decisions: Decisions,
    bit: u32,
    slot: usize,
) -> Bounds {
    let outcomes = Year::of(plan, sheet, decisions, bit, 0).natural(Side::Best);
    let holds = |o: &Outcome| o.compliant >> slot & 1 == 1;
    Bounds { sure: outcomes.iter().all(holds), possible: outcomes.iter().any(holds) }
}

/// The outcomes that no other of the same compliance beats in what is read.
pub(super) fn extremes(outcomes: Vec<Outcome>, reads: Reads, side: Side) -> Vec<Outcome> {
    // Two amounts decide at most: with professional and public both read, their sum follows.
    let key = |o: &Outcome| {
        let total = o.professional + o.public;
        match (reads.professional, reads.public, reads.total) {
            (true, true, _) => (o.professional, o.public),
            (true, false, total_too) => (o.professional, if total_too { total } else { 0 }),
            (false, true, total_too) => (o.public, if total_too { total } else { 0 }),
            (false, false, true) => (total, 0),
            (false, false, false) => (0, 0),
        }
    };
    let sign = if side == Side::Best { -1 } else { 1 };
    let mut sorted: Vec<(u32, (i64, i64), Outcome)> = outcomes
        .into_iter()
        .map(|o| {
            let (a, b) = key(&o);
            (o.compliant, (sign * a, sign * b), o)
        })
        .collect();
    sorted.sort_unstable();
    let mut kept: Vec<Outcome> = Vec::new();
    let mut front: Option<(u32, i64)> = None;
    for (compliant, (_, second), outcome) in sorted {
        if front.is_none_or(|(same, least)| same != compliant || second < least) {
            kept.push(outcome);
            front = Some((compliant, second));
        }
    }
    kept
}
