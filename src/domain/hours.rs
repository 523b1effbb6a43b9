//! Hours 学时: exact hundredths, never a binary float.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// An amount of hours, counted in hundredths.
///
/// One parsed amount is at most [`Hours::MAX`], so a sum of fewer than 2³² of them fits: sums of
/// records cannot overflow, and the operators below need no failure path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours(i64);

impl Hours {
    /// No hours.
    pub const ZERO: Hours = Hours(0);
    /// The smallest step: 0.01 hours.
    pub const STEP: Hours = Hours(1);
    /// The largest amount that one record or one clause may state: 99,999.99 hours.
    pub const MAX: Hours = Hours(9_999_999);

    /// From an integer count of hundredths.
    pub const fn from_hundredths(hundredths: i64) -> Hours {
        Hours(hundredths)
    }

    /// The integer count of hundredths.
    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// `self - other`, or zero where that would be negative.
    #[must_use]
    pub fn short_of(self, need: Hours) -> Hours {
        Hours((need.0 - self.0).max(0))
    }

    /// Checked addition, for amounts that did not come from [`Hours::from_str`].
    pub fn checked_add(self, other: Hours) -> Option<Hours> {
        self.0.checked_add(other.0).map(Hours)
    }
}

impl Add for Hours {
    type Output = Hours;
    fn add(self, other: Hours) -> Hours {
        Hours(self.0 + other.0)
    }
}

impl AddAssign for Hours {
    fn add_assign(&mut self, other: Hours) {
        self.0 += other.0;
    }
}

impl Sub for Hours {
    type Output = Hours;
    fn sub(self, other: Hours) -> Hours {
        Hours(self.0 - other.0)
    }
}

impl std::iter::Sum for Hours {
    fn sum<I: Iterator<Item = Hours>>(amounts: I) -> Hours {
        amounts.fold(Hours::ZERO, Add::add)
    }
}

/// Why a text is not an amount of hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotHours {
    /// Not a plain decimal such as `8`, `8.5` or `8.25`.
    NotDecimal,
    /// More than two decimals: `8.125`.
    TooFine,
    /// Negative: a correction is a reversal, never a negative record.
    Negative,
    /// Above [`Hours::MAX`].
    TooLarge,
}

impl NotHours {
    /// The stable message code.
    pub const fn code(self) -> &'static str {
        match self {
            NotHours::NotDecimal => "hours_not_decimal",
            NotHours::TooFine => "hours_too_fine",
            NotHours::Negative => "hours_negative",
            NotHours::TooLarge => "hours_too_large",
        }
    }
}

impl FromStr for Hours {
    type Err = NotHours;

    fn from_str(text: &str) -> Result<Hours, NotHours> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let unsigned = text.strip_prefix('-');
        let (whole, fraction) = match unsigned.unwrap_or(text).split_once('.') {
            Some((whole, fraction)) if digits(fraction) => (whole, fraction),
            Some(_) => return Err(NotHours::NotDecimal),
            None => (unsigned.unwrap_or(text), ""),
        };
        if !digits(whole) {
            return Err(NotHours::NotDecimal);
        }
        if unsigned.is_some() {
            return Err(NotHours::Negative);
        }
        if fraction.len() > 2 {
            return Err(NotHours::TooFine);
        }
        let whole: i64 = whole.parse().map_err(|_| NotHours::TooLarge)?;
        let cents = fraction.parse::<i64>().unwrap_or(0) * if fraction.len() == 1 { 10 } else { 1 };
        let sum = whole.checked_mul(100).and_then(|w| w.checked_add(cents));
        match sum {
            Some(sum) if sum <= Hours::MAX.0 => Ok(Hours(sum)),
            _ => Err(NotHours::TooLarge),
        }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, cents) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        let text = match cents {
            0 => format!("{sign}{whole}"),
            c if c % 10 == 0 => format!("{sign}{whole}.{}", c / 10),
            c => format!("{sign}{whole}.{c:02}"),
        };
        f.pad(&text)
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_exact_decimals() {
        for (text, hundredths, back) in [
            ("8", 800, "8"),
            ("8.5", 850, "8.5"),
            ("89.99", 8999, "89.99"),
            ("0.05", 5, "0.05"),
            ("60.00", 6000, "60"),
            ("007", 700, "7"),
        ] {
            let hours: Hours = text.parse().unwrap();
            assert_eq!(hours.hundredths(), hundredths);
            assert_eq!(hours.to_string(), back);
        }
    }

    #[test]
    fn refuses_what_is_not_an_exact_amount() {
        for (text, why) in [
            ("", NotHours::NotDecimal),
            (".5", NotHours::NotDecimal),
            ("5.", NotHours::NotDecimal),
            ("1e3", NotHours::NotDecimal),
            ("１２", NotHours::NotDecimal),
            ("+8", NotHours::NotDecimal),
            ("1,200", NotHours::NotDecimal),
            ("-8", NotHours::Negative),
            ("8.125", NotHours::TooFine),
            ("100000", NotHours::TooLarge),
            ("99999999999999999999", NotHours::TooLarge),
        ] {
            assert_eq!(text.parse::<Hours>(), Err(why), "{text}");
        }
    }

    #[test]
    fn nine_tenths_a_hundred_times_is_ninety() {
        let tenth: Hours = "0.9".parse().unwrap();
        let sum: Hours = std::iter::repeat_n(tenth, 100).sum();
        assert_eq!(sum.to_string(), "90");
    }
}
