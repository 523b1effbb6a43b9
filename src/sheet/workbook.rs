//! Excel workbooks, a cell at a time.
//!
//! The sheet is read on a thread of its own, which owns the open archive and sends rows in handfuls. A
//! reader that stumbles over a damaged file ends that thread, and nothing else.

use std::io::{BufReader, Cursor, Read, Seek};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxCellReader};

use super::cell::Flaw;
use super::heading::{Headings, WITHIN};
use super::refusal::told;
use super::shown::{Shown, as_cell, shown};
use super::source::Source;
use super::{Limits, Row, xml};
use crate::domain::message::Message;

/// Rows sent at a time.
const HANDFUL: usize = 256;
const HANDFUL_BYTES: usize = 1 << 20;

enum Sent {
    Opened(Vec<Message>),
    Rows(Vec<Row>),
    Failed(Message),
    Ended,
}

/// The rows of a workbook's first visible sheet.
pub(super) struct Workbook {
    sent: Receiver<Sent>,
    rows: std::vec::IntoIter<Row>,
}

impl Workbook {
    /// Opens it; the messages are for whoever sent the file.
    pub(super) fn open(
        source: &Source,
        limits: &Limits,
    ) -> Result<(Workbook, Vec<Message>), Message> {
        let said = |error| told(&source.path, error);
        let sent = if source.packed {
            // A workbook is read from its end, which a stream cannot do.
            let mut bytes = Vec::new();
            let most = limits.workbook_bytes;
            let reader = source.reader().map_err(said)?;
            reader.take(most + 1).read_to_end(&mut bytes).map_err(said)?;
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
                return Err(Message::new("file_too_large").with("most", most >> 20));
            }
            start(Cursor::new(bytes), *limits)
        } else {
            let file = source.stored().map_err(said)?;
            start(BufReader::with_capacity(1 << 16, file), *limits)
        };
        let sent = sent.map_err(said)?;
        match sent.recv() {
            Ok(Sent::Opened(notices)) => {
                Ok((Workbook { sent, rows: Vec::new().into_iter() }, notices))
            }
            Ok(Sent::Failed(message)) => Err(message),
            _ => Err(unreadable("-")),
        }
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, Message> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            match self.sent.recv() {
                Ok(Sent::Rows(rows)) => self.rows = rows.into_iter(),
                Ok(Sent::Ended) => return Ok(None),
                Ok(Sent::Failed(message)) => return Err(message),
                Ok(Sent::Opened(_)) | Err(_) => return Err(unreadable("-")),
            }
        }
    }
}

fn unreadable(why: impl std::fmt::Display) -> Message {
    Message::new("not_a_workbook").with("why", why)
}

fn start<R: Read + Seek + Send + 'static>(
    reader: R,
    limits: Limits,
) -> std::io::Result<Receiver<Sent>> {
    let (sender, sent) = sync_channel(2);
    std::thread::Builder::new().name("workbook".to_owned()).spawn(move || {
        let last = match read(reader, &limits, &sender) {
            Ok(()) => Sent::Ended,
            Err(message) => Sent::Failed(message),
        };
        // Nobody listens any more where the rows were dropped halfway.
        let _ = sender.send(last);
    })?;
    Ok(sent)
}

fn read<R: Read + Seek>(
    mut reader: R,
    limits: &Limits,
    sender: &SyncSender<Sent>,
) -> Result<(), Message> {
    xml::examine(&mut reader, limits)?;
    reader.rewind().map_err(unreadable)?;
    let mut book = Xlsx::new(reader).map_err(unreadable)?;
    let sheets = book.sheets_metadata().to_vec();
    let sheets = sheets.into_iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let (mut chosen, mut others) = (None, Vec::new());
    for sheet in sheets {
        if chosen.is_none() && sheet.visible == SheetVisible::Visible {
            chosen = Some(sheet.name);
        } else if holds_something(&mut book, &sheet.name)? {
            others.push(sheet.name);
        }
    }
    let chosen = chosen.ok_or_else(|| Message::new("no_visible_sheet"))?;
    let mut notices = Vec::new();
    if !others.is_empty() {
        others.truncate(10);
        let message = Message::new("sheets_not_read").with("read", &chosen);
        notices.push(message.with("others", others.join(", ")));
    }
    let cells = book.worksheet_cells_reader(&chosen).map_err(unreadable)?;
    let mut sheet = Sheet { cells, ahead: None, ended: false, limits };
    let (headings, mut rows) = headings(&mut sheet, limits)?;
    let mut listened = sender.send(Sent::Opened(notices)).is_ok();
    let mut bytes = 0;
    while listened {
        let Some(cells) = sheet.next_row()? else {
            break;
        };
        rows.extend(row(&headings, &cells, limits));
        bytes += cells.bytes();
        if rows.len() >= HANDFUL || bytes > HANDFUL_BYTES {
            bytes = 0;
            listened = sender.send(Sent::Rows(std::mem::take(&mut rows))).is_ok();
        }
    }
    let _ = sender.send(Sent::Rows(rows));
    Ok(())
}

fn holds_something<R: Read + Seek>(book: &mut Xlsx<R>, name: &str) -> Result<bool, Message> {
    let mut cells = book.worksheet_cells_reader(name).map_err(unreadable)?;
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        if *cell.get_value() != DataRef::Empty {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The headings, and the rows below them that were read to find them.
fn headings<R: Read + Seek>(
    sheet: &mut Sheet<'_, R>,
    limits: &Limits,
) -> Result<(Headings, Vec<Row>), Message> {
    let mut first = Vec::new();
    while first.len() < WITHIN
        && let Some(cells) = sheet.next_row()?
    {
        first.push(cells);
    }
    let texts: Vec<Vec<&str>> = first.iter().map(|cells| cells.in_order(limits)).collect();
    let (place, headings) = Headings::find(&texts, limits)?;
    let below = first.iter().skip(place + 1);
    let rows = below.filter_map(|cells| row(&headings, cells, limits)).collect();
    Ok((headings, rows))
}

fn row(headings: &Headings, cells: &Cells, limits: &Limits) -> Option<Row> {
    let texts = cells.cells.iter().map(|(column, text)| (*column, as_cell(text)));
    headings.row(cells.row, texts, limits)
}

/// More cells than any row may have: of what is further on, only that it is there matters.
const KEPT: usize = 1 << 10;

/// The cells of a row that are not empty.
struct Cells {
    /// From 1, as the sheet shows it.
    row: u64,
    cells: Vec<(usize, Shown)>,
}

impl Cells {
    fn bytes(&self) -> usize {
        self.cells.iter().map(|(_, shown)| shown.as_ref().map_or(0, String::len)).sum()
    }

    /// The texts, each in its place; a place too many is enough to see that there are too many.
    fn in_order(&self, limits: &Limits) -> Vec<&str> {
        let mut texts = Vec::new();
        for (column, shown) in &self.cells {
            let column = (*column).min(limits.columns);
            if column >= texts.len() {
                texts.resize(column + 1, "");
            }
            if let (Some(place), Ok(text)) = (texts.get_mut(column), as_cell(shown)) {
                *place = text;
            }
        }
        texts
    }
}

/// The cells of a sheet, put together to rows.
struct Sheet<'b, R: Read + Seek> {
    cells: XlsxCellReader<'b, R>,
    ahead: Option<(u32, usize, Shown)>,
    /// Beyond its end the reader would miss the end.
    ended: bool,
    limits: &'b Limits,
}

impl<R: Read + Seek> Sheet<'_, R> {
    /// The next row that holds anything.
    fn next_row(&mut self) -> Result<Option<Cells>, Message> {
        let first = match self.ahead.take() {
            Some(cell) => Some(cell),
            None => self.next_cell()?,
        };
        let Some((row, column, shown)) = first else {
            return Ok(None);
        };
        let mut bytes = 0;
        let mut cells = Cells { row: u64::from(row) + 1, cells: vec![(column, shown)] };
        while let Some((next, column, shown)) = self.next_cell()? {
            if next != row {
                self.ahead = Some((next, column, shown));
                break;
            }
            if cells.cells.len() < KEPT {
                bytes += shown.as_ref().map_or(0, String::len);
                let too_long = u64::try_from(bytes).is_ok_and(|b| b > self.limits.line_bytes);
                cells.cells.push((column, if too_long { Err(Flaw::TooLong) } else { shown }));
            }
        }
        Ok(Some(cells))
    }

    fn next_cell(&mut self) -> Result<Option<(u32, usize, Shown)>, Message> {
        while !self.ended {
            let Some(cell) = self.cells.next_cell().map_err(unreadable)? else {
                self.ended = true;
                break;
            };
            let (row, column) = cell.get_position();
            if let Some(shown) = shown(cell.get_value(), self.limits.cell_bytes) {
                return Ok(Some((row, usize::try_from(column).unwrap_or(usize::MAX), shown)));
            }
        }
        Ok(None)
    }
}
