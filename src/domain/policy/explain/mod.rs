//! Why a verdict is what it is, and how it is repeated.
//!
//! [`reasons`] are the short answer and [`via`] the exceptions taken. [`explainer`] builds the [`tree`]
//! of clauses, years, amounts and records with their [`citations`], and [`yearly_hours`] what became
//! of each record. [`receipt`] is what is needed to see years later that an answer is the same.
//!
//! It calls the notice, the plan and the evaluation. [`super::judge`] and [`super::proof`] call it.

pub mod citations;
pub mod explainer;
pub mod reasons;
pub mod receipt;
pub mod tree;
pub mod via;
pub mod yearly_hours;
