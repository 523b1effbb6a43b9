//! Providers: whole files of rows, taken in the background.

use std::sync::Arc;

use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::stream::{XLSX, written};
use super::submissions::{self, Filter};
use crate::api::authenticated_caller::AuthenticatedCaller;
use crate::api::page::Asked;
use crate::api::problem::Problem;
use crate::api::{App, RequestId};
use crate::app::imports::job::Job;
use crate::domain::ids::BatchId;
use crate::domain::ledger::outcome::Counts;
use crate::domain::message::Message;

/// An import.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Import {
    /// Its id, the batch of its rows.
    #[serde(rename = "import")]
    id: String,
    /// `running`, `finished` or `failed`.
    state: &'static str,
    /// Stable code of why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Why it failed, and what would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    error: Option<crate::locale::Bilingual>,
    /// Rows that have their outcome.
    rows: u64,
    /// How many rows had which outcome.
    #[schema(value_type = Object)]
    counts: Counts,
    /// How much of the file is read, in thousandths; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<u64>,
    /// When it came.
    received_at: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
}

impl Import {
    fn of(job: Job) -> Import {
        let (code, error) = job.error.map(|told| (told.code, told.message)).unzip();
        Import {
            id: job.batch.to_string(),
            state: job.state,
            code,
            error,
            rows: job.rows,
            counts: job.counts,
            read: job.read,
            received_at: job.received_at.to_string(),
            finished_at: job.finished_at.map(|at| at.to_string()),
        }
    }
}

/// Send a file: CSV (UTF-8 or GB18030), XLSX or NDJSON, each also gzipped; up to 1,000,000 rows.
///
/// The body is the file itself. It is taken in the background; a file that is broken off goes on where
/// it was, and rows that were taken before are `replayed`.
#[utoipa::path(post, path = "/v1/imports", tag = "providers",
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 202, description = "It is being taken.", body = Import)))]
pub(in crate::api) async fn post(
    app: Data<App>,
    asking: AuthenticatedCaller,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let poster = super::entries::poster(&app, &asking).await?;
    let name = app.imports.name_file(&app.service)?;
    let started = match spooled(&app, payload, name.clone()).await {
        Ok(()) => app.imports.start(&app.service, &poster, &name).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    let job = match started {
        Ok(job) => job,
        Err(problem) => {
            // What is not whole is not kept, nor what has no batch.
            app.imports.drop_file(&name).await;
            return Err(problem);
        }
    };
    let place = format!("/v1/imports/{}", job.batch);
    Ok(HttpResponse::Accepted().insert_header(("Location", place)).json(Import::of(job)))
}

/// Seals the file while it comes: it names people.
async fn spooled(app: &Data<App>, mut payload: Payload, name: Arc<str>) -> Result<(), Problem> {
    let most = app.settings.limits.import_bytes;
    let wait = app.settings.server.body_timeout;
    let (send, mut receive) = tokio::sync::mpsc::channel(8);
    let sealing = tokio::task::spawn_blocking({
        let app = app.clone();
        move || app.imports.seal(&app.service, &name, &mut receive)
    });
    let mut length = 0_u64;
    let received = loop {
        // Each part has its time: a large file may take long, a stalled one may not.
        let Ok(part) = tokio::time::timeout(wait, payload.next()).await else {
            break Err(Message::new("too_slow").with("seconds", wait.as_secs()));
        };
        let Some(part) = part else { break Ok(()) };
        let Ok(part) = part else { break Err(Message::new("body_broken")) };
        length += u64::try_from(part.len()).unwrap_or_default();
        if length > most {
            break Err(Message::new("body_too_large").with("most", most));
        }
        if send.send(part).await.is_err() {
            // It could not be written; why is told below.
            break Ok(());
        }
    };
    drop(send);
    sealing.await.map_err(Problem::internal)??;
    received.map_err(Problem::new)
}

async fn own(app: &App, asking: &AuthenticatedCaller, id: &str) -> Result<Job, Problem> {
    let poster = super::entries::poster(app, asking).await?;
    let id: BatchId = id.parse().map_err(|_| Problem::not_found())?;
    Ok(app.imports.job(&app.service, poster.source.id(), id).await?)
}

/// How far an import is.
#[utoipa::path(get, path = "/v1/imports/{id}", tag = "providers",
    params(("id" = String, Path, description = "The import.")),
    responses((status = 200, description = "How far it is.", body = Import)))]
pub(in crate::api) async fn show(
    app: Data<App>,
    asking: AuthenticatedCaller,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(Import::of(own(&app, &asking, &id).await?)))
}

/// Which rows.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct RowsQuery {
    /// Only with this outcome.
    outcome: Option<String>,
}

/// The rows of an import with their outcomes, in the order of the file.
#[utoipa::path(get, path = "/v1/imports/{id}/rows", tag = "providers", params(Asked, RowsQuery,
    ("id" = String, Path, description = "The import.")),
    responses((status = 200, description = "A page of rows.", body = Object)))]
pub(in crate::api) async fn rows(
    app: Data<App>,
    asking: AuthenticatedCaller,
    id: Path<String>,
    asked: Query<Asked>,
    query: Query<RowsQuery>,
) -> Result<HttpResponse, Problem> {
    own(&app, &asking, &id).await?;
    let filter = Filter { batch: Some(id.into_inner()), outcome: query.into_inner().outcome };
    submissions::page(&app, &asking, &asked, &filter).await
}

/// The rows of an import as a sheet: `report.csv` or `report.xlsx`.
#[utoipa::path(get, path = "/v1/imports/{id}/{report}", tag = "providers",
    params(("id" = String, Path, description = "The import."),
        ("report" = String, Path, description = "`report.csv` or `report.xlsx`.")),
    responses((status = 200, description = "The sheet.", content_type = "text/csv",
        body = String)))]
pub(in crate::api) async fn report(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    path: Path<(String, String)>,
    request_id: RequestId,
) -> Result<HttpResponse, Problem> {
    let (id, report) = path.into_inner();
    let (xlsx, kind) = match report.strip_prefix("report.") {
        Some("csv") => (false, "text/csv; charset=utf-8"),
        Some("xlsx") => (true, XLSX),
        _ => return Err(Problem::new(Message::new("no_route"))),
    };
    let job = own(&app, &asking, &id).await?;
    let lang = crate::api::language::asked(request.headers());
    let (service, source) = (app.service.clone(), job.source);
    let folder = app.imports.folder().to_owned();
    let body = written("a report", request_id, move |out| {
        service.write_report(source, job.batch, xlsx, &folder, lang, out)
    });
    let disposition = format!("attachment; filename=\"{id}-{report}\"");
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header(("Content-Disposition", disposition))
        .streaming(body))
}
