//! One person of the columns before the judge of single people: exact for whatever is open.

use super::code;
use super::input::{Columns, OpenRecord, Particular};
use crate::domain::category::Category;
use crate::domain::hours::Hours;
use crate::domain::policy::evaluate::context::Context;
use crate::domain::policy::evaluate::decisions::Decisions;
use crate::domain::policy::evaluate::hours::{HoursByYear, refused_by};
use crate::domain::policy::evaluate::years::CompliantYears;
use crate::domain::policy::plan::Plan;
use crate::domain::policy::plan::years::years_read;
use crate::domain::record::{Record, Status};
use crate::domain::year::{Frame, Year, YearSet};

/// A plan for single people.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub(super) plan: Plan,
    monotone: bool,
    read: YearSet,
    /// The years from which hours count, by source and category.
    admitted: Vec<[YearSet; 4]>,
}

impl Scalar {
    pub(super) fn of(plan: &Plan, columns: &Columns<'_>) -> Scalar {
        let read = years_read(plan);
        let admitted = columns.sources.iter().map(|source| {
            Category::ALL.map(|category| {
                let counts = |bit: &u32| {
                    Year::new(plan.frame.year(*bit).into()).is_some_and(|year| {
                        let record = Record {
                            year,
                            category,
                            hours: Hours::ZERO,
                            source: source.name.clone(),
                            basis: source.basis.clone(),
                            status: Status::Confirmed,
                        };
                        refused_by(&plan.admits, plan.legacy, *bit, &record).is_none()
                    })
                };
                if plan.admits.is_empty() {
                    return read;
                }
                read.bits()
                    .filter(counts)
                    .fold(YearSet::EMPTY, |all, bit| all.or(YearSet(1 << bit)))
            })
        });
        let admitted = admitted.collect();
        Scalar { plan: plan.clone(), monotone: plan.is_monotone(), read, admitted }
    }

    /// Whether hours of a source, category and year can count.
    pub(super) fn admits(&self, source: usize, category: usize, bit: u32) -> bool {
        let sets = self.admitted.get(source);
        sets.and_then(|sets| sets.get(category)).is_some_and(|years| years.has(bit))
    }

    /// The bit of the year of an open record, if the record counts and is read.
    pub(super) fn counts(&self, record: &OpenRecord) -> Option<u32> {
        let bit = self.plan.frame.bit(record.year.get())?;
        let admitted = self.admits(record.source.into(), record.category.index(), bit);
        (admitted && record.hours != Hours::ZERO).then_some(bit)
    }

    /// The hours of a person of the columns, without open records.
    pub(super) fn sheet(&self, columns: &Columns<'_>, person: usize) -> HoursByYear {
        let mut sheet = HoursByYear::over(self.read);
        for year in columns.years() {
            let Some(bit) = self.plan.frame.bit(year.year.get()) else { continue };
            for (category, cells) in year.cells.iter().enumerate() {
                if let Some(cells) = cells.filter(|_| self.admits(0, category, bit)) {
                    sheet.add(bit, category, cells.get(person) * columns.unit(), false);
                }
            }
        }
        sheet
    }

    /// The verdict of a person of the columns.
    pub(super) fn judge(&self, columns: &Columns<'_>, person: usize) -> u8 {
        self.particular(columns, &Particular { person, records: &[], matter: None })
    }

    /// The verdict of a person of whom more is known.
    pub(super) fn particular(&self, columns: &Columns<'_>, particular: &Particular<'_>) -> u8 {
        let mut sheet = self.sheet(columns, particular.person);
        for record in particular.records {
            if let Some(bit) = self.counts(record) {
                let category = record.category.index();
                sheet.add(bit, category, record.hours.hundredths(), record.pending);
            }
        }
        let (facts, decisions) = match particular.matter {
            Some(matter) => {
                let set = |years: &[Year]| set_of(self.plan.frame, years);
                let (excused, reviewed) = (set(&matter.excused), set(&matter.reviewed));
                (matter.facts, Decisions { excused, reviewed })
            }
            None => (columns.facts_of(particular.person), Decisions::default()),
        };
        let years = CompliantYears::of(&self.plan, &sheet, self.read, decisions);
        let context = Context {
            plan: &self.plan,
            hours: &sheet,
            years: &years,
            facts,
            decisions,
            monotone: self.monotone,
            without: 0,
        };
        code(context.verdict())
    }
}

fn set_of(frame: Frame, years: &[Year]) -> YearSet {
    years.iter().fold(YearSet::EMPTY, |all, y| all.or(frame.range(y.get(), y.get())))
}
