//! Making, reading and rotating the keys of an installation, in the file `keys.toml`.

use std::path::Path;

use super::key_file::{KeyFileError, Lock, read, write};
use super::keys::Keys;
use super::seal::Random;
use crate::domain::timestamp::Timestamp;

impl Keys {
    /// Draws keys and writes them to a new file that only its owner can read. Where there is one
    /// already, it stays as it is.
    pub fn create(path: &Path, now: Timestamp, random: Random) -> Result<Keys, KeyFileError> {
        let _lock = Lock::of(path)?;
        if path.try_exists().map_err(|error| KeyFileError::unreadable(path, &error))? {
            return Err(KeyFileError::Exists(path.to_owned()));
        }
        let keys = Keys::drawn(now, random).map_err(KeyFileError::Vault)?;
        write(path, &keys)?;
        Ok(keys)
    }

    /// Reads the file. It is refused where others could read it, and where anything in it is
    /// damaged, missing or unknown.
    pub fn load(path: &Path) -> Result<Keys, KeyFileError> {
        read(path)
    }

    /// Reads the file, or makes one where there is none; says whether it was made.
    pub fn load_or_create(
        path: &Path,
        now: Timestamp,
        random: Random,
    ) -> Result<(Keys, bool), KeyFileError> {
        match Keys::load(path) {
            Err(KeyFileError::Missing(_)) => match Keys::create(path, now, random) {
                // Another process was faster.
                Err(KeyFileError::Exists(_)) => Keys::load(path).map(|keys| (keys, false)),
                made => made.map(|keys| (keys, true)),
            },
            read => read.map(|keys| (keys, false)),
        }
    }

    /// Adds a master key to the file, which becomes the active one; former ones stay.
    pub fn rotate(path: &Path, now: Timestamp, random: Random) -> Result<Keys, KeyFileError> {
        let _lock = Lock::of(path)?;
        let mut keys = Keys::load(path)?;
        keys.add_master(now, random).map_err(KeyFileError::Vault)?;
        write(path, &keys)?;
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::super::seal::system_random;
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    /// A folder of its own, gone with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("xueshi-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn keys(&self) -> PathBuf {
            self.0.join("keys.toml")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn same(one: &Keys, other: &Keys) -> bool {
        one.blind_index() == other.blind_index()
            && one.cursor() == other.cursor()
            && one.secrets().eq(other.secrets())
            && one.masters().eq(other.masters())
    }

    #[test]
    fn keys_are_read_as_they_were_written() {
        let folder = Folder::new("written");
        let path = folder.keys();
        assert_eq!(Keys::load(&path).unwrap_err(), KeyFileError::Missing(path.clone()));
        let (made, is_new) = Keys::load_or_create(&path, NOW, system_random).unwrap();
        assert!(is_new);
        let (read, is_new) = Keys::load_or_create(&path, NOW, system_random).unwrap();
        assert!(!is_new && same(&made, &read));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let refused = Keys::create(&path, NOW, system_random).unwrap_err();
        assert_eq!(refused, KeyFileError::Exists(path.clone()));

        let rotated = Keys::rotate(&path, NOW.next(), system_random).unwrap();
        assert!(rotated.masters().eq([(1, NOW), (2, NOW.next())]));
        assert_eq!((read.active(), rotated.active()), (1, 2));
        assert!(same(&rotated, &Keys::load(&path).unwrap()));
        assert_eq!(rotated.blind_index(), made.blind_index());
        assert_eq!(rotated.secrets().next(), made.secrets().next());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(format!("{rotated:?}"), "Keys(active 2, …)");
    }

    #[test]
    fn racing_processes_make_the_keys_once() {
        let folder = Folder::new("racing");
        let path = folder.keys();
        let make = || Keys::load_or_create(&path, NOW, system_random).unwrap();
        let all: Vec<(Keys, bool)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(all.iter().filter(|(_, is_new)| *is_new).count(), 1);
        assert!(all.iter().all(|(keys, _)| same(keys, &all[0].0)));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| Keys::rotate(&path, NOW, system_random).unwrap());
            }
        });
        assert_eq!(Keys::load(&path).unwrap().active(), 9);
    }

    #[test]
    fn keys_that_others_can_read_are_refused() {
        let folder = Folder::new("exposed");
        let path = folder.keys();
        Keys::create(&path, NOW, system_random).unwrap();
        for mode in [0o640, 0o604, 0o660, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = Keys::load(&path).unwrap_err();
            assert_eq!(refused, KeyFileError::Exposed(path.clone(), mode));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(Keys::load(&path).is_ok());
    }

    #[test]
    fn a_changed_file_is_refused() {
        let folder = Folder::new("changed");
        let path = folder.keys();
        Keys::create(&path, NOW, system_random).unwrap();
        Keys::rotate(&path, NOW, system_random).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        let refused = |text: &str| {
            fs::write(&path, text).unwrap();
            Keys::load(&path).unwrap_err()
        };
        let malformed = |line| KeyFileError::Malformed(path.clone(), line);
        let damaged = |name: &str| KeyFileError::Damaged(path.clone(), name.to_owned());

        // Any digit of any key, any id, any date.
        let keys = whole.match_indices("key = \"").map(|(at, key)| at + key.len() + 20);
        for (at, name) in keys.zip(["blind_index", "cursor", "master 1", "master 2"]) {
            let digit = if &whole[at..=at] == "0" { "1" } else { "0" };
            let mut text = whole.clone();
            text.replace_range(at..=at, digit);
            assert_eq!(refused(&text), damaged(name));
        }
        assert_eq!(refused(&whole.replace("id = 2", "id = 3")), damaged("master 3"));
        assert_eq!(refused(&whole.replace("2027-01", "2027-02")), damaged("master 1"));
        let (start, end) = whole.rsplit_once("\n[[master]]").unwrap();
        assert_eq!(refused(start), damaged("master"));
        assert_eq!(refused(&format!("{whole}\n[[master]]{end}")), damaged("master"));

        let line = |text: &str| whole.lines().position(|line| line == text).unwrap() + 1;
        let unknown = whole.replace("[cursor]", "[cursor]\nnote = \"mine\"");
        assert_eq!(refused(&unknown), malformed(line("[cursor]") + 1));
        assert_eq!(refused(&whole.replace("[cursor]", "[cursor")), malformed(line("[cursor]")));
        assert!(matches!(refused(""), KeyFileError::Malformed(..)));
        assert!(matches!(
            refused(&whole.replace("key = \"", "key = \"0")),
            KeyFileError::Malformed(..)
        ));
        let later = whole.replace("format = 1", "format = 2\nnew = true");
        assert_eq!(refused(&later), KeyFileError::Later(path.clone()));
        fs::write(&path, &whole).unwrap();
        assert!(Keys::load(&path).is_ok());
    }

    #[test]
    fn what_is_said_of_a_file_quotes_no_key() {
        let folder = Folder::new("quotes");
        let path = folder.keys();
        Keys::create(&path, NOW, system_random).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        let key = whole.split('"').find(|part| part.len() == 64).unwrap().to_owned();
        for text in [
            whole.replace(&format!("\"{key}\""), &key),
            whole.replace(&key, &format!("{key}{key}")),
            whole.replace("master_keys = 1", &format!("master_keys = \"{key}\"")),
            whole.replace("[cursor]", &format!("[cursor]\n{key} = 1")),
        ] {
            fs::write(&path, text).unwrap();
            let error = Keys::load(&path).unwrap_err();
            assert!(!format!("{error:?} {:?}", error.message()).contains(&key[..8]), "{error:?}");
        }
    }
}
