//! How two policies differ: clauses and readings, field by field, ancestors included.

use serde::Serialize;

use crate::domain::node::{Node, Value};
use crate::domain::policy::notice::catalog::Catalog;
use crate::domain::policy::notice::model::{Policy, Reading};

/// How two policies differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Delta {
    /// Name, years, and so on.
    pub header: Vec<Field>,
    /// Clauses.
    pub clauses: Vec<Part>,
    /// Readings.
    pub readings: Vec<Part>,
}

/// A clause or reading that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its id; `policy#id` where it is inherited.
    pub id: String,
    /// What became of it.
    pub change: Change,
    /// The fields that differ; all of them where it was added or removed.
    pub fields: Vec<Field>,
}

/// What became of a clause or reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Only the new policy has it.
    Added,
    /// Only the old policy has it.
    Removed,
    /// Both have it.
    Changed,
}

impl Change {
    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
        }
    }
}

/// A field, as TOML, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Such as `total`, `min.general` or `cite.quote`.
    pub field: String,
    /// Before.
    pub old: Option<String>,
    /// After.
    pub new: Option<String>,
}

type Fields = Vec<(String, String)>;

impl Delta {
    /// From the old policy to the new.
    pub fn between(old: (&Catalog, &Policy), new: (&Catalog, &Policy)) -> Delta {
        Delta {
            header: fields(&header(old.1), &header(new.1)),
            clauses: parts(&clauses(old.0, old.1), &clauses(new.0, new.1)),
            readings: parts(&readings(old.0, old.1), &readings(new.0, new.1)),
        }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.header.is_empty() && self.clauses.is_empty() && self.readings.is_empty()
    }
}

fn fields(old: &Fields, new: &Fields) -> Vec<Field> {
    let value = |fields: &Fields, name: &str| {
        fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
    };
    let added = new.iter().filter(|(name, _)| value(old, name).is_none());
    let names = old.iter().chain(added).map(|(name, _)| name);
    let all = names.map(|name| Field {
        field: name.clone(),
        old: value(old, name),
        new: value(new, name),
    });
    all.filter(|field| field.old != field.new).collect()
}

/// A clause or reading, and the policy that states it.
struct Stated {
    owner: String,
    own: bool,
    id: String,
    fields: Fields,
}

impl Stated {
    /// Whether one stands where the other did: the same one, or the policy's own of that id.
    fn answers_to(&self, other: &Stated) -> bool {
        self.id == other.id && (self.owner == other.owner || self.own && other.own)
    }

    fn name(&self) -> String {
        if self.own { self.id.clone() } else { format!("{}#{}", self.owner, self.id) }
    }
}

fn parts(old: &[Stated], new: &[Stated]) -> Vec<Part> {
    let part = |name: String, change, fields: Vec<Field>| Part { id: name, change, fields };
    let mut parts = Vec::new();
    for before in old {
        parts.push(match new.iter().find(|after| after.answers_to(before)) {
            Some(after) => {
                part(before.name(), Change::Changed, fields(&before.fields, &after.fields))
            }
            None => part(before.name(), Change::Removed, fields(&before.fields, &Fields::new())),
        });
    }
    let added = new.iter().filter(|after| !old.iter().any(|before| after.answers_to(before)));
    parts.extend(
        added.map(|after| part(after.name(), Change::Added, fields(&Fields::new(), &after.fields))),
    );
    parts.retain(|part| !part.fields.is_empty());
    parts
}

fn header(policy: &Policy) -> Fields {
    let mut fields = vec![
        ("id".to_owned(), policy.id.clone()),
        ("name".to_owned(), policy.name.clone()),
        ("jurisdiction".to_owned(), policy.jurisdiction.to_string()),
    ];
    let mut put = |name: &str, value: Option<String>| {
        fields.extend(value.map(|value| (name.to_owned(), value)));
    };
    put("extends", policy.extends.as_ref().map(|reference| reference.name.clone()));
    let span = |from: Option<String>, to: Option<String>| {
        format!("{}..{}", from.unwrap_or_default(), to.unwrap_or_default())
    };
    let show = |year: crate::domain::year::Year| year.to_string();
    put("declaring_years", policy.declaring_years.map(|y| span(y.from.map(show), y.to.map(show))));
    put(
        "in_force",
        policy.in_force.map(|(from, to)| span(Some(from.to_string()), to.map(|to| to.to_string()))),
    );
    for document in &policy.documents {
        let value = format!("{} {} ({})", document.number, document.title, document.status.name());
        put(&format!("document.{}", document.id), Some(value.trim().to_owned()));
    }
    for open in &policy.opens {
        put(&format!("open.{}", open.id), Some(open.kind.clone()));
    }
    fields
}

fn stated(policy: &Policy, owner: &Policy, id: &str, fields: Fields) -> Stated {
    Stated { owner: owner.id.clone(), own: owner.id == policy.id, id: id.to_owned(), fields }
}

fn clauses(catalog: &Catalog, policy: &Policy) -> Vec<Stated> {
    let of = |owner: &Policy| {
        let all = owner.clauses.iter();
        all.map(|s| stated(policy, owner, &s.clause.id, flat(&s.raw))).collect::<Vec<_>>()
    };
    catalog.ancestry(policy).into_iter().flat_map(of).collect()
}

fn readings(catalog: &Catalog, policy: &Policy) -> Vec<Stated> {
    let of = |owner: &Policy| {
        let all = owner.readings.iter();
        all.map(|r| stated(policy, owner, &r.id, of_reading(r))).collect::<Vec<_>>()
    };
    catalog.ancestry(policy).into_iter().flat_map(of).collect()
}

/// The fields of a clause as written, minima and citation one by one.
fn flat(raw: &Node) -> Fields {
    let Value::Map(entries) = &raw.value else { return Vec::new() };
    let mut fields = Vec::new();
    for (key, node) in entries.iter().filter(|(key, _)| key != "id") {
        match (key.as_str(), &node.value) {
            ("cite", Value::Map(parts)) => {
                fields.extend(
                    parts.iter().map(|(part, node)| (format!("cite.{part}"), node.plain())),
                );
            }
            ("min", Value::List(minima)) if !minima.is_empty() => {
                fields.extend(minima.iter().map(of_minimum));
            }
            _ => fields.push((key.clone(), node.plain())),
        }
    }
    fields
}

fn of_minimum(node: &Node) -> (String, String) {
    let of: Vec<String> = match node.get("of").map(|of| &of.value) {
        Some(Value::List(names)) => names.iter().map(Node::plain).collect(),
        _ => Vec::new(),
    };
    let set = match of.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["industry", "general"] | ["general", "industry"] => "public".to_owned(),
        names => names.join("+"),
    };
    (format!("min.{set}"), node.get("hours").map(Node::plain).unwrap_or_default())
}

fn of_reading(reading: &Reading) -> Fields {
    let state = if reading.open { "open" } else { "settled" };
    let mut fields = vec![
        ("clause".to_owned(), reading.clause.name.clone()),
        ("question".to_owned(), reading.question.clone()),
        ("chosen".to_owned(), reading.chosen.clone()),
        ("because".to_owned(), reading.because.clone()),
        ("state".to_owned(), state.to_owned()),
    ];
    for option in &reading.options {
        let set: Vec<String> =
            option.set.iter().map(crate::domain::policy::notice::model::Change::written).collect();
        fields.push((format!("options.{}", option.name), set.join(", ")));
    }
    fields
}
