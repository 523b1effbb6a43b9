//! HTTP: routes, who may use them, problems, limits. The only place that knows actix.
//!
//! In reading order: [`routes`] is the table of everything that can be asked; [`house`](mod@house) is what every
//! request passes; [`auth`] says who is asking; a handler below [`v1`] reads the request, calls one
//! use case of `app` and writes its answer, or fails with a [`problem::Problem`].

mod access;
mod alive;
pub mod auth;
mod authenticated_caller;
mod house;
mod idempotency;
mod language;
pub mod limits;
mod metrics;
mod openapi;
mod operation;
pub mod page;
pub mod problem;
mod proxies;
pub mod routes;
mod server;
mod v1;

use std::sync::{Arc, LazyLock};

use crate::app::feed_runs::FeedRunner;
use crate::app::imports::job::Imports;
use crate::app::imports::report;
use crate::app::service::Service;
use crate::clock::Clock;
use crate::config::Settings;
use crate::domain::fields::Problems;

pub use house::{RequestId, configure, house};
pub use metrics::Metrics;
pub use openapi::document;
pub use server::{Server, bind};

/// What every handler may use.
pub struct App {
    /// As they were at the start.
    pub settings: Settings,
    /// Where the time comes from.
    pub clock: Clock,
    /// The use cases of the ledger.
    pub service: Service,
    /// Files that are taken in the background.
    pub imports: Imports,
    /// The city learning systems.
    pub pulling: Arc<FeedRunner>,
    /// That this process is alive.
    pub alive: Arc<alive::Alive>,
    /// Who looked at whose record.
    pub access: access::AccessLog,
    /// Who says who is asking.
    pub authenticator: auth::Authenticator,
    /// How often each caller may ask.
    pub rate: limits::Rate,
    /// What is counted.
    pub metrics: Metrics,
    /// The description of the API as JSON, made when it is first asked for.
    pub description: LazyLock<String>,
}

impl App {
    /// Reads the keys and puts everything together; what is wrong with it comes back.
    pub fn new(settings: Settings, service: Service) -> Result<App, Problems> {
        let authenticator = auth::Authenticator::new(&settings, &service.vault)?;
        let rate = limits::Rate::new(&settings.limits);
        let clock = service.clock;
        let bits = service.store.surroundings().random.bits();
        let alive = alive::Alive::mark(&settings.data.folder, bits);
        let access = access::AccessLog::new(service.clone());
        let limits = report::limits(&settings.limits);
        let imports = Imports::new(&settings.data.folder, limits);
        let pulling = FeedRunner::new(&service, &settings)?;
        Ok(App {
            settings,
            clock,
            service,
            imports,
            pulling: Arc::new(pulling),
            alive: Arc::new(alive),
            access,
            authenticator,
            rate,
            metrics: Metrics::new(),
            description: LazyLock::new(openapi::text),
        })
    }
}
