//! The key of an installation without an identity provider: in the data folder, for its owner alone.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{EncodingKey, Header};
use serde::Serialize;

use super::Role;
use super::keys::Keys;
use crate::domain::message::{Message, Problem};
use crate::domain::timestamp::Timestamp;

const FILE: &str = "token-key.pem";
const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// The key that signs and proves.
pub struct LocalKey {
    kid: String,
    public: Vec<u8>,
    signing: EncodingKey,
}

/// What a token says; the names are those of the claims.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Statement {
    /// Who issues it.
    pub iss: String,
    /// For which service.
    pub aud: String,
    /// Who is asking.
    pub sub: String,
    /// What the caller may be.
    pub role: &'static str,
    /// The source of a provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Where a reviewer or declaration office answers for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// The specialties of a reviewer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub specialties: Vec<String>,
    /// The categories of a reviewer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Whose record an individual reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
}

impl Statement {
    /// Of a role.
    #[must_use]
    pub fn of(role: Role, subject: &str) -> Statement {
        Statement { sub: subject.to_owned(), role: role.name(), ..Statement::default() }
    }
}

#[derive(Serialize)]
struct Claims<'s> {
    #[serde(flatten)]
    said: &'s Statement,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

impl LocalKey {
    /// Opens the key in a folder, or makes it; says whether it was made.
    pub fn open(folder: &Path) -> Result<(LocalKey, bool), Problem> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(pem) => {
                if is_open(&path) {
                    return Err(problem(&path, Message::new("token_key_open")));
                }
                let der = der(&pem).ok_or_else(|| unusable(&path, &"not a PKCS#8 PEM file"))?;
                Ok((LocalKey::of(&der).map_err(|why| unusable(&path, &why))?, false))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made = LocalKey::make(folder, &path);
                match made {
                    // Another process was quicker: its key is the one.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        LocalKey::open(folder)
                    }
                    Err(error) => Err(unusable(&path, &error)),
                    Ok(key) => Ok((key, true)),
                }
            }
            Err(error) => Err(unusable(&path, &error)),
        }
    }

    fn make(folder: &Path, path: &Path) -> io::Result<LocalKey> {
        let random = |_| io::Error::other("no random bytes");
        let pair = Ed25519KeyPair::generate().map_err(random)?;
        let der = pair.to_pkcs8v1().map_err(random)?;
        let mut made = DirBuilder::new();
        made.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut made, 0o700);
        made.create(folder)?;
        let text = format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(der.as_ref()));
        // Whole or not at all: a reader never meets half a key.
        let half = PathBuf::from(format!("{}.{}", path.display(), std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&half)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let linked = fs::hard_link(&half, path);
        fs::remove_file(&half)?;
        linked?;
        LocalKey::of(der.as_ref()).map_err(io::Error::other)
    }

    fn of(der: &[u8]) -> Result<LocalKey, String> {
        let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|why| why.to_string())?;
        let public = pair.public_key().as_ref().to_vec();
        let print: Vec<u8> = digest(&SHA256, &public).as_ref().iter().take(8).copied().collect();
        Ok(LocalKey { kid: hex::encode(print), public, signing: EncodingKey::from_ed_der(der) })
    }

    /// The key as one that proves.
    pub(super) fn keys(&self) -> Keys {
        Keys::of_ed25519(&self.kid, &self.public)
    }

    /// Signs a token that is valid for so many seconds.
    pub fn issue(&self, said: &Statement, now: Timestamp, seconds: i64) -> Result<String, Message> {
        let failed = |why: &dyn std::fmt::Display| Message::new("token_unsigned").with("why", why);
        let mut header = Header::new(jsonwebtoken::Algorithm::EdDSA);
        header.typ = Some("xueshi+jwt".to_owned());
        header.kid = Some(self.kid.clone());
        let at = now.micros().div_euclid(1_000_000);
        let jti = getrandom::u64().map_err(|error| failed(&error))?;
        let exp = at.saturating_add(seconds);
        let claims = Claims { said, iat: at, nbf: at, exp, jti: format!("{jti:016x}") };
        jsonwebtoken::encode(&header, &claims, &self.signing).map_err(|error| failed(&error))
    }
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).is_ok_and(|meta| meta.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}

fn der(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once(BEGIN)?;
    let (text, _) = rest.split_once(END)?;
    STANDARD.decode(text.split_whitespace().collect::<String>()).ok()
}

fn problem(path: &Path, message: Message) -> Problem {
    Problem::at("", 0, message.with("path", path.display()))
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> Problem {
    problem(path, Message::new("token_key_file").with("why", why))
}
