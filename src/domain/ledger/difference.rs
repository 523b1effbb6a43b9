//! Where a source and the ledger, or two sources, do not agree, and what became of it.

use super::posting::Posting;
use crate::domain::ids::{DecisionId, DifferenceId, PersonId, SourceId};
use crate::domain::timestamp::Timestamp;

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident { $($(#[$own:meta])* $variant:ident = $number:literal $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$own])* $variant,)* }

        impl $name {
            /// Every one of them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The name in API and files.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// From the name.
            pub fn from_name(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.name() == name)
            }

            /// The number that is stored.
            pub const fn number(self) -> i16 {
                match self { $($name::$variant => $number,)* }
            }

            /// From the number that is stored.
            pub fn from_number(number: i16) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.number() == number)
            }
        }
    };
}

numbered! {
    /// In what way something does not agree. The numbers are stored.
    DifferenceKind {
        /// Two sources seem to tell of one event.
        Duplicate = 1 "duplicate",
        /// The source lists a record that is not here.
        MissingHere = 2 "missing_here",
        /// Here is a record that the source does not list.
        MissingThere = 3 "missing_there",
        /// The source lists a record otherwise than it is here.
        Differs = 4 "differs",
        /// The source's own sum for a year is another one than that of its records.
        SumDiffers = 5 "sum_differs",
        /// The year that the source names is not the year that the hours count for.
        YearBasis = 6 "year_basis",
        /// The source recognises what a reviewer here refused or took back.
        ContradictsDecision = 7 "contradicts_decision",
    }
}

numbered! {
    /// What became of a difference. The numbers are stored.
    Resolution {
        /// The hours count.
        Post = 1 "post",
        /// The entry was taken back.
        Reverse = 2 "reverse",
        /// The entry was taken back, and the source's hours count in its place.
        Replace = 3 "replace",
        /// It stays as it is.
        Ignore = 4 "ignore",
        /// It went away by itself, or a rule settles it.
        Rule = 5 "rule",
    }
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Whose; none where nobody is known.
    pub person: Option<PersonId>,
    /// Its id.
    pub id: DifferenceId,
    /// In what way.
    pub kind: DifferenceKind,
    /// What it is about: the same one is opened once.
    pub subject: [u8; 32],
    /// The source.
    pub source: SourceId,
    /// The source's key.
    pub key: Box<str>,
    /// The record of another source.
    pub other: Option<(SourceId, Box<str>)>,
    /// How much alike the two are, in hundredths.
    pub score: Option<i16>,
    /// What explains it, as JSON.
    pub parts: String,
    /// What would count.
    pub posting: Option<Posting>,
    /// The entry that is in doubt.
    pub entry_seq: Option<i64>,
    /// The place whose reviewers see it.
    pub jurisdiction: Option<Box<str>>,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when, and what became of it.
    pub closed: Option<(Timestamp, Resolution)>,
    /// The decision that closed it.
    pub decision: Option<DecisionId>,
}
