//! xueshi 学时: a ledger of continuing-education hours that is also a judge. What exists now is the
//! judge, on files.
//!
//! In reading order:
//!
//! - [`domain`] — pure values and rules. Hours are integer hundredths from the parser to the verdict;
//!   no file, clock, environment or binary float is named below it.
//! - [`domain::policy`] — the judge: a notice is data, a verdict is a proof.
//! - [`app`] — the use cases, a file per verb; they may read files, and know no terminal.
//! - [`api`] — HTTP: one table of routes with who may use them, tokens, problems, limits.
//! - [`cli`] — a file per command; only here is anything printed.
//! - [`locale`] — every sentence, Chinese and English; messages are codes until here.
//! - [`config`], [`clock`] — the only places that ask for the environment and the time.
//! - [`telemetry`] — log lines.
//!
//! `domain ← app ← api ← cli`: nothing names what stands to the right of it, which the tests hold.

pub mod api;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod locale;
pub mod telemetry;
