//! How plans are encoded before they are hashed: receipts say which, and each stays known.

use serde::{Serialize, Serializer};

use super::model::Plan;
use super::{canonical_hash, debug_text_hash};

/// How a plan is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanEncoding {
    /// As Rust showed it in 0.1.0, whose receipts say no number.
    DebugText,
    /// Field by field.
    Canonical,
}

impl PlanEncoding {
    /// That of new receipts.
    pub const CURRENT: PlanEncoding = PlanEncoding::Canonical;

    /// The number that receipts say.
    pub const fn number(self) -> u8 {
        match self {
            PlanEncoding::DebugText => 1,
            PlanEncoding::Canonical => canonical_hash::ENCODING,
        }
    }

    /// From the number in a receipt; none where only a later release knows it.
    pub fn from_number(number: Option<i64>) -> Option<PlanEncoding> {
        match number {
            None | Some(1) => Some(PlanEncoding::DebugText),
            Some(2) => Some(PlanEncoding::Canonical),
            Some(_) => None,
        }
    }

    /// Whether receipts leave the number out.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this form")]
    pub(in crate::domain::policy) const fn is_unsaid(&self) -> bool {
        matches!(self, PlanEncoding::DebugText)
    }
}

impl Serialize for PlanEncoding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl Plan {
    /// The hash that a receipt carries.
    pub fn hash(&self, encoding: PlanEncoding) -> String {
        match encoding {
            PlanEncoding::DebugText => debug_text_hash::of(self),
            PlanEncoding::Canonical => canonical_hash::of(self),
        }
    }
}
