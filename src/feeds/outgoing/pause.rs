//! How long to wait before asking again, and when not to ask at all.

use std::time::Duration;

use chrono::DateTime;

use super::Patience;
use crate::domain::timestamp::Timestamp;

/// How long after a failed attempt, the first being 1: doubled each time, half of it by chance, so that
/// those who failed together do not come back together.
pub(super) fn after(attempt: u32, chance: u64, patience: &Patience) -> Duration {
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1).min(16));
    let whole = patience.first_pause.saturating_mul(doubled).min(patience.longest_pause);
    let half = whole / 2;
    let micros = u64::try_from(half.as_micros()).unwrap_or(u64::MAX);
    half + Duration::from_micros(chance % micros.saturating_add(1))
}

/// What the other side asked for: seconds, or the time of a day.
pub(super) fn asked(header: &str, now: Timestamp, patience: &Patience) -> Option<Duration> {
    let header = header.trim();
    let asked = match header.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = DateTime::parse_from_rfc2822(header).ok()?.timestamp_micros();
            Duration::from_micros(u64::try_from(at.saturating_sub(now.micros())).unwrap_or(0))
        }
    };
    Some(asked.min(patience.longest_asked))
}

/// Counts failures, and rests after several in a row.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    until: Option<Timestamp>,
}

impl Breaker {
    /// Until when nothing is asked. When that time has come one attempt is let through, and only what
    /// comes of it decides.
    pub(super) fn resting(&mut self, now: Timestamp, patience: &Patience) -> Option<Timestamp> {
        let until = self.until?;
        if now < until {
            return Some(until);
        }
        self.until = Some(later(now, patience.rest));
        None
    }

    pub(super) fn succeeded(&mut self) {
        *self = Breaker::default();
    }

    pub(super) fn failed(&mut self, now: Timestamp, patience: &Patience) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= patience.failures {
            self.until = Some(later(now, patience.rest));
        }
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.micros().saturating_add(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_differ() {
        let patience = Patience { longest_pause: Duration::from_secs(10), ..Patience::default() };
        for (attempt, seconds) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (99, 10)] {
            let whole = Duration::from_secs(seconds);
            assert_eq!(after(attempt, 0, &patience), whole / 2);
            for chance in [1, 77, u64::MAX] {
                let pause = after(attempt, chance, &patience);
                assert!(pause >= whole / 2 && pause <= whole, "{attempt} {chance} {pause:?}");
            }
        }
        assert_ne!(after(1, 1, &patience), after(1, 2, &patience));
    }

    #[test]
    fn what_is_asked_for_is_kept_within_bounds() {
        let patience = Patience { longest_asked: Duration::from_secs(100), ..Patience::default() };
        let now = "2024-05-06T08:00:00Z".parse().expect("an instant");
        let asked = |header| asked(header, now, &patience).map(|pause| pause.as_secs());
        assert_eq!(asked("7"), Some(7));
        assert_eq!(asked("99999999"), Some(100));
        assert_eq!(asked("Mon, 06 May 2024 08:00:30 GMT"), Some(30));
        assert_eq!(asked("Mon, 06 May 2024 07:00:00 GMT"), Some(0));
        assert_eq!(asked("Mon, 06 May 2030 07:00:00 GMT"), Some(100));
        assert_eq!(asked("soon"), None);
    }

    #[test]
    fn after_several_failures_nothing_is_asked_for_a_while() {
        let patience =
            Patience { failures: 2, rest: Duration::from_mins(1), ..Patience::default() };
        let mut breaker = Breaker::default();
        let start = Timestamp::from_micros(0);
        breaker.failed(start, &patience);
        assert_eq!(breaker.resting(start, &patience), None);
        breaker.failed(start, &patience);
        let until = start.plus_seconds(60);
        assert_eq!(breaker.resting(start.plus_seconds(59), &patience), Some(until));
        // One is let through, the next waits for what comes of it.
        assert_eq!(breaker.resting(until, &patience), None);
        assert!(breaker.resting(until, &patience).is_some());
        breaker.succeeded();
        assert_eq!(breaker.resting(until, &patience), None);
    }
}
