//! A clause: what one sentence of a notice says, of whom, and for which years.

use super::Reference;
use super::amounts::{Need, Standard};
use super::years::{Quantity, Window, YearExpr};
use crate::domain::category::Category;
use crate::domain::declaration::{Level, Profile};
use crate::domain::year::YearRange;

/// One sentence of the notice.
#[derive(Clone, Debug)]
pub struct Clause {
    /// Its name inside the policy.
    pub id: String,
    /// Where it begins in the file.
    pub line: u32,
    /// The sentence it rests on.
    pub cite: Cite,
    /// Whom it concerns.
    pub applies: Matching,
    /// The credit years it speaks of.
    pub years: YearRange,
    /// Clauses of ancestors that it replaces.
    pub overrides: Vec<Reference>,
    /// Clauses or open slots of ancestors before which it gives way.
    pub yields_to: Vec<Reference>,
    /// In force only if a reading turns it on.
    pub off: bool,
    /// What it says.
    pub kind: Kind,
}

/// A citation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cite {
    /// The document.
    pub doc: String,
    /// Section of the document.
    pub section: String,
    /// The exact sentence.
    pub quote: String,
    /// Clauses from which it was inferred, where the text itself is not at hand.
    pub inferred_from: Vec<Reference>,
}

/// Conditions on a declaration; all that are given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// Levels; empty = any.
    pub levels: Vec<Level>,
    /// Series; empty = any.
    pub series: Vec<String>,
    /// Specialties; empty = any.
    pub specialties: Vec<String>,
    /// Employer sectors; empty = any.
    pub employer_sectors: Vec<String>,
}

impl Matching {
    /// Whether a declaration of this profile is concerned.
    pub fn matches(&self, profile: &Profile) -> bool {
        let among = |names: &[String], name: Option<&str>| {
            names.is_empty() || name.is_some_and(|name| names.iter().any(|n| n == name))
        };
        (self.levels.is_empty() || self.levels.contains(&profile.level))
            && among(&self.series, Some(&profile.series))
            && among(&self.specialties, profile.specialty.as_deref())
            && among(&self.employer_sectors, profile.employer_sector.as_deref())
    }

    /// Whether it names levels and nothing else.
    pub fn names_levels_only(&self) -> bool {
        !self.levels.is_empty()
            && self.series.is_empty()
            && self.specialties.is_empty()
            && self.employer_sectors.is_empty()
    }

    /// Whether some profile matches both.
    pub fn overlaps(&self, other: &Matching) -> bool {
        fn meet<T: PartialEq>(a: &[T], b: &[T]) -> bool {
            a.is_empty() || b.is_empty() || a.iter().any(|x| b.contains(x))
        }
        meet(&self.levels, &other.levels)
            && meet(&self.series, &other.series)
            && meet(&self.specialties, &other.specialties)
            && meet(&self.employer_sectors, &other.employer_sectors)
    }
}

/// What a clause says: a closed set, with fixed fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The notice governs only declarations that match.
    Scope {
        /// Declarations that it leaves out all the same.
        excludes: Vec<Exclusion>,
    },
    /// Another authority decides.
    Refer {
        /// Which.
        to: String,
        /// Whether the local requirements are judged as advice.
        advisory: bool,
    },
    /// Records count only from these sources.
    Admit {
        /// Categories it speaks of; empty = all.
        categories: Vec<Category>,
        /// Sources that count; empty = any.
        sources: Vec<String>,
        /// Bases that count; empty = any.
        basis: Vec<String>,
    },
    /// When a year is compliant.
    Annual(Standard),
    /// Those years are deemed compliant 视同合格.
    Deem,
    /// Excused years are covered by a rule.
    Excuse,
    /// Years judged by former rules: unproven until reviewed.
    Legacy,
    /// Every year of a window is compliant.
    EachYear {
        /// The years.
        window: Window,
        /// Its own standard, instead of `annual`.
        standard: Option<Standard>,
    },
    /// Enough years of a span are compliant.
    Count {
        /// The years.
        window: Window,
        /// How many.
        at_least: Quantity,
    },
    /// These years are compliant.
    Include {
        /// The years.
        years: Vec<YearExpr>,
    },
    /// Cumulative hours.
    Sum {
        /// The years.
        window: Window,
        /// How many hours.
        need: Need,
    },
    /// An exception: satisfies the clause it stands in for by a sum, if its guard holds.
    Cumulative {
        /// The clause it stands in for.
        instead_of: Reference,
        /// The years.
        window: Window,
        /// Who may use it.
        when: Guard,
        /// How many hours.
        need: Need,
        /// Years that must be compliant all the same.
        also_years: Vec<YearExpr>,
    },
}

impl Kind {
    /// The name in files.
    pub const fn name(&self) -> &'static str {
        match self {
            Kind::Scope { .. } => "scope",
            Kind::Refer { .. } => "refer",
            Kind::Admit { .. } => "admit",
            Kind::Annual(_) => "annual",
            Kind::Deem => "deem",
            Kind::Excuse => "excuse",
            Kind::Legacy => "legacy",
            Kind::EachYear { .. } => "each-year",
            Kind::Count { .. } => "count",
            Kind::Include { .. } => "include",
            Kind::Sum { .. } => "sum",
            Kind::Cumulative { .. } => "cumulative",
        }
    }

    /// Whether it asks hours of a declaration.
    pub const fn is_requirement(&self) -> bool {
        matches!(
            self,
            Kind::EachYear { .. } | Kind::Count { .. } | Kind::Include { .. } | Kind::Sum { .. }
        )
    }
}

/// A group that a scope leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// Whom.
    pub applies: Matching,
    /// The reason given.
    pub reason: crate::domain::answer::ReasonCode,
}

/// Who may use an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guard {
    /// Whoever has an incomplete year among the first n of the window.
    AnyIncomplete(i16),
    /// Whoever has no complete year among the first n of the window.
    AllIncomplete(i16),
    /// Everybody.
    Always,
}
