//! Lines of a stream, none of them longer than a limit.

use std::io::{self, BufRead, BufReader, Read};

/// A line as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'l> {
    /// Its text, without the space around it and without a byte-order mark.
    Text(&'l str),
    /// It is longer than the limit, and was passed over.
    TooLong,
    /// It is not UTF-8 from this byte on, counted from 1.
    NotUtf8(usize),
}

/// Reads a stream line by line; empty lines are counted and left out.
pub struct Lines<R> {
    reader: BufReader<R>,
    longest: u64,
    number: u64,
    read: u64,
    text: Vec<u8>,
}

impl<R: Read> Lines<R> {
    /// Lines of at most so many bytes.
    pub fn new(source: R, longest: u64) -> Lines<R> {
        let reader = BufReader::with_capacity(1 << 16, source);
        Lines { reader, longest, number: 0, read: 0, text: Vec::new() }
    }

    /// The next line that is not empty and its number, from 1; `None` at the end.
    pub fn next_line(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        loop {
            self.text.clear();
            let mut limited = (&mut self.reader).take(self.longest);
            let length = bytes(limited.read_until(b'\n', &mut self.text)?);
            if length == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.read += length;
            if length == self.longest && self.text.last() != Some(&b'\n') {
                self.read += bytes(self.reader.skip_until(b'\n')?);
                return Ok(Some((self.number, Line::TooLong)));
            }
            if !trimmed(&self.text).is_empty() {
                break;
            }
        }
        let line = match std::str::from_utf8(trimmed(&self.text)) {
            Ok(text) => Line::Text(text),
            Err(error) => Line::NotUtf8(error.valid_up_to() + 1),
        };
        Ok(Some((self.number, line)))
    }

    /// The line that was given last, as far as it was read.
    pub fn last_line(&self) -> &[u8] {
        trimmed(&self.text)
    }

    /// Whether the next line would have to be waited for.
    pub fn would_wait(&self) -> bool {
        self.reader.buffer().is_empty()
    }

    /// How many bytes the lines so far had.
    pub fn bytes_read(&self) -> u64 {
        self.read
    }
}

fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii();
    line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line)
}

fn bytes(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
