//! A notice: its policy file as values, and which file answers for a declaration.
//!
//! [`model`] is a file as values and [`parse`] reads it. [`catalog`] holds all files and selects one;
//! [`ancestry`] joins it with the files it extends and says which clauses are in force under a choice
//! of [`readings`]. `validate` refuses files that would leave a question without one answer.
//!
//! It calls nothing else of the judge. Everybody calls it: [`super::plan`] compiles its clauses,
//! [`super::compare`] and [`super::lint`] look at the files themselves.

pub mod ancestry;
pub mod catalog;
pub mod model;
pub mod parse;
pub mod readings;
mod validate;
