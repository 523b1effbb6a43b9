//! Hours as they are shown.

use serde::Serialize;

use crate::domain::category::Category;
use crate::domain::hours::Hours;
use crate::domain::ledger::posting::Posting;

/// What is said about hours.
#[derive(Clone, Debug, Serialize)]
pub struct Hourly {
    /// The year 年度.
    pub year: i16,
    /// The category 科目.
    pub category: Category,
    /// How many; those of a reversal are negative.
    pub hours: String,
    /// The day of completion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_on: Option<chrono::NaiveDate>,
    /// The course.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course: Option<Box<str>>,
}

impl Hourly {
    pub(in crate::app) fn of(posting: &Posting) -> Hourly {
        let cents = posting.hours.hundredths();
        let sign = if cents < 0 { "-" } else { "" };
        Hourly {
            year: posting.year.get(),
            category: posting.category,
            hours: format!("{sign}{}", Hours::from_hundredths(cents.abs())),
            completed_on: posting.completed_on,
            course: posting.particulars.course_title.clone(),
        }
    }
}
