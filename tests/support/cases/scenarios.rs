//! The scenario files.

use serde_json::{Map, Value, json};
use std::path::Path;
use toml::Table;

/// What a scenario expects of the answer.
#[derive(Debug, Clone)]
pub struct Expect {
    pub verdict: String,
    pub firm: bool,
    /// complete, in order
    pub reasons: Vec<Value>,
    pub via: Vec<String>,
    pub missing: Option<String>,
    pub advisory: Option<String>,
    pub inherited_from: Option<String>,
    /// one reading changed: reading, option, verdict
    pub readings: Vec<(String, String, String)>,
}

/// A worked case.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub id: String,
    /// name of the file it is in
    pub file: String,
    pub title: String,
    /// `{id, declaration, records}`
    pub case: Value,
    pub expect: Expect,
}

/// TOML as JSON; a date becomes its text.
pub fn to_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(s) => json!(s),
        toml::Value::Integer(i) => json!(i),
        toml::Value::Float(f) => json!(f),
        toml::Value::Boolean(b) => json!(b),
        toml::Value::Datetime(d) => json!(d.to_string()),
        toml::Value::Array(list) => list.iter().map(to_json).collect(),
        toml::Value::Table(table) => {
            let all: Map<String, Value> =
                table.iter().map(|(k, v)| (k.clone(), to_json(v))).collect();
            Value::Object(all)
        }
    }
}

fn text(table: &Table, key: &str) -> Option<String> {
    table.get(key).map(|v| v.as_str().unwrap_or_else(|| panic!("{key} is not text")).to_owned())
}

/// One confirmed record per non-zero cell of `hours`, then the records as they are.
fn records(scenario: &Table) -> Vec<Value> {
    let source = text(scenario, "source");
    let mut records = Vec::new();
    for (year, cells) in scenario.get("hours").and_then(toml::Value::as_table).into_iter().flatten()
    {
        let cells = cells.as_array().expect("hours of a year");
        for (cell, category) in cells.iter().zip(["professional", "industry", "general", "public"])
        {
            let hours = cell.as_str().expect("hours as text");
            if hours.trim_matches(['0', '.']).is_empty() {
                continue;
            }
            records.push(json!({
                "year": year.parse::<i64>().expect("a year"),
                "category": category,
                "hours": hours,
                "source": source.as_ref().expect("hours need a source"),
                "status": "confirmed",
            }));
        }
    }
    let given = scenario.get("record").and_then(toml::Value::as_array);
    records.extend(given.into_iter().flatten().map(to_json));
    records
}

fn expect(scenario: &Table) -> Expect {
    let e = scenario["expect"].as_table().expect("expect");
    let list = |key: &str| e.get(key).and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let readings = e.get("readings").and_then(toml::Value::as_table);
    let changed = |(key, verdict): (&String, &toml::Value)| {
        let (reading, option) = key.split_once('=').expect("reading=option");
        (reading.to_owned(), option.to_owned(), verdict.as_str().unwrap().to_owned())
    };
    Expect {
        verdict: text(e, "verdict").expect("verdict"),
        firm: e["firm"].as_bool().expect("firm"),
        reasons: list("reasons").iter().map(to_json).collect(),
        via: list("via").iter().map(|v| v.as_str().unwrap().to_owned()).collect(),
        missing: text(e, "missing"),
        advisory: text(e, "advisory"),
        inherited_from: text(e, "inherited_from"),
        readings: readings.into_iter().flatten().map(changed).collect(),
    }
}

/// All scenarios of a folder, file by file in the order of their names.
pub fn load(folder: &Path) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for (file, text_of) in texts(folder) {
        let table: Table = text_of.parse().unwrap_or_else(|e| panic!("{file}: {e}"));
        for scenario in table["scenario"].as_array().expect("scenarios") {
            let scenario = scenario.as_table().expect("a scenario");
            let id = text(scenario, "id").expect("id");
            let declaration = to_json(&scenario["declaration"]);
            scenarios.push(Scenario {
                file: file.clone(),
                title: text(scenario, "title").expect("title"),
                case: json!({"id": id, "declaration": declaration, "records": records(scenario)}),
                expect: expect(scenario),
                id,
            });
        }
    }
    scenarios
}

/// The TOML files of a folder as name and text, in the order of their names.
pub fn texts(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    files.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|p| (name(p), std::fs::read_to_string(p).unwrap())).collect()
}
