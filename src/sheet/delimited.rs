//! Text in columns: commas, tabs or semicolons.

use std::collections::VecDeque;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use super::encoding::{Decoded, Detector};
use super::heading::{Headings, WITHIN};
use super::refusal::{refuse, told};
use super::source::Source;
use super::{Limits, Row, stood};
use crate::domain::message::{Message, Problem};

/// The headings, and what stands above them, are looked for in so many bytes.
const HEAD: usize = 1 << 16;

type Text = io::Chain<Cursor<Vec<u8>>, Decoded<Box<dyn Read + Send>>>;

/// The records of a text whose encoding and separator are known, each with the line at which it begins.
pub(crate) struct Records {
    path: PathBuf,
    reader: csv::Reader<Guard<Decoded<Box<dyn Read + Send>>>>,
    record: csv::StringRecord,
}

impl Records {
    /// From the beginning of the file.
    pub(crate) fn open(
        source: &Source,
        encoding: &'static encoding_rs::Encoding,
        limits: &Limits,
    ) -> Result<Records, Message> {
        let reader = source.reader().map_err(|error| told(&source.path, error))?;
        let guarded = Guard::new(Decoded::new(reader, encoding), b',', limits.line_bytes);
        let reader = builder(b',').from_reader(guarded);
        Ok(Records { path: source.path.clone(), reader, record: csv::StringRecord::new() })
    }

    /// The next record that is not empty, and its line.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, &csv::StringRecord)>, Message> {
        let line = next_record(&mut self.reader, &mut self.record, &self.path)?;
        Ok(line.map(|line| (line, &self.record)))
    }
}

/// Reads a record and says the line at which it begins. The reader's own count is of the line after the
/// row before.
fn next_record<R: Read>(
    reader: &mut csv::Reader<Guard<R>>,
    record: &mut csv::StringRecord,
    path: &Path,
) -> Result<Option<u64>, Message> {
    let more = reader.read_record(record).map_err(|error| {
        let line = error.position().map_or(0, csv::Position::line);
        match error.into_kind() {
            csv::ErrorKind::Io(error) => told(path, error),
            // The text is decoded, and rows may have any length: nothing else can be wrong.
            _ => Message::new("not_csv").with("detail", line),
        }
    })?;
    let line = reader.get_mut().begun.pop_front();
    Ok(more.then(|| line.unwrap_or(0)))
}

/// The rows of such a text.
pub(super) struct Delimited {
    path: PathBuf,
    reader: csv::Reader<Guard<Text>>,
    record: csv::StringRecord,
    headings: Headings,
    limits: Limits,
}

impl Delimited {
    pub(super) fn open(source: &Source, limits: &Limits) -> Result<Delimited, Message> {
        let said = |error| told(&source.path, error);
        let encoding = detect(source).map_err(said)?.ok_or_else(|| Message::new("not_text"))?;
        let decoded = Decoded::new(source.reader().map_err(said)?, encoding);
        let mut decoded = BufReader::with_capacity(HEAD, decoded);
        let mut head = Vec::new();
        let length = u64::try_from(HEAD).unwrap_or(u64::MAX);
        (&mut decoded).take(length).read_to_end(&mut head).map_err(said)?;
        // Taken whole, the buffer is empty: nothing is lost with it.
        head.extend_from_slice(decoded.buffer());
        let delimiter = delimiter(&head);
        let rows = first_rows(&head, delimiter);
        let (place, headings) = Headings::find(&rows, limits)?;
        let text = Cursor::new(head).chain(decoded.into_inner());
        let mut delimited = Delimited {
            path: source.path.clone(),
            reader: builder(delimiter).from_reader(Guard::new(text, delimiter, limits.line_bytes)),
            record: csv::StringRecord::new(),
            headings,
            limits: *limits,
        };
        for _ in 0..=place {
            delimited.read()?;
        }
        Ok(delimited)
    }

    /// The next row that is not empty, and the line at which it begins.
    fn read(&mut self) -> Result<Option<u64>, Message> {
        next_record(&mut self.reader, &mut self.record, &self.path)
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, Message> {
        while let Some(number) = self.read()? {
            let cells = self.record.iter().map(Ok).enumerate();
            let Some(mut row) = self.headings.row(number, cells.clone(), &self.limits) else {
                continue;
            };
            if self.record.len() < self.headings.width() && row.fields.is_ok() {
                let message = Message::new("row_length").with("found", self.record.len());
                let message = message.with("wanted", self.headings.width());
                let line = u32::try_from(number).unwrap_or(u32::MAX);
                row.fields = Err(vec![Problem::at("", line, message)]);
                row.stood = stood::cells(cells);
            }
            return Ok(Some(row));
        }
        Ok(None)
    }
}

fn detect(source: &Source) -> io::Result<Option<&'static encoding_rs::Encoding>> {
    let mut reader = source.reader()?;
    let mut detector = Detector::default();
    let mut chunk = vec![0; HEAD];
    loop {
        match reader.read(&mut chunk)? {
            0 => return Ok(detector.finish()),
            length => detector.feed(chunk.get(..length).unwrap_or_default()),
        }
    }
}

fn builder(delimiter: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.flexible(true).has_headers(false).delimiter(delimiter).buffer_capacity(HEAD);
    builder
}

/// The separator under which most of the headings are found.
fn delimiter(head: &[u8]) -> u8 {
    let mut best = (b',', 0);
    for delimiter in *b",\t;" {
        let score = Headings::score(&first_rows(head, delimiter));
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

fn first_rows(head: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = builder(delimiter).from_reader(head);
    // The last character may be cut off.
    let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
    let rows = reader.byte_records().take(WITHIN).map_while(Result::ok);
    rows.map(|row| row.iter().map(text).collect()).collect()
}

/// Where in a row the text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    CellStart,
    Plain,
    Quoted,
    /// After a quote in a quoted cell: its end, or the first of two.
    Quote,
}

/// Passes the text on while its rows are of bearable length, and refuses it where one is not: the
/// reader after it keeps a whole row, and a quote that is never closed would make a row of the rest.
struct Guard<R> {
    inner: R,
    delimiter: u8,
    most: u64,
    at: At,
    /// Bytes of the row so far.
    row: u64,
    line: u64,
    /// The line of the quote that was opened last.
    opened: u64,
    /// The lines at which the rows begin that were passed on and not read yet.
    begun: VecDeque<u64>,
    trouble: Option<Message>,
}

impl<R> Guard<R> {
    fn new(inner: R, delimiter: u8, most: u64) -> Guard<R> {
        let at = At::CellStart;
        Guard {
            inner,
            delimiter,
            most,
            at,
            row: 0,
            line: 1,
            opened: 0,
            begun: VecDeque::new(),
            trouble: None,
        }
    }

    fn step(&mut self, byte: u8) {
        let ends_row = byte == b'\n' || byte == b'\r';
        if self.row == 0 && !ends_row {
            self.begun.push_back(self.line);
        }
        self.row += 1;
        self.line += u64::from(byte == b'\n');
        self.at = match (self.at, byte) {
            (At::Quoted, b'"') => At::Quote,
            (At::Quoted, _) => return,
            (At::Quote, b'"') => At::Quoted,
            (At::CellStart, b'"') => {
                self.opened = self.line;
                At::Quoted
            }
            (_, byte) if ends_row || byte == self.delimiter => At::CellStart,
            _ => At::Plain,
        };
        if ends_row {
            self.row = 0;
        }
    }

    fn too_long(&self) -> Message {
        if self.at == At::Quoted {
            self.open_quote()
        } else {
            Message::new("row_too_long").with("line", self.line).with("most", self.most >> 10)
        }
    }

    fn open_quote(&self) -> Message {
        Message::new("quote_open").with("line", self.opened)
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(message) = &self.trouble {
            return Err(refuse(message.clone()));
        }
        let length = self.inner.read(out)?;
        if length == 0 && self.at == At::Quoted && !out.is_empty() {
            return Err(refuse(self.open_quote()));
        }
        for (at, byte) in out.iter().take(length).enumerate() {
            self.step(*byte);
            if self.row > self.most {
                // The rows before this one are still told.
                let message = self.too_long();
                self.trouble = Some(message.clone());
                return if at == 0 { Err(refuse(message)) } else { Ok(at) };
            }
        }
        Ok(length)
    }
}
