//! Opening an installation: its folder, its keys, its database.

use std::path::Path;
use std::sync::Arc;

use crate::app::service::{Failure, Service};
use crate::clock::Clock;
use crate::domain::message::Message;
use crate::domain::policy::judge::Judge;
use crate::random::Random;
use crate::store::{Store, StoreError, Surroundings, migrate};
use crate::vault::keys::Keys;
use crate::vault::{Vault, system_random};

/// An installation, open.
pub struct Opened {
    /// The use cases over it.
    pub service: Service,
    /// Whether its keys were made just now.
    pub new_keys: bool,
}

/// Opens an installation; an embedded database is made and brought up to date.
pub fn open(url: &str, readers: u32, folder: &Path, judge: Judge) -> Result<Opened, Failure> {
    let around = Surroundings { clock: Clock::System, random: Arc::new(Random::System) };
    let refused = |message: Message| Failure::refused("", message);
    std::fs::create_dir_all(folder).map_err(|error| {
        let message = Message::new("unwritable").with("path", folder.display());
        refused(message.with("why", error))
    })?;
    let path = folder.join("keys.toml");
    let (keys, new_keys) = Keys::load_or_create(&path, around.clock.now(), system_random)
        .map_err(|error| refused(error.message()))?;
    let vault = Arc::new(Vault::new(&keys)?);
    let store = match Store::open(url, readers, around.clone()) {
        Err(StoreError::Older(_)) if url.starts_with("sqlite") => {
            migrate::up(url)?;
            Store::open(url, readers, around)?
        }
        store => store?,
    };
    Ok(Opened { service: Service::new(store, vault, Arc::new(judge)), new_keys })
}
