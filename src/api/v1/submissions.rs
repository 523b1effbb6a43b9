//! Providers: what became of what was sent.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::rows::RowAnswer;
use crate::api::App;
use crate::api::authenticated_caller::AuthenticatedCaller;
use crate::api::page::{Asked, Page};
use crate::api::problem::Problem;
use crate::app::posting::problems;
use crate::app::service::Failure;
use crate::domain::ids::BatchId;
use crate::domain::ledger::outcome::Outcome;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::store::StoreError;
use crate::store::submissions::{SubmissionRow, Wanted};

/// Which submissions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Filter {
    /// Only of this batch.
    pub(super) batch: Option<String>,
    /// Only with this outcome.
    pub(super) outcome: Option<String>,
}

/// A row of the inbox.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Submission {
    /// When it came.
    #[schema(value_type = String)]
    received_at: Timestamp,
    /// What became of it on arrival.
    #[serde(flatten)]
    row: RowAnswer,
}

impl Submission {
    pub(super) fn of(row: &SubmissionRow) -> Result<Submission, StoreError> {
        let batch = BatchId::stored(row.batch_id);
        let place = Some(format!("{batch}-{}", row.row_no));
        let (outcome, problems) = (row.outcome()?, problems::of_row(row)?);
        Ok(Submission {
            received_at: Timestamp::from_micros(row.received_at),
            row: RowAnswer::told(outcome, place, row.ext_key.clone(), problems),
        })
    }
}

/// What the caller's source sent, oldest first.
#[utoipa::path(get, path = "/v1/submissions", tag = "providers", params(Asked, Filter),
    responses((status = 200, description = "A page of rows.", body = Page<Submission>)))]
pub(in crate::api) async fn list(
    app: Data<App>,
    asking: AuthenticatedCaller,
    asked: Query<Asked>,
    filter: Query<Filter>,
) -> Result<HttpResponse, Problem> {
    page(&app, &asking, &asked, &filter).await
}

/// A page of what the caller's source sent.
pub(super) async fn page(
    app: &App,
    asking: &AuthenticatedCaller,
    asked: &Asked,
    filter: &Filter,
) -> Result<HttpResponse, Problem> {
    let poster = super::entries::poster(app, asking).await?;
    let wanted = wanted(filter)?;
    let source = poster.source.id();
    let limit = asked.limit()?;
    let batch = filter.batch.as_deref().unwrap_or_default();
    let outcome = filter.outcome.as_deref().unwrap_or_default();
    let question = ["submissions", &poster.source.code, batch, outcome];
    let after = asked.after(&app.service.vault, &question)?;
    let after = after.and_then(|bytes| position(&bytes)).unwrap_or((BatchId::stored(-1), 0));
    let most = i64::try_from(limit).unwrap_or(i64::MAX) + 1;
    let read = app.service.store.read(move |tx| tx.submissions(source, &wanted, after, most));
    let rows = read.await.map_err(Failure::from)?;
    let page = Page::of(rows, limit, &app.service.vault, &question, |last| {
        [last.batch_id.to_be_bytes(), last.row_no.to_be_bytes()].concat()
    });
    let items = page.items.iter().map(Submission::of).collect::<Result<_, _>>()?;
    Ok(HttpResponse::Ok().json(Page { items, next: page.next }))
}

fn wanted(filter: &Filter) -> Result<Wanted, Problem> {
    let batch = filter.batch.as_deref().map(str::parse::<BatchId>).transpose();
    let batch = batch.map_err(|_| Problem::not_found())?;
    Ok(Wanted { batch, outcomes: outcomes(filter.outcome.as_deref())? })
}

/// The outcome that is asked for; none = any.
pub(super) fn outcomes(named: Option<&str>) -> Result<Vec<Outcome>, Problem> {
    let outcome = named.map(|name| {
        Outcome::from_name(name).ok_or_else(|| {
            let names = Outcome::ALL.map(Outcome::name).join(", ");
            let message = Message::new("query_choice").with("accepted", names);
            Problem::new(message).of_field("outcome")
        })
    });
    Ok(outcome.transpose()?.into_iter().collect())
}

pub(super) fn position(bytes: &[u8]) -> Option<(BatchId, i64)> {
    let (batch, row) = bytes.split_at_checked(8)?;
    let number = |bytes: &[u8]| Some(i64::from_be_bytes(bytes.try_into().ok()?));
    Some((BatchId::stored(number(batch)?), number(row)?))
}
