//! Tokens that were verified a moment ago: checking a signature costs more than most answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};

use super::Caller;
use crate::domain::timestamp::Timestamp;

/// The most tokens that are kept.
const MOST: usize = 8192;

/// Seconds for which one is kept.
const KEPT: i64 = 60;

/// By the digest of the token: the token itself is kept nowhere.
pub(super) type Digest = [u8; 32];

/// The digest of a token.
pub(super) fn of(token: &str) -> Digest {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().unwrap_or_default()
}

struct Known {
    caller: Arc<Caller>,
    until: Timestamp,
    keys: u64,
}

/// The tokens.
#[derive(Default)]
pub(super) struct Verified(Mutex<HashMap<Digest, Known>>);

impl Verified {
    /// Whose token it is, if it is still known, under the same keys.
    pub(super) fn get(&self, token: &Digest, now: Timestamp, keys: u64) -> Option<Arc<Caller>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(token).filter(|known| known.until > now && known.keys == keys)?;
        Some(Arc::clone(&known.caller))
    }

    /// Keeps it for a minute, never beyond its end.
    pub(super) fn keep(
        &self,
        token: Digest,
        caller: &Arc<Caller>,
        (now, end): (Timestamp, Timestamp),
        keys: u64,
    ) {
        let until = end.min(now.plus_seconds(KEPT));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.retain(|_, known| known.until > now && known.keys == keys);
            if all.len() >= MOST {
                all.clear();
            }
        }
        all.insert(token, Known { caller: Arc::clone(caller), until, keys });
    }
}
