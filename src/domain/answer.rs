//! The judge's answer: verdict, reasons, what is missing. Its JSON form is a contract.

use serde::{Serialize, Serializer};

use super::category::CategorySet;
use super::hours::Hours;

/// What the judge says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 符合.
    Met,
    /// 不符合.
    NotMet,
    /// 待定: some way of settling what is open changes the answer.
    Indeterminate,
    /// 依主管部门: another authority decides.
    Referred,
    /// 无学时要求: the notice asks no hours of this declaration.
    NotRequired,
    /// 本通知不适用.
    NotApplicable,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Verdict; 6] = [
        Verdict::Met,
        Verdict::NotMet,
        Verdict::Indeterminate,
        Verdict::Referred,
        Verdict::NotRequired,
        Verdict::NotApplicable,
    ];

    /// The name in files and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::NotMet => "not_met",
            Verdict::Indeterminate => "indeterminate",
            Verdict::Referred => "referred",
            Verdict::NotRequired => "not_required",
            Verdict::NotApplicable => "not_applicable",
        }
    }
}

/// Why: a closed list, in the order of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// No file governs the declaring year; with a year: no standard for it.
    NoPolicy,
    /// A fact that decides was not given.
    MissingFact,
    /// Records that wait for recognition decide.
    PendingRecords,
    /// Public hours that arrived unsplit decide.
    CategoryUnsplit,
    /// A legacy year without reviewed proof decides.
    LegacyUnproven,
    /// Records whose source or basis the notice does not admit.
    SourceNotAdmitted,
    /// The year's total is short.
    YearTotalShort,
    /// The year's professional hours are short.
    YearProfessionalShort,
    /// The year's public hours are short.
    YearPublicShort,
    /// The year's general-public hours are short.
    YearGeneralShort,
    /// A year that must be compliant is not.
    IncludeFailed,
    /// Too few compliant years.
    CountShort,
    /// A cumulative amount is short.
    SumShort,
    /// Outside the scope of the notice.
    OutOfScope,
    /// The title is obtained by examination.
    ByExamination,
    /// No clause asks hours of this declaration.
    NoRequirement,
    /// The series is another authority's.
    ReferredSeries,
    /// The level is another authority's.
    ReferredLevel,
    /// A year was excused that no clause covers.
    ExcusedOutsideRule,
}

impl ReasonCode {
    /// Every code, in order.
    pub const ALL: [ReasonCode; 19] = [
        ReasonCode::NoPolicy,
        ReasonCode::MissingFact,
        ReasonCode::PendingRecords,
        ReasonCode::CategoryUnsplit,
        ReasonCode::LegacyUnproven,
        ReasonCode::SourceNotAdmitted,
        ReasonCode::YearTotalShort,
        ReasonCode::YearProfessionalShort,
        ReasonCode::YearPublicShort,
        ReasonCode::YearGeneralShort,
        ReasonCode::IncludeFailed,
        ReasonCode::CountShort,
        ReasonCode::SumShort,
        ReasonCode::OutOfScope,
        ReasonCode::ByExamination,
        ReasonCode::NoRequirement,
        ReasonCode::ReferredSeries,
        ReasonCode::ReferredLevel,
        ReasonCode::ExcusedOutsideRule,
    ];

    /// The name in files and answers.
    pub const fn name(self) -> &'static str {
        match self {
            ReasonCode::NoPolicy => "no_policy",
            ReasonCode::MissingFact => "missing_fact",
            ReasonCode::PendingRecords => "pending_records",
            ReasonCode::CategoryUnsplit => "category_unsplit",
            ReasonCode::LegacyUnproven => "legacy_unproven",
            ReasonCode::SourceNotAdmitted => "source_not_admitted",
            ReasonCode::YearTotalShort => "year_total_short",
            ReasonCode::YearProfessionalShort => "year_professional_short",
            ReasonCode::YearPublicShort => "year_public_short",
            ReasonCode::YearGeneralShort => "year_general_short",
            ReasonCode::IncludeFailed => "include_failed",
            ReasonCode::CountShort => "count_short",
            ReasonCode::SumShort => "sum_short",
            ReasonCode::OutOfScope => "out_of_scope",
            ReasonCode::ByExamination => "by_examination",
            ReasonCode::NoRequirement => "no_requirement",
            ReasonCode::ReferredSeries => "referred_series",
            ReasonCode::ReferredLevel => "referred_level",
            ReasonCode::ExcusedOutsideRule => "excused_outside_rule",
        }
    }

    /// From the name.
    pub fn from_name(name: &str) -> Option<ReasonCode> {
        ReasonCode::ALL.into_iter().find(|code| code.name() == name)
    }
}

/// An amount in a reason: hours, or a number of years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Amount {
    /// Hours.
    Hours(Hours),
    /// Years.
    Years(i64),
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Amount::Hours(hours) => hours.fmt(f),
            Amount::Years(years) => years.fmt(f),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One reason. The derived order is the order of answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Reason {
    /// Why.
    pub code: ReasonCode,
    /// The credit year it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i16>,
    /// The id of the clause inside its policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<Box<str>>,
    /// The categories of a minimum.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "set_names")]
    pub of: Option<CategorySet>,
    /// The fact that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<&'static str>,
    /// What there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub have: Option<Amount>,
    /// What is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need: Option<Amount>,
    /// The difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short: Option<Amount>,
    /// The hours concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for this form"
)]
fn set_names<S: Serializer>(set: &Option<CategorySet>, serializer: S) -> Result<S::Ok, S::Error> {
    let names = set.map(|set| set.categories().iter().map(|c| c.name()));
    serializer.collect_seq(names.into_iter().flatten())
}

impl Reason {
    /// A bare reason.
    pub fn new(code: ReasonCode) -> Reason {
        Reason {
            code,
            year: None,
            clause: None,
            of: None,
            fact: None,
            have: None,
            need: None,
            short: None,
            hours: None,
        }
    }

    /// Of a year.
    #[must_use]
    pub fn year(mut self, year: i16) -> Reason {
        self.year = Some(year);
        self
    }

    /// Of a clause.
    #[must_use]
    pub fn clause(mut self, clause: &str) -> Reason {
        self.clause = Some(clause.into());
        self
    }

    /// Have and need in hours; short is their difference.
    #[must_use]
    pub fn hours(mut self, have: Hours, need: Hours) -> Reason {
        self.have = Some(Amount::Hours(have));
        self.need = Some(Amount::Hours(need));
        self.short = Some(Amount::Hours(have.short_of(need)));
        self
    }

    /// Have and need in years; short is their difference.
    #[must_use]
    pub fn years(mut self, have: i64, need: i64) -> Reason {
        self.have = Some(Amount::Years(have));
        self.need = Some(Amount::Years(need));
        self.short = Some(Amount::Years((need - have).max(0)));
        self
    }
}

/// The least that would make a `not_met` met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Missing {
    /// So many hours, in the right years and categories.
    Hours(Hours),
    /// No hours do: only time, or another declaring year.
    Time,
}

impl Serialize for Missing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Missing::Hours(hours) => hours.serialize(serializer),
            Missing::Time => serializer.serialize_str("time"),
        }
    }
}
