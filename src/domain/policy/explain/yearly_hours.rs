//! The hours of every year, and what became of each record.

use serde::Serialize;

use super::explainer::Explainer;
use crate::domain::category::Category;
use crate::domain::hours::Hours;
use crate::domain::policy::evaluate::hours::refused_by;
use crate::domain::record::Status;
use crate::domain::year::YearSet;

/// The hours of one year, and what became of each record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct YearlyHours {
    /// The year.
    pub year: i16,
    /// Whether some requirement reads the year.
    pub read: bool,
    /// Confirmed hours that count, by category.
    pub counted: ByCategory,
    /// Pending hours that may come to count.
    #[serde(skip_serializing_if = "ByCategory::is_zero")]
    pub pending: ByCategory,
    /// What became of each record, in the order given.
    pub records: Vec<RecordUse>,
}

/// Hours by category; unsplit public hours stand by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ByCategory {
    /// 专业科目.
    pub professional: Hours,
    /// 行业公需.
    pub industry: Hours,
    /// 一般公需.
    pub general: Hours,
    /// 公需, unsplit.
    pub public: Hours,
}

impl ByCategory {
    fn add(&mut self, category: Category, hours: Hours) {
        match category {
            Category::Professional => self.professional += hours,
            Category::Industry => self.industry += hours,
            Category::General => self.general += hours,
            Category::Public => self.public += hours,
        }
    }

    fn is_zero(&self) -> bool {
        *self == ByCategory::default()
    }
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordUse {
    /// Its place among the records given, from 0.
    pub record: usize,
    /// The category.
    pub category: Category,
    /// How much.
    pub hours: Hours,
    /// Whoever vouches for it.
    pub source: Box<str>,
    /// `counted`, `pending`, `not_admitted`, `rejected`, `revoked`, `outside`.
    pub fate: &'static str,
    /// The clause that does not admit it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<Box<str>>,
}

impl Explainer<'_> {
    /// Every year that has records or that a requirement reads, with what became of each record.
    pub fn yearly_hours(&self) -> Vec<YearlyHours> {
        let plan = self.context.plan;
        let read = plan.requirements.iter().fold(YearSet::EMPTY, |all, requirement| {
            all.or(self.years_over_facts(|known| {
                let exceptions = requirement.exceptions.iter();
                exceptions.fold(plan.years_of(requirement, known), |years, exception| {
                    years.or(plan.years_of_exception(exception, known))
                })
            }))
        });
        let mut years: Vec<i16> = read.bits().map(|bit| plan.frame.year(bit)).collect();
        years.extend(self.records.iter().map(|record| record.year.get()));
        years.sort_unstable();
        years.dedup();
        years.into_iter().map(|year| self.yearly_hours_of(year, read)).collect()
    }

    fn yearly_hours_of(&self, year: i16, read: YearSet) -> YearlyHours {
        let plan = self.context.plan;
        let bit = plan.frame.bit(year);
        let is_read = bit.is_some_and(|bit| read.has(bit));
        let mut account = YearlyHours {
            year,
            read: is_read,
            counted: ByCategory::default(),
            pending: ByCategory::default(),
            records: Vec::new(),
        };
        for (index, record) in self.records.iter().enumerate() {
            if record.year.get() != year {
                continue;
            }
            let refused = bit.and_then(|bit| refused_by(&plan.admits, plan.legacy, bit, record));
            let fate = match record.status {
                Status::Rejected => "rejected",
                Status::Revoked => "revoked",
                _ if refused.is_some() => "not_admitted",
                Status::Pending => "pending",
                Status::Confirmed if is_read => "counted",
                Status::Confirmed => "outside",
            };
            match fate {
                "pending" => account.pending.add(record.category, record.hours),
                "counted" | "outside" => account.counted.add(record.category, record.hours),
                _ => {}
            }
            account.records.push(RecordUse {
                record: index,
                category: record.category,
                hours: record.hours,
                source: record.source.clone(),
                fate,
                clause: refused.filter(|_| fate == "not_admitted").map(|a| a.clause.clone()),
            });
        }
        account
    }
}
