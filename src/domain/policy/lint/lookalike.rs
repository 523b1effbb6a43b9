//! Characters that look like others, in names and values that are compared letter by letter.
//!
//! Quotes, titles and other words for people keep the punctuation of their original.

use super::Finding;
use super::files::Source;
use crate::domain::message::Message;
use crate::domain::node::{Node, Value};

/// Keys whose text is read by people and compared with nothing, or only after folding.
const FOR_PEOPLE: &[&str] =
    &["because", "issuer", "name", "number", "question", "quote", "section", "title", "to"];

/// Reports every name or value with a character that can be mistaken for another.
pub(super) fn check(source: &Source, findings: &mut Vec<Finding>) {
    let mut walk = Walk { source, clause: None, in_document: false, findings };
    walk.table(&source.node);
}

struct Walk<'w> {
    source: &'w Source,
    clause: Option<String>,
    in_document: bool,
    findings: &'w mut Vec<Finding>,
}

impl Walk<'_> {
    fn table(&mut self, node: &Node) {
        let Value::Map(entries) = &node.value else { return };
        for (key, value) in entries {
            self.judge(key, value.line);
            // 文号 of a document's basis have brackets of their own; the bases of records do not.
            let words = FOR_PEOPLE.contains(&key.as_str()) || key == "basis" && self.in_document;
            if !words {
                let (clause, in_document) = (self.clause.take(), self.in_document);
                self.in_document |= key == "document";
                self.clause = clause;
                self.value(key == "clause", value);
                self.in_document = in_document;
            }
        }
    }

    fn value(&mut self, is_clause: bool, node: &Node) {
        match &node.value {
            Value::Str(text) => self.judge(text, node.line),
            Value::Map(_) => {
                let id = match node.get("id").map(|id| &id.value) {
                    Some(Value::Str(id)) if is_clause => Some(id.clone()),
                    _ => None,
                };
                let outer = self.clause.clone();
                if is_clause {
                    self.clause = id;
                }
                self.table(node);
                self.clause = outer;
            }
            Value::List(items) => items.iter().for_each(|item| self.value(is_clause, item)),
            _ => {}
        }
    }

    fn judge(&mut self, text: &str, line: u32) {
        let Some((c, twin)) = text.chars().find_map(|c| Some((c, looks_like(c)?))) else {
            return;
        };
        let message = Message::new("lookalike")
            .with("text", text)
            .with("code", format!("U+{:04X}", u32::from(c)))
            .with("like", twin);
        let mut finding = Finding::new("W-LOOKALIKE", &self.source.file, line, message);
        finding.policy = self.source.id().map(str::to_owned);
        finding.clause.clone_from(&self.clause);
        self.findings.push(finding);
    }
}

/// Cyrillic and Greek letters that Latin ones are mistaken for.
const TWINS: &[(&str, &str)] = &[
    ("АВЕЗКМНОРСТУХЅІЈԌԚԜ", "ABE3KMHOPCTYXSIJGQW"),
    ("авекмнорстухѕіјһԁԛԝ", "abekmhopctyxsijhdqw"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
    ("αβγικνορτυχ", "aByiKvoptux"),
];

/// What a character can be mistaken for.
fn looks_like(c: char) -> Option<String> {
    let shown = |c: char| Some(c.to_string());
    match c {
        '\u{FF01}'..='\u{FF5E}' => shown(char::from_u32(u32::from(c) - 0xFEE0)?),
        '\u{3000}' | '\u{00A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' => shown('␣'),
        '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' => Some("∅".to_owned()),
        '‐'..='―' | '−' => shown('-'),
        '‘' | '’' => shown('\''),
        '“' | '”' => shown('"'),
        // Compatibility and radical forms of ideographs, and small or vertical punctuation.
        '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}' | '\u{2E80}'..='\u{2FDF}' => {
            Some("CJK".to_owned())
        }
        '、'
        | '。'
        | '「'
        | '」'
        | '〔'
        | '〕'
        | '【'
        | '】'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF61}'..='\u{FFEE}' => Some("ASCII".to_owned()),
        _ => TWINS.iter().find_map(|(twins, latin)| {
            let at = twins.chars().position(|twin| twin == c)?;
            latin.chars().nth(at).and_then(shown)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_stand_in_pairs() {
        for (twins, latin) in TWINS {
            assert_eq!(twins.chars().count(), latin.chars().count(), "{twins}");
            assert!(latin.is_ascii());
        }
        assert_eq!(looks_like('９').as_deref(), Some("9"));
        assert_eq!(looks_like('е').as_deref(), Some("e"));
        assert_eq!(looks_like('省'), None);
        assert!("abc-90_公需/#".chars().all(|c| looks_like(c).is_none()));
    }
}
