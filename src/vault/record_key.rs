//! Keys for records whose source gives them none.

use super::{Vault, mac};

const RECORD: &str = "xueshi/record-key/v1";

impl Vault {
    /// A key for a record that has none, from what it says: the same words, the same key, and nobody
    /// reads from it whose record it is.
    pub fn record_key(&self, words: &[&str]) -> String {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        let digest = mac(&self.blind, RECORD, &words);
        hex::encode(digest.first_chunk::<16>().copied().unwrap_or_default())
    }
}
