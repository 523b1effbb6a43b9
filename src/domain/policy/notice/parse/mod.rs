//! Reads a policy file. Unknown keys, wrong types and floats are errors that name the line, the
//! key, and what would be accepted.

mod amounts;
mod clause;
mod documents;
mod policy;
mod reading;
mod years;

pub(in crate::domain::policy) use clause::clause;
pub use policy::policy;
pub use reading::change;
pub(super) use years::reversed_span;
