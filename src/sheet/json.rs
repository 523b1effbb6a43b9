//! Posted rows as JSON, one a line.

use std::io::Read;
use std::path::PathBuf;

use super::lines::{Line, Lines};
use super::refusal::told;
use super::source::Source;
use super::{Column, Limits, Row, RowFields, stood};
use crate::domain::fields::{Fields, Problems, wrong};
use crate::domain::message::{Message, Problem};
use crate::domain::node::{Node, Value};

/// The rows of such a file.
pub(super) struct JsonLines {
    path: PathBuf,
    lines: Lines<Box<dyn Read + Send>>,
    limits: Limits,
}

impl JsonLines {
    pub(super) fn open(source: Source, limits: &Limits) -> Result<JsonLines, Message> {
        let reader = source.reader().map_err(|error| told(&source.path, error))?;
        let lines = Lines::new(reader, limits.line_bytes);
        Ok(JsonLines { path: source.path, lines, limits: *limits })
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, Message> {
        let next = self.lines.next_line().map_err(|error| told(&self.path, error))?;
        let Some((number, line)) = next else { return Ok(None) };
        let fields = match line {
            Line::Text(text) => read(text, &self.limits),
            Line::TooLong => {
                let most = self.limits.line_bytes >> 20;
                Err(one(Message::new("line_too_long").with("most", most)))
            }
            Line::NotUtf8(at) => Err(one(Message::new("not_utf8").with("at", at))),
        };
        let line = u32::try_from(number).unwrap_or(u32::MAX);
        let fields = fields.map_err(|problems| {
            problems.into_iter().map(|problem| Problem { line, ..problem }).collect()
        });
        let stood = fields.as_ref().err().map(|_| stood::line(self.lines.last_line()));
        Ok(Some(Row { number, fields, stood: stood.unwrap_or_default() }))
    }
}

fn one(message: Message) -> Problems {
    vec![Problem::at("", 0, message)]
}

fn read(text: &str, limits: &Limits) -> Result<RowFields, Problems> {
    let node: Node = serde_json::from_str(text).map_err(|error| {
        // The reader's own words may quote the line; its place does not.
        one(Message::new("row_not_json").with("column", error.column()))
    })?;
    let mut problems = Problems::new();
    let mut taker = Taker { row: RowFields::default(), problems: Vec::new(), limits };
    if let Some(mut fields) = Fields::open(&node, "", &mut problems) {
        taker.take(&mut fields, "key", Column::Key);
        taker.take(&mut fields, "revision", Column::Revision);
        if let Some(person) = fields.optional("person")
            && let Some(mut person) = Fields::open(person, "person", &mut problems)
        {
            taker.take(&mut person, "number", Column::PersonNumber);
            taker.take(&mut person, "name", Column::PersonName);
            person.finish(&mut problems);
        }
        taker.take(&mut fields, "year", Column::Year);
        taker.take(&mut fields, "category", Column::Category);
        taker.take(&mut fields, "hours", Column::Hours);
        taker.take(&mut fields, "completed_on", Column::CompletedOn);
        if let Some(course) = fields.optional("course")
            && let Some(mut course) = Fields::open(course, "course", &mut problems)
        {
            taker.take(&mut course, "code", Column::CourseCode);
            taker.take(&mut course, "title", Column::CourseTitle);
            course.finish(&mut problems);
        }
        taker.take(&mut fields, "provider", Column::Provider);
        taker.take(&mut fields, "specialty", Column::Specialty);
        taker.take(&mut fields, "basis", Column::Basis);
        taker.take(&mut fields, "certificate", Column::Certificate);
        fields.finish(&mut problems);
    }
    problems.append(&mut taker.problems);
    if problems.is_empty() { Ok(taker.row) } else { Err(problems) }
}

struct Taker<'l> {
    row: RowFields,
    problems: Problems,
    limits: &'l Limits,
}

impl Taker<'_> {
    /// Texts, and integers where a number is what the column holds.
    fn take(&mut self, fields: &mut Fields<'_>, key: &'static str, column: Column) {
        let Some(node) = fields.optional(key) else { return };
        let path = fields.path(key);
        let numeric = matches!(column, Column::Revision | Column::Year | Column::Hours);
        match &node.value {
            Value::Str(text) if text.len() > self.limits.cell_bytes => {
                let message = Message::new("cell_too_long").with("column", &path);
                let message = message.with("most", self.limits.cell_bytes);
                self.problems.push(Problem::at(path, 0, message));
            }
            Value::Str(text) => self.row.put(column, text),
            Value::Int(int) if numeric => self.row.put(column, &int.to_string()),
            Value::Float(_) if column == Column::Hours => {
                let message = Message::new("hours_not_text").with("field", &path);
                let message = message.with("found", node.found());
                self.problems.push(Problem::at(path, 0, message));
            }
            _ => {
                let expected = if numeric { "integer" } else { "text" };
                self.problems.push(wrong(path, node, expected));
            }
        }
    }
}
