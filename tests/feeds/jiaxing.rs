//! Workbooks.

use std::fmt::Write as _;

use xueshi::domain::ledger::statement::StatedRow;
use xueshi::feeds::{Alarm, FileControl};

use super::{Folder, NAME, NUMBER, OTHER, all_told, feed, file, key};
use crate::sheets::zipped;

const CODE: &str = "jiaxing-workbook";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const STYLES: &str = r#"<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>"#;

/// A cell by hand.
#[derive(Clone, Copy)]
pub(super) enum C<'c> {
    /// Nothing.
    O,
    /// A text.
    T(&'c str),
    /// A number.
    N(&'c str),
    /// A day as a serial number.
    D(&'c str),
    /// A formula that was never calculated.
    F(&'c str),
    /// A formula with its value.
    V(&'c str, &'c str),
    /// Only a format.
    S,
}
use C::{D, F, N, O, S, T, V};

/// One row of a sheet.
pub(super) fn line(number: u32, cells: &[C<'_>]) -> String {
    let mut row = format!("<row r=\"{number}\">");
    for (cell, column) in cells.iter().zip('A'..) {
        let at = format!("{column}{number}");
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        let _ = match cell {
            O => Ok(()),
            T(text) => {
                let text = escaped(text);
                write!(row, r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#)
            }
            N(value) => write!(row, r#"<c r="{at}"><v>{value}</v></c>"#),
            D(value) => write!(row, r#"<c r="{at}" s="1"><v>{value}</v></c>"#),
            F(formula) => write!(row, r#"<c r="{at}"><f>{formula}</f></c>"#),
            V(formula, value) => write!(row, r#"<c r="{at}"><f>{formula}</f><v>{value}</v></c>"#),
            S => write!(row, r#"<c r="{at}" s="1"/>"#),
        };
    }
    row + "</row>"
}

/// The two rows of headings.
pub(super) fn head() -> String {
    let upper = [
        T("姓名"),
        T("身份证号码"),
        T("工作单位"),
        T("培训班"),
        O,
        O,
        O,
        T("学时"),
        O,
        O,
        O,
        T("审核人"),
    ];
    let lower = [
        O,
        O,
        O,
        T("名称"),
        T("举办单位"),
        T("开始日期"),
        T("结束日期"),
        T("专业课"),
        T("行业公需"),
        T("一般公需"),
        T("合计"),
    ];
    line(1, &upper) + &line(2, &lower)
}

/// A row about a course of four days, with its hours, their sum and who recognised it.
fn row<'c>(hours: [C<'c>; 4], reviewer: C<'c>) -> Vec<C<'c>> {
    let [a, b, c, sum] = hours;
    let (from, to) = (T("2024-05-06"), T("2024-05-08"));
    vec![
        T(NAME),
        T(NUMBER),
        T("单位"),
        T("施工安全"),
        T("培训中心"),
        from,
        to,
        a,
        b,
        c,
        sum,
        reviewer,
    ]
}

struct Sheet {
    name: &'static str,
    data: String,
    after: String,
    state: &'static str,
}

fn sheet(name: &'static str, data: String) -> Sheet {
    Sheet { name, data, after: String::new(), state: "visible" }
}

fn book(sheets: &[Sheet], properties: &str) -> Vec<u8> {
    let (mut names, mut relations, mut parts) = (String::new(), String::new(), Vec::new());
    for (n, sheet) in (1..).zip(sheets) {
        let (name, state) = (sheet.name, sheet.state);
        let _ =
            write!(names, r#"<sheet name="{name}" sheetId="{n}" state="{state}" r:id="rId{n}"/>"#);
        let _ = write!(
            relations,
            r#"<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>"#
        );
        let (data, after) = (&sheet.data, &sheet.after);
        let text = format!(
            r#"<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData>{after}</worksheet>"#
        );
        parts.push((format!("xl/worksheets/sheet{n}.xml"), text));
    }
    parts.push(("_rels/.rels".into(), format!(r#"<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#)));
    parts.push(("xl/workbook.xml".into(), format!(r#"<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>{names}</sheets></workbook>"#)));
    let styles = r#"<Relationship Id="rIdS" Type="x/styles" Target="styles.xml"/>"#;
    parts.push((
        "xl/_rels/workbook.xml.rels".into(),
        format!(r#"<Relationships xmlns="{PACKAGE}">{relations}{styles}</Relationships>"#),
    ));
    parts.push((
        "xl/styles.xml".into(),
        format!(r#"<styleSheet xmlns="{MAIN}">{STYLES}</styleSheet>"#),
    ));
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(n, t)| (n.as_str(), t.as_bytes())).collect();
    zipped(&parts)
}

/// A sheet of 2024 with a row of 24 hours and one of none, a hidden one of 2022 and one of remarks.
pub fn partly_read() -> Vec<u8> {
    let rows = || head() + &line(3, &row([N("24"), O, O, N("24")], T("审核员")));
    let two = rows() + &line(4, &row([O, O, O, O], T("审核员")));
    let mut hidden = sheet("2022年", rows());
    hidden.state = "hidden";
    let remarks = sheet("说明", line(1, &[T("填表说明")]));
    book(&[sheet("2024年", two), remarks, hidden], "")
}

fn read_bytes(test: &str, bytes: &[u8]) -> (Vec<StatedRow>, Result<FileControl, Alarm>) {
    let folder = Folder::new(&format!("jx-{test}"));
    file(CODE, &folder.put("嘉兴.xlsx", bytes))
}

/// The rows below the headings of one sheet of 2024.
fn read(test: &str, rows: &[Vec<C<'_>>]) -> (Vec<StatedRow>, Result<FileControl, Alarm>) {
    let lines: String = (3..).zip(rows).map(|(n, cells)| line(n, cells)).collect();
    read_bytes(test, &book(&[sheet("2024年", head() + &lines)], ""))
}

/// What becomes of a row.
fn one(test: &str, cells: Vec<C<'_>>) -> Vec<String> {
    let (rows, control) = read(test, &[cells]);
    control.expect("a whole book");
    all_told(&rows)
}

const PROFESSIONAL: &str = "recognised 2024 professional 24 2024-05-08";

#[test]
fn a_row_is_up_to_three_records_of_one_event() {
    let hours = [N("24"), N("6"), N("6.5"), N("36.5")];
    let (rows, control) = read("three", &[row(hours, T("审核员"))]);
    assert_eq!(
        all_told(&rows),
        [
            PROFESSIONAL,
            "recognised 2024 industry 6 2024-05-08",
            "recognised 2024 general 6.5 2024-05-08",
        ]
    );
    let places: Vec<i64> = rows.iter().map(|row| row.row_no).collect();
    assert_eq!(places, [10_000_012, 10_000_013, 10_000_014]);
    let mut keys: Vec<&str> = rows.iter().map(key).collect();
    keys.dedup();
    assert_eq!(keys.len(), 3);
    let raw = String::from_utf8(rows[0].raw.clone()).expect("text");
    assert!(raw.contains("\"sheet\":\"2024年\"") && raw.contains("\"row\":3"), "{raw}");
    let control = control.expect("a whole book");
    assert_eq!((control.rows, control.complete), (3, true));
    let only = one("one", row([O, N("8"), O, N("8")], O));
    assert_eq!(only, ["received 2024 industry 8 2024-05-08"]);
}

#[test]
fn the_sum_of_a_row_is_a_control() {
    let told = one("sum", row([N("24"), N("6"), O, N("31")], T("审核员")));
    assert_eq!(told, ["held row_total_differs", "held row_total_differs"]);
    // A sum that was never calculated says nothing.
    for sum in [F("SUM(H3:J3)"), V("SUM(H3:J3)", "0"), O] {
        assert_eq!(one("no-sum", row([N("24"), O, O, sum], T("审核员"))), [PROFESSIONAL]);
    }
}

#[test]
fn merged_names_reach_down() {
    let mut second = row([N("8"), O, O, N("8")], T("审核员"));
    (second[0], second[1], second[3]) = (O, O, T("另一班"));
    let third = {
        let mut third = second.clone();
        third[3] = T("第三班");
        third
    };
    let first = row([N("24"), O, O, N("24")], T("审核员"));
    let lines: String =
        (3..).zip([first, second, third]).map(|(n, cells)| line(n, &cells)).collect();
    let mut tab = sheet("2024年", head() + &lines);
    tab.after = r#"<mergeCells count="5"><mergeCell ref="A1:A2"/><mergeCell ref="D1:G1"/><mergeCell ref="A3:A4"/><mergeCell ref="B3:B4"/></mergeCells>"#.into();
    let (rows, control) = read_bytes("merged", &book(&[tab], ""));
    control.expect("a whole book");
    assert_eq!(
        all_told(&rows),
        [
            PROFESSIONAL,
            "recognised 2024 professional 8 2024-05-08",
            // The third row is not merged with them: whose it is, is not said.
            "rejected field_missing field_missing",
        ]
    );
}

#[test]
fn merged_hours_are_held() {
    let mut second = row([O, O, O, O], T("审核员"));
    second[1] = T(OTHER);
    let first = row([N("24"), O, O, N("24")], T("审核员"));
    let mut tab = sheet("2024年", head() + &line(3, &first) + &line(4, &second));
    tab.after = r#"<mergeCells><mergeCell ref="H3:H4"/></mergeCells>"#.into();
    let (rows, _) = read_bytes("merged-hours", &book(&[tab], ""));
    assert_eq!(all_told(&rows), [PROFESSIONAL, "held hours_merged"]);
}

#[test]
fn numbers_that_were_stored_as_numbers_are_held() {
    let mut cells = row([N("24"), O, O, N("24")], T("审核员"));
    cells[1] = N("330523190001011237");
    assert_eq!(one("number", cells.clone()), ["held id_number_damaged"]);
    // Hours stored as texts are hours.
    cells[1] = T(NUMBER);
    (cells[7], cells[10]) = (T("24学时"), T("24"));
    assert_eq!(one("texts", cells), [PROFESSIONAL]);
}

#[test]
fn days_may_be_serial_numbers_of_either_epoch() {
    for (properties, from, to) in [
        ("", "45418", "45420"),
        (r#"<workbookPr date1904="1"/>"#, "43956", "43958"),
        (r#"<workbookPr date1904="true"/>"#, "43956.5", "43958.75"),
    ] {
        let by_text = row([N("24"), O, O, N("24")], T("审核员"));
        for days in [[D(from), D(to)], [N(from), N(to)], [T(from), T(to)]] {
            let mut cells = by_text.clone();
            (cells[5], cells[6]) = (days[0], days[1]);
            let lines = line(3, &by_text) + &line(4, &cells);
            let (rows, control) =
                read_bytes("days", &book(&[sheet("2024", head() + &lines)], properties));
            control.expect("a whole book");
            assert_eq!(all_told(&rows), [PROFESSIONAL, PROFESSIONAL], "{properties} {to}");
            assert_eq!(
                key(&rows[0]),
                key(&rows[1]),
                "the same course, however its days are written"
            );
        }
    }
}

#[test]
fn a_formula_that_was_never_calculated_is_held() {
    for cell in [F("24*1"), V("24*1", "0"), V("24*1", "")] {
        let told = one("formula", row([cell, N("6"), O, O], T("审核员")));
        assert_eq!(told, ["held formula_without_value", "recognised 2024 industry 6 2024-05-08"]);
    }
    assert_eq!(one("value", row([V("24*1", "24"), O, O, N("24")], T("审核员"))), [PROFESSIONAL]);
    let mut cells = row([N("24"), O, O, N("24")], T("审核员"));
    cells[6] = F("TODAY()");
    assert_eq!(one("day", cells)[0].split(' ').nth(1), Some("formula_without_value"));
}

#[test]
fn hidden_rows_are_rows() {
    let hidden = line(3, &row([N("24"), O, O, N("24")], T("审核员")));
    let hidden = hidden.replace("<row r=\"3\">", "<row r=\"3\" hidden=\"1\">");
    let (rows, _) = read_bytes("hidden", &book(&[sheet("2024年", head() + &hidden)], ""));
    assert_eq!(all_told(&rows), [PROFESSIONAL]);
}

#[test]
fn sums_and_blanks_between_the_rows_are_passed_over() {
    let good = row([N("24"), O, O, N("24")], T("审核员"));
    let sum = |word| vec![T(word), O, O, O, O, O, O, N("24"), O, O, N("24")];
    let note = vec![T("制表人：样例"), O, O, O, O, T("2024-12-30")];
    let lines = [
        line(3, &good),
        line(4, &sum("小计")),
        line(9, &good),
        line(10, &sum("合计：")),
        line(12, &sum("总计")),
        line(15, &note),
    ];
    let (rows, control) =
        read_bytes("sums", &book(&[sheet("2024年", head() + &lines.concat())], ""));
    assert_eq!(all_told(&rows), [PROFESSIONAL, PROFESSIONAL]);
    assert_eq!(rows[1].row_no, 10_000_036, "the row as the sheet shows it");
    let control = control.expect("a whole book");
    assert_eq!((control.rows, control.skipped), (2, 4));
}

#[test]
fn a_sum_in_a_cell_is_held_and_a_slash_is_nothing() {
    assert_eq!(one("plus", row([T("24+6"), O, O, N("30")], T("审核员"))), ["held hours_sum"]);
    for nothing in ["/", "-", "—", "无", " / ", "0"] {
        let told = one("slash", row([N("24"), T(nothing), T(nothing), N("24")], T("审核员")));
        assert_eq!(told, [PROFESSIONAL], "{nothing}");
    }
    let all = one("all", row([T("/"), T("/"), T("/"), T("/")], T("/")));
    assert!(all.is_empty());
    let slash = one("reviewer", row([N("24"), O, O, N("24")], T("/")));
    assert_eq!(slash, ["received 2024 professional 24 2024-05-08"], "nobody has reviewed it");
}

#[test]
fn two_people_in_a_cell_are_held() {
    let good = row([N("24"), O, O, N("24")], T("审核员"));
    let (both, numbers) = (format!("{NAME}、样例二"), format!("{NUMBER}\n{OTHER}"));
    let mut cells = good.clone();
    (cells[0], cells[1]) = (T(&both), T(&numbers));
    assert_eq!(one("two", cells), ["held two_people"]);
    for (at, text) in [(0, both.as_str()), (1, numbers.as_str())] {
        let mut cells = good.clone();
        cells[at] = T(text);
        assert_eq!(one("one-of-two", cells), ["held two_people"], "{text}");
    }
}

#[test]
fn a_tab_against_the_days_is_flagged() {
    let lines = head() + &line(3, &row([N("24"), O, O, N("24")], T("审核员")));
    let flagged = format!("{PROFESSIONAL} +year_basis_differs");
    for (name, told) in
        [("2023年", &*flagged), ("2024", PROFESSIONAL), ("２０２４年度", PROFESSIONAL)]
    {
        let (rows, _) = read_bytes("tab", &book(&[sheet(name, lines.clone())], ""));
        assert_eq!(all_told(&rows), [told], "{name}");
    }
    let mut undated = row([N("24"), O, O, N("24")], T("审核员"));
    (undated[5], undated[6]) = (O, O);
    let told = one("undated", undated);
    assert_eq!(told, ["recognised 2024 professional 24 - +year_from_label"]);
}

#[test]
fn every_year_has_its_sheet_and_other_sheets_are_told() {
    let good = || head() + &line(3, &row([N("24"), O, O, N("24")], T("审核员")));
    let mut hidden = sheet("2022年", good());
    hidden.state = "hidden";
    let sheets = [
        sheet("说明", line(1, &[T("填表说明")])),
        sheet("2024年", good()),
        sheet("2023年", good()),
        hidden,
        sheet("2025年", String::new()),
    ];
    let (rows, control) = read_bytes("sheets", &book(&sheets, ""));
    let places: Vec<i64> = rows.iter().map(|row| row.row_no).collect();
    assert_eq!(places, [20_000_012, 30_000_012]);
    let notices = control.expect("a whole book").notices;
    assert_eq!(notices[0].code, "feed_sheets_not_read");
    let told: Vec<&str> = notices[0].args.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(told[1..], ["2", "…, 2022年"], "what is not a year may be a name");
    let (_, control) = read_bytes("no-year", &book(&[sheet("说明", good())], ""));
    assert_eq!(control.expect_err("an alarm").code(), "feed_header_changed");
}

#[test]
fn moved_columns_are_found_and_renamed_ones_stop_the_feed() {
    let upper = [
        T("身份证号码"),
        T("姓名"),
        T("学时"),
        O,
        O,
        O,
        T("培训班"),
        O,
        O,
        O,
        T("审核人"),
        T("工作单位"),
    ];
    let lower = [
        O,
        O,
        T("合计"),
        T("一般公需"),
        T("行业公需"),
        T("专业课"),
        T("培训班名称"),
        T("举办单位"),
        T("开始日期"),
        T("结束日期"),
    ];
    let cells = [
        T(NUMBER),
        T(NAME),
        N("24"),
        O,
        O,
        N("24"),
        T("施工安全"),
        T("培训中心"),
        T("2024-05-06"),
        T("2024-05-08"),
        T("审核员"),
        T("单位"),
    ];
    let title = line(1, &[T("2024 年度继续教育台账")]);
    let data = title + &line(3, &upper) + &line(4, &lower) + &line(5, &cells);
    let (rows, control) = read_bytes("moved", &book(&[sheet("2024年", data.clone())], ""));
    control.expect("a whole book");
    assert_eq!(all_told(&rows), [PROFESSIONAL]);
    let (usual, _) = read("unmoved", &[row([N("24"), O, O, N("24")], T("审核员"))]);
    assert_eq!(key(&rows[0]), key(&usual[0]));
    for (from, to, missing) in [
        ("一般公需", "通识公需", "一般公需"),
        ("结束日期", "结业日期", "结束日期"),
        ("身份证号码", "证件号", "身份证号码"),
    ] {
        let renamed = data.replace(from, to);
        let good = sheet("2023年", data.clone());
        let (rows, control) = read_bytes("renamed", &book(&[good, sheet("2024年", renamed)], ""));
        let Err(Alarm::HeaderChanged { missing: found, .. }) = control else {
            panic!("{control:?}")
        };
        assert_eq!(found, [missing]);
        assert!(rows.is_empty(), "nothing of the good sheet either");
    }
}

#[test]
fn a_hundred_thousand_formatted_rows_cost_nothing() {
    let mut data = head() + &line(3, &row([N("24"), O, O, N("24")], T("审核员")));
    for n in 4..100_004 {
        data.push_str(&line(n, &[S, S]));
    }
    let (rows, control) = read_bytes("formatted", &book(&[sheet("2024年", data)], ""));
    assert_eq!((rows.len(), control.expect("a whole book").skipped), (1, 0));
}

#[test]
fn far_cells_and_bombs_are_harmless() {
    let good = head() + &line(3, &row([N("24"), O, O, N("24")], T("审核员")));
    let far = r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
    let (rows, control) = read_bytes("far", &book(&[sheet("2024年", good.clone() + far)], ""));
    assert_eq!(all_told(&rows), [PROFESSIONAL]);
    control.expect("a whole book");
    let gap = format!("<row r=\"9\">{}</row>", " ".repeat(1000)).repeat(40 << 10);
    let (rows, control) = read_bytes("bomb", &book(&[sheet("2024年", good + &gap)], ""));
    assert!(rows.is_empty());
    assert_eq!(control.expect_err("an alarm").code(), "ratio_too_high");
    let (_, control) = read_bytes("none", b"PK\x03\x04nothing");
    assert_eq!(control.expect_err("an alarm").code(), "not_a_workbook");
}

#[test]
fn texts_that_look_like_formulas_stay_texts() {
    let mut cells = row([N("24"), O, O, N("24")], T("审核员"));
    (cells[2], cells[3], cells[4]) = (T("@单位"), T("=1+1班"), T("+中心"));
    let (rows, _) = read("text", &[cells]);
    let xueshi::domain::ledger::statement::Said::Record(said) = &rows[0].said else {
        panic!("a record")
    };
    let texts = said.posting.particulars.clone();
    assert_eq!(texts.course_title.as_deref(), Some("=1+1班"));
    assert_eq!(texts.provider.as_deref(), Some("+中心"));
}

#[test]
fn more_than_ninety_hours_of_one_event_are_held() {
    let told = one("many", row([N("60"), N("20"), N("11"), N("91")], T("审核员")));
    assert_eq!(told, ["held hours_unlikely"; 3]);
    let told = one("error", row([T("八"), O, O, O], T("审核员")));
    assert_eq!(told, ["rejected hours_not_decimal"]);
    assert!(feed(CODE).takes_file("台账.xlsx") && !feed(CODE).takes_file("~$台账.xlsx"));
}

/// A book of one row, or of a sheet by hand.
pub(super) fn sample(data: &str) -> Vec<u8> {
    let good = head() + &line(3, &row([N("24"), O, O, N("24")], T("审核员")));
    let data = if data.is_empty() { good } else { data.to_owned() };
    book(&[sheet("2024年", data)], "")
}
