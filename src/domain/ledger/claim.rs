//! What each key of a source was used for: claimed once and for ever.

use crate::domain::ids::PersonId;

/// What a key was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The source's key.
    pub ext_key: Box<str>,
    /// The revision that stands.
    pub revision: i32,
    /// The hash of its meaning.
    pub content_hash: [u8; 32],
    /// Whose hours.
    pub person: PersonId,
}
