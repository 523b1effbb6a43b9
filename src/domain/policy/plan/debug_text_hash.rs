//! The hash of a plan as 0.1.0 made it: over the text in which Rust shows a value, with the names that
//! types and fields had then.
//!
//! Receipts of that release carry it, so the text stays as it is whatever they are called now. A field
//! that a plan gains later is left out of it, and a plan that uses one has no such hash.

use sha2::{Digest, Sha256};

use super::model::{Admit, Exception, Gate, Piece, Plan, Requirement, Rule, Slot, Thresholds};
use crate::domain::answer::{Amount, Reason, ReasonCode};
use crate::domain::category::CategorySet;
use crate::domain::hours::Hours;
use crate::domain::policy::notice::model::{
    Guard, Need, Quantity, Ratio, Window, YearBase, YearExpr,
};
use crate::domain::year::{Frame, YearSet};

/// The hash of a plan.
pub(super) fn of(plan: &Plan) -> String {
    let mut hasher = Sha256::new();
    hasher.update(b"xueshi plan 1\n");
    hasher.update(plan.text());
    hex::encode(hasher.finalize())
}

/// What has a place in the text.
trait Text {
    fn text(&self) -> String;
}

/// `Name { field: value, … }`.
fn record(name: &str, fields: &[(&str, &dyn Text)]) -> String {
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}: {}", value.text())).collect();
    format!("{name} {{ {} }}", fields.join(", "))
}

/// `Name(value)`.
fn tuple(name: &str, value: &dyn Text) -> String {
    format!("{name}({})", value.text())
}

impl<T: Text> Text for [T] {
    fn text(&self) -> String {
        let items: Vec<String> = self.iter().map(T::text).collect();
        format!("[{}]", items.join(", "))
    }
}

impl<T: Text> Text for Vec<T> {
    fn text(&self) -> String {
        self.as_slice().text()
    }
}

impl<T: Text> Text for Option<T> {
    fn text(&self) -> String {
        self.as_ref().map_or_else(|| "None".to_owned(), |value| tuple("Some", value))
    }
}

/// Numbers, flags and quoted texts look the same in every release of Rust.
macro_rules! shown_by_rust {
    ($($plain:ty),*) => {$(
        impl Text for $plain {
            fn text(&self) -> String {
                format!("{self:?}")
            }
        }
    )*};
}

shown_by_rust!(bool, i16, i64, u64, usize, &'static str, Box<str>);

impl Text for Plan {
    fn text(&self) -> String {
        let Plan { frame, gate, admits, slots, deemed, excusable, legacy, requirements } = self;
        let fields: [(&str, &dyn Text); 8] = [
            ("frame", frame),
            ("gate", gate),
            ("admits", admits),
            ("slots", slots),
            ("deemed", deemed),
            ("excusable", excusable),
            ("legacy", legacy),
            ("requirements", requirements),
        ];
        record("Plan", &fields)
    }
}

impl Text for Frame {
    fn text(&self) -> String {
        // It held its first year, which is sixty before the declaring year.
        record("Frame", &[("first", &(self.declaring() - 60))])
    }
}

impl Text for YearSet {
    fn text(&self) -> String {
        tuple("YearSet", &self.0)
    }
}

impl Text for Hours {
    fn text(&self) -> String {
        tuple("Hours", &self.hundredths())
    }
}

impl Text for Gate {
    fn text(&self) -> String {
        match self {
            Gate::NotApplicable(reason) => tuple("NotApplicable", reason),
            Gate::Referred { reason, advisory } => {
                record("Referred", &[("reason", reason), ("advisory", advisory)])
            }
            Gate::Judge => "Judge".to_owned(),
        }
    }
}

impl Text for Reason {
    fn text(&self) -> String {
        let Reason { code, year, clause, of, fact, have, need, short, hours } = self;
        let fields: [(&str, &dyn Text); 9] = [
            ("code", code),
            ("year", year),
            ("clause", clause),
            ("of", of),
            ("fact", fact),
            ("have", have),
            ("need", need),
            ("short", short),
            ("hours", hours),
        ];
        record("Reason", &fields)
    }
}

impl Text for ReasonCode {
    fn text(&self) -> String {
        let name = match self {
            ReasonCode::NoPolicy => "NoPolicy",
            ReasonCode::MissingFact => "MissingFact",
            ReasonCode::PendingRecords => "PendingRecords",
            ReasonCode::CategoryUnsplit => "CategoryUnsplit",
            ReasonCode::LegacyUnproven => "LegacyUnproven",
            ReasonCode::SourceNotAdmitted => "SourceNotAdmitted",
            ReasonCode::YearTotalShort => "YearTotalShort",
            ReasonCode::YearProfessionalShort => "YearProfessionalShort",
            ReasonCode::YearPublicShort => "YearPublicShort",
            ReasonCode::YearGeneralShort => "YearGeneralShort",
            ReasonCode::IncludeFailed => "IncludeFailed",
            ReasonCode::CountShort => "CountShort",
            ReasonCode::SumShort => "SumShort",
            ReasonCode::OutOfScope => "OutOfScope",
            ReasonCode::ByExamination => "ByExamination",
            ReasonCode::NoRequirement => "NoRequirement",
            ReasonCode::ReferredSeries => "ReferredSeries",
            ReasonCode::ReferredLevel => "ReferredLevel",
            ReasonCode::ExcusedOutsideRule => "ExcusedOutsideRule",
        };
        name.to_owned()
    }
}

impl Text for Amount {
    fn text(&self) -> String {
        match self {
            Amount::Hours(hours) => tuple("Hours", hours),
            Amount::Years(years) => tuple("Years", years),
        }
    }
}

impl Text for CategorySet {
    fn text(&self) -> String {
        let name = match self {
            CategorySet::Professional => "Professional",
            CategorySet::Public => "Public",
            CategorySet::Industry => "Industry",
            CategorySet::General => "General",
        };
        name.to_owned()
    }
}

impl Text for Admit {
    fn text(&self) -> String {
        let Admit { clause, years, categories, sources, basis } = self;
        let categories = categories.to_vec();
        let fields: [(&str, &dyn Text); 5] = [
            ("clause", clause),
            ("years", years),
            ("categories", &categories),
            ("sources", sources),
            ("basis", basis),
        ];
        record("Admit", &fields)
    }
}

impl Text for Slot {
    fn text(&self) -> String {
        let Slot { pieces } = self;
        record("Slot", &[("pieces", pieces)])
    }
}

impl Text for Piece {
    fn text(&self) -> String {
        let Piece { clause, years, need } = self;
        record("Piece", &[("clause", clause), ("years", years), ("need", need)])
    }
}

impl Text for Thresholds {
    fn text(&self) -> String {
        let Thresholds { total, professional, public, industry, general, ratio } = self;
        let fields: [(&str, &dyn Text); 6] = [
            ("total", total),
            ("professional", professional),
            ("public", public),
            ("industry", industry),
            ("general", general),
            ("ratio", ratio),
        ];
        record("Thresholds", &fields)
    }
}

impl Text for Ratio {
    fn text(&self) -> String {
        let Ratio { of, numerator, denominator } = self;
        record("Ratio", &[("of", of), ("numerator", numerator), ("denominator", denominator)])
    }
}

impl Text for Requirement {
    fn text(&self) -> String {
        let Requirement { clause, years, rule, exceptions } = self;
        let fields: [(&str, &dyn Text); 4] =
            [("clause", clause), ("years", years), ("rule", rule), ("exceptions", exceptions)];
        record("Requirement", &fields)
    }
}

impl Text for Rule {
    fn text(&self) -> String {
        match self {
            Rule::EachYear { window, slot } => {
                record("EachYear", &[("window", window), ("slot", slot)])
            }
            Rule::Count { window, at_least } => {
                record("Count", &[("window", window), ("at_least", at_least)])
            }
            Rule::Include(years) => tuple("Include", years),
            Rule::Sum { window, need } => record("Sum", &[("window", window), ("need", need)]),
        }
    }
}

impl Text for Exception {
    fn text(&self) -> String {
        let Exception { clause, years, window, when, need, also, slot } = self;
        let fields: [(&str, &dyn Text); 7] = [
            ("clause", clause),
            ("years", years),
            ("window", window),
            ("when", when),
            ("need", need),
            ("also", also),
            ("slot", slot),
        ];
        record("Exception", &fields)
    }
}

impl Text for Guard {
    fn text(&self) -> String {
        match self {
            Guard::AnyIncomplete(years) => tuple("AnyIncomplete", years),
            Guard::AllIncomplete(years) => tuple("AllIncomplete", years),
            Guard::Always => "Always".to_owned(),
        }
    }
}

impl Text for Need {
    fn text(&self) -> String {
        let Need { total, professional, public } = self;
        record("Need", &[("total", total), ("professional", professional), ("public", public)])
    }
}

impl Text for Quantity {
    fn text(&self) -> String {
        match self {
            Quantity::Number(number) => tuple("Number", number),
            Quantity::RequiredYears => "RequiredYears".to_owned(),
        }
    }
}

impl Text for Window {
    fn text(&self) -> String {
        let Window { from, to } = self;
        record("Window", &[("from", from), ("to", to)])
    }
}

impl Text for YearBase {
    fn text(&self) -> String {
        let name = match self {
            YearBase::Fixed => "Fixed",
            YearBase::Declaring => "Declaring",
            YearBase::DeclaringLessRequired => "DeclaringLessRequired",
            YearBase::TenureStart => "TenureStart",
        };
        name.to_owned()
    }
}

impl Text for YearExpr {
    fn text(&self) -> String {
        let YearExpr { base, offset } = self;
        record("YearExpr", &[("base", base), ("offset", offset)])
    }
}
