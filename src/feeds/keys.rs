//! Keys and certificate numbers: kept as the source has them, unless they may say who somebody is.

use super::control::Reading;
use crate::domain::identity::looks_like_id_number;
use crate::domain::ledger::submitted::KEY_LENGTH;

/// The key of a record that has an id. The same id always gives the same key, also where a voiding
/// names it that knows nothing else of the record.
pub(super) fn of_id(id: &str, reading: &Reading<'_>) -> Box<str> {
    if is_plain(id) { id.into() } else { (reading.key_of)(&["id", id]).into() }
}

/// The number of a certificate, the same from every source.
pub(super) fn certificate(text: &str, reading: &Reading<'_>) -> Option<Box<str>> {
    let joined: String = text.split_whitespace().collect();
    if joined.is_empty() {
        return None;
    }
    Some(if is_plain(&joined) {
        joined.into()
    } else {
        (reading.key_of)(&["certificate", &joined]).into()
    })
}

/// Ids of 19 digits hold what looks like an identity number once in some thousand times.
fn is_plain(id: &str) -> bool {
    let printable = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic());
    printable && id.len() <= KEY_LENGTH && !looks_like_id_number(id)
}
