//! What a feed 数据源接入 says of a record: who learned what, and how far its recognition is there.

use chrono::NaiveDate;

use super::outcome::RowProblem;
use super::submitted::{Refusal, Submitted};

/// What a source says of the recognition 认定 of a record. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It arrived there; nobody has looked at it.
    Received,
    /// It is being looked at there.
    Reviewing,
    /// It counts there.
    Recognised,
    /// It was refused there.
    Rejected,
    /// It was taken back there.
    Withdrawn,
}

impl Standing {
    /// Every standing; the place in this list, from 1, is the number that is stored.
    pub const ALL: [Standing; 5] = [
        Standing::Received,
        Standing::Reviewing,
        Standing::Recognised,
        Standing::Rejected,
        Standing::Withdrawn,
    ];

    /// The name in API and files.
    pub const fn name(self) -> &'static str {
        match self {
            Standing::Received => "received",
            Standing::Reviewing => "reviewing",
            Standing::Recognised => "recognised",
            Standing::Rejected => "rejected",
            Standing::Withdrawn => "withdrawn",
        }
    }

    /// The number that is stored.
    pub const fn number(self) -> i16 {
        match self {
            Standing::Received => 1,
            Standing::Reviewing => 2,
            Standing::Recognised => 3,
            Standing::Rejected => 4,
            Standing::Withdrawn => 5,
        }
    }

    /// From the number that is stored.
    pub fn from_number(number: i16) -> Option<Standing> {
        Standing::ALL.into_iter().find(|standing| standing.number() == number)
    }
}

/// One record as a feed states it, with its place in the page or file.
#[derive(Clone)]
pub struct StatedRow {
    /// Its place, as whoever opens the page or file sees it, from 1.
    pub row_no: i64,
    /// The source's id of the record; never holds a number or a name.
    pub key: Option<Box<str>>,
    /// Grows when the source says something newer of the record.
    pub version: i64,
    /// How far its recognition is.
    pub standing: Standing,
    /// What it says.
    pub said: Said,
    /// The number of the evidence 证书编号.
    pub certificate: Option<Box<str>>,
    /// The day on which the course began.
    pub started_on: Option<NaiveDate>,
    /// It is taken all the same, but somebody should look.
    pub flags: Vec<RowProblem>,
    /// The record as received, UTF-8, to be sealed.
    pub raw: Vec<u8>,
    /// Read anew with a mended mapping: it stands before what it was read as.
    pub mended: bool,
}

/// What a stated record says.
#[derive(Clone, Debug)]
pub enum Said {
    /// Hours of somebody; the revision is given by the taker.
    Record(Submitted),
    /// Nothing but its key, as a voiding that names another record.
    KeyOnly,
    /// Nothing that can be read.
    Refused(Refusal),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_reads_back_from_its_number() {
        for (number, standing) in (1..).zip(Standing::ALL) {
            assert_eq!(standing.number(), number);
            assert_eq!(Standing::from_number(number), Some(standing));
        }
        assert_eq!(Standing::from_number(0), None);
        assert_eq!(Standing::from_number(6), None);
    }
}
