//! Hours as people write them: `8`, `8.0`, `８`, `8学时`.

use crate::domain::discreet;
use crate::domain::hours::Hours;
use crate::domain::message::Message;

/// More than this for one event is looked at by somebody.
pub(super) const LIKELY: Hours = Hours::from_hundredths(9000);

/// How much of a text is said again.
const SHOWN: usize = 20;

/// Reads an amount of more than nothing.
pub(super) fn read(text: &str) -> Result<Hours, Message> {
    match amount(text)? {
        Hours::ZERO => Err(Message::new("hours_zero")),
        hours => Ok(hours),
    }
}

/// Reads an amount, which may be none.
pub(super) fn amount(text: &str) -> Result<Hours, Message> {
    let plain: String = text.chars().map(half_width).filter(|c| !c.is_whitespace()).collect();
    let plain = plain.strip_suffix("学时").unwrap_or(&plain);
    if is_sum(plain) {
        return Err(Message::new("hours_sum"));
    }
    plain.parse::<Hours>().map_err(|why| {
        let shown: String = discreet::shown(plain).chars().take(SHOWN).collect();
        Message::new(why.code()).with("field", "hours").with("found", shown)
    })
}

/// `24+6`: hours of two kinds, or of two days, in one cell.
fn is_sum(text: &str) -> bool {
    let mut parts = text.split('+').map(|part| part.parse::<Hours>().is_ok());
    text.contains('+') && parts.all(|is_hours| is_hours)
}

/// Digits, signs and letters of full width as plain ones; nothing else, for `①` is not 1.
pub(super) fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c).wrapping_sub(0xfee0)).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (text, hundredths) in [
            ("8", 800),
            ("8.0", 800),
            ("８", 800),
            (" 8学时", 800),
            ("８．５ 学时", 850),
            ("24.0", 2400),
            ("0.01", 1),
        ] {
            assert_eq!(read(text).map(Hours::hundredths), Ok(hundredths), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_told() {
        for (text, code) in [
            ("八", "hours_not_decimal"),
            ("", "hours_not_decimal"),
            ("1,200", "hours_not_decimal"),
            ("1，200", "hours_not_decimal"),
            ("2.4e1", "hours_not_decimal"),
            ("①", "hours_not_decimal"),
            ("+8", "hours_not_decimal"),
            ("8.125", "hours_too_fine"),
            ("0", "hours_zero"),
            ("0.00学时", "hours_zero"),
            ("-8", "hours_negative"),
            ("100000", "hours_too_large"),
            ("24+6", "hours_sum"),
            ("２４＋６", "hours_sum"),
        ] {
            assert_eq!(read(text).map_err(|message| message.code), Err(code), "{text}");
        }
    }
}
