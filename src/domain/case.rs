//! A case: whoever asks gives an id, a declaration and records.

use super::declaration::{AsOf, Declaration, Facts, Jurisdiction, Level, Profile};
use super::fields::{self, Fields, Problems};
use super::node::{Node, Value};
use super::record::{Record, Status};
use super::year::Year;

/// One question to the judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Whatever the asker calls it; given back unchanged.
    pub id: CaseId,
    /// The declaration.
    pub declaration: Declaration,
    /// The records of that person.
    pub records: Vec<Record>,
    /// The receipt of an earlier answer, to be replayed.
    pub receipt: Option<Node>,
}

/// The id of a case: text, an integer, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum CaseId {
    /// None was given.
    #[default]
    None,
    /// An integer.
    Int(i64),
    /// Text.
    Text(String),
}

impl CaseId {
    /// The id of a case that may be wrong in other places.
    pub fn of(node: &Node) -> CaseId {
        match node.get("id").map(|id| &id.value) {
            Some(Value::Str(text)) => CaseId::Text(text.clone()),
            Some(Value::Int(int)) => CaseId::Int(*int),
            _ => CaseId::None,
        }
    }
}

impl std::fmt::Display for CaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CaseId::None => f.pad(""),
            CaseId::Int(int) => f.pad(&int.to_string()),
            CaseId::Text(text) => f.pad(text),
        }
    }
}

impl Case {
    /// Reads a case; every problem is reported with its field.
    pub fn read(node: &Node) -> Result<Case, Problems> {
        let mut problems = Vec::new();
        let case = read_case(node, &mut problems);
        match case {
            Some(case) if problems.is_empty() => Ok(case),
            _ => Err(problems),
        }
    }
}

fn read_case(node: &Node, problems: &mut Problems) -> Option<Case> {
    let mut fields = Fields::open(node, "", problems)?;
    let id = fields.optional("id");
    if let Some(id) = id.filter(|id| !matches!(id.value, Value::Str(_) | Value::Int(_))) {
        problems.push(fields::wrong("id".into(), id, "text"));
    }
    let declaration = fields.need("declaration", problems, declaration);
    let records = fields.read("records", problems, fields::list(record)).unwrap_or_default();
    let receipt = fields.optional("receipt").cloned();
    if let Some(receipt) = receipt.as_ref().filter(|r| !matches!(r.value, Value::Map(_))) {
        problems.push(fields::wrong("receipt".into(), receipt, "table"));
    }
    fields.finish(problems);
    Some(Case { id: CaseId::of(node), declaration: declaration?, records, receipt })
}

/// Reads a declaration.
pub fn declaration(node: &Node, path: String, problems: &mut Problems) -> Option<Declaration> {
    let mut fields = Fields::open(node, path, problems)?;
    let jurisdiction = fields.need("jurisdiction", problems, jurisdiction);
    let year = fields.need("year", problems, fields::year);
    let level = fields.need("level", problems, level);
    let series = fields.need("series", problems, fields::text);
    let specialty = fields.read("specialty", problems, fields::text);
    let employer_sector = fields.read("employer_sector", problems, fields::text);
    let required = fields.read("required_years", problems, fields::integer(0..=60));
    let tenure_start = fields.read("tenure_start", problems, fields::year);
    let excused = fields.read("excused", problems, fields::list(fields::year));
    let reviewed = fields.read("reviewed", problems, fields::list(fields::year));
    let as_of = fields.read("as_of", problems, as_of);
    fields.finish(problems);
    Some(Declaration {
        jurisdiction: jurisdiction?,
        year: year?,
        profile: Profile {
            level: level?,
            series: series?.into(),
            specialty: specialty.map(Into::into),
            employer_sector: employer_sector.map(Into::into),
        },
        facts: Facts {
            required_years: required.and_then(|years| i16::try_from(years).ok()),
            tenure_start: tenure_start.map(Year::get),
        },
        excused: excused.unwrap_or_default(),
        reviewed: reviewed.unwrap_or_default(),
        as_of,
    })
}

/// Reads one record.
pub fn record(node: &Node, path: String, problems: &mut Problems) -> Option<Record> {
    let mut fields = Fields::open(node, path, problems)?;
    let year = fields.need("year", problems, fields::year);
    let category = fields.need("category", problems, fields::category);
    let hours = fields.need("hours", problems, fields::hours);
    let source = fields.need("source", problems, fields::text);
    let basis = fields.read("basis", problems, fields::text);
    let status = fields.read("status", problems, status);
    fields.finish(problems);
    Some(Record {
        year: year?,
        category: category?,
        hours: hours?,
        source: source?.into(),
        basis: basis.map(Into::into),
        status: status.unwrap_or_default(),
    })
}

/// Reads a GB/T 2260 code.
pub fn jurisdiction(node: &Node, path: String, problems: &mut Problems) -> Option<Jurisdiction> {
    let code = match &node.value {
        Value::Str(code) => Jurisdiction::new(code),
        _ => None,
    };
    if code.is_none() {
        problems.push(fields::not_accepted(path, node, "\"331100\" (GB/T 2260)"));
    }
    code
}

/// Reads a level.
pub fn level(node: &Node, path: String, problems: &mut Problems) -> Option<Level> {
    const NAMES: &[&str] = &["junior", "intermediate", "senior", "full-senior"];
    fields::one_of(NAMES, Level::from_name)(node, path, problems)
}

fn status(node: &Node, path: String, problems: &mut Problems) -> Option<Status> {
    const NAMES: &[&str] = &["confirmed", "pending", "rejected", "revoked"];
    let from_name = |name: &str| Status::ALL.into_iter().find(|status| status.name() == name);
    fields::one_of(NAMES, from_name)(node, path, problems)
}

fn as_of(node: &Node, path: String, problems: &mut Problems) -> Option<AsOf> {
    let at = match &node.value {
        Value::Str(text) => AsOf::new(text),
        _ => None,
    };
    if at.is_none() {
        problems.push(fields::not_accepted(path, node, "2023-06-30, 2023-06-30T08:00:00+08:00"));
    }
    at
}
