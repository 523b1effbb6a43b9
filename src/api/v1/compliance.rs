//! The declaration workflow: verdicts, one or thousands, and their receipts.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::rows::Person;
use crate::api::App;
use crate::api::authenticated_caller::AuthenticatedCaller;
use crate::api::limits::Json;
use crate::api::problem::Problem;
use crate::api::{RequestId, idempotency};
use crate::app::compliance::case_answer::Depth;
use crate::app::compliance::{Asker, Question, Whom};
use crate::domain::case::{self, CaseId};
use crate::domain::declaration::covers;
use crate::domain::fields::{self, Fields, Problems};
use crate::domain::identity::IdNumber;
use crate::domain::ids::{PersonId, ReceiptId};
use crate::domain::message::{Message, Problem as Wrong};
use crate::domain::node::{Node, Value};
use crate::domain::person_name::PersonName;
use crate::domain::timestamp::Timestamp;

/// A question.
#[derive(ToSchema)]
#[schema(as = Question)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct QuestionBody {
    /// As the asker calls it; given back.
    id: Option<String>,
    /// About whom: number and name, never in a URL.
    person: Person,
    /// The declaration; the same as `xueshi check` reads, without `excused`, `reviewed` and `as_of`,
    /// which the ledger knows.
    #[schema(value_type = Object)]
    declaration: Node,
    /// What the ledger knew at this instant (RFC 3339); absent = all that it knows.
    as_of: Option<String>,
    /// `none`, `deciding` or `full`.
    explain: Option<String>,
    /// Keep a receipt of the answer.
    receipt: Option<bool>,
}

/// The answer: that of the judge, and where the ledger stood.
#[derive(Serialize, ToSchema)]
#[schema(as = Verdict)]
pub(in crate::api) struct VerdictBody {
    /// `met`, `not_met`, `indeterminate`, `not_covered` …: the answer of `xueshi check`, member by
    /// member.
    #[schema(value_type = Object)]
    verdict: String,
    /// Where the ledger stood: `person_known`, `asked_at`, `as_of`, `seq`, `hash`, `excused`,
    /// `reviewed`, `receipt`.
    #[schema(value_type = Object)]
    ledger: String,
}

/// What became of asking again.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of an answer, for its description")]
struct ReplayBody {
    /// Whether the answer says the same, whichever version of the engine gave it.
    same: bool,
    /// The members of the answer that differ; `ledger` where the entries then are not those now.
    differs: Vec<String>,
    /// The answer now.
    #[schema(value_type = Object)]
    answer: String,
    /// The versions of the engine that gave the two answers, `then` and `now`; `then` is null where
    /// the receipt does not say it.
    #[schema(value_type = Object)]
    engine: String,
}

/// Ask one verdict.
#[utoipa::path(post, path = "/v1/compliance", tag = "declaration", request_body = QuestionBody,
    responses((status = 200, description = "The verdict.", body = VerdictBody)))]
pub(in crate::api) async fn ask(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    id: RequestId,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let question = question(&json.node, &asking).map_err(Problem::invalid)?;
    let keeps = question.receipt;
    let work = async {
        let (verdict, person) = app.service.comply(question).await?;
        app.access.note(&asking, "/v1/compliance", person, &id.0);
        app.metrics.verdict(verdict.answer.verdict.name());
        Ok(HttpResponse::Ok().json(verdict))
    };
    // A question has no effect that could happen twice, unless a receipt is kept.
    if keeps {
        idempotency::once(&app, &asking, &request, &json.bytes, work).await
    } else {
        work.await
    }
}

/// A receipt: the question and the answer, as they were.
#[utoipa::path(get, path = "/v1/receipts/{id}", tag = "declaration",
    params(("id" = String, Path, description = "Sixteen hexadecimal digits.")),
    responses((status = 200, description = "The receipt.", body = Object)))]
pub(in crate::api) async fn receipt(
    app: Data<App>,
    asking: AuthenticatedCaller,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: ReceiptId = id.parse().map_err(|_| Problem::not_found())?;
    let receipt = app.service.receipt(id, place(&asking)).await?;
    Ok(HttpResponse::Ok().json(receipt))
}

/// Ask a receipt's question again, as of its instant: is the answer the same?
#[utoipa::path(post, path = "/v1/receipts/{id}/replay", tag = "declaration",
    params(("id" = String, Path, description = "Sixteen hexadecimal digits.")),
    responses((status = 200, description = "Whether it is the same, and what differs.",
        body = inline(ReplayBody))))]
pub(in crate::api) async fn replay(
    app: Data<App>,
    asking: AuthenticatedCaller,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: ReceiptId = id.parse().map_err(|_| Problem::not_found())?;
    let replayed = app.service.replay(id, place(&asking)).await?;
    Ok(HttpResponse::Ok().json(replayed))
}

fn place(asking: &AuthenticatedCaller) -> Option<&str> {
    asking.jurisdiction.as_ref().map(crate::domain::declaration::Jurisdiction::code)
}

/// Reads a question.
pub(super) fn question(node: &Node, asking: &AuthenticatedCaller) -> Result<Question, Problems> {
    let mut problems = Vec::new();
    let whom = |node: &Node, path: String, problems: &mut Problems| identity(node, path, problems);
    let read = read(node, asking, whom, &mut problems);
    read.filter(|_| problems.is_empty()).ok_or(problems)
}

/// A question about somebody who is known already.
pub(super) fn question_about(
    node: &Node,
    asking: &AuthenticatedCaller,
    person: PersonId,
) -> Result<Question, Problems> {
    let mut problems = Vec::new();
    let read = match Fields::open(node, "", &mut problems) {
        Some(fields) => rest(fields, asking, Whom::Person(person), node, &mut problems),
        None => None,
    };
    read.filter(|_| problems.is_empty()).ok_or(problems)
}

fn read(
    node: &Node,
    asking: &AuthenticatedCaller,
    whom: impl FnOnce(&Node, String, &mut Problems) -> Option<Whom>,
    problems: &mut Problems,
) -> Option<Question> {
    let mut fields = Fields::open(node, "", problems)?;
    let whom = fields.need("person", problems, whom);
    // The rest is read also where the person is wrong: all problems are told at once.
    let stand_in = whom.clone().unwrap_or(Whom::Person(PersonId::stored(0)));
    let question = rest(fields, asking, stand_in, node, problems);
    whom.and(question)
}

fn rest(
    mut fields: Fields<'_>,
    asking: &AuthenticatedCaller,
    whom: Whom,
    node: &Node,
    problems: &mut Problems,
) -> Option<Question> {
    fields.optional("id");
    let declaration = fields.need("declaration", problems, case::declaration);
    let as_of = fields.read("as_of", problems, instant);
    let depth = fields.read("explain", problems, fields::one_of(&DEPTHS, depth_named));
    let receipt = fields.read("receipt", problems, fields::boolean);
    fields.finish(problems);
    let declaration = declaration?;
    let given = [
        ("declaration.excused", !declaration.excused.is_empty()),
        ("declaration.reviewed", !declaration.reviewed.is_empty()),
        ("declaration.as_of", declaration.as_of.is_some()),
    ];
    for (field, _) in given.into_iter().filter(|(_, given)| *given) {
        let message = Message::new("ledger_knows").with("field", field);
        problems.push(Wrong::at(field, 0, message));
    }
    let place = declaration.jurisdiction.code();
    if asking.jurisdiction.as_ref().is_some_and(|own| !covers(own.code(), place)) {
        let message = Message::new("place_not_yours").with("found", place);
        problems.push(Wrong::at("declaration.jurisdiction", 0, message));
    }
    let asker = Asker { issuer: asking.issuer.clone(), subject: asking.subject.clone() };
    Some(Question {
        id: CaseId::of(node),
        whom,
        declaration,
        as_of,
        depth: depth.unwrap_or(Depth::None),
        receipt: receipt.unwrap_or(false),
        asker,
    })
}

const DEPTHS: [&str; 3] = ["none", "deciding", "full"];

fn depth_named(name: &str) -> Option<Depth> {
    match name {
        "none" => Some(Depth::None),
        "deciding" => Some(Depth::Deciding),
        "full" => Some(Depth::Full),
        _ => None,
    }
}

/// A number and a name.
pub(super) fn identity(node: &Node, path: String, problems: &mut Problems) -> Option<Whom> {
    let mut fields = Fields::open(node, path, problems)?;
    let number = fields.need("number", problems, |node, path, problems| {
        let text = text(node, &path, problems)?;
        IdNumber::parse(text)
            .map_err(|wrong| problems.push(Wrong::at(path, 0, Message::new(wrong.code()))))
            .ok()
    });
    let name = fields.need("name", problems, |node, path, problems| {
        let text = text(node, &path, problems)?;
        PersonName::parse(text)
            .map_err(|wrong| problems.push(Wrong::at(path, 0, Message::new(wrong.code()))))
            .ok()
    });
    fields.finish(problems);
    Some(Whom::Identity(number?, name?))
}

/// Text about a person: a problem never says what it is.
fn text<'n>(node: &'n Node, path: &str, problems: &mut Problems) -> Option<&'n str> {
    match &node.value {
        Value::Str(text) => Some(text),
        _ => {
            let message = Message::new("not_text").with("field", path);
            problems.push(Wrong::at(path, 0, message));
            None
        }
    }
}

/// An RFC 3339 instant.
pub(super) fn instant(node: &Node, path: String, problems: &mut Problems) -> Option<Timestamp> {
    let at = match &node.value {
        Value::Str(text) => text.parse().ok(),
        _ => None,
    };
    if at.is_none() {
        problems.push(fields::not_accepted(path, node, "2026-01-31T08:00:00Z"));
    }
    at
}
