//! The master keys at work, and the file where another process may have put a newer one.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::keys::Keys;
use super::seal::{SealingKey, Secret, VaultError, derived};

/// What a master key is used for, each with a key of its own.
pub(super) struct Master {
    pub(super) id: i32,
    pub(super) wrap: SealingKey,
    pub(super) inbox: SealingKey,
}

/// The master keys, oldest first; the newest wraps and seals.
pub(super) struct Masters {
    known: RwLock<Vec<Arc<Master>>>,
    file: Option<PathBuf>,
    /// When the file was last read again.
    tried: Mutex<Option<Instant>>,
}

/// A file that lacks a key is not read with each request.
const PAUSE: Duration = Duration::from_secs(1);

impl Masters {
    pub(super) fn new(keys: &Keys) -> Result<Masters, VaultError> {
        let known = RwLock::new(prepared(keys)?);
        Ok(Masters { known, file: None, tried: Mutex::default() })
    }

    pub(super) fn of_file(self, path: &Path) -> Masters {
        Masters { file: Some(path.to_owned()), ..self }
    }

    pub(super) fn active(&self) -> i32 {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.last().map_or(0, |master| master.id)
    }

    pub(super) fn get(&self, id: i32) -> Option<Arc<Master>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|master| master.id == id).cloned()
    }

    /// Reads the file again, where it is one and these are keys of the same installation; says
    /// whether the wanted one is known then.
    pub(super) fn read_again(&self, wanted: i32, ours: impl FnOnce(&Keys) -> bool) -> bool {
        let Some(file) = &self.file else { return false };
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        if self.get(wanted).is_some() {
            return true;
        }
        if tried.is_some_and(|at| at.elapsed() < PAUSE) {
            return false;
        }
        *tried = Some(Instant::now());
        let Ok(keys) = Keys::load(file) else { return false };
        if keys.active() < self.active() || !ours(&keys) {
            return false;
        }
        let Ok(masters) = prepared(&keys) else { return false };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = masters;
        self.get(wanted).is_some()
    }
}

fn prepared(keys: &Keys) -> Result<Vec<Arc<Master>>, VaultError> {
    let master = |(id, secret): (i32, &Secret)| {
        let wrap = SealingKey::new(&derived(secret, "wrap")?)?;
        let inbox = SealingKey::new(&derived(secret, "inbox")?)?;
        Ok(Arc::new(Master { id, wrap, inbox }))
    };
    keys.secrets().map(master).collect()
}
