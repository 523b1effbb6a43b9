//! A threshold that turns.

use crate::domain::hours::Hours;
use crate::domain::policy::plan::{Plan, Rule};

/// Which amount a threshold is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Amount {
    /// All hours.
    Total,
    /// Professional hours.
    Professional,
    /// Industry and general hours jointly.
    Public,
    /// Industry hours; of a year only.
    Industry,
    /// General hours; of a year only.
    General,
}

impl Amount {
    pub(super) const fn index(self) -> usize {
        match self {
            Amount::Total => 0,
            Amount::Professional => 1,
            Amount::Public => 2,
            Amount::Industry => 3,
            Amount::General => 4,
        }
    }
}

/// A threshold that turns from nothing to `top`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// The clause that states it: a standard of years, a sum, or a cumulative exception.
    pub clause: Box<str>,
    /// The amount.
    pub amount: Amount,
    /// The largest threshold of interest.
    pub top: Hours,
}

impl Dial {
    pub(super) fn of_year(&self, clause: &str) -> Option<Amount> {
        (*self.clause == *clause).then_some(self.amount)
    }

    pub(super) fn of_sum(&self, clause: &str) -> Option<Amount> {
        let summed = matches!(self.amount, Amount::Total | Amount::Professional | Amount::Public);
        (*self.clause == *clause && summed).then_some(self.amount)
    }

    /// Sets the threshold in a plan; whether there is one.
    pub fn turn(&self, plan: &mut Plan, to: Hours) -> bool {
        let mut found = false;
        let pieces = plan.slots.iter_mut().flat_map(|slot| &mut slot.pieces);
        for piece in pieces.filter(|piece| self.of_year(&piece.clause).is_some()) {
            let need = &mut piece.need;
            *match self.amount {
                Amount::Total => &mut need.total,
                Amount::Professional => &mut need.professional,
                Amount::Public => &mut need.public,
                Amount::Industry => &mut need.industry,
                Amount::General => &mut need.general,
            } = to.hundredths();
            found = true;
        }
        for requirement in &mut plan.requirements {
            let own = match &mut requirement.rule {
                Rule::Sum { need, .. } => Some((&requirement.clause, need)),
                _ => None,
            };
            let others = requirement.exceptions.iter_mut().map(|e| (&e.clause, &mut e.need));
            for (clause, need) in own.into_iter().chain(others) {
                let threshold = match self.of_sum(clause) {
                    Some(Amount::Total) => &mut need.total,
                    Some(Amount::Professional) => &mut need.professional,
                    Some(Amount::Public) => &mut need.public,
                    _ => continue,
                };
                *threshold = Some(to);
                found = true;
            }
        }
        found
    }
}
