//! The integration tests: one binary, a folder per face.
#![cfg(test)]

mod check;
mod commands;
mod differential;
mod lint;
mod locale;
mod malformed;
mod parsers;
mod policies;
mod support;
mod tidy;
