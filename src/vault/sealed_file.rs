//! Sealed files that are read from anywhere: a workbook is read from its end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::Vault;
use super::file::{PART, label};

/// What [`FileSealer`](super::file::FileSealer) wrote, as the plain bytes.
pub struct SealedFile {
    vault: Arc<Vault>,
    name: Vec<u8>,
    file: File,
    parts: u64,
    length: u64,
    /// The part that is open, and its bytes.
    open: Option<u64>,
    plain: Zeroizing<Vec<u8>>,
    /// Whether the last part was opened.
    whole: bool,
    at: u64,
}

/// What comes before a part: its length. And what sealing adds to it: form, master key, nonce, tag.
const HEAD: u64 = 4;
const ADDED: u64 = HEAD + 5 + 12 + 16;

impl SealedFile {
    /// The file that `name` says.
    pub fn open(vault: Arc<Vault>, name: &[u8], path: &Path) -> io::Result<SealedFile> {
        let file = File::open(path)?;
        let stored = file.metadata()?.len();
        let (whole, rest) = (stored / whole_part(), stored % whole_part());
        let last = match rest {
            0 => 0,
            rest => rest.checked_sub(ADDED).ok_or(io::ErrorKind::InvalidData)?,
        };
        let parts = whole + u64::from(rest > 0);
        let length = whole * part_length() + last;
        let (name, plain) = (name.to_vec(), Zeroizing::default());
        Ok(SealedFile { vault, name, file, parts, length, open: None, plain, whole: false, at: 0 })
    }

    fn load(&mut self, part: u64) -> io::Result<()> {
        self.open = None;
        self.file.seek(SeekFrom::Start(part * whole_part()))?;
        let mut head = [0; 4];
        self.file.read_exact(&mut head)?;
        let length = u64::from(u32::from_be_bytes(head));
        if length > whole_part() - HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut sealed = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.file.read_exact(&mut sealed)?;
        let label = label(&self.name, part, part + 1 == self.parts);
        self.plain = self.vault.open_inbox(&label, &sealed).map_err(io::Error::other)?;
        self.open = Some(part);
        self.whole |= part + 1 == self.parts;
        Ok(())
    }
}

fn part_length() -> u64 {
    u64::try_from(PART).unwrap_or(u64::MAX)
}

fn whole_part() -> u64 {
    part_length() + ADDED
}

impl Read for SealedFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // A file without a last part was cut off, also where nothing is left of it.
        if self.at >= self.length && self.whole {
            return Ok(0);
        }
        let part = (self.at / part_length()).min(self.parts.saturating_sub(1));
        if self.open != Some(part) {
            self.load(part)?;
        }
        let from = usize::try_from(self.at - part * part_length()).map_err(io::Error::other)?;
        let mut rest = self.plain.get(from..).unwrap_or_default();
        let taken = rest.read(into)?;
        self.at += u64::try_from(taken).unwrap_or_default();
        Ok(taken)
    }
}

impl Seek for SealedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::PathBuf;

    use super::super::file::FileSealer;
    use super::*;
    use crate::domain::timestamp::Timestamp;
    use crate::vault::keys::Keys;
    use crate::vault::system_random;

    fn place(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xueshi-sealed-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder.join(name)
    }

    #[test]
    fn a_sealed_file_is_read_from_anywhere_and_only_whole() {
        let (keys, _) =
            Keys::load_or_create(&place("keys.toml"), Timestamp::from_micros(1), system_random)
                .unwrap();
        let vault = Arc::new(Vault::new(&keys).unwrap());
        for length in [0, 1, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 7] {
            let plain: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let path = place(&format!("{length}"));
            let file = File::create(&path).unwrap();
            let mut sealer = FileSealer::new(&vault, b"a", file);
            sealer.write_all(&plain).unwrap();
            sealer.finish().unwrap();
            let open = |name: &[u8]| SealedFile::open(vault.clone(), name, &path).unwrap();
            let mut all = Vec::new();
            open(b"a").read_to_end(&mut all).unwrap();
            assert!(all == plain, "{length}");
            assert!(open(b"b").read_to_end(&mut Vec::new()).is_err(), "another file");
            for at in [0, length / 2, length.saturating_sub(3), length, length + 9] {
                let mut file = open(b"a");
                let mut rest = Vec::new();
                file.seek(SeekFrom::End(0)).unwrap();
                file.seek(SeekFrom::Start(u64::try_from(at).unwrap())).unwrap();
                file.read_to_end(&mut rest).unwrap();
                assert!(rest == plain.get(at..).unwrap_or_default(), "{length} from {at}");
            }
            let stored = std::fs::read(&path).unwrap();
            let mut turned = stored.clone();
            *turned.last_mut().unwrap() ^= 1;
            std::fs::write(&path, &turned).unwrap();
            assert!(open(b"a").read_to_end(&mut Vec::new()).is_err(), "{length} changed");
            if let Some(rest) = stored.get(usize::try_from(whole_part()).unwrap()..)
                && !rest.is_empty()
            {
                std::fs::write(&path, rest).unwrap();
                let read = open(b"a").read_to_end(&mut Vec::new());
                assert!(read.is_err(), "{length} without its beginning");
            }
            let first = usize::try_from(whole_part()).unwrap().min(stored.len());
            for cut in [stored.len() - 1, first, 0].into_iter().filter(|cut| *cut < stored.len()) {
                std::fs::write(&path, &stored[..cut]).unwrap();
                let opened = SealedFile::open(vault.clone(), b"a", &path);
                let read = opened.and_then(|mut file| file.read_to_end(&mut Vec::new()));
                assert!(read.is_err(), "{length} cut to {cut}");
            }
        }
    }
}
