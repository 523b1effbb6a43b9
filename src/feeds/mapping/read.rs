//! Reading a mapping file: every problem with its line, its key and what would be right.

use super::asked::{requests, summary, totals};
use super::names::{Fact, Names};
use super::part::part;
use super::{AnswerNames, Codes, Feed, FileRules, Shape, Verbs};
use crate::domain::case::jurisdiction;
use crate::domain::category::Category;
use crate::domain::fields::{
    Fields, Problems, any_text, integer, not_accepted, one_of, text, wrong,
};
use crate::domain::ledger::statement::RecognitionStatus;
use crate::domain::node::{Node, Value};

/// The facts that a shape must have, and those that it may have.
const fn facts(shape: Shape) -> (&'static [Fact], &'static [Fact]) {
    use Fact::{
        Category, Certificate, Changed, Completed, Completion, CourseCode, CourseTitle, Hours, Id,
        More, Name, Number, Provider, RefersTo, Remarks, Reviewer, Settled, Span, Standing,
        Started, Success, Sum, Verb, Voided, Year,
    };
    match shape {
        Shape::Pages => (
            &[Id, Number, Name, Category, Hours, Standing, Changed],
            &[
                Provider,
                CourseCode,
                CourseTitle,
                Year,
                Started,
                Completed,
                Span,
                Certificate,
                Remarks,
            ],
        ),
        Shape::Columns => (
            &[Number, Name, Category, Hours, Standing],
            &[
                Id,
                Provider,
                CourseCode,
                CourseTitle,
                Year,
                Started,
                Completed,
                Span,
                Changed,
                Certificate,
                Remarks,
            ],
        ),
        Shape::Workbook => (
            &[Number, Name, CourseTitle, Completed, Reviewer],
            &[Provider, CourseCode, Started, Sum, Certificate],
        ),
        Shape::Statements => (
            &[Id, Number, Name, Verb, Category, Hours, Completed, Changed, Settled, More],
            &[
                Provider,
                CourseCode,
                CourseTitle,
                Year,
                RefersTo,
                Completion,
                Success,
                Certificate,
                Voided,
            ],
        ),
    }
}

/// Reads the text of a mapping file.
pub(super) fn feed(toml: &str) -> Result<Feed, Problems> {
    let root = Node::from_toml(toml)?;
    let mut problems = Problems::new();
    let feed = whole(&root, &mut problems);
    match feed {
        Some(feed) if problems.is_empty() => Ok(feed),
        _ => Err(problems),
    }
}

fn whole(root: &Node, problems: &mut Problems) -> Option<Feed> {
    let mut fields = Fields::open(root, "", problems)?;
    let code = fields.need("code", problems, code);
    let name_zh = fields.need("name", problems, text);
    let name_en = fields.need("name_en", problems, text);
    let jurisdiction = fields.need("jurisdiction", problems, jurisdiction);
    let rank = fields.need("rank", problems, integer(0..=1000));
    let shape = fields.need("shape", problems, one_of(&SHAPES, shape_named));
    let year = fields.need(
        "year",
        problems,
        one_of(&["stated", "completed"], |name| match name {
            "stated" => Some(true),
            "completed" => Some(false),
            _ => None,
        }),
    );
    let categories = fields.need("categories", problems, categories);
    let synonyms = fields.read("synonyms", problems, self::categories).unwrap_or_default();
    // What a table needs depends on the shape: without one, the rest cannot be judged.
    let shape = shape?;
    let table =
        if matches!(shape, Shape::Columns | Shape::Workbook) { "headings" } else { "fields" };
    let names =
        fields.need(table, problems, |node, path, problems| names(shape, node, path, problems));
    let coded = matches!(shape, Shape::Pages | Shape::Columns);
    let standings = part(&mut fields, "standings", coded, problems, standings);
    let answer = part(&mut fields, "answer", shape == Shape::Pages, problems, answer);
    let verbs = part(&mut fields, "verbs", shape == Shape::Statements, problems, verbs);
    let in_file = matches!(shape, Shape::Columns | Shape::Workbook);
    let file = part(&mut fields, "file", in_file, problems, |node, path, problems| {
        file(shape, node, path, problems)
    });
    let asked = shape.is_asked_for();
    let requests = part(&mut fields, "requests", asked, problems, |node, path, problems| {
        requests(shape, node, path, problems)
    });
    let totals = fields.read("totals", problems, totals);
    let summary = fields.read("summary", problems, summary);
    fields.finish(problems);
    Some(Feed {
        code: code?,
        name_zh: name_zh?,
        name_en: name_en?,
        jurisdiction: jurisdiction?,
        rank: i16::try_from(rank?).ok()?,
        shape,
        year_is_authority: year?,
        names: names?,
        categories: categories?,
        synonyms,
        standings: standings.unwrap_or_default(),
        answer: answer.unwrap_or_default(),
        verbs: verbs.unwrap_or_default(),
        file: file.unwrap_or_default(),
        requests,
        totals,
        summary,
    })
}

const SHAPES: [&str; 4] = ["pages", "statements", "columns", "workbook"];

fn shape_named(name: &str) -> Option<Shape> {
    Shape::ALL.into_iter().find(|shape| shape.name() == name)
}

/// A code stands in addresses and file names.
fn code(node: &Node, path: String, problems: &mut Problems) -> Option<String> {
    let code = text(node, path.clone(), problems)?;
    let plain = code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if plain && code.len() <= 40 {
        return Some(code);
    }
    problems.push(not_accepted(path, node, "a-z 0-9 -"));
    None
}

/// A text, or several.
fn texts(node: &Node, path: String, problems: &mut Problems) -> Option<Vec<String>> {
    match &node.value {
        Value::Str(word) if !word.is_empty() => Some(vec![word.clone()]),
        Value::List(items) if !items.is_empty() => {
            let item = |(i, item)| text(item, format!("{path}[{i}]"), problems);
            items.iter().enumerate().map(item).collect()
        }
        _ => {
            problems.push(wrong(path, node, "text"));
            None
        }
    }
}

fn names(shape: Shape, node: &Node, path: String, problems: &mut Problems) -> Option<Names> {
    let (required, optional) = facts(shape);
    let mut fields = Fields::open(node, path, problems)?;
    let mut names = Names::default();
    for (fact, key) in Fact::ALL {
        let found = if required.contains(&fact) {
            fields.need(key, problems, texts)
        } else if optional.contains(&fact) {
            fields.read(key, problems, texts)
        } else {
            None
        };
        if let Some(found) = found {
            names.put(fact, found);
        }
    }
    if shape != Shape::Statements && shape != Shape::Pages {
        names.others = fields.read("others", problems, texts).unwrap_or_default();
    }
    fields.finish(problems);
    Some(names)
}

/// The source's words, each with one of ours; its words are the keys.
fn codes<T>(
    node: &Node,
    path: String,
    problems: &mut Problems,
    accepted: &str,
    from_name: impl Fn(&str) -> Option<T>,
) -> Option<Codes<T>> {
    let Value::Map(entries) = &node.value else {
        problems.push(wrong(path, node, "table"));
        return None;
    };
    let mut codes = Vec::new();
    for (word, node) in entries {
        let meaning = match &node.value {
            Value::Str(name) => from_name(name),
            _ => None,
        };
        match meaning {
            Some(meaning) => codes.push((word.clone(), meaning)),
            None => problems.push(not_accepted(format!("{path}.{word}"), node, accepted)),
        }
    }
    Some(codes)
}

fn categories(node: &Node, path: String, problems: &mut Problems) -> Option<Codes<Category>> {
    let accepted = Category::ALL.map(Category::name).join(", ");
    codes(node, path, problems, &accepted, Category::from_name)
}

fn standings(
    node: &Node,
    path: String,
    problems: &mut Problems,
) -> Option<Codes<RecognitionStatus>> {
    let accepted = RecognitionStatus::ALL.map(RecognitionStatus::name).join(", ");
    codes(node, path, problems, &accepted, |name| {
        RecognitionStatus::ALL.into_iter().find(|standing| standing.name() == name)
    })
}

fn answer(node: &Node, path: String, problems: &mut Problems) -> Option<AnswerNames> {
    let mut fields = Fields::open(node, path, problems)?;
    let mut name = |fields: &mut Fields<'_>, key| fields.need(key, problems, text);
    let (success, code) = (name(&mut fields, "success"), name(&mut fields, "code"));
    let (message, result) = (name(&mut fields, "message"), name(&mut fields, "result"));
    let (records, total) = (name(&mut fields, "records"), name(&mut fields, "total"));
    let (size, current) = (name(&mut fields, "size"), name(&mut fields, "current"));
    let code_good = fields.need("code_good", problems, texts);
    let refused = fields.read("code_not_authorised", problems, texts).unwrap_or_default();
    let not_authorised = fields.read("not_authorised", problems, texts).unwrap_or_default();
    fields.finish(problems);
    Some(AnswerNames {
        success: success?,
        code: code?,
        code_good: code_good?,
        code_not_authorised: refused,
        message: message?,
        not_authorised,
        result: result?,
        records: records?,
        total: total?,
        size: size?,
        current: current?,
    })
}

fn verbs(node: &Node, path: String, problems: &mut Problems) -> Option<Verbs> {
    let mut fields = Fields::open(node, path, problems)?;
    let completed = fields.need("completed", problems, texts);
    let voided = fields.need("voided", problems, texts);
    let course_prefix = fields.read("course_prefix", problems, any_text).unwrap_or_default();
    fields.finish(problems);
    Some(Verbs { completed: completed?, voided: voided?, course_prefix })
}

fn file(shape: Shape, node: &Node, path: String, problems: &mut Problems) -> Option<FileRules> {
    let mut fields = Fields::open(node, path, problems)?;
    let mut file = FileRules {
        totals: fields.read("totals", problems, texts).unwrap_or_default(),
        ..FileRules::default()
    };
    if shape == Shape::Columns {
        file.name = fields.need("name", problems, file_name).unwrap_or_default();
        file.full = fields.need("full", problems, text).unwrap_or_default();
        file.incremental = fields.need("incremental", problems, text).unwrap_or_default();
        file.done = fields.read("done", problems, text).unwrap_or_default();
        file.md5 = fields.read("md5", problems, text).unwrap_or_default();
        file.corrections = fields.read("corrections", problems, texts).unwrap_or_default();
    } else {
        file.nothing = fields.read("nothing", problems, texts).unwrap_or_default();
    }
    fields.finish(problems);
    Some(file)
}

/// The form of a name, with the three things that it says, each once.
fn file_name(node: &Node, path: String, problems: &mut Problems) -> Option<String> {
    let form = text(node, path.clone(), problems)?;
    let once = |part: &str| form.matches(part).count() == 1;
    if once("{day}") && once("{kind}") && once("{number}") && !form.contains(['/', '\\']) {
        return Some(form);
    }
    problems.push(not_accepted(path, node, "\"NAME_{day}_{kind}_{number}.csv\""));
    None
}
