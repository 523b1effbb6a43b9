//! The integration tests: one binary, a folder per face.

mod commands;
mod differential;
mod lint;
mod policies;
mod support;
