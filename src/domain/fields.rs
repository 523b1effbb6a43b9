//! Reads the fields of a table: types, accepted values, unknown keys. Problems are collected, not
//! thrown, so that one reading of a file reports everything that is wrong with it.

use std::fmt::Display;

use super::category::Category;
use super::hours::Hours;
use super::message::{Message, Problem};
use super::node::{Node, Value};
use super::year::Year;

/// The fields of one table, read once each.
pub struct Fields<'n> {
    path: String,
    line: u32,
    entries: &'n [(String, Node)],
    known: Vec<&'static str>,
}

/// Where problems go.
pub type Problems = Vec<Problem>;

/// The most problems that are told of one case or file.
const MOST: usize = 100;

/// Whether enough problems are told; that there may be more is told once.
fn enough(problems: &mut Problems) -> bool {
    if problems.len() == MOST {
        let message = Message::new("too_many_problems").with("most", MOST);
        problems.push(Problem::at("", 0, message));
    }
    problems.len() > MOST
}

impl<'n> Fields<'n> {
    /// Opens a table; anything else is a problem.
    pub fn open(node: &'n Node, path: impl Into<String>, problems: &mut Problems) -> Option<Self> {
        let path = path.into();
        match &node.value {
            Value::Map(entries) => {
                Some(Fields { path, line: node.line, entries, known: Vec::new() })
            }
            _ if path.is_empty() => {
                let message = Message::new("not_a_table").with("found", node.found());
                problems.push(Problem::at(path, node.line, message));
                None
            }
            _ => {
                problems.push(wrong(path, node, "table"));
                None
            }
        }
    }

    /// The full name of a field.
    pub fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The line on which the table begins.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// A field that may be absent; JSON null is absent.
    pub fn optional(&mut self, key: &'static str) -> Option<&'n Node> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let node = self.entries.iter().find(|(k, _)| k == key).map(|(_, node)| node);
        node.filter(|node| node.value != Value::Null)
    }

    /// A field that must be there.
    pub fn required(&mut self, key: &'static str, problems: &mut Problems) -> Option<&'n Node> {
        let node = self.optional(key);
        if node.is_none() {
            let message = Message::new("field_missing").with("field", self.path(key));
            problems.push(Problem::at(self.path(key), self.line, message));
        }
        node
    }

    /// Reads an optional field with `read`.
    pub fn read<T>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
        read: impl FnOnce(&'n Node, String, &mut Problems) -> Option<T>,
    ) -> Option<T> {
        let node = self.optional(key)?;
        read(node, self.path(key), problems)
    }

    /// Reads a required field with `read`.
    pub fn need<T>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
        read: impl FnOnce(&'n Node, String, &mut Problems) -> Option<T>,
    ) -> Option<T> {
        let node = self.required(key, problems)?;
        read(node, self.path(key), problems)
    }

    /// Reports every field that was never asked for.
    pub fn finish(self, problems: &mut Problems) {
        for (key, node) in self.entries {
            if enough(problems) {
                break;
            }
            if !self.known.contains(&key.as_str()) {
                let message = Message::new("unknown_key")
                    .with("key", self.path(key))
                    .with("accepted", self.known.join(", "));
                problems.push(Problem::at(self.path(key), node.line, message));
            }
        }
    }
}

/// The problem of a value that is not of the expected kind.
pub fn wrong(path: String, node: &Node, expected: &'static str) -> Problem {
    let message = Message::new("wrong_type")
        .with("field", &path)
        .with("found", node.found())
        .with("expected", expected);
    Problem::at(path, node.line, message)
}

/// The problem of a value that is not among the accepted ones.
pub fn not_accepted(path: String, node: &Node, accepted: impl Display) -> Problem {
    let message = Message::new("not_accepted")
        .with("field", &path)
        .with("found", node.found())
        .with("accepted", accepted);
    Problem::at(path, node.line, message)
}

/// Text that is not empty.
pub fn text(node: &Node, path: String, problems: &mut Problems) -> Option<String> {
    match &node.value {
        Value::Str(text) if !text.is_empty() => Some(text.clone()),
        _ => {
            problems.push(wrong(path, node, "text"));
            None
        }
    }
}

/// Text that may be empty.
pub fn any_text(node: &Node, path: String, problems: &mut Problems) -> Option<String> {
    match &node.value {
        Value::Str(text) => Some(text.clone()),
        _ => {
            problems.push(wrong(path, node, "text"));
            None
        }
    }
}

/// true or false.
pub fn boolean(node: &Node, path: String, problems: &mut Problems) -> Option<bool> {
    match node.value {
        Value::Bool(bool) => Some(bool),
        _ => {
            problems.push(wrong(path, node, "true_false"));
            None
        }
    }
}

/// An integer within bounds.
pub fn integer(
    bounds: std::ops::RangeInclusive<i64>,
) -> impl FnOnce(&Node, String, &mut Problems) -> Option<i64> {
    move |node, path, problems| match node.value {
        Value::Int(int) if bounds.contains(&int) => Some(int),
        Value::Int(_) => {
            let accepted = format!("{}..{}", bounds.start(), bounds.end());
            problems.push(not_accepted(path, node, accepted));
            None
        }
        _ => {
            problems.push(wrong(path, node, "integer"));
            None
        }
    }
}

/// A year.
pub fn year(node: &Node, path: String, problems: &mut Problems) -> Option<Year> {
    let bounds = i64::from(Year::MIN)..=i64::from(Year::MAX);
    integer(bounds)(node, path, problems).and_then(Year::new)
}

/// An amount of hours, as a decimal string.
pub fn hours(node: &Node, path: String, problems: &mut Problems) -> Option<Hours> {
    let Value::Str(text) = &node.value else {
        let message =
            Message::new("hours_not_text").with("field", &path).with("found", node.found());
        problems.push(Problem::at(path, node.line, message));
        return None;
    };
    text.parse()
        .map_err(|why: super::hours::NotHours| {
            let message = Message::new(why.code()).with("field", &path).with("found", text);
            problems.push(Problem::at(path, node.line, message));
        })
        .ok()
}

/// One of a closed list of names.
pub fn one_of<T>(
    names: &'static [&'static str],
    from_name: impl FnOnce(&str) -> Option<T>,
) -> impl FnOnce(&Node, String, &mut Problems) -> Option<T> {
    move |node, path, problems| {
        let value = match &node.value {
            Value::Str(name) => from_name(name),
            _ => None,
        };
        if value.is_none() {
            problems.push(not_accepted(path, node, names.join(", ")));
        }
        value
    }
}

/// A category.
pub fn category(node: &Node, path: String, problems: &mut Problems) -> Option<Category> {
    one_of(&["professional", "industry", "general", "public"], Category::from_name)(
        node, path, problems,
    )
}

/// A list whose items are each read with `read`; items with problems are left out.
pub fn list<'n, T>(
    mut read: impl FnMut(&'n Node, String, &mut Problems) -> Option<T>,
) -> impl FnOnce(&'n Node, String, &mut Problems) -> Option<Vec<T>> {
    move |node, path, problems| match &node.value {
        Value::List(items) => Some(
            items
                .iter()
                .enumerate()
                .map_while(|(i, item)| {
                    (!enough(problems)).then(|| read(item, format!("{path}[{i}]"), problems))
                })
                .flatten()
                .collect(),
        ),
        _ => {
            problems.push(wrong(path, node, "list"));
            None
        }
    }
}
