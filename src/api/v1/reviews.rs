//! Reviewers 主管部门: the queue, and what they decide.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::ToSchema;

use super::bodies::{person_id, place, positive, read, reason};
use super::rows::Person;
use crate::api::authenticated_caller::AuthenticatedCaller;
use crate::api::idempotency::once;
use crate::api::limits::Json;
use crate::api::page::{Asked, Page};
use crate::api::problem::Problem;
use crate::api::{App, RequestId};
use crate::app::compliance::Whom;
use crate::app::reviews::adjust::Adjustment;
use crate::app::reviews::queue::Waiting;
use crate::app::reviews::{Reviewer, Ruling, YearRuling};
use crate::domain::category::Category;
use crate::domain::fields;
use crate::domain::hours::Hours;
use crate::domain::ids::{BatchId, DecisionId, PersonId};
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::domain::year::Year;

pub(super) fn reviewer(asking: &AuthenticatedCaller) -> Reviewer {
    Reviewer {
        issuer: asking.issuer.clone(),
        subject: asking.subject.clone(),
        jurisdiction: asking.jurisdiction.as_ref().map(|place| place.code().to_owned()),
        specialties: asking.specialties.clone(),
        categories: asking.categories.clone(),
    }
}

/// What waits for me, longest first.
#[utoipa::path(get, path = "/v1/queue", tag = "reviewers", params(Asked),
    responses((status = 200, description = "A page of rows that wait.", body = Object)))]
pub(in crate::api) async fn queue(
    app: Data<App>,
    asking: AuthenticatedCaller,
    id: RequestId,
    asked: Query<Asked>,
) -> Result<HttpResponse, Problem> {
    let reviewer = reviewer(&asking);
    let limit = asked.limit()?;
    let scope = format!("{:?}", reviewer.scope());
    let question = ["queue", &asking.issuer, &asking.subject, &scope];
    let after = asked.after(&app.service.vault, &question)?.and_then(|bytes| position(&bytes));
    let rows = app.service.queue(reviewer, after, limit + 1).await?;
    let page = Page::of(rows, limit, &app.service.vault, &question, |last: &Waiting| {
        let (person, batch, row) = last.place;
        let parts = [last.received_at.micros(), person.get(), batch.get(), row];
        parts.map(i64::to_be_bytes).concat()
    });
    for row in &page.items {
        app.access.note(&asking, "/v1/queue", Some(row.place.0), &id.0);
    }
    Ok(HttpResponse::Ok().json(page))
}

fn position(bytes: &[u8]) -> Option<(Timestamp, (PersonId, BatchId, i64))> {
    let mut numbers = numbers(bytes);
    let at = Timestamp::from_micros(numbers.next()?);
    let (person, batch) = (PersonId::stored(numbers.next()?), BatchId::stored(numbers.next()?));
    Some((at, (person, batch, numbers.next()?)))
}

/// The numbers that a cursor is made of.
pub(super) fn numbers(bytes: &[u8]) -> impl Iterator<Item = i64> {
    bytes.chunks(8).filter_map(|part| Some(i64::from_be_bytes(part.try_into().ok()?)))
}

/// What is decided about a row that waits.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct Decision {
    /// The person, as the queue names them.
    person: String,
    /// Why.
    reason: String,
    /// The category under which it counts; only for re-categorising.
    category: Option<String>,
}

/// Decide about a row that waits: `recognise`, `reject` or `recategorise`.
#[utoipa::path(post, path = "/v1/queue/{submission}/{ruling}", tag = "reviewers",
    params(("submission" = String, Path, description = "Its place, as the queue names it."),
        ("ruling" = String, Path, description = "`recognise`, `reject` or `recategorise`.")),
    request_body = Decision,
    responses((status = 200, description = "The decision.", body = Object)))]
pub(in crate::api) async fn rule(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    path: Path<(String, String)>,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let (submission, ruling) = path.into_inner();
    let (batch, row) = place(&submission).ok_or_else(Problem::not_found)?;
    if !["recognise", "reject", "recategorise"].contains(&ruling.as_str()) {
        return Err(Problem::new(Message::new("no_route")));
    }
    let (person, category, reason) = read(&json.node, |all, problems| {
        let person = all.need("person", problems, person_id);
        let category = if ruling == "recategorise" {
            all.need("category", problems, fields::category).map(Some)
        } else {
            Some(None)
        };
        let reason = all.need("reason", problems, reason);
        Some((person?, category?, reason?))
    })?;
    let ruling = match (ruling.as_str(), category) {
        ("recategorise", Some(category)) => Ruling::Recategorise(category),
        ("reject", _) => Ruling::Reject,
        _ => Ruling::Recognise,
    };
    once(&app, &asking, &request, &json.bytes, async {
        let place = (person, batch, row);
        let decided = app.service.rule(reviewer(&asking), place, ruling, reason).await?;
        Ok(HttpResponse::Ok().json(decided))
    })
    .await
}

/// Find a person by number and name.
#[utoipa::path(post, path = "/v1/people/find", tag = "reviewers", request_body = Person,
    responses((status = 200, description = "Their id, and every entry and submission.",
        body = Object)))]
pub(in crate::api) async fn find(
    app: Data<App>,
    asking: AuthenticatedCaller,
    id: RequestId,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let mut problems = Vec::new();
    let whom = super::compliance::identity(&json.node, String::new(), &mut problems);
    let Some(Whom::Identity(number, name)) = whom.filter(|_| problems.is_empty()) else {
        return Err(Problem::invalid(problems));
    };
    let person = app.service.find_person(reviewer(&asking), &number, &name).await?;
    app.access.note(&asking, "/v1/people/find", Some(person), &id.0);
    let entries = app.service.items(person).await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "person": person, "entries": entries })))
}

/// What is decided about a year of a person.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct YearDecision {
    /// The year.
    year: u16,
    /// `close-legacy` (what is on record is final) or `excuse`.
    ruling: String,
    /// Why.
    reason: String,
}

/// Close a legacy year, or excuse a year.
#[utoipa::path(post, path = "/v1/people/{person}/years", tag = "reviewers",
    params(("person" = String, Path, description = "As the queue or `/v1/people/find` names them.")),
    request_body = YearDecision,
    responses((status = 200, description = "The decision.", body = Object)))]
pub(in crate::api) async fn year(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    person: Path<String>,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let person: PersonId = person.parse().map_err(|_| Problem::not_found())?;
    let (year, ruling, reason) = read(&json.node, |all, problems| {
        let year = all.need("year", problems, fields::year);
        let named = fields::one_of(&["close-legacy", "excuse"], year_ruling);
        let ruling = all.need("ruling", problems, named);
        let reason = all.need("reason", problems, reason);
        Some((year?, ruling?, reason?))
    })?;
    once(&app, &asking, &request, &json.bytes, async {
        let decided = app.service.rule_year(reviewer(&asking), person, year, ruling, reason);
        Ok(HttpResponse::Ok().json(decided.await?))
    })
    .await
}

fn year_ruling(name: &str) -> Option<YearRuling> {
    match name {
        "close-legacy" => Some(YearRuling::Close),
        "excuse" => Some(YearRuling::Excuse),
        _ => None,
    }
}

/// Withdraw a decision about a year.
#[utoipa::path(post, path = "/v1/people/{person}/decisions/{decision}/withdraw", tag = "reviewers",
    params(("person" = String, Path, description = "Whose."),
        ("decision" = String, Path, description = "Which.")),
    request_body = super::entries::Reversal,
    responses((status = 200, description = "The decision.", body = Object)))]
pub(in crate::api) async fn withdraw(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    path: Path<(String, String)>,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let (person, about) = person_and_decision(&path)?;
    let reason = super::entries::reason(&json.node)?;
    once(&app, &asking, &request, &json.bytes, async {
        let decided = app.service.withdraw(reviewer(&asking), person, about, reason).await?;
        Ok(HttpResponse::Ok().json(decided))
    })
    .await
}

/// Take an entry back, with a reason.
#[utoipa::path(post, path = "/v1/people/{person}/entries/{seq}/reverse", tag = "reviewers",
    params(("person" = String, Path, description = "Whose."),
        ("seq" = i64, Path, description = "The number of the entry.")),
    request_body = super::entries::Reversal,
    responses((status = 200, description = "The decision.", body = Object)))]
pub(in crate::api) async fn reverse(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    path: Path<(String, String)>,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let (person, seq) = path.into_inner();
    let person: PersonId = person.parse().map_err(|_| Problem::not_found())?;
    let seq: i64 = seq.parse().map_err(|_| Problem::not_found())?;
    let reason = super::entries::reason(&json.node)?;
    once(&app, &asking, &request, &json.bytes, async {
        let decided = app.service.reverse(reviewer(&asking), person, seq, reason).await?;
        Ok(HttpResponse::Ok().json(decided))
    })
    .await
}

/// Hours that no source vouches for.
#[derive(ToSchema)]
#[schema(as = Adjustment)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct AdjustmentBody {
    /// The year.
    year: u16,
    /// The category.
    category: String,
    /// How many hours are added.
    hours: String,
    /// Why.
    reason: String,
}

/// Propose an adjustment; it counts once another reviewer has approved it.
#[utoipa::path(post, path = "/v1/people/{person}/adjustments", tag = "reviewers",
    params(("person" = String, Path, description = "Whose.")), request_body = AdjustmentBody,
    responses((status = 202, description = "The proposal.", body = Object)))]
pub(in crate::api) async fn propose(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    person: Path<String>,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let person: PersonId = person.parse().map_err(|_| Problem::not_found())?;
    let (adjustment, reason) = read(&json.node, |all, problems| {
        let year: Option<Year> = all.need("year", problems, fields::year);
        let category: Option<Category> = all.need("category", problems, fields::category);
        let hours: Option<Hours> = all.need("hours", problems, positive);
        let reason = all.need("reason", problems, reason);
        let adjustment = Adjustment { person, year: year?, category: category?, hours: hours? };
        Some((adjustment, reason?))
    })?;
    once(&app, &asking, &request, &json.bytes, async {
        let decided = app.service.propose(reviewer(&asking), adjustment, reason).await?;
        Ok(HttpResponse::Accepted().json(decided))
    })
    .await
}

/// Adjustments that nobody has answered.
#[utoipa::path(get, path = "/v1/adjustments", tag = "reviewers",
    responses((status = 200, description = "Oldest first.", body = Vec<Object>)))]
pub(in crate::api) async fn proposals(
    app: Data<App>,
    asking: AuthenticatedCaller,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(app.service.proposals(reviewer(&asking)).await?))
}

/// Approve or decline an adjustment that somebody else proposed: `approve` or `decline`.
#[utoipa::path(post, path = "/v1/people/{person}/adjustments/{decision}/{answer}", tag = "reviewers",
    params(("person" = String, Path, description = "Whose."),
        ("decision" = String, Path, description = "The proposal."),
        ("answer" = String, Path, description = "`approve` or `decline`.")),
    request_body = super::entries::Reversal,
    responses((status = 200, description = "The decision.", body = Object)))]
pub(in crate::api) async fn answer(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    path: Path<(String, String, String)>,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let (person, decision, answer) = path.into_inner();
    let (person, about) = person_and_decision(&(person, decision))?;
    let approve = match answer.as_str() {
        "approve" => true,
        "decline" => false,
        _ => return Err(Problem::new(Message::new("no_route"))),
    };
    let reason = super::entries::reason(&json.node)?;
    once(&app, &asking, &request, &json.bytes, async {
        let reviewer = reviewer(&asking);
        let decided = app.service.answer_proposal(reviewer, person, about, approve, reason);
        Ok(HttpResponse::Ok().json(decided.await?))
    })
    .await
}

fn person_and_decision(path: &(String, String)) -> Result<(PersonId, DecisionId), Problem> {
    let person = path.0.parse().map_err(|_| Problem::not_found())?;
    let decision = path.1.parse().map_err(|_| Problem::not_found())?;
    Ok((person, decision))
}
