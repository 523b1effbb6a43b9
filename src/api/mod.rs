//! HTTP: routes, who may use them, problems, limits. The only place that knows actix.
//!
//! In reading order: [`routes`] is the table of everything that can be asked; [`house`] is what every
//! request passes; [`auth`] says who is asking; a handler below [`v1`] reads the request, calls one
//! use case of `app` and writes its answer, or fails with a [`problem::Problem`].

pub mod auth;
mod house;
mod language;
pub mod limits;
mod metrics;
mod openapi;
mod operation;
pub mod page;
pub mod problem;
pub mod routes;
mod server;
mod v1;

use crate::clock::Clock;
use crate::config::Settings;
use crate::domain::fields::Problems;
use crate::domain::policy::judge::Judge;

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
    /// The judge over the policies.
    pub judge: Judge,
    /// Who says who is asking.
    pub authenticator: auth::Authenticator,
    /// How often each caller may ask.
    pub rate: limits::Rate,
    /// What is counted.
    pub metrics: Metrics,
    /// What proves cursors.
    pub cursors: page::CursorKey,
}

impl App {
    /// Reads the keys and puts everything together; what is wrong with it comes back.
    pub fn new(settings: Settings, clock: Clock, judge: Judge) -> Result<App, Problems> {
        let authenticator = auth::Authenticator::new(&settings)?;
        let rate = limits::Rate::new(&settings.limits);
        let cursors = page::CursorKey::random()
            .map_err(|message| vec![crate::domain::message::Problem::at("", 0, message)])?;
        Ok(App { settings, clock, judge, authenticator, rate, metrics: Metrics::new(), cursors })
    }
}
