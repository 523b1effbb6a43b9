//! The one opening of an installation: its folder, its database, its keys, and whether these belong
//! together.
//!
//! The database remembers the fingerprint of the blind-index key it was first used with. With any
//! other key nobody on record would be found again and everybody would be put on record a second
//! time, so such keys are refused; and once a database remembers one, no keys are made any more.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::service::{Failure, Service};
use crate::config::Settings;
use crate::domain::message::Message;
use crate::domain::policy::judge::Judge;
use crate::domain::timestamp::Timestamp;
use crate::store::backup::{FINGERPRINT, file_of};
use crate::store::sources::ClientRow;
use crate::store::{ReadTx, Store, StoreError, Surroundings, migrate};
use crate::vault::key_file::KeyFileError;
use crate::vault::keys::Keys;
use crate::vault::{Vault, WrappedKey, system_random};

/// The name under which the newest master key in use is remembered.
pub(super) const MASTER: &str = "master";

/// An installation that is open.
pub struct Opened {
    /// Everything the use cases need.
    pub service: Service,
    /// What whoever started it should know: what was made or changed.
    pub notes: Vec<Message>,
}

/// What happens where there is no database yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// An SQLite file is made.
    Made,
    /// It is refused: an empty database is not what is meant.
    Refused,
}

/// Opens the installation of the settings. An SQLite database is brought to this program's form, a
/// PostgreSQL database has to have it.
pub fn open(
    settings: &Settings,
    missing: Missing,
    judge: Judge,
    around: Surroundings,
) -> Result<Opened, Failure> {
    let url = &settings.database_url();
    let mut notes = Vec::new();
    make_folder(&settings.data.folder)?;
    if let Some(file) = file_of(url)? {
        prepare_file(&file, missing, &mut notes)?;
        let existed = notes.is_empty();
        let applied = migrate::up(url)?;
        if let Some(last) = applied.last().filter(|_| existed) {
            notes.push(Message::new("database_migrated").with("name", last));
        }
    }
    let writers = if file_of(url)?.is_some() { 0 } else { settings.database.writers };
    let connections = u32::try_from(settings.database.readers + writers).unwrap_or(u32::MAX);
    let clock = around.clock;
    let store = Store::open(url, connections, around)?;
    let path = keys_file(settings);
    let keys = keys(&store, &path, clock.now(), &mut notes)?;
    let vault = Vault::of_file(&keys, &path)?;
    belong_together(&store, &vault, &path)?;
    hide_subjects(&store, &vault)?;
    let service = Service::new(store, Arc::new(vault), Arc::new(judge));
    Ok(Opened { service, notes })
}

/// Brings the database of the settings to this program's form; what was applied.
pub fn migrate(settings: &Settings) -> Result<Vec<String>, Failure> {
    let url = settings.database_url();
    if let Some(file) = file_of(&url)? {
        prepare_file(&file, Missing::Made, &mut Vec::new())?;
    }
    Ok(migrate::up(&url)?)
}

/// Where the keys are.
pub fn keys_file(settings: &Settings) -> PathBuf {
    settings.data.folder.join("keys.toml")
}

/// What is remembered of the keys, as text.
pub fn fingerprint(vault: &Vault) -> String {
    hex::encode(vault.fingerprint())
}

/// What to say of keys that another installation uses.
pub fn of_another(path: &Path) -> Failure {
    Failure::refused("", Message::new("keys_of_another").with("path", path.display()))
}

/// A failure of the file of keys.
#[expect(clippy::needless_pass_by_value, reason = "it is passed to map_err by name")]
pub fn of_keys(error: KeyFileError) -> Failure {
    Failure::refused("", error.message())
}

/// Keys are made for a ledger in which there is nobody yet; afterwards they have to be there.
fn keys(
    store: &Store,
    path: &Path,
    now: Timestamp,
    notes: &mut Vec<Message>,
) -> Result<Keys, Failure> {
    let in_use = store.read_waiting(|tx| {
        Ok::<_, StoreError>(tx.installed(FINGERPRINT)?.is_some() || wrapped_key(tx)?.is_some())
    })?;
    if in_use {
        return Keys::load(path).map_err(of_keys);
    }
    let (keys, made) = Keys::load_or_create(path, now, system_random).map_err(of_keys)?;
    if made {
        notes.push(Message::new("keys_made").with("path", path.display()));
    }
    Ok(keys)
}

fn belong_together(store: &Store, vault: &Vault, path: &Path) -> Result<(), Failure> {
    let (remembered, newest, anybody) = store.read_waiting(|tx| {
        Ok::<_, StoreError>((tx.installed(FINGERPRINT)?, newest_master(tx)?, wrapped_key(tx)?))
    })?;
    let own = fingerprint(vault);
    match remembered {
        Some(remembered) if remembered != own => return Err(of_another(path)),
        // People who were on record before anything was remembered prove the keys.
        None if anybody.is_some_and(|key| vault.unwrap(&key).is_err()) => {
            return Err(of_another(path));
        }
        _ => {}
    }
    let active = vault.active();
    if newest.is_some_and(|newest| newest > active) {
        let message = Message::new("keys_former").with("path", path.display());
        return Err(Failure::refused("", message.with("id", newest.unwrap_or_default())));
    }
    if newest == Some(active) {
        return Ok(());
    }
    let remembered = store.write_waiting(move |tx| {
        tx.install_first(FINGERPRINT, &own)?;
        tx.install(MASTER, &active.to_string())?;
        let first = tx.installed(FINGERPRINT)?;
        Ok::<_, StoreError>(first.is_some_and(|first| first == own))
    })?;
    // Two installations that began at once with one database: the first one stays.
    if remembered { Ok(()) } else { Err(of_another(path)) }
}

/// Clients that were named before subjects had pseudonyms.
fn hide_subjects(store: &Store, vault: &Vault) -> Result<(), Failure> {
    let clients = store.read_waiting(|tx| tx.clients().map_err(Failure::from))?;
    for said in clients {
        let kept = ClientRow { subject: vault.subject(&said.subject), ..said.clone() };
        if kept.subject != said.subject {
            store.write_waiting(move |tx| tx.rename_client(&said, &kept))?;
        }
    }
    Ok(())
}

/// The wrapped key of somebody on record.
fn wrapped_key(tx: &mut ReadTx<'_>) -> Result<Option<WrappedKey>, StoreError> {
    let first = tx.keys_of_others(0, None, 1)?.pop();
    Ok(first.and_then(|row| Some(WrappedKey { master: row.master, bytes: row.wrapped? })))
}

/// Makes a folder that only its owner may look into; one that exists stays as it is.
pub fn make_folder(folder: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| crate::app::installation::new_file::unwritable(folder, &error))
}

/// SQLite gives the files beside the database the mode of the database.
fn prepare_file(file: &Path, missing: Missing, notes: &mut Vec<Message>) -> Result<(), Failure> {
    let unwritable = |error| crate::app::installation::new_file::unwritable(file, &error);
    if file.try_exists().map_err(unwritable)? {
        return Ok(());
    }
    if missing == Missing::Refused {
        let message = Message::new("database_missing").with("path", file.display());
        return Err(Failure::refused("", message));
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_folder(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unwritable(error)),
        Ok(_) => {
            notes.push(Message::new("database_made").with("path", file.display()));
            Ok(())
        }
    }
}

/// The newest master key that the database was used with.
pub(super) fn newest_master(tx: &mut ReadTx<'_>) -> Result<Option<i32>, StoreError> {
    let damaged = |_| StoreError::Damaged(format!("installation (name = {MASTER})"));
    tx.installed(MASTER)?.map(|id| id.parse().map_err(damaged)).transpose()
}
