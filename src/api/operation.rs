//! For those who run the service: is it alive, is it ready, what has it counted, what does it offer.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::problem::Problem;

/// How the service is.
#[derive(Serialize, ToSchema)]
pub(super) struct State {
    /// `alive` or `ready`.
    state: &'static str,
}

/// Is it alive?
#[utoipa::path(get, path = "/healthz", tag = "operation",
    responses((status = 200, description = "The process answers.", body = State)))]
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(State { state: "alive" })
}

/// Is it ready for requests? It is not while the database does not answer.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    responses((status = 200, description = "It can answer everything.", body = State)))]
pub(super) async fn readyz(app: Data<App>) -> Result<HttpResponse, Problem> {
    app.service.store.ping().await?;
    Ok(HttpResponse::Ok().json(State { state: "ready" }))
}

/// What it has counted, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, description = "Counts.", content_type = "text/plain", body = String)))]
pub(super) async fn metrics(app: Data<App>) -> HttpResponse {
    match app.pulling.statuses().await {
        Ok(statuses) => statuses.iter().for_each(|status| app.metrics.feed(status)),
        Err(failure) => tracing::warn!(?failure, "how the feeds are cannot be read"),
    }
    let counts = app.pulling.counts().await.unwrap_or_else(|failure| {
        tracing::warn!(?failure, "what the feeds came to cannot be read");
        Vec::new()
    });
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(app.metrics.text(&counts))
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "operation",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object)))]
pub(super) async fn openapi(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(app.description.clone())
}
