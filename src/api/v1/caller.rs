//! Whom the service takes the caller for: the first thing to look at when a token does not do.

use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::authenticated_caller::AuthenticatedCaller;

/// What the token says.
#[derive(Serialize, ToSchema)]
pub(crate) struct Told {
    /// `sub`; a pseudonym where that may be somebody's number or name.
    subject: String,
    /// `iss`.
    issuer: String,
    /// What the caller may be.
    role: &'static str,
    /// The source of a provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// Where the caller answers for; absent = everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    jurisdiction: Option<String>,
    /// The specialties of a reviewer; none = all.
    specialties: Vec<String>,
    /// The categories of a reviewer; none = all.
    categories: Vec<&'static str>,
    /// Whose record an individual reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
}

/// Who am I?
#[utoipa::path(get, path = "/v1/caller", tag = "caller",
    responses((status = 200, description = "What the token says.", body = Told)))]
pub(crate) async fn tell(caller: AuthenticatedCaller) -> Json<Told> {
    Json(Told {
        subject: caller.subject.clone(),
        issuer: caller.issuer.clone(),
        role: caller.role.name(),
        source: caller.source.clone(),
        jurisdiction: caller.jurisdiction.map(|place| place.to_string()),
        specialties: caller.specialties.clone(),
        categories: caller.categories.iter().map(|category| category.name()).collect(),
        person: caller.person.map(|person| person.to_string()),
    })
}
