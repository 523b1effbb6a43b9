//! Where a source and the ledger, or two sources, do not agree, and what became of it.

use sha2::{Digest, Sha256};

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

/// A record with the hash of its hours, as the subject of a difference names it.
pub type Side<'a> = (SourceId, &'a str, [u8; 32]);

/// What a difference is about, as a hash.
pub fn subject(kind: DifferenceKind, sides: &[Side<'_>], more: &str) -> [u8; 32] {
    let mut sides = sides.to_vec();
    sides.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(b"xueshi.difference.v1");
    hash.update(kind.name());
    for (source, key, content) in sides {
        hash.update(source.get().to_be_bytes());
        hash.update(u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(key);
        hash.update(content);
    }
    hash.update(more);
    hash.finalize().into()
}

/// The id of the nth difference about a subject, from 0.
pub fn difference_id(subject: &[u8; 32], round: usize) -> DifferenceId {
    let mut hash = Sha256::new();
    hash.update(subject);
    hash.update(u32::try_from(round).unwrap_or(u32::MAX).to_be_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let (half, _) = digest.split_at(8);
    DifferenceId::from_bits(half.try_into().map_or(0, u64::from_be_bytes))
}

/// A difference that may have to be opened.
pub struct Suspicion<'a> {
    /// In what way.
    pub kind: DifferenceKind,
    /// What it is about.
    pub subject: [u8; 32],
    /// The record.
    pub record: (SourceId, &'a str),
    /// The other record.
    pub other: Option<(SourceId, Box<str>)>,
    /// How much alike the two are.
    pub score: Option<i16>,
    /// What explains it.
    pub parts: String,
    /// What would count.
    pub posting: Option<&'a Posting>,
    /// The entry in doubt.
    pub entry_seq: Option<i64>,
}

impl Suspicion<'_> {
    /// The difference that is to be opened; none where its subject is open, or somebody has settled it.
    pub fn open<'k>(
        self,
        known: impl Iterator<Item = &'k Difference>,
        person: Option<PersonId>,
        jurisdiction: Option<Box<str>>,
        at: Timestamp,
    ) -> Option<Difference> {
        let (mut round, mut stands) = (0, false);
        for one in known.filter(|one| one.subject == self.subject) {
            round += 1;
            stands |= !matches!(one.closed, Some((_, Resolution::Rule)));
        }
        (!stands).then(|| Difference {
            person,
            id: difference_id(&self.subject, round),
            kind: self.kind,
            subject: self.subject,
            source: self.record.0,
            key: self.record.1.into(),
            other: self.other,
            score: self.score,
            parts: self.parts,
            posting: self.posting.cloned(),
            entry_seq: self.entry_seq,
            jurisdiction,
            opened_at: at,
            closed: None,
            decision: None,
        })
    }
}
