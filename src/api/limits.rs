//! Limits on what a request may be: how large, how deep, how slow, how often.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Mutex;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;

use super::App;
use super::problem::Problem;
use crate::config;
use crate::domain::message::Message;
use crate::domain::node::Node;
use crate::domain::timestamp::Timestamp;

/// The most brackets of JSON that are open at once.
const DEEPEST: usize = 32;

/// The bytes of a body, whole: within `server.body_limit`, and there within `server.body_timeout`.
pub struct Body(pub Bytes);

/// A body of JSON, read, and checked for type, depth and double keys; [`Fields`] reads what is in it.
///
/// [`Fields`]: crate::domain::fields::Fields
pub struct Json {
    /// What it says.
    pub node: Node,
    /// Its bytes.
    pub bytes: Bytes,
}

/// Rows of JSON: an array, or one a line. Each is read for itself. At most `server.batch_rows` of them, or
/// `server.batch_people` where they are questions about people.
pub struct Rows<const PEOPLE: bool = false> {
    /// Each row as it came, and what it says or why it says nothing.
    pub rows: Vec<(Vec<u8>, Result<Node, Message>)>,
    /// All bytes.
    pub bytes: Bytes,
}

impl FromRequest for Body {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Body, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { read(&request, payload).await.map(Body) })
    }
}

impl FromRequest for Json {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Json, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let given = request.content_type();
            let is_json = given == "application/json" || given.ends_with("+json");
            let encoding = request.headers().get(header::CONTENT_ENCODING);
            if !is_json || encoding.is_some_and(|encoding| encoding != "identity") {
                let accepted = "application/json";
                return Err(Message::new("media_type").with("accepted", accepted).into());
            }
            let bytes = read(&request, payload).await?;
            Ok(Json { node: json(&bytes)?, bytes })
        })
    }
}

impl<const PEOPLE: bool> FromRequest for Rows<PEOPLE> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Rows<PEOPLE>, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let lines = match request.content_type() {
                "application/x-ndjson" => true,
                "application/json" => false,
                _ => {
                    let accepted = "application/json, application/x-ndjson";
                    return Err(Message::new("media_type").with("accepted", accepted).into());
                }
            };
            let bytes = read(&request, payload).await?;
            let raw = if lines { lines_of(&bytes) } else { items_of(&bytes)? };
            let server = &app(&request)?.settings.server;
            let most = if PEOPLE { server.batch_people } else { server.batch_rows };
            if raw.len() > most {
                return Err(Message::new("too_many_rows").with("most", most).into());
            }
            let rows = raw.into_iter().map(|row| (row.to_vec(), row_of(row))).collect();
            Ok(Rows { rows, bytes })
        })
    }
}

fn lines_of(bytes: &[u8]) -> Vec<&[u8]> {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(|line| !line.is_empty()).collect()
}

fn items_of(bytes: &[u8]) -> Result<Vec<&[u8]>, Problem> {
    if is_deeper(bytes, DEEPEST) {
        return Err(Message::new("json_too_deep").with("most", DEEPEST).into());
    }
    let items: Vec<&serde_json::value::RawValue> =
        serde_json::from_slice(bytes).map_err(|error| {
            // JSON it is, but of another shape.
            if error.is_data() { Message::new("body_not_list") } else { syntax(&error) }
        })?;
    Ok(items.into_iter().map(|item| item.get().as_bytes()).collect())
}

fn row_of(row: &[u8]) -> Result<Node, Message> {
    if is_deeper(row, DEEPEST) {
        return Err(Message::new("json_too_deep").with("most", DEEPEST));
    }
    serde_json::from_slice(row).map_err(|error| syntax(&error))
}

/// Reads JSON that is not too deep; says the line and column of what is none.
pub fn json(bytes: &[u8]) -> Result<Node, Problem> {
    if is_deeper(bytes, DEEPEST) {
        return Err(Message::new("json_too_deep").with("most", DEEPEST).into());
    }
    serde_json::from_slice(bytes).map_err(|error| syntax(&error).into())
}

fn syntax(error: &serde_json::Error) -> Message {
    let full = error.to_string();
    let detail = full.rsplit_once(" at line ").map_or(full.as_str(), |(detail, _)| detail);
    Message::new("json_syntax")
        .with("line", error.line())
        .with("column", error.column())
        .with("detail", detail)
}

/// Whether more than `most` brackets are open at once, outside of texts.
pub(super) fn is_deeper(json: &[u8], most: usize) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > most {
            return true;
        }
    }
    false
}

fn app(request: &HttpRequest) -> Result<&Data<App>, Problem> {
    request.app_data::<Data<App>>().ok_or_else(|| Problem::internal("no application"))
}

async fn read(request: &HttpRequest, payload: Payload) -> Result<Bytes, Problem> {
    let app = app(request)?;
    let (limit, timeout) = (app.settings.server.body_limit, app.settings.server.body_timeout);
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let all = collect(payload, limit, length.unwrap_or(0));
    tokio::time::timeout(timeout, all).await.unwrap_or_else(|_| Err(too_slow(timeout)))
}

async fn collect(mut payload: Payload, limit: usize, length: usize) -> Result<Bytes, Problem> {
    let mut all = BytesMut::with_capacity(length.min(64 * 1024));
    while let Some(part) = payload.next().await {
        let part = part.map_err(|_| Problem::new(Message::new("body_broken")))?;
        if all.len() + part.len() > limit {
            return Err(too_large(limit));
        }
        all.extend_from_slice(&part);
    }
    Ok(all.freeze())
}

fn too_large(most: usize) -> Problem {
    Message::new("body_too_large").with("most", most).into()
}

fn too_slow(timeout: Duration) -> Problem {
    let message = Message::new("too_slow").with("seconds", timeout.as_secs());
    Problem::new(message).with_header(header::CONNECTION, "close")
}

/// How often each caller may ask: so many a second, and so many at once.
pub struct Rate {
    /// Nanoseconds that one request takes up; 0 = no limit.
    each: i64,
    /// How far ahead of the clock a caller may be.
    ahead: i64,
    hasher: RandomState,
    /// Until when the requests so far take up each caller's share.
    until: Mutex<HashMap<u64, i64>>,
}

/// The most callers that are kept in mind; who is in none is within the limit.
const CALLERS: usize = 65_536;

impl Rate {
    /// By the settings.
    pub fn new(limits: &config::Limits) -> Rate {
        let each = 1_000_000_000_i64.checked_div(limits.requests_per_second.into()).unwrap_or(0);
        Rate {
            each,
            ahead: each.saturating_mul(limits.requests_burst.into()),
            hasher: RandomState::new(),
            until: Mutex::default(),
        }
    }

    /// Counts a request of a caller; too many say how many seconds to wait.
    pub fn count(&self, caller: impl Hash, now: Timestamp) -> Result<(), Problem> {
        if self.each == 0 {
            return Ok(());
        }
        let now = now.micros().saturating_mul(1000);
        let caller = self.hasher.hash_one(caller);
        // A thread that panicked left numbers that are still numbers.
        let mut all = self.until.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if all.len() >= CALLERS && !all.contains_key(&caller) {
            all.retain(|_, until| *until > now);
            if all.len() >= CALLERS {
                all.clear();
            }
        }
        let until = all.entry(caller).or_insert(now);
        let next = (*until).max(now).saturating_add(self.each);
        let wait = next.saturating_sub(now).saturating_sub(self.ahead);
        if wait <= 0 {
            *until = next;
            return Ok(());
        }
        let seconds = wait.saturating_add(999_999_999) / 1_000_000_000;
        let message = Message::new("too_many_requests").with("seconds", seconds);
        Err(Problem::new(message).with_header(header::RETRY_AFTER, &seconds.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_of_brackets_outside_of_texts() {
        assert!(!is_deeper(br#"{"a":[1,"[[[[\"[["]}"#, 2));
        assert!(is_deeper(br#"{"a":[[1]]}"#, 2));
        assert!(!is_deeper(br"[[]][[]]", 2));
    }

    #[test]
    fn a_caller_may_ask_so_often() {
        let limits = config::Limits {
            requests_per_second: 2,
            requests_burst: 3,
            ..config::Limits::default()
        };
        let rate = Rate::new(&limits);
        let at = Timestamp::from_micros(1_000_000);
        for _ in 0..3 {
            assert!(rate.count("a", at).is_ok());
        }
        assert_eq!(rate.count("a", at).expect_err("too many").code(), "too_many_requests");
        assert!(rate.count("b", at).is_ok(), "another caller");
        assert!(rate.count("a", at.plus_seconds(1)).is_ok(), "later");
    }

    #[test]
    fn broken_json_has_its_place() {
        let problem = json(b"{\n  \"a\": }").expect_err("broken");
        let body = serde_json::to_value(problem.body(crate::locale::Lang::En, "")).expect("JSON");
        assert!(body["detail"].as_str().is_some_and(|d| d.contains("line 2")), "{body}");
        assert_eq!(json(b"{\"a\":1,\"a\":2}").expect_err("twice").code(), "json_syntax");
    }
}
