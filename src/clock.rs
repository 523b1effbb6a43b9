//! The only place that asks what time it is.

use chrono::NaiveDate;

use crate::domain::timestamp::Timestamp;

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// An instant that stands still, for tests and for repeating an answer.
    Fixed(Timestamp),
}

impl Clock {
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn now(self) -> Timestamp {
        match self {
            Clock::Fixed(at) => at,
            Clock::System => Timestamp::from_micros(chrono::Utc::now().timestamp_micros()),
        }
    }

    /// Today in China.
    pub fn today(self) -> NaiveDate {
        self.now().day_in_china()
    }
}
