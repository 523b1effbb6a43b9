//! Providers: hours in, corrected, taken back.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::rows::{self, RowAnswer};
use crate::api::App;
use crate::api::authenticated_caller::AuthenticatedCaller;
use crate::api::idempotency::once;
use crate::api::limits::{Json, Rows};
use crate::api::problem::Problem;
use crate::app::posting::{Mode, Poster, Prepared, prepare};
use crate::domain::fields::Fields;
use crate::domain::ledger::outcome::Counts;
use crate::domain::ledger::outcome::Refusal;
use crate::domain::ledger::raw_row::RawRow;
use crate::domain::message::Message;
use crate::domain::node::Node;

/// The source that a caller posts for, if they may.
pub(super) async fn poster(app: &App, asking: &AuthenticatedCaller) -> Result<Poster, Problem> {
    let directory = app.service.directory().await?;
    let source = asking.source.as_deref().and_then(|code| directory.source(code));
    let source = source
        .filter(|source| directory.may_post(&asking.issuer, &asking.subject, source))
        .ok_or_else(|| Problem::new(Message::new("source_not_yours")))?;
    Ok(Poster { subject: asking.subject.as_str().into(), source })
}

/// A row of JSON, ready for its transaction.
pub(super) fn prepared(app: &App, row_no: i64, node: &Node, raw: Vec<u8>) -> Prepared {
    match RawRow::from_json(node) {
        Ok(fields) => prepare(&app.service.vault, row_no, raw, &fields, app.clock.today()),
        Err(refusal) => Prepared::refused(row_no, raw, refusal),
    }
}

/// Post one row of hours.
///
/// The row's own `key` makes it safe to send again: the same row is `replayed`, another row under the
/// same key is a conflict, a higher `revision` corrects.
#[utoipa::path(post, path = "/v1/entries", tag = "providers", request_body = rows::Row,
    responses(
        (status = 201, description = "In the ledger.", body = RowAnswer),
        (status = 200, description = "Taken before, or corrected.", body = RowAnswer),
        (status = 202, description = "In the inbox: waits for recognition, or for somebody to look.",
            body = RowAnswer),
        (status = 409, description = "The key was used for something else.",
            content_type = "application/problem+json"),
    ))]
pub(in crate::api) async fn post(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let poster = poster(&app, &asking).await?;
    let bytes = json.bytes.clone();
    once(&app, &asking, &request, &bytes, async {
        let row = prepared(&app, 1, &json.node, json.bytes.to_vec());
        let taken = app.service.record_one(&poster, row).await?;
        app.metrics.row(&poster.source.code, taken.outcome);
        rows::single(&taken)
    })
    .await
}

/// How a batch is to be taken.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct BatchQuery {
    /// `continue` (each row for itself, the default) or `atomic` (all or none).
    mode: Option<String>,
    /// Say what would become of each row, and do nothing.
    #[serde(default)]
    dry_run: bool,
}

/// The outcomes of a batch.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct BatchAnswer {
    /// The batch; absent where nothing was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<String>,
    /// How many rows had which outcome.
    #[schema(value_type = Object)]
    counts: Counts,
    /// The outcome of each row, in the order they came.
    rows: Vec<RowAnswer>,
}

/// Post up to 1000 rows: a JSON array, or NDJSON.
///
/// Each row has exactly one outcome, in the order they came; one bad row never stops the others.
#[utoipa::path(post, path = "/v1/entries/batch", tag = "providers", params(BatchQuery),
    request_body(content((Vec<rows::Row> = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 200, description = "An outcome for every row.", body = BatchAnswer)))]
pub(in crate::api) async fn batch(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    query: Query<BatchQuery>,
    rows: Rows,
) -> Result<HttpResponse, Problem> {
    let mode = match query.mode.as_deref() {
        None | Some("continue") => Mode::Continue,
        Some("atomic") => Mode::Atomic,
        Some(_) => {
            let message = Message::new("query_choice").with("accepted", "continue, atomic");
            return Err(Problem::new(message).of_field("mode"));
        }
    };
    let poster = poster(&app, &asking).await?;
    let bytes = rows.bytes.clone();
    once(&app, &asking, &request, &bytes, async {
        let prepared: Vec<Prepared> = (1..)
            .zip(rows.rows)
            .map(|(row_no, (raw, node))| match node {
                Ok(node) => prepared(&app, row_no, &node, raw),
                Err(message) => Prepared::refused(row_no, raw, Refusal::of_row(message)),
            })
            .collect();
        let result = app.service.record_batch(&poster, prepared, mode, query.dry_run).await;
        let (batch, taken) = result?;
        let mut counts = Counts::default();
        for row in &taken {
            counts.add(row.outcome);
            if !query.dry_run {
                app.metrics.row(&poster.source.code, row.outcome);
            }
        }
        let batch = (!query.dry_run).then(|| batch.to_string());
        let rows = taken.iter().map(|taken| RowAnswer::of(taken, query.dry_run)).collect();
        Ok(HttpResponse::Ok().json(BatchAnswer { batch, counts, rows }))
    })
    .await
}

/// Why a row is taken back.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct Reversal {
    /// In the provider's own words.
    reason: String,
}

/// Take back what was posted under a key.
#[utoipa::path(post, path = "/v1/entries/{key}/reverse", tag = "providers",
    params(("key" = String, Path, description = "The provider's own key of the row.")),
    request_body = Reversal,
    responses((status = 200, description = "Taken back, or taken back before.", body = RowAnswer)))]
pub(in crate::api) async fn reverse(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    key: Path<String>,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let poster = poster(&app, &asking).await?;
    let reason = reason(&json.node)?;
    let bytes = json.bytes.clone();
    once(&app, &asking, &request, &bytes, async {
        let taken = app.service.take_back(&poster, &key, &reason).await?;
        app.metrics.row(&poster.source.code, taken.outcome);
        rows::single(&taken)
    })
    .await
}

/// The reason in a body that holds nothing else.
pub(super) fn reason(node: &Node) -> Result<String, Problem> {
    let mut problems = Vec::new();
    let mut reason = None;
    if let Some(mut fields) = Fields::open(node, "", &mut problems) {
        reason = fields.need("reason", &mut problems, super::bodies::reason);
        fields.finish(&mut problems);
    }
    match reason {
        Some(reason) if problems.is_empty() => Ok(reason),
        _ => Err(Problem::invalid(problems)),
    }
}
