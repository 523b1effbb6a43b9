//! Bounds over all settlements of what is open.
//!
//! Every bound is sound: `sure` holds in every settlement, `!possible` in none. They are exact
//! when nothing is open, and for monotone plans; [`super::settle`] decides the rest.

use crate::domain::answer::Verdict;

/// Something that holds in all, some, or none of the settlements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// In all.
    pub sure: bool,
    /// In some.
    pub possible: bool,
}

impl Bounds {
    /// Whether settlements differ.
    pub const fn open(self) -> bool {
        self.possible && !self.sure
    }

    /// Both.
    #[must_use]
    pub const fn and(self, other: Bounds) -> Bounds {
        Bounds { sure: self.sure && other.sure, possible: self.possible && other.possible }
    }

    /// Either.
    #[must_use]
    pub const fn or(self, other: Bounds) -> Bounds {
        Bounds { sure: self.sure || other.sure, possible: self.possible || other.possible }
    }

    /// As a verdict.
    pub const fn verdict(self) -> Verdict {
        match (self.sure, self.possible) {
            (true, _) => Verdict::Met,
            (false, true) => Verdict::Indeterminate,
            (false, false) => Verdict::NotMet,
        }
    }
}
