//! The bytes of a file, unpacked where they are packed, and never more of them than is allowed.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::refusal::{refuse, told};
use super::{Format, Limits};
use crate::domain::message::Message;

/// Below this, how many times its size a file unpacks to is of no interest.
pub(super) const HARMLESS: u64 = 16 << 20;

/// Bytes that are read from anywhere.
pub trait Stored: Read + Seek + Send {}

impl<T: Read + Seek + Send> Stored for T {}

/// How a file is opened, each time that it is read.
pub type Opening = Arc<dyn Fn(&Path) -> io::Result<Box<dyn Stored>> + Send + Sync>;

/// Of a file that anybody can read as it stands.
pub(super) fn as_it_stands() -> Opening {
    Arc::new(|path| {
        let file: Box<dyn Stored> = Box::new(std::fs::File::open(path)?);
        Ok(file)
    })
}

/// A file that may be read several times.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    opening: Opening,
    pub(crate) length: u64,
    pub(crate) packed: bool,
    pub(crate) format: Format,
    /// How many bytes of the file were read by the reader that was opened last.
    pub(super) read: Arc<AtomicU64>,
    limits: Limits,
}

impl Source {
    /// Looks at the beginning of a file that is as it stands.
    pub(crate) fn of_file(
        path: &Path,
        hint: Option<Format>,
        limits: &Limits,
    ) -> Result<Source, Message> {
        Source::open(path, as_it_stands(), hint, limits)
    }

    /// Looks at the beginning of the file.
    pub(crate) fn open(
        path: &Path,
        opening: Opening,
        hint: Option<Format>,
        limits: &Limits,
    ) -> Result<Source, Message> {
        let about = std::fs::metadata(path).map_err(|error| told(path, error))?;
        if !about.is_file() {
            return Err(told(path, io::Error::other("not a regular file")));
        }
        let length = opening(path).and_then(|mut file| file.seek(SeekFrom::End(0)));
        let length = length.map_err(|error| told(path, error))?;
        if length > limits.file_bytes {
            return Err(Message::new("file_too_large").with("most", limits.file_bytes >> 20));
        }
        let mut source = Source {
            path: path.to_owned(),
            opening,
            length,
            packed: false,
            format: Format::Csv,
            read: Arc::default(),
            limits: *limits,
        };
        let mut head = source.head()?;
        if head.starts_with(&[0x1f, 0x8b]) {
            source.packed = true;
            head = source.head()?;
        }
        source.format = format_of(&head, hint)?;
        if source.format == Format::Xlsx && source.length > limits.workbook_bytes {
            return Err(Message::new("file_too_large").with("most", limits.workbook_bytes >> 20));
        }
        Ok(source)
    }

    fn head(&self) -> Result<Vec<u8>, Message> {
        let mut head = Vec::new();
        let read = self.reader().and_then(|reader| reader.take(512).read_to_end(&mut head));
        read.map_err(|error| told(&self.path, error))?;
        Ok(head)
    }

    /// The bytes as they are.
    pub(super) fn stored(&self) -> io::Result<Box<dyn Stored>> {
        (self.opening)(&self.path)
    }

    /// The bytes, unpacked.
    pub(crate) fn reader(&self) -> io::Result<Box<dyn Read + Send>> {
        self.read.store(0, Ordering::Relaxed);
        let metered = Metered { file: self.stored()?, read: Arc::clone(&self.read) };
        // The file may have grown since it was measured.
        let bytes = metered.take(self.length);
        if !self.packed {
            return Ok(Box::new(bytes));
        }
        let inner = MultiGzDecoder::new(BufReader::with_capacity(1 << 16, bytes));
        Ok(Box::new(Unpacked { inner, given: 0, most: Most::new(self.length, &self.limits) }))
    }
}

/// What the file is: what its content says, and what was said of it where that leaves a choice.
fn format_of(head: &[u8], hint: Option<Format>) -> Result<Format, Message> {
    let differs = |hint: Format, found: &str| {
        Message::new("format_differs").with("said", hint.name()).with("found", found)
    };
    if head.starts_with(b"PK\x03\x04") {
        return match hint {
            None | Some(Format::Xlsx) => Ok(Format::Xlsx),
            Some(hint) => Err(differs(hint, "XLSX")),
        };
    }
    if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Message::new("old_workbook"));
    }
    let text = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head).trim_ascii_start();
    let found = if text.starts_with(b"{") { Format::Ndjson } else { Format::Csv };
    match hint {
        Some(Format::Xlsx) => Err(differs(Format::Xlsx, found.name())),
        hint => Ok(hint.unwrap_or(found)),
    }
}

/// How far a file may unpack.
#[derive(Clone, Copy)]
pub(super) struct Most {
    expanded: u64,
    by_ratio: u64,
    ratio: u64,
}

impl Most {
    pub(super) fn new(length: u64, limits: &Limits) -> Most {
        let by_ratio = length.saturating_mul(limits.ratio).max(HARMLESS);
        Most { expanded: limits.expanded_bytes, by_ratio, ratio: limits.ratio }
    }

    /// Refuses where so many bytes are too many.
    pub(super) fn check(&self, given: u64) -> Result<(), Message> {
        if given > self.expanded {
            return Err(Message::new("expands_too_far").with("most", self.expanded >> 20));
        }
        if given > self.by_ratio {
            return Err(Message::new("ratio_too_high").with("most", self.ratio));
        }
        Ok(())
    }
}

struct Unpacked<R> {
    inner: R,
    given: u64,
    most: Most,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(out).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput => refuse(Message::new("gzip_damaged")),
            _ => error,
        })?;
        self.given += u64::try_from(length).unwrap_or(u64::MAX);
        self.most.check(self.given).map_err(refuse)?;
        Ok(length)
    }
}

struct Metered {
    file: Box<dyn Stored>,
    read: Arc<AtomicU64>,
}

impl Read for Metered {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(out)?;
        self.read.fetch_add(u64::try_from(length).unwrap_or(0), Ordering::Relaxed);
        Ok(length)
    }
}
