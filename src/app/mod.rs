//! The use cases, a file per verb. They call the domain and know no terminal and no HTTP.

pub mod batch;
pub mod check;
pub mod demo;
pub mod grid;
pub mod lines;
pub mod lint;
pub mod policies;
pub mod policy;
pub mod scenario;
pub mod sheet;
pub mod simulate;
pub mod simulate_words;
pub mod sweep;
pub mod table;
pub mod tree;
pub mod wording;
