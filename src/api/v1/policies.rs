//! What the notices say.

use actix_web::web::{Data, Json, Path};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::App;
use crate::api::problem::Problem;
use crate::app::policies::list::{self, Entry};
use crate::app::policies::show::{self, Shown};
use crate::domain::policy::compare::amend;

/// Every policy.
#[derive(Serialize, ToSchema)]
pub(crate) struct Policies {
    /// By id.
    items: Vec<Entry>,
}

/// Which policies there are.
#[utoipa::path(get, path = "/v1/policies", tag = "policies",
    responses((status = 200, description = "Every policy, by id.", body = Policies)))]
pub(crate) async fn list(app: Data<App>) -> Json<Policies> {
    Json(Policies { items: list::entries(app.service.judge.catalog()) })
}

/// What a policy says that has no year, such as 330000.
#[utoipa::path(get, path = "/v1/policies/{place}", tag = "policies",
    params(("place" = String, Path, description = "GB/T 2260, such as 330000")),
    responses((status = 200, description = "The policy, clause by clause.", body = Shown)))]
pub(crate) async fn of_place(app: Data<App>, place: Path<String>) -> Result<Json<Shown>, Problem> {
    shown(&app, &place)
}

/// What a policy says, such as 331100/2023.
#[utoipa::path(get, path = "/v1/policies/{place}/{name}", tag = "policies",
    params(
        ("place" = String, Path, description = "GB/T 2260, such as 331100"),
        ("name" = String, Path, description = "The rest of its id, such as 2023"),
    ),
    responses((status = 200, description = "The policy, clause by clause.", body = Shown)))]
pub(crate) async fn of_year(
    app: Data<App>,
    id: Path<(String, String)>,
) -> Result<Json<Shown>, Problem> {
    let (place, name) = id.into_inner();
    shown(&app, &format!("{place}/{name}"))
}

fn shown(app: &App, id: &str) -> Result<Json<Shown>, Problem> {
    let catalog = app.service.judge.catalog();
    match catalog.get(id) {
        Some(policy) => Ok(Json(show::show(catalog, policy, |_| true))),
        None => Err(amend::unknown_policy(catalog, id).message.into()),
    }
}
