//! A policy file as values: one official notice, one clause per sentence.

mod amounts;
mod clause;
mod reading;
mod years;

use chrono::NaiveDate;

use crate::domain::declaration::Jurisdiction;
use crate::domain::node::Node;
use crate::domain::year::YearRange;

pub use amounts::{Minimum, Need, Ratio, Standard};
pub use clause::{Cite, Clause, Exclusion, Guard, Kind, Matching};
pub use reading::{Change, Reading, ReadingOption};
pub use years::{Quantity, Window, YearBase, YearExpr};

/// One notice for one jurisdiction.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The file it was read from.
    pub file: String,
    /// The line of its id.
    pub id_line: u32,
    /// The line of `declaring_years`.
    pub years_line: u32,
    /// `331100/2023`, or `330000` for a file that others extend.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// Whose notice.
    pub jurisdiction: Jurisdiction,
    /// The policy whose clauses this one inherits.
    pub extends: Option<Reference>,
    /// The declaring years it answers for; without them it only serves as an ancestor.
    pub declaring_years: Option<YearRange>,
    /// When the instrument is in force.
    pub in_force: Option<(NaiveDate, Option<NaiveDate>)>,
    /// The documents that its clauses quote.
    pub documents: Vec<Document>,
    /// The clauses, in the notice's order.
    pub clauses: Vec<ClauseSource>,
    /// The places that can be read in two ways.
    pub readings: Vec<Reading>,
    /// Slots that a higher authority may fill.
    pub opens: Vec<Open>,
}

/// A document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its name in citations.
    pub id: String,
    /// 文号; empty where the copy carries none.
    pub number: String,
    /// Title.
    pub title: String,
    /// 发文机关.
    pub issuer: Option<String>,
    /// Date of issue.
    pub issued: Option<NaiveDate>,
    /// The instruments it rests on.
    pub basis: Vec<String>,
    /// Whether the text was read.
    pub status: DocumentStatus,
    /// The archived text, inside the archive folder.
    pub file: Option<String>,
    /// When somebody last checked that it is still the rule.
    pub checked_on: Option<NaiveDate>,
    /// Where it begins in the file.
    pub line: u32,
}

/// Whether the text of a document was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentStatus {
    /// The text is archived; quotes can be proved.
    Archived,
    /// Quoted from somebody else's quotation.
    Unverified,
    /// The text is not at hand.
    Missing,
}

impl DocumentStatus {
    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            DocumentStatus::Archived => "archived",
            DocumentStatus::Unverified => "unverified",
            DocumentStatus::Missing => "missing",
        }
    }
}

/// A name of a policy or clause, and the line it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The name, such as `330000#annual`.
    pub name: String,
    /// Where it stands.
    pub line: u32,
}

/// A clause as written and as read: a reading changes the first and reads it again.
#[derive(Clone, Debug)]
pub struct ClauseSource {
    /// The table as written.
    pub raw: Node,
    /// The table as read.
    pub clause: Clause,
}

/// A slot that a higher authority may fill.
#[derive(Clone, Debug)]
pub struct Open {
    /// Its name.
    pub id: String,
    /// The kind of clause that would fill it.
    pub kind: String,
}
