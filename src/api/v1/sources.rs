//! Operators: sources, who may post for them, and the keys that are in use.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::ToSchema;

use crate::api::App;
use crate::api::authenticated_caller::AuthenticatedCaller;
use crate::api::idempotency::once;
use crate::api::limits::Json;
use crate::api::problem::Problem;
use crate::app::installation::master_key::masters;
use crate::app::installation::open;
use crate::app::installation::sources::{NewSource, Shown};
use crate::domain::case;
use crate::domain::fields::{self, Fields, Problems};
use crate::domain::node::Node;

/// A source.
#[derive(ToSchema)]
#[schema(as = Source)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct SourceBody {
    /// The code by which tokens name it; 1 to 64 of `a-z 0-9 -`.
    code: String,
    /// The name in Chinese.
    name_zh: String,
    /// The name in English.
    name_en: String,
    /// Where it stands; absent = nowhere in particular.
    jurisdiction: Option<String>,
    /// The categories that are posted on arrival; all others wait for the competent authority.
    recognises: Vec<String>,
    /// Of two sources that tell of one event, the one with the lower rank is kept: 1 to 1000;
    /// 100 where it is absent.
    rank: Option<i16>,
    /// Whether it may be posted for; true where it is absent.
    active: Option<bool>,
}

/// Every source.
#[utoipa::path(get, path = "/v1/sources", tag = "operators",
    responses((status = 200, description = "By code.", body = Vec<SourceBody>)))]
pub(in crate::api) async fn list(app: Data<App>) -> Result<HttpResponse, Problem> {
    let directory = app.service.directory().await?;
    let mut all: Vec<Shown> = directory.sources.values().map(|row| Shown::of(row)).collect();
    all.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(HttpResponse::Ok().json(all))
}

/// Add a source, or change the one with its code.
#[utoipa::path(post, path = "/v1/sources", tag = "operators", request_body = SourceBody,
    responses((status = 200, description = "The source as it is now.", body = SourceBody)))]
pub(in crate::api) async fn put(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let mut problems = Vec::new();
    let new = Fields::open(&json.node, "", &mut problems)
        .and_then(|fields| source(fields, &mut problems))
        .filter(|_| problems.is_empty())
        .ok_or(problems);
    let new = new.map_err(Problem::invalid)?;
    once(&app, &asking, &request, &json.bytes, async {
        Ok(HttpResponse::Ok().json(app.service.put_source(new).await?))
    })
    .await
}

fn source(mut all: Fields<'_>, problems: &mut Problems) -> Option<NewSource> {
    let code = all.need("code", problems, code);
    let name_zh = all.need("name_zh", problems, fields::text);
    let name_en = all.need("name_en", problems, fields::text);
    let jurisdiction = all.read("jurisdiction", problems, case::jurisdiction);
    let recognises = all.need("recognises", problems, fields::list(fields::category));
    let rank = all.read("rank", problems, fields::integer(1..=1000));
    let active = all.read("active", problems, fields::boolean);
    all.finish(problems);
    Some(NewSource {
        code: code?,
        name_zh: name_zh?,
        name_en: name_en?,
        jurisdiction: jurisdiction.map(|place| place.code().to_owned()),
        recognises: recognises?,
        rank: rank.and_then(|rank| i16::try_from(rank).ok()),
        active: active.unwrap_or(true),
    })
}

fn code(node: &Node, path: String, problems: &mut Problems) -> Option<String> {
    let text = fields::text(node, path.clone(), problems)?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if text.len() > 64 || !text.bytes().all(plain) {
        problems.push(fields::not_accepted(path, node, "a-z 0-9 -"));
        return None;
    }
    Some(text)
}

/// Who may post for a source.
#[derive(ToSchema)]
#[schema(as = Client)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct ClientBody {
    /// `iss` of their tokens.
    issuer: String,
    /// `sub` of their tokens; kept as a pseudonym where that may be somebody's number or name.
    subject: String,
    /// Whether they may.
    active: Option<bool>,
}

/// Let a client post for a source, or no more.
#[utoipa::path(post, path = "/v1/sources/{code}/clients", tag = "operators",
    params(("code" = String, Path, description = "The source's code.")), request_body = ClientBody,
    responses((status = 200, description = "Done.", body = Object)))]
pub(in crate::api) async fn put_client(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    code: Path<String>,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let mut problems = Vec::new();
    let mut read = None;
    if let Some(mut all) = Fields::open(&json.node, "", &mut problems) {
        let issuer = all.need("issuer", &mut problems, fields::text);
        let subject = all.need("subject", &mut problems, fields::text);
        let active = all.read("active", &mut problems, fields::boolean).unwrap_or(true);
        all.finish(&mut problems);
        read = issuer.zip(subject).map(|(issuer, subject)| (issuer, subject, active));
    }
    let (issuer, subject, active) =
        read.filter(|_| problems.is_empty()).ok_or_else(|| Problem::invalid(problems))?;
    once(&app, &asking, &request, &json.bytes, async {
        let subject = app.service.put_client(&code, &issuer, &subject, active).await?;
        Ok(HttpResponse::Ok().json(serde_json::json!({ "source": &*code, "subject": subject })))
    })
    .await
}

/// Every client of a source.
#[utoipa::path(get, path = "/v1/sources/{code}/clients", tag = "operators",
    params(("code" = String, Path, description = "The source's code.")),
    responses((status = 200, description = "Its clients.", body = Vec<ClientBody>)))]
pub(in crate::api) async fn clients(
    app: Data<App>,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    let directory = app.service.directory().await?;
    let source = directory.source(&code).ok_or_else(Problem::not_found)?;
    let of_source = directory.clients.iter().filter(|row| row.source_id == source.source_id);
    let shown = of_source.map(|row| {
        serde_json::json!({ "issuer": row.issuer, "subject": row.subject, "active": row.active })
    });
    Ok(HttpResponse::Ok().json(shown.collect::<Vec<_>>()))
}

/// The keys that seal: their numbers, never themselves.
#[utoipa::path(get, path = "/v1/keys", tag = "operators",
    responses((status = 200, description = "The master key in use; and every one, with when it was \
        made and of how many persons it wraps the keys.", body = Object)))]
pub(in crate::api) async fn keys(app: Data<App>) -> Result<HttpResponse, Problem> {
    let master = app.service.vault.active();
    let all =
        tokio::task::spawn_blocking(move || masters(&app.service, &open::keys_file(&app.settings)));
    let keys = all.await.map_err(Problem::internal)??;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "master": master, "keys": keys })))
}
