//! Reads the files one by one, and joins what can be joined: one bad file hides no other.

use super::{Finding, Policy};
use crate::domain::message::Problem;
use crate::domain::node::{Node, Value};
use crate::domain::policy::notice::catalog::Catalog;
use crate::domain::policy::notice::parse;

/// A file as far as it could be read.
pub(super) struct Source {
    /// Its name.
    pub(super) file: String,
    /// Its tree; a file that is not TOML has none and is not listed.
    pub(super) node: Node,
    /// What it says, if all of it can be understood.
    pub(super) policy: Option<Policy>,
}

impl Source {
    /// The id, even where the rest cannot be understood.
    pub(super) fn id(&self) -> Option<&str> {
        match &self.node.get("id")?.value {
            Value::Str(id) => Some(id),
            _ => None,
        }
    }
}

/// Reads every file; problems become findings.
pub(super) fn read(files: &[(String, String)], findings: &mut Vec<Finding>) -> Vec<Source> {
    let mut sources = Vec::new();
    for (file, text) in files {
        let parsed = parse::policy(file, text);
        let node = Node::from_toml(text).ok();
        if let Err(problems) = &parsed {
            let told = problems.iter().filter(|problem| !is_told_by_a_part(problem, problems));
            findings.extend(told.map(|problem| located(problem, node.as_ref())));
        }
        if let Some(node) = node {
            sources.push(Source { file: file.clone(), node, policy: parsed.ok() });
        }
    }
    sources
}

/// Whether a whole is not accepted only because of a part that is a problem of its own.
fn is_told_by_a_part(whole: &Problem, problems: &[Problem]) -> bool {
    let is_part = |part: &Problem| {
        let rest = part.field.strip_prefix(&whole.field);
        rest.is_some_and(|rest| rest.starts_with(['.', '[']))
    };
    whole.message.code == "not_accepted" && problems.iter().any(is_part)
}

/// Joins the policies. Those with problems, and those that rest on them, are left out, so that the
/// others are still examined.
pub(super) fn join(sources: &[Source], findings: &mut Vec<Finding>) -> Catalog {
    let mut policies: Vec<Policy> = sources.iter().filter_map(|s| s.policy.clone()).collect();
    policies.sort_by(|a, b| a.id.cmp(&b.id));
    let broken = sources.iter().filter(|source| source.policy.is_none());
    let mut left_out: Vec<String> = broken.filter_map(|s| Some(s.id()?.to_owned())).collect();
    loop {
        let problems = match Catalog::join(policies.clone()) {
            Ok(catalog) => return catalog,
            Err(problems) => problems,
        };
        for problem in problems.iter().filter(|problem| !follows(problem, &left_out)) {
            let source = sources.iter().find(|s| problem.file.as_ref() == Some(&s.file));
            findings.push(located(problem, source.map(|source| &source.node)));
        }
        let bad = |p: &Policy| problems.iter().any(|q| q.file.as_ref() == Some(&p.file));
        left_out.extend(policies.iter().filter(|p| bad(p)).map(|p| p.id.clone()));
        let before = policies.len();
        policies.retain(|policy| !bad(policy));
        if policies.len() == before {
            policies.clear();
        }
    }
}

/// Whether a name dangles only because its policy was left out.
fn follows(problem: &Problem, left_out: &[String]) -> bool {
    let name = problem.message.args.iter().find(|(key, _)| *key == "name");
    problem.message.code == "dangling"
        && name.is_some_and(|(_, name)| {
            left_out.iter().any(|id| name.split('#').next() == Some(id.as_str()))
        })
}

/// A problem as a finding, without what only its file's tree knows.
pub(super) fn finding(problem: &Problem) -> Finding {
    let file = problem.file.as_deref().unwrap_or_default();
    Finding::new(code(problem), file, problem.line, problem.message.clone())
}

fn located(problem: &Problem, node: Option<&Node>) -> Finding {
    let text = |node: &Node| match &node.value {
        Value::Str(text) => Some(text.clone()),
        _ => None,
    };
    let mut finding = finding(problem);
    let Some(node) = node else { return finding };
    finding.policy = node.get("id").and_then(text);
    let clauses = match node.get("clause").map(|clauses| &clauses.value) {
        Some(Value::List(clauses)) => clauses.as_slice(),
        _ => &[],
    };
    let id = |clause: &Node| clause.get("id").and_then(text);
    let head = problem.field.split('.').next().unwrap_or_default();
    let index = head.strip_prefix("clause[").and_then(|rest| rest.strip_suffix(']'));
    finding.clause = match index.and_then(|index| index.parse::<usize>().ok()) {
        Some(index) => clauses.get(index).and_then(id),
        None => clauses.iter().filter_map(id).find(|id| id == head),
    };
    finding
}

/// The code of a problem that reading or joining reports.
fn code(problem: &Problem) -> &'static str {
    let field = problem.field.as_str();
    let last = field.rsplit('.').next().unwrap_or_default();
    let found = problem.message.args.iter().find(|(key, _)| *key == "found");
    let found = found.map_or("", |(_, found)| found.as_str());
    let is_float = found.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && found.contains(['.', 'e', 'E'])
        && found.parse::<i64>().is_err()
        && found.chars().all(|c| c.is_ascii_digit() || "+-._eE".contains(c));
    match problem.message.code {
        "toml_syntax" => "E-SYNTAX",
        "unreadable" | "no_toml" => "E-UNREADABLE",
        "unknown_key" => "E-KEY",
        "field_missing" | "wrong_type" if last == "cite" || field.contains(".cite.") => "E-CITE",
        "field_missing" | "admit_nothing" => "E-FIELD",
        "wrong_type" | "not_accepted" | "hours_not_text" if is_float => "E-FLOAT",
        "wrong_type" | "hours_not_text" => "E-TYPE",
        "not_accepted" if last == "kind" => "E-KIND",
        "not_accepted" if last == "of" => "E-SETS",
        "sum_needs_split" => "E-SPLIT",
        "not_a_change" => "E-CHANGE",
        "dangling" if field.ends_with(".cite.doc") => "E-CITE",
        "dangling" => "E-DANGLING",
        "circular_extends" => "E-CIRCULAR",
        "two_files" => "E-TWO-FILES",
        "duplicate_policy" | "duplicate_id" => "E-DUPLICATE",
        "too_many_readings" => "E-READINGS",
        "two_standards" => "E-SLOT",
        "too_many_standards" => "E-STANDARDS",
        _ => "E-VALUE",
    }
}
