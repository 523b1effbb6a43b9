//! A notice: its policy file as values, the catalog of all files, and their readings.

pub mod catalog;
pub mod chain;
pub mod model;
pub mod parse;
pub mod readings;
mod validate;
