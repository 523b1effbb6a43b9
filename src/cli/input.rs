//! Cases from standard input, an NDJSON file, or a pair of CSV files; bad ones with their problems.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use super::{Context, Failed, Outcome};
use crate::app::compliance::case_answer;
use crate::app::compliance::case_table::{self, Row};
use crate::domain::case::{Case, CaseId};
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::node::{Node, Value};
use crate::sheet::lines::{self, Line};

/// The longest line that is read; a longer one is an error of its own.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// A case that was read, or what is wrong with it.
pub(super) struct Item {
    /// The line of the input, from 1.
    pub(super) line: u64,
    /// The case, or the id as far as it could be read and the problems.
    pub(super) case: Result<Case, (CaseId, Problems)>,
}

/// Where cases come from.
pub(super) enum Input {
    /// NDJSON, a line at a time.
    Lines(Lines),
    /// CSV, joined by id.
    Table(Box<Table>),
}

impl Input {
    /// A pair of CSV files where both are named, else NDJSON.
    pub(super) fn open(
        file: Option<&Path>,
        declarations: Option<&Path>,
        records: Option<&Path>,
    ) -> Result<Input, Failed> {
        match (declarations, records) {
            (Some(declarations), Some(records)) => Input::tables(declarations, records),
            _ => Input::lines(file),
        }
    }

    /// Tells what could not be answered, and how the command ends.
    pub(super) fn ended(&self, context: &Context, failed: u64, count: u64) -> Outcome {
        let orphans = self.orphans();
        super::complain(context.lang, &orphans);
        if failed > 0 {
            let message = Message::new("cases_failed").with("failed", failed).with("count", count);
            super::note(context.lang, &message);
        }
        if failed == 0 && orphans.is_empty() { Outcome::Well } else { Outcome::Wanting }
    }

    /// A file of NDJSON; `-` or none is standard input.
    fn lines(file: Option<&Path>) -> Result<Input, Failed> {
        let (source, size): (Box<dyn Read>, Option<u64>) = match file {
            Some(path) if path.as_os_str() != "-" => {
                let file = std::fs::File::open(path).map_err(|e| unreadable(path, &e))?;
                let size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|m| m.len());
                (Box::new(file), size)
            }
            _ => (Box::new(std::io::stdin()), None),
        };
        let name = file.map_or_else(|| "-".to_owned(), |path| path.display().to_string());
        Ok(Input::Lines(Lines { name, found: lines::Lines::new(source, LONGEST_LINE), size }))
    }

    /// A pair of CSV files.
    fn tables(declarations: &Path, records: &Path) -> Result<Input, Failed> {
        let open = |path: &Path| std::fs::read(path).map_err(|e| unreadable(path, &e));
        let declared = case_table::read(&declarations.display().to_string(), &open(declarations)?)?;
        let recorded = case_table::read(&records.display().to_string(), &open(records)?)?;
        Ok(Input::Table(Box::new(Table::join(declared, recorded))))
    }

    /// The next case; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Item>, Failed> {
        match self {
            Input::Lines(lines) => lines.next(),
            Input::Table(table) => Ok(table.next()),
        }
    }

    /// Whether the next case would have to be waited for.
    pub(super) fn would_wait(&self) -> bool {
        match self {
            Input::Lines(lines) => lines.found.would_wait(),
            Input::Table(_) => false,
        }
    }

    /// How far the input has been read, and how far it goes, where that is known.
    pub(super) fn progress(&self) -> Option<(u64, u64)> {
        match self {
            Input::Lines(lines) => lines.size.map(|size| (lines.found.bytes_read(), size)),
            Input::Table(table) => Some((table.done, table.total)),
        }
    }

    /// Rows that belong to no case.
    fn orphans(&self) -> Vec<Problem> {
        match self {
            Input::Lines(_) => Vec::new(),
            Input::Table(table) => table.orphans(),
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failed {
    Message::new("unreadable").with("path", path.display()).with("why", error).into()
}

/// NDJSON, a line at a time.
pub(super) struct Lines {
    name: String,
    found: lines::Lines<Box<dyn Read>>,
    size: Option<u64>,
}

impl Lines {
    fn next(&mut self) -> Result<Option<Item>, Failed> {
        let next = self.found.next_line().map_err(|error| broken(&self.name, &error))?;
        let Some((line, found)) = next else {
            return Ok(None);
        };
        let wrong = |message| Err((CaseId::None, vec![Problem::at("", 0, message)]));
        let case = match found {
            Line::Text(text) => case_answer::read_line(text),
            Line::TooLong => wrong(Message::new("line_too_long").with("most", LONGEST_LINE >> 20)),
            Line::NotUtf8(at) => wrong(Message::new("not_utf8").with("at", at)),
        };
        Ok(Some(Item { line, case }))
    }
}

fn broken(name: &str, error: &std::io::Error) -> Failed {
    Message::new("unreadable").with("path", name).with("why", error).into()
}

/// Declarations in order, each with the records that bear its id.
pub(super) struct Table {
    declarations: std::vec::IntoIter<Row>,
    records: HashMap<String, Vec<Row>>,
    used: HashMap<String, bool>,
    /// Records without an id.
    nobodys: Vec<Row>,
    done: u64,
    total: u64,
}

impl Table {
    fn join(declarations: Vec<Row>, rows: Vec<Row>) -> Table {
        let mut records: HashMap<String, Vec<Row>> = HashMap::new();
        let mut nobodys = Vec::new();
        for row in rows {
            match row.id.as_str() {
                "" => nobodys.push(row),
                id => records.entry(id.to_owned()).or_default().push(row),
            }
        }
        let total = u64::try_from(declarations.len()).unwrap_or(u64::MAX);
        let used = records.keys().map(|id| (id.clone(), false)).collect();
        Table { declarations: declarations.into_iter(), records, used, nobodys, done: 0, total }
    }

    fn next(&mut self) -> Option<Item> {
        let row = self.declarations.next()?;
        self.done += 1;
        if let Some(used) = self.used.get_mut(&row.id) {
            *used = true;
        }
        let id = CaseId::Text(row.id.clone());
        let records = self.records.get(&row.id).map_or(&[][..], Vec::as_slice);
        let node = |entries| Node { line: 0, value: Value::Map(entries) };
        let items = records.iter().map(|row| row.node.clone()).collect();
        let whole = node(vec![
            ("id".to_owned(), Node { line: 0, value: Value::Str(row.id.clone()) }),
            ("declaration".to_owned(), row.node.clone()),
            ("records".to_owned(), Node { line: 0, value: Value::List(items) }),
        ]);
        let mut problems: Problems = Vec::new();
        problems.extend(row.problem.clone());
        problems.extend(records.iter().filter_map(|row| row.problem.clone()));
        let case = match Case::read(&whole) {
            Ok(case) if problems.is_empty() => Ok(case),
            Ok(_) => Err((id, problems)),
            Err(found) => {
                problems.extend(found.into_iter().map(|problem| placed(problem, records)));
                Err((id, problems))
            }
        };
        Some(Item { line: row.line, case })
    }

    fn orphans(&self) -> Vec<Problem> {
        let mut rows: Vec<&Row> = self
            .used
            .iter()
            .filter(|(_, used)| !**used)
            .filter_map(|(id, _)| self.records.get(id)?.first())
            .chain(&self.nobodys)
            .collect();
        rows.sort_by_key(|row| row.line);
        let tell = |row: &&Row| {
            let message = Message::new("record_without_declaration").with("id", &row.id);
            let line = u32::try_from(row.line).unwrap_or(u32::MAX);
            Problem::at("id", line, message).in_file(&row.file)
        };
        rows.iter().map(tell).collect()
    }
}

/// A problem of `records[3].hours`, told by the line of that record's row.
fn placed(problem: Problem, records: &[Row]) -> Problem {
    let index = problem.field.strip_prefix("records[").and_then(|rest| {
        let (index, _) = rest.split_once(']')?;
        index.parse::<usize>().ok()
    });
    match index.and_then(|index| records.get(index)) {
        Some(row) => {
            let line = u32::try_from(row.line).unwrap_or(u32::MAX);
            Problem { line, ..problem }.in_file(&row.file)
        }
        None => problem,
    }
}
