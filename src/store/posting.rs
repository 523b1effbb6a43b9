//! Hours as several tables have them, in the same columns.

use chrono::NaiveDate;

use crate::domain::category::Category;
use crate::domain::hours::Hours;
use crate::domain::ledger::posting::{Particulars, Posting};
use crate::domain::year::Year;

/// The hours of a row; none where they do not read.
pub(super) fn stored_posting(
    (year, category, hours): (i16, i16, i64),
    completed_on: Option<NaiveDate>,
    attrs: &str,
) -> Option<Posting> {
    Some(Posting {
        year: Year::new(year.into())?,
        category: stored_category(category)?,
        hours: Hours::from_hundredths(hours),
        completed_on,
        particulars: Particulars::read(attrs)?,
    })
}

/// A category by its stored number.
pub fn stored_category(number: i16) -> Option<Category> {
    usize::try_from(number).ok().and_then(|place| Category::ALL.get(place)).copied()
}

/// The stored number of a category.
pub fn category_number(category: Category) -> i16 {
    i16::try_from(category.index()).unwrap_or_default()
}
