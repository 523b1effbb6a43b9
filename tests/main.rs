//! The integration tests: one binary, a folder per face.
#![cfg(test)]
#![expect(unreachable_pub, reason = "a test binary has no outside; pub marks what other files use")]

mod api;
mod check;
mod city;
mod columns;
mod commands;
mod decide;
mod differential;
mod feeds;
mod kept;
mod ledger;
mod lint;
mod locale;
mod malformed;
mod operations;
mod parsers;
mod policies;
mod pull;
mod sheets;
mod support;
mod tidy;
