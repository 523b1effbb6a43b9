//! What is done to a row before its transaction: reading it, and the work of the keys.

use chrono::NaiveDate;

use crate::domain::identity::IdKind;
use crate::domain::ledger::outcome::Refusal;
use crate::domain::ledger::raw_row::RawRow;
use crate::domain::ledger::submitted::{self, Submitted};
use crate::vault::Vault;

/// A row that is ready for its transaction.
pub struct Prepared {
    /// The row in its batch, from 1; in a file, as whoever opens the file sees it.
    pub row_no: i64,
    /// The row as received, to be sealed.
    pub raw: Vec<u8>,
    /// What it says, or why it says nothing.
    pub read: Result<Matched, Refusal>,
}

/// A row with the blind indexes of its person.
pub struct Matched {
    /// What the row says.
    pub row: Submitted,
    /// The blind index of the number.
    pub number_index: [u8; 32],
    /// The blind index of the name.
    pub name_index: [u8; 32],
}

impl Prepared {
    /// The source's key, where it could be read.
    pub fn key(&self) -> Option<Box<str>> {
        self.key_ref().map(Into::into)
    }

    pub(super) fn key_ref(&self) -> Option<&str> {
        match &self.read {
            Ok(matched) => Some(&matched.row.key),
            Err(refusal) => refusal.key.as_deref(),
        }
    }

    /// A row of which nothing can be read.
    pub fn refused(row_no: i64, raw: Vec<u8>, refusal: Refusal) -> Prepared {
        Prepared { row_no, raw, read: Err(refusal) }
    }
}

/// Reads a row and computes what matching needs.
pub fn prepare(
    vault: &Vault,
    row_no: i64,
    raw: Vec<u8>,
    fields: &RawRow,
    today: NaiveDate,
) -> Prepared {
    let read = submitted::read(fields, today).map(|row| {
        let number_index = vault.blind_index(IdKind::ResidentId, &row.number);
        let name_index = vault.name_index(&number_index, &row.name);
        Matched { row, number_index, name_index }
    });
    Prepared { row_no, raw, read }
}
