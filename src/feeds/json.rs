//! JSON taken apart without losing a digit: a number is the text that the source wrote.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;

use flate2::bufread::MultiGzDecoder;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::alarm::Alarm;
use super::mapping::{Fact, Names};
use crate::domain::message::Message;
use crate::domain::node::{Node, Value};

/// A page is never larger, unpacked.
pub(super) const LARGEST: u64 = 64 << 20;

const GZIP: &[u8] = &[0x1f, 0x8b];

/// The text of an answer, unpacked.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Alarm> {
    let bytes =
        if bytes.starts_with(GZIP) { Cow::Owned(unpacked(bytes)?) } else { Cow::Borrowed(bytes) };
    let text = match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|e| e.utf8_error()),
    };
    match text {
        Ok(Cow::Borrowed(text)) => Ok(Cow::Borrowed(text.trim_start_matches('\u{feff}'))),
        Ok(text) => Ok(text),
        // Half a character is left over where the answer was cut.
        Err(error) if error.error_len().is_none() => Err(Alarm::CutOff { whole: 0 }),
        Err(_) => Err(Alarm::NotAnAnswer),
    }
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Alarm> {
    let mut out = Vec::new();
    match MultiGzDecoder::new(bytes).take(LARGEST + 1).read_to_end(&mut out) {
        Ok(length) if u64::try_from(length).is_ok_and(|length| length <= LARGEST) => Ok(out),
        Ok(_) => {
            Err(Alarm::Unreadable(Message::new("expands_too_far").with("most", LARGEST >> 20)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(Alarm::CutOff { whole: 0 })
        }
        Err(_) => Err(Alarm::NotAnAnswer),
    }
}

/// Why a text is no JSON: cut, or something else altogether.
pub(super) fn alarm(error: &serde_json::Error) -> Alarm {
    match error.classify() {
        Category::Eof => Alarm::CutOff { whole: 0 },
        _ => Alarm::NotAnAnswer,
    }
}

/// The members of an object, each value as it was written.
pub(super) struct Members<'j>(Vec<(Cow<'j, str>, &'j RawValue)>);

impl<'j> Members<'j> {
    /// Reads an object; one that says the same thing twice is none.
    pub(super) fn read(text: &'j str) -> Result<Members<'j>, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The value of a name; null is none.
    pub(super) fn get(&self, name: &str) -> Option<&'j RawValue> {
        let found = self.0.iter().find(|(key, _)| key == name).map(|(_, value)| *value);
        found.filter(|value| value.get() != "null")
    }

    /// The text of a name: a text, or a number as it was written.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'j, str>> {
        self.get(name).and_then(scalar)
    }

    /// A count.
    pub(super) fn count(&self, name: &str) -> Option<u64> {
        self.text(name)?.trim().parse().ok()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'j RawValue)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }
}

/// A text, a number or true and false as text; none of null, lists and objects.
pub(super) fn scalar(value: &RawValue) -> Option<Cow<'_, str>> {
    let written = value.get();
    match written.as_bytes().first()? {
        b'"' => serde_json::from_str::<&str>(written)
            .map(Cow::Borrowed)
            .or_else(|_| serde_json::from_str::<String>(written).map(Cow::Owned))
            .ok(),
        b'[' | b'{' | b'n' => None,
        _ => Some(Cow::Borrowed(written)),
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

/// More members than any record has.
const MOST: usize = 256;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            if members.len() == MOST || members.iter().any(|(other, _)| *other == name) {
                return Err(serde::de::Error::custom("a name twice, or too many"));
            }
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

/// A name, lent where it holds no escapes.
struct Name<'j>(Cow<'j, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name<'de>, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

/// The value at the end of a way through objects.
pub(super) fn at<'n>(root: &'n Node, names: &Names, fact: Fact) -> Option<&'n Node> {
    let way = names.of(fact);
    if way.is_empty() {
        return None;
    }
    way.iter().try_fold(root, |node, name| node.get(name))
}

/// The same as text.
pub(super) fn text_at<'n>(root: &'n Node, names: &Names, fact: Fact) -> Option<Cow<'n, str>> {
    match &at(root, names, fact)?.value {
        Value::Str(text) | Value::Float(text) | Value::Date(text) => Some(Cow::Borrowed(text)),
        Value::Int(int) => Some(Cow::Owned(int.to_string())),
        Value::Bool(bool) => Some(Cow::Borrowed(if *bool { "true" } else { "false" })),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_every_digit() {
        let text =
            r#"{"a":1710000000000000001,"b":"x\u0041","c":24.50,"d":null,"e":[1],"\u0066":true}"#;
        let members = Members::read(text).expect("an object");
        let text = |name| members.text(name);
        assert_eq!(text("a").as_deref(), Some("1710000000000000001"));
        assert_eq!(text("b").as_deref(), Some("xA"));
        assert_eq!(text("c").as_deref(), Some("24.50"));
        assert_eq!(text("f").as_deref(), Some("true"));
        assert_eq!((text("d"), text("e"), text("g")), (None, None, None));
        assert!(Members::read(r#"{"a":1,"a":2}"#).is_err());
        assert_eq!(
            Members::read(r#"{"a":"#).err().map(|e| alarm(&e)),
            Some(Alarm::CutOff { whole: 0 })
        );
    }
}
