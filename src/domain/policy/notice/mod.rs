//! A notice: its policy file as values, the catalog of all files, and their readings.

pub mod catalog;
pub mod model;
pub mod parse;
mod parse_kind;
pub mod readings;
