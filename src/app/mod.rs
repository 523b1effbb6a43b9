//! The use cases, a file per verb. They call the domain and know no terminal and no HTTP.

pub mod backup;
pub mod batch;
pub mod check;
pub mod compliance;
pub mod correct;
pub mod demo;
pub mod dispute;
pub mod export;
pub mod grid;
pub mod import;
pub mod import_job;
pub mod import_report;
pub mod lint;
pub mod new_file;
pub mod open;
pub mod own_record;
pub mod people;
pub mod policies;
pub mod policy;
pub mod recognise;
pub mod record;
pub mod review;
pub mod rotate;
pub mod scenario;
pub mod service;
pub mod simulate;
pub mod simulate_words;
pub mod sources;
pub mod sweep;
pub mod table;
pub mod tree;
pub mod verify;
pub mod wording;

pub use crate::sheet;
pub use crate::sheet::lines;
