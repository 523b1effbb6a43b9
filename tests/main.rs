//! The integration tests: one binary, a folder per face.

mod policies;
mod tidy;
