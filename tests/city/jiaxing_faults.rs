//! The faults of the workbook of Jiaxing, one by one.

use std::io::{Cursor, Read};

use calamine::Data;
use xueshi::city::{Fault, System, Town};

use super::faults_of;
use super::wire::{Folder, part, sheets};

type Sheets = Vec<(String, Vec<Vec<Data>>)>;

#[test]
fn each_fault_is_what_it_is_said_to_be() {
    let mut wanting = Vec::new();
    for fault in faults_of(System::Jiaxing) {
        let (folder, mut town) = (Folder::new(), Town::new(4, 60));
        let book =
            |town: &mut Town| std::fs::read(folder.drop_of(town, System::Jiaxing)).expect("a book");
        let before = book(&mut town);
        town.set_fault(fault, true);
        let with = book(&mut town);
        assert!(with != before, "{}", fault.name());
        if !shows(fault, &with, &sheets(&before)) {
            wanting.push(fault.name());
        }
        town.set_fault(fault, false);
        assert!(book(&mut town) == before, "{}: it does not get over it", fault.name());
    }
    assert!(wanting.is_empty(), "{wanting:?}");
}

/// Faults of the file.
fn shows(fault: Fault, book: &[u8], before: &Sheets) -> bool {
    let sheet = |n: u8| part(book, &format!("xl/worksheets/sheet{n}.xml"));
    match fault {
        Fault::JiaxingZipBomb => {
            let mut archive = zip::ZipArchive::new(Cursor::new(book)).expect("an archive");
            let mut start = Vec::new();
            let bomb = archive.by_name("xl/worksheets/sheet1.xml").expect("a sheet");
            bomb.take(4 << 20).read_to_end(&mut start).expect("it unpacks");
            let size = archive.by_name("xl/worksheets/sheet1.xml").expect("a sheet").size();
            size > 1 << 30 && book.len() < 4 << 20 && start.ends_with(b"    ")
        }
        // The headings alone are six merged cells.
        Fault::JiaxingNamesMerged => {
            (1..=7).any(|n| sheet(n).matches("<mergeCell ").count() >= 6 + 3)
        }
        Fault::JiaxingBook1904 => {
            let (mut now, mut then) = (days(&sheets(book)), days(before));
            now.sort();
            then.sort();
            part(book, "xl/workbook.xml").contains("date1904=\"1\"") && now == then
        }
        Fault::JiaxingHiddenRows => sheet(1).contains("hidden=\"1\""),
        Fault::JiaxingSumsAsFormulas | Fault::JiaxingHoursAsFormulas => {
            let text = sheet(1);
            text.contains("</f></c>") && !text.contains("</f><v>")
        }
        Fault::JiaxingFormattedRows => sheet(1).matches("<row ").count() > 100_000,
        Fault::JiaxingFarCell => sheet(1).contains("<row r=\"1000001\""),
        _ => in_rows(fault, &sheets(book), before),
    }
}

fn rows(sheets: &Sheets) -> Vec<&Vec<Data>> {
    sheets.iter().flat_map(|(_, rows)| &rows[2..]).collect()
}

/// The last days of the courses.
fn days(sheets: &Sheets) -> Vec<String> {
    let day = |cell: &Data| match cell {
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        other => other.to_string(),
    };
    rows(sheets).into_iter().map(|row| day(&row[6])).collect()
}

fn in_rows(fault: Fault, with: &Sheets, before: &Sheets) -> bool {
    let (now, then) = (rows(with), rows(before));
    let some = |is: &dyn Fn(&&Vec<Data>) -> bool| now.iter().any(is) && !now.iter().all(is);
    let text = |cell: &Data| cell.to_string();
    let number = |cell: &Data| matches!(cell, Data::Float(_) | Data::Int(_));
    match fault {
        Fault::JiaxingNumbersAsNumbers => some(&|row| matches!(row[1], Data::Float(n) if n > 3e17)),
        Fault::JiaxingHoursAsTexts => {
            then.iter().all(|row| row[7..10].iter().any(number))
                && now.iter().all(|row| !row[7..10].iter().any(number))
        }
        Fault::JiaxingSerialDates => {
            now.iter().all(|row| matches!(row[5], Data::DateTime(_))) && days(with) == days(before)
        }
        Fault::JiaxingSubtotals => {
            let words = |word: &str| now.iter().filter(|row| text(&row[0]) == word).count();
            words("小计") > 0 && words("合计") == with.len()
        }
        Fault::JiaxingBlankBlocks => {
            let blank = |row: &&&Vec<Data>| row.iter().all(|cell| *cell == Data::Empty);
            now.iter().filter(blank).count() >= 3 && now.len() > then.len()
        }
        Fault::JiaxingPlusHours => {
            some(&|row| row[7..10].iter().any(|cell| text(cell).contains('+')))
        }
        Fault::JiaxingSlashes => {
            then.iter().any(|row| row[7] == Data::Empty)
                && now.iter().all(|row| row[7..10].iter().all(|cell| *cell != Data::Empty))
                && now.iter().any(|row| text(&row[7]) == "/")
        }
        Fault::JiaxingTwoPeople => {
            some(&|row| text(&row[0]).contains('、') && text(&row[1]).contains('、'))
        }
        Fault::JiaxingTabYear => with
            .iter()
            .any(|(name, rows)| rows[2..].iter().any(|row| text(&row[6])[..4] != name[..4])),
        Fault::JiaxingFormulaTexts => {
            now.iter().all(|row| text(&row[2]).starts_with(['=', '@']))
                && now.iter().all(|row| matches!(row[2], Data::String(_)))
        }
        Fault::JiaxingColumnsMoved => with[0].1[0][3] == *"学时" && with[0].1[1][3] == *"专业课",
        Fault::JiaxingSumWrong => some(&|row| {
            let hours = |cell: &Data| text(cell).parse::<f64>().unwrap_or(0.0);
            let sum: f64 = row[7..10].iter().map(hours).sum();
            (hours(&row[10]) - sum - 1.0).abs() < 1e-6
        }),
        Fault::JiaxingShrinks => with.iter().zip(before).all(|((_, kept), (_, all))| {
            let (kept, all) = (kept.len() - 2, all.len() - 2);
            kept == all - all / 3
        }),
        other => panic!("{} is not looked for", other.name()),
    }
}
