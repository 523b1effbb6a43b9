//! The use cases: what can be done with an installation. They load, call the domain, and write what it
//! decided; they know no terminal and no HTTP.
//!
//! - [`posting`] — rows into the ledger: the one way in which hours are written.
//! - [`imports`] — whole files of rows, in the background.
//! - [`feed_runs`] — runs of the city learning systems' feeds; [`reconciliation`] — comparing with them.
//! - [`reviews`] — what reviewers 认定 see and decide; [`persons`] — a person and their own record.
//! - [`compliance`] — verdicts and receipts; [`policies`] — the notices: lists, lints, simulations.
//! - [`verification`] — proving the ledger; [`installation`] — opening, backup, keys, sources, export.
//! - [`presentation`] — answers in words and tables.
//! - [`demo`] — the people of the demonstration; [`service`] — what every use case needs.

pub mod compliance;
pub mod demo;
pub mod feed_runs;
pub mod imports;
pub mod installation;
pub mod persons;
pub mod policies;
pub mod posting;
pub mod presentation;
pub mod reconciliation;
pub mod reviews;
pub mod service;
pub mod verification;
