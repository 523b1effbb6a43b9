//! The stand-in city: a made-up town, what four systems say of it, and every way in which they can say
//! it badly.
//!
//! The town is made from a seed and knows no clock: the same seed gives the same bytes. What is true of
//! it ([`Town::truth`]) and what a ledger must hold of it ([`Town::expected`]) come from the events
//! themselves, never from what is sent.

mod answer;
mod course;
mod day;
mod dice;
mod fault;
mod files;
mod huzhou;
mod hzhret;
mod jiaxing;
mod jiaxing_faults;
mod jiaxing_row;
mod lishui;
mod oracle;
mod person;
mod record;
mod repair;
mod serve;
mod town;
mod zip_bomb;

pub use fault::{Effect, Fault};
pub use oracle::{Expected, TrueRecord, expected};
pub use record::{Standing, System};
pub use serve::{Serving, serve};
pub use town::Town;

/// What the registry of Huzhou wants in `X-Access-Token`.
pub const HUZHOU_TOKEN: &str = "sample-huzhou-token";
/// What the learning site wants after `Authorization: Bearer`.
pub const HZHRET_TOKEN: &str = "sample-hzhret-token";
