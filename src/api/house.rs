//! What every request passes: an id, a clock, the words of its problems, a line in the log.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::{PathError, QueryPayloadError};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};

use super::auth::Caller;
use super::problem::Problem;
use super::{App, language, openapi, routes};
use crate::domain::discreet;
use crate::domain::message::Message;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: made here, returned, logged.
#[derive(Clone, Debug)]
pub struct RequestId(pub Arc<str>);

impl RequestId {
    fn new() -> RequestId {
        let bits = getrandom::u64().unwrap_or_default();
        RequestId(format!("{bits:016x}").into())
    }
}

impl FromRequest for RequestId {
    type Error = Problem;
    type Future = Ready<Result<RequestId, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.extensions().get::<RequestId>().cloned();
        ready(id.ok_or_else(|| Problem::internal("a request without an id")))
    }
}

/// Registers the routes, the page at `/docs`, and the answers to what is none of them.
pub fn configure(config: &mut ServiceConfig) {
    config.app_data(web::PathConfig::default().error_handler(|error, _| {
        let detail = match error {
            PathError::Deserialize(error) => error.to_string(),
            _ => String::new(),
        };
        Problem::new(Message::new("path_invalid").with("detail", detail)).into()
    }));
    config.app_data(web::QueryConfig::default().error_handler(|error, _| {
        let detail = match error {
            QueryPayloadError::Deserialize(error) => error.to_string(),
            _ => String::new(),
        };
        Problem::new(Message::new("query_invalid").with("detail", detail)).into()
    }));
    routes::register(config);
    config.service(openapi::page());
    config.service(web::redirect("/docs", "/docs/"));
    config.default_service(web::route().to(elsewhere));
}

/// A path that is no route, or a method that it does not have.
async fn elsewhere(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let methods = routes::methods(request.path());
    if methods.is_empty() {
        return Err(Message::new("no_route").into());
    }
    let allow = methods.join(", ");
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish());
    }
    let message = Message::new("method_not_allowed").with("accepted", &allow);
    Err(Problem::new(message).with_header(header::ALLOW, &allow))
}

/// Goes around every handler.
pub async fn house(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let start = Instant::now();
    let id = RequestId::new();
    request.extensions_mut().insert(id.clone());
    let app = request.app_data::<Data<App>>().cloned();
    let running = app.as_ref().map(|app| app.metrics.begin());
    // Every failure of a route is an answer by now; a copy of the request, kept for making one of an
    // error, would be in the way of routing.
    let answer = next.call(request).await?.map_into_boxed_body();
    let mut answer = worded(answer, &id);
    let headers = answer.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(X_REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Some(app) = &app {
        written(app, &answer, &id, start);
    }
    drop(running);
    Ok(answer)
}

/// Gives a failure the words of its caller; one of the framework becomes a problem first.
fn worded(answer: ServiceResponse<BoxBody>, id: &RequestId) -> ServiceResponse<BoxBody> {
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return answer;
    }
    let ours = answer.response().error().and_then(|error| error.as_error::<Problem>().cloned());
    let problem = ours.unwrap_or_else(|| of_framework(status));
    if let Some(cause) = problem.cause() {
        tracing::error!(request_id = &*id.0, code = problem.code(), cause, "a request failed");
    }
    let lang = language::asked(answer.request().headers());
    let mut response = problem.response(lang, &id.0);
    if answer.request().method() == Method::HEAD {
        response = response.set_body(BoxBody::new(()));
    }
    answer.into_response(response)
}

fn of_framework(status: StatusCode) -> Problem {
    let code = match status {
        StatusCode::NOT_FOUND => "no_route",
        StatusCode::PAYLOAD_TOO_LARGE => {
            return Message::new("body_too_large").with("most", "?").into();
        }
        StatusCode::REQUEST_TIMEOUT => return Message::new("too_slow").with("seconds", "?").into(),
        status if status.is_client_error() => "request_malformed",
        _ => "internal",
    };
    Problem::new(Message { code, args: Vec::new() })
}

/// The line in the log and the counts: the template of the route, never the path or query.
fn written(app: &App, answer: &ServiceResponse<BoxBody>, id: &RequestId, start: Instant) {
    let request = answer.request();
    let extensions = request.extensions();
    let template = extensions.get::<routes::Template>();
    // The pages of the description are no rows of the table.
    let page = if template.is_some() { None } else { request.match_pattern() };
    let route = template.map(|template| template.0).or(page.as_deref()).unwrap_or("unmatched");
    let (method, status) = (known(request.method()), answer.status().as_u16());
    let took = start.elapsed();
    app.metrics.answered(method, route, status, took);
    let caller = extensions.get::<Arc<Caller>>();
    let subject = caller.map_or("-", |caller| discreet::shown(&caller.subject));
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(target: "access", method, route, status, micros, request_id = &*id.0, subject);
}

/// A caller may send any word as a method; the counts keep a few.
fn known(method: &Method) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method.as_str())
        .unwrap_or("other")
}
