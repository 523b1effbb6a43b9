//! The name of a person, as it is shown and as it is compared.
//!
//! The same name is written with several dots, in full width, with spaces between its characters.
//! What is kept is one spelling of it; what is compared ignores the case of letters too. A name
//! alone never finds a person: it only confirms who a number says somebody is.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

use super::spelling::is_invisible;

/// Why a text is not a name. It holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAName {
    /// Nothing, or nothing that is seen.
    Empty,
    /// More than [`PersonName::LONGEST`] characters.
    TooLong,
    /// A control character.
    Control,
    /// Only digits and signs.
    NoLetters,
    /// Holds the sign that some program wrote for a character which it could not write.
    Damaged,
}

impl NotAName {
    /// Every reason.
    pub const ALL: [NotAName; 5] = [
        NotAName::Empty,
        NotAName::TooLong,
        NotAName::Control,
        NotAName::NoLetters,
        NotAName::Damaged,
    ];

    /// The stable message code.
    pub const fn code(self) -> &'static str {
        match self {
            NotAName::Empty => "person_name_empty",
            NotAName::TooLong => "person_name_too_long",
            NotAName::Control => "person_name_control",
            NotAName::NoLetters => "person_name_no_letters",
            NotAName::Damaged => "person_name_damaged",
        }
    }

    /// Whether the row was right once, and is to be held until somebody says what it was.
    pub const fn is_damaged(self) -> bool {
        matches!(self, NotAName::Damaged)
    }
}

/// The dot between the parts of a name.
const DOT: char = '·';

/// A name in one spelling; wiped from memory when it is dropped, and never printed by itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonName(String);

impl PersonName {
    /// The most characters that a name has.
    pub const LONGEST: usize = 100;

    /// From a text as people write it.
    pub fn parse(text: &str) -> Result<PersonName, NotAName> {
        // No character takes more bytes; a longer text need not be looked at.
        if text.len() > PersonName::LONGEST * 40 {
            return Err(NotAName::TooLong);
        }
        let name = PersonName(one_spelling(text));
        let count = name.0.chars().count();
        if count == 0 {
            return Err(NotAName::Empty);
        }
        if count > PersonName::LONGEST {
            return Err(NotAName::TooLong);
        }
        if name.0.chars().any(char::is_control) {
            return Err(NotAName::Control);
        }
        if name.0.contains(['\u{fffd}', '?']) {
            return Err(NotAName::Damaged);
        }
        if !name.0.chars().any(is_of_a_name) {
            return Err(NotAName::NoLetters);
        }
        Ok(name)
    }

    /// The name itself: for sealing, and for showing to whoever may see it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The form that is compared: the same for the same name in another case.
    pub fn matching(&self) -> Zeroizing<String> {
        let mut folded = Zeroizing::new(String::with_capacity(self.0.len() * 2));
        // By way of the upper case, where ß is SS, and both sigmas are one.
        folded.extend(self.0.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase));
        let mut matching = Zeroizing::new(String::with_capacity(folded.len()));
        matching.extend(folded.nfkc());
        matching
    }
}

impl Drop for PersonName {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(…)")
    }
}

/// NFKC with one kind of dot, no invisible characters, and spaces only where they part words.
fn one_spelling(text: &str) -> String {
    let seen = |c: &char| !is_invisible(*c);
    // Before NFKC, which makes a full stop of some of the dots.
    let dotted = text.chars().filter(seen).map(|c| if is_dot(c) { DOT } else { c });
    let normal: Zeroizing<Vec<char>> = Zeroizing::new(
        dotted.nfkc().filter(seen).map(|c| if is_dot(c) { DOT } else { c }).collect(),
    );
    let mut name = String::with_capacity(text.len().saturating_mul(2));
    let mut before = None;
    let mut spaced = false;
    for (i, &c) in normal.iter().enumerate() {
        if c.is_whitespace() {
            spaced = true;
            continue;
        }
        let next = normal.get(i + 1).copied();
        let is_between_han = |before: Option<char>| {
            !spaced && before.is_some_and(is_han) && next.is_some_and(is_han)
        };
        let c = if c == '.' && is_between_han(before) { DOT } else { c };
        if let Some(before) = before
            && spaced
            && before != DOT
            && c != DOT
            && !(is_han(before) && is_han(c))
        {
            name.push(' ');
        }
        name.push(c);
        before = Some(c);
        spaced = false;
    }
    name
}

/// The dots that keyboards give for the one between the parts of a name.
fn is_dot(c: char) -> bool {
    matches!(
        c,
        DOT | '\u{387}'
            | '\u{16eb}'
            | '•'
            | '‧'
            | '∙'
            | '⋅'
            | '⸱'
            | '・'
            | '･'
            | '．'
            | '﹒'
            | '●'
    )
}

/// Chinese characters, with the signs that stand for one, and the private ones in which rare
/// characters of names were kept before Unicode had them.
fn is_han(c: char) -> bool {
    matches!(c,
        '\u{2e80}'..='\u{2fdf}' | '々' | '〇' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{e000}'..='\u{f8ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_of_a_name(c: char) -> bool {
    c.is_alphabetic() || is_han(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, NotAName> {
        PersonName::parse(text).map(|name| name.expose().to_owned())
    }

    #[test]
    fn a_name_has_one_spelling() {
        for (text, name) in [
            ("张三", "张三"),
            (" 张　三\n", "张三"),
            ("张\u{200b}三\u{feff}", "张三"),
            ("葛\u{e0100}", "葛"),
            ("\u{f9e1}", "李"),
            ("阿卜杜拉·买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉･买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉．买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉‧买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉 · 买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉.买买提", "阿卜杜拉·买买提"),
            ("Ｊｏｈｎ   Ｓｍｉｔｈ", "John Smith"),
            ("J. R. Smith", "J. R. Smith"),
            ("张三 Smith", "张三 Smith"),
            ("\u{e000}三", "\u{e000}三"),
        ] {
            assert_eq!(parsed(text).as_deref(), Ok(name), "{text:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, why) in [
            ("", NotAName::Empty),
            (" \u{3000}\u{200b}", NotAName::Empty),
            ("张\u{0}三", NotAName::Control),
            ("12345", NotAName::NoLetters),
            ("１２-３", NotAName::NoLetters),
            ("·", NotAName::NoLetters),
            ("张?", NotAName::Damaged),
            ("？三", NotAName::Damaged),
            ("张\u{fffd}", NotAName::Damaged),
        ] {
            assert_eq!(parsed(text), Err(why), "{text:?}");
        }
        assert_eq!(parsed(&"张".repeat(100)).map(|name| name.chars().count()), Ok(100));
        assert_eq!(parsed(&"张".repeat(101)), Err(NotAName::TooLong));
        assert_eq!(parsed(&" ".repeat(1_000_000)), Err(NotAName::TooLong));
    }

    #[test]
    fn names_are_compared_without_case() {
        let name = |text| PersonName::parse(text).unwrap();
        for (one, other) in [("John Smith", "JOHN  smith"), ("Weiß", "WEISS"), ("张 三", "张三")]
        {
            assert_eq!(*name(one).matching(), *name(other).matching(), "{one}");
        }
        for (one, other) in [("张三", "张叁"), ("John Smith", "JohnSmith")] {
            assert_ne!(*name(one).matching(), *name(other).matching(), "{one}");
        }
        assert_eq!(*name("Ｊｏｈｎ·李").matching(), "john·李");
    }

    #[test]
    fn a_name_is_not_printed() {
        assert_eq!(format!("{:?}", PersonName::parse("张三")), "Ok(PersonName(…))");
    }
}
