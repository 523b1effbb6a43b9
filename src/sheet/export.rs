//! Sheets written row by row: CSV and workbooks in which no text is taken for a formula.

use std::io::{self, Write};
use std::path::Path;

use rust_xlsxwriter::{Format as Style, Workbook, XlsxError};

/// A cell to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'c> {
    /// Nothing.
    Empty,
    /// Text, whatever it looks like: an identity number is text too.
    Text(&'c str),
    /// A decimal number of our own making, such as an amount of hours.
    Number(&'c str),
}

/// Writes a sheet in either format.
pub enum SheetWriter<W: Write + Send> {
    /// CSV.
    Csv(Box<CsvWriter<W>>),
    /// A workbook.
    Xlsx(Box<XlsxWriter<W>>),
}

impl<W: Write + Send> SheetWriter<W> {
    /// A CSV file that a spreadsheet opens as UTF-8.
    pub fn csv(out: W, headings: &[&str]) -> io::Result<SheetWriter<W>> {
        CsvWriter::for_spreadsheets(out, headings).map(|writer| SheetWriter::Csv(Box::new(writer)))
    }

    /// A workbook; its rows wait in a file of `folder`, or of the system's, until it is finished.
    pub fn xlsx(out: W, folder: Option<&Path>, headings: &[&str]) -> io::Result<SheetWriter<W>> {
        XlsxWriter::new(out, folder, headings).map(|writer| SheetWriter::Xlsx(Box::new(writer)))
    }

    /// Writes a row.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        match self {
            SheetWriter::Csv(writer) => writer.row(cells),
            SheetWriter::Xlsx(writer) => writer.row(cells),
        }
    }

    /// Writes what is left, and gives back what was written to.
    pub fn finish(self) -> io::Result<W> {
        match self {
            SheetWriter::Csv(writer) => writer.finish(),
            SheetWriter::Xlsx(writer) => writer.finish(),
        }
    }
}

/// Writes CSV.
pub struct CsvWriter<W: Write> {
    inner: csv::Writer<W>,
}

impl<W: Write> CsvWriter<W> {
    /// Plain UTF-8, for programs; without headings where there are none to be written.
    pub fn new(out: W, headings: &[&str]) -> io::Result<CsvWriter<W>> {
        let inner = csv::WriterBuilder::new().flexible(true).from_writer(out);
        let mut writer = CsvWriter { inner };
        let headings: Vec<Cell<'_>> = headings.iter().map(|text| Cell::Text(text)).collect();
        if !headings.is_empty() {
            writer.row(&headings)?;
        }
        Ok(writer)
    }

    /// With the byte-order mark by which Excel knows UTF-8.
    pub fn for_spreadsheets(mut out: W, headings: &[&str]) -> io::Result<CsvWriter<W>> {
        out.write_all("\u{feff}".as_bytes())?;
        CsvWriter::new(out, headings)
    }

    /// Writes a row.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for cell in cells {
            match cell {
                Cell::Empty => self.inner.write_field(""),
                Cell::Text(text) if is_formula(text) => self.inner.write_field(format!("'{text}")),
                Cell::Text(text) | Cell::Number(text) => self.inner.write_field(text),
            }?;
        }
        Ok(self.inner.write_record(None::<&[u8]>)?)
    }

    /// Passes on what is buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }

    /// Writes what is left, and gives back what was written to.
    pub fn finish(self) -> io::Result<W> {
        self.inner.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// Whether a spreadsheet would take the text for a formula, some of them also in full-width letters.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// The most rows of a sheet, and the most characters of a cell, in UTF-16.
const ROWS: u32 = 1_048_576;
const CELL: usize = 32_767;

/// Writes a workbook of one sheet, and of more where the rows do not fit.
pub struct XlsxWriter<W: Write + Send> {
    out: W,
    book: Workbook,
    headings: Vec<String>,
    sheets: usize,
    next: u32,
    texts: Style,
}

impl<W: Write + Send> XlsxWriter<W> {
    /// A workbook; its rows wait in a file of `folder`, or of the system's, until it is finished.
    pub fn new(out: W, folder: Option<&Path>, headings: &[&str]) -> io::Result<XlsxWriter<W>> {
        let mut book = Workbook::new();
        if let Some(folder) = folder {
            book.set_tempdir(folder).map_err(broken)?;
        }
        let headings = headings.iter().map(|&text| text.to_owned()).collect();
        // Cells in the format "text" stay text when somebody edits them.
        let texts = Style::new().set_num_format("@");
        let mut writer = XlsxWriter { out, book, headings, sheets: 0, next: 0, texts };
        writer.add_sheet()?;
        Ok(writer)
    }

    fn add_sheet(&mut self) -> io::Result<()> {
        self.book.add_worksheet_with_constant_memory().map_err(broken)?;
        self.sheets += 1;
        self.next = 0;
        let headings = std::mem::take(&mut self.headings);
        let cells: Vec<Cell<'_>> = headings.iter().map(|text| Cell::Text(text)).collect();
        self.row(&cells)?;
        self.headings = headings;
        Ok(())
    }

    /// Writes a row.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        if self.next == ROWS {
            self.add_sheet()?;
        }
        let sheet = self.book.worksheet_from_index(self.sheets - 1).map_err(broken)?;
        for (column, cell) in (0u16..).zip(cells) {
            match cell {
                Cell::Empty => continue,
                Cell::Text(text) => {
                    sheet.write_string_with_format(self.next, column, cut(text), &self.texts)
                }
                Cell::Number(text) => match text.parse::<f64>() {
                    Ok(number) if number.is_finite() => {
                        sheet.write_number(self.next, column, number)
                    }
                    _ => sheet.write_string(self.next, column, cut(text)),
                },
            }
            .map_err(broken)?;
        }
        self.next += 1;
        Ok(())
    }

    /// Writes the workbook, and gives back what was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.book.save_to_writer(&mut self.out).map_err(broken)?;
        Ok(self.out)
    }
}

fn broken(error: XlsxError) -> io::Error {
    io::Error::other(error)
}

/// As much of the text as a cell can hold.
fn cut(text: &str) -> &str {
    if text.len() <= CELL {
        return text;
    }
    let mut units = 0;
    let over = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > CELL
    });
    over.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}
