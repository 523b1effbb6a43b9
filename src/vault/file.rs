//! Whole files, sealed part by part: they stream, and nobody reads, changes, reorders or shortens
//! them unseen. Each part is its length in four bytes and what the inbox key sealed; its label says
//! which file and part it is, and whether it is the last one. [`SealedFile`](super::sealed_file::SealedFile) reads it.

use std::io::{self, Write};

use zeroize::Zeroizing;

use super::Vault;

/// The plain bytes of a part; the last one may have fewer.
pub(super) const PART: usize = 256 * 1024;

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
