//! Identity numbers and names.

use proptest::prelude::*;
use xueshi::domain::identity::{IdNumber, NotAnIdNumber, looks_like_id_number};
use xueshi::domain::person_name::PersonName;

use super::try_all;

/// The check digit by the definition of ISO 7064: the whole is 1 modulo 11.
fn with_check_digit(digits: &str) -> String {
    let sum = |last: u32| {
        let of_digits =
            digits.bytes().fold(0, |sum, digit| (sum * 2 + u32::from(digit - b'0')) % 11);
        (of_digits * 2 + last) % 11
    };
    let last = (0..11).find(|last| sum(*last) == 1).expect("2 has an inverse modulo 11");
    format!("{digits}{}", if last == 10 { "X".to_owned() } else { last.to_string() })
}

/// Valid numbers of people born in 1900.
fn numbers() -> impl Strategy<Value = String> {
    (110_000..830_000_u32, 1..=12_u32, 1..=28_u32, 0..1000_u32).prop_map(
        |(region, month, day, sequence)| {
            with_check_digit(&format!("{region}1900{month:02}{day:02}{sequence:03}"))
        },
    )
}

#[test]
fn any_text_is_a_number_or_not() {
    let texts = prop_oneof![
        "\\PC{0,24}",
        "(?s).{0,24}",
        "[0-9Xx０-９ '\u{200b}]{15,22}",
        "[0-9.,eE+#-]{0,22}",
        "330523(19)?000101[0-9]{3}[0-9X]?",
        numbers(),
    ];
    try_all("numbers", 8000, &texts, |text| {
        looks_like_id_number(&text);
        let Ok(number) = IdNumber::parse(&text) else { return Ok(()) };
        prop_assert_eq!(with_check_digit(&number.expose()[..17]), number.expose());
        let again = IdNumber::parse(number.expose());
        prop_assert_eq!(again.as_ref(), Ok(&number));
        prop_assert!(looks_like_id_number(number.expose()));
        let shown = format!("{number} {number:?} {}", number.masked());
        prop_assert!(!shown.contains(number.expose()) && !shown.contains(&number.expose()[6..14]));
        Ok(())
    });
}

#[test]
fn a_number_is_the_same_in_both_forms() {
    try_all("both forms", 4000, &numbers(), |text| {
        let number = IdNumber::parse(&text).expect("a valid number");
        prop_assert_eq!(number.expose(), &text);
        let former = format!("{}{}", &text[..6], &text[8..17]);
        let upgraded = IdNumber::parse(&former);
        prop_assert_eq!(upgraded.as_ref(), Ok(&number));
        let key = format!("key {text}/1");
        prop_assert!(looks_like_id_number(&key));
        Ok(())
    });
}

#[test]
fn one_wrong_digit_is_noticed() {
    try_all("wrong digits", 4000, &(numbers(), 0..17_usize, 1..10_u8), |(text, at, by)| {
        let mut changed = text.clone().into_bytes();
        changed[at] = b'0' + (changed[at] - b'0' + by) % 10;
        let changed = String::from_utf8(changed).expect("ASCII");
        prop_assert!(IdNumber::parse(&changed).is_err());
        Ok(())
    });
}

/// Fifteen digits are kept, the rest becomes zeros.
#[test]
fn a_spreadsheet_is_found_out() {
    try_all("spreadsheets", 4000, &numbers(), |text| {
        let damaged = format!("{}000", &text[..15]);
        match IdNumber::parse(&damaged) {
            // One in eleven passes the check by chance.
            Ok(number) => prop_assert!(number.expose().ends_with("000")),
            Err(why) => prop_assert_eq!(why, NotAnIdNumber::Damaged),
        }
        let (first, rest) = text.split_at(1);
        for digits in [1, 5] {
            let shown = format!("{first}.{}E+17", &rest[..digits]);
            prop_assert_eq!(IdNumber::parse(&shown), Err(NotAnIdNumber::Damaged));
        }
        Ok(())
    });
}

#[test]
fn a_name_has_one_spelling() {
    let texts = prop_oneof![
        "\\PC{0,12}",
        "(?s).{0,12}",
        "[张三阿 .·•．\u{3000}\u{200b}\u{301}a-cA-C´ﷺİßς]{0,12}",
        "\\PC{90,130}",
    ];
    try_all("names", 8000, &texts, |text| {
        let Ok(name) = PersonName::parse(&text) else { return Ok(()) };
        let again = PersonName::parse(name.expose());
        prop_assert_eq!(again.as_ref().map(PersonName::expose), Ok(name.expose()));
        prop_assert!((1..=PersonName::LONGEST).contains(&name.expose().chars().count()));
        prop_assert!(!name.expose().chars().any(char::is_control));
        let again = again.expect("the same name");
        prop_assert_eq!(&*again.matching(), &*name.matching());
        Ok(())
    });
}
