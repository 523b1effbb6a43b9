//! What keyboards, programs and spreadsheets do to numbers and names.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// A number in NFKC, without what people and programs put around and between its digits; x is X.
pub(super) fn without_ornament(text: &str) -> Zeroizing<String> {
    // NFKC makes of some apostrophes a space with an accent, so those go first.
    let kept = text.chars().filter(|c| !is_ornament(*c)).nfkc().filter(|c| !is_ornament(*c));
    let mut normalised = Zeroizing::new(String::with_capacity(text.len()));
    normalised.extend(kept.map(|c| if c == 'x' { 'X' } else { c }));
    normalised
}

fn is_ornament(c: char) -> bool {
    c.is_whitespace() || is_invisible(c) || "'`´‘’‛′ʹʼˈ＇".contains(c)
}

/// Of no width, and so in no name and no number: joiners, marks of direction, byte order marks,
/// choices between variants of a character.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Digits from which on a spreadsheet no longer keeps them all, or shows them.
const LONG: usize = 15;

/// `3.3E+17`, `330,523,190,001,011,000`, `330523190001011000.0`, `####`: a cell that shows a number.
pub(super) fn is_cell_of_a_number(text: &[u8]) -> bool {
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let unsigned = |part: &'_ [u8]| match part {
        [b'+' | b'-', rest @ ..] => digits(rest),
        all => digits(all),
    };
    let decimal = |part: &[u8]| match part.iter().position(|b| *b == b'.') {
        None => digits(part),
        Some(dot) => match part.split_at(dot) {
            (whole, [_dot, fraction @ ..]) => {
                digits(whole) && (fraction.is_empty() || digits(fraction))
            }
            _ => false,
        },
    };
    if matches!(text, [b'#', ..]) && text.iter().all(|b| *b == b'#') {
        return true;
    }
    if let Some(at) = text.iter().position(|b| matches!(b, b'e' | b'E'))
        && let (mantissa, [_e, exponent @ ..]) = text.split_at(at)
    {
        return decimal(mantissa) && unsigned(exponent);
    }
    let plain: Zeroizing<Vec<u8>> =
        Zeroizing::new(text.iter().copied().filter(|b| *b != b',').collect());
    let is_long = plain.iter().take_while(|b| b.is_ascii_digit()).count() >= LONG;
    let is_marked = text.iter().any(|b| matches!(b, b',' | b'.'));
    is_long && is_marked && decimal(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cell_of_a_number_is_known() {
        for text in ["3E17", "3.E+17", "33.5e-1", "123456789012345.", "123,456,789,012,345", "#"] {
            assert!(is_cell_of_a_number(text.as_bytes()), "{text}");
        }
        for text in ["", "E17", "3E", "3.5", "1,2", "123456789012345", "E12345678", ".5E3", "#N/A"]
        {
            assert!(!is_cell_of_a_number(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn ornament_is_taken_off() {
        assert_eq!(*without_ornament(" \u{feff}'１２ 3x\t"), "123X");
    }
}
