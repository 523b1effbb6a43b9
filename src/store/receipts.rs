//! Receipts: verdicts with everything that is needed to repeat them. Never changed.

use diesel::prelude::*;

use super::dialect::{on_each_engine, rows};
use super::schema::receipt;
use super::{ReadTx, StoreError, WriteTx};
use crate::domain::ids::ReceiptId;

rows! {
    /// A row of `receipt`.
    pub struct ReceiptRow in receipt by (receipt_id) {
        receipt_id: i64 => BigInt,
        person_id: Option<i64> => Nullable<BigInt>,
        issuer: String => Text,
        subject: String => Text,
        jurisdiction: String => Text,
        asked_at: i64 => BigInt,
        as_of: i64 => BigInt,
        head_seq: i64 => BigInt,
        head_hash: Vec<u8> => Binary,
        sealed: Vec<u8> => Binary,
    }
}

impl ReadTx<'_> {
    /// A receipt.
    pub fn receipt(&mut self, id: ReceiptId) -> Result<Option<ReceiptRow>, StoreError> {
        Ok(on_each_engine!(&mut *self.conn, |c| receipt::table
            .find(id.get())
            .get_result(c)
            .optional()?))
    }
}

impl WriteTx<'_> {
    /// Keeps receipts.
    pub fn add_receipts(&mut self, rows: &[ReceiptRow]) -> Result<(), StoreError> {
        ReceiptRow::insert(self.read.conn, rows)
    }
}
