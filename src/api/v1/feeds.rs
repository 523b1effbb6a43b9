//! The feeds, for operators and reviewers: how they are, what their runs did, going on after an alarm.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::rows::RowAnswer;
use super::submissions;
use crate::api::App;
use crate::api::authenticated_caller::AuthenticatedCaller;
use crate::api::idempotency::once;
use crate::api::limits::{Body, Json, json};
use crate::api::page::{Asked, Page};
use crate::api::problem::Problem;
use crate::app::feed_runs::run_view::ShownRun;
use crate::app::installation::inbox::Arrived;
use crate::domain::fields::{self, Fields};
use crate::domain::ids::BatchId;
use crate::domain::timestamp::Timestamp;
use crate::domain::year::Year;

/// How a feed is.
#[derive(ToSchema)]
#[schema(as = Feed)]
#[expect(dead_code, reason = "the shape of an answer, for its description")]
pub(in crate::api) struct FeedBody {
    /// Its code, which is also that of its source.
    feed: String,
    /// Its name in Chinese.
    name_zh: String,
    /// Its name in English.
    name_en: String,
    /// `pulled`, `dropped` into a folder, or `given` by hand.
    comes: String,
    /// `running`, `stopped`, `failing`, `well`, or `new` where it never ran.
    state: String,
    /// The alarm that stopped it: `code`, `field`, `message` with `zh` and `en`.
    #[schema(value_type = Option<Object>)]
    alarm: Option<serde_json::Value>,
    /// How far it was read, as its shape says.
    read_to: Option<String>,
    /// When a pull last ended well.
    succeeded_at: Option<String>,
    /// Seconds since then.
    age: Option<i64>,
    /// Seconds since the newest change that was seen.
    lag: Option<i64>,
    /// Runs since the last good one that were not.
    failures: i32,
    /// When it is pulled next.
    due_at: Option<String>,
}

/// Every feed, with how it is.
#[utoipa::path(get, path = "/v1/feeds", tag = "operators",
    responses((status = 200, description = "Every feed.", body = Vec<FeedBody>)))]
pub(in crate::api) async fn list(app: Data<App>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(app.pulling.statuses().await?))
}

/// What a run of a feed did.
#[derive(ToSchema)]
#[schema(as = FeedRun)]
#[expect(dead_code, reason = "the shape of an answer, for its description")]
pub(in crate::api) struct RunBody {
    /// Its id.
    run: String,
    /// `pull`, `drop`, `replay` or `listing`.
    work: String,
    /// `running`, `finished` or `failed`.
    state: String,
    /// When it began.
    started_at: String,
    /// When it ended.
    ended_at: Option<String>,
    /// How far the feed was read before.
    read_from: Option<String>,
    /// How far it was read after.
    read_to: Option<String>,
    /// How many rows had which outcome; of a `listing`, how many differences there were of which kind.
    counts: std::collections::BTreeMap<String, u64>,
    /// Rows of its files that are none, such as sums.
    skipped: Option<u64>,
    /// What somebody should know of it: `code`, `field`, `message` with `zh` and `en`.
    #[schema(value_type = Option<Vec<Object>>)]
    notices: Vec<serde_json::Value>,
    /// The alarm that it raised, of the same form.
    #[schema(value_type = Option<Object>)]
    alarm: Option<serde_json::Value>,
    /// Why it did not end well, of the same form.
    #[schema(value_type = Option<Object>)]
    error: Option<serde_json::Value>,
}

/// What the runs of a feed did, newest first.
#[utoipa::path(get, path = "/v1/feeds/{feed}/runs", tag = "operators", params(Asked,
    ("feed" = String, Path, description = "The feed's code.")),
    responses((status = 200, description = "A page of runs.", body = Page<RunBody>)))]
pub(in crate::api) async fn runs(
    app: Data<App>,
    feed: Path<String>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Problem> {
    let question = ["feed runs", &feed];
    let after = asked.after(&app.service.vault, &question)?;
    let before = after.and_then(|bytes| Some(i64::from_be_bytes(bytes.try_into().ok()?)));
    let limit = asked.limit()?;
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let runs = app.pulling.runs(&feed, before.map(BatchId::stored), most).await?;
    let position = |run: &ShownRun| run.run.get().to_be_bytes().to_vec();
    let page = Page::of(runs, limit, &app.service.vault, &question, position);
    Ok(HttpResponse::Ok().json(page))
}

/// A row of a run.
#[derive(Serialize, ToSchema)]
#[schema(as = FeedRow)]
pub(in crate::api) struct RunRow {
    /// When it came.
    #[schema(value_type = String)]
    received_at: Timestamp,
    /// The file in which it stood; absent of what was asked for over HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// The page of the run, from 1; a file is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<i64>,
    /// The row of the page or file, as whoever opens it counts.
    row: i64,
    /// What became of it on arrival, and why.
    #[serde(flatten)]
    answer: RowAnswer,
}

impl RunRow {
    fn of(arrived: &Arrived) -> RunRow {
        let submission = Some(arrived.submission.clone());
        let (key, problems) = (arrived.key.clone(), arrived.problems.clone());
        RunRow {
            received_at: arrived.received_at,
            file: arrived.place.file.clone(),
            page: arrived.place.page,
            row: arrived.place.row,
            answer: RowAnswer::told(arrived.outcome, submission, key, problems),
        }
    }
}

/// Which rows.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Rows {
    /// Only with this outcome.
    outcome: Option<String>,
}

/// The rows of a run that said something new, in their order: what became of them and why.
#[utoipa::path(get, path = "/v1/feeds/{feed}/runs/{run}/rows", tag = "operators",
    params(Asked, Rows,
        ("feed" = String, Path, description = "The feed's code."),
        ("run" = String, Path, description = "The run's id.")),
    responses((status = 200, description = "A page of rows.", body = Page<RunRow>)))]
pub(in crate::api) async fn rows(
    app: Data<App>,
    place: Path<(String, String)>,
    asked: Query<Asked>,
    filter: Query<Rows>,
) -> Result<HttpResponse, Problem> {
    let (feed, run) = place.into_inner();
    let outcome = filter.outcome.as_deref();
    let outcomes = submissions::outcomes(outcome)?;
    let id: BatchId = run.parse().map_err(|_| Problem::not_found())?;
    let question = ["feed rows", &feed, &run, outcome.unwrap_or_default()];
    let after = asked.after(&app.service.vault, &question)?;
    let after = after.and_then(|bytes| submissions::position(&bytes));
    let limit = asked.limit()?;
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let rows = app.pulling.rows(&feed, id, outcomes, (after, most)).await?;
    let position = |row: &Arrived| {
        let (batch, row_no) = row.at;
        [batch.get().to_be_bytes(), row_no.to_be_bytes()].concat()
    };
    let page = Page::of(rows, limit, &app.service.vault, &question, position);
    let items = page.items.iter().map(RunRow::of).collect();
    Ok(HttpResponse::Ok().json(Page { items, next: page.next }))
}

/// Let a feed be pulled now.
#[utoipa::path(post, path = "/v1/feeds/{feed}/pull", tag = "operators",
    params(("feed" = String, Path, description = "The feed's code.")),
    responses((status = 202, description = "It is due now.", body = Object)))]
pub(in crate::api) async fn pull(
    app: Data<App>,
    feed: Path<String>,
) -> Result<HttpResponse, Problem> {
    app.pulling.make_due(&feed).await?;
    Ok(HttpResponse::Accepted().json(serde_json::json!({ "feed": &*feed })))
}

/// What is to be compared.
#[derive(ToSchema)]
#[schema(as = Reconcile)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct ReconcileBody {
    /// Only this year; everything where it is absent.
    year: Option<i16>,
}

/// Compare what a feed has with the ledger, in the background: what differs becomes a difference. The run
/// is one of the feed's, with `work` `listing`. Without a body, everything is compared.
#[utoipa::path(post, path = "/v1/feeds/{feed}/reconcile", tag = "operators",
    params(("feed" = String, Path, description = "The feed's code.")),
    request_body(content = Option<ReconcileBody>),
    responses((status = 202, description = "It begins as soon as the feed is free.", body = Object)))]
pub(in crate::api) async fn reconcile(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    feed: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut year = None;
    if !body.0.is_empty() {
        let mut problems = Vec::new();
        if let Some(mut all) = Fields::open(&json(&body.0)?, "", &mut problems) {
            year = all.read("year", &mut problems, fields::year);
            all.finish(&mut problems);
        }
        if !problems.is_empty() {
            return Err(Problem::invalid(problems));
        }
    }
    once(&app, &asking, &request, &body.0, async {
        app.pulling.compare_soon(&feed, year)?;
        let year = year.map(Year::get);
        Ok(HttpResponse::Accepted().json(serde_json::json!({ "feed": &*feed, "year": year })))
    })
    .await
}

/// What is to be done about an alarm.
#[derive(ToSchema)]
#[schema(as = Resume)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct ResumeBody {
    /// What raised the alarm is right: the next run lets it pass, once. False where it is absent.
    accept: Option<bool>,
}

/// Let a feed go on that an alarm stopped.
#[utoipa::path(post, path = "/v1/feeds/{feed}/resume", tag = "operators",
    params(("feed" = String, Path, description = "The feed's code.")), request_body = ResumeBody,
    responses((status = 200, description = "It goes on.", body = Object)))]
pub(in crate::api) async fn resume(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    feed: Path<String>,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let mut problems = Vec::new();
    let mut accept = false;
    if let Some(mut all) = Fields::open(&json.node, "", &mut problems) {
        accept = all.read("accept", &mut problems, fields::boolean).unwrap_or(false);
        all.finish(&mut problems);
    }
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    once(&app, &asking, &request, &json.bytes, async {
        let (pulling, code) = (app.pulling.clone(), feed.clone());
        let resumed = tokio::task::spawn_blocking(move || pulling.resume(&code, accept));
        resumed.await.map_err(Problem::internal)??;
        Ok(HttpResponse::Ok().json(serde_json::json!({ "feed": &*feed, "accept": accept })))
    })
    .await
}
