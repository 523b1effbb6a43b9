//! Files to be read: the same rows in every format, and archives as no program would write them.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use rust_xlsxwriter::Workbook;
use zip::write::SimpleFileOptions;

use xueshi::domain::message::Message;
use xueshi::sheet::{self, Column, Format, Limits, Row, Rows};

/// A file that is gone when the test is over.
pub(super) struct File(PathBuf);

impl File {
    pub(super) fn new(name: &str, bytes: &[u8]) -> File {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("xueshi-sheets-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).expect("a file");
        File(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Opens the bytes as a file and goes through all rows.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Vec<Row>, Message> {
    read_within(name, bytes, &Limits::STANDARD)
}

pub(super) fn read_within(name: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<Row>, Message> {
    let file = File::new(name, bytes);
    let rows = sheet::open_within(file.path(), None, limits)?.collect();
    if let Err(message) = &rows {
        crate::locale::assert_whole(message);
    }
    rows
}

/// The refusal of a file, which has a sentence in both languages.
pub(super) fn refused(name: &str, bytes: &[u8]) -> Message {
    refused_within(name, bytes, &Limits::STANDARD)
}

pub(super) fn refused_within(name: &str, bytes: &[u8], limits: &Limits) -> Message {
    let message = read_within(name, bytes, limits).expect_err(name);
    crate::locale::assert_whole(&message);
    message
}

pub(super) fn open(file: &File, hint: Option<Format>) -> Result<Rows, Message> {
    sheet::open(file.path(), hint)
}

/// The code of what is wrong with a row.
pub(super) fn flaw(row: &Row) -> &'static str {
    let problems = row.fields.as_ref().expect_err("a problem");
    for problem in problems {
        crate::locale::assert_whole(&problem.message);
    }
    problems[0].message.code
}

pub(super) fn texts(row: &Row) -> Vec<Option<&str>> {
    let fields = row.fields.as_ref().unwrap_or_else(|problems| panic!("{problems:?}"));
    Column::ALL.into_iter().map(|column| fields.get(column)).collect()
}

pub(super) const HEADINGS: [&str; 12] = [
    "流水号",
    "版本",
    "身份证号",
    "姓名",
    "年度",
    "科目",
    "学时",
    "完成日期",
    "课程编号",
    "课程名称",
    "培训机构",
    "专业",
];

/// Made-up people, born in 1900.
pub(super) const ROWS: [[&str; 12]; 3] = [
    [
        "A-1",
        "1",
        "330523190001010015",
        "张三",
        "2024",
        "专业科目",
        "12.5",
        "2024-05-06",
        "C-1",
        "安全, 质量",
        "某某培训中心",
        "建筑",
    ],
    [
        "A-2",
        "2",
        "33052319000101002X",
        "李\"四\"",
        "2024",
        "一般公需",
        "8",
        "",
        "",
        "第一行\n第二行",
        "",
        "",
    ],
    ["A-3", "", "330523000101003", "欧阳修", "2023", "公需", "0.5", "", "", "", "", ""],
];

/// What is read of them.
pub(super) fn expected() -> Vec<Vec<Option<&'static str>>> {
    let category = |word| match word {
        "专业科目" => "professional",
        "一般公需" => "general",
        "公需" => "public",
        word => word,
    };
    let field = |text: &&'static str| (!text.is_empty()).then(|| category(text));
    // None of them says on what document it rests, nor the number of its evidence.
    ROWS.iter().map(|row| row.iter().map(field).chain([None, None]).collect()).collect()
}

pub(super) fn delimited(delimiter: u8) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    writer.write_record(HEADINGS).expect("a row");
    for row in ROWS {
        writer.write_record(row).expect("a row");
    }
    writer.into_inner().expect("bytes")
}

pub(super) fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, HEADINGS).expect("a row");
    for (number, row) in (1..).zip(ROWS) {
        sheet.write_row(number, 0, row).expect("a row");
    }
    book.save_to_buffer().expect("bytes")
}

pub(super) fn ndjson() -> Vec<u8> {
    let mut lines = String::new();
    for row in ROWS {
        let [
            key,
            revision,
            number,
            name,
            year,
            category,
            hours,
            day,
            code,
            title,
            provider,
            specialty,
        ] = row.map(|text| if text.is_empty() { serde_json::Value::Null } else { text.into() });
        let line = serde_json::json!({
            "key": key, "revision": revision, "person": {"number": number, "name": name},
            "year": year, "category": category, "hours": hours, "completed_on": day,
            "course": {"code": code, "title": title}, "provider": provider, "specialty": specialty,
        });
        lines.extend([line.to_string(), "\n".to_owned()]);
    }
    lines.into_bytes()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("bytes");
    encoder.finish().expect("bytes")
}

/// An archive of these parts.
pub(crate) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).expect("a part");
        writer.write_all(bytes).expect("a part");
    }
    writer.finish().expect("an archive").into_inner()
}

const RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#;
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook by hand: what is inside `<sheetData>`, the properties of the workbook, and more parts.
pub(super) fn by_hand(data: &str, properties: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let rels = format!(
        r#"{RELATIONS}<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let book = format!(
        r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{OFFICE}">{properties}<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let sheets = format!(
        r#"{RELATIONS}<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
    );
    let sheet = format!(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{data}</sheetData></worksheet>"#
    );
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("_rels/.rels", rels.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", sheets.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ];
    parts.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    parts.extend(more);
    zipped(&parts)
}

pub(super) fn inline(row: u32, texts: &[&str]) -> String {
    let cells = texts.iter().zip('A'..).map(|(text, column)| {
        format!(r#"<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>"#)
    });
    format!(r#"<row r="{row}">{}</row>"#, cells.collect::<String>())
}

/// The six columns that have to be there.
pub(super) const SHORT: [&str; 6] =
    ["key", "person_number", "person_name", "year", "category", "hours"];
pub(super) const PERSON: [&str; 6] = ["A-1", "330523190001010015", "张三", "2024", "public", "8"];
