//! Why: reasons, the tree of clauses, the hours of every year, and the receipt.

pub mod citations;
pub mod explainer;
pub mod reasons;
pub mod receipt;
pub mod tree;
pub mod via;
pub mod yearly_hours;
