//! A pair of CSV files instead of NDJSON.

use serde_json::{Value, json};

use super::{Output, TempFile, check};

const DECLARATIONS: &str = "id,jurisdiction,year,level,series,required_years,tenure_start\n\
    甲,331100,2023,intermediate,engineering,2,2018\n\
    乙,331100,2023,intermediate,engineering,2,2018\n";
const RECORDS: &str = "id,year,category,hours,source\n\
    甲,2022,professional,60,registry\n甲,2022,general,30,registry\n\
    乙,2023,professional,60,registry\n\
    甲,2023,professional,60.50,registry\n甲,2023,general,29.5,registry\n";

fn check_tables(name: &str, declarations: &[u8], records: &[u8], more: &[&str]) -> Output {
    let declarations = TempFile::new(&format!("{name}-declarations.csv"), declarations);
    let records = TempFile::new(&format!("{name}-records.csv"), records);
    let args = ["--declarations", declarations.path(), "--records", records.path()];
    check(&[&args, more].concat(), b"")
}

fn verdicts(output: &Output) -> Vec<(Value, Value)> {
    output.answers().iter().map(|a| (a["id"].clone(), a["verdict"].clone())).collect()
}

fn wanted() -> Vec<(Value, Value)> {
    vec![(json!("甲"), json!("met")), (json!("乙"), json!("not_met"))]
}

#[test]
fn declarations_are_joined_with_their_records() {
    let given = check_tables("plain", DECLARATIONS.as_bytes(), RECORDS.as_bytes(), &[]);
    assert_eq!((given.status, verdicts(&given)), (0, wanted()), "{}", given.err);
}

#[test]
fn encodings_and_headers_of_spreadsheets_are_read() {
    let chinese = "编号,地区代码,申报年度,级别,系列,规定年限,任职起始年,专业,单位系统,免修年度,已审核年度,截至\r\n\
        甲,331100,2023,中级,engineering,2,2018,,,,,\r\n\
        乙,331100,2023,中级,engineering,2,2018,水利,卫生,2016、2017；2018,2015 2014,2023-07-01\r\n";
    let records = "编号,年度,科目,学时,来源,依据,状态\r\n\
        甲,2022,专业,60,学习网,,已认定\r\n甲,2022,一般公需,30,学习网,,\r\n\
        乙,2023,专业科目,60,学习网,,待认定\r\n乙,2023,行业公需,9,学习网,,已撤销\r\n\
        甲,2023,专业科目,60.5,学习网,培训,已认定\r\n甲,2023,一般公需科目,29.5,学习网,,已认定\r\n";
    let gb = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let bom = |text: &str| format!("\u{feff}{text}").into_bytes();
    let (wanted, name) = (wanted(), "headers");
    for (declarations, records) in [
        (chinese.as_bytes().to_vec(), records.as_bytes().to_vec()),
        (bom(chinese), bom(records)),
        (gb(chinese), gb(records)),
        (bom(DECLARATIONS), RECORDS.as_bytes().to_vec()),
        (gb(DECLARATIONS), gb(RECORDS)),
    ] {
        let given = check_tables(name, &declarations, &records, &[]);
        assert_eq!(
            (given.status, verdicts(&given)),
            (0, wanted.clone()),
            "{}{}",
            given.err,
            given.out
        );
    }
}

#[test]
fn cells_may_hold_line_breaks_and_commas() {
    // Lines are those of the file, whatever ends them.
    let returned = RECORDS.replace("professional,60,", "professional,-60,").replace('\n', "\r\n");
    let given = check_tables(
        "returned",
        DECLARATIONS.as_bytes(),
        format!("{returned}\r\n").as_bytes(),
        &[],
    );
    let lines: Vec<Value> = given.answers().iter().map(|a| a["error"]["line"].clone()).collect();
    assert_eq!(lines, [json!(2), json!(4)]);
    let declarations = DECLARATIONS.replace("甲", "\"甲, 一\n二\"");
    let records = RECORDS.replace("甲", "\"甲, 一\n二\"").replace(",registry", ",\"学习网\n二期\"");
    let given = check_tables("quoted", declarations.as_bytes(), records.as_bytes(), &[]);
    assert_eq!(given.status, 0, "{}", given.err);
    assert_eq!(given.answers()[0]["id"], "甲, 一\n二");
    assert_eq!(given.answers()[0]["verdict"], "met");
    assert_eq!(given.out.lines().count(), 2, "an answer is one line");
    // After a row of two lines, lines are still those of the file.
    let records = records.replace("乙,2023,professional,60", "乙,2023,professional,-60");
    let given = check_tables("quoted", declarations.as_bytes(), records.as_bytes(), &[]);
    let error = given.answers()[1]["error"].clone();
    let line = 1 + records.lines().position(|line| line.starts_with("乙,")).expect("the row");
    assert_eq!((&error["code"], &error["line"]), (&json!("hours_negative"), &json!(line)));
}

#[test]
fn columns_that_are_wrong_stop_everything() {
    let no_id = DECLARATIONS.replacen("id,", "", 1);
    for (declarations, word) in [
        (DECLARATIONS.replacen("series", "serie", 1), "serie"),
        (DECLARATIONS.replacen("series", "year", 1), "year"),
        (DECLARATIONS.replacen("series", "申报年度", 1), "申报年度"),
        (no_id, "`id`"),
        (String::new(), "`id`"),
    ] {
        let given =
            check_tables("columns", declarations.as_bytes(), RECORDS.as_bytes(), &["--lang", "en"]);
        assert_eq!((given.status, given.out.as_str()), (2, ""), "{word}");
        assert!(
            given.err.contains(word) && given.err.contains("declarations.csv:1"),
            "{}",
            given.err
        );
    }
}

#[test]
fn a_column_that_is_not_there_is_told_of_each_person() {
    let declarations = DECLARATIONS.replacen(",series,", ",", 1).replace(",engineering,", ",");
    let given = check_tables("missing", declarations.as_bytes(), RECORDS.as_bytes(), &[]);
    assert_eq!(given.status, 1);
    for (answer, line) in given.answers().iter().zip([2, 3]) {
        let error = &answer["error"];
        assert_eq!(error["code"], "field_missing", "{answer}");
        assert_eq!((&error["field"], &error["line"]), (&json!("declaration.series"), &json!(line)));
    }
}

#[test]
fn a_row_of_another_length_is_its_persons_error() {
    for row in ["乙,2023,professional,60,registry,surplus", "乙,2023,professional,60"] {
        let records = RECORDS.replace("乙,2023,professional,60,registry", row);
        let given = check_tables("length", DECLARATIONS.as_bytes(), records.as_bytes(), &[]);
        assert_eq!(given.status, 1);
        let answers = given.answers();
        assert_eq!(answers[0]["verdict"], "met");
        let error = &answers[1]["error"];
        assert_eq!((&error["code"], &error["line"]), (&json!("row_length"), &json!(4)), "{error}");
        assert!(error["file"].as_str().expect("a file").ends_with("records.csv"), "{error}");
    }
}

#[test]
fn a_bad_record_is_its_persons_error_with_file_and_line() {
    for (bad, code, field) in [
        ("乙,2023,professional,8.125,registry", "hours_too_fine", "records[0].hours"),
        ("乙,二〇二三,professional,8,registry", "wrong_type", "records[0].year"),
        ("乙,2023,专业课,8,registry", "not_accepted", "records[0].category"),
        ("乙,2023,professional,８,registry", "hours_not_decimal", "records[0].hours"),
        ("乙,2023,professional,,registry", "field_missing", "records[0].hours"),
    ] {
        let records = RECORDS.replace("乙,2023,professional,60,registry", bad);
        let given = check_tables("record", DECLARATIONS.as_bytes(), records.as_bytes(), &[]);
        assert_eq!(given.status, 1);
        let answers = given.answers();
        assert_eq!(answers[0]["verdict"], "met", "the other person is answered");
        let error = &answers[1]["error"];
        assert_eq!((&error["code"], &error["line"]), (&json!(code), &json!(4)), "{error}");
        assert_eq!(error["field"], field);
        assert!(error["file"].as_str().expect("a file").ends_with("records.csv"), "{error}");
    }
}

#[test]
fn records_of_nobody_are_reported() {
    let records = format!("{RECORDS}丙,2023,general,8,registry\n丙,2022,general,8,registry\n");
    let given =
        check_tables("nobody", DECLARATIONS.as_bytes(), records.as_bytes(), &["--lang", "zh"]);
    assert_eq!((given.status, verdicts(&given)), (1, wanted()));
    assert!(given.err.contains("“丙”") && given.err.contains("records.csv:7"), "{}", given.err);
    assert_eq!(given.err.lines().count(), 1, "{}", given.err);
}

#[test]
fn text_of_no_encoding_is_refused() {
    let bytes = [DECLARATIONS.as_bytes(), &[0x80, 0xff, 0xff, 0x0a]].concat();
    let given = check_tables("bytes", &bytes, RECORDS.as_bytes(), &[]);
    assert_eq!((given.status, given.out.as_str()), (2, ""));
}

#[test]
fn one_file_without_the_other_is_not_enough() {
    let file = TempFile::new("alone.csv", DECLARATIONS.as_bytes());
    for args in [["--declarations", file.path()], ["--records", file.path()]] {
        assert_eq!(check(&args, b"").status, 2);
    }
}

#[test]
fn what_a_spreadsheet_would_take_for_a_formula_is_made_inert() {
    for id in ["=1+1", "+1", "-1", "@SUM(A1)"] {
        let declarations = DECLARATIONS.replace('甲', id);
        let records = RECORDS.replace('甲', id);
        let given = check_tables(
            "formula",
            declarations.as_bytes(),
            records.as_bytes(),
            &["--format", "csv"],
        );
        assert_eq!(given.status, 0, "{}", given.err);
        let mut reader = csv::Reader::from_reader(given.out.as_bytes());
        let rows: Vec<csv::StringRecord> =
            reader.records().map(|row| row.expect("a row")).collect();
        assert_eq!(&rows[0][0], format!("'{id}").as_str());
        assert_eq!((&rows[0][1], &rows[1][1]), ("met", "not_met"));
        // JSON is no spreadsheet.
        let given = check_tables("formula", declarations.as_bytes(), records.as_bytes(), &[]);
        assert_eq!(given.answers()[0]["id"], id);
    }
    let line = super::GOOD.replace("\"good\"", "\"\\t=1+1\"");
    let given = check(&["--format", "csv"], line.as_bytes());
    assert!(given.out.lines().nth(1).expect("a row").starts_with("'\t="), "{}", given.out);
}
