//! What a comparison found, as a sheet.

use std::io::{self, Write};
use std::path::Path;

use crate::app::reconciliation::Reconciled;
use crate::sheet::export::{Cell, SheetWriter};

/// The columns of a report.
const COLUMNS: [&str; 8] = ["kind", "person", "key", "year", "category", "field", "here", "there"];

/// Which kind of sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// CSV that a spreadsheet opens.
    Csv,
    /// A workbook.
    Xlsx,
}

/// Writes the findings; `folder` is where a workbook waits until it is finished. People are named by
/// their ids here, never by number or name.
pub fn write<W: Write + Send>(
    found: &Reconciled,
    form: Form,
    folder: Option<&Path>,
    out: W,
) -> io::Result<W> {
    let mut sheet = match form {
        Form::Csv => SheetWriter::csv(out, &COLUMNS)?,
        Form::Xlsx => SheetWriter::xlsx(out, folder, &COLUMNS)?,
    };
    for finding in &found.findings {
        let person = finding.person.map(|person| person.to_string());
        let (year, category) = match finding.of {
            Some((year, category)) => (Some(year.to_string()), category.name()),
            None => (None, ""),
        };
        let here = finding.here.map(|hours| hours.to_string());
        let there = finding.there.map(|hours| hours.to_string());
        let text =
            |text: &'static str| if text.is_empty() { Cell::Empty } else { Cell::Text(text) };
        sheet.row(&[
            Cell::Text(finding.kind.name()),
            person.as_deref().map_or(Cell::Empty, Cell::Text),
            Cell::Text(&finding.key),
            year.as_deref().map_or(Cell::Empty, Cell::Number),
            text(category),
            text(finding.field),
            here.as_deref().map_or(Cell::Empty, Cell::Number),
            there.as_deref().map_or(Cell::Empty, Cell::Number),
        ])?;
    }
    sheet.finish()
}
