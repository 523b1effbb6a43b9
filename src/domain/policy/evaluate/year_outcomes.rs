//! What one year of a person can come to: with which standards it can comply, and with how many
//! professional and public hours, over every settlement of its open records.

use super::context::Context;
use super::outcomes::{Extreme, Outcome, Reads, YearOutcomes, extremes};
use super::reachable::YearRecords;
use crate::domain::year::YearSet;

/// What a year can come to.
pub(super) fn outcomes_of_year(
    context: &Context<'_>,
    bit: u32,
    reads: &Reads,
    extreme: Extreme,
) -> YearOutcomes {
    let year =
        YearRecords::of(context.plan, context.hours, context.decisions, bit, reads.largest_sum);
    let ratio = year.standards.iter().any(|(_, need)| need.ratio.is_some());
    if reads.slots.count_ones() > 1 || (ratio && (reads.slots != 0 || reads.sums())) {
        return YearOutcomes {
            base: all_outcomes(context, bit, &year, reads, extreme),
            ..YearOutcomes::default()
        };
    }
    // Where no slot is read, that of `annual` serves as well as any.
    let slot = (0..u32::BITS).find(|slot| reads.slots >> slot & 1 == 1).unwrap_or(0);
    let slot = usize::try_from(slot).unwrap_or(0);
    let (all, none) = (context.hours.cell(bit).all(), context.hours.cell(bit).confirmed);
    let hours = |[p, i, g, u]: [i64; 4]| (p, i + g + u);
    let is = |set: YearSet| u32::from(set.has(bit)) << slot;
    let (can, must) = (is(context.years.possible(slot)), is(context.years.sure(slot)));
    let ((professional, public), compliant, other) = match extreme {
        Extreme::Best => (hours(all), can, must),
        Extreme::Worst => (hours(none), must, can),
    };
    let base = vec![Outcome { compliant, professional, public }];
    let turned = if !reads.guard || compliant == other {
        Vec::new()
    } else if !reads.sums() {
        vec![Outcome { compliant: other, professional, public }]
    } else {
        match extreme {
            Extreme::Best => year.incomplete(slot, all, reads),
            Extreme::Worst => all_outcomes(context, bit, &year, reads, extreme)
                .into_iter()
                .filter(|outcome| outcome.compliant >> slot & 1 == 1)
                .collect(),
        }
    };
    YearOutcomes { base, turned, plain: true }
}

/// Every outcome of a year that no other of the same compliance beats.
fn all_outcomes(
    context: &Context<'_>,
    bit: u32,
    year: &YearRecords<'_>,
    reads: &Reads,
    extreme: Extreme,
) -> Vec<Outcome> {
    let mut outcomes = year.outcomes(extreme);
    let all = (1u32 << context.plan.slots.len()) - 1;
    for slot in &year.unstated {
        let more: Vec<Outcome> =
            outcomes.iter().map(|o| Outcome { compliant: o.compliant | 1 << slot, ..*o }).collect();
        outcomes.extend(more);
    }
    if context.plan.legacy.minus(context.decisions.reviewed).has(bit) {
        let proven: Vec<Outcome> =
            outcomes.iter().map(|o| Outcome { compliant: all, ..*o }).collect();
        outcomes.extend(proven);
    }
    extremes(outcomes, *reads, extreme)
}
