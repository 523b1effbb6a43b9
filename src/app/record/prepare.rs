//! What is done to a row before its transaction: reading it, and the work of the keys.

use chrono::NaiveDate;

use crate::domain::identity::IdKind;
use crate::domain::submitted::{self, RawRow, Refusal, Submitted};
use crate::vault::Vault;

/// A row that is ready for its transaction.
pub struct Prepared {
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
        match &self.read {
            Ok(matched) => Some(matched.row.key.clone()),
            Err(refusal) => refusal.key.clone(),
        }
    }

    /// A row of which nothing can be read.
    pub fn refused(raw: Vec<u8>, refusal: Refusal) -> Prepared {
        Prepared { raw, read: Err(refusal) }
    }
}

/// Reads a row and computes what matching needs.
pub fn prepare(vault: &Vault, raw: Vec<u8>, fields: &RawRow, today: NaiveDate) -> Prepared {
    let read = submitted::read(fields, today).map(|row| {
        let number_index = vault.blind_index(IdKind::ResidentId, &row.number);
        let name_index = vault.name_index(&number_index, &row.name);
        Matched { row, number_index, name_index }
    });
    Prepared { raw, read }
}
