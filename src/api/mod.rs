//! HTTP under `/v1`: the only place that knows actix. A file per resource.

pub mod auth;
