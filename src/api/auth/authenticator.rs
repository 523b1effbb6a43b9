//! From a token to its caller: the issuer, its key, the signature, the claims; in this order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Caller;
use super::claims::{self, Expected};
use super::keys::{Algorithm, Key, Keys};
use super::local::LocalKey;
use super::remote::Remote;
use super::token::{Refused, Unproven};
use super::verified::{self, Verified};
use crate::config::{Issuer, KeySource, Settings};
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::timestamp::Timestamp;
use crate::vault::Vault;

/// Knows the issuers.
pub struct Authenticator {
    issuers: Vec<Known>,
    leeway: i64,
    /// Makes a pseudonym of a subject that may be somebody's number.
    vault: Arc<Vault>,
    verified: Verified,
    /// How often keys changed: what was verified under others is verified again.
    changes: Arc<AtomicU64>,
}

struct Known {
    issuer: String,
    audience: String,
    algorithms: Vec<Algorithm>,
    keys: Source,
}

enum Source {
    Fixed(Keys),
    Remote(Remote),
}

impl Authenticator {
    /// Opens key files, and makes the local key where an issuer has it and there is none.
    pub fn new(settings: &Settings, vault: &Arc<Vault>) -> Result<Authenticator, Problems> {
        let changes = Arc::new(AtomicU64::new(0));
        let known = |issuer: &Issuer| -> Result<Known, Problem> {
            let keys = match &issuer.keys {
                KeySource::Url(url) => Source::Remote(Remote::new(url, &settings.auth, &changes)),
                KeySource::File(path) => Source::Fixed(from_file(path)?),
                KeySource::Local => {
                    let (key, made) = LocalKey::open(&settings.data.folder)?;
                    if made {
                        let folder = settings.data.folder.display().to_string();
                        tracing::info!(folder, "made a key that signs tokens");
                    }
                    Source::Fixed(key.keys())
                }
            };
            let algorithms = issuer.algorithms.iter().copied();
            Ok(Known {
                issuer: issuer.issuer.clone(),
                audience: issuer.audience.clone(),
                algorithms: algorithms.filter_map(Algorithm::from_name).collect(),
                keys,
            })
        };
        let (mut issuers, mut problems) = (Vec::new(), Vec::new());
        for issuer in &settings.auth.issuers {
            match known(issuer) {
                Ok(known) => issuers.push(known),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let leeway = i64::try_from(settings.auth.leeway.as_secs()).unwrap_or(0);
        let (vault, verified) = (Arc::clone(vault), Verified::default());
        Ok(Authenticator { issuers, leeway, vault, verified, changes })
    }

    /// Whose token it is.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Caller>, Refused> {
        let digest = verified::of(token);
        let changes = self.changes.load(Ordering::Relaxed);
        if let Some(caller) = self.verified.get(&digest, now, changes) {
            return Ok(caller);
        }
        let unproven = Unproven::read(token)?;
        let issuer = self.issuers.iter().find(|known| known.issuer == unproven.issuer);
        let issuer = issuer.ok_or(Refused::Issuer)?;
        if !issuer.algorithms.contains(&unproven.algorithm) {
            return Err(Refused::Algorithm);
        }
        let key = issuer.key(&unproven.kid, now).await?;
        let claims = unproven.proven(&key)?;
        let expected = Expected { audience: &issuer.audience, leeway: self.leeway, now };
        let (mut caller, until) = claims::caller(&claims, &expected)?;
        // The one door: nothing behind it sees the number that an issuer names somebody by.
        caller.subject = self.vault.subject_of_token(&caller.subject);
        let caller = Arc::new(caller);
        // As of after the key was found: a fetch may just have changed the keys.
        let changes = self.changes.load(Ordering::Relaxed);
        self.verified.keep(digest, &caller, (now, until), changes);
        Ok(caller)
    }
}

impl Known {
    async fn key(&self, kid: &str, now: Timestamp) -> Result<Key, Refused> {
        match &self.keys {
            Source::Fixed(keys) => keys.get(kid).cloned().ok_or(Refused::KeyUnknown),
            Source::Remote(remote) => remote.key(kid, now).await,
        }
    }
}

fn from_file(path: &std::path::Path) -> Result<Keys, Problem> {
    let failed = |why: &dyn std::fmt::Display| {
        let message = Message::new("jwks_unusable").with("path", path.display()).with("why", why);
        Problem::at("auth.issuers", 0, message)
    };
    let text = std::fs::read(path).map_err(|error| failed(&error))?;
    Keys::read(&text).map_err(|error| failed(&error))
}
