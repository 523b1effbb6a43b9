//! A policy file as values: one official notice, one clause per sentence.

use chrono::NaiveDate;

use crate::domain::category::{Category, CategorySet};
use crate::domain::declaration::{Jurisdiction, Level, Profile};
use crate::domain::hours::Hours;
use crate::domain::node::Node;
use crate::domain::year::YearRange;

/// One notice for one jurisdiction.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The file it was read from.
    pub file: String,
    /// `331100/2023`, or `330000` for a file that others extend.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// Whose notice.
    pub jurisdiction: Jurisdiction,
    /// The policy whose clauses this one inherits.
    pub extends: Option<Reference>,
    /// The declaring years it answers for; without them it only serves as an ancestor.
    pub declaring_years: Option<YearRange>,
    /// When the instrument is in force.
    pub in_force: Option<(NaiveDate, Option<NaiveDate>)>,
    /// The documents that its clauses quote.
    pub documents: Vec<Document>,
    /// The clauses, in the notice's order.
    pub clauses: Vec<ClauseSource>,
    /// The places that can be read in two ways.
    pub readings: Vec<Reading>,
    /// Slots that a higher authority may fill.
    pub opens: Vec<Open>,
}

/// A document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its name in citations.
    pub id: String,
    /// 文号; empty where the copy carries none.
    pub number: String,
    /// Title.
    pub title: String,
    /// 发文机关.
    pub issuer: Option<String>,
    /// Date of issue.
    pub issued: Option<NaiveDate>,
    /// The instruments it rests on.
    pub basis: Vec<String>,
    /// Whether the text was read.
    pub status: DocumentStatus,
    /// The archived text, inside the archive folder.
    pub file: Option<String>,
    /// When somebody last checked that it is still the rule.
    pub checked_on: Option<NaiveDate>,
    /// Where it begins in the file.
    pub line: u32,
}

/// Whether the text of a document was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentStatus {
    /// The text is archived; quotes can be proved.
    Archived,
    /// Quoted from somebody else's quotation.
    Unverified,
    /// The text is not at hand.
    Missing,
}

impl DocumentStatus {
    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            DocumentStatus::Archived => "archived",
            DocumentStatus::Unverified => "unverified",
            DocumentStatus::Missing => "missing",
        }
    }
}

/// A name of a policy or clause, and the line it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The name, such as `330000#annual`.
    pub name: String,
    /// Where it stands.
    pub line: u32,
}

/// A clause as written and as read: a reading changes the first and reads it again.
#[derive(Clone, Debug)]
pub struct ClauseSource {
    /// The table as written.
    pub raw: Node,
    /// The table as read.
    pub clause: Clause,
}

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

/// A place that can be read in two ways.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Its name.
    pub id: String,
    /// The clause it concerns.
    pub clause: Reference,
    /// The question.
    pub question: String,
    /// The option chosen.
    pub chosen: String,
    /// Why.
    pub because: String,
    /// Whether the answer is still disputed.
    pub open: bool,
    /// The options, in the order written.
    pub options: Vec<ReadingOption>,
    /// Where it begins in the file.
    pub line: u32,
}

/// One way to read it.
#[derive(Clone, Debug)]
pub struct ReadingOption {
    /// Its name.
    pub name: String,
    /// The fields it changes.
    pub set: Vec<Change>,
}

/// A field of a clause, and what it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The policy; empty = the file's own.
    pub policy: Option<String>,
    /// The clause.
    pub clause: String,
    /// The field.
    pub field: String,
    /// The new value.
    pub value: Node,
}

impl Change {
    /// As a file writes it: `330000#annual.min = []`.
    pub fn written(&self) -> String {
        let policy = self.policy.as_deref().map(|id| format!("{id}#")).unwrap_or_default();
        format!("{policy}{}.{} = {}", self.clause, self.field, self.value.written())
    }
}

/// A slot that a higher authority may fill.
#[derive(Clone, Debug)]
pub struct Open {
    /// Its name.
    pub id: String,
    /// The kind of clause that would fill it.
    pub kind: String,
}
