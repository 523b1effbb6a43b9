//! A file that is there whole or not at all, and never takes the place of another.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::app::service::Failure;
use crate::domain::message::Message;

/// A file under way beside the place where it is to be; gone if it is dropped before.
pub struct NewFile {
    place: PathBuf,
    under_way: PathBuf,
}

impl NewFile {
    /// Begins an empty file that only its owner may read. Refused where something is in the place.
    pub fn begin(place: &Path) -> Result<NewFile, Failure> {
        let unwritable = |error| unwritable(place, &error);
        if place.try_exists().map_err(unwritable)? {
            return Err(exists(place));
        }
        NewFile::beside(place)
    }

    /// The same where something may be in the place.
    pub fn beside(place: &Path) -> Result<NewFile, Failure> {
        let unwritable = |error| unwritable(place, &error);
        let name =
            place.file_name().ok_or_else(|| unwritable(io::ErrorKind::IsADirectory.into()))?;
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", std::process::id()));
        let under_way = place.with_file_name(hidden);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&under_way)
            .map_err(unwritable)?;
        Ok(NewFile { place: place.to_owned(), under_way })
    }

    /// Where it is being written.
    pub fn path(&self) -> &Path {
        &self.under_way
    }

    /// Opens it for writing.
    pub fn open(&self) -> Result<File, Failure> {
        let opened = OpenOptions::new().write(true).read(true).truncate(true).open(&self.under_way);
        opened.map_err(|error| unwritable(&self.place, &error))
    }

    /// Puts it in its place; refused where something came to be there.
    pub fn finish(self) -> Result<(), Failure> {
        let finished = self.synced().and_then(|()| fs::hard_link(&self.under_way, &self.place));
        match finished.and_then(|()| sync_folder(&self.place)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(exists(&self.place)),
            Err(error) => Err(unwritable(&self.place, &error)),
            Ok(()) => Ok(()),
        }
    }

    /// Puts it in the place of whatever is there.
    pub fn replace(self) -> Result<(), Failure> {
        let replaced = self.synced().and_then(|()| fs::rename(&self.under_way, &self.place));
        replaced
            .and_then(|()| sync_folder(&self.place))
            .map_err(|error| unwritable(&self.place, &error))
    }

    fn synced(&self) -> io::Result<()> {
        File::open(&self.under_way)?.sync_all()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Whether it was linked into its place or given up: this name is not needed any more.
        let _ = fs::remove_file(&self.under_way);
    }
}

fn exists(place: &Path) -> Failure {
    Failure::refused("", Message::new("file_exists").with("path", place.display()))
}

/// What to say of a file that cannot be written.
pub fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let message = Message::new("unwritable").with("path", path.display());
    Failure::refused("", message.with("why", error))
}

/// Makes a change of names last.
pub fn sync_folder(place: &Path) -> io::Result<()> {
    let folder = match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}
