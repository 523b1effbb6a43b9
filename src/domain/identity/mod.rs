//! The resident identity number 居民身份证号: eighteen characters, the last a check digit of GB 11643.
//!
//! People type it with spaces, in full width, or in its former form of fifteen digits; spreadsheets
//! put an apostrophe before it, or take it for a number and lose its end. The first is put right
//! here. The second is not: whose number it was can only be guessed, so it is told apart and held.
//!
//! Nothing here prints a number: only [`IdNumber::expose`] gives it.

mod inside;

use std::fmt;

use chrono::NaiveDate;
use zeroize::{Zeroize, Zeroizing};

use super::spelling::{is_cell_of_a_number, without_ornament};

pub use inside::looks_like_id_number;

/// A kind of document that names a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdKind {
    /// 居民身份证.
    ResidentId,
}

impl IdKind {
    /// The number as it is stored, which also enters the blind index: never changed.
    pub const fn get(self) -> i16 {
        match self {
            IdKind::ResidentId => 1,
        }
    }
}

/// Why a text is not an identity number. It holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAnIdNumber {
    /// Neither eighteen characters nor the former fifteen.
    Length,
    /// Something besides digits and a final X.
    Characters,
    /// No such day of birth.
    Date,
    /// The last character is not the check digit of the others.
    CheckDigit,
    /// A spreadsheet took it for a number, and its last digits are lost.
    Damaged,
}

impl NotAnIdNumber {
    /// Every reason.
    pub const ALL: [NotAnIdNumber; 5] = [
        NotAnIdNumber::Length,
        NotAnIdNumber::Characters,
        NotAnIdNumber::Date,
        NotAnIdNumber::CheckDigit,
        NotAnIdNumber::Damaged,
    ];

    /// The stable message code.
    pub const fn code(self) -> &'static str {
        match self {
            NotAnIdNumber::Length => "id_number_length",
            NotAnIdNumber::Characters => "id_number_characters",
            NotAnIdNumber::Date => "id_number_date",
            NotAnIdNumber::CheckDigit => "id_number_check_digit",
            NotAnIdNumber::Damaged => "id_number_damaged",
        }
    }

    /// Whether the row was right once, and is to be held until somebody says what it was.
    pub const fn is_damaged(self) -> bool {
        matches!(self, NotAnIdNumber::Damaged)
    }
}

/// What a spreadsheet keeps of a long number: fifteen digits, then zeros.
const LOST: &[u8] = b"000";

const FULL: usize = 18;
const FORMER: usize = 15;

/// Longer texts are refused before they are looked at.
const LONGEST: usize = 256;

/// A verified identity number of eighteen characters; wiped from memory when it is dropped.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdNumber([u8; FULL]);

impl IdNumber {
    /// From a text as people and spreadsheets write it; the former fifteen digits become eighteen.
    pub fn parse(text: &str) -> Result<IdNumber, NotAnIdNumber> {
        if text.len() > LONGEST {
            return Err(NotAnIdNumber::Length);
        }
        let text = without_ornament(text);
        if is_cell_of_a_number(text.as_bytes()) {
            return Err(NotAnIdNumber::Damaged);
        }
        let read = match text.chars().count() {
            FULL => IdNumber::of_18(text.as_bytes()),
            FORMER => IdNumber::of_15(text.as_bytes()),
            _ => Err(NotAnIdNumber::Length),
        };
        read.map_err(|why| match why {
            NotAnIdNumber::Date | NotAnIdNumber::CheckDigit if has_lost_its_end(&text) => {
                NotAnIdNumber::Damaged
            }
            other => other,
        })
    }

    fn of_18(text: &[u8]) -> Result<IdNumber, NotAnIdNumber> {
        let bytes: [u8; FULL] = text.try_into().map_err(|_| NotAnIdNumber::Characters)?;
        // From here on in the type that is wiped.
        let number = IdNumber(bytes);
        let [digits @ .., last] = &number.0;
        if !digits.iter().all(u8::is_ascii_digit) || !(last.is_ascii_digit() || *last == b'X') {
            return Err(NotAnIdNumber::Characters);
        }
        if !has_birth_date(digits) {
            return Err(NotAnIdNumber::Date);
        }
        if check_digit(digits) != Some(*last) {
            return Err(NotAnIdNumber::CheckDigit);
        }
        Ok(number)
    }

    fn of_15(text: &[u8]) -> Result<IdNumber, NotAnIdNumber> {
        if text.len() != FORMER || !text.iter().all(u8::is_ascii_digit) {
            return Err(NotAnIdNumber::Characters);
        }
        let (region, rest) = text.split_at_checked(6).ok_or(NotAnIdNumber::Characters)?;
        let mut full = Zeroizing::new([0_u8; FULL]);
        for (to, from) in full.iter_mut().zip(region.iter().chain(b"19").chain(rest)) {
            *to = *from;
        }
        let [digits @ .., last] = &mut *full;
        *last = check_digit(digits).ok_or(NotAnIdNumber::Characters)?;
        IdNumber::of_18(full.as_slice())
    }

    /// The number itself: for the blind index, for sealing, and for nothing that is written down.
    pub fn expose(&self) -> &str {
        // Digits and X only, so the default is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The number with the day of birth hidden: `330523********1234`.
    pub fn masked(&self) -> String {
        let mut masked = self.expose().to_owned();
        masked.replace_range(6..14, "********");
        masked
    }
}

impl Drop for IdNumber {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Both show the masked form: a number that is printed by mistake is not shown.
impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// A number begins with no zero, or a spreadsheet would have dropped that too.
fn has_lost_its_end(text: &str) -> bool {
    !text.starts_with('0') && text.as_bytes().ends_with(LOST)
}

/// Whether the first fourteen of eighteen hold a day of birth, which is a day of the calendar.
fn has_birth_date(digits: &[u8]) -> bool {
    let number = |from: usize, to: usize| -> Option<u32> {
        std::str::from_utf8(digits.get(from..to)?).ok()?.parse().ok()
    };
    let date = || {
        let year = number(6, 10).filter(|year| (1800..=2199).contains(year))?;
        NaiveDate::from_ymd_opt(year.try_into().ok()?, number(10, 12)?, number(12, 14)?)
    };
    date().is_some()
}

/// A made-up number: seventeen digits with the check digit that makes them whole.
pub fn with_check_digit(digits: &str) -> String {
    let last = check_digit(digits.as_bytes()).map_or('?', char::from);
    format!("{digits}{last}")
}

/// The check digit of the first seventeen, after GB 11643 (ISO 7064 MOD 11-2).
fn check_digit(digits: &[u8]) -> Option<u8> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight)
        .sum();
    b"10X98765432".get(usize::try_from(sum % 11).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "330523190001011237";

    fn parsed(text: &str) -> Result<String, NotAnIdNumber> {
        IdNumber::parse(text).map(|number| number.expose().to_owned())
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for text in [
            NUMBER,
            " 330523 19000101 1237\r\n",
            "'330523190001011237",
            "\u{feff}’330523190001011237\u{200b}",
            "３３０５２３１９０００１０１１２３７",
            "330523\u{a0}19000101\u{3000}1237",
            "\u{202d}330523190001011237\u{202c}",
            "330523000101123",
            "´330523 000101 123",
        ] {
            assert_eq!(parsed(text).as_deref(), Ok(NUMBER), "{text:?}");
        }
        for text in ["33052319000101100X", "33052319000101100x", "33052319000101100Ｘ"] {
            assert_eq!(parsed(text).as_deref(), Ok("33052319000101100X"), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, why) in [
            ("", NotAnIdNumber::Length),
            ("33052319000101123", NotAnIdNumber::Length),
            ("3305231900010112377", NotAnIdNumber::Length),
            ("E12345678", NotAnIdNumber::Length),
            ("33052A190001011237", NotAnIdNumber::Characters),
            ("33052319000101123Х", NotAnIdNumber::Characters), // Cyrillic
            ("X30523190001011237", NotAnIdNumber::Characters),
            ("33052300010112X", NotAnIdNumber::Characters),
            ("张三张三张三张三张三张三张三张三张三", NotAnIdNumber::Characters),
            ("330523190002290012", NotAnIdNumber::Date),
            ("330523190013010012", NotAnIdNumber::Date),
            ("330523179901010012", NotAnIdNumber::Date),
            ("330523000230001", NotAnIdNumber::Date),
            ("330523190001011238", NotAnIdNumber::CheckDigit),
            ("33052319000101123X", NotAnIdNumber::CheckDigit),
            ("000000000000000000", NotAnIdNumber::Date),
        ] {
            assert_eq!(parsed(text), Err(why), "{text}");
        }
        assert_eq!(parsed(&" ".repeat(10_000)), Err(NotAnIdNumber::Length));
    }

    #[test]
    fn what_a_spreadsheet_damaged_is_told_apart() {
        for text in [
            "330523190001011000",
            "330523000000000000",
            "330523000000000",
            "3.3E+17",
            "3.30523E+17",
            "３．３e１７",
            "330523190001011237.0",
            "330,523,190,001,011,000",
            "##########",
        ] {
            let why = IdNumber::parse(text).unwrap_err();
            assert!(why.is_damaged(), "{text}: {why:?}");
        }
        // Zeros at the end, and the check holds: somebody's number.
        assert!(IdNumber::parse("330523190001015000").is_ok());
    }

    #[test]
    fn a_number_is_not_printed() {
        let number = IdNumber::parse(NUMBER).unwrap();
        assert_eq!(number.masked(), "330523********1237");
        assert_eq!(format!("{number} {number:?}"), "330523********1237 330523********1237");
        assert_eq!(format!("{:?}", IdNumber::parse("33052A190001011237")), "Err(Characters)");
    }

    #[test]
    fn a_kind_is_stored_as_its_number() {
        assert_eq!(IdKind::ResidentId.get(), 1, "it is in every blind index");
    }
}
