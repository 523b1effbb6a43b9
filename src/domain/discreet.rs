//! What may be said again of what was sent: never what may be somebody's number or name.

use unicode_normalization::UnicodeNormalization;

use super::identity::looks_like_id_number;
use super::message::{Message, Problem};
use super::person_name::PersonName;

/// In place of what is not said again.
const HIDDEN: &str = "…";
/// Longer than any name of a field or code.
const LONGEST: usize = 100;
/// As many digits in a row are an identity number, or one that was damaged.
const DIGITS: usize = 15;
/// What the program itself says, in whatever script.
const OWN: &[&str] = &["accepted", "columns", "expected", "nearest", "path", "sheets", "why"];

/// A text as an answer, a log or the inbox may say it again. The names of fields and codes are
/// plain letters; what is not could be a name, and long digits could be a number.
pub fn shown(text: &str) -> &str {
    let plain = text.is_ascii() && text.len() <= LONGEST && !looks_like_id_number(text);
    let digits = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    if plain && digits < Some(DIGITS) { text } else { HIDDEN }
}

impl Message {
    /// The same about a request: what it says of the request may be said.
    #[must_use]
    pub fn discreet(mut self) -> Message {
        for (name, value) in &mut self.args {
            if !OWN.contains(name) && shown(value) != value {
                HIDDEN.clone_into(value);
            }
        }
        self
    }
}

impl Problem {
    /// The same about a request.
    #[must_use]
    pub fn discreet(mut self) -> Problem {
        self.message = self.message.discreet();
        self.field = shown(&self.field).to_owned();
        self
    }
}

/// Whether a text that is kept in clear names the person whom it is about.
pub fn names(text: &str, name: &PersonName) -> bool {
    let plain: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    let name: String = name.expose().chars().filter(|c| !c.is_whitespace()).collect();
    // `Li` is in every other key.
    let least = if name.is_ascii() { 6 } else { 2 };
    name.chars().count() >= least && plain.to_lowercase().contains(&name.to_lowercase())
}

/// Whether a key is made of Chinese characters alone: a name, most likely of a shifted column.
pub fn looks_like_name(key: &str) -> bool {
    key.chars()
        .all(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' | '·' | ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_plain_is_said_again() {
        for text in ["", "txet", "declaration.level", "\"2024-13-01\"", "[…]"] {
            assert_eq!(shown(text), if text.is_ascii() { text } else { HIDDEN }, "{text}");
        }
        for text in
            ["张三", "330523190001011237", "330523000101123", "\"330523190001011230\"", "a.张三"]
        {
            assert_eq!(shown(text), HIDDEN, "{text}");
        }
        let message = Message::new("unknown_key").with("key", "张三").with("accepted", "姓名");
        let told = message.discreet().args;
        assert_eq!(told, [("key", HIDDEN.to_owned()), ("accepted", "姓名".to_owned())]);
    }

    #[test]
    fn a_name_is_found_in_a_key() {
        let name = PersonName::parse("样例 一").expect("a name");
        assert!(names("2024-样例一-7", &name) && names("样 例 一", &name));
        assert!(!names("2024-样例二-7", &name));
        let short = PersonName::parse("Li").expect("a name");
        assert!(!names("lishui-2024-1", &short));
        assert!(looks_like_name("样例一") && !looks_like_name("样例1") && !looks_like_name("a"));
    }
}
