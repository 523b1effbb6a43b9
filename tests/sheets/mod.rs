//! Files of rows: every format gives the same rows, what cannot be read is refused, and nothing that is
//! written becomes a formula.

mod exports;
mod files;
mod hostile;
mod refusals;
mod workbooks;

use std::io::Cursor;

use xueshi::sheet::{Column, Format};

use files::{File, delimited, expected, ndjson, open, read, texts, workbook};

pub(crate) use files::{gzip, zipped};

fn gb(bytes: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).expect("text");
    encoding_rs::GB18030.encode(text).0.into_owned()
}

#[test]
fn every_format_gives_the_same_rows() {
    let bom = |bytes: Vec<u8>| ["\u{feff}".as_bytes(), &bytes].concat();
    let formats = [
        ("csv", Format::Csv, delimited(b',')),
        ("bom", Format::Csv, bom(delimited(b','))),
        ("tsv", Format::Csv, delimited(b'\t')),
        ("semicolons", Format::Csv, delimited(b';')),
        ("gb18030", Format::Csv, gb(&delimited(b','))),
        ("gb18030-tsv", Format::Csv, gb(&delimited(b'\t'))),
        ("xlsx", Format::Xlsx, workbook()),
        ("ndjson", Format::Ndjson, ndjson()),
        ("ndjson-bom", Format::Ndjson, bom(ndjson())),
    ];
    for (name, format, bytes) in formats {
        for (name, bytes) in
            [(name.to_owned(), bytes.clone()), (format!("{name}.gz"), gzip(&bytes))]
        {
            let file = File::new(&name, &bytes);
            for hint in [None, Some(format)] {
                let rows = open(&file, hint).expect(&name);
                assert_eq!(rows.format(), format, "{name}");
                assert_eq!(rows.notices(), [], "{name}");
                let rows: Vec<_> = rows.map(|row| row.expect("a row")).collect();
                let found: Vec<_> = rows.iter().map(texts).collect();
                assert_eq!(found, expected(), "{name}");
            }
        }
    }
}

#[test]
fn rows_are_numbered_as_the_file_shows_them() {
    let numbers = |name: &str, bytes: &[u8]| -> Vec<u64> {
        read(name, bytes).expect(name).iter().map(|row| row.number).collect()
    };
    // The second row has a cell of two lines.
    assert_eq!(numbers("csv", &delimited(b',')), [2, 3, 5]);
    assert_eq!(numbers("xlsx", &workbook()), [2, 3, 4]);
    assert_eq!(numbers("ndjson", &ndjson()), [1, 2, 3]);
    let spaced = "key,person_number,person_name,year,category,hours\r\n\r\n\r\n1,2,3,4,5,6\r\n,,,,,\r\n7,8,9,1,2,3";
    assert_eq!(numbers("spaced", spaced.as_bytes()), [4, 6]);
    assert_eq!(numbers("spaced", spaced.replace("\r\n", "\n").as_bytes()), [4, 6]);
}

#[test]
fn headings_may_stand_below_a_title_and_be_written_loosely() {
    let text = "某市2024年度培训学时汇总表,,,,,,\n填报说明：共 2 人,,,,,,\n,,,,,,\n\
                ＫＥＹ,*姓 名,证件号码, 年度 ,类别,学时数,Course Title\n\
                1,张三,330523190001010015,2024,行业公需科目, 8 ,\n";
    for delimiter in [",", "\t", ";"] {
        let rows = read("title", text.replace(',', delimiter).as_bytes()).expect("rows");
        assert_eq!((rows.len(), rows[0].number), (1, 5));
        let fields = rows[0].fields.as_ref().expect("fields");
        assert_eq!(fields.get(Column::PersonName), Some("张三"));
        assert_eq!(fields.get(Column::Category), Some("industry"));
        assert_eq!(fields.get(Column::Hours), Some("8"));
        assert_eq!(fields.get(Column::CourseTitle), None);
    }
}

#[test]
fn progress_ends_with_the_file() {
    let mut text = delimited(b',');
    for _ in 0..20_000 {
        text.extend_from_slice(b"k,1,330523190001010015,x,2024,public,8,,,,,\n");
    }
    for bytes in [text.clone(), gzip(&text)] {
        let file = File::new("progress", &bytes);
        let mut rows = open(&file, None).expect("rows");
        let (at_first, all) = rows.progress().expect("known");
        assert!(at_first <= all && all == u64::try_from(bytes.len()).expect("a length"));
        assert!(rows.all(|row| row.is_ok()));
        assert_eq!(rows.progress(), Some((all, all)));
    }
}

#[test]
fn a_file_that_is_not_there_is_told_without_its_folder() {
    let file = File::new("gone", b"");
    let path = file.path().to_owned();
    drop(file);
    let message = xueshi::sheet::open(&path, None).err().expect("a refusal");
    assert_eq!(message.code, "unreadable");
    assert!(message.args.iter().all(|(_, text)| !text.contains('/')), "{message:?}");
}

#[test]
fn what_is_written_reads_back() {
    use xueshi::sheet::export::{Cell, SheetWriter};
    let cells = |row: [&'static str; 12]| row.map(Cell::Text);
    let csv = SheetWriter::csv(Cursor::new(Vec::new()), &files::HEADINGS).expect("a writer");
    let xlsx =
        SheetWriter::xlsx(Cursor::new(Vec::new()), None, &files::HEADINGS).expect("a writer");
    for mut writer in [csv, xlsx] {
        for row in files::ROWS {
            writer.row(&cells(row)).expect("a row");
        }
        let bytes = writer.finish().expect("bytes").into_inner();
        let rows = read("back", &bytes).expect("rows");
        assert_eq!(rows.iter().map(texts).collect::<Vec<_>>(), expected());
    }
}
