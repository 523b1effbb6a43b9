//! Which processes over a data folder are alive: each holds the lock of a file of its own, which the
//! system takes from a process that ends, however it ends.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// For how long the file of a process that is gone stays: longer than anybody asks after it.
const KEPT: Duration = Duration::from_hours(24 * 8);

/// The mark of this process.
pub struct Alive {
    name: String,
    folder: PathBuf,
    /// Locked until the process ends.
    lock: Option<File>,
}

impl Alive {
    /// Marks this process as alive, by a name that no other has. Where the data folder is not writable
    /// it has no mark: others wait for what it began.
    pub(super) fn mark(data: &Path, bits: u64) -> Alive {
        let (folder, name) = (data.join("alive"), format!("{bits:016x}"));
        let marked = || -> io::Result<File> {
            std::fs::create_dir_all(&folder)?;
            sweep(&folder)?;
            let file = OpenOptions::new().write(true).create_new(true).open(folder.join(&name))?;
            file.try_lock()?;
            Ok(file)
        };
        let lock = marked().map_err(|error| {
            let folder = folder.display();
            tracing::warn!(%error, %folder, "others cannot see that this process is alive");
        });
        Alive { lock: lock.ok(), name, folder }
    }

    /// The name of this process, where others can see whether it is alive.
    pub(super) fn name(&self) -> Option<&str> {
        self.lock.as_ref().map(|_| self.name.as_str())
    }

    /// Whether a process of this folder is gone. One that has no file here is another machine's, or of
    /// long ago: of it nothing is known.
    pub(super) fn is_gone(&self, name: &str) -> bool {
        let is_name = name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_name && name != self.name && is_free(&self.folder.join(name))
    }
}

/// Whether nobody holds the lock of a file that is there.
fn is_free(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock_shared().is_ok())
}

fn sweep(folder: &Path) -> io::Result<()> {
    for item in std::fs::read_dir(folder)? {
        let item = item?;
        let age = item.metadata()?.modified()?.elapsed().unwrap_or_default();
        if age > KEPT && is_free(&item.path()) {
            std::fs::remove_file(item.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_gone_once_its_lock_is() {
        let data = std::env::temp_dir().join(format!("xueshi-alive-{}", std::process::id()));
        std::fs::create_dir_all(&data).unwrap();
        let (one, other) = (Alive::mark(&data, 1), Alive::mark(&data, 2));
        let name = one.name().unwrap().to_owned();
        assert!(!other.is_gone(&name) && !one.is_gone(&name));
        drop(one);
        assert!(other.is_gone(&name));
        // Of another machine, or no name at all.
        assert!(!other.is_gone("0123456789abcdef") && !other.is_gone("../alive"));

        // Where nothing can be written, nobody is known.
        let file = data.join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(Alive::mark(&file, 3).name(), None);
        std::fs::remove_dir_all(&data).unwrap();
    }
}
