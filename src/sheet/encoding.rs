//! Which encoding a text has, UTF-8 or GB18030, and the text itself.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8};

use super::refusal::refuse;
use crate::domain::message::Message;

/// How much is read at a time.
const CHUNK: usize = 1 << 16;

/// The whole text; `None` where it is in neither encoding.
pub fn decode(bytes: &[u8]) -> Option<String> {
    let mut detector = Detector::default();
    detector.feed(bytes);
    let encoding = detector.finish()?;
    encoding.decode_with_bom_removal(bytes).0.into_owned().into()
}

/// Looks through a text in pieces and says its encoding at the end.
#[derive(Default)]
pub(crate) struct Detector {
    /// Characters of three bytes and more, which Han characters are.
    wide: u64,
    /// Places that are not UTF-8.
    broken: u64,
    /// Bytes of zero: this is no text, or UTF-16.
    nul: bool,
    /// The beginning of a character whose end is in the next piece.
    rest: Vec<u8>,
    strict: Option<Decoder>,
    not_gb18030: bool,
}

impl Detector {
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.nul |= bytes.contains(&0);
        self.try_gb18030(bytes, false);
        let joined;
        let mut left = bytes;
        if !self.rest.is_empty() {
            joined = [std::mem::take(&mut self.rest).as_slice(), bytes].concat();
            left = &joined;
        }
        loop {
            let (valid, after) = match std::str::from_utf8(left) {
                Ok(_) => (left, None),
                Err(error) => {
                    let (valid, rest) =
                        left.split_at_checked(error.valid_up_to()).unwrap_or((left, &[]));
                    (valid, Some((rest, error.error_len())))
                }
            };
            self.wide += count(valid.iter().filter(|byte| **byte >= 0xe0).count());
            match after {
                None => return,
                Some((rest, None)) => {
                    self.rest = rest.to_vec();
                    return;
                }
                Some((rest, Some(length))) => {
                    self.broken += 1;
                    left = rest.get(length..).unwrap_or_default();
                }
            }
        }
    }

    /// Whether the text reads as GB18030 is only known at its end.
    fn try_gb18030(&mut self, bytes: &[u8], last: bool) {
        if self.not_gb18030 || bytes.is_ascii() && self.strict.is_none() {
            return;
        }
        let decoder = self.strict.get_or_insert_with(|| GB18030.new_decoder_without_bom_handling());
        let mut left = bytes;
        let mut thrown_away = [0u8; 4096];
        loop {
            let (result, read, _) =
                decoder.decode_to_utf8_without_replacement(left, &mut thrown_away, last);
            left = left.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.not_gb18030 = true;
                    return;
                }
            }
        }
    }

    /// The encoding, where it is one of the two.
    pub(crate) fn finish(mut self) -> Option<&'static Encoding> {
        self.try_gb18030(&[], true);
        self.broken += u64::from(!self.rest.is_empty());
        // Text with more Han characters than faults is UTF-8 with a broken byte: read otherwise it
        // would become other Han characters.
        match (self.nul, self.broken) {
            (true, _) => None,
            (false, 0) => Some(UTF_8),
            (false, broken) => (broken >= self.wide && !self.not_gb18030).then_some(GB18030),
        }
    }
}

/// A stream of UTF-8 without a byte-order mark, from a stream in a known encoding.
pub(crate) struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    unread: std::ops::Range<usize>,
    /// Nothing more comes in, and nothing more goes out.
    ended: bool,
    finished: bool,
}

impl<R: Read> Decoded<R> {
    pub(crate) fn new(inner: R, encoding: &'static Encoding) -> Decoded<R> {
        let decoder = encoding.new_decoder_with_bom_removal();
        Decoded {
            inner,
            decoder,
            input: vec![0; CHUNK],
            unread: 0..0,
            ended: false,
            finished: false,
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    /// Needs room for a character: `out` is the buffer of a reader, never a few bytes.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.finished {
            if self.unread.is_empty() && !self.ended {
                let length = self.inner.read(&mut self.input)?;
                self.unread = 0..length;
                self.ended = length == 0;
            }
            let bytes = self.input.get(self.unread.clone()).unwrap_or_default();
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(bytes, out, self.ended);
            self.unread.start += read;
            match result {
                DecoderResult::Malformed(..) => return Err(refuse(Message::new("not_text"))),
                DecoderResult::OutputFull if written == 0 => {
                    return Err(io::Error::from(io::ErrorKind::InvalidInput));
                }
                DecoderResult::InputEmpty => self.finished = self.ended,
                DecoderResult::OutputFull => {}
            }
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(bytes: &[u8], piece: usize) -> Option<&'static Encoding> {
        let mut detector = Detector::default();
        bytes.chunks(piece).for_each(|bytes| detector.feed(bytes));
        detector.finish()
    }

    #[test]
    fn the_encoding_is_found_however_the_text_is_cut() {
        let text = "证件号码,姓名\n1,联通𠮷\n";
        let gb = GB18030.encode(text).0.into_owned();
        for piece in 1..9 {
            assert_eq!(detect(text.as_bytes(), piece), Some(UTF_8));
            assert_eq!(detect(&gb, piece), Some(GB18030));
            assert_eq!(detect(&gb[..gb.len() - 2], piece), None, "half a character");
            assert_eq!(detect(b"plain", piece), Some(UTF_8));
            assert_eq!(detect(b"p\0l", piece), None);
            let mut broken = text.as_bytes().to_vec();
            broken[4] = b'x';
            assert_eq!(detect(&broken, piece), None);
        }
        assert_eq!(decode(&gb).as_deref(), Some(text));
        assert_eq!(decode(format!("\u{feff}{text}").as_bytes()).as_deref(), Some(text));
    }
}
