//! The hash chain of a person's entries: each hash covers every column and the hash before it.
//!
//! `SHA-256(tag ‖ algorithm ‖ previous ‖ columns)`. Numbers are big-endian in their full width, a
//! day is counted from 0001-01-01, what is absent is a zero byte, what is present has a one byte
//! before it, texts have their length in four bytes before them. The first entry follows 32 zeros.

use chrono::{Datelike, NaiveDate};
use sha2::{Digest, Sha256};

use super::entry::Entry;

/// What stands before the first entry.
pub const GENESIS: [u8; 32] = [0; 32];

const TAG: &[u8] = b"xueshi.entry";
const ALGORITHM: u8 = 1;

/// The hash of an entry that follows `previous`; the hash it carries is not read.
pub fn link(previous: &[u8; 32], entry: &Entry) -> [u8; 32] {
    let posting = &entry.posting;
    let mut hash = Sha256::new();
    hash.update(TAG);
    hash.update([ALGORITHM]);
    hash.update(previous);
    hash.update(entry.person.get().to_be_bytes());
    hash.update(entry.seq.to_be_bytes());
    hash.update(entry.kind.number().to_be_bytes());
    hash.update(entry.source.get().to_be_bytes());
    text(&mut hash, &entry.ext_key);
    hash.update(entry.revision.to_be_bytes());
    hash.update(entry.content_hash);
    hash.update(posting.year.get().to_be_bytes());
    hash.update(i16::try_from(posting.category.index()).unwrap_or_default().to_be_bytes());
    hash.update(posting.hours.hundredths().to_be_bytes());
    option(
        &mut hash,
        posting.completed_on.map(|day: NaiveDate| day.num_days_from_ce()).map(i64::from),
    );
    hash.update(entry.recorded_at.micros().to_be_bytes());
    option(&mut hash, entry.ref_seq);
    hash.update(entry.batch.get().to_be_bytes());
    hash.update(entry.row_no.to_be_bytes());
    text(&mut hash, &posting.particulars.written());
    hash.finalize().into()
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
    hash.update(text);
}

fn option(hash: &mut Sha256, number: Option<i64>) {
    match number {
        None => hash.update([0]),
        Some(number) => {
            hash.update([1]);
            hash.update(number.to_be_bytes());
        }
    }
}
