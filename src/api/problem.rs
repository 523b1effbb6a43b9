//! What went wrong, as `application/problem+json` (RFC 9457): one table of codes and their status.
//!
//! A failure is a [`Message`] like everywhere else; [`house`](mod@super::house) gives it the words of the
//! caller's language when it leaves.

use std::collections::BTreeMap;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::service::Failure;
use crate::domain::discreet;
use crate::domain::message::{self, Message};
use crate::locale::{self, Bilingual, Lang};
use crate::store::StoreError;

/// Code, status, and whether the same request may succeed later. A code that is not here is what a
/// reader of fields says of a request: 422.
pub const CODES: &[(&str, u16, bool)] = &[
    ("body_broken", 400, true),
    ("body_not_list", 400, false),
    ("cursor_invalid", 400, false),
    ("json_syntax", 400, false),
    ("json_too_deep", 400, false),
    ("path_invalid", 400, false),
    ("query_invalid", 400, false),
    ("request_malformed", 400, false),
    ("token_missing", 401, false),
    ("token_malformed", 401, false),
    ("token_too_long", 401, false),
    ("token_type", 401, false),
    ("token_algorithm", 401, false),
    ("token_issuer", 401, false),
    ("token_audience", 401, false),
    ("token_key_missing", 401, false),
    ("token_key_unknown", 401, false),
    ("token_signature", 401, false),
    ("token_claims", 401, false),
    ("token_expired", 401, false),
    ("token_not_yet", 401, true),
    ("forbidden", 403, false),
    ("second_person_needed", 403, false),
    ("source_not_yours", 403, false),
    ("feed_unknown", 404, false),
    ("no_route", 404, false),
    ("not_found", 404, false),
    ("unknown_policy", 404, false),
    ("method_not_allowed", 405, false),
    ("not_acceptable", 406, false),
    ("too_slow", 408, true),
    ("already_decided", 409, false),
    ("already_reversed", 409, false),
    ("idempotency_running", 409, true),
    ("key_conflict", 409, false),
    ("revision_stale", 409, false),
    ("body_too_large", 413, false),
    ("too_many_rows", 413, false),
    ("media_type", 415, false),
    ("invalid", 422, false),
    ("too_many_requests", 429, true),
    ("internal", 500, true),
    ("database_damaged", 500, false),
    ("database_busy", 503, true),
    ("database_unavailable", 503, true),
    ("keys_unavailable", 503, true),
    ("row_deferred", 503, true),
    ("unavailable", 503, true),
];

/// Why a request has no answer.
#[derive(Clone, Debug)]
pub struct Problem {
    message: Message,
    about: Box<About>,
}

/// What most problems do not have.
#[derive(Clone, Debug, Default)]
struct About {
    cause: Option<String>,
    field: Option<String>,
    errors: Vec<message::Problem>,
    headers: Vec<(HeaderName, HeaderValue)>,
    more: Vec<(&'static str, String)>,
}

impl Problem {
    /// From a message without arguments.
    pub fn new(message: Message) -> Problem {
        Problem { message, about: Box::default() }
    }

    /// What does not exist, or is not the caller's to see: the two answer alike.
    pub fn not_found() -> Problem {
        Problem::new(Message::new("not_found"))
    }

    /// A fault of the server; the caller learns the request's id, the log the cause.
    pub fn internal(cause: impl fmt::Display) -> Problem {
        Problem::new(Message::new("internal")).because(cause)
    }

    /// The same, with what the log is told and the caller is not.
    fn because(mut self, cause: impl fmt::Display) -> Problem {
        self.about.cause = Some(cause.to_string());
        self
    }

    /// Fields of the request that are wrong, all of them.
    pub fn invalid(errors: Vec<message::Problem>) -> Problem {
        let message = Message::new("invalid").with("count", errors.len());
        let field = errors.first().map(|first| first.field.clone()).filter(|f| !f.is_empty());
        Problem { message, about: Box::new(About { field, errors, ..About::default() }) }
    }

    /// The same, about one field.
    #[must_use]
    pub fn of_field(mut self, field: impl Into<String>) -> Problem {
        self.about.field = Some(field.into());
        self
    }

    /// The same with a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Problem {
        // A value that no header can carry is left out.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.about.headers.push((name, value));
        }
        self
    }

    /// The same, with whatever else is wrong.
    #[must_use]
    pub fn and(mut self, errors: Vec<message::Problem>) -> Problem {
        self.about.errors.extend(errors);
        self
    }

    /// The same, with a member of its own.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Problem {
        self.about.more.push((name, value.into()));
        self
    }

    /// What the log is told, and the caller is not.
    pub fn cause(&self) -> Option<&str> {
        self.about.cause.as_deref()
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.message.code
    }

    fn row(&self) -> (StatusCode, bool) {
        let row = CODES.iter().find(|(code, ..)| *code == self.message.code);
        let (status, retryable) = row.map_or((422, false), |(_, status, again)| (*status, *again));
        (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), retryable)
    }

    /// As it is sent.
    pub fn body(&self, lang: Lang, request_id: &str) -> Body {
        let (status, retryable) = self.row();
        let message = self.message.clone().discreet();
        let error = |error: &message::Problem| FieldError {
            code: error.message.code,
            field: discreet::shown(&error.field).to_owned(),
            messages: locale::both(&error.message.clone().discreet()),
        };
        Body {
            kind: format!("/problems/{}", self.message.code),
            title: locale::text(lang, &format!("status.{}", status.as_u16()), &[]),
            status: status.as_u16(),
            code: self.message.code,
            detail: locale::message(lang, &message),
            messages: locale::both(&message),
            field: self.about.field.as_deref().map(|field| discreet::shown(field).to_owned()),
            retryable,
            errors: self.about.errors.iter().map(error).collect(),
            request_id: request_id.to_owned(),
            more: self.about.more.iter().cloned().collect(),
        }
    }

    /// The response, in a language.
    pub fn response(&self, lang: Lang, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.row().0);
        for (name, value) in &self.about.headers {
            response.append_header((name.clone(), value.clone()));
        }
        response.content_type("application/problem+json");
        let body = serde_json::to_vec(&self.body(lang, request_id)).unwrap_or_default();
        response.body(body)
    }
}

impl From<Message> for Problem {
    fn from(message: Message) -> Problem {
        Problem::new(message)
    }
}

impl From<message::Problem> for Problem {
    fn from(error: message::Problem) -> Problem {
        Problem::invalid(vec![error])
    }
}

impl From<Vec<message::Problem>> for Problem {
    fn from(errors: Vec<message::Problem>) -> Problem {
        Problem::invalid(errors)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error.message() {
            Some(message) => Problem::new(message).because(error),
            None => Problem::internal(error),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        match failure {
            Failure::Absent => Problem::not_found(),
            Failure::Refused(field, message) if field.is_empty() => Problem::new(message),
            Failure::Refused(field, message) => Problem::new(message).of_field(field),
            Failure::Store(error) => error.into(),
            Failure::Vault(error) => Problem::internal(error),
            Failure::Internal(what) => Problem::internal(what),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.row().0
    }

    fn error_response(&self) -> HttpResponse {
        self.response(Lang::Zh, "")
    }
}

/// A problem as it is sent (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body {
    /// `/problems/{code}`.
    #[serde(rename = "type")]
    kind: String,
    /// What kind of failure, in the language asked for.
    title: String,
    /// The status of the response.
    status: u16,
    /// Stable code.
    code: &'static str,
    /// What is wrong, in the language asked for.
    detail: String,
    /// The same in both languages.
    messages: Bilingual,
    /// The field it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Whether the same request may succeed later.
    retryable: bool,
    /// Everything that is wrong with the request, where that is more than one thing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The id of the request, as in `X-Request-Id`.
    request_id: String,
    /// Members of this kind of problem, such as the `outcome` and `submission` of a row.
    #[serde(flatten)]
    more: BTreeMap<&'static str, String>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// Stable code.
    code: &'static str,
    /// The field.
    field: String,
    /// What is wrong.
    messages: Bilingual,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_there_once_and_have_sentences() {
        let codes: HashSet<&str> = CODES.iter().map(|(code, ..)| *code).collect();
        assert_eq!(codes.len(), CODES.len());
        let known = locale::keys(Lang::En);
        for (code, status, _) in CODES {
            assert!(known.contains(&format!("message.{code}")), "{code}");
            assert!(known.contains(&format!("status.{status}")), "{status}");
        }
    }
}
