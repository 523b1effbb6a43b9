//! Years 年度 and sets of them.

use std::fmt;

use serde::Serialize;

/// A calendar year that hours count for, 1900 to 2199.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Year(i16);

impl Year {
    /// The first year that is accepted.
    pub const MIN: i16 = 1900;
    /// The last year that is accepted.
    pub const MAX: i16 = 2199;

    /// A year within 1900..=2199.
    pub fn new(year: i64) -> Option<Year> {
        i16::try_from(year).ok().filter(|y| (Year::MIN..=Year::MAX).contains(y)).map(Year)
    }

    /// The number.
    pub const fn get(self) -> i16 {
        self.0
    }
}

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A span of credit years, open at either end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct YearRange {
    /// First year, if bounded.
    pub from: Option<Year>,
    /// Last year, if bounded.
    pub to: Option<Year>,
}

impl YearRange {
    /// Whether the year lies within.
    pub fn contains(self, year: Year) -> bool {
        self.from.is_none_or(|from| from <= year) && self.to.is_none_or(|to| year <= to)
    }

    /// Whether some year lies in both.
    pub fn overlaps(self, other: YearRange) -> bool {
        let below = |a: Option<Year>, b: Option<Year>| match (a, b) {
            (Some(from), Some(to)) => from <= to,
            _ => true,
        };
        below(self.from, other.to) && below(other.from, self.to)
    }
}

/// A set of years around a declaring year, one bit each: the 61 years up to it and three after.
///
/// Years outside that frame are unknown to every clause that counts; [`Frame::range`] clamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct YearSet(pub u64);

impl YearSet {
    /// No year.
    pub const EMPTY: YearSet = YearSet(0);

    /// Whether every year of `self` is in `other`.
    pub const fn within(self, other: YearSet) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether there is no year.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it holds this bit.
    pub const fn has(self, bit: u32) -> bool {
        self.0 >> bit & 1 == 1
    }

    /// Years in both.
    #[must_use]
    pub const fn and(self, other: YearSet) -> YearSet {
        YearSet(self.0 & other.0)
    }

    /// Years in either.
    #[must_use]
    pub const fn or(self, other: YearSet) -> YearSet {
        YearSet(self.0 | other.0)
    }

    /// Years of `self` not in `other`.
    #[must_use]
    pub const fn minus(self, other: YearSet) -> YearSet {
        YearSet(self.0 & !other.0)
    }

    /// How many years.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The bits, from the earliest year.
    pub fn bits(self) -> impl Iterator<Item = u32> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            (rest != 0).then(|| {
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                bit
            })
        })
    }
}

/// Maps years to the bits of a [`YearSet`] for one declaring year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    first: i16,
}

impl Frame {
    /// How many years before the declaring year the frame begins.
    const BEFORE: i16 = 60;

    /// The frame of a declaring year.
    pub const fn around(declaring: Year) -> Frame {
        Frame { first: declaring.get() - Frame::BEFORE }
    }

    /// The declaring year.
    pub const fn declaring(self) -> i16 {
        self.first + Frame::BEFORE
    }

    /// The bit of a year inside the frame.
    pub fn bit(self, year: i16) -> Option<u32> {
        u32::try_from(i32::from(year) - i32::from(self.first)).ok().filter(|bit| *bit < 64)
    }

    /// The year of a bit.
    pub fn year(self, bit: u32) -> i16 {
        self.first + i16::try_from(bit).unwrap_or(i16::MAX)
    }

    /// The years `from..=to`, clamped to the frame; empty when `from > to`.
    pub fn range(self, from: i16, to: i16) -> YearSet {
        let low = i32::from(from) - i32::from(self.first);
        let high = i32::from(to) - i32::from(self.first);
        if low > high || high < 0 || low > 63 {
            return YearSet::EMPTY;
        }
        let (low, high) = (low.max(0), high.min(63));
        YearSet((u64::MAX >> (63 - (high - low))) << low)
    }

    /// The years of an open-ended range, clamped to the frame.
    pub fn of(self, range: YearRange) -> YearSet {
        self.range(range.from.map_or(i16::MIN, Year::get), range.to.map_or(i16::MAX, Year::get))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_clamp_to_the_frame() {
        let frame = Frame::around(Year(2023));
        assert_eq!(frame.range(2020, 2023).len(), 4);
        assert_eq!(frame.range(1800, 2300), YearSet(u64::MAX));
        assert!(frame.range(2024, 2023).is_empty());
        assert!(frame.range(1800, 1900).is_empty());
        assert!(frame.range(2030, 2040).is_empty());
        assert_eq!(frame.range(2026, 2040).len(), 1);
        let years: Vec<i16> = frame.range(2021, 2023).bits().map(|b| frame.year(b)).collect();
        assert_eq!(years, [2021, 2022, 2023]);
    }
}
