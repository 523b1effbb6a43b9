//! What one year of a person can come to: with which standards it can comply, and with how many
//! professional and public hours, over every settlement of its open records.

use super::context::Bench;
use super::outcomes::{Options, Outcome, Reads, Side, extremes};
use super::reachable::Year;
use crate::domain::year::YearSet;

/// What a year can come to.
pub(super) fn of_year(bench: &Bench<'_>, bit: u32, reads: &Reads, side: Side) -> Options {
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
    let is = |set: YearSet| u32::from(set.has(bit)) << slot;
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
