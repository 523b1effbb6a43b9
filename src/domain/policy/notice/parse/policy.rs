//! Reads a policy file as a whole.

use super::clause::{KINDS, clause_source, known};
use super::documents::{document, in_force, reference};
use super::reading::reading;
use super::years::year_range;
use crate::domain::case;
use crate::domain::fields::{self, Fields, Problems};
use crate::domain::message::{Message, Problem};
use crate::domain::node::{Node, Value};
use crate::domain::policy::notice::model::{Open, Policy};

/// Reads the text of a policy file.
pub fn policy(file: &str, text: &str) -> Result<Policy, Problems> {
    let in_file = |problems: Problems| problems.into_iter().map(|p| p.in_file(file)).collect();
    let node = Node::from_toml(text).map_err(in_file)?;
    let mut problems = Vec::new();
    match read_policy(file, &node, &mut problems) {
        Some(policy) if problems.is_empty() => Ok(policy),
        _ => Err(in_file(problems)),
    }
}

fn read_policy(file: &str, node: &Node, problems: &mut Problems) -> Option<Policy> {
    let mut f = Fields::open(node, "", problems)?;
    let _ = f.need("format", problems, fields::integer(1..=1));
    let id = f.need("id", problems, fields::text);
    let name = f.need("name", problems, fields::text);
    let jurisdiction = f.need("jurisdiction", problems, case::jurisdiction);
    let extends = f.read("extends", problems, reference);
    let declaring_years = f.read("declaring_years", problems, year_range);
    let in_force = f.read("in_force", problems, in_force);
    let documents = f.read("document", problems, fields::list(document)).unwrap_or_default();
    let clauses = f.read("clause", problems, fields::list(clause_source)).unwrap_or_default();
    let readings = f.read("reading", problems, fields::list(reading)).unwrap_or_default();
    let opens = f.read("open", problems, fields::list(open)).unwrap_or_default();
    f.finish(problems);
    for kind in ["document", "clause", "reading", "open"] {
        unique_ids(node, kind, problems);
    }
    let line_of = |key: &str| node.get(key).map_or(node.line, |node| node.line);
    Some(Policy {
        file: file.to_owned(),
        id_line: line_of("id"),
        years_line: line_of("declaring_years"),
        id: id?,
        name: name?,
        jurisdiction: jurisdiction?,
        extends,
        declaring_years,
        in_force,
        documents,
        clauses,
        readings,
        opens,
    })
}

/// Reports every id of a kind of table that an earlier one bears.
fn unique_ids(node: &Node, kind: &str, problems: &mut Problems) {
    let Some(Value::List(tables)) = node.get(kind).map(|tables| &tables.value) else { return };
    let mut seen = Vec::new();
    for (i, id) in tables.iter().enumerate().filter_map(|(i, table)| Some((i, table.get("id")?))) {
        let Value::Str(name) = &id.value else { continue };
        if seen.contains(&name) {
            let message = Message::new("duplicate_id").with("id", name);
            problems.push(Problem::at(format!("{kind}[{i}].id"), id.line, message));
        }
        seen.push(name);
    }
}

fn open(node: &Node, path: String, problems: &mut Problems) -> Option<Open> {
    let mut f = Fields::open(node, path, problems)?;
    let id = f.need("id", problems, fields::text);
    let kind = f.need("kind", problems, fields::one_of(KINDS, known));
    f.finish(problems);
    Some(Open { id: id?, kind: kind? })
}
