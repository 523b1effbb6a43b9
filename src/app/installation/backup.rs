//! A copy of an SQLite database, and putting one back.

use std::fs;
use std::path::{Path, PathBuf};

use crate::app::installation::new_file::{NewFile, sync_folder, unwritable};
use crate::app::installation::open::{fingerprint, keys_file, make_folder, of_another, of_keys};
use crate::app::service::Failure;
use crate::config::Settings;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::store::StoreError;
use crate::store::backup::{self, Alone, Examined};
use crate::vault::Vault;
use crate::vault::keys::Keys;

/// Copies the database into a new file while others write, and proves the copy. Its size.
pub fn backup(settings: &Settings, to: &Path) -> Result<u64, Failure> {
    let url = settings.database_url();
    let Some(file) = backup::file_of(&url)? else {
        let command = pg_dump(&url, to);
        return Err(Failure::refused("", Message::new("backup_pg_dump").with("command", command)));
    };
    if !file.exists() {
        let message = Message::new("database_missing").with("path", file.display());
        return Err(Failure::refused("", message));
    }
    let new = NewFile::begin(to)?;
    backup::copy(&url, new.path())?;
    let examined = examine(new.path(), to)?;
    if let Some(first) = examined.standing.pending.first() {
        return Err(StoreError::Older(first.clone()).into());
    }
    let size = fs::metadata(new.path()).map_err(|error| unwritable(to, &error))?.len();
    new.finish()?;
    Ok(size)
}

/// The command that copies a PostgreSQL database; the password stays where it is.
fn pg_dump(url: &str, to: &Path) -> String {
    let to = quoted(&to.display().to_string());
    format!("pg_dump --format=custom --file={to} {}", quoted(&without_password(url)))
}

/// The address without its password, from before the host or from among the parameters.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (address, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let address = match address.rsplit_once('@') {
        Some((who, host)) => {
            let user = who.split(':').next().unwrap_or_default();
            format!("{user}@{host}")
        }
        None => address.to_owned(),
    };
    let kept: Vec<&str> = parameters
        .split('&')
        .filter(|parameter| !parameter.is_empty() && !parameter.starts_with("password="))
        .collect();
    let parameters = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    format!("{scheme}://{address}{parameters}")
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@=".contains(c);
    if text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn examine(copy: &Path, named: &Path) -> Result<Examined, Failure> {
    let examined = backup::examine(copy);
    // What the proof left beside the copy.
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(copy, suffix));
    }
    examined.map_err(|error| match error {
        StoreError::Newer(_) | StoreError::Busy => error.into(),
        _ => {
            let message = Message::new("backup_damaged").with("path", named.display());
            let message = message.with("why", error);
            Failure::refused("", message)
        }
    })
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Puts a copy in the place of the database, after proving that it is whole and that the keys at hand
/// open it. Where there is a database, `replace` has to say so; that one is kept beside, and its new
/// name given back.
pub fn restore(
    settings: &Settings,
    from: &Path,
    replace: bool,
    now: Timestamp,
) -> Result<Option<PathBuf>, Failure> {
    let Some(file) = backup::file_of(&settings.database_url())? else {
        return Err(Failure::refused("", Message::new("restore_postgres")));
    };
    let there = file.try_exists().map_err(|error| unwritable(&file, &error))?;
    if there && !replace {
        let message = Message::new("restore_exists").with("path", file.display());
        return Err(Failure::refused("", message));
    }
    if fs::metadata(beside(from, "-wal")).is_ok_and(|log| log.len() > 0) {
        let message = Message::new("restore_has_log").with("path", from.display());
        return Err(Failure::refused("", message));
    }
    let path = keys_file(settings);
    let own = fingerprint(&Vault::new(&Keys::load(&path).map_err(of_keys)?)?);
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_folder(folder)?;
    }
    let new = NewFile::beside(&file)?;
    read_into(from, &new)?;
    let examined = examine(new.path(), from)?;
    if examined.fingerprint.is_some_and(|fingerprint| fingerprint != own) {
        return Err(of_another(&path));
    }
    if !there {
        without_log(&file)?;
        new.replace()?;
        return Ok(None);
    }
    let kept = beside(&file, &format!(".replaced-{}", now.micros()));
    let alone = match Alone::take(&file) {
        Err(StoreError::Busy) => {
            let message = Message::new("database_in_use").with("path", file.display());
            return Err(Failure::refused("", message));
        }
        // A database that cannot be opened any more is what copies are for.
        Err(_) => None,
        Ok(alone) => Some(alone),
    };
    let kept_so = fs::hard_link(&file, &kept).and_then(|()| match alone {
        // Its log may hold what could still be saved.
        None if beside(&file, "-wal").exists() => {
            fs::rename(beside(&file, "-wal"), beside(&kept, "-wal"))
        }
        _ => Ok(()),
    });
    kept_so.map_err(|error| unwritable(&kept, &error))?;
    without_log(&file)?;
    new.replace()?;
    drop(alone);
    Ok(Some(kept))
}

fn read_into(from: &Path, new: &NewFile) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| {
        let message = Message::new("unreadable").with("path", from.display());
        Failure::refused("", message.with("why", error))
    };
    let mut source = fs::File::open(from).map_err(unreadable)?;
    std::io::copy(&mut source, &mut new.open()?).map_err(unreadable)?;
    Ok(())
}

/// A log of another database beside this one would be played into it.
fn without_log(file: &Path) -> Result<(), Failure> {
    for suffix in ["-wal", "-shm", "-journal"] {
        let path = beside(file, suffix);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(unwritable(&path, &error));
            }
            _ => {}
        }
    }
    sync_folder(file).map_err(|error| unwritable(file, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_for_a_server_holds_no_password() {
        for (url, shown) in [
            ("postgres://me:secret@host:5432/x", "postgres://me@host:5432/x"),
            ("postgresql://me:a@secret@host/x", "postgresql://me@host/x"),
            ("postgres://host/x?user=me&password=secret", "'postgres://host/x?user=me'"),
            ("postgres://host/x?password=secret", "postgres://host/x"),
        ] {
            let command = pg_dump(url, Path::new("a b.dump"));
            assert_eq!(command, format!("pg_dump --format=custom --file='a b.dump' {shown}"));
        }
    }
}
