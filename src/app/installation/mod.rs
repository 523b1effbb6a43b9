//! An installation: its folder, database, keys and sources, and what its operators look at.
//!
//! Called by `cli` and, where operators ask over HTTP, by `api`.

pub mod backup;
pub mod export;
pub mod inbox;
pub mod master_key;
pub mod new_file;
pub mod open;
pub mod sources;
