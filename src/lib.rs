//! xueshi 学时: a ledger of continuing-education hours that is also a judge.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod locale;
