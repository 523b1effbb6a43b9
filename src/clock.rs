//! The only place that asks what time it is.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::NaiveDate;

use crate::domain::timestamp::Timestamp;

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// An instant that stands still, for tests and for repeating an answer.
    Fixed(Timestamp),
    /// An instant, in microseconds, that whoever made it moves on or back: for tests.
    Moved(&'static AtomicI64),
}

impl Clock {
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn now(self) -> Timestamp {
        match self {
            Clock::Fixed(at) => at,
            Clock::Moved(micros) => Timestamp::from_micros(micros.load(Ordering::Relaxed)),
            Clock::System => Timestamp::from_micros(chrono::Utc::now().timestamp_micros()),
        }
    }

    /// Today in China.
    pub fn today(self) -> NaiveDate {
        self.now().day_in_china()
    }
}
