//! What sources say and reviewers decide, one step after the other, and how that reads.

use std::fmt::{self, Write as _};

use chrono::NaiveDate;
use xueshi::domain::category::Category;
use xueshi::domain::ids::{PersonId, SourceId};
use xueshi::domain::ledger::decide::review::Ruling;
use xueshi::domain::ledger::difference::{DifferenceKind, Resolution};
use xueshi::domain::ledger::posting::Posting;
use xueshi::domain::ledger::sources::Source;
use xueshi::domain::ledger::statement::RecognitionStatus;

/// What is done, one thing after the other.
pub type History = Vec<Step>;

/// One transaction. Whatever a reviewer or a comparison is about is named by its key, so that a history
/// from which steps are left out still says something; what is about nothing does nothing.
#[derive(Clone, Debug)]
pub enum Step {
    /// A source gives rows.
    Rows { source: usize, rows: Vec<Told> },
    /// A provider takes a row back.
    Withdraw { source: usize, key: &'static str },
    /// A reviewer decides about the row that waits.
    Rule { source: usize, key: &'static str, ruling: Ruling },
    /// A reviewer takes back the entry that stands.
    Reverse { source: usize, key: &'static str },
    /// Two reviewers add hours.
    Adjust { person: usize, posting: Posting },
    /// A reviewer takes back the first adjustment of a person that stands.
    ReverseAdjustment { person: usize },
    /// A reviewer settles the first difference of a kind about a record.
    Settle { kind: DifferenceKind, source: usize, key: &'static str, resolution: Resolution },
    /// A comparison finds a record listed so; without hours, not listed.
    Listed { source: usize, key: &'static str, person: usize, posting: Option<Posting> },
    /// An operator changes what a source may recognise.
    Empower { source: usize, recognises: i16 },
}

/// A row as it is told.
#[derive(Clone, Debug)]
pub struct Told {
    /// None where not even that can be read.
    pub key: Option<&'static str>,
    pub says: Says,
    pub how: How,
}

#[derive(Clone, Debug)]
pub enum Says {
    /// Hours of a person.
    Hours(usize, Posting),
    /// Hours of somebody whose number is known under another name.
    OfAnotherName(Posting),
    /// Nothing but the key.
    KeyOnly,
    /// Nothing that can be read, in one of several ways.
    Unreadable(usize),
}

#[derive(Clone, Debug)]
pub enum How {
    Posted { revision: i32 },
    Stated(Statement),
}

/// What a feed says beside the hours.
#[derive(Clone, Debug)]
pub struct Statement {
    pub version: i64,
    pub standing: RecognitionStatus,
    pub started_on: Option<NaiveDate>,
    pub flagged: bool,
    pub mended: bool,
}

/// The nth person, from 0.
pub fn person_id(person: usize) -> PersonId {
    PersonId::stored(i64::try_from(person).expect("a number") + 1)
}

/// The nth source, from 0.
pub fn source_id(source: usize) -> SourceId {
    SourceId::stored(i64::try_from(source).expect("a number") + 11)
}

/// The sources of a history. Three of them have a rank of their own, the last two share one.
pub fn sources() -> Vec<Source> {
    let source = |(place, (code, rank, recognises)): (usize, (&str, i16, i16))| Source {
        id: source_id(place),
        code: code.into(),
        rank,
        jurisdiction: (code != "academy").then(|| "331100".into()),
        recognises,
    };
    let all = [
        ("registry", 10, 0b1111),
        ("site", 50, 0b0101),
        ("school", 100, 0b0011),
        ("bureau", 10, 0b1111),
        ("academy", 100, 0b0111),
    ];
    all.into_iter().enumerate().map(source).collect()
}

/// Whether a source is a feed; the others post.
pub const fn is_feed(source: usize) -> bool {
    matches!(source, REGISTRY | SITE | BUREAU)
}

pub const REGISTRY: usize = 0;
pub const SITE: usize = 1;
pub const SCHOOL: usize = 2;
/// Of the registry's rank.
pub const BUREAU: usize = 3;
/// Of the school's rank.
pub const ACADEMY: usize = 4;

const NAMES: [&str; 5] = ["registry", "site", "school", "bureau", "academy"];

/// How a posting reads.
pub fn words(posting: &Posting) -> String {
    let mut words = format!("{} {} {} h", posting.year, posting.category.name(), posting.hours);
    if let Some(day) = posting.completed_on {
        let _ = write!(words, " on {day}");
    }
    for (name, text) in posting.particulars.named() {
        if let Some(text) = text {
            let _ = write!(words, " {name}={text}");
        }
    }
    words
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.key.unwrap_or("(no key)"))?;
        match &self.how {
            How::Posted { revision } => write!(f, "r{revision}: ")?,
            How::Stated(said) => {
                write!(f, "v{} {}", said.version, said.standing.name())?;
                if let Some(day) = said.started_on {
                    write!(f, " from {day}")?;
                }
                let marks = [(said.flagged, " flagged"), (said.mended, " mended")];
                for (_, mark) in marks.into_iter().filter(|(is, _)| *is) {
                    f.write_str(mark)?;
                }
                f.write_str(": ")?;
            }
        }
        match &self.says {
            Says::Hours(person, posting) => write!(f, "person {person}, {}", words(posting)),
            Says::OfAnotherName(posting) => write!(f, "another name, {}", words(posting)),
            Says::KeyOnly => write!(f, "the key alone"),
            Says::Unreadable(n) => write!(f, "unreadable {n}"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Rows { source, rows } => {
                let rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
                write!(f, "{} tells\n        {}", NAMES[*source], rows.join("\n        "))
            }
            Step::Withdraw { source, key } => write!(f, "{} withdraws {key}", NAMES[*source]),
            Step::Rule { source, key, ruling } => {
                write!(f, "a reviewer rules {ruling:?} on {}/{key}", NAMES[*source])
            }
            Step::Reverse { source, key } => {
                write!(f, "a reviewer takes {}/{key} back", NAMES[*source])
            }
            Step::Adjust { person, posting } => {
                write!(f, "two reviewers give person {person} {}", words(posting))
            }
            Step::ReverseAdjustment { person } => {
                write!(f, "a reviewer takes an adjustment of person {person} back")
            }
            Step::Settle { kind, source, key, resolution } => {
                let (kind, resolution) = (kind.name(), resolution.name());
                write!(f, "a reviewer settles {kind} of {}/{key}: {resolution}", NAMES[*source])
            }
            Step::Listed { source, key, person, posting: Some(posting) } => {
                write!(f, "{} lists {key}: person {person}, {}", NAMES[*source], words(posting))
            }
            Step::Listed { source, key, .. } => write!(f, "{} does not list {key}", NAMES[*source]),
            Step::Empower { source, recognises } => {
                let may =
                    Category::ALL.into_iter().filter(|one| recognises & (1 << one.index()) != 0);
                let may: Vec<&str> = may.map(Category::name).collect();
                write!(f, "{} may recognise {}", NAMES[*source], may.join(", "))
            }
        }
    }
}

/// How a history reads.
pub fn shown(history: &[Step]) -> String {
    (1..).zip(history).map(|(n, step)| format!("  {n:>3}. {step}\n")).collect()
}
