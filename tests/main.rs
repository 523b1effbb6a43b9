//! The integration tests: one binary, a folder per face.

mod differential;
mod policies;
mod support;
