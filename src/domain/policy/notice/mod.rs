//! A notice: its policy file as values, the catalog of all files, and their readings.

pub mod ancestry;
pub mod catalog;
pub mod model;
pub mod parse;
pub mod readings;
mod validate;
