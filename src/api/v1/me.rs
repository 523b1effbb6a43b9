//! Individuals: the own record, the own gaps, and objections to it.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::compliance::question_about;
use crate::api::authenticated_caller::AuthenticatedCaller;
use crate::api::limits::Json;
use crate::api::problem::Problem;
use crate::api::{App, RequestId, idempotency};
use crate::app::reviews::disputes::Objection;
use crate::domain::fields::{self, Fields};
use crate::domain::ids::PersonId;
use crate::domain::node::Node;

fn own(asking: &AuthenticatedCaller) -> Result<PersonId, Problem> {
    asking.person.ok_or_else(Problem::not_found)
}

/// Who I am, and what stands to my account.
#[utoipa::path(get, path = "/v1/me", tag = "individuals",
    responses((status = 200, description = "Masked number, name, hours by year.", body = Object)))]
pub(in crate::api) async fn account(
    app: Data<App>,
    asking: AuthenticatedCaller,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(app.service.account(own(&asking)?).await?))
}

/// Every entry and every submission of mine, with its state, and why it counts or not.
#[utoipa::path(get, path = "/v1/me/entries", tag = "individuals",
    responses((status = 200, description = "Oldest first.", body = Vec<Object>)))]
pub(in crate::api) async fn entries(
    app: Data<App>,
    asking: AuthenticatedCaller,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(app.service.items(own(&asking)?).await?))
}

/// What I would declare for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct OwnQuestion {
    /// Where, a GB/T 2260 code.
    jurisdiction: String,
    /// The declaring year 申报年度.
    #[param(value_type = i64)]
    year: String,
    /// `junior`, `intermediate`, `senior`, `full-senior`.
    level: String,
    /// 系列, such as `engineering`.
    series: String,
    /// 专业.
    specialty: Option<String>,
    /// 系统.
    employer_sector: Option<String>,
    /// 规定年限.
    #[param(value_type = Option<i64>)]
    required_years: Option<String>,
    /// 任职起始年.
    #[param(value_type = Option<i64>)]
    tenure_start: Option<String>,
    /// What the ledger knew at this instant.
    as_of: Option<String>,
    /// `none`, `deciding` or `full`.
    explain: Option<String>,
}

impl OwnQuestion {
    fn node(&self) -> Result<Node, Problem> {
        let mut declaration = serde_json::json!({
            "jurisdiction": self.jurisdiction,
            "year": number(&self.year),
            "level": self.level,
            "series": self.series,
            "specialty": self.specialty,
            "employer_sector": self.employer_sector,
            "required_years": self.required_years.as_deref().map(number),
            "tenure_start": self.tenure_start.as_deref().map(number),
        });
        if let Some(fields) = declaration.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        let question = serde_json::json!({
            "declaration": declaration,
            "as_of": self.as_of,
            "explain": self.explain,
        });
        serde_json::from_value(question).map_err(Problem::internal)
    }
}

/// A number of a query; what is none stays a text, which is then refused with its field.
fn number(text: &str) -> serde_json::Value {
    text.parse::<i64>().map_or_else(|_| text.into(), Into::into)
}

/// Do I meet the hours?
#[utoipa::path(get, path = "/v1/me/compliance", tag = "individuals", params(OwnQuestion),
    responses((status = 200, description = "The verdict.", body = Object)))]
pub(in crate::api) async fn comply(
    app: Data<App>,
    asking: AuthenticatedCaller,
    id: RequestId,
    asked: Query<OwnQuestion>,
) -> Result<HttpResponse, Problem> {
    let person = own(&asking)?;
    let question = question_about(&asked.node()?, &asking, person).map_err(Problem::invalid)?;
    let (verdict, person) = app.service.comply(question).await?;
    app.access.note(&asking, "/v1/me/compliance", person, &id.0);
    Ok(HttpResponse::Ok().json(verdict))
}

/// What I object to.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of a body, for its description")]
pub(in crate::api) struct Dispute {
    /// The entry, by its number.
    seq: Option<i64>,
    /// Or the submission, by its place.
    submission: Option<String>,
    /// Why.
    reason: String,
}

/// Object to an entry or a submission of mine.
#[utoipa::path(post, path = "/v1/me/disputes", tag = "individuals", request_body = Dispute,
    responses((status = 201, description = "A reviewer will see it.", body = Object)))]
pub(in crate::api) async fn dispute(
    app: Data<App>,
    asking: AuthenticatedCaller,
    request: HttpRequest,
    json: Json,
) -> Result<HttpResponse, Problem> {
    let person = own(&asking)?;
    let mut problems = Vec::new();
    let mut read = None;
    if let Some(mut all) = Fields::open(&json.node, "", &mut problems) {
        let seq = all.read("seq", &mut problems, fields::integer(1..=i64::MAX));
        let place = all.read("submission", &mut problems, super::bodies::submission);
        let reason = all.need("reason", &mut problems, super::bodies::reason);
        all.finish(&mut problems);
        read = reason.map(|reason| Objection { seq, place, reason });
    }
    let objection = read.filter(|_| problems.is_empty()).ok_or(problems);
    let objection = objection.map_err(Problem::invalid)?;
    idempotency::once(&app, &asking, &request, &json.bytes, async {
        let id = app.service.object(person, objection).await?;
        Ok(HttpResponse::Created().json(serde_json::json!({ "dispute": id })))
    })
    .await
}
