//! A receipt: what is needed to repeat a verdict years later, and to see that it is the same.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::tree::Step;
use super::yearly_hours::YearlyHours;
use crate::domain::answer::Verdict;
use crate::domain::node::{Node, Value};
use crate::domain::policy::plan::encoding::PlanEncoding;

/// The receipt of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// SHA-256 of the plan; empty where no policy answered.
    pub plan: String,
    /// How the plan was encoded for it.
    #[serde(skip_serializing_if = "PlanEncoding::is_unsaid")]
    pub plan_encoding: PlanEncoding,
    /// The version of the engine.
    pub engine: &'static str,
    /// The position of the ledger; null where records were given with the question.
    pub ledger: Option<u64>,
    /// The instant asked for.
    pub as_of: Option<String>,
    /// The option of every reading, `reading=option`.
    pub readings: Vec<String>,
    /// SHA-256 of the proof.
    pub tree: String,
}

/// The version of the engine: that of the package.
pub const ENGINE: &str = concat!("xueshi ", env!("CARGO_PKG_VERSION"));

/// The hash of a proof.
pub fn tree_hash(verdict: Verdict, tree: Option<&Step>, years: &[YearlyHours]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(b"xueshi tree 1\n");
    // Serialisation of these types cannot fail: no maps with other keys than text, no I/O.
    hasher.update(serde_json::to_vec(&(verdict, tree, years)).unwrap_or_default());
    hex::encode(hasher.finalize())
}

/// How the plan of an earlier receipt was encoded; none where this program does not know.
pub fn plan_encoding(then: &Node) -> Option<PlanEncoding> {
    match then.get("plan_encoding").map(|node| &node.value) {
        None => PlanEncoding::from_number(None),
        Some(Value::Int(number)) => PlanEncoding::from_number(Some(*number)),
        Some(_) => None,
    }
}

/// What of an earlier receipt differs from this one; the engine's version may. `plan` is the hash now in
/// the encoding of the earlier one.
pub fn differences(now: &Receipt, plan: Option<&str>, then: &Node) -> Vec<&'static str> {
    let text = |key: &str| match then.get(key).map(|node| &node.value) {
        Some(Value::Str(text)) => Some(text.as_str()),
        _ => None,
    };
    let readings: Vec<&str> = match then.get("readings").map(|node| &node.value) {
        Some(Value::List(items)) => items
            .iter()
            .filter_map(|item| match &item.value {
                Value::Str(text) => Some(text.as_str()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let mut differs = Vec::new();
    if plan.is_none() || text("plan") != plan {
        differs.push("plan");
    }
    if text("as_of") != now.as_of.as_deref() {
        differs.push("as_of");
    }
    if !readings.iter().copied().eq(now.readings.iter().map(String::as_str)) {
        differs.push("readings");
    }
    if text("tree") != Some(now.tree.as_str()) {
        differs.push("tree");
    }
    differs
}
