//! Providers: is this list of people right, before anything is posted?

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::compliance::identity;
use super::rows::Person;
use crate::api::App;
use crate::api::authenticated_caller::AuthenticatedCaller;
use crate::api::limits::Rows;
use crate::api::problem::Problem;
use crate::app::compliance::Whom;
use crate::app::compliance::case_answer::ErrorBody;
use crate::domain::message::{Message, Problem as Wrong};

/// What the ledger says about one number and name: nothing else.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Matched {
    /// `match`, `name_differs`, `unknown`, or `invalid`.
    result: &'static str,
    /// What is wrong with the number or the name itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    error: Option<ErrorBody>,
}

/// Check up to 1000 people: a JSON array or NDJSON of `{number, name}`.
#[utoipa::path(post, path = "/v1/people/check", tag = "providers",
    request_body(content((Vec<Person> = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 200, description = "A result for each, in order.", body = Vec<Matched>)))]
pub(in crate::api) async fn check(
    app: Data<App>,
    asking: AuthenticatedCaller,
    rows: Rows,
) -> Result<HttpResponse, Problem> {
    super::entries::poster(&app, &asking).await?;
    let mut people = Vec::with_capacity(rows.rows.len());
    let mut answers = Vec::with_capacity(rows.rows.len());
    for (line, (_, node)) in (1..).zip(rows.rows) {
        let mut problems = Vec::new();
        let whom = match node {
            Ok(node) => identity(&node, String::new(), &mut problems),
            Err(message) => {
                problems.push(Wrong::at("", 0, message));
                None
            }
        };
        match whom {
            Some(Whom::Identity(number, name)) if problems.is_empty() => {
                people.push((number, name));
                answers.push(None);
            }
            _ => {
                if problems.is_empty() {
                    problems.push(Wrong::at("", 0, Message::new("invalid").with("count", 1)));
                }
                let problems: Vec<Wrong> = problems.into_iter().map(Wrong::discreet).collect();
                let error = Some(ErrorBody::of(line, &problems));
                answers.push(Some(Matched { result: "invalid", error }));
            }
        }
    }
    let mut results = app.service.match_people(people).await?.into_iter();
    let told: Vec<Matched> = answers
        .into_iter()
        .filter_map(|answer| {
            answer.or_else(|| results.next().map(|result| Matched { result, error: None }))
        })
        .collect();
    Ok(HttpResponse::Ok().json(told))
}
