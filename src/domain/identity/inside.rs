//! Identity numbers inside other texts.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::{FORMER, FULL, IdNumber};
use crate::domain::spelling::without_ornament;

/// Whether a text holds an identity number: eighteen valid characters anywhere in it, or a word of
/// fifteen digits that has a province and a day of birth. For refusing keys that are made of one.
pub fn looks_like_id_number(text: &str) -> bool {
    let joined = without_ornament(text);
    let full = |window: &[u8]| IdNumber::of_18(window).is_ok();
    if joined.as_bytes().windows(FULL).any(full) {
        return true;
    }
    let former = |word: &str| word.len() == FORMER && is_former(word.as_bytes());
    let spaced: Zeroizing<String> = Zeroizing::new(text.nfkc().collect());
    [&joined, &spaced]
        .into_iter()
        .any(|text| text.split(|c: char| !c.is_ascii_alphanumeric()).any(former))
}

/// Fifteen digits in a key are often something else, so the province must be one.
fn is_former(word: &[u8]) -> bool {
    let province = word.get(..2).and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
    let is_province = matches!(
        province,
        Some(11..=15_u8 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
    );
    is_province && IdNumber::of_15(word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "330523190001011237";

    #[test]
    fn a_text_that_holds_a_number_is_noticed() {
        for text in [
            NUMBER,
            "2024-330523190001011237-1",
            "99330523190001011237001",
            "cert 330523 19000101 1237",
            "33052319000101100x",
            "key:330523000101123",
            "３３０５２３０００１０１１２３",
        ] {
            assert!(looks_like_id_number(text), "{text}");
        }
        for text in [
            "",
            "2024-00001",
            "330523190001011238",
            "1330523000101123", // sixteen digits
            "990523000101123",  // no province
            "01J9ZQ6W3N8Q4R5T6V7X8Y9Z0A",
            "张三",
        ] {
            assert!(!looks_like_id_number(text), "{text}");
        }
    }
}
