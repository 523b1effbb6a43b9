//! Files of rows: CSV, workbooks and lines of JSON in, CSV and workbooks out.
//!
//! This knows what the files look like and what may be in them, not what becomes of a row: neither the
//! ledger nor HTTP. Everything streams, and everything is bounded.

pub(crate) mod cell;
mod column;
pub(crate) mod delimited;
pub mod encoding;
pub mod export;
pub(crate) mod heading;
mod json;
pub mod lines;
pub(crate) mod refusal;
mod rows;
pub(crate) mod shown;
pub(crate) mod source;
mod stood;
mod workbook;
pub(crate) mod xml;

pub use column::{Column, RowFields};
pub use rows::{Row, Rows, open, open_stored, open_within};
pub use source::{Opening, Stored};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text in columns, separated by commas, tabs or semicolons.
    Csv,
    /// An Excel workbook, 2007 and later.
    Xlsx,
    /// A JSON object a line.
    Ndjson,
}

impl Format {
    /// The name, as messages have it.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Csv => "CSV",
            Format::Xlsx => "XLSX",
            Format::Ndjson => "NDJSON",
        }
    }
}

/// How much of anything is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows, without the headings.
    pub rows: u64,
    /// Bytes of the file as it is stored.
    pub file_bytes: u64,
    /// Bytes of a workbook as it is stored: it is packed, and holds many times as much.
    pub workbook_bytes: u64,
    /// Bytes after unpacking.
    pub expanded_bytes: u64,
    /// How many times its size a file may unpack to, beyond its first 16 MiB.
    pub ratio: u64,
    /// Columns.
    pub columns: usize,
    /// Bytes of a cell.
    pub cell_bytes: usize,
    /// Bytes of a line, or of a row over several lines.
    pub line_bytes: u64,
    /// Different texts of a workbook: they are all kept while it is read.
    pub texts: u64,
    /// Bytes of these texts.
    pub text_bytes: u64,
}

impl Limits {
    /// The limits of every import.
    pub const STANDARD: Limits = Limits {
        rows: 1_000_000,
        file_bytes: 256 << 20,
        workbook_bytes: 64 << 20,
        expanded_bytes: 1 << 30,
        ratio: 200,
        columns: 200,
        cell_bytes: 32 << 10,
        line_bytes: 1 << 20,
        texts: 2_000_000,
        text_bytes: 64 << 20,
    };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::STANDARD
    }
}
