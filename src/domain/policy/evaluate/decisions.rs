//! What reviewers decided about the years of a person.

use crate::domain::declaration::Declaration;
use crate::domain::year::{Frame, Year, YearSet};

/// Decisions on a person's years that are on record with the declaration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Excused by a reviewer.
    pub excused: YearSet,
    /// Legacy years closed by a reviewer.
    pub reviewed: YearSet,
}

impl Decisions {
    /// Those that a declaration carries.
    pub fn of(declaration: &Declaration) -> Decisions {
        let frame = Frame::around(declaration.year);
        let set = |years: &[Year]| {
            years.iter().fold(YearSet::EMPTY, |all, y| all.or(frame.range(y.get(), y.get())))
        };
        Decisions { excused: set(&declaration.excused), reviewed: set(&declaration.reviewed) }
    }
}
