//! A declaration and its records, taken from the case as JSON.

use serde_json::Value;
use std::collections::BTreeSet;
use toml::Table;

/// What the declaration says.
pub(crate) struct Declaration {
    pub(crate) jurisdiction: String,
    pub(crate) year: i64,
    pub(crate) required_years: Option<i64>,
    pub(crate) tenure_start: Option<i64>,
    pub(crate) excused: BTreeSet<i64>,
    pub(crate) reviewed: BTreeSet<i64>,
    level: Option<String>,
    series: Option<String>,
    specialty: Option<String>,
    employer_sector: Option<String>,
}

/// A record with its hours in hundredths.
pub(crate) struct Record {
    pub(crate) year: i64,
    pub(crate) category: String,
    pub(crate) hours: i64,
    pub(crate) source: String,
    pub(crate) basis: Option<String>,
    pub(crate) status: String,
}

/// A decimal such as `89.5` in hundredths.
pub(crate) fn hundredths(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<2}");
    assert!(part.len() == 2, "{text} is not a multiple of 0.01");
    whole.parse::<i64>().unwrap() * 100 + part.parse::<i64>().unwrap()
}

/// Hundredths as the shortest decimal.
pub(crate) fn decimal(hundredths: i64) -> String {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn string(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn years(value: &Value, key: &str) -> BTreeSet<i64> {
    let list = value.get(key).and_then(Value::as_array);
    list.map(|l| l.iter().map(|y| y.as_i64().unwrap()).collect()).unwrap_or_default()
}

/// The declaration of a case.
pub(crate) fn declaration(case: &Value) -> Declaration {
    let d = &case["declaration"];
    Declaration {
        jurisdiction: string(d, "jurisdiction").unwrap(),
        year: d["year"].as_i64().unwrap(),
        required_years: d.get("required_years").and_then(Value::as_i64),
        tenure_start: d.get("tenure_start").and_then(Value::as_i64),
        excused: years(d, "excused"),
        reviewed: years(d, "reviewed"),
        level: string(d, "level"),
        series: string(d, "series"),
        specialty: string(d, "specialty"),
        employer_sector: string(d, "employer_sector"),
    }
}

/// The records of a case.
pub(crate) fn records(case: &Value) -> Vec<Record> {
    let one = |r: &Value| Record {
        year: r["year"].as_i64().unwrap(),
        category: string(r, "category").unwrap(),
        hours: hundredths(r["hours"].as_str().unwrap()),
        source: string(r, "source").unwrap_or_default(),
        basis: string(r, "basis"),
        status: string(r, "status").unwrap_or_else(|| "confirmed".to_owned()),
    };
    case.get("records")
        .and_then(Value::as_array)
        .map(|l| l.iter().map(one).collect())
        .unwrap_or_default()
}

impl Declaration {
    /// All of the matching fields that a clause (or an exclusion) gives must match.
    pub(crate) fn matches(&self, table: &Table) -> bool {
        let given = [
            ("levels", &self.level),
            ("series", &self.series),
            ("specialties", &self.specialty),
            ("employer_sectors", &self.employer_sector),
        ];
        given.iter().all(|(key, value)| {
            !table.contains_key(*key)
                || value.as_ref().is_some_and(|v| super::files::texts(table, key).contains(v))
        })
    }
}
