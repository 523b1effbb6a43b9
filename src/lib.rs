//! xueshi 学时: a ledger of continuing-education hours that is also a judge.
//!
//! In reading order:
//!
//! - [`domain`] — pure values and rules. Hours are integer hundredths from the parser to the verdict;
//!   no file, clock, environment or binary float is named below it.
//! - [`domain::policy`] — the judge: a notice is data, a verdict is a proof.
//! - [`feeds`] — what the city systems send, read into stated records; asking them over HTTP.
//! - [`sheet`] — CSV, workbooks, lines of JSON: rows in, tables out, everything bounded.
//! - [`store`] — SQLite and PostgreSQL behind two verbs; the only place that knows Diesel. The ledger
//!   is only ever added to.
//! - [`app`] — the use cases, a file per verb; they may read files, and know neither terminal nor HTTP.
//! - [`api`] — HTTP: routes, who may use them, problems, limits; with the city the only place that knows actix.
//! - [`cli`] — a file per command; only here is anything printed.
//! - [`locale`] — every sentence, Chinese and English; messages are codes until here.
//! - [`vault`] — the keys, the blind index of identity numbers, and the sealing of what names a person.
//! - [`config`], [`clock`], [`random`] — the only places that ask for the environment, the time, chance.
//! - [`telemetry`] — the log.
//! - [`city`] — a made-up town and what four systems say of it, for demonstrations and tests.
//!
//! `domain ← store ← app ← api, cli`: nothing names what stands to the right of it, which the tests
//! hold.

pub mod api;
pub mod app;
pub mod city;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod feeds;
pub mod locale;
pub mod random;
pub mod sheet;
pub mod store;
pub mod telemetry;
pub mod vault;
