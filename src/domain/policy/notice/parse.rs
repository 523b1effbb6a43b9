//! Reads a policy file. Unknown keys, wrong types and floats are errors that name the line, the
//! key, and what would be accepted.

use chrono::NaiveDate;

use super::model::{
    Change, Cite, Clause, ClauseSource, Document, DocumentStatus, Open, Policy, Reading,
    ReadingOption, Reference,
};
use super::parse_kind;
use crate::domain::case;
use crate::domain::fields::{self, Fields, Problems};
use crate::domain::message::{Message, Problem};
use crate::domain::node::{Node, Value};
use crate::domain::year::{Year, YearRange};

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

/// A reference by name.
pub(super) fn reference(node: &Node, path: String, problems: &mut Problems) -> Option<Reference> {
    fields::text(node, path, problems).map(|name| Reference { name, line: node.line })
}

/// `{ from = 2016, to = 2019 }`, either may be absent, not both.
pub(super) fn year_range(node: &Node, path: String, problems: &mut Problems) -> Option<YearRange> {
    let before = problems.len();
    let mut f = Fields::open(node, path.clone(), problems)?;
    let from = f.read("from", problems, fields::year);
    let to = f.read("to", problems, fields::year);
    f.finish(problems);
    let reversed = matches!((from, to), (Some(from), Some(to)) if from > to);
    if (reversed || (from.is_none() && to.is_none())) && before == problems.len() {
        problems.push(fields::not_accepted(path, node, "{ from = 2016, to = 2019 }"));
        return None;
    }
    Some(YearRange { from, to })
}

fn date(node: &Node, path: String, problems: &mut Problems) -> Option<NaiveDate> {
    let date = match &node.value {
        Value::Date(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(),
        _ => None,
    };
    if date.is_none() {
        problems.push(fields::wrong(path, node, "date"));
    }
    date
}

fn in_force(
    node: &Node,
    path: String,
    problems: &mut Problems,
) -> Option<(NaiveDate, Option<NaiveDate>)> {
    let mut f = Fields::open(node, path.clone(), problems)?;
    let from = f.need("from", problems, date);
    let to = f.read("to", problems, date);
    f.finish(problems);
    if matches!((from, to), (Some(from), Some(to)) if from > to) {
        problems.push(fields::not_accepted(path, node, "from <= to"));
    }
    Some((from?, to))
}

fn document(node: &Node, path: String, problems: &mut Problems) -> Option<Document> {
    const STATUS: &[&str] = &["archived", "unverified", "missing"];
    let from_name = |name: &str| match name {
        "archived" => Some(DocumentStatus::Archived),
        "unverified" => Some(DocumentStatus::Unverified),
        "missing" => Some(DocumentStatus::Missing),
        _ => None,
    };
    let mut f = Fields::open(node, path, problems)?;
    let id = f.need("id", problems, fields::text);
    let number = f.need("number", problems, fields::any_text);
    let title = f.need("title", problems, fields::text);
    let issuer = f.read("issuer", problems, fields::text);
    let issued = f.read("issued", problems, date);
    let basis = f.read("basis", problems, fields::list(fields::text)).unwrap_or_default();
    let status = f.need("status", problems, fields::one_of(STATUS, from_name));
    let file = f.read("file", problems, fields::text);
    let checked_on = f.read("checked_on", problems, date);
    f.finish(problems);
    Some(Document {
        id: id?,
        number: number?,
        title: title?,
        issuer,
        issued,
        basis,
        status: status?,
        file,
        checked_on,
        line: node.line,
    })
}

fn cite(node: &Node, path: String, problems: &mut Problems) -> Option<Cite> {
    let mut f = Fields::open(node, path, problems)?;
    let doc = f.need("doc", problems, fields::text);
    let section = f.need("section", problems, fields::any_text);
    let quote = f.need("quote", problems, fields::any_text);
    let inferred_from = f.read("inferred_from", problems, fields::list(reference));
    f.finish(problems);
    let inferred_from = inferred_from.unwrap_or_default();
    Some(Cite { doc: doc?, section: section?, quote: quote?, inferred_from })
}

#[expect(clippy::needless_pass_by_value, reason = "the form of every reader")]
fn clause_source(node: &Node, path: String, problems: &mut Problems) -> Option<ClauseSource> {
    let clause = clause(node, path.clone(), problems)?;
    let to = node.get("to").unwrap_or(node);
    problems.extend(parse_kind::reversed_span(&clause.kind, to, &path));
    Some(ClauseSource { raw: node.clone(), clause })
}

/// Reads one clause; readings call it again on a changed table.
pub(in crate::domain::policy) fn clause(
    node: &Node,
    path: String,
    problems: &mut Problems,
) -> Option<Clause> {
    let mut f = Fields::open(node, path, problems)?;
    let id = f.need("id", problems, fields::text);
    let known = fields::one_of(parse_kind::KINDS, parse_kind::known);
    let kind_name = f.need("kind", problems, known);
    let cite = f.need("cite", problems, cite);
    let applies = parse_kind::matching(&mut f, problems);
    let overrides = f.read("overrides", problems, fields::list(reference)).unwrap_or_default();
    let yields_to = f.read("yields_to", problems, fields::list(reference)).unwrap_or_default();
    let off = f.read("off", problems, fields::boolean).unwrap_or(false);
    // After an unknown kind, its fields would all look unknown too.
    let kind_name = kind_name?;
    // `include` lists its years under the same key.
    let years = match kind_name.as_str() {
        "include" => None,
        _ => f.read("years", problems, year_range),
    };
    let kind = parse_kind::kind(&kind_name, &mut f, node, problems);
    f.finish(problems);
    Some(Clause {
        id: id?,
        line: node.line,
        cite: cite?,
        applies,
        years: years.unwrap_or_default(),
        overrides,
        yields_to,
        off,
        kind: kind?,
    })
}

fn reading(node: &Node, path: String, problems: &mut Problems) -> Option<Reading> {
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

fn open(node: &Node, path: String, problems: &mut Problems) -> Option<Open> {
    let mut f = Fields::open(node, path, problems)?;
    let id = f.need("id", problems, fields::text);
    let kind = f.need("kind", problems, fields::one_of(parse_kind::KINDS, parse_kind::known));
    f.finish(problems);
    Some(Open { id: id?, kind: kind? })
}

/// The bounds of a year that is written as an integer.
pub(super) fn fixed_year(int: i64) -> Option<i16> {
    Year::new(int).map(Year::get)
}
