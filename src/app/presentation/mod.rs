//! Answers in words and tables, Chinese or English. Called by `cli` alone; decides nothing.

pub mod grid;
pub mod policy_diff;
pub mod policy_text;
pub mod sentence;
pub mod simulation;
pub mod tree;
pub mod wording;
