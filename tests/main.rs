//! The integration tests: one binary, a folder per face.

mod columns;
mod policies;
