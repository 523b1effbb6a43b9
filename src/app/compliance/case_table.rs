//! CSV files of declarations and records, UTF-8 or GB18030, headers in Chinese or English.

use crate::domain::category::Category;
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::node::{Node, Value};
use crate::sheet::encoding;

/// One row, as the table of a case's JSON.
#[derive(Clone, Debug)]
pub struct Row {
    /// The file.
    pub file: String,
    /// Its line, from 1.
    pub line: u64,
    /// Whose row it is.
    pub id: String,
    /// The other columns, by their names in JSON.
    pub node: Node,
    /// What is wrong with the row as a row.
    pub problem: Option<Problem>,
}

/// How a column's cells become values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Text,
    Integer,
    Years,
    Category,
    /// A name from a closed list, in Chinese or English.
    Name(&'static [(&'static str, &'static str)]),
}

const LEVELS: &[(&str, &str)] = &[
    ("初级", "junior"),
    ("中级", "intermediate"),
    ("副高级", "senior"),
    ("高级", "senior"),
    ("正高级", "full-senior"),
];
const STATUSES: &[(&str, &str)] = &[
    ("已认定", "confirmed"),
    ("待认定", "pending"),
    ("不予认定", "rejected"),
    ("已撤销", "revoked"),
];

/// Every column that either file may have: Chinese header, name in JSON, kind of cell.
const COLUMNS: &[(&str, &str, Cell)] = &[
    ("编号", "id", Cell::Text),
    ("地区代码", "jurisdiction", Cell::Text),
    ("申报年度", "year", Cell::Integer),
    ("级别", "level", Cell::Name(LEVELS)),
    ("系列", "series", Cell::Text),
    ("专业", "specialty", Cell::Text),
    ("单位系统", "employer_sector", Cell::Text),
    ("规定年限", "required_years", Cell::Integer),
    ("任职起始年", "tenure_start", Cell::Integer),
    ("免修年度", "excused", Cell::Years),
    ("已审核年度", "reviewed", Cell::Years),
    ("所在单位系统", "employer_sector", Cell::Text),
    ("免学时年度", "excused", Cell::Years),
    ("已复核年度", "reviewed", Cell::Years),
    ("截至", "as_of", Cell::Text),
    ("年度", "year", Cell::Integer),
    ("科目", "category", Cell::Category),
    ("学时", "hours", Cell::Text),
    ("来源", "source", Cell::Text),
    ("依据", "basis", Cell::Text),
    ("状态", "status", Cell::Name(STATUSES)),
];

/// The text of a file: UTF-8, with or without a byte-order mark, else GB18030.
pub fn decode(file: &str, bytes: &[u8]) -> Result<String, Problem> {
    encoding::decode(bytes)
        .ok_or_else(|| Problem::at("", 0, Message::new("not_text")).in_file(file))
}

/// Reads a file; a bad row comes back with its problem and stops no other.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<Row>, Problems> {
    let text = decode(file, bytes).map_err(|problem| vec![problem])?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let broken = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        let message = Message::new("not_csv").with("detail", error);
        Problem::at("", u32::try_from(line).unwrap_or(u32::MAX), message).in_file(file)
    };
    let headers = reader.headers().map_err(|error| vec![broken(&error)])?.clone();
    let columns = columns(file, &headers)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| vec![broken(&error)])?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        rows.push(row(file, &columns, &record, line(&text, &record)));
    }
    // A quote that is not closed swallows the rows after it, into the last row that is read.
    if text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
        let line = rows.last().map_or(1, |row: &Row| row.line);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let problem = Problem::at("", line, Message::new("quote_not_closed")).in_file(file);
        match rows.last_mut() {
            Some(row) => row.problem = Some(problem),
            None => return Err(vec![problem]),
        }
    }
    Ok(rows)
}

type Columns = Vec<(&'static str, Cell)>;

fn columns(file: &str, headers: &csv::StringRecord) -> Result<Columns, Problems> {
    let mut problems = Vec::new();
    let mut columns: Columns = Vec::new();
    for header in headers {
        let found = COLUMNS.iter().find(|(zh, en, _)| header == *zh || header == *en);
        match found {
            Some((_, name, _)) if columns.iter().any(|(other, _)| other == name) => {
                let message = Message::new("column_twice").with("column", header);
                problems.push(Problem::at(header, 1, message).in_file(file));
            }
            Some((_, name, cell)) => columns.push((name, *cell)),
            None => {
                let mut accepted: Vec<&str> = COLUMNS.iter().map(|(_, en, _)| *en).collect();
                accepted.sort_unstable();
                accepted.dedup();
                let message = Message::new("unknown_column")
                    .with("column", header)
                    .with("accepted", accepted.join(", "));
                problems.push(Problem::at(header, 1, message).in_file(file));
            }
        }
    }
    if !columns.iter().any(|(name, _)| *name == "id") && problems.is_empty() {
        let message = Message::new("field_missing").with("field", "id");
        problems.push(Problem::at("id", 1, message).in_file(file));
    }
    if problems.is_empty() { Ok(columns) } else { Err(problems) }
}

/// The line of a row: its position is that of the end of the row before, line break and all.
fn line(text: &str, record: &csv::StringRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let at = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let skipped = breaks.filter(|byte| **byte == b'\n').count();
    position.line() + u64::try_from(skipped).unwrap_or(0)
}

fn row(file: &str, columns: &Columns, record: &csv::StringRecord, line: u64) -> Row {
    let mut id = String::new();
    let mut entries = Vec::new();
    for ((name, cell), text) in columns.iter().zip(record) {
        if *name == "id" {
            text.clone_into(&mut id);
        } else if !text.is_empty() {
            entries.push(((*name).to_owned(), Node { line: 0, value: value(*cell, text) }));
        }
    }
    let message = if record.len() != columns.len() {
        let message = Message::new("row_length").with("found", record.len());
        Some(message.with("wanted", columns.len()))
    } else if id.is_empty() {
        Some(Message::new("field_missing").with("field", "id"))
    } else {
        None
    };
    let problem = message.map(|message| {
        Problem::at("", u32::try_from(line).unwrap_or(u32::MAX), message).in_file(file)
    });
    Row {
        file: file.to_owned(),
        line,
        id,
        node: Node { line: 0, value: Value::Map(entries) },
        problem,
    }
}

fn value(cell: Cell, text: &str) -> Value {
    let integer = |text: &str| match text.parse() {
        Ok(int) => Value::Int(int),
        Err(_) => Value::Str(text.to_owned()),
    };
    match cell {
        Cell::Text => Value::Str(text.to_owned()),
        Cell::Integer => integer(text),
        Cell::Category => Value::Str(
            Category::from_word(text).map_or_else(|| text.to_owned(), |c| c.name().to_owned()),
        ),
        Cell::Name(names) => {
            let name = names.iter().find(|(zh, _)| *zh == text).map_or(text, |(_, name)| name);
            Value::Str(name.to_owned())
        }
        Cell::Years => Value::List(
            text.split([';', '；', '、', ' ', ','])
                .filter(|part| !part.is_empty())
                .map(|part| Node { line: 0, value: integer(part) })
                .collect(),
        ),
    }
}
