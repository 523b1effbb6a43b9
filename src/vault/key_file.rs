//! Reading and writing `keys.toml`.
//!
//! Every key has a check beside it: a key that a bad disk or a careless edit changed would otherwise
//! be noticed only by all that no longer opens, or worse, by people who are not found. No message
//! quotes the file.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::keys::{Keys, MasterKey};
use super::seal::{Secret, VaultError};
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;

/// Why there are no keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFileError {
    /// There is no such file.
    Missing(PathBuf),
    /// There is one already, and keys are never written over.
    Exists(PathBuf),
    /// It cannot be read: why.
    Unreadable(PathBuf, String),
    /// It cannot be written: why.
    Unwritable(PathBuf, String),
    /// Others than its owner may open it: its mode.
    Exposed(PathBuf, u32),
    /// Not TOML, or something in it is missing, unknown or not what it should be: the line.
    Malformed(PathBuf, usize),
    /// A key is not the one that was written: which.
    Damaged(PathBuf, String),
    /// Written by a later version of this program.
    Later(PathBuf),
    /// No keys could be drawn.
    Vault(VaultError),
}

impl KeyFileError {
    /// What to say of it.
    pub fn message(&self) -> Message {
        let of = |message: Message, path: &Path| message.with("path", path.display());
        match self {
            KeyFileError::Missing(path) => of(Message::new("keys_missing"), path),
            KeyFileError::Exists(path) => of(Message::new("keys_exist"), path),
            KeyFileError::Unreadable(path, why) => {
                of(Message::new("unreadable"), path).with("why", why)
            }
            KeyFileError::Unwritable(path, why) => {
                of(Message::new("keys_unwritable"), path).with("why", why)
            }
            KeyFileError::Exposed(path, mode) => {
                of(Message::new("keys_exposed"), path).with("mode", format!("{mode:04o}"))
            }
            KeyFileError::Malformed(path, line) => {
                of(Message::new("keys_malformed"), path).with("line", line)
            }
            KeyFileError::Damaged(path, name) => {
                of(Message::new("keys_damaged"), path).with("name", name)
            }
            KeyFileError::Later(path) => of(Message::new("keys_later"), path),
            KeyFileError::Vault(why) => why.message(),
        }
    }

    pub(super) fn unreadable(path: &Path, error: &io::Error) -> KeyFileError {
        match error.kind() {
            io::ErrorKind::NotFound => KeyFileError::Missing(path.to_owned()),
            _ => KeyFileError::Unreadable(path.to_owned(), error.to_string()),
        }
    }

    fn unwritable(path: &Path, error: &io::Error) -> KeyFileError {
        KeyFileError::Unwritable(path.to_owned(), error.to_string())
    }
}

/// One process at a time writes the keys. The file of the lock stays: removing it would let two in.
pub(super) struct Lock(#[expect(dead_code, reason = "it is locked as long as it is open")] File);

impl Lock {
    pub(super) fn of(path: &Path) -> Result<Lock, KeyFileError> {
        let lock = beside(path, ".lock");
        let mut options = OpenOptions::new();
        let opened = options.create(true).truncate(false).write(true).mode(0o600).open(&lock);
        let locked = opened.and_then(|file| file.lock().map(|()| Lock(file)));
        locked.map_err(|error| KeyFileError::unwritable(&lock, &error))
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

const FORMAT: u32 = 1;

/// Longer than any number of rotations makes it.
const LONGEST: u64 = 1 << 20;

/// The names in the file, and in what is said of a damaged key.
const BLIND_INDEX: &str = "blind_index";
const CURSOR: &str = "cursor";
const MASTER: &str = "master";

#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keyring {
    #[serde(rename = "format")]
    _format: u32,
    /// How many, so that a lost end of the file is noticed.
    master_keys: usize,
    blind_index: Lasting,
    cursor: Lasting,
    master: Vec<Numbered>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lasting {
    key: Hexadecimal,
    check: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbered {
    id: i32,
    created_at: Timestamp,
    key: Hexadecimal,
    check: String,
}

/// A key, decoded from where it stands: no other text of it is made.
struct Hexadecimal(Secret);

impl<'de> Deserialize<'de> for Hexadecimal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Hexadecimal, D::Error> {
        struct Digits;
        impl Visitor<'_> for Digits {
            type Value = Hexadecimal;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("64 hexadecimal digits")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hexadecimal, E> {
                let mut secret = Secret::default();
                hex::decode_to_slice(text, secret.as_mut_slice())
                    .map_err(|_| E::custom("not 64 hexadecimal digits"))?;
                Ok(Hexadecimal(secret))
            }
        }
        from.deserialize_str(Digits)
    }
}

pub(super) fn read(path: &Path) -> Result<Keys, KeyFileError> {
    let text = owner_only(path)?;
    let malformed = |error: &toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        KeyFileError::Malformed(path.to_owned(), before.split('\n').count())
    };
    let Format { format } = toml::from_str(&text).map_err(|error| malformed(&error))?;
    if format > FORMAT {
        return Err(KeyFileError::Later(path.to_owned()));
    }
    let file: Keyring = toml::from_str(&text).map_err(|error| malformed(&error))?;
    let damaged = |name: String| Err(KeyFileError::Damaged(path.to_owned(), name));
    for (name, lasting) in [(BLIND_INDEX, &file.blind_index), (CURSOR, &file.cursor)] {
        if check(name, None, &lasting.key.0) != lasting.check {
            return damaged(name.to_owned());
        }
    }
    for master in &file.master {
        if check(MASTER, Some((master.id, master.created_at)), &master.key.0) != master.check {
            return damaged(format!("{MASTER} {}", master.id));
        }
    }
    let count = file.master.len();
    let master =
        |one: Numbered| MasterKey { id: one.id, created_at: one.created_at, secret: one.key.0 };
    let masters = file.master.into_iter().map(master).collect();
    match Keys::from_parts(file.blind_index.key.0, file.cursor.key.0, masters) {
        Some(keys) if format == FORMAT && count == file.master_keys => Ok(keys),
        _ => damaged(MASTER.to_owned()),
    }
}

/// The text of a file that only its owner may open.
fn owner_only(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let unreadable = |error: io::Error| KeyFileError::unreadable(path, &error);
    let file = File::open(path).map_err(unreadable)?;
    // Of what was opened, not of what the path names by now.
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.mode() & 0o077 != 0 {
        return Err(KeyFileError::Exposed(path.to_owned(), metadata.mode() & 0o7777));
    }
    // In one piece, so that no smaller piece is left in memory.
    let length = metadata.len().min(LONGEST);
    let mut text =
        Zeroizing::new(String::with_capacity(usize::try_from(length).unwrap_or_default() + 1));
    file.take(length).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

/// All of the new file or all of the former one, whenever the machine stops.
pub(super) fn write(path: &Path, keys: &Keys) -> Result<(), KeyFileError> {
    let new = beside(path, ".new");
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let written = || -> io::Result<()> {
        // What a stopped process left behind.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(text(keys).as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        File::open(folder)?.sync_all()
    };
    written().map_err(|error| {
        // It holds keys; that it cannot be removed either changes nothing of what is said.
        let _ = fs::remove_file(&new);
        KeyFileError::unwritable(path, &error)
    })
}

const HEADING: &str = "\
# 学时的密钥。请妥善备份，且不要与数据放在同一处；失去此文件，已封存的身份信息无法再打开。
# The keys of xueshi. Back this file up, apart from the data: without it nothing sealed opens again.
";

fn text(keys: &Keys) -> Zeroizing<String> {
    let masters = keys.master_keys();
    // Enough for all of it, so that no smaller piece is left in memory.
    let mut text = Zeroizing::new(String::with_capacity(1024 + 256 * masters.len()));
    text.push_str(HEADING);
    let mut line = |head: &str, secret: Option<&Secret>, tail: &str| {
        text.push_str(head);
        if let Some(secret) = secret {
            let mut digits = Zeroizing::new([0; 64]);
            // The lengths fit.
            let _ = hex::encode_to_slice(secret.as_slice(), digits.as_mut_slice());
            text.push_str("key = \"");
            text.push_str(std::str::from_utf8(digits.as_slice()).unwrap_or_default());
            text.push('"');
        }
        text.push_str(tail);
        text.push('\n');
    };
    line(&format!("format = {FORMAT}\nmaster_keys = {}", masters.len()), None, "");
    for (name, secret) in [(BLIND_INDEX, keys.blind_index()), (CURSOR, keys.cursor())] {
        let tail = format!("\ncheck = \"{}\"", check(name, None, secret));
        line(&format!("\n[{name}]\n"), Some(secret), &tail);
    }
    for MasterKey { id, created_at, secret } in masters {
        let tail = format!("\ncheck = \"{}\"", check(MASTER, Some((*id, *created_at)), secret));
        let head = format!("\n[[{MASTER}]]\nid = {id}\ncreated_at = \"{created_at}\"\n");
        line(&head, Some(secret), &tail);
    }
    text
}

/// Eight bytes of a hash, which say nothing of 32 random ones.
fn check(name: &str, numbered: Option<(i32, Timestamp)>, secret: &Secret) -> String {
    let mut hash = Sha256::new();
    hash.update(b"xueshi/key-check/v1\0");
    hash.update(name.as_bytes());
    hash.update([0]);
    if let Some((id, created_at)) = numbered {
        hash.update(id.to_be_bytes());
        hash.update(created_at.micros().to_be_bytes());
    }
    hash.update(secret.as_slice());
    let mut check = String::with_capacity(16);
    for byte in hash.finalize().iter().take(8) {
        let _ = write!(check, "{byte:02x}");
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By another implementation of SHA-256: what was written stays readable.
    #[test]
    fn a_check_is_what_it_was() {
        let secret = Secret::new([7; 32]);
        assert_eq!(check(CURSOR, None, &secret), "2de324f813410be2");
        let numbered = Some((2, Timestamp::from_micros(1)));
        assert_eq!(check(MASTER, numbered, &secret), "8ec69866ea3cc73b");
    }
}
