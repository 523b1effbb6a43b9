//! Each refusal, with a sentence that says what would be right.

use xueshi::sheet::{Format, Limits};

use super::files::{
    File, PERSON, SHORT, delimited, flaw, gzip, open, read, refused, refused_within, workbook,
};

fn table(rows: &[&[&str]]) -> Vec<u8> {
    let lines: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    format!("{}\n", lines.join("\n")).into_bytes()
}

fn argument<'m>(message: &'m xueshi::domain::message::Message, name: &str) -> &'m str {
    let (_, text) = message.args.iter().find(|(other, _)| *other == name).expect("an argument");
    text
}

#[test]
fn headings_that_are_wrong_are_all_named() {
    let with = |more: &[&'static str]| table(&[&[&SHORT[..], more].concat()]);
    let message = refused("unknown", &with(&["houers", "课程名"]));
    assert_eq!(message.code, "unknown_columns");
    let columns = argument(&message, "columns");
    assert!(
        columns.contains("houers (→ hours?)") && columns.contains("课程名 (→ 课程名称?)"),
        "{columns}"
    );
    let message = refused("twice", &with(&["学时", "year"]));
    assert_eq!(
        (message.code, argument(&message, "columns")),
        ("columns_twice", "hours 学时, year 年度")
    );
    let message = refused("missing", &table(&[&["key", "year", "hours"]]));
    assert_eq!(message.code, "columns_missing");
    assert_eq!(
        argument(&message, "columns"),
        "person_number 身份证号, person_name 姓名, category 科目"
    );
    for nothing in
        [&b""[..], b"\n\n\n", b"a,b\n1,2\n", &[&b"x\n".repeat(10)[..], &with(&[])].concat()]
    {
        assert_eq!(refused("nothing", nothing).code, "no_headings");
    }
}

#[test]
fn what_is_too_much_is_refused() {
    let standard = Limits::STANDARD;
    let rows = table(&[&SHORT, &PERSON, &PERSON, &PERSON]);
    let few = Limits { rows: 2, ..standard };
    let file = File::new("rows", &rows);
    let read: Vec<_> = xueshi::sheet::open_within(file.path(), None, &few).expect("rows").collect();
    assert_eq!(read.len(), 3);
    assert!(read[0].is_ok() && read[1].is_ok(), "the rows before are told");
    assert_eq!(read[2].as_ref().expect_err("a refusal").code, "too_many_rows");
    let three = Limits { rows: 3, ..standard };
    assert_eq!(super::files::read_within("three", &rows, &three).expect("rows").len(), 3);

    for (name, bytes) in [("csv", rows.clone()), ("xlsx", workbook()), ("gz", gzip(&rows))] {
        let small = Limits { file_bytes: 10, ..standard };
        assert_eq!(refused_within(name, &bytes, &small).code, "file_too_large", "{name}");
    }
    for (name, bytes) in [("xlsx", workbook()), ("xlsx.gz", gzip(&workbook()))] {
        let small = Limits { workbook_bytes: 1000, ..standard };
        assert_eq!(refused_within(name, &bytes, &small).code, "file_too_large", "{name}");
        let small = Limits { expanded_bytes: 1 << 10, ..standard };
        assert_eq!(refused_within(name, &bytes, &small).code, "expands_too_far", "{name}");
    }
    let wide: Vec<String> =
        (0..201).map(|n| if n < 6 { SHORT[n].to_owned() } else { format!("x{n}") }).collect();
    let wide: Vec<&str> = wide.iter().map(String::as_str).collect();
    assert_eq!(refused("wide", &table(&[&wide])).code, "too_many_columns");
}

#[test]
fn a_row_that_never_ends_is_refused_after_the_rows_before_it() {
    let good = table(&[&SHORT, &PERSON]);
    let long = [&good[..], &b"x".repeat(2 << 20)].concat();
    let quote = [&good[..], b"\"", &b"x,\n".repeat(1 << 20)].concat();
    let short_quote = [&good[..], b"1,2,\"3\n4,5\n"].concat();
    for (name, bytes, code, line) in [
        ("long", long, "row_too_long", "3"),
        ("quote", quote, "quote_open", "3"),
        ("short-quote", short_quote, "quote_open", "3"),
    ] {
        let file = File::new(name, &bytes);
        let rows: Vec<_> = open(&file, None).expect("rows").collect();
        let message = rows.last().expect("a row").as_ref().expect_err(name);
        crate::locale::assert_whole(message);
        assert_eq!((message.code, argument(message, "line")), (code, line), "{name}");
        assert!(rows[0].is_ok(), "{name}");
    }
}

#[test]
fn a_row_that_is_wrong_stops_no_other() {
    let long = "x".repeat(40_000);
    let bytes = table(&[
        &SHORT,
        &["A-1", "2", "3"],
        &["A-2", "2", "3", "4", "5", "6", "stray"],
        &["A-3", "2", &long, "4", "5", "6"],
        &["A-4", "2", "3", "4", "5", "6", "", ""],
    ]);
    let rows = read("rows", &bytes).expect("rows");
    assert_eq!(flaw(&rows[0]), "row_length");
    assert_eq!(flaw(&rows[1]), "cell_without_heading");
    assert_eq!(flaw(&rows[2]), "cell_too_long");
    assert!(rows[3].fields.is_ok());
    let problem = &rows[2].fields.as_ref().expect_err("a problem")[0];
    assert_eq!((problem.line, problem.field.as_str()), (4, "person_name"));
}

#[test]
fn a_line_of_json_that_is_wrong_stops_no_other() {
    let long = format!("{{\"key\":\"{}\"}}", "x".repeat(2 << 20));
    let cell = format!("{{\"key\":\"{}\"}}", "x".repeat(40_000));
    let lines = [
        ("{\"key\":", "row_not_json"),
        ("{\"key\":\"1\",\"key\":\"2\"}", "row_not_json"),
        ("[1]", "not_a_table"),
        ("{\"person\":3}", "wrong_type"),
        ("{\"person\":{\"age\":3}}", "unknown_key"),
        ("{\"hour\":\"3\"}", "unknown_key"),
        ("{\"hours\":8.5}", "hours_not_text"),
        ("{\"year\":2024.5}", "wrong_type"),
        ("{\"key\":5}", "wrong_type"),
        (&long, "line_too_long"),
        (&cell, "cell_too_long"),
    ];
    let mut bytes: Vec<u8> = Vec::new();
    for (line, _) in lines {
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(b"{\"key\":\"\xff\"}\n{\"key\":\"1\",\"hours\":8}\n");
    let rows = read("json", &bytes).expect("rows");
    for (row, (line, code)) in rows.iter().zip(lines) {
        assert_eq!(flaw(row), code, "{}", &line[..line.len().min(50)]);
    }
    assert_eq!(flaw(&rows[lines.len()]), "not_utf8");
    assert!(rows[lines.len() + 1].fields.is_ok());
}

#[test]
fn a_file_is_what_its_content_says() {
    for (name, bytes, hint) in [
        ("a.csv", workbook(), Format::Csv),
        ("a.ndjson", workbook(), Format::Ndjson),
        ("a.xlsx", delimited(b','), Format::Xlsx),
        ("a.xlsx.gz", gzip(&delimited(b',')), Format::Xlsx),
    ] {
        let file = File::new(name, &bytes);
        let message = open(&file, Some(hint)).err().expect(name);
        crate::locale::assert_whole(&message);
        assert_eq!(message.code, "format_differs", "{name}");
    }
    let old = [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[0; 600]].concat();
    assert_eq!(refused("old.xls", &old).code, "old_workbook");
    assert_eq!(refused("utf-16", b"\xff\xfek\0e\0y\0").code, "not_text");
    let mut broken = delimited(b',');
    broken[30] = 0xff;
    assert_eq!(refused("broken", &broken).code, "not_text");
}

#[test]
fn what_is_cut_off_is_refused() {
    let packed = gzip(&delimited(b','));
    for length in [3, 12, packed.len() / 2, packed.len() - 1] {
        assert_eq!(refused("cut.gz", &packed[..length]).code, "gzip_damaged", "{length}");
    }
    let book = workbook();
    for length in [4, 40, book.len() / 2, book.len() - 30] {
        assert_eq!(refused("cut.xlsx", &book[..length]).code, "not_a_workbook", "{length}");
    }
}
