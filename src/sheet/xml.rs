//! Looks through a workbook before it is read, for what would make reading it cost too much.
//!
//! The reader of workbooks keeps whole texts, tags, styles and the table of shared texts in memory, and
//! believes what the file says of their number. So every part that it may read is unpacked here once,
//! counted as it really is, and thrown away.

use std::io::{Read, Seek, SeekFrom};

use zip::ZipArchive;

use super::Limits;
use super::source::Most;
use crate::domain::message::Message;

/// The most bytes of a part that is not a sheet and not the table of texts.
const PART: u64 = 16 << 20;
/// The most parts, and the most bytes of their names.
const PARTS: u64 = 10_000;
const NAMES: u64 = 1 << 20;
/// The most styles, fonts, sheets and the like in a part.
const PIECES: u64 = 70_000;
const DEPTH: u32 = 256;
/// How much of a tag is looked at: name and attributes.
const TAG: usize = 4096;

fn damaged(why: impl std::fmt::Display) -> Message {
    Message::new("not_a_workbook").with("why", why)
}

fn excessive(what: &'static str) -> Message {
    Message::new("workbook_excessive").with("what", what)
}

/// Refuses a workbook that goes beyond the limits.
pub(crate) fn examine<R: Read + Seek>(reader: &mut R, limits: &Limits) -> Result<(), Message> {
    let length = directory(reader)?;
    reader.rewind().map_err(damaged)?;
    let mut archive = ZipArchive::new(reader).map_err(damaged)?;
    let most = Most::new(length, limits);
    let (mut total, mut chunk) = (0, vec![0; 1 << 16]);
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(damaged)?;
        let name = part.name().map_err(damaged)?;
        let ending = name.rsplit('.').next().unwrap_or_default();
        // The reader opens no other part: `Scan::relationship` sees to that.
        if !ending.eq_ignore_ascii_case("xml") && !ending.eq_ignore_ascii_case("rels") {
            continue;
        }
        let mut scan = Scan::new(limits);
        loop {
            let bytes = match part.read(&mut chunk).map_err(damaged)? {
                0 => break,
                length => chunk.get(..length).unwrap_or_default(),
            };
            total += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            most.check(total)?;
            scan.feed(bytes)?;
        }
    }
    Ok(())
}

/// The length of the file, and that its directory is of bearable size: opening the archive reads it all.
fn directory<R: Read + Seek>(reader: &mut R) -> Result<u64, Message> {
    let length = reader.seek(SeekFrom::End(0)).map_err(damaged)?;
    reader.rewind().map_err(damaged)?;
    let (mut entries, mut names) = (0u64, 0u64);
    let (mut window, mut kept) = (vec![0u8; (1 << 16) + 46], 0);
    loop {
        let read = reader.read(window.get_mut(kept..).unwrap_or_default()).map_err(damaged)?;
        let filled = window.get(..kept + read).unwrap_or_default();
        // At the end of the file what is kept has no successor to be looked at with.
        let looked_at = if read == 0 { filled.len() } else { filled.len().saturating_sub(46) };
        for at in 0..looked_at {
            let Some([b'P', b'K', 1, 2, rest @ ..]) = filled.get(at..) else {
                continue;
            };
            entries += 1;
            for place in [24, 26, 28] {
                let low = rest.get(place).copied().unwrap_or(0);
                let high = rest.get(place + 1).copied().unwrap_or(0);
                names += u64::from(u16::from_le_bytes([low, high]));
            }
        }
        if entries > PARTS || names > NAMES {
            return Err(excessive("parts"));
        }
        if read == 0 {
            return Ok(length);
        }
        let end = filled.len();
        window.copy_within(looked_at..end, 0);
        kept = end - looked_at;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Text,
    Tag,
    Comment,
    Data,
    Instruction,
}

/// Goes through the bytes of a part as a reader of XML would, and counts.
struct Scan<'l> {
    limits: &'l Limits,
    at: At,
    /// The beginning of the tag, from after `<`.
    tag: Vec<u8>,
    quote: Option<u8>,
    /// The two bytes before.
    before: [u8; 2],
    /// Bytes of the tag, comment or text so far.
    run: u64,
    /// Bytes of text since the last cell began.
    text: u64,
    depth: u32,
    size: u64,
    pieces: u64,
    /// Whether there are styles, sheets or names: what is not read cell by cell.
    kept_whole: bool,
    texts: u64,
    has_texts: bool,
}

impl<'l> Scan<'l> {
    fn new(limits: &'l Limits) -> Scan<'l> {
        Scan {
            limits,
            at: At::Text,
            tag: Vec::new(),
            quote: None,
            before: [0; 2],
            run: 0,
            text: 0,
            depth: 0,
            size: 0,
            pieces: 0,
            kept_whole: false,
            texts: 0,
            has_texts: false,
        }
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<(), Message> {
        for byte in bytes {
            self.step(*byte)?;
        }
        self.size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.run > self.limits.line_bytes || self.text > self.limits.line_bytes {
            return Err(excessive("text"));
        }
        if self.kept_whole && self.size > PART || self.pieces > PIECES || self.depth > DEPTH {
            return Err(excessive("styles"));
        }
        if self.has_texts && self.size > self.limits.text_bytes || self.texts > self.limits.texts {
            return Err(Message::new("too_many_texts"));
        }
        Ok(())
    }

    fn step(&mut self, byte: u8) -> Result<(), Message> {
        self.run += 1;
        match self.at {
            At::Text if byte == b'<' => self.enter(At::Tag),
            // UTF-16, in which nothing here would be recognised.
            At::Text | At::Tag if byte == 0 => return Err(damaged("NUL")),
            At::Tag => return self.in_tag(byte),
            At::Instruction if byte == b'>' && self.run == 1 => return Err(damaged("<?>")),
            At::Comment if byte == b'>' && self.before == *b"--" => self.enter(At::Text),
            At::Data if byte == b'>' && self.before == *b"]]" => self.enter(At::Text),
            At::Instruction if byte == b'>' && self.before[1] == b'?' => self.enter(At::Text),
            At::Text | At::Data => self.text += 1,
            At::Comment | At::Instruction => {}
        }
        self.before = [self.before[1], byte];
        Ok(())
    }

    fn enter(&mut self, at: At) {
        self.at = at;
        self.run = 0;
        self.before = [0; 2];
        if at == At::Tag {
            self.tag.clear();
            self.quote = None;
        }
    }

    fn in_tag(&mut self, byte: u8) -> Result<(), Message> {
        let closing = self.tag.first() == Some(&b'/');
        let is_quote = byte == b'"' || byte == b'\'';
        match self.quote {
            Some(quote) if quote == byte => self.quote = None,
            None if byte == b'>' => {
                let ended = self.end_tag();
                self.enter(At::Text);
                return ended;
            }
            // Readers differ in what such an end is, and what comes after it.
            None if is_quote && closing => return Err(damaged("</\">")),
            None if is_quote => self.quote = Some(byte),
            _ => {}
        }
        if self.tag.len() < TAG {
            self.tag.push(byte);
        }
        match self.tag.as_slice() {
            b"!--" => self.enter(At::Comment),
            b"![CDATA[" => self.enter(At::Data),
            b"?" => self.enter(At::Instruction),
            // No workbook has a document type; what declares entities means no good.
            tag if tag.first() == Some(&b'!')
                && !b"!--".starts_with(tag)
                && !b"![CDATA[".starts_with(tag) =>
            {
                return Err(Message::new("workbook_doctype"));
            }
            _ => {}
        }
        Ok(())
    }

    fn end_tag(&mut self) -> Result<(), Message> {
        if self.tag.first() == Some(&b'/') {
            self.depth = self.depth.saturating_sub(1);
            if self.depth <= 1 {
                self.text = 0;
            }
            return Ok(());
        }
        if self.tag.last() != Some(&b'/') {
            self.depth += 1;
        }
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'/';
        let name = self.tag.split(is_end).next().unwrap_or_default();
        let name = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
        match name {
            b"c" | b"row" => self.text = 0,
            b"si" => {
                self.text = 0;
                self.texts += 1;
            }
            b"sst" => {
                self.has_texts = true;
                // Room is made for as many as are announced.
                let announced =
                    attributes(&self.tag, b"uniqueCount").into_iter().map(decimal).max();
                if self.tag.len() == TAG || announced > Some(self.limits.texts) {
                    return Err(Message::new("too_many_texts"));
                }
            }
            b"numFmts" | b"fonts" | b"fills" | b"borders" | b"cellXfs" | b"cellStyleXfs" => {
                self.kept_whole = true;
            }
            b"numFmt" | b"font" | b"fill" | b"border" | b"xf" | b"mergeCell" => self.pieces += 1,
            // A formula that others share is kept for them.
            b"f" if !attributes(&self.tag, b"ref").is_empty() => self.pieces += 1,
            b"Relationship" => {
                self.pieces += 1;
                self.kept_whole = true;
                return self.relationship();
            }
            b"sheet" | b"definedName" => {
                self.pieces += 1;
                self.kept_whole = true;
            }
            _ => {}
        }
        Ok(())
    }

    /// What is read as a part of the workbook has to be named as one, so that it is looked through here.
    fn relationship(&self) -> Result<(), Message> {
        let parts: [&[u8]; 4] =
            [b"/officedocument", b"/worksheet", b"/chartsheet", b"/dialogsheet"];
        let tag = self.tag.to_ascii_lowercase();
        let is_part = |kind: &&[u8]| parts.iter().any(|part| kind.ends_with(part));
        let is_read = attributes(&tag, b"type").iter().any(is_part);
        let is_xml = attributes(&tag, b"target").iter().all(|target| target.ends_with(b".xml"));
        if is_read && !is_xml || tag.len() == TAG {
            return Err(damaged("Relationship"));
        }
        Ok(())
    }
}

/// The values of an attribute as they are written, more than one where it is written again; what only
/// looks like one inside of another's value counts too.
fn attributes<'t>(tag: &'t [u8], name: &[u8]) -> Vec<&'t [u8]> {
    let mut values = Vec::new();
    for at in 1..tag.len() {
        let (before, rest) = tag.split_at_checked(at).unwrap_or_default();
        let value = rest.strip_prefix(name).map(<[u8]>::trim_ascii_start);
        let value = value.and_then(|rest| rest.strip_prefix(b"=")).map(<[u8]>::trim_ascii_start);
        if let Some([quote @ (b'"' | b'\''), value @ ..]) = value
            && !before.last().is_some_and(u8::is_ascii_alphanumeric)
        {
            values.extend(value.split(|byte| byte == quote).next());
        }
    }
    values
}

/// Anything that is not a plain number counts as too large.
fn decimal(text: &[u8]) -> u64 {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(u64::MAX)
}
