//! The description of the API (OpenAPI 3.1), from the handlers and the table of routes.

use utoipa::OpenApi as _;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, Ref, ResponseBuilder,
};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::problem;
use super::routes::{Access, Described, Route, TABLE};

const BEARER: &str = "bearer";

/// The description.
pub fn document() -> OpenApi {
    let mut document = Described::openapi();
    document.info = InfoBuilder::new()
        .title("xueshi 学时")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("A ledger of continuing-education hours that is also a judge."))
        .license(Some(
            LicenseBuilder::new()
                .name("MIT OR Apache-2.0")
                .identifier(Some("MIT OR Apache-2.0"))
                .build(),
        ))
        .build();
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = document.components.take().unwrap_or_default();
    document.components = Some(
        ComponentsBuilder::from(components)
            .schema_from::<problem::Body>()
            .schema_from::<problem::FieldError>()
            .schema_from::<crate::locale::Bilingual>()
            .security_scheme(BEARER, SecurityScheme::Http(token))
            .build(),
    );
    for route in TABLE {
        let item = document.paths.paths.get_mut(route.path);
        let operation = item.and_then(|item| match method(route) {
            Some(HttpMethod::Get) => item.get.as_mut(),
            Some(HttpMethod::Post) => item.post.as_mut(),
            Some(HttpMethod::Put) => item.put.as_mut(),
            Some(HttpMethod::Patch) => item.patch.as_mut(),
            Some(HttpMethod::Delete) => item.delete.as_mut(),
            _ => None,
        });
        if let Some(operation) = operation {
            guarded(operation, route);
        }
    }
    document
}

fn method(route: &Route) -> Option<HttpMethod> {
    match route.method {
        "GET" => Some(HttpMethod::Get),
        "POST" => Some(HttpMethod::Post),
        "PUT" => Some(HttpMethod::Put),
        "PATCH" => Some(HttpMethod::Patch),
        "DELETE" => Some(HttpMethod::Delete),
        _ => None,
    }
}

/// Who may, and how it fails: the same for every route, from its row.
fn guarded(operation: &mut Operation, route: &Route) {
    let mut responses = vec![("default", "Why there is no answer.".to_owned())];
    if let Access::Roles(roles) = route.access {
        operation.security = Some(vec![SecurityRequirement::new::<_, _, &str>(BEARER, [])]);
        let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        responses.push(("401", "No token that is accepted.".to_owned()));
        responses.push(("403", format!("Only for: {}.", names.join(", "))));
    }
    for (status, description) in responses {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new()
            .description(description)
            .content("application/problem+json", content)
            .build();
        operation.responses.responses.insert(status.to_owned(), response.into());
    }
}

/// The same as JSON.
pub(super) fn text() -> String {
    document().to_pretty_json().unwrap_or_default()
}

/// The page at `/docs`: everything it needs is in the binary.
pub(super) fn page() -> SwaggerUi {
    let config = Config::new(["/openapi.json"]).validator_url("none");
    SwaggerUi::new("/docs/{_:.*}").config(config)
}
