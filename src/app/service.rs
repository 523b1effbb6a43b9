//! What every use case of the ledger needs, in one value.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::domain::ids::SourceId;
use crate::domain::ledger::sources::Source;
use crate::domain::message::Message;
use crate::domain::nearest::nearest;
use crate::domain::policy::judge::Judge;
use crate::store::sources::{ClientRow, SourceRow};
use crate::store::{Fails, Store, StoreError};
use crate::vault::{Vault, VaultError};

/// Store, vault, judge and clock.
#[derive(Clone)]
pub struct Service {
    /// The database.
    pub store: Store,
    /// Keys.
    pub vault: Arc<Vault>,
    /// The judge, with the policies.
    pub judge: Arc<Judge>,
    /// The time.
    pub clock: Clock,
    directory: Arc<RwLock<Remembered>>,
}

/// What was read last, and when.
type Remembered = Option<(Instant, Arc<Directory>)>;

/// Sources and clients, as they were read together.
pub struct Directory {
    /// Every source by id.
    pub sources: HashMap<SourceId, Arc<SourceRow>>,
    /// The same, as the rules of the ledger know them.
    pub facts: HashMap<SourceId, Source>,
    /// Who may post for what.
    pub clients: Vec<ClientRow>,
}

/// How long a change of sources that another process made may stay unseen.
const DIRECTORY_AGE: Duration = Duration::from_secs(5);

/// Why a use case could not be done. Its text is for the log; whoever asked is told its message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The request cannot be fulfilled; with the field that says why.
    #[error("refused: {}", .1.code)]
    Refused(String, Message),
    /// There is no such thing, or it is none of the asker's business.
    #[error("not found")]
    Absent,
    /// Something is as it should never be; what.
    #[error("{0}")]
    Internal(String),
}

impl Failure {
    /// A refusal because of a field.
    pub fn refused(field: &str, message: Message) -> Failure {
        Failure::Refused(field.to_owned(), message)
    }

    /// What was taken for granted and is not so.
    pub fn internal(what: impl Into<String>) -> Failure {
        Failure::Internal(what.into())
    }

    /// The message for whoever asked; of what is wrong inside, it says only that something is.
    pub fn message(&self) -> Message {
        match self {
            Failure::Store(error) => error.message().unwrap_or_else(|| Message::new("internal")),
            Failure::Vault(_) | Failure::Internal(_) => Message::new("internal"),
            Failure::Refused(_, message) => message.clone(),
            Failure::Absent => Message::new("not_found"),
        }
    }

    /// Whether it is for the log: whoever asked did nothing wrong.
    pub fn is_fault(&self) -> bool {
        !matches!(self, Failure::Refused(..) | Failure::Absent)
    }
}

impl Fails for Failure {
    fn is_retryable(&self) -> bool {
        matches!(self, Failure::Store(error) if error.is_retryable())
    }
}

impl Service {
    /// Joins the parts.
    pub fn new(store: Store, vault: Arc<Vault>, judge: Arc<Judge>) -> Service {
        let clock = store.surroundings().clock;
        Service { store, vault, judge, clock, directory: Arc::default() }
    }

    /// Sources and clients.
    pub async fn directory(&self) -> Result<Arc<Directory>, StoreError> {
        if let Some(known) = self.known_directory() {
            return Ok(known);
        }
        let (sources, clients) = self.store.read(read_directory).await?;
        Ok(self.remember(sources, clients))
    }

    /// The same, for a thread that may wait.
    pub fn directory_waiting(&self) -> Result<Arc<Directory>, StoreError> {
        if let Some(known) = self.known_directory() {
            return Ok(known);
        }
        let (sources, clients) = self.store.read_waiting(read_directory)?;
        Ok(self.remember(sources, clients))
    }

    /// Lets the next reader see what was changed.
    pub fn forget_directory(&self) {
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn known_directory(&self) -> Option<Arc<Directory>> {
        let known = self.directory.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = known.as_ref().filter(|(at, _)| at.elapsed() < DIRECTORY_AGE);
        fresh.map(|(_, directory)| directory.clone())
    }

    fn remember(&self, sources: Vec<SourceRow>, clients: Vec<ClientRow>) -> Arc<Directory> {
        let facts = sources.iter().map(|row| (row.id(), row.facts())).collect();
        let sources = sources.into_iter().map(|row| (row.id(), Arc::new(row))).collect();
        let directory = Arc::new(Directory { sources, facts, clients });
        let remembered = Some((Instant::now(), directory.clone()));
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = remembered;
        directory
    }
}

fn read_directory(
    tx: &mut crate::store::ReadTx<'_>,
) -> Result<(Vec<SourceRow>, Vec<ClientRow>), StoreError> {
    Ok((tx.sources()?, tx.clients()?))
}

impl Directory {
    /// A source by its code.
    pub fn source(&self, code: &str) -> Option<Arc<SourceRow>> {
        self.sources.values().find(|source| source.code == code).cloned()
    }

    /// A source by its code; refused with the nearest ones where there is none.
    pub fn named(&self, code: &str) -> Result<Arc<SourceRow>, Failure> {
        let absent = || {
            let known = self.sources.values().map(|source| source.code.as_str());
            let near = nearest(code, known).join(", ");
            let none = if near.is_empty() { "source_none" } else { "source_unknown" };
            let message = Message { code: none, args: Vec::new() }.with("code", code);
            Failure::refused("source", message.with("nearest", near))
        };
        self.source(code).ok_or_else(absent)
    }

    /// All sources, in order of their codes.
    pub fn ids(&self) -> Vec<SourceId> {
        let mut all: Vec<_> = self.sources.values().collect();
        all.sort_unstable_by(|a, b| a.code.cmp(&b.code));
        all.into_iter().map(|source| source.id()).collect()
    }

    /// The code of a source; its id where it is gone. Of what no source vouches for, `adjustment`.
    pub fn code(&self, id: SourceId) -> Box<str> {
        match self.sources.get(&id) {
            Some(source) => source.code.as_str().into(),
            None if id == SourceId::NONE => "adjustment".into(),
            None => id.to_string().into(),
        }
    }

    /// Whether a client may post for a source.
    pub fn may_post(&self, issuer: &str, subject: &str, source: &SourceRow) -> bool {
        let lets = |row: &&ClientRow| {
            row.active
                && row.source_id == source.source_id
                && row.issuer == issuer
                && row.subject == subject
        };
        source.active && self.clients.iter().any(|row| lets(&row))
    }
}
