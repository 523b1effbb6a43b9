//! Years and spans as a clause writes them.

/// A year as a clause writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct YearExpr {
    /// What it counts from.
    pub base: YearBase,
    /// Added to it.
    pub offset: i16,
}

/// What a year counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum YearBase {
    /// A calendar year.
    Fixed,
    /// The declaring year `D`.
    Declaring,
    /// `D - required_years`.
    DeclaringLessRequired,
    /// The first year of tenure.
    TenureStart,
}

impl YearExpr {
    /// The same, moved by some years.
    #[must_use]
    pub const fn shifted(self, by: i16) -> YearExpr {
        YearExpr { base: self.base, offset: self.offset.saturating_add(by) }
    }
}

/// The years from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// First.
    pub from: YearExpr,
    /// Last.
    pub to: YearExpr,
}

/// A number, or a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// A number.
    Number(i16),
    /// The required years of the title.
    RequiredYears,
}
