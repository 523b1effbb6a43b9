//! Everything that can be asked, and who may ask it.
//!
//! One row is one route: it registers the handler, guards it, and describes it. A route without a row
//! cannot exist, and a handler never runs before its row has been checked.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpMessage, Route as Registered, guard};

use super::auth::Role;
use super::problem::Problem;
use super::{App, operation, proxies, v1};
use crate::domain::message::Message;

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without a token; `limited` ones count against the rate of the caller's address.
    Anyone {
        /// Whether the rate limit holds here.
        limited: bool,
    },
    /// Callers with one of these roles.
    Roles(&'static [Role]),
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET`, `POST`.
    pub method: &'static str,
    /// Such as `/v1/policies/{place}`.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
}

macro_rules! access {
    (anyone) => { Access::Anyone { limited: true } };
    (monitors) => { Access::Anyone { limited: false } };
    (everybody) => { Access::Roles(&Role::ALL) };
    ([$($role:ident),+ $(,)?]) => { Access::Roles(&[$(Role::$role),+]) };
}

macro_rules! routes {
    ($($method:ident $path:literal $($handler:ident)::+ => $who:tt;)*) => {
        /// Every route.
        pub static TABLE: &[Route] = &[$(Route {
            method: stringify!($method),
            path: $path,
            access: access!($who),
        }),*];

        /// Registers every route: those first whose path has no variable part, which are found by
        /// comparing; the others are found by trying one regular expression after the other.
        pub(super) fn register(config: &mut ServiceConfig) {
            for variable in [false, true] {
                $(
                    if $path.contains('{') == variable {
                        let checked = |request: ServiceRequest, next: Next<BoxBody>| {
                            check(access!($who), $path, request, next)
                        };
                        let route = on(Method::$method).to($($handler)::+).wrap(from_fn(checked));
                        config.route($path, route);
                    }
                )*
            }
        }

        /// What the handlers say of themselves.
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($($handler)::+),*))]
        pub(super) struct Described;
    };
}

routes! {
    POST "/v1/entries" v1::entries::post => [Provider];
    POST "/v1/entries/batch" v1::entries::batch => [Provider];
    POST "/v1/entries/{key}/reverse" v1::entries::reverse => [Provider];
    POST "/v1/people/check" v1::people::check => [Provider];
    POST "/v1/imports" v1::imports::post => [Provider];
    GET  "/v1/imports/{id}" v1::imports::show => [Provider];
    GET  "/v1/imports/{id}/rows" v1::imports::rows => [Provider];
    GET  "/v1/imports/{id}/{report}" v1::imports::report => [Provider];
    GET  "/v1/submissions" v1::submissions::list => [Provider];
    POST "/v1/compliance" v1::compliance::ask => [Declaration];
    POST "/v1/compliance/batch" v1::verdicts::ask_many => [Declaration];
    GET  "/v1/receipts/{id}" v1::compliance::receipt => [Declaration];
    POST "/v1/receipts/{id}/replay" v1::compliance::replay => [Declaration];
    GET  "/v1/me" v1::me::account => [Person];
    GET  "/v1/me/entries" v1::me::entries => [Person];
    GET  "/v1/me/compliance" v1::me::comply => [Person];
    POST "/v1/me/disputes" v1::me::dispute => [Person];
    GET  "/v1/queue" v1::reviews::queue => [Reviewer];
    POST "/v1/queue/{submission}/{ruling}" v1::reviews::rule => [Reviewer];
    POST "/v1/people/find" v1::reviews::find => [Reviewer];
    POST "/v1/people/{person}/years" v1::reviews::year => [Reviewer];
    POST "/v1/people/{person}/decisions/{decision}/withdraw" v1::reviews::withdraw => [Reviewer];
    POST "/v1/people/{person}/entries/{seq}/reverse" v1::reviews::reverse => [Reviewer];
    POST "/v1/people/{person}/adjustments" v1::reviews::propose => [Reviewer];
    GET  "/v1/adjustments" v1::reviews::proposals => [Reviewer];
    POST "/v1/people/{person}/adjustments/{decision}/{answer}" v1::reviews::answer => [Reviewer];
    GET  "/v1/disputes" v1::disputes::disputes => [Reviewer];
    GET  "/v1/differences" v1::differences::list => [Reviewer];
    GET  "/v1/differences/report.csv" v1::differences::report_csv => [Reviewer];
    GET  "/v1/differences/report.xlsx" v1::differences::report_xlsx => [Reviewer];
    POST "/v1/differences/{person}/{difference}/settle" v1::differences::settle => [Reviewer];
    GET  "/v1/sources" v1::sources::list => [Admin];
    POST "/v1/sources" v1::sources::put => [Admin];
    GET  "/v1/sources/{code}/clients" v1::sources::clients => [Admin];
    POST "/v1/sources/{code}/clients" v1::sources::put_client => [Admin];
    GET  "/v1/feeds" v1::feeds::list => [Admin, Reviewer];
    GET  "/v1/feeds/{feed}/runs" v1::feeds::runs => [Admin, Reviewer];
    GET  "/v1/feeds/{feed}/runs/{run}/rows" v1::feeds::rows => [Admin, Reviewer];
    POST "/v1/feeds/{feed}/pull" v1::feeds::pull => [Admin];
    POST "/v1/feeds/{feed}/reconcile" v1::feeds::reconcile => [Admin, Reviewer];
    POST "/v1/feeds/{feed}/resume" v1::feeds::resume => [Admin];
    GET  "/v1/keys" v1::sources::keys => [Admin];
    GET  "/v1/policies" v1::policies::list => anyone;
    GET  "/v1/policies/{place}" v1::policies::of_place => anyone;
    GET  "/v1/policies/{place}/{name}" v1::policies::of_year => anyone;
    GET  "/v1/caller" v1::caller::tell => everybody;
    GET  "/healthz"                    operation::healthz       => monitors;
    GET  "/readyz"                     operation::readyz        => monitors;
    GET  "/metrics"                    operation::metrics       => monitors;
    GET  "/openapi.json"               operation::openapi       => anyone;
}

/// What answers GET answers HEAD too.
fn on(method: Method) -> Registered {
    match method {
        Method::GET => web::route().guard(guard::Any(guard::Get()).or(guard::Head())),
        method => web::method(method),
    }
}

/// The methods that a path has.
pub(super) fn methods(path: &str) -> Vec<&'static str> {
    let here = |route: &&Route| actix_web::dev::ResourceDef::new(route.path).is_match(path);
    let mut methods: Vec<&str> = TABLE.iter().filter(here).map(|route| route.method).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods
}

/// The path of the route that a request came to, as the table has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template(pub(super) &'static str);

async fn check(
    access: Access,
    path: &'static str,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    request.extensions_mut().insert(Template(path));
    match admit(access, &request).await {
        Ok(()) => next.call(request).await,
        Err(problem) => Ok(request.error_response(problem)),
    }
}

/// Lets a request in, and leaves its caller with it.
async fn admit(access: Access, request: &ServiceRequest) -> Result<(), Problem> {
    let app = request.app_data::<Data<App>>().cloned();
    let app = app.ok_or_else(|| Problem::internal("no application"))?;
    let now = app.clock.now();
    match access {
        Access::Anyone { limited: false } => {}
        Access::Anyone { limited: true } => app.rate.count(address(&app, request), now)?,
        Access::Roles(roles) => {
            let caller = match super::auth::bearer(request.headers()) {
                Ok(token) => app.authenticator.verify(token, now).await,
                Err(refused) => Err(refused),
            };
            let caller = match caller {
                Ok(caller) => caller,
                Err(refused) => {
                    app.rate.count(address(&app, request), now)?;
                    return Err(refused.into());
                }
            };
            app.rate.count((&caller.issuer, &caller.subject), now)?;
            let role = caller.role;
            request.extensions_mut().insert(caller);
            if !roles.contains(&role) {
                return Err(Message::new("forbidden").with("role", role.name()).into());
            }
        }
    }
    acceptable(request)
}

/// A caller without a token is known by the address it comes from.
fn address(app: &App, request: &ServiceRequest) -> Option<std::net::IpAddr> {
    let peer = request.peer_addr()?.ip();
    let server = &app.settings.server;
    let (trusted, header) = (&server.trusted_proxies, server.proxy_header);
    Some(proxies::client(peer, request.headers(), trusted, header))
}

/// What the service can write.
const WRITES: &[&str] = &[
    "application/json",
    "application/problem+json",
    "application/x-ndjson",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "text/csv",
    "text/plain",
    "text/html",
];

fn acceptable(request: &ServiceRequest) -> Result<(), Problem> {
    let Some(said) = request.headers().get(header::ACCEPT) else { return Ok(()) };
    let is_ours = |range: &str| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let refused = weight.is_some_and(|q| super::language::thousandths(q) == Some(0));
        let wide = kind.strip_suffix('*').filter(|wide| wide.ends_with('/'));
        let ours = WRITES.iter().any(|ours| match wide {
            Some(wide) => wide == "*/" || ours.starts_with(wide),
            None => *ours == kind,
        });
        ours && !refused
    };
    if said.to_str().unwrap_or_default().split(',').take(32).any(is_ours) {
        return Ok(());
    }
    let accepted = "application/json";
    Err(Message::new("not_acceptable").with("accepted", accepted).into())
}
