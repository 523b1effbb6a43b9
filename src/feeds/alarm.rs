//! What stops a feed: nothing of the page or file is taken, and somebody has to look.

use crate::domain::hours::Hours;
use crate::domain::message::Message;

/// Why a page or file was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// The file cannot be opened, goes beyond the limits, or is not what it should be.
    Unreadable(Message),
    /// The body ends in the middle.
    CutOff {
        /// The whole records before that; of a file they were given.
        whole: u64,
    },
    /// The answer is no answer of this source: no JSON, or JSON of another kind.
    NotAnAnswer,
    /// The source does not accept the token.
    NotAuthorised,
    /// The source refuses, and says a code.
    Refused {
        /// Its code, where it is a plain word.
        code: String,
    },
    /// The list of records is not there, which is not the same as empty.
    RecordsMissing,
    /// A page has fewer records than its own numbers say.
    PageShort {
        /// How many there should be.
        stated: u64,
        /// How many there are.
        found: u64,
    },
    /// A page has more records than its own numbers say.
    PageLong {
        /// How many there should be.
        stated: u64,
        /// How many there are.
        found: u64,
    },
    /// Columns or fields were renamed, or are gone.
    HeaderChanged {
        /// Which of the known ones are missing.
        missing: Vec<String>,
        /// Which are not known.
        unknown: Vec<String>,
    },
    /// The hours of the rows are not what the file says they sum up to.
    TotalsDiffer {
        /// As stated.
        stated: Hours,
        /// As summed up.
        found: Hours,
    },
    /// The mark that the file is whole is not there.
    NotDone,
    /// The bytes are not those of which the digest was made.
    DigestDiffers,
    /// The name of the file is not of the agreed form.
    FileName,
    /// The link to the next page is no longer good: begin again at the cursor.
    MoreExpired,
}

/// At most so many names of columns are told.
const TOLD: usize = 10;

impl Alarm {
    /// What is said of it.
    pub fn message(&self) -> Message {
        match self {
            Alarm::Unreadable(message) => message.clone(),
            Alarm::CutOff { whole } => Message::new("feed_cut_off").with("whole", whole),
            Alarm::NotAnAnswer => Message::new("feed_not_an_answer"),
            Alarm::NotAuthorised => Message::new("feed_not_authorised"),
            Alarm::Refused { code } => Message::new("feed_refused").with("code", code),
            Alarm::RecordsMissing => Message::new("feed_records_missing"),
            Alarm::PageShort { stated, found } => {
                Message::new("feed_page_short").with("stated", stated).with("found", found)
            }
            Alarm::PageLong { stated, found } => {
                Message::new("feed_page_long").with("stated", stated).with("found", found)
            }
            Alarm::HeaderChanged { missing, unknown } => Message::new("feed_header_changed")
                .with("missing", names(missing))
                .with("unknown", names(unknown)),
            Alarm::TotalsDiffer { stated, found } => {
                Message::new("feed_totals_differ").with("stated", stated).with("found", found)
            }
            Alarm::NotDone => Message::new("feed_file_not_done"),
            Alarm::DigestDiffers => Message::new("feed_digest_differs"),
            Alarm::FileName => Message::new("feed_file_name"),
            Alarm::MoreExpired => Message::new("feed_more_expired"),
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.message().code
    }

    /// Whether asking for the same once more may help, before anybody is woken.
    pub fn may_pass(&self) -> bool {
        matches!(self, Alarm::CutOff { .. } | Alarm::NotAnAnswer | Alarm::MoreExpired)
    }
}

fn names(names: &[String]) -> String {
    if names.is_empty() {
        return "-".to_owned();
    }
    names.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", ")
}
