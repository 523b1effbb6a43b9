//! A plan: the clauses of an ancestry, joined under one choice of readings and compiled for one
//! profile and declaring year. It is typed, and holds no text that does not decide.

use crate::domain::answer::Reason;
use crate::domain::category::CategorySet;
use crate::domain::hours::Hours;
use crate::domain::policy::notice::model::{
    Guard, Need, Quantity, Ratio, Standard, Window, YearExpr,
};
use crate::domain::year::{Frame, YearSet};

/// The most standards that one plan may use side by side.
pub const MOST_SLOTS: usize = 8;

/// What decides a declaration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plan {
    /// The years around the declaring year.
    pub frame: Frame,
    /// What comes before any hours are read.
    pub gate: Gate,
    /// Which records count.
    pub admits: Vec<Admit>,
    /// Standards of a year; slot 0 is `annual`, the others belong to requirements of their own.
    pub slots: Vec<Slot>,
    /// Years that are deemed compliant.
    pub deemed: YearSet,
    /// Years for which a clause covers an excuse.
    pub excusable: YearSet,
    /// Years judged by former rules.
    pub legacy: YearSet,
    /// What must hold, all of it.
    pub requirements: Vec<Requirement>,
}

/// What comes before any hours are read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Gate {
    /// The notice does not apply.
    NotApplicable(Reason),
    /// Another authority decides.
    Referred {
        /// Which clause says so.
        reason: Reason,
        /// Whether the requirements are judged as advice.
        advisory: bool,
    },
    /// Nothing stands before the requirements.
    Judge,
}

/// Records of these years and categories count only from these sources and bases.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Admit {
    /// The clause.
    pub clause: Box<str>,
    /// The years.
    pub years: YearSet,
    /// By category.
    pub categories: [bool; 4],
    /// Empty = any.
    pub sources: Vec<Box<str>>,
    /// Empty = any.
    pub basis: Vec<Box<str>>,
}

/// A standard of a year, stated for different years by different clauses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Slot {
    /// No two cover the same year.
    pub pieces: Vec<Piece>,
}

impl Slot {
    /// The years that have a standard.
    pub fn covered(&self) -> YearSet {
        self.pieces.iter().fold(YearSet::EMPTY, |all, piece| all.or(piece.years))
    }

    /// The standard of a year.
    pub fn piece(&self, bit: u32) -> Option<&Piece> {
        self.pieces.iter().find(|piece| piece.years.has(bit))
    }
}

/// The standard of some years.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Piece {
    /// The clause that states it.
    pub clause: Box<str>,
    /// The years.
    pub years: YearSet,
    /// In hundredths.
    pub need: Thresholds,
}

/// A standard in hundredths; 0 where nothing is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Thresholds {
    /// Over all categories.
    pub total: i64,
    /// Professional.
    pub professional: i64,
    /// Industry and general jointly.
    pub public: i64,
    /// Industry alone.
    pub industry: i64,
    /// General alone.
    pub general: i64,
    /// Least share in all hours earned.
    pub ratio: Option<Ratio>,
}

impl Thresholds {
    /// From a clause's standard.
    pub fn of(standard: &Standard) -> Thresholds {
        let mut need = Thresholds {
            total: standard.total.map_or(0, Hours::hundredths),
            ratio: standard.ratio,
            ..Thresholds::default()
        };
        for minimum in &standard.min {
            let slot = match minimum.of {
                CategorySet::Professional => &mut need.professional,
                CategorySet::Public => &mut need.public,
                CategorySet::Industry => &mut need.industry,
                CategorySet::General => &mut need.general,
            };
            *slot = minimum.hours.hundredths().max(*slot);
        }
        need
    }

    /// Whether the split of public hours can decide it.
    pub const fn needs_split(&self) -> bool {
        self.industry > 0 || self.general > 0
    }
}

/// A requirement and the exceptions that may stand in for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Requirement {
    /// The clause.
    pub clause: Box<str>,
    /// The credit years it speaks of.
    pub years: YearSet,
    /// What must hold.
    pub rule: Rule,
    /// Exceptions.
    pub exceptions: Vec<Exception>,
}

/// What must hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Every year of the window is compliant with the slot.
    EachYear {
        /// The years.
        window: Window,
        /// The standard.
        slot: usize,
    },
    /// Enough years are compliant.
    Count {
        /// The years.
        window: Window,
        /// How many.
        at_least: Quantity,
    },
    /// These years are compliant.
    Include(Vec<YearExpr>),
    /// Cumulative hours.
    Sum {
        /// The years.
        window: Window,
        /// How many.
        need: Need,
    },
}

/// An exception.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Exception {
    /// The clause.
    pub clause: Box<str>,
    /// The credit years it speaks of.
    pub years: YearSet,
    /// The years.
    pub window: Window,
    /// Who may use it.
    pub when: Guard,
    /// How many hours.
    pub need: Need,
    /// Years that must be compliant all the same.
    pub also: Vec<YearExpr>,
    /// The standard by which its guard and `also` look at years: that of the requirement.
    pub slot: usize,
}

impl Plan {
    /// Whether the bounds of [`super::super::evaluate`] are exact: more hours never harm, and no two
    /// standards can pull a split apart.
    pub fn is_monotone(&self) -> bool {
        let guarded = |r: &Requirement| r.exceptions.iter().any(|e| e.when != Guard::Always);
        let mut pieces = self.slots.iter().flat_map(|slot| &slot.pieces);
        let needs_split = |slot: &&Slot| slot.pieces.iter().any(|p| p.need.needs_split());
        !self.requirements.iter().any(guarded)
            && !pieces.any(|piece| piece.need.ratio.is_some())
            && (self.slots.len() == 1 || !self.slots.iter().any(|slot| needs_split(&slot)))
    }
}
