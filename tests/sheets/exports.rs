//! What is written: no text becomes a formula, and numbers of ours stay numbers.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};
use xueshi::sheet::export::{Cell, CsvWriter, SheetWriter};

const FORMULAS: [&str; 8] =
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "=cmd|' /C calc'!A0"];

#[test]
fn no_text_of_csv_is_a_formula() {
    let mut writer = CsvWriter::for_spreadsheets(Vec::new(), &["=heading"]).expect("a writer");
    for text in FORMULAS {
        writer.row(&[Cell::Text(text), Cell::Number("-8.5"), Cell::Empty]).expect("a row");
    }
    writer.row(&[Cell::Text("330523190001010015"), Cell::Text("a=1")]).expect("a row");
    let bytes = writer.finish().expect("bytes");
    let text =
        std::str::from_utf8(&bytes).expect("UTF-8").strip_prefix('\u{feff}').expect("a mark");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    assert_eq!(reader.headers().expect("headings"), vec!["'=heading"]);
    let rows: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
    for (row, text) in rows.iter().zip(FORMULAS) {
        assert_eq!(row, vec![format!("'{text}").as_str(), "-8.5", ""]);
    }
    assert_eq!(rows[FORMULAS.len()], vec!["330523190001010015", "a=1"]);
}

#[test]
fn no_text_of_a_workbook_is_a_formula() {
    let out = Cursor::new(Vec::new());
    let mut writer = SheetWriter::xlsx(out, None, &["=heading", "hours"]).expect("a writer");
    for text in FORMULAS {
        writer.row(&[Cell::Text(text), Cell::Number("12.5"), Cell::Empty]).expect("a row");
    }
    writer.row(&[Cell::Text("330523190001010015"), Cell::Number("no number")]).expect("a row");
    let bytes = writer.finish().expect("bytes").into_inner();
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).expect("an archive");
    let mut sheet = String::new();
    let mut part = archive.by_name("xl/worksheets/sheet1.xml").expect("a sheet");
    part.read_to_string(&mut sheet).expect("text");
    assert!(!sheet.contains("<f>") && !sheet.contains("<f "), "{sheet}");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(&bytes)).expect("a workbook");
    let range = book.worksheet_range_at(0).expect("a sheet").expect("cells");
    assert_eq!(range.get((0, 0)), Some(&Data::String("=heading".to_owned())));
    for (row, text) in (1..).zip(FORMULAS) {
        let shown = range.get((row, 0)).expect("a cell").to_string();
        assert_eq!(shown.trim(), text.trim());
        assert_eq!(range.get((row, 1)), Some(&Data::Float(12.5)));
    }
    let last = FORMULAS.len() + 1;
    assert_eq!(range.get((last, 0)), Some(&Data::String("330523190001010015".to_owned())));
    assert_eq!(range.get((last, 1)), Some(&Data::String("no number".to_owned())));
}

#[test]
fn a_text_longer_than_a_cell_is_cut_and_not_refused() {
    let long = "学𠮷".repeat(20_000);
    let mut writer = SheetWriter::xlsx(Cursor::new(Vec::new()), None, &["a"]).expect("a writer");
    writer.row(&[Cell::Text(&long)]).expect("a row");
    let bytes = writer.finish().expect("bytes").into_inner();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(&bytes)).expect("a workbook");
    let range = book.worksheet_range_at(0).expect("a sheet").expect("cells");
    let shown = range.get((1, 0)).expect("a cell").to_string();
    assert!(long.starts_with(&shown) && shown.encode_utf16().count() > 32_000);
}
