//! Amounts that a clause asks for: of one year, or cumulative.

use crate::domain::category::CategorySet;
use crate::domain::hours::Hours;

/// When a year is compliant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Standard {
    /// The least total.
    pub total: Option<Hours>,
    /// The least of some categories.
    pub min: Vec<Minimum>,
    /// The least share of some categories in all hours earned.
    pub ratio: Option<Ratio>,
}

/// The least hours of some categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Minimum {
    /// Which.
    pub of: CategorySet,
    /// How many.
    pub hours: Hours,
}

/// The least share of some categories in all hours earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    /// Which: professional, or public.
    pub of: CategorySet,
    /// Numerator.
    pub numerator: i64,
    /// Denominator.
    pub denominator: i64,
}

/// Cumulative hours that are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Need {
    /// Over all categories.
    pub total: Option<Hours>,
    /// Of professional hours.
    pub professional: Option<Hours>,
    /// Of public hours.
    pub public: Option<Hours>,
}
