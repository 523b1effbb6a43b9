//! `Idempotency-Key`: a request that has one effect however often it is sent.
//!
//! Kept for seven days for each client and route. The same key with another body is refused; while
//! the first is running, a second is told to wait; after it, the first answer is given again. Where
//! the process that ran the first is gone, the second runs.

use std::future::Future;
use std::time::Duration;

use actix_web::body::to_bytes;
use actix_web::http::{StatusCode, header};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};

use super::App;
use super::alive::Alive;
use super::authenticated_caller::AuthenticatedCaller;
use super::problem::Problem;
use crate::app::service::{Failure, Service};
use crate::domain::message::Message;
use crate::store::StoreError;
use crate::store::requests::RequestRow;

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 255;
/// A request that has not ended by then never will, where nothing is known of its process.
const ABANDONED: i64 = 300;

/// For how long a request is kept.
const KEPT: i64 = 7 * 24 * 3600;

/// Forgets requests that have been kept for long enough.
pub(super) async fn forget_old(app: &App) {
    let before = app.clock.now().plus_seconds(-KEPT);
    let forgotten = app.service.store.write(move |tx| tx.forget_requests_before(before)).await;
    if let Err(error) = forgotten {
        tracing::error!(%error, "old requests could not be forgotten");
    }
}

/// Runs a handler's work, at most once for a key where the request has one.
pub(super) async fn once(
    app: &App,
    asking: &AuthenticatedCaller,
    request: &HttpRequest,
    body: &Bytes,
    work: impl Future<Output = Result<HttpResponse, Problem>>,
) -> Result<HttpResponse, Problem> {
    let Some(key) = key(request)? else { return work.await };
    let route = request.match_pattern().unwrap_or_default();
    let mut fingerprint = Sha256::new();
    fingerprint.update(request.uri().to_string());
    fingerprint.update([0]);
    fingerprint.update(body);
    let row = RequestRow {
        // Kept as a hash: a client may make its keys of anything.
        idem_key: hex::encode(Sha256::digest(key)),
        client: format!("{}|{}", asking.issuer, asking.subject),
        route,
        fingerprint: fingerprint.finalize().to_vec(),
        started_at: app.clock.now().micros(),
        status: None,
        // Until there is an answer, who is working on it.
        answer: app.alive.name().map(|name| name.as_bytes().to_vec()),
    };
    if let Some(answered) = begin(app, &row).await? {
        return Ok(answered);
    }
    let result = work.await;
    keep(app, row, result).await
}

fn key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get(HEADER) else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=LONGEST).contains(&key.len()));
    let message = || Message::new("idempotency_key_form").with("most", LONGEST);
    key.map(|key| Some(key.to_owned())).ok_or_else(|| Problem::new(message()))
}

/// The answer that was given before; none where this is the first.
async fn begin(app: &App, row: &RequestRow) -> Result<Option<HttpResponse>, Problem> {
    let (first, alive) = (row.clone(), app.alive.clone());
    let before = app
        .service
        .store
        .write(move |tx| {
            if tx.begin_request(&first)? {
                return Ok(None);
            }
            let before = tx.request(&first.idem_key, &first.client, &first.route)?;
            let abandoned = before.as_ref().filter(|before| is_abandoned(before, &first, &alive));
            // Of several that find it so, one begins.
            if let Some(abandoned) = abandoned {
                tx.forget_request(abandoned)?;
                if tx.begin_request(&first)? {
                    return Ok(None);
                }
                return Ok(tx.request(&first.idem_key, &first.client, &first.route)?);
            }
            Ok::<_, Failure>(before)
        })
        .await?;
    let Some(before) = before else { return Ok(None) };
    if before.fingerprint != row.fingerprint {
        return Err(Problem::new(Message::new("idempotency_key_reused")));
    }
    let (Some(status), Some(answer)) = (before.status, before.answer) else {
        let problem = Problem::new(Message::new("idempotency_running"));
        return Err(problem.with_header(header::RETRY_AFTER, "1"));
    };
    let plain = app.service.vault.open_inbox(label(row).as_slice(), &answer);
    let plain = plain.map_err(Failure::from)?;
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let damaged = || StoreError::Damaged(format!("idem_request (idem_key = {})", row.idem_key));
    let mut response = HttpResponse::build(status.ok_or_else(damaged)?);
    response.insert_header(("Idempotency-Replayed", "true"));
    Ok(Some(response.content_type("application/json").body(plain.to_vec())))
}

/// Whether nobody works on a request that has no answer.
fn is_abandoned(before: &RequestRow, now: &RequestRow, alive: &Alive) -> bool {
    let name = before.answer.as_deref().and_then(|name| std::str::from_utf8(name).ok());
    let gone = name.is_some_and(|name| alive.is_gone(name));
    before.status.is_none() && (gone || before.started_at < now.started_at - ABANDONED * 1_000_000)
}

fn label(row: &RequestRow) -> Vec<u8> {
    [b"idempotency".as_slice(), row.client.as_bytes(), row.idem_key.as_bytes()].concat()
}

async fn keep(
    app: &App,
    row: RequestRow,
    result: Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    let response = match result {
        Ok(response) if response.status().is_success() => response,
        // What had no effect may be sent again, mended, under the same key.
        result => {
            settle(&app.service, row, None).await;
            return result;
        }
    };
    let (response, body) = response.into_parts();
    let body =
        to_bytes(body).await.map_err(|_| Problem::internal("an answer that cannot be read"))?;
    let status = i16::try_from(response.status().as_u16()).unwrap_or_default();
    settle(&app.service, row, Some((status, body.clone()))).await;
    Ok(response.set_body(actix_web::body::BoxBody::new(body)))
}

/// Keeps an answer, or forgets a request that had no effect. What the request did is done, and its
/// answer is due: where this fails, it is tried again later, and until then the key says that the
/// request is running, so that nothing happens twice.
async fn settle(service: &Service, row: RequestRow, answer: Option<(i16, Bytes)>) {
    let Err(failure) = try_to_settle(service, &row, answer.as_ref()).await else { return };
    tracing::warn!(?failure, "a request with a key could not be settled yet");
    let service = service.clone();
    tokio::spawn(async move {
        for seconds in LATER {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            if try_to_settle(&service, &row, answer.as_ref()).await.is_ok() {
                return;
            }
        }
        tracing::error!("a request with a key was never settled");
    });
}

/// Seconds between the times that it is tried, all before the request is given up.
const LATER: [u64; 8] = [1, 1, 3, 10, 30, 60, 60, 60];

async fn try_to_settle(
    service: &Service,
    row: &RequestRow,
    answer: Option<&(i16, Bytes)>,
) -> Result<(), Failure> {
    let first = row.clone();
    let Some((status, body)) = answer else {
        return Ok(service.store.write(move |tx| tx.forget_request(&first)).await?);
    };
    let (status, sealed) = (*status, service.vault.seal_inbox(&label(row), body)?);
    Ok(service.store.write(move |tx| tx.answer_request(&first, status, &sealed)).await?)
}
