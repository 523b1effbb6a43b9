//! The only place that asks what time it is.

use chrono::NaiveDate;

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A day that stands still, for tests and for repeating an answer.
    Fixed(NaiveDate),
}

impl Clock {
    /// Today in China.
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn today(self) -> NaiveDate {
        match self {
            Clock::Fixed(day) => day,
            Clock::System => {
                let utc = chrono::Utc::now();
                chrono::FixedOffset::east_opt(8 * 3600).map_or_else(
                    || utc.date_naive(),
                    |china| utc.with_timezone(&china).date_naive(),
                )
            }
        }
    }
}
