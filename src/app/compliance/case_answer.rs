//! Answers one case: the contract's JSON, or an error in its place.

use std::sync::Arc;

use serde::Serialize;

use crate::domain::answer::{Missing, Reason, Verdict};
use crate::domain::case::{Case, CaseId};
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::node::Node;
use crate::domain::policy::explain::receipt::{self, Receipt};
use crate::domain::policy::explain::tree::Step;
use crate::domain::policy::explain::yearly_hours::YearlyHours;
use crate::domain::policy::judge::{Flip, Judge, Judgement};
use crate::domain::policy::remedy::proposal::Remedy;
use crate::locale::{self, Bilingual};

/// The answer to a case, in the order and with the names of the contract.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// As the asker calls it.
    pub id: CaseId,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether every combination of open readings gives it.
    pub firm: bool,
    /// Exceptions without which `met` is not certain.
    pub via: Vec<Box<str>>,
    /// The requirements' verdict, when another authority decides.
    pub advisory: Option<Verdict>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The least hours that would make it met.
    pub missing: Option<Missing>,
    /// The city's policy that answers for a county without its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inherited_from: Option<Arc<str>>,
    /// The policy that answered.
    pub policy: Option<Arc<str>>,
    /// Open readings that change the verdict.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flips: Vec<Flip>,
    /// What would make a `not_met` met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// The hours of every year, and what became of each record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub years: Vec<YearlyHours>,
    /// The proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Step>,
    /// What is needed to repeat the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// Where a receipt came with the case: whether this answer repeats that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
}

/// Whether an answer repeats an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// It does.
    pub same: bool,
    /// What differs: `plan`, `as_of`, `readings`, `tree`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<&'static str>,
}

/// How much of the proof goes with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// None.
    None,
    /// The steps that decide, and the remedy.
    Deciding,
    /// Every clause, year and record.
    Full,
}

impl Answer {
    /// Joins a judgement with the id of its case.
    pub fn new(id: CaseId, judgement: Judgement) -> Answer {
        let inherited_from = judgement.policy.clone().filter(|_| judgement.inherited);
        Answer {
            id,
            verdict: judgement.verdict,
            firm: judgement.firm,
            via: judgement.via,
            advisory: judgement.advisory,
            reasons: judgement.reasons,
            missing: judgement.missing,
            inherited_from,
            policy: judgement.policy,
            flips: judgement.flips,
            remedy: None,
            years: Vec::new(),
            explanation: None,
            receipt: None,
            replay: None,
        }
    }
}

/// What stands in place of an answer that could not be given.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// As the asker calls it, if that much could be read.
    pub id: CaseId,
    /// What is wrong; the first of `more`.
    pub error: ErrorBody,
}

/// A problem, with its place and its sentences.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorBody {
    /// Stable code.
    pub code: &'static str,
    /// The file, where it is not the input itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line, from 1.
    pub line: u64,
    /// The field, such as `declaration.level` or `records[3].hours`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// What was wrong and what would be right.
    pub message: Bilingual,
    /// Further problems of the same case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<ErrorBody>,
}

impl ErrorBody {
    /// From the problems of one case.
    pub fn of(line: u64, problems: &[Problem]) -> ErrorBody {
        let mut bodies = problems.iter().map(|problem| ErrorBody {
            code: problem.message.code,
            line: if problem.file.is_some() { problem.line.into() } else { line },
            file: problem.file.clone(),
            field: problem.field.clone(),
            message: locale::both(&problem.message),
            more: Vec::new(),
        });
        let first = bodies.next();
        let more = bodies.collect();
        match first {
            Some(first) => ErrorBody { more, ..first },
            None => ErrorBody::of(line, &[Problem::at("", 0, Message::new("unknown"))]),
        }
    }
}

/// Reads one line of NDJSON as a case.
pub fn read_line(text: &str) -> Result<Case, (CaseId, Problems)> {
    let node: Node = serde_json::from_str(text).map_err(|error| {
        let detail = error.to_string();
        let detail = detail.split(" at line ").next().unwrap_or_default();
        let message =
            Message::new("not_json").with("detail", detail).with("column", error.column());
        (CaseId::None, vec![Problem::at("", 0, message)])
    })?;
    Case::read(&node).map_err(|problems| (CaseId::of(&node), problems))
}

/// Answers a case.
pub fn answer(judge: &Judge, case: &Case, depth: Depth) -> Result<Answer, Problems> {
    let judgement = judge.judge(&case.declaration, &case.records)?;
    if depth == Depth::None && case.receipt.is_none() {
        return Ok(Answer::new(case.id.clone(), judgement));
    }
    let proof = judge.prove(&case.declaration, &case.records, &judgement)?;
    let mut answer = Answer::new(case.id.clone(), judgement);
    if let Some(then) = &case.receipt {
        let encoding = receipt::plan_encoding(then);
        let plan = encoding.map(|encoding| judge.plan_hash(&case.declaration, encoding));
        let differs = receipt::differences(&proof.receipt, plan.transpose()?.as_deref(), then);
        answer.replay = Some(Replay { same: differs.is_empty(), differs });
    }
    if depth != Depth::None {
        answer.remedy = proof.remedy;
        answer.receipt = Some(proof.receipt);
    }
    match depth {
        Depth::None => {}
        Depth::Deciding => answer.explanation = proof.tree.map(|tree| tree.deciding()),
        Depth::Full => {
            answer.explanation = proof.tree;
            answer.years = proof.years;
        }
    }
    Ok(answer)
}
