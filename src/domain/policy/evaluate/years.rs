//! The years of a person: compliant in every settlement, in some, or in none.

use super::bounds::Bounds;
use super::decisions::Decisions;
use super::hours::{HoursByYear, satisfied_at_best, satisfied_at_worst};
use super::reachable::compliance;
use crate::domain::policy::plan::{MOST_SLOTS, Plan};
use crate::domain::year::YearSet;

/// The years of a person, by slot: compliant in every settlement, and in some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompliantYears {
    /// In every settlement.
    pub sure: [YearSet; MOST_SLOTS],
    /// In some settlement.
    pub possible: [YearSet; MOST_SLOTS],
}

impl CompliantYears {
    /// Compliance of the years, three-valued.
    pub fn of(
        plan: &Plan,
        hours: &HoursByYear,
        read: YearSet,
        decisions: Decisions,
    ) -> CompliantYears {
        let given = plan.deemed.or(decisions.excused);
        let unproven = plan.legacy.minus(decisions.reviewed);
        let mut years = CompliantYears {
            sure: [given; MOST_SLOTS],
            possible: [given.or(unproven); MOST_SLOTS],
        };
        let slots = years.sure.iter_mut().zip(&mut years.possible).zip(&plan.slots);
        for (number, ((sure, possible), slot)) in slots.enumerate() {
            *possible = possible.or(YearSet(!slot.covered().0));
            for piece in &slot.pieces {
                for bit in piece.years.and(read).minus(given).bits() {
                    let cell = hours.cell(bit);
                    let year = YearSet(1 << bit);
                    // A share can be lost by more hours: the ends of the range do not bound it.
                    let bounds = if piece.need.ratio.is_some() && hours.pending_years.has(bit) {
                        compliance(plan, hours, decisions, bit, number)
                    } else {
                        Bounds {
                            sure: satisfied_at_worst(&piece.need, cell.confirmed),
                            possible: satisfied_at_best(&piece.need, cell.all()),
                        }
                    };
                    if bounds.sure {
                        *sure = sure.or(year);
                    }
                    if bounds.possible {
                        *possible = possible.or(year);
                    }
                }
            }
        }
        years
    }

    /// The years compliant with a slot in every settlement.
    pub fn sure(&self, slot: usize) -> YearSet {
        self.sure.get(slot).copied().unwrap_or_default()
    }

    /// The years compliant with a slot in some settlement.
    pub fn possible(&self, slot: usize) -> YearSet {
        self.possible.get(slot).copied().unwrap_or_default()
    }

    /// Whether all of some years are compliant.
    pub fn all(&self, slot: usize, years: YearSet) -> Bounds {
        Bounds { sure: years.within(self.sure(slot)), possible: years.within(self.possible(slot)) }
    }
}
