//! Cases for the tests: the worked scenarios, and random ones.

#[path = "cases/cities.rs"]
mod cities;
#[path = "cases/scenarios.rs"]
mod scenarios;
#[path = "cases/synthetic.rs"]
mod synthetic;
#[path = "cases/tape.rs"]
mod tape;

pub use cities::{any_city, construction, hangzhou, huzhou, lishui};
pub use scenarios::load;
pub use synthetic::{Synthetic, micro, synthetic};
