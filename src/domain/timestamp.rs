//! Instants: microseconds of UTC, the same number in the database, in the hash and in comparisons.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, Utc};

/// An instant, in microseconds since 1970 UTC; written as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 instant of the years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATimestamp;

impl Timestamp {
    /// From the number as it is stored.
    pub const fn from_micros(micros: i64) -> Timestamp {
        Timestamp(micros)
    }

    /// The number as it is stored.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The next instant that can be told apart.
    #[must_use]
    pub const fn next(self) -> Timestamp {
        Timestamp(self.0.saturating_add(1))
    }

    /// So many seconds later, or earlier.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// The day in China.
    pub fn day_in_china(self) -> NaiveDate {
        let utc = self.utc();
        FixedOffset::east_opt(8 * 3600)
            .map_or_else(|| utc.date_naive(), |china| utc.with_timezone(&china).date_naive())
    }

    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl FromStr for Timestamp {
    type Err = NotATimestamp;

    fn from_str(text: &str) -> Result<Timestamp, NotATimestamp> {
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| NotATimestamp)?;
        Ok(Timestamp(instant.timestamp_micros()))
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(|NotATimestamp| {
            serde::de::Error::invalid_value(
                serde::de::Unexpected::Str(&text),
                &"an RFC 3339 instant, such as 2026-01-31T08:00:00Z",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_back_as_it_was_written() {
        for micros in [0, 1, 1_700_000_000_123_456, -1] {
            let at = Timestamp::from_micros(micros);
            assert_eq!(at.to_string().parse(), Ok(at));
        }
        let china = "2026-01-01T00:30:00+08:00".parse::<Timestamp>();
        assert_eq!(china.map(|at| at.to_string()), Ok("2025-12-31T16:30:00.000000Z".to_owned()));
        assert_eq!(china.map(|at| at.day_in_china().to_string()), Ok("2026-01-01".to_owned()));
    }
}
