//! A new master key: the keys of all persons are wrapped by it instead of the former one.
//!
//! What the data keys sealed stays as it is. The new key is in the file before anything hangs on it;
//! the database remembers that a rotation is under way, so that one that was broken off is finished
//! and not begun a second time.

use std::collections::BTreeMap;
use std::path::Path;

use crate::app::installation::open::{MASTER, fingerprint, newest_master, of_another, of_keys};
use crate::app::service::{Failure, Service};
use crate::domain::timestamp::Timestamp;
use crate::store::StoreError;
use crate::store::people::KeyRow;
use crate::vault::keys::Keys;
use crate::vault::{Vault, WrappedKey, system_random};

/// The name under which a rotation is remembered while it is under way.
const ROTATION: &str = "rotation";

/// Keys of one transaction.
const PART: i64 = 500;

impl Service {
    /// Uses the newest master key, where another process made one: what is sealed from now on hangs on
    /// it. Says whether there is one that is not in the file of keys.
    pub async fn keep_up_with_keys(&self) -> Result<bool, Failure> {
        let newest = self.store.read(newest_master).await?;
        let newest = newest.filter(|newest| *newest > self.vault.active());
        Ok(newest.is_some_and(|newest| !self.vault.read_again(newest)))
    }
}

/// What a rotation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The master key that is active now.
    pub master: i32,
    /// Whether it was made, and not only a former rotation finished.
    pub made: bool,
    /// How many persons' keys it wraps that another one wrapped.
    pub rewrapped: u64,
}

/// A master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Master {
    /// Its id.
    pub id: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it is the one that wraps now.
    pub active: bool,
    /// How many persons' keys it wraps.
    pub people: i64,
}

/// Makes a new master key, or goes on with a rotation that was broken off, and wraps every person's
/// key by it; `finish` makes none in any case. `tell` hears how many are done.
pub fn rotate(
    service: &Service,
    keys: &Path,
    finish: bool,
    mut tell: impl FnMut(u64),
) -> Result<Rotated, Failure> {
    let store = &service.store;
    let under_way = store.read_waiting(|tx| tx.installed(ROTATION))?.is_some();
    let made = !under_way && !finish;
    let vault = if made {
        let now = service.clock.now();
        let vault = Vault::new(&Keys::rotate(keys, now, system_random).map_err(of_keys)?)?;
        let id = vault.active().to_string();
        store
            .write_waiting(move |tx| {
                tx.install(ROTATION, &id)?;
                tx.install(MASTER, &id)
            })
            .map_err(|error: StoreError| Failure::from(error))?;
        vault
    } else {
        Vault::new(&Keys::load(keys).map_err(of_keys)?)?
    };
    if fingerprint(&vault) != fingerprint(&service.vault) {
        return Err(of_another(keys));
    }
    let master = vault.active();
    let (mut rewrapped, mut after) = (0, None);
    loop {
        let rows = store.read_waiting(|tx| tx.keys_of_others(master, after, PART))?;
        let Some(last) = rows.last() else { break };
        after = Some(crate::domain::ids::PersonId::stored(last.person_id));
        let pairs = rows
            .into_iter()
            .map(|row| rewrapped_row(&vault, row))
            .collect::<Result<Vec<(KeyRow, KeyRow)>, Failure>>()?;
        rewrapped += store.write_waiting(move |tx| {
            let mut changed = 0;
            for (from, to) in &pairs {
                changed += u64::from(tx.rewrap_key(from, to)?);
            }
            Ok::<_, StoreError>(changed)
        })?;
        tell(rewrapped);
    }
    store
        .write_waiting(|tx| tx.uninstall(ROTATION))
        .map_err(|error: StoreError| Failure::from(error))?;
    Ok(Rotated { master, made, rewrapped })
}

fn rewrapped_row(vault: &Vault, row: KeyRow) -> Result<(KeyRow, KeyRow), Failure> {
    let bytes = row.wrapped.clone().ok_or_else(|| row.damaged())?;
    let wrapped = vault.rewrap(&WrappedKey { master: row.master, bytes })?;
    let to = KeyRow { master: wrapped.master, wrapped: Some(wrapped.bytes), ..row };
    Ok((row, to))
}

/// The master keys of the file, oldest first, and how many persons' keys each of them wraps.
pub fn masters(service: &Service, keys: &Path) -> Result<Vec<Master>, Failure> {
    let read = Keys::load(keys).map_err(of_keys)?;
    let people: BTreeMap<i32, i64> = service
        .store
        .read_waiting(|tx| tx.keys_by_master().map(|rows| rows.into_iter().collect()))
        .map_err(|error: StoreError| Failure::from(error))?;
    let master = |(id, created_at)| Master {
        id,
        created_at,
        active: id == read.active(),
        people: people.get(&id).copied().unwrap_or_default(),
    };
    Ok(read.masters().map(master).collect())
}
