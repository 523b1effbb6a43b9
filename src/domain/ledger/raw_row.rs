//! The fields of a row as they were written, from JSON or from a sheet.

use super::outcome::Refusal;
use super::outcome::RowProblem;
use crate::domain::identity;
use crate::domain::message::Message;
use crate::domain::node::{Node, Value};

/// The fields of a row as texts, from JSON or from a sheet.
#[derive(Clone, Default)]
pub struct RawRow {
    /// The source's own key.
    pub key: Option<String>,
    /// The source's revision of the row; absent = 1.
    pub revision: Option<String>,
    /// 证件号码.
    pub number: Option<String>,
    /// 姓名.
    pub name: Option<String>,
    /// 年度.
    pub year: Option<String>,
    /// 科目.
    pub category: Option<String>,
    /// 学时.
    pub hours: Option<String>,
    /// 完成日期.
    pub completed_on: Option<String>,
    /// 课程编号.
    pub course_code: Option<String>,
    /// 课程名称.
    pub course_title: Option<String>,
    /// 培训机构.
    pub provider: Option<String>,
    /// 专业.
    pub specialty: Option<String>,
    /// 依据.
    pub basis: Option<String>,
    /// 证书编号.
    pub certificate: Option<String>,
    /// Fields that are none of these, or not of their type.
    pub wrong: Vec<RowProblem>,
}

/// The names of a row's fields in JSON; those of `person` and `course` are one level down.
const FIELDS: [&str; 10] = [
    "key",
    "revision",
    "person",
    "year",
    "category",
    "hours",
    "completed_on",
    "course",
    "provider",
    "specialty",
];
const BASIS: &str = "basis";
const CERTIFICATE: &str = "certificate";

impl RawRow {
    /// From JSON; an unknown field or a wrong type is a problem.
    pub fn from_json(node: &Node) -> Result<RawRow, Refusal> {
        let mut row = RawRow::default();
        let Value::Map(fields) = &node.value else {
            return Err(Refusal::of_row(Message::new("row_not_object").with("found", kind(node))));
        };
        let mut problems = Vec::new();
        for (name, node) in fields {
            row.take(name, node, &mut problems);
        }
        row.wrong = problems;
        Ok(row)
    }

    fn take(&mut self, name: &str, node: &Node, problems: &mut Vec<RowProblem>) {
        let slot = match name {
            "person" | "course" => return self.take_inner(name, node, problems),
            "key" => &mut self.key,
            "revision" => &mut self.revision,
            "year" => &mut self.year,
            "category" => &mut self.category,
            "hours" => &mut self.hours,
            "completed_on" => &mut self.completed_on,
            "provider" => &mut self.provider,
            "specialty" => &mut self.specialty,
            BASIS => &mut self.basis,
            CERTIFICATE => &mut self.certificate,
            _ => return problems.push(unknown(name, &FIELDS)),
        };
        let integer = matches!(name, "revision" | "year" | "hours");
        *slot = scalar(name, node, integer, problems);
    }

    fn take_inner(&mut self, outer: &str, node: &Node, problems: &mut Vec<RowProblem>) {
        let Value::Map(fields) = &node.value else {
            let message = Message::new("wrong_type")
                .with("field", outer)
                .with("found", kind(node))
                .with("expected", "table");
            return problems.push(RowProblem::at(outer, message));
        };
        for (name, node) in fields {
            let full = format!("{outer}.{name}");
            let slot = match full.as_str() {
                "person.number" => &mut self.number,
                "person.name" => &mut self.name,
                "course.code" => &mut self.course_code,
                "course.title" => &mut self.course_title,
                _ if outer == "person" => {
                    problems.push(unknown(&full, &["person.number", "person.name"]));
                    continue;
                }
                _ => {
                    problems.push(unknown(&full, &["course.code", "course.title"]));
                    continue;
                }
            };
            *slot = scalar(&full, node, false, problems);
        }
    }
}

/// What a value is, without saying what it holds: it may be about a person.
fn kind(node: &Node) -> &'static str {
    match node.value {
        Value::Null => "null",
        Value::Bool(_) => "true/false",
        Value::Int(_) => "integer",
        Value::Float(_) => "number",
        Value::Str(_) | Value::Date(_) => "text",
        Value::List(_) => "list",
        Value::Map(_) => "object",
    }
}

fn unknown(name: &str, accepted: &[&str]) -> RowProblem {
    // A name that is none of ours may be anything, also a person's number.
    let shown = if identity::looks_like_id_number(name) { "…" } else { name };
    let message =
        Message::new("unknown_key").with("key", shown).with("accepted", accepted.join(", "));
    RowProblem::at(shown, message)
}

fn scalar(
    field: &str,
    node: &Node,
    integer: bool,
    problems: &mut Vec<RowProblem>,
) -> Option<String> {
    match &node.value {
        Value::Null => None,
        Value::Str(text) => Some(text.clone()),
        Value::Int(int) if integer => Some(int.to_string()),
        _ => {
            let expected = if integer { "integer_or_text" } else { "text" };
            let message = Message::new("wrong_type")
                .with("field", field)
                .with("found", kind(node))
                .with("expected", expected);
            problems.push(RowProblem::at(field, message));
            None
        }
    }
}
