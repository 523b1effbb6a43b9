//! One record of hours, as the judge is given it: deduplicated, attributed to a year, not voided.

use super::category::Category;
use super::hours::Hours;
use super::year::Year;

/// Where a record stands with the authority that recognises it (认定).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// Recognised: it counts.
    #[default]
    Confirmed,
    /// Waiting for recognition: it may come to count.
    Pending,
    /// Refused by the authority: it does not count.
    Rejected,
    /// Recognised once and withdrawn: it does not count.
    Revoked,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 4] =
        [Status::Confirmed, Status::Pending, Status::Rejected, Status::Revoked];

    /// The name in files, API and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Confirmed => "confirmed",
            Status::Pending => "pending",
            Status::Rejected => "rejected",
            Status::Revoked => "revoked",
        }
    }
}

/// Hours of one category that count for one year, with who vouches for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The year 年度 the hours count for.
    pub year: Year,
    /// The category 科目.
    pub category: Category,
    /// How many.
    pub hours: Hours,
    /// Whoever vouches for them: a city system, a learning site, paper.
    pub source: Box<str>,
    /// On what basis, where the source says.
    pub basis: Option<Box<str>>,
    /// Recognition.
    pub status: Status,
}
