//! What came in is kept, sealed, in the data folder, so that it can be taken again.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::app::installation::new_file::sync_folder;
use crate::app::installation::open::make_folder;
use crate::app::service::Failure;
use crate::domain::ids::BatchId;
use crate::domain::message::Message;
use crate::vault::Vault;
use crate::vault::file::FileSealer;
use crate::vault::sealed_file::SealedFile;

/// Where pages are kept.
pub(super) struct Archive {
    folder: PathBuf,
}

/// A file in clear that is gone when it is dropped.
pub(super) struct Plain {
    path: PathBuf,
}

impl Plain {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = fs::remove_file(&self.path);
        let _ = self.path.parent().map(fs::remove_dir);
    }
}

impl Archive {
    pub(super) fn new(folder: PathBuf) -> Archive {
        Archive { folder }
    }

    fn path(&self, run: BatchId, page: i64) -> PathBuf {
        self.folder.join(run.to_string()).join(format!("{page}.sealed"))
    }

    /// Keeps a page, and gives its fingerprint. It is on the disk when this returns.
    pub(super) fn put(
        &self,
        vault: &Vault,
        run: BatchId,
        page: i64,
        from: &mut dyn Read,
    ) -> Result<[u8; 32], Failure> {
        let path = self.path(run, page);
        make_folder(path.parent().unwrap_or(&self.folder))?;
        let mut seal = || {
            let mut options = OpenOptions::new();
            let out = options.write(true).create(true).truncate(true).mode(0o600).open(&path)?;
            let mut sealer = FileSealer::new(vault, &label(run, page), out);
            let mut hash = Sha256::new();
            let mut part = Zeroizing::new(vec![0; 64 * 1024]);
            loop {
                let read = from.read(&mut part)?;
                let bytes = part.get(..read).unwrap_or_default();
                if bytes.is_empty() {
                    break;
                }
                hash.update(bytes);
                sealer.write_all(bytes)?;
            }
            sealer.finish()?.sync_all()?;
            sync_folder(&path)?;
            sync_folder(path.parent().unwrap_or(&self.folder))?;
            Ok(hash.finalize().into())
        };
        seal().map_err(|error: io::Error| unkept(&path, error))
    }

    /// A kept page that fits into memory.
    pub(super) fn bytes(
        &self,
        vault: &Arc<Vault>,
        run: BatchId,
        page: i64,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let path = self.path(run, page);
        let mut bytes = Zeroizing::default();
        let file = SealedFile::open(vault.clone(), &label(run, page), &path);
        let read = file.and_then(|mut file| file.read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|error| unkept(&path, error))
    }

    /// A kept file in clear, under its own name, for whoever reads it.
    pub(super) fn plain(
        &self,
        vault: &Arc<Vault>,
        run: BatchId,
        page: i64,
        name: &str,
    ) -> Result<Plain, Failure> {
        let path = self.path(run, page);
        let open = || {
            let name = Path::new(name).file_name().unwrap_or_default();
            let plain = Plain { path: path.with_extension("plain").join(name) };
            fs::create_dir_all(path.with_extension("plain"))?;
            let mut options = OpenOptions::new();
            let options = options.write(true).create(true).truncate(true).mode(0o600);
            let mut out = options.open(&plain.path)?;
            let mut from = SealedFile::open(vault.clone(), &label(run, page), &path)?;
            io::copy(&mut from, &mut out)?;
            Ok(plain)
        };
        open().map_err(|error: io::Error| unkept(&path, error))
    }

    /// Removes a page; one that is gone already is none that is kept.
    pub(super) fn remove(&self, run: BatchId, page: i64) -> Result<(), Failure> {
        let path = self.path(run, page);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unkept(&path, error)),
            _ => {
                // The last one takes the folder with it; one that is not empty stays.
                let _ = path.parent().map(fs::remove_dir);
                Ok(())
            }
        }
    }

    /// Forgets what a run that came to nothing kept.
    pub(super) fn forget(&self, run: BatchId) {
        // What cannot be removed now only takes room.
        let _ = fs::remove_dir_all(self.folder.join(run.to_string()));
    }
}

fn label(run: BatchId, page: i64) -> Vec<u8> {
    [b"feed page".as_slice(), &run.get().to_be_bytes(), &page.to_be_bytes()].concat()
}

fn unkept(path: &Path, error: io::Error) -> Failure {
    let message = Message::new("feed_page_unkept").with("path", path.display()).with("why", error);
    Failure::refused("", message)
}
