//! What a feed 数据源接入 says of a record: who learned what, and how far its recognition is there.

use chrono::NaiveDate;

use super::outcome::Refusal;
use super::outcome::RowProblem;
use super::submitted::Submitted;

/// What a source says of the recognition 认定 of a record. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecognitionStatus {
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

impl RecognitionStatus {
    /// Every standing; the place in this list, from 1, is the number that is stored.
    pub const ALL: [RecognitionStatus; 5] = [
        RecognitionStatus::Received,
        RecognitionStatus::Reviewing,
        RecognitionStatus::Recognised,
        RecognitionStatus::Rejected,
        RecognitionStatus::Withdrawn,
    ];

    /// The name in API and files.
    pub const fn name(self) -> &'static str {
        match self {
            RecognitionStatus::Received => "received",
            RecognitionStatus::Reviewing => "reviewing",
            RecognitionStatus::Recognised => "recognised",
            RecognitionStatus::Rejected => "rejected",
            RecognitionStatus::Withdrawn => "withdrawn",
        }
    }

    /// The number that is stored.
    pub const fn number(self) -> i16 {
        match self {
            RecognitionStatus::Received => 1,
            RecognitionStatus::Reviewing => 2,
            RecognitionStatus::Recognised => 3,
            RecognitionStatus::Rejected => 4,
            RecognitionStatus::Withdrawn => 5,
        }
    }

    /// From the number that is stored.
    pub fn from_number(number: i16) -> Option<RecognitionStatus> {
        RecognitionStatus::ALL.into_iter().find(|standing| standing.number() == number)
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
    pub standing: RecognitionStatus,
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

/// What a feed states of a record beside its hours.
#[derive(Clone, Debug)]
pub struct FeedStatement {
    /// Grows when the source says something newer.
    pub version: i64,
    /// How far the recognition is there.
    pub standing: RecognitionStatus,
    /// The day on which the course began.
    pub started_on: Option<NaiveDate>,
    /// What somebody should look at.
    pub flags: Vec<RowProblem>,
    /// Whether it names nothing but its key.
    pub key_only: bool,
    /// Whether it is read anew with a mended mapping: it stands before what it was read as.
    pub mended: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_reads_back_from_its_number() {
        for (number, standing) in (1..).zip(RecognitionStatus::ALL) {
            assert_eq!(standing.number(), number);
            assert_eq!(RecognitionStatus::from_number(number), Some(standing));
        }
        assert_eq!(RecognitionStatus::from_number(0), None);
        assert_eq!(RecognitionStatus::from_number(6), None);
    }
}
