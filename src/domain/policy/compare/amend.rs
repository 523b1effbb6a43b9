//! Changes clauses of a catalog by name: the rule as somebody imagines it.
//!
//! The change is made on the clause as written, and the clause is read again: whatever a file can
//! state can be imagined, and nothing else.

use crate::domain::fields::{self, Problems};
use crate::domain::hours::Hours;
use crate::domain::message::{Message, Problem};
use crate::domain::nearest::nearest;
use crate::domain::node::{Node, Value};
use crate::domain::policy::notice::catalog::Catalog;
use crate::domain::policy::notice::model::{Change, ClauseSource, Policy};
use crate::domain::policy::notice::parse;

/// A field of a clause, and what it becomes.
#[derive(Clone, Debug)]
pub struct Setting {
    /// `331100/2023#annual.total`.
    pub key: String,
    /// The same, read.
    pub change: Change,
}

impl Setting {
    /// Reads `331100/2023#annual.total=80`; the value is TOML, or a single bare word.
    pub fn read(text: &str) -> Result<Setting, Problem> {
        let (key, value) = text.split_once('=').ok_or_else(|| not_a_setting(text))?;
        let (key, value) = (key.trim(), value.trim());
        let node = toml_value(value).ok_or_else(|| {
            let message = Message::new("not_a_value").with("found", value);
            Problem::at(key, 0, message)
        })?;
        Setting::new(key, node)
    }

    /// From a key and a value.
    pub fn new(key: &str, value: Node) -> Result<Setting, Problem> {
        match parse::change(key, value) {
            Some(change) if change.policy.is_some() => Ok(Setting { key: key.to_owned(), change }),
            _ => Err(not_a_setting(key)),
        }
    }

    /// The value, as a person writes it.
    pub fn value(&self) -> String {
        in_place(&self.change.field, self.change.value.clone()).plain()
    }
}

fn not_a_setting(found: &str) -> Problem {
    Problem::at("", 0, Message::new("not_a_setting").with("found", found))
}

fn toml_value(text: &str) -> Option<Node> {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
    match Node::from_toml(&format!("value = {text}")) {
        Ok(Node { value: Value::Map(entries), .. }) if entries.len() == 1 => {
            entries.into_iter().next().map(|(_, node)| node)
        }
        // `D-1`, `required_years`: a shell takes the quotes away too easily.
        Err(_) if !text.is_empty() && text.chars().all(bare) => {
            Some(Node { line: 0, value: Value::Str(text.to_owned()) })
        }
        Ok(_) | Err(_) => None,
    }
}

/// The catalog with the settings made, in order.
pub fn amend(catalog: &Catalog, settings: &[Setting]) -> Result<Catalog, Problems> {
    let mut policies = catalog.policies().to_vec();
    for setting in settings {
        let source = find(&mut policies, catalog, setting).map_err(|problem| vec![problem])?;
        *source = changed(source, setting)?;
    }
    Catalog::join(policies)
}

/// What the field of a setting says now; `None` where it says nothing.
pub fn current(catalog: &Catalog, setting: &Setting) -> Option<String> {
    let policy = catalog.get(setting.change.policy.as_deref()?)?;
    let source = policy.clauses.iter().find(|s| s.clause.id == setting.change.clause)?;
    at(&source.raw, &setting.change.field).map(Node::plain)
}

fn find<'p>(
    policies: &'p mut [Policy],
    catalog: &Catalog,
    setting: &Setting,
) -> Result<&'p mut ClauseSource, Problem> {
    let id = setting.change.policy.as_deref().unwrap_or_default();
    let unknown = unknown(catalog, id, setting);
    let policy = policies.iter_mut().find(|policy| policy.id == id);
    let source = policy.and_then(|p| {
        p.clauses.iter_mut().find(|source| source.clause.id == setting.change.clause)
    });
    source.ok_or(unknown)
}

fn unknown(catalog: &Catalog, id: &str, setting: &Setting) -> Problem {
    let Some(policy) = catalog.get(id) else { return unknown_policy(catalog, id) };
    let name = |owner: &Policy, clause: &str| {
        if owner.id == policy.id { clause.to_owned() } else { format!("{}#{clause}", owner.id) }
    };
    let names: Vec<String> = catalog
        .ancestry(policy)
        .into_iter()
        .flat_map(|owner| owner.clauses.iter().map(move |s| name(owner, &s.clause.id)))
        .collect();
    let message = Message::new("unknown_clause")
        .with("clause", &setting.change.clause)
        .with("policy", id)
        .with("accepted", names.join(", "));
    Problem::at(&setting.key, 0, message)
}

/// The problem of a policy that is not there.
pub fn unknown_policy(catalog: &Catalog, id: &str) -> Problem {
    let ids = catalog.policies().iter().map(|policy| policy.id.as_str());
    let message = Message::new("unknown_policy")
        .with("policy", id)
        .with("nearest", nearest(id, ids).join(", "));
    Problem::at("", 0, message)
}

fn changed(source: &ClauseSource, setting: &Setting) -> Result<ClauseSource, Problems> {
    let mut raw = source.raw.clone();
    let field = setting.change.field.as_str();
    if field == "id" || !write(&mut raw, field, setting.change.value.clone()) {
        let keys: Vec<&str> = match &source.raw.value {
            Value::Map(entries) => entries.iter().map(|(key, _)| key.as_str()).collect(),
            _ => Vec::new(),
        };
        let keys: Vec<&str> = match field.split_once('.') {
            Some(("min", _)) => MINIMA.to_vec(),
            _ => keys.into_iter().filter(|key| *key != "id").collect(),
        };
        let message =
            Message::new("unknown_key").with("key", field).with("accepted", keys.join(", "));
        return Err(vec![Problem::at(&setting.key, 0, message)]);
    }
    let mut problems = Vec::new();
    match parse::clause(&raw, source.clause.id.clone(), &mut problems) {
        Some(clause) if problems.is_empty() => Ok(ClauseSource { raw, clause }),
        // The lines are those of the file before the change.
        _ => Err(problems.into_iter().map(|problem| Problem { line: 0, ..problem }).collect()),
    }
}

/// `total`, `window.length`, or `min.general` for the hours of one minimum.
fn at<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    let Some((head, rest)) = path.split_once('.') else { return node.get(path) };
    let child = node.get(head)?;
    match (&child.value, categories(rest)) {
        (Value::List(minima), Some(names)) if head == "min" => {
            minima.iter().find(|minimum| is_over(minimum, names))?.get("hours")
        }
        _ => at(child, rest),
    }
}

fn write(node: &mut Node, path: &str, value: Node) -> bool {
    let Some((head, rest)) = path.split_once('.') else {
        node.set(path, in_place(path, value));
        return matches!(node.value, Value::Map(_));
    };
    if node.get(head).is_none() {
        let empty = if head == "min" { Value::List(Vec::new()) } else { Value::Map(Vec::new()) };
        node.set(head, Node { line: 0, value: empty });
    }
    let Value::Map(entries) = &mut node.value else { return false };
    let Some((_, child)) = entries.iter_mut().find(|(key, _)| key == head) else { return false };
    match (&mut child.value, categories(rest)) {
        (Value::List(minima), Some(names)) if head == "min" => {
            let hours = in_place("hours", value);
            match minima.iter_mut().find(|minimum| is_over(minimum, names)) {
                Some(minimum) => minimum.set("hours", hours),
                None => minima.push(minimum(names, hours)),
            }
            true
        }
        _ => write(child, rest, value),
    }
}

/// The names of minima.
const MINIMA: [&str; 4] = ["min.professional", "min.public", "min.industry", "min.general"];

/// The categories of a minimum, by the name of the set.
fn categories(name: &str) -> Option<&'static [&'static str]> {
    match name {
        "professional" => Some(&["professional"]),
        "public" => Some(&["industry", "general"]),
        "industry" => Some(&["industry"]),
        "general" => Some(&["general"]),
        _ => None,
    }
}

fn is_over(minimum: &Node, names: &[&str]) -> bool {
    let Some(Node { value: Value::List(of), .. }) = minimum.get("of") else { return false };
    let has = |name: &&str| of.iter().any(|n| matches!(&n.value, Value::Str(s) if s == name));
    of.len() == names.len() && names.iter().all(has)
}

fn minimum(names: &[&str], hours: Node) -> Node {
    let text = |name: &&str| Node { line: 0, value: Value::Str((*name).to_owned()) };
    let of = Node { line: 0, value: Value::List(names.iter().map(text).collect()) };
    Node { line: 0, value: Value::Map(vec![("of".to_owned(), of), ("hours".to_owned(), hours)]) }
}

/// Hours are text in files, so that they stay exact; here a plain number is taken as written.
fn in_place(path: &str, node: Node) -> Node {
    let last = path.rsplit('.').next().unwrap_or(path);
    let is_hours =
        matches!(last, "total" | "hours") || path.starts_with("min.") && categories(last).is_some();
    let value = match node.value {
        Value::Int(int) if is_hours => Value::Str(int.to_string()),
        Value::Float(text) if is_hours => Value::Str(text),
        Value::List(items) => Value::List(items.into_iter().map(|n| in_place("", n)).collect()),
        Value::Map(entries) => Value::Map(
            entries.into_iter().map(|(key, n)| (key.clone(), in_place(&key, n))).collect(),
        ),
        other => other,
    };
    Node { line: node.line, value }
}

/// The problem of a setting that says what the file says already.
pub fn no_change(catalog: &Catalog, setting: &Setting) -> Option<Problem> {
    let now = current(catalog, setting)?;
    (now == setting.value()).then(|| {
        let message = Message::new("set_already_so").with("value", now);
        Problem::at(&setting.key, 0, message)
    })
}

/// From `60..120:5`: every value, as a file would write it.
pub fn values(key: &str, text: &str) -> Result<Vec<Node>, Problem> {
    let wrong = |code| Problem::at(key, 0, Message::new(code).with("found", text));
    let (range, step) = text.split_once(':').unwrap_or((text, "1"));
    let (from, to) = range.split_once("..").ok_or_else(|| wrong("not_a_range"))?;
    let mut problems = Vec::new();
    let mut hours = |text: &str| {
        let node = Node { line: 0, value: Value::Str(text.trim().to_owned()) };
        fields::hours(&node, key.to_owned(), &mut problems).map(Hours::hundredths)
    };
    let ends = (hours(from), hours(to), hours(step));
    let (Some(from), Some(to), Some(step)) = ends else {
        return Err(problems.into_iter().next().unwrap_or_else(|| wrong("not_a_range")));
    };
    if step == 0 || from > to {
        return Err(wrong("not_a_range"));
    }
    if (to - from) / step >= MOST_VALUES {
        let message = Message::new("too_many_values").with("most", MOST_VALUES);
        return Err(Problem::at(key, 0, message));
    }
    let node = |hundredths: i64| {
        let hours = Hours::from_hundredths(hundredths);
        let value = match hundredths % 100 {
            0 => Value::Int(hundredths / 100),
            _ => Value::Float(hours.to_string()),
        };
        Node { line: 0, value }
    };
    Ok((0..=(to - from) / step).map(|n| node(from + n * step)).collect())
}

/// The most values of one sweep.
const MOST_VALUES: i64 = 200;
