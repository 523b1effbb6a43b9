//! What is particular to workbooks: numbers, dates, errors, formulas, hidden sheets, titles.

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook};
use xueshi::sheet::{Column, Row};

use super::files::{File, PERSON, SHORT, by_hand, flaw, inline, open, read, refused};

fn field(row: &Row, column: Column) -> Option<&str> {
    row.fields.as_ref().unwrap_or_else(|problems| panic!("{problems:?}")).get(column)
}

#[test]
fn numbers_and_dates_are_read_as_they_are_shown() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, SHORT).expect("a row");
    sheet.write(0, 6, "完成日期").expect("a cell");
    let day = Style::new().set_num_format("yyyy-mm-dd");
    let date = ExcelDateTime::from_ymd(2024, 5, 6).expect("a day");
    sheet.write(1, 0, 1001).expect("a cell");
    // An identity number in a number cell has lost its last digits.
    sheet.write(1, 1, 330_523_190_001_010_015_f64).expect("a cell");
    sheet.write(1, 3, 2024).expect("a cell");
    sheet.write(1, 5, 12.5).expect("a cell");
    sheet.write_with_format(1, 6, &date, &day).expect("a cell");
    // A cell of which only the format is there.
    sheet.write_blank(1, 30, &day).expect("a cell");
    sheet
        .write_formula(3, 5, Formula::new("=A1+0.3").set_result("0.30000000000000004"))
        .expect("a cell");
    sheet.write(3, 3, true).expect("a cell");
    let rows = read("numbers", &book.save_to_buffer().expect("bytes")).expect("rows");
    assert_eq!(field(&rows[0], Column::Key), Some("1001"));
    assert_eq!(field(&rows[0], Column::PersonNumber), Some("3.30523E+17"));
    assert_eq!(field(&rows[0], Column::Year), Some("2024"));
    assert_eq!(field(&rows[0], Column::Hours), Some("12.5"));
    assert_eq!(field(&rows[0], Column::CompletedOn), Some("2024-05-06"));
    assert_eq!(rows[1].number, 4, "an empty row is passed over and counted");
    assert_eq!(field(&rows[1], Column::Hours), Some("0.3"));
    assert_eq!(field(&rows[1], Column::Year), Some("TRUE"));
}

const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;

fn dated(serial: &str, properties: &str) -> Row {
    let mut headings = SHORT.to_vec();
    headings.push("completed_on");
    let data =
        format!(r#"{}<row r="2"><c r="G2" s="1"><v>{serial}</v></c></row>"#, inline(1, &headings));
    let book = by_hand(&data, properties, &[("xl/styles.xml", STYLES.as_bytes())]);
    read("dated", &book).expect("rows").remove(0)
}

#[test]
fn dates_count_from_1900_or_1904() {
    for (serial, properties, day) in [
        ("45418", "", "2024-05-06"),
        ("45418.75", "", "2024-05-06"),
        ("43956", r#"<workbookPr date1904="1"/>"#, "2024-05-06"),
        ("1", "", "1900-01-01"),
        ("61", "", "1900-03-01"),
        // Of no day that there is, only the number is left.
        ("0.5", "", "0.5"),
        ("-7", "", "-7"),
        ("1e300", "", "1E+300"),
        ("99999999", "", "99999999"),
    ] {
        assert_eq!(field(&dated(serial, properties), Column::CompletedOn), Some(day), "{serial}");
    }
}

#[test]
fn an_error_value_is_a_problem_of_its_row() {
    let good = inline(3, &PERSON);
    for error in ["#N/A", "#DIV/0!", "#REF!", "#NAME?", "#NULL!", "#NUM!", "#VALUE!"] {
        let data = format!(
            r#"{}<row r="2"><c r="F2" t="e"><f>NA()</f><v>{error}</v></c></row>{good}"#,
            inline(1, &SHORT)
        );
        let rows = read("error", &by_hand(&data, "", &[])).expect("rows");
        assert_eq!(flaw(&rows[0]), "cell_error");
        let problem = &rows[0].fields.as_ref().expect_err("a problem")[0];
        assert_eq!(problem.field, "hours");
        assert!(problem.message.args.contains(&("error", error.to_owned())));
        assert_eq!(field(&rows[1], Column::Hours), Some("8"));
    }
}

#[test]
fn the_first_visible_sheet_is_read_and_the_others_are_named() {
    let mut book = Workbook::new();
    book.add_worksheet()
        .set_name("说明")
        .expect("a name")
        .set_hidden(true)
        .write(0, 0, "x")
        .expect("a cell");
    let sheet = book.add_worksheet().set_name("学时").expect("a name");
    sheet.write_row(0, 0, SHORT).expect("a row");
    sheet.write_row(1, 0, PERSON).expect("a row");
    sheet.set_active(true);
    book.add_worksheet().set_name("空").expect("a name");
    book.add_worksheet().set_name("更多").expect("a name").write(0, 0, "y").expect("a cell");
    let file = File::new("sheets", &book.save_to_buffer().expect("bytes"));
    let rows = open(&file, None).expect("rows");
    let [notice] = rows.notices() else { panic!("{:?}", rows.notices()) };
    crate::locale::assert_whole(notice);
    assert_eq!(notice.code, "sheets_not_read");
    assert_eq!(notice.args, [("read", "学时".to_owned()), ("others", "说明, 更多".to_owned())]);
    assert_eq!(rows.count(), 1);
}

#[test]
fn headings_may_stand_below_a_merged_title() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.merge_range(0, 0, 0, 5, "2024年度学时汇总表", &Style::new()).expect("a title");
    sheet.write(2, 0, "填报单位：某某培训中心").expect("a note");
    sheet.write_row(4, 1, SHORT).expect("a row");
    sheet.write_row(5, 1, PERSON).expect("a row");
    sheet.write_row(20, 1, PERSON).expect("a row");
    sheet.write(21, 9, "stray").expect("a cell");
    let rows = read("title", &book.save_to_buffer().expect("bytes")).expect("rows");
    let numbers: Vec<u64> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [6, 21, 22]);
    assert_eq!(field(&rows[1], Column::PersonName), Some("张三"));
    assert_eq!(flaw(&rows[2]), "cell_without_heading");
}

#[test]
fn a_workbook_in_which_every_sheet_is_hidden_is_refused() {
    let book = by_hand(&inline(1, &SHORT), "", &[]);
    assert_eq!(read("visible", &book).expect("rows").len(), 0);
    let hidden = |state: &str| {
        let text = format!(
            r#"<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" state="{state}" r:id="rId1"/></sheets></workbook>"#
        );
        by_hand(&inline(1, &SHORT), "", &[("xl/workbook.xml", text.as_bytes())])
    };
    assert_eq!(refused("hidden", &hidden("hidden")).code, "no_visible_sheet");
    assert_eq!(refused("very-hidden", &hidden("veryHidden")).code, "no_visible_sheet");
}
