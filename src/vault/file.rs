//! Whole files, sealed part by part: they stream, and nobody reads, changes, reorders or shortens
//! them unseen. Each part is its length in four bytes and what the inbox key sealed; its label says
//! which file and part it is, and whether it is the last one.

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use super::Vault;

/// The plain bytes of a part; the last one may have fewer.
pub(super) const PART: usize = 256 * 1024;

/// What sealing adds to a part, and more.
const OVERHEAD: usize = 1024;

pub(super) fn label(file: &[u8], part: u64, last: bool) -> Vec<u8> {
    [b"file".as_slice(), &part.to_be_bytes(), &[u8::from(last)], file].concat()
}

/// Seals what is written.
pub struct FileSealer<'v, W: Write> {
    vault: &'v Vault,
    file: Vec<u8>,
    part: u64,
    plain: Zeroizing<Vec<u8>>,
    out: W,
}

impl<'v, W: Write> FileSealer<'v, W> {
    /// A new file; `file` says which one it is.
    pub fn new(vault: &'v Vault, file: &[u8], out: W) -> FileSealer<'v, W> {
        let plain = Zeroizing::new(Vec::with_capacity(PART));
        FileSealer { vault, file: file.to_vec(), part: 0, plain, out }
    }

    fn put(&mut self, last: bool) -> io::Result<()> {
        let label = label(&self.file, self.part, last);
        let sealed = self.vault.seal_inbox(&label, &self.plain).map_err(io::Error::other)?;
        let length = u32::try_from(sealed.len()).map_err(io::Error::other)?;
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(&sealed)?;
        self.plain.clear();
        self.part += 1;
        Ok(())
    }

    /// Writes the last part; without it the file does not open.
    pub fn finish(mut self) -> io::Result<W> {
        self.put(true)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Write for FileSealer<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.plain.len() == PART {
            self.put(false)?;
        }
        let taken = bytes.len().min(PART - self.plain.len());
        self.plain.extend(bytes.iter().take(taken));
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        // A part goes out when it is full.
        Ok(())
    }
}

/// Opens what was sealed.
pub struct FileOpener<'v, R: Read> {
    vault: &'v Vault,
    file: Vec<u8>,
    part: u64,
    plain: Zeroizing<Vec<u8>>,
    read: usize,
    ended: bool,
    from: R,
}

impl<'v, R: Read> FileOpener<'v, R> {
    /// The file that `file` says.
    pub fn new(vault: &'v Vault, file: &[u8], from: R) -> FileOpener<'v, R> {
        let (file, plain) = (file.to_vec(), Zeroizing::default());
        FileOpener { vault, file, part: 0, plain, read: 0, ended: false, from }
    }

    fn next_part(&mut self) -> io::Result<()> {
        let mut length = [0; 4];
        self.from.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
        if length > PART + OVERHEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut sealed = vec![0; length];
        self.from.read_exact(&mut sealed)?;
        let inner = label(&self.file, self.part, false);
        let opened = self.vault.open_inbox(&inner, &sealed).or_else(|_| {
            self.ended = true;
            self.vault.open_inbox(&label(&self.file, self.part, true), &sealed)
        });
        self.plain = opened.map_err(io::Error::other)?;
        (self.read, self.part) = (0, self.part + 1);
        Ok(())
    }
}

impl<R: Read> Read for FileOpener<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.plain.len() {
            if self.ended {
                return Ok(0);
            }
            self.next_part()?;
        }
        let mut rest = self.plain.get(self.read..).unwrap_or_default();
        let taken = rest.read(into)?;
        self.read += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;
    use crate::vault::keys::Keys;
    use crate::vault::system_random;

    fn vault() -> Vault {
        let folder = std::env::temp_dir().join(format!("xueshi-file-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let now = Timestamp::from_micros(1);
        let (keys, _) =
            Keys::load_or_create(&folder.join("keys.toml"), now, system_random).unwrap();
        Vault::new(&keys).unwrap()
    }

    fn sealed(vault: &Vault, file: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealer = FileSealer::new(vault, file, Vec::new());
        sealer.write_all(plain).unwrap();
        sealer.finish().unwrap()
    }

    fn opened(vault: &Vault, file: &[u8], sealed: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        FileOpener::new(vault, file, sealed).read_to_end(&mut plain).map(|_| plain)
    }

    #[test]
    fn a_file_reads_back_and_nothing_of_it_can_be_changed() {
        let vault = vault();
        for length in [0, 1, PART - 1, PART, PART + 1, 3 * PART + 7] {
            let plain: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let kept = sealed(&vault, b"a", &plain);
            assert!(opened(&vault, b"a", &kept).unwrap() == plain, "{length}");
            assert!(opened(&vault, b"b", &kept).is_err(), "another file");
            let mut turned = kept.clone();
            *turned.last_mut().unwrap() ^= 1;
            assert!(opened(&vault, b"a", &turned).is_err(), "changed");
            assert!(opened(&vault, b"a", &kept[..kept.len() - 1]).is_err(), "cut");
        }
        // Cut off after whole parts, it lacks its last one.
        let kept = sealed(&vault, b"a", &vec![7; 2 * PART]);
        let first = 4 + usize::try_from(u32::from_be_bytes(kept[..4].try_into().unwrap())).unwrap();
        assert!(opened(&vault, b"a", &kept[..first]).is_err());
        assert!(opened(&vault, b"a", &kept[first..]).is_err(), "reordered");
    }
}
