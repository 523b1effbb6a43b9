//! Differences between sources, or between a source and the ledger: what reviewers see of them, and how
//! they settle them.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::ToSchema;

use super::bodies::{read, reason};
use super::reviews::{numbers, reviewer};
use super::stream::{XLSX, written};
use crate::api::authenticated_caller::AuthenticatedCaller;
use crate::api::idempotency::once;
use crate::api::limits::Json;
use crate::api::page::{Asked, Page};
use crate::api::problem::Problem;
use crate::api::{App, RequestId, language};
use crate::app::reconciliation::report::Form;
use crate::app::reviews::differences::{Action, ShownDifference};
use crate::domain::fields::{self, Problems};
use crate::domain::ids::{DifferenceId, PersonId};
use crate::domain::node::Node;
use crate::domain::timestamp::Timestamp;

/// Differences that are mine to settle, longest first.
#[utoipa::path(get, path = "/v1/differences", tag = "reviewers", params(Asked),
    responses((status = 200, description = "A page of differences.", body = Object)))]
pub(in crate::api) async fn list(
    app: Data<App>,
    asking: AuthenticatedCaller,
    id: RequestId,
    asked: Query<Asked>,
) -> Result<HttpResponse, Problem> {
    let reviewer = reviewer(&asking);
    let limit = asked.limit()?;
    let scope = format!("{:?}", reviewer.scope());
    let question = ["differences", &asking.issuer, &asking.subject, &scope];
    let after = asked.after(&app.service.vault, &question)?.and_then(|bytes| position(&bytes));
    let rows = app.service.differences(reviewer, after, limit + 1).await?;
    let page = Page::of(rows, limit, &app.service.vault, &question, |last: &ShownDifference| {
        let (at, person, difference) = last.after;
        [at.micros(), person, difference].map(i64::to_be_bytes).concat()
    });
    for row in page.items.iter().filter(|row| row.person.get() != 0) {
        app.access.note(&asking, "/v1/differences", Some(row.person), &id.0);
    }
    Ok(HttpResponse::Ok().json(page))
}

fn position(bytes: &[u8]) -> Option<(Timestamp, i64, i64)> {
    let mut numbers = numbers(bytes);
    Some((Timestamp::from_micros(numbers.next()?), numbers.next()?, numbers.next()?))
}

/// Differences that are mine to settle, as CSV, longest first.
///
/// The headings are in the language of `Accept-Language`. An answer that breaks off has no end.
#[utoipa::path(get, path = "/v1/differences/report.csv", tag = "reviewers",
    responses((status = 200, description = "The sheet.", content_type = "text/csv",
        body = String)))]
pub(in crate::api) async fn report_csv(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    id: RequestId,
) -> Result<HttpResponse, Problem> {
    let sheet = ("/v1/differences/report.csv", "text/csv; charset=utf-8", Form::Csv);
    report(app, asking, &request, id, sheet).await
}

/// Differences that are mine to settle, as a workbook, longest first.
///
/// The headings are in the language of `Accept-Language`. An answer that breaks off has no end.
#[utoipa::path(get, path = "/v1/differences/report.xlsx", tag = "reviewers",
    responses((status = 200, description = "The sheet.", body = Vec<u8>,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
pub(in crate::api) async fn report_xlsx(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    id: RequestId,
) -> Result<HttpResponse, Problem> {
    report(app, asking, &request, id, ("/v1/differences/report.xlsx", XLSX, Form::Xlsx)).await
}

async fn report(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: &HttpRequest,
    id: RequestId,
    (route, kind, form): (&'static str, &'static str, Form),
) -> Result<HttpResponse, Problem> {
    let (lang, reviewer) = (language::asked(request.headers()), reviewer(&asking));
    // Where the database is away, that is said before anything is sent.
    let first = app.service.differences(reviewer.clone(), None, 1).await?;
    drop(first);
    let app = app.into_inner();
    let body = written("differences", id.clone(), move |out| {
        let seen = |row: &ShownDifference| {
            if row.person.get() != 0 {
                app.access.note(&asking, route, Some(row.person), &id.0);
            }
        };
        let folder = &app.settings.data.folder;
        app.service.write_differences(&reviewer, (form, folder, lang), out, seen)
    });
    let name = route.rsplit('.').next().unwrap_or_default();
    let disposition = format!("attachment; filename=\"differences.{name}\"");
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header(("Content-Disposition", disposition))
        .streaming(body))
}

/// What is made of a difference.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct Settlement {
    /// `post`, `reverse`, `replace` or `ignore`.
    action: String,
    /// Why.
    reason: String,
}

/// Settle a difference: `post` lets the hours count, `reverse` takes the entry back, `replace` does both,
/// `ignore` leaves everything as it is.
#[utoipa::path(post, path = "/v1/differences/{person}/{difference}/settle", tag = "reviewers",
    params(("person" = String, Path, description = "Whose."),
        ("difference" = String, Path, description = "The difference.")),
    request_body = Settlement,
    responses((status = 200, description = "The decision.", body = Object)))]
pub(in crate::api) async fn settle(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    path: Path<(String, String)>,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let person: PersonId = path.0.parse().map_err(|_| Problem::not_found())?;
    let id: DifferenceId = path.1.parse().map_err(|_| Problem::not_found())?;
    let (action, reason) = read(&json.node, |all, problems| {
        let action = all.need("action", problems, action);
        let reason = all.need("reason", problems, reason);
        Some((action?, reason?))
    })?;
    once(&app, &asking, &request, &json.bytes, async {
        let decided = app.service.settle(reviewer(&asking), (person, id), action, reason).await?;
        Ok(HttpResponse::Ok().json(decided))
    })
    .await
}

fn action(node: &Node, path: String, problems: &mut Problems) -> Option<Action> {
    let text = fields::text(node, path.clone(), problems)?;
    let action = Action::from_name(&text).filter(|action| *action != Action::Rule);
    if action.is_none() {
        problems.push(fields::not_accepted(path, node, "post, reverse, replace, ignore"));
    }
    action
}
