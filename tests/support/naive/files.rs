//! Policy files as raw TOML: choosing the file, its chain, its readings and the clauses in force.

use std::collections::BTreeSet;
use toml::{Table, Value};

/// All files, exactly as they are written.
pub(crate) struct Files {
    files: Vec<Table>,
}

/// One `[[reading]]` of a chain of files.
pub(crate) struct Reading<'a> {
    policy: &'a str,
    id: &'a str,
    chosen: &'a str,
    open: bool,
    options: Vec<(&'a str, Option<&'a Table>)>,
}

/// A clause with the policy it was written in and, perhaps, fields changed by readings.
#[derive(Clone, PartialEq)]
pub(crate) struct Clause {
    pub(crate) policy: String,
    pub(crate) table: Table,
}

impl Clause {
    /// A field that holds text, or nothing.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.table.get(key).and_then(Value::as_str).unwrap_or("")
    }

    /// `policy#clause`
    pub(crate) fn full_id(&self) -> String {
        format!("{}#{}", self.policy, self.text("id"))
    }

    /// The references in a list field, each as `policy#clause`.
    pub(crate) fn refs(&self, key: &str) -> Vec<String> {
        texts(&self.table, key).iter().map(|r| full(&self.policy, r)).collect()
    }

    fn off(&self) -> bool {
        self.table.get("off").and_then(Value::as_bool).unwrap_or(false)
    }
}

/// A list of strings in a table; empty when the key is absent.
pub(crate) fn texts(table: &Table, key: &str) -> Vec<String> {
    let list = table.get(key).and_then(Value::as_array);
    list.map(|l| l.iter().map(|v| v.as_str().unwrap().to_owned()).collect()).unwrap_or_default()
}

/// A reference without a policy means the policy it is written in.
pub(crate) fn full(policy: &str, reference: &str) -> String {
    if reference.contains('#') { reference.to_owned() } else { format!("{policy}#{reference}") }
}

fn tables<'a>(table: &'a Table, key: &str) -> Vec<&'a Table> {
    let list = table.get(key).and_then(Value::as_array);
    list.map(|l| l.iter().map(|v| v.as_table().unwrap()).collect()).unwrap_or_default()
}

fn text<'a>(table: &'a Table, key: &str) -> &'a str {
    table.get(key).and_then(Value::as_str).unwrap_or("")
}

impl Files {
    /// Parses every file.
    pub(crate) fn parse(files: &[(String, String)]) -> Files {
        let parse = |(name, text): &(String, String)| {
            text.parse::<Table>().unwrap_or_else(|e| panic!("{name}: {e}"))
        };
        Files { files: files.iter().map(parse).collect() }
    }

    /// The file that answers, and whether it is the city's file answering for a county.
    pub(crate) fn answering(&self, jurisdiction: &str, year: i64) -> Option<(&Table, bool)> {
        let of =
            |j: &str| self.files.iter().find(|f| text(f, "jurisdiction") == j && speaks(f, year));
        if let Some(own) = of(jurisdiction) {
            return Some((own, false));
        }
        let city: String = jurisdiction.chars().take(4).chain("00".chars()).collect();
        of(&city).map(|file| (file, true))
    }

    /// The file, then what it extends, and so on upwards.
    pub(crate) fn chain<'a>(&'a self, file: &'a Table) -> Vec<&'a Table> {
        let mut chain = vec![file];
        let mut at = file;
        while let Some(up) = at.get("extends").and_then(Value::as_str) {
            at = self.files.iter().find(|f| text(f, "id") == up).expect("extends a known file");
            chain.push(at);
        }
        chain
    }
}

fn speaks(file: &Table, year: i64) -> bool {
    let Some(years) = file.get("declaring_years").and_then(Value::as_table) else {
        return false;
    };
    let bound = |key: &str| years.get(key).and_then(Value::as_integer);
    bound("from").is_none_or(|f| f <= year) && bound("to").is_none_or(|t| year <= t)
}

/// The readings of a chain: the highest authority's first, so that the file itself has the last word.
pub(crate) fn readings<'a>(chain: &[&'a Table]) -> Vec<Reading<'a>> {
    let mut all = Vec::new();
    for file in chain.iter().rev() {
        for reading in tables(file, "reading") {
            let options = reading.get("options").and_then(Value::as_table).expect("options");
            let set =
                |v: &'a Value| v.as_table().and_then(|t| t.get("set")).and_then(Value::as_table);
            all.push(Reading {
                policy: text(file, "id"),
                id: text(reading, "id"),
                chosen: text(reading, "chosen"),
                open: reading.get("state").is_none_or(|s| s.as_str() == Some("open")),
                options: options.iter().map(|(name, v)| (name.as_str(), set(v))).collect(),
            });
        }
    }
    all
}

/// Which option each reading takes (by its index), with some changed by hand.
pub(crate) fn chosen(readings: &[Reading<'_>], changed: &[(&str, &str)]) -> Vec<usize> {
    let pick = |r: &Reading<'_>| {
        let by_hand = changed.iter().find(|(id, _)| *id == r.id || *id == full(r.policy, r.id));
        let option = by_hand.map_or(r.chosen, |(_, option)| *option);
        let found = r.options.iter().position(|(name, _)| *name == option);
        found.unwrap_or_else(|| panic!("reading {} has no option {option}", r.id))
    };
    readings.iter().map(pick).collect()
}

/// Every combination of the open readings; settled ones stay as `choice` has them.
pub(crate) fn combinations(readings: &[Reading<'_>], choice: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![choice.to_vec()];
    for (i, reading) in readings.iter().enumerate().filter(|(_, r)| r.open) {
        let with = |c: &Vec<usize>| -> Vec<Vec<usize>> {
            (0..reading.options.len())
                .map(|option| {
                    let mut changed = c.clone();
                    changed[i] = option;
                    changed
                })
                .collect()
        };
        all = all.iter().flat_map(with).collect();
    }
    all
}

/// The clauses in force under a choice of options: own file first, then upwards, in file order.
pub(crate) fn in_force(
    chain: &[&Table],
    readings: &[Reading<'_>],
    choice: &[usize],
) -> Vec<Clause> {
    let mut all: Vec<Clause> = Vec::new();
    for file in chain {
        let policy = text(file, "id");
        for table in tables(file, "clause") {
            all.push(Clause { policy: policy.to_owned(), table: table.clone() });
        }
    }
    for (reading, option) in readings.iter().zip(choice) {
        for (key, value) in reading.options[*option].1.into_iter().flatten() {
            let (clause, field) = key.rsplit_once('.').expect("clause.field");
            let target = full(reading.policy, clause);
            let found = all.iter_mut().find(|c| c.full_id() == target).expect("a known clause");
            found.table.insert(field.to_owned(), value.clone());
        }
    }
    let exists: BTreeSet<String> = all.iter().map(Clause::full_id).collect();
    all.retain(|c| !c.off());
    let overridden: Vec<String> = all.iter().flat_map(|c| c.refs("overrides")).collect();
    all.retain(|c| !overridden.contains(&c.full_id()));
    all.retain(|c| c.refs("yields_to").iter().all(|target| !exists.contains(target)));
    all
}
