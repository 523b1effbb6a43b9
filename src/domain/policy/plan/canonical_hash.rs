//! The hash of a plan, over its fields in the order in which they are written here.
//!
//! `SHA-256(tag ‖ encoding ‖ plan)`. Numbers are big-endian in their full width, a text has its length
//! in four bytes before it and a list its count, what is absent is a zero byte, what is present has a
//! one byte before it, and of an enum the number of the variant comes first. So two plans that differ
//! are never the same bytes, and no name of a type or field matters; of a reason the code is written
//! that answers give.
//!
//! Each struct is taken apart without `..`: a new field does not compile until it is written. Writing
//! it is a new encoding; this one can still be worked out for plans that do not use the field.

use sha2::{Digest, Sha256};

use super::model::{Admit, Exception, Gate, Piece, Plan, Requirement, Rule, Slot, Thresholds};
use crate::domain::answer::{Amount, Reason};
use crate::domain::category::CategorySet;
use crate::domain::hours::Hours;
use crate::domain::policy::notice::model::{
    Guard, Need, Quantity, Ratio, Window, YearBase, YearExpr,
};
use crate::domain::year::YearSet;

const TAG: &[u8] = b"xueshi.plan";

/// The number of this encoding in receipts.
pub(super) const ENCODING: u8 = 2;

/// The hash of a plan.
pub(super) fn of(plan: &Plan) -> String {
    let mut bytes = Bytes(TAG.to_vec());
    bytes.number(ENCODING.to_be_bytes());
    plan.write(&mut bytes);
    hex::encode(Sha256::digest(&bytes.0))
}

/// What is hashed, as it grows.
struct Bytes(Vec<u8>);

impl Bytes {
    fn number<const WIDTH: usize>(&mut self, big_endian: [u8; WIDTH]) {
        self.0.extend(big_endian);
    }

    fn variant(&mut self, number: u8) {
        self.0.push(number);
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(flag.into());
    }

    fn length(&mut self, length: usize) {
        self.number(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend(text.as_bytes());
    }

    fn list<T: Write>(&mut self, items: &[T]) {
        self.length(items.len());
        for item in items {
            item.write(self);
        }
    }

    fn option<T: Write>(&mut self, value: Option<&T>) {
        self.flag(value.is_some());
        if let Some(value) = value {
            value.write(self);
        }
    }
}

/// What has a place in the bytes.
trait Write {
    fn write(&self, bytes: &mut Bytes);
}

impl Write for Plan {
    fn write(&self, bytes: &mut Bytes) {
        let Plan { frame, gate, admits, slots, deemed, excusable, legacy, requirements } = self;
        bytes.number(frame.declaring().to_be_bytes());
        gate.write(bytes);
        bytes.list(admits);
        bytes.list(slots);
        deemed.write(bytes);
        excusable.write(bytes);
        legacy.write(bytes);
        bytes.list(requirements);
    }
}

impl Write for Gate {
    fn write(&self, bytes: &mut Bytes) {
        match self {
            Gate::NotApplicable(reason) => {
                bytes.variant(0);
                reason.write(bytes);
            }
            Gate::Referred { reason, advisory } => {
                bytes.variant(1);
                reason.write(bytes);
                bytes.flag(*advisory);
            }
            Gate::Judge => bytes.variant(2),
        }
    }
}

impl Write for Reason {
    fn write(&self, bytes: &mut Bytes) {
        let Reason { code, year, clause, of, fact, have, need, short, hours } = self;
        bytes.text(code.name());
        bytes.option(year.as_ref());
        bytes.option(clause.as_ref());
        bytes.option(of.as_ref());
        bytes.option(fact.map(Box::<str>::from).as_ref());
        bytes.option(have.as_ref());
        bytes.option(need.as_ref());
        bytes.option(short.as_ref());
        bytes.option(hours.as_ref());
    }
}

impl Write for Amount {
    fn write(&self, bytes: &mut Bytes) {
        match self {
            Amount::Hours(hours) => {
                bytes.variant(0);
                hours.write(bytes);
            }
            Amount::Years(years) => {
                bytes.variant(1);
                years.write(bytes);
            }
        }
    }
}

impl Write for Admit {
    fn write(&self, bytes: &mut Bytes) {
        let Admit { clause, years, categories, sources, basis } = self;
        clause.write(bytes);
        years.write(bytes);
        for category in categories {
            bytes.flag(*category);
        }
        bytes.list(sources);
        bytes.list(basis);
    }
}

impl Write for Slot {
    fn write(&self, bytes: &mut Bytes) {
        let Slot { pieces } = self;
        bytes.list(pieces);
    }
}

impl Write for Piece {
    fn write(&self, bytes: &mut Bytes) {
        let Piece { clause, years, need } = self;
        clause.write(bytes);
        years.write(bytes);
        need.write(bytes);
    }
}

impl Write for Thresholds {
    fn write(&self, bytes: &mut Bytes) {
        let Thresholds { total, professional, public, industry, general, ratio } = self;
        for need in [total, professional, public, industry, general] {
            need.write(bytes);
        }
        bytes.option(ratio.as_ref());
    }
}

impl Write for Ratio {
    fn write(&self, bytes: &mut Bytes) {
        let Ratio { of, numerator, denominator } = self;
        of.write(bytes);
        numerator.write(bytes);
        denominator.write(bytes);
    }
}

impl Write for Requirement {
    fn write(&self, bytes: &mut Bytes) {
        let Requirement { clause, years, rule, exceptions } = self;
        clause.write(bytes);
        years.write(bytes);
        rule.write(bytes);
        bytes.list(exceptions);
    }
}

impl Write for Rule {
    fn write(&self, bytes: &mut Bytes) {
        match self {
            Rule::EachYear { window, slot } => {
                bytes.variant(0);
                window.write(bytes);
                bytes.length(*slot);
            }
            Rule::Count { window, at_least } => {
                bytes.variant(1);
                window.write(bytes);
                at_least.write(bytes);
            }
            Rule::Include(years) => {
                bytes.variant(2);
                bytes.list(years);
            }
            Rule::Sum { window, need } => {
                bytes.variant(3);
                window.write(bytes);
                need.write(bytes);
            }
        }
    }
}

impl Write for Exception {
    fn write(&self, bytes: &mut Bytes) {
        let Exception { clause, years, window, when, need, also, slot } = self;
        clause.write(bytes);
        years.write(bytes);
        window.write(bytes);
        when.write(bytes);
        need.write(bytes);
        bytes.list(also);
        bytes.length(*slot);
    }
}

impl Write for Guard {
    fn write(&self, bytes: &mut Bytes) {
        match self {
            Guard::AnyIncomplete(years) => {
                bytes.variant(0);
                years.write(bytes);
            }
            Guard::AllIncomplete(years) => {
                bytes.variant(1);
                years.write(bytes);
            }
            Guard::Always => bytes.variant(2),
        }
    }
}

impl Write for Need {
    fn write(&self, bytes: &mut Bytes) {
        let Need { total, professional, public } = self;
        for hours in [total, professional, public] {
            bytes.option(hours.as_ref());
        }
    }
}

impl Write for Quantity {
    fn write(&self, bytes: &mut Bytes) {
        match self {
            Quantity::Number(number) => {
                bytes.variant(0);
                number.write(bytes);
            }
            Quantity::RequiredYears => bytes.variant(1),
        }
    }
}

impl Write for Window {
    fn write(&self, bytes: &mut Bytes) {
        let Window { from, to } = self;
        from.write(bytes);
        to.write(bytes);
    }
}

impl Write for YearExpr {
    fn write(&self, bytes: &mut Bytes) {
        let YearExpr { base, offset } = self;
        bytes.variant(match base {
            YearBase::Fixed => 0,
            YearBase::Declaring => 1,
            YearBase::DeclaringLessRequired => 2,
            YearBase::TenureStart => 3,
        });
        offset.write(bytes);
    }
}

impl Write for CategorySet {
    fn write(&self, bytes: &mut Bytes) {
        bytes.variant(match self {
            CategorySet::Professional => 0,
            CategorySet::Public => 1,
            CategorySet::Industry => 2,
            CategorySet::General => 3,
        });
    }
}

impl Write for YearSet {
    fn write(&self, bytes: &mut Bytes) {
        let YearSet(years) = self;
        bytes.number(years.to_be_bytes());
    }
}

impl Write for Hours {
    fn write(&self, bytes: &mut Bytes) {
        bytes.number(self.hundredths().to_be_bytes());
    }
}

impl Write for Box<str> {
    fn write(&self, bytes: &mut Bytes) {
        bytes.text(self);
    }
}

impl Write for i16 {
    fn write(&self, bytes: &mut Bytes) {
        bytes.number(self.to_be_bytes());
    }
}

impl Write for i64 {
    fn write(&self, bytes: &mut Bytes) {
        bytes.number(self.to_be_bytes());
    }
}
