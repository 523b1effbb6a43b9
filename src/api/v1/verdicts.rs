//! The declaration workflow: thousands of verdicts on one snapshot, as lines or as a sheet.

use std::io::{self, Write};

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Data;

use super::compliance::{QuestionBody, question};
use super::stream::{Out, XLSX, written};
use crate::api::authenticated_caller::AuthenticatedCaller;
use crate::api::limits::Rows;
use crate::api::problem::Problem;
use crate::api::{App, RequestId, language};
use crate::app::compliance::case_answer::ErrorBody;
use crate::app::compliance::verdict_sheet::VerdictSheet;
use crate::app::compliance::{Question, Unanswered, Verdict};
use crate::app::service::Failure;
use crate::domain::case::CaseId;
use crate::domain::fields::Problems;
use crate::domain::ids::PersonId;
use crate::domain::message::{Message, Problem as Wrong};

const NDJSON: &str = "application/x-ndjson";

/// Ask up to 10,000 verdicts on one snapshot: a JSON array or NDJSON in; NDJSON out, in order, or a
/// workbook where `Accept` asks for one.
///
/// One question that cannot be answered has an `error` in its place.
#[utoipa::path(post, path = "/v1/compliance/batch", tag = "declaration",
    request_body(content((Vec<QuestionBody> = "application/json"),
        (String = "application/x-ndjson"))),
    responses((status = 200, description = "An answer for every question, as NDJSON or as a workbook.",
        content((String = "application/x-ndjson"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub(in crate::api) async fn ask_many(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: actix_web::HttpRequest,
    id: RequestId,
    rows: Rows<true>,
) -> Result<HttpResponse, Problem> {
    let mut ids = Vec::with_capacity(rows.rows.len());
    let mut questions = Vec::with_capacity(rows.rows.len());
    for (_, node) in rows.rows {
        let (id, asked) = match node {
            Ok(node) => (CaseId::of(&node), question(&node, &asking).map_err(first)),
            Err(message) => (CaseId::None, Err(Failure::refused("", message))),
        };
        ids.push(id);
        questions.push(asked.and_then(without_receipt));
    }
    let as_sheet = wants_sheet(request.headers());
    let lang = language::asked(request.headers());
    let app = app.into_inner();
    let body = written("a batch of verdicts", id.clone(), move |out| {
        let folder = &app.settings.data.folder;
        let mut told = if as_sheet {
            Told::Sheet(Box::new(VerdictSheet::new(out, folder, lang)?))
        } else {
            Told::Lines(out)
        };
        let (mut seen, request_id) = (Vec::new(), &*id.0);
        let mut broken = None;
        let result = app.service.comply_all(&questions, |place, verdict, person| {
            seen.extend(person);
            if let Ok(verdict) = &verdict {
                app.metrics.verdict(verdict.answer.verdict.name());
            }
            let id = ids.get(place).cloned().unwrap_or_default();
            let answer = verdict.map_err(|failure| {
                if failure.is_fault() {
                    tracing::error!(request_id, %failure, "a question has no answer");
                }
                unanswered(id, place, &failure)
            });
            broken = told.tell(&answer).err();
            broken.is_none()
        });
        note(&app, &asking, &seen, &id);
        if let Some(error) = broken {
            return Err(error);
        }
        result.map_err(io::Error::other)?;
        told.finish()
    });
    let mut answer = HttpResponse::Ok();
    if as_sheet {
        answer.insert_header(("Content-Disposition", "attachment; filename=\"verdicts.xlsx\""));
    }
    Ok(answer.content_type(if as_sheet { XLSX } else { NDJSON }).streaming(body))
}

fn note(app: &App, asking: &AuthenticatedCaller, seen: &[PersonId], id: &RequestId) {
    for person in seen {
        app.access.note(asking, "/v1/compliance/batch", Some(*person), &id.0);
    }
}

/// Answers on their way out.
enum Told {
    Lines(Out),
    Sheet(Box<VerdictSheet<Out>>),
}

impl Told {
    fn tell(&mut self, answer: &Result<Verdict, Unanswered>) -> io::Result<()> {
        match (self, answer) {
            (Told::Sheet(sheet), Ok(verdict)) => sheet.verdict(verdict),
            (Told::Sheet(sheet), Err(unanswered)) => sheet.unanswered(unanswered),
            (Told::Lines(out), Ok(verdict)) => line(out, verdict),
            (Told::Lines(out), Err(unanswered)) => line(out, unanswered),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Told::Sheet(sheet) => sheet.finish().map(drop),
            Told::Lines(mut out) => out.flush(),
        }
    }
}

fn line(out: &mut Out, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Whether `Accept` names a workbook, and does not prefer lines.
fn wants_sheet(headers: &HeaderMap) -> bool {
    let said = headers.get(header::ACCEPT).and_then(|said| said.to_str().ok()).unwrap_or_default();
    let weight = |kind: &str| {
        said.split(',').take(32).find_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let named = parts.next().is_some_and(|named| named.eq_ignore_ascii_case(kind));
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            named.then(|| weight.map_or(Some(1000), language::thousandths))?
        })
    };
    weight(XLSX).is_some_and(|sheet| sheet > weight(NDJSON).unwrap_or(0))
}

fn first(problems: Problems) -> Failure {
    match problems.into_iter().next() {
        Some(problem) => Failure::Refused(problem.field, problem.message),
        None => Failure::internal("a question was refused without a reason"),
    }
}

fn without_receipt(question: Question) -> Result<Question, Failure> {
    if question.receipt {
        return Err(Failure::refused("receipt", Message::new("receipt_in_batch")));
    }
    Ok(question)
}

fn unanswered(id: CaseId, place: usize, failure: &Failure) -> Unanswered {
    let field = match failure {
        Failure::Refused(field, _) => field.clone(),
        _ => String::new(),
    };
    let line = u64::try_from(place).unwrap_or_default() + 1;
    let error = ErrorBody::of(line, &[Wrong::at(field, 0, failure.message()).discreet()]);
    Unanswered { id, error }
}
