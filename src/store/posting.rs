//! Hours as several tables have them, in the same columns.

use chrono::NaiveDate;

use super::ledger::stored_category;
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
