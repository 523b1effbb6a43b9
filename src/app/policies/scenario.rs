//! Scenario files: worked cases with their expected verdicts, run against the policies.

use crate::domain::answer::Verdict;
use crate::domain::case;
use crate::domain::category::Category;
use crate::domain::declaration::Declaration;
use crate::domain::fields::{self, Fields, Problems};
use crate::domain::node::{Node, Value};
use crate::domain::policy::judge::Judge;
use crate::domain::record::{Record, Status};
use crate::domain::year::Year;

/// A worked case.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Stable id.
    pub id: String,
    /// The file it stands in.
    pub file: String,
    /// Its line.
    pub line: u32,
    /// A sentence for people.
    pub title: String,
    /// The declaration.
    pub declaration: Declaration,
    /// The records.
    pub records: Vec<Record>,
    /// What the judge must answer.
    pub expect: Expect,
}

/// What the judge must answer; what a file does not mention is empty.
#[derive(Clone, Debug)]
pub struct Expect {
    /// The verdict.
    pub verdict: Verdict,
    /// The other fields, as JSON, by their name in answers.
    pub fields: Vec<(&'static str, serde_json::Value)>,
    /// `reading=option` and the verdict with that one reading changed.
    pub readings: Vec<(String, String, Verdict)>,
}

/// Reads a scenario file.
pub fn read(file: &str, text: &str) -> Result<Vec<Scenario>, Problems> {
    let in_file = |problems: Problems| -> Problems {
        problems.into_iter().map(|problem| problem.in_file(file)).collect()
    };
    let node = Node::from_toml(text).map_err(in_file)?;
    let mut problems = Vec::new();
    let scenarios = Fields::open(&node, "", &mut problems).and_then(|mut f| {
        let read = fields::list(|node, path, problems| scenario(file, node, path, problems));
        let scenarios = f.need("scenario", &mut problems, read);
        f.finish(&mut problems);
        scenarios
    });
    match scenarios {
        Some(scenarios) if problems.is_empty() => Ok(scenarios),
        _ => Err(in_file(problems)),
    }
}

fn scenario(file: &str, node: &Node, path: String, problems: &mut Problems) -> Option<Scenario> {
    let mut f = Fields::open(node, path, problems)?;
    let id = f.need("id", problems, fields::text);
    let title = f.need("title", problems, fields::text);
    let declaration = f.need("declaration", problems, case::declaration);
    let source = f.read("source", problems, fields::text);
    let hours = f.read("hours", problems, |node, path, problems| {
        hours(node, path, source.as_deref().unwrap_or("registry"), problems)
    });
    let more = f.read("record", problems, fields::list(case::record));
    let expect = f.need("expect", problems, expect);
    f.finish(problems);
    let mut records = hours.unwrap_or_default();
    records.extend(more.unwrap_or_default());
    Some(Scenario {
        id: id?,
        file: file.to_owned(),
        line: node.line,
        title: title?,
        declaration: declaration?,
        records,
        expect: expect?,
    })
}

/// `{ 2020 = ["60", "6", "24"] }`: one confirmed record for every amount that is not zero.
fn hours(node: &Node, path: String, source: &str, problems: &mut Problems) -> Option<Vec<Record>> {
    let Value::Map(entries) = &node.value else {
        problems.push(fields::wrong(path, node, "table"));
        return None;
    };
    let mut records = Vec::new();
    for (key, amounts) in entries {
        let path = format!("{path}.{key}");
        let Some(year) = key.parse().ok().and_then(Year::new) else {
            problems.push(fields::not_accepted(path, amounts, "2020 = [\"60\", \"6\", \"24\"]"));
            continue;
        };
        let node = amounts;
        let amounts = fields::list(fields::hours)(node, path.clone(), problems).unwrap_or_default();
        if amounts.len() > Category::ALL.len() {
            problems.push(fields::not_accepted(path, node, "[\"60\", \"6\", \"24\", \"0\"]"));
        }
        for (category, hours) in Category::ALL.into_iter().zip(amounts) {
            if hours.hundredths() > 0 {
                records.push(Record {
                    year,
                    category,
                    hours,
                    source: source.into(),
                    basis: None,
                    status: Status::Confirmed,
                });
            }
        }
    }
    Some(records)
}

fn verdict(node: &Node, path: String, problems: &mut Problems) -> Option<Verdict> {
    const NAMES: &[&str] =
        &["met", "not_met", "indeterminate", "referred", "not_required", "not_applicable"];
    let from_name = |name: &str| Verdict::ALL.into_iter().find(|verdict| verdict.name() == name);
    fields::one_of(NAMES, from_name)(node, path, problems)
}

fn expect(node: &Node, path: String, problems: &mut Problems) -> Option<Expect> {
    let mut f = Fields::open(node, path, problems)?;
    let wanted = f.need("verdict", problems, verdict);
    let null = serde_json::Value::Null;
    let empty = || serde_json::Value::Array(Vec::new());
    let mut take = |key: &'static str, absent: serde_json::Value| {
        (key, f.optional(key).map_or(absent, to_json))
    };
    let found = vec![
        take("firm", null.clone()),
        take("via", empty()),
        take("advisory", null.clone()),
        take("reasons", empty()),
        take("missing", null.clone()),
        take("inherited_from", null),
    ];
    let readings = f.read("readings", problems, |node, path, problems| {
        let Value::Map(entries) = &node.value else {
            problems.push(fields::wrong(path, node, "table"));
            return None;
        };
        let mut readings = Vec::new();
        for (key, node) in entries {
            let path = format!("{path}.{key}");
            match key.split_once('=') {
                Some((id, option)) => {
                    let wanted = verdict(node, path, problems)?;
                    readings.push((id.to_owned(), option.to_owned(), wanted));
                }
                None => problems.push(fields::not_accepted(path, node, "\"reading=option\"")),
            }
        }
        Some(readings)
    });
    f.finish(problems);
    let readings = readings.unwrap_or_default();
    Some(Expect { verdict: wanted?, fields: found, readings })
}

/// A node as JSON.
pub fn to_json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(bool) => (*bool).into(),
        Value::Int(int) => (*int).into(),
        Value::Float(text) | Value::Str(text) | Value::Date(text) => text.clone().into(),
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Map(entries) => serde_json::Value::Object(
            entries.iter().map(|(k, v)| (k.clone(), to_json(v))).collect(),
        ),
    }
}

/// Where an answer differs from what a scenario expects: field, expected, given.
pub fn differences(judge: &Judge, scenario: &Scenario) -> Result<Vec<[String; 3]>, Problems> {
    let judgement = judge.judge(&scenario.declaration, &scenario.records)?;
    let verdict = judgement.verdict;
    let answer = crate::app::compliance::case_answer::Answer::new(case::CaseId::None, judgement);
    let given = serde_json::to_value(&answer).unwrap_or_default();
    let mut found = Vec::new();
    if verdict != scenario.expect.verdict {
        let wanted = scenario.expect.verdict.name().to_owned();
        found.push(["verdict".to_owned(), wanted, verdict.name().to_owned()]);
    }
    for (field, wanted) in &scenario.expect.fields {
        let given = given.get(*field).unwrap_or(&serde_json::Value::Null);
        if given != wanted {
            found.push([(*field).to_owned(), wanted.to_string(), given.to_string()]);
        }
    }
    for (reading, option, wanted) in &scenario.expect.readings {
        let change = [(reading.clone(), option.clone())];
        let given = judge.verdict_under(&scenario.declaration, &scenario.records, &change)?;
        if given != Some(*wanted) {
            let given = given.map_or("no such reading", Verdict::name).to_owned();
            found.push([format!("{reading}={option}"), wanted.name().to_owned(), given]);
        }
    }
    Ok(found)
}
