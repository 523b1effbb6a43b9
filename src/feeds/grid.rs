//! The cells of a workbook, sheet by sheet, with what a feed has to know of them: which were merged,
//! and which hold a formula that was never calculated.
//!
//! Read on a thread of its own, which sends rows in handfuls: a reader that stumbles over a damaged file
//! ends that thread, and nothing else.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx, XlsxCellReader};

use super::dates::Epoch;
use super::file_rows::LIMITS;
use crate::domain::message::Message;
use crate::sheet::cell::Flaw;
use crate::sheet::refusal::told;
use crate::sheet::shown::shown;
use crate::sheet::xml;

/// Rows sent at a time.
const HANDFUL: usize = 256;
const HANDFUL_BYTES: usize = 1 << 20;
/// More cells than any row may have.
const KEPT: usize = 1 << 8;
/// Rows above and with the headings.
pub(super) const HEAD: usize = 12;

/// What is in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// What it shows.
    Text(String),
    /// A formula without a value.
    Unvalued,
    /// An error value, or too much of a text.
    Flaw(&'static str),
}

/// The cells of a row that are not empty.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// From 1.
    pub(super) number: u32,
    pub(super) cells: Vec<(usize, Cell)>,
}

/// A sheet, as far as it is known before its rows are read.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) is_visible: bool,
    /// Cells that were merged downwards: the first row, the last row, the column; from 1 and from 0.
    pub(super) merged: Vec<(u32, u32, usize)>,
    /// The first rows that hold anything.
    pub(super) head: Vec<Row>,
}

enum Sent {
    Opened(Vec<Sheet>, Epoch),
    Rows(usize, Vec<Row>),
    Failed(Message),
    Ended,
}

/// A workbook that is being read.
pub(super) struct Grid {
    pub(super) sheets: Vec<Sheet>,
    pub(super) epoch: Epoch,
    sent: Receiver<Sent>,
}

impl Grid {
    /// Opens the workbook and looks at every sheet's head.
    pub(super) fn open(path: &Path) -> Result<Grid, Message> {
        let file = File::open(path).map_err(|error| told(path, error))?;
        let length = file.metadata().map_err(|error| told(path, error))?.len();
        if length > LIMITS.workbook_bytes {
            return Err(Message::new("file_too_large").with("most", LIMITS.workbook_bytes >> 20));
        }
        let (sender, sent) = sync_channel(2);
        let reader = BufReader::with_capacity(1 << 16, file);
        let spawned = std::thread::Builder::new().name("grid".to_owned()).spawn(move || {
            let last = match read(reader, &sender) {
                Ok(()) => Sent::Ended,
                Err(message) => Sent::Failed(message),
            };
            // Nobody listens any more where the rows were dropped halfway.
            let _ = sender.send(last);
        });
        spawned.map_err(|error| told(path, error))?;
        match sent.recv() {
            Ok(Sent::Opened(sheets, epoch)) => Ok(Grid { sheets, epoch, sent }),
            Ok(Sent::Failed(message)) => Err(message),
            _ => Err(unreadable("-")),
        }
    }

    /// The next rows, and the place of their sheet among the sheets.
    pub(super) fn next(&self) -> Result<Option<(usize, Vec<Row>)>, Message> {
        match self.sent.recv() {
            Ok(Sent::Rows(sheet, rows)) => Ok(Some((sheet, rows))),
            Ok(Sent::Ended) => Ok(None),
            Ok(Sent::Failed(message)) => Err(message),
            Ok(Sent::Opened(..)) | Err(_) => Err(unreadable("-")),
        }
    }
}

fn unreadable(why: impl std::fmt::Display) -> Message {
    Message::new("not_a_workbook").with("why", why)
}

fn read<R: Read + Seek>(mut reader: R, sender: &SyncSender<Sent>) -> Result<(), Message> {
    xml::examine(&mut reader, &LIMITS)?;
    reader.rewind().map_err(unreadable)?;
    let mut book = Xlsx::new(reader).map_err(unreadable)?;
    let epoch = if book.has_1904_epoch() { Epoch::Of1904 } else { Epoch::Of1900 };
    let about = book.sheets_metadata().to_vec();
    let mut sheets = Vec::new();
    for sheet in about.into_iter().filter(|sheet| sheet.typ == SheetType::WorkSheet) {
        let merged = book.merge_cells_by_sheet_name(&sheet.name).map_err(unreadable)?;
        let mut merged: Vec<_> = merged.iter().filter_map(downwards).collect();
        merged.sort_unstable();
        let mut rows = Rows::open(&mut book, &sheet.name)?;
        let mut head = Vec::new();
        while head.len() < HEAD
            && let Some(row) = rows.next()?
        {
            head.push(row);
        }
        let is_visible = sheet.visible == SheetVisible::Visible;
        sheets.push(Sheet { name: sheet.name, is_visible, merged, head });
    }
    let names: Vec<String> = sheets.iter().map(|sheet| sheet.name.clone()).collect();
    if sender.send(Sent::Opened(sheets, epoch)).is_err() {
        return Ok(());
    }
    for (place, name) in names.iter().enumerate() {
        let mut rows = Rows::open(&mut book, name)?;
        let (mut handful, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            bytes += row.bytes();
            handful.push(row);
            if handful.len() >= HANDFUL || bytes > HANDFUL_BYTES {
                bytes = 0;
                if sender.send(Sent::Rows(place, std::mem::take(&mut handful))).is_err() {
                    return Ok(());
                }
            }
        }
        if sender.send(Sent::Rows(place, handful)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn downwards(region: &Dimensions) -> Option<(u32, u32, usize)> {
    let ((first, column), (last, _)) = (region.start, region.end);
    let column = usize::try_from(column).ok()?;
    (last > first).then(|| (first.saturating_add(1), last.saturating_add(1), column))
}

impl Row {
    fn bytes(&self) -> usize {
        let length = |cell: &Cell| match cell {
            Cell::Text(text) => text.len(),
            Cell::Unvalued | Cell::Flaw(_) => 0,
        };
        self.cells.iter().map(|(_, cell)| length(cell)).sum()
    }

    /// The text of a column; empty where there is none.
    pub(super) fn text(&self, column: usize) -> &str {
        match self.cells.iter().find(|(at, _)| *at == column) {
            Some((_, Cell::Text(text))) => text.trim(),
            _ => "",
        }
    }
}

/// The cells of a sheet, put together to rows.
struct Rows<'b, R: Read + Seek> {
    cells: XlsxCellReader<'b, R>,
    ahead: Option<(u32, usize, Cell)>,
    ended: bool,
}

impl<'b, R: Read + Seek> Rows<'b, R> {
    fn open(book: &'b mut Xlsx<R>, name: &str) -> Result<Rows<'b, R>, Message> {
        let cells = book.worksheet_cells_reader(name).map_err(unreadable)?;
        Ok(Rows { cells, ahead: None, ended: false })
    }

    /// The next row that holds anything.
    fn next(&mut self) -> Result<Option<Row>, Message> {
        let first = match self.ahead.take() {
            Some(cell) => Some(cell),
            None => self.next_cell()?,
        };
        let Some((number, column, cell)) = first else { return Ok(None) };
        let mut row = Row { number: number.saturating_add(1), cells: vec![(column, cell)] };
        let mut bytes = 0;
        while let Some((next, column, cell)) = self.next_cell()? {
            if next != number {
                self.ahead = Some((next, column, cell));
                break;
            }
            if row.cells.len() < KEPT {
                bytes += if let Cell::Text(text) = &cell { text.len() } else { 0 };
                let fits = u64::try_from(bytes).is_ok_and(|bytes| bytes <= LIMITS.line_bytes);
                row.cells.push((column, if fits { cell } else { Cell::Flaw("…") }));
            }
        }
        Ok(Some(row))
    }

    /// The next cell that holds anything: formatting alone is nothing.
    fn next_cell(&mut self) -> Result<Option<(u32, usize, Cell)>, Message> {
        while !self.ended {
            let Some(found) = self.cells.next_cell_with_formula_metadata().map_err(unreadable)?
            else {
                self.ended = true;
                break;
            };
            let (row, column) = found.pos;
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            // Programs that do not calculate write 0 for every formula.
            let is_nothing = match &found.value {
                DataRef::Empty | DataRef::Int(0) => true,
                DataRef::Float(value) => *value == 0.0,
                _ => false,
            };
            if found.formula.is_some() && is_nothing {
                return Ok(Some((row, column, Cell::Unvalued)));
            }
            match shown(&found.value, LIMITS.cell_bytes) {
                None => {}
                Some(Ok(text)) => return Ok(Some((row, column, Cell::Text(text)))),
                Some(Err(Flaw::Error(error))) => {
                    return Ok(Some((row, column, Cell::Flaw(error))));
                }
                Some(Err(Flaw::TooLong)) => return Ok(Some((row, column, Cell::Flaw("…")))),
            }
        }
        Ok(None)
    }
}
