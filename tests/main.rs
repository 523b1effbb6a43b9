//! The integration tests: one binary, a folder per face.

mod lint;
mod policies;
