//! The handlers of `/v1`, a file per resource.

mod bodies;
pub(super) mod caller;
pub(super) mod compliance;
pub(super) mod differences;
pub(super) mod disputes;
pub(super) mod entries;
pub(super) mod feeds;
pub(super) mod imports;
pub(super) mod me;
pub(super) mod people;
pub(super) mod policies;
pub(super) mod reviews;
mod rows;
pub(super) mod sources;
mod stream;
pub(super) mod submissions;
pub(super) mod verdicts;
