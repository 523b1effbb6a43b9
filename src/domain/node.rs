//! A tree of values with the line each stands on, from TOML or JSON, and a reader that reports
//! every problem with its place and what would be accepted.

use std::collections::HashSet;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::message::{Message, Problem};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Line in the file, from 1; 0 in JSON.
    pub line: u32,
    /// The value.
    pub value: Value,
}

/// A value as it was written: numbers that are not integers keep their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// JSON null.
    Null,
    /// true, false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number with a point or exponent, or beyond 64 bits.
    Float(String),
    /// Text.
    Str(String),
    /// A TOML date.
    Date(String),
    /// An array.
    List(Vec<Node>),
    /// An object or table, in the order written.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// What the value is, as a message names it.
    pub fn found(&self) -> String {
        match &self.value {
            Value::Null => "null".into(),
            Value::Bool(b) => b.to_string(),
            Value::Int(i) => i.to_string(),
            Value::Float(text) | Value::Date(text) => text.clone(),
            Value::Str(text) => format!("\"{text}\""),
            Value::List(items) => format!("[…{}]", items.len()),
            Value::Map(_) => "{…}".into(),
        }
    }

    /// The value as TOML writes it on one line.
    pub fn written(&self) -> String {
        match &self.value {
            Value::Str(text) => quoted(text),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(Node::written).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Map(entries) if entries.is_empty() => "{}".into(),
            Value::Map(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, node)| format!("{key} = {}", node.written()))
                    .collect();
                format!("{{ {} }}", entries.join(", "))
            }
            _ => self.found(),
        }
    }

    /// The same, a text without its quotes.
    pub fn plain(&self) -> String {
        match &self.value {
            Value::Str(text) => text.clone(),
            _ => self.written(),
        }
    }

    /// The member of a table.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// Puts a member into a table, in place of one of that name.
    pub fn set(&mut self, key: &str, value: Node) {
        if let Value::Map(entries) = &mut self.value {
            match entries.iter_mut().find(|(k, _)| k == key) {
                Some((_, old)) => *old = value,
                None => entries.push((key.to_owned(), value)),
            }
        }
    }

    /// Reads TOML; every syntax error comes back with its line.
    pub fn from_toml(text: &str) -> Result<Node, Vec<Problem>> {
        let lines = Lines::of(text);
        let (table, errors) = toml::de::DeTable::parse_recoverable(text);
        if errors.is_empty() {
            let line = lines.line(table.span().start);
            return Ok(from_table(table.get_ref(), line, &lines));
        }
        let mut problems: Vec<Problem> = errors
            .iter()
            .map(|error| {
                let line = error.span().map_or(0, |span| lines.line(span.start));
                let message = Message::new("toml_syntax").with("detail", error.message());
                Problem::at("", line, message)
            })
            .collect();
        // What follows on the same line is mostly the first error again.
        problems.dedup_by_key(|problem| problem.line);
        Err(problems)
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The offsets at which lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        Lines(std::iter::once(0).chain(breaks).collect())
    }

    fn line(&self, offset: usize) -> u32 {
        u32::try_from(self.0.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }
}

fn from_table(table: &toml::de::DeTable<'_>, line: u32, lines: &Lines) -> Node {
    let entries = table
        .iter()
        .map(|(key, value)| {
            let at = lines.line(key.span().start);
            (key.get_ref().to_string(), from_value(value.get_ref(), at, lines))
        })
        .collect();
    Node { line, value: Value::Map(entries) }
}

fn from_value(value: &toml::de::DeValue<'_>, line: u32, lines: &Lines) -> Node {
    use toml::de::DeValue;
    let value = match value {
        DeValue::String(text) => Value::Str(text.to_string()),
        DeValue::Integer(int) => {
            let text = int.as_str();
            match i64::from_str_radix(text, int.radix()) {
                Ok(int) => Value::Int(int),
                Err(_) => Value::Float(text.to_owned()),
            }
        }
        DeValue::Float(float) => Value::Float(float.as_str().to_owned()),
        DeValue::Boolean(bool) => Value::Bool(*bool),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| from_value(item.get_ref(), lines.line(item.span().start), lines))
                .collect(),
        ),
        DeValue::Table(table) => return from_table(table, line, lines),
    };
    Node { line, value }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(NodeVisitor).map(|value| Node { line: 0, value })
    }
}

struct NodeVisitor;

/// Up to so many members, looking at each is faster than a set.
const FEW: usize = 32;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Value::Float(value.to_string()), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(format!("{value:?}")))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Str(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Str(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        while let Some((key, node)) = map.next_entry::<String, Node>()? {
            // serde_json would keep the last of two: a guess about which one was meant.
            let twice = if entries.len() < FEW {
                entries.iter().any(|(k, _)| *k == key)
            } else {
                if seen.is_empty() {
                    seen.extend(entries.iter().map(|(k, _)| k.clone()));
                }
                !seen.insert(key.clone())
            };
            if twice {
                return Err(de::Error::custom(format_args!("duplicate key `{key}`")));
            }
            entries.push((key, node));
        }
        Ok(Value::Map(entries))
    }
}
