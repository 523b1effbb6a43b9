//! Archives written by hand: the same bytes each time, and parts that unpack to far more than they are.

use std::io::{Cursor, Read};

use flate2::{Compress, Compression, Crc, FlushCompress};
use zip::ZipArchive;

const MIB: usize = 1 << 20;

/// A part as it is packed.
struct Part {
    name: String,
    packed: Vec<u8>,
    check: u32,
    size: u64,
}

/// The parts of an archive.
pub(super) struct Parts(Vec<(String, String)>);

/// The parts of an archive, each altered as text.
pub(super) fn repacked(bytes: &[u8], how: impl Fn(&str, String) -> String) -> Parts {
    let mut parts = Vec::new();
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return Parts(parts) };
    for index in 0..archive.len() {
        let Ok(mut part) = archive.by_index(index) else { continue };
        let Ok(name) = part.name().map(|name| name.to_string()) else { continue };
        let mut text = String::new();
        // A workbook of our own holds nothing but text.
        if part.read_to_string(&mut text).is_ok() {
            let text = how(&name, text);
            parts.push((name, text));
        }
    }
    Parts(parts)
}

impl Parts {
    /// The archive.
    pub(super) fn archive(self) -> Vec<u8> {
        archive(
            &self
                .0
                .into_iter()
                .map(|(name, text)| packed(name, text.as_bytes()))
                .collect::<Vec<Part>>(),
        )
    }
}

/// The archive with its first sheet blown up by so many MiB of blanks among its rows.
pub(super) fn inflated(parts: Parts, mebibytes: u64) -> Vec<u8> {
    let blown = |(name, text): (String, String)| {
        if name != "xl/worksheets/sheet1.xml" {
            return packed(name, text.as_bytes());
        }
        let (before, after) = text.split_at(text.find("</sheetData>").unwrap_or(text.len()));
        blown_up(name, before.as_bytes(), mebibytes, after.as_bytes())
    };
    archive(&parts.0.into_iter().map(blown).collect::<Vec<Part>>())
}

fn deflated(bytes: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 1024);
    let mut packer = Compress::new(Compression::best(), false);
    // There is room for everything, so once is enough.
    let _ = packer.compress_vec(bytes, &mut out, flush);
    out
}

fn checked(bytes: &[u8]) -> Crc {
    let mut check = Crc::new();
    check.update(bytes);
    check
}

fn packed(name: String, bytes: &[u8]) -> Part {
    Part {
        name,
        packed: deflated(bytes, FlushCompress::Finish),
        check: checked(bytes).sum(),
        size: u64::try_from(bytes.len()).unwrap_or(0),
    }
}

/// After a full flush nothing refers back, so a packed piece may be repeated as it is.
fn blown_up(name: String, before: &[u8], mebibytes: u64, after: &[u8]) -> Part {
    let blanks = vec![b' '; MIB];
    let piece = deflated(&blanks, FlushCompress::Full);
    let of_piece = checked(&blanks);
    let mut packed = deflated(before, FlushCompress::Full);
    let mut check = checked(before);
    for _ in 0..mebibytes {
        packed.extend_from_slice(&piece);
        check.combine(&of_piece);
    }
    packed.extend(deflated(after, FlushCompress::Finish));
    check.combine(&checked(after));
    let ends = u64::try_from(before.len() + after.len()).unwrap_or(0);
    Part { name, packed, check: check.sum(), size: mebibytes * (1 << 20) + ends }
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

fn long(number: u64) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

/// What the local header and the directory both say of a part: version, UTF-8, deflated, 1 January 1980.
fn header(part: &Part) -> Vec<u8> {
    let packed = u64::try_from(part.packed.len()).unwrap_or(0);
    let mut said = Vec::new();
    for number in [20, 0x800, 8, 0, 0x21] {
        said.extend(short(number));
    }
    said.extend(part.check.to_le_bytes());
    said.extend(long(packed));
    said.extend(long(part.size));
    said.extend(short(part.name.len()));
    said.extend(short(0));
    said
}

fn archive(parts: &[Part]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let length = |bytes: &Vec<u8>| u64::try_from(bytes.len()).unwrap_or(0);
    for part in parts {
        let at = length(&out);
        out.extend(b"PK\x03\x04");
        out.extend(header(part));
        out.extend(part.name.as_bytes());
        out.extend(&part.packed);
        directory.extend(b"PK\x01\x02");
        directory.extend(short(20));
        directory.extend(header(part));
        // No comment, the first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(long(at));
        directory.extend(part.name.as_bytes());
    }
    let at = length(&out);
    let size = length(&directory);
    out.extend(directory);
    out.extend(b"PK\x05\x06");
    out.extend([0; 4]);
    out.extend(short(parts.len()));
    out.extend(short(parts.len()));
    out.extend(long(size));
    out.extend(long(at));
    out.extend(short(0));
    out
}
