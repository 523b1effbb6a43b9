//! Cases for the tests: the worked scenarios, and random ones.
#![allow(dead_code, unreachable_pub, unused_imports)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "cases/cities.rs"]
mod cities;
#[path = "cases/scenarios.rs"]
mod scenarios;
#[path = "cases/synthetic.rs"]
mod synthetic;
#[path = "cases/tape.rs"]
mod tape;

pub use cities::{any_city, construction, hangzhou, huzhou, jiaxing, lishui};
pub use scenarios::{Expect, Scenario, load, texts};
pub use synthetic::{Synthetic, micro, synthetic};
