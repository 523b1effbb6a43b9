//! The keys of an installation, and the file `keys.toml` that holds them.
//!
//! - The blind-index key stays for ever: with another one nobody would be found again.
//! - Master keys wrap the data keys. A new one can be added at any time; former ones stay, for what
//!   they still wrap.
//! - The key of page cursors.
//!
//! The file belongs beside no backup of the data: either is worthless without the other.

use std::fmt;

use zeroize::Zeroizing;

use super::seal::{Random, Secret, VaultError};
use crate::domain::timestamp::Timestamp;

/// The keys. Wiped from memory when they are dropped.
pub struct Keys {
    blind_index: Secret,
    cursor: Secret,
    /// Never empty; ids rise.
    masters: Vec<MasterKey>,
}

/// A master key.
pub(super) struct MasterKey {
    pub(super) id: i32,
    pub(super) created_at: Timestamp,
    pub(super) secret: Secret,
}

impl Keys {
    /// The id of the master key that wraps now: the newest.
    pub fn active(&self) -> i32 {
        self.masters.last().map_or(0, |master| master.id)
    }

    /// Every master key's id and when it was made, oldest first.
    pub fn masters(&self) -> impl Iterator<Item = (i32, Timestamp)> {
        self.masters.iter().map(|master| (master.id, master.created_at))
    }

    pub(super) fn drawn(now: Timestamp, random: Random) -> Result<Keys, VaultError> {
        let (blind_index, cursor) = (draw(random)?, draw(random)?);
        let mut keys = Keys { blind_index, cursor, masters: Vec::new() };
        keys.add_master(now, random)?;
        Ok(keys)
    }

    pub(super) fn add_master(&mut self, now: Timestamp, random: Random) -> Result<(), VaultError> {
        let id = self.active().checked_add(1).ok_or(VaultError::NotSealed)?;
        self.masters.push(MasterKey { id, created_at: now, secret: draw(random)? });
        Ok(())
    }

    /// None where the master keys are not a list of rising ids from 1.
    pub(super) fn from_parts(
        blind_index: Secret,
        cursor: Secret,
        masters: Vec<MasterKey>,
    ) -> Option<Keys> {
        let rises = masters.is_sorted_by(|one, next| one.id < next.id);
        let is_whole = rises && masters.first().is_some_and(|first| first.id > 0);
        is_whole.then_some(Keys { blind_index, cursor, masters })
    }

    pub(super) fn blind_index(&self) -> &Secret {
        &self.blind_index
    }

    pub(super) fn cursor(&self) -> &Secret {
        &self.cursor
    }

    pub(super) fn master_keys(&self) -> &[MasterKey] {
        &self.masters
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = (i32, &Secret)> {
        self.masters.iter().map(|master| (master.id, &master.secret))
    }
}

fn draw(random: Random) -> Result<Secret, VaultError> {
    let mut secret = Zeroizing::new([0; 32]);
    random(secret.as_mut_slice())?;
    Ok(secret)
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys(active {}, …)", self.active())
    }
}
