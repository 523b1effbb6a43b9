//! A line of a person's own record.

use serde::Serialize;

use crate::app::persons::hourly::Hourly;
use crate::app::posting::problems::Told;
use crate::app::reviews::differences::KeptRecord;
use crate::domain::ids::DifferenceId;
use crate::domain::timestamp::Timestamp;

/// An entry or a submission.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// `entry`, `submission` that is none, or `difference` that a reviewer has to settle.
    pub what: &'static str,
    /// The number in the chain; of an entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// The place in the inbox; of a submission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<String>,
    /// `counts`, `reversed`, `reversal`, `replaced`, `pending`, `rejected`, `withdrawn`, `corrected`,
    /// the outcome of a row that came to nothing, or the kind of a difference.
    pub state: &'static str,
    /// Whether the hours count now.
    pub counts: bool,
    /// The source's code.
    pub source: Box<str>,
    /// The hours, where they could be read.
    #[serde(flatten)]
    pub hours: Option<Hourly>,
    /// When the ledger learned of it.
    pub recorded_at: Timestamp,
    /// Why it does not count, where a rule of the ledger says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Told>,
    /// The record of another source that is kept in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptRecord>,
    /// The difference that a reviewer settles, or may still settle otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<DifferenceId>,
}
