//! The integration tests: one binary, a folder per face.
#![cfg(test)]

mod check;
mod locale;
mod malformed;
mod parsers;
mod policies;
mod tidy;
