//! Reviewers: what individuals object to.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};

use super::reviews::{numbers, reviewer};
use crate::api::App;
use crate::api::authenticated_caller::AuthenticatedCaller;
use crate::api::page::{Asked, Page};
use crate::api::problem::Problem;
use crate::domain::ids::DecisionId;
use crate::domain::timestamp::Timestamp;

/// What individuals object to, of what I answer for.
#[utoipa::path(get, path = "/v1/disputes", tag = "reviewers", params(Asked),
    responses((status = 200, description = "A page, oldest first.", body = Object)))]
pub(in crate::api) async fn disputes(
    app: Data<App>,
    asking: AuthenticatedCaller,
    asked: Query<Asked>,
) -> Result<HttpResponse, Problem> {
    let limit = asked.limit()?;
    let reviewer = reviewer(&asking);
    let scope = format!("{:?}", reviewer.scope());
    let question = ["disputes", &asking.issuer, &asking.subject, &scope];
    let after = asked.after(&app.service.vault, &question)?;
    // Two people may object in the same instant.
    let mut numbers = after.iter().flat_map(|bytes| numbers(bytes));
    let (at, id) = (numbers.next().unwrap_or(i64::MIN), numbers.next().unwrap_or_default());
    let after = (Timestamp::from_micros(at), DecisionId::stored(id));
    let rows = app.service.disputes(reviewer, after, limit + 1).await?;
    let page = Page::of(rows, limit, &app.service.vault, &question, |last| {
        [last.made_at.micros(), last.dispute.get()].map(i64::to_be_bytes).concat()
    });
    Ok(HttpResponse::Ok().json(page))
}
