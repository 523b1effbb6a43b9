//! Reads readings: the options of a place that can be read in two ways, and the fields they change.

use super::documents::reference;
use crate::domain::fields::{self, Fields, Problems};
use crate::domain::message::{Message, Problem};
use crate::domain::node::{Node, Value};
use crate::domain::policy::notice::model::{Change, Reading, ReadingOption};

pub(super) fn reading(node: &Node, path: String, problems: &mut Problems) -> Option<Reading> {
    const STATES: &[&str] = &["open", "settled"];
    let from_name = |name: &str| match name {
        "open" => Some(true),
        "settled" => Some(false),
        _ => None,
    };
    let mut f = Fields::open(node, path, problems)?;
    let chosen_path = f.path("chosen");
    let id = f.need("id", problems, fields::text);
    let clause = f.need("clause", problems, reference);
    let question = f.need("question", problems, fields::text);
    let chosen = f.need("chosen", problems, fields::text);
    let because = f.need("because", problems, fields::text);
    let open = f.read("state", problems, fields::one_of(STATES, from_name)).unwrap_or(true);
    let options = f.need("options", problems, options);
    f.finish(problems);
    let (options, chosen) = (options?, chosen?);
    if !options.iter().any(|option| option.name == chosen) {
        let names: Vec<&str> = options.iter().map(|option| option.name.as_str()).collect();
        let chosen = node.get("chosen").unwrap_or(node);
        problems.push(fields::not_accepted(chosen_path, chosen, names.join(", ")));
    }
    Some(Reading {
        id: id?,
        clause: clause?,
        question: question?,
        chosen,
        because: because?,
        open,
        options,
        line: node.line,
    })
}

fn options(node: &Node, path: String, problems: &mut Problems) -> Option<Vec<ReadingOption>> {
    let Value::Map(entries) = &node.value else {
        problems.push(fields::wrong(path, node, "table"));
        return None;
    };
    let mut options = Vec::new();
    for (name, option) in entries {
        let path = format!("{path}.{name}");
        let Some(mut f) = Fields::open(option, path, problems) else { continue };
        let set = f.read("set", problems, changes).unwrap_or_default();
        f.finish(problems);
        options.push(ReadingOption { name: name.clone(), set });
    }
    Some(options)
}

fn changes(node: &Node, path: String, problems: &mut Problems) -> Option<Vec<Change>> {
    let Value::Map(entries) = &node.value else {
        problems.push(fields::wrong(path, node, "table"));
        return None;
    };
    let mut changes = Vec::new();
    for (key, value) in entries {
        match change(key, value.clone()) {
            Some(change) => changes.push(change),
            None => {
                let message = Message::new("not_a_change").with("found", key);
                problems.push(Problem::at(format!("{path}.{key}"), value.line, message));
            }
        }
    }
    Some(changes)
}

/// `annual.min` or `330000#annual.min`, and the new value.
pub fn change(key: &str, value: Node) -> Option<Change> {
    let (policy, rest) = match key.split_once('#') {
        Some((policy, rest)) => (Some(policy.to_owned()), rest),
        None => (None, key),
    };
    let (clause, field) = rest.split_once('.')?;
    let named = |name: &str| !name.is_empty();
    (policy.as_deref().is_none_or(named) && named(clause) && named(field)).then(|| Change {
        policy,
        clause: clause.to_owned(),
        field: field.to_owned(),
        value,
    })
}
