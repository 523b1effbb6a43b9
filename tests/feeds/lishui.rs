//! Files of columns.

use std::path::{Path, PathBuf};

use md5::{Digest, Md5};
use xueshi::domain::ledger::statement::StatedRow;
use xueshi::feeds::{Alarm, FileControl, FileKind};

use super::{Folder, NAME, NUMBER, OTHER, all_told, feed, file, key, name, told};

const CODE: &str = "lishui-registry";
pub(crate) const HEADINGS: [&str; 15] = [
    "序号",
    "姓名",
    "身份证号",
    "单位名称",
    "职称系列",
    "培训项目名称",
    "主办单位",
    "科目类别",
    "学时",
    "起止时间",
    "所属年度",
    "登记日期",
    "审核状态",
    "证书编号",
    "备注",
];
const USUAL: [&str; 15] = [
    "1",
    NAME,
    NUMBER,
    "样例单位",
    "工程",
    "施工安全",
    "样例培训中心",
    "专业科目",
    "24",
    "2023.01.05-01.08",
    "2023",
    "2023-02-01",
    "已认定",
    "LS2023-000001",
    "",
];
const GOOD: &str = "recognised 2023 professional 24 2023-01-08";

/// A row with changes by heading.
pub(crate) fn row(changes: &[(&str, &str)]) -> Vec<String> {
    let value = |heading: &str, usual: &str| {
        let changed = changes.iter().find(|(other, _)| *other == heading);
        changed.map_or(usual, |(_, value)| value).to_owned()
    };
    HEADINGS.iter().zip(USUAL).map(|(heading, usual)| value(heading, usual)).collect()
}

pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(headings).expect("a row");
    for row in rows {
        writer.write_record(row).expect("a row");
    }
    writer.into_inner().expect("bytes")
}

fn gb(bytes: &[u8]) -> Vec<u8> {
    encoding_rs::GB18030.encode(std::str::from_utf8(bytes).expect("text")).0.into_owned()
}

/// A file with its digest and mark.
pub(crate) fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let digest = format!("{}  {name}\n", hex::encode(Md5::digest(bytes)));
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    file(&format!("{name}.md5"), digest.as_bytes());
    file(&format!("{name}.ok"), b"");
    file(name, bytes)
}

/// Drops a file with its digest and mark, and reads it.
fn drop_file(test: &str, name: &str, bytes: &[u8]) -> (Vec<StatedRow>, Result<FileControl, Alarm>) {
    let folder = Folder::new(&format!("ls-{test}"));
    file(CODE, &put(folder.path(), name, bytes))
}

pub(crate) const FILE: &str = "LS_XS_20230514_full_01.csv";

fn read(test: &str, rows: &[Vec<String>]) -> (Vec<StatedRow>, Result<FileControl, Alarm>) {
    drop_file(test, FILE, &gb(&table(&HEADINGS, rows)))
}

fn one(test: &str, changes: &[(&str, &str)]) -> String {
    let (rows, control) = read(test, &[row(changes)]);
    control.expect("a whole file");
    assert_eq!(rows.len(), 1);
    told(&rows[0])
}

#[test]
fn a_clean_file_is_read_in_full() {
    let second = row(&[("证书编号", ""), ("审核状态", "待审核"), ("科目类别", "行业公需")]);
    let (rows, control) = read("clean", &[row(&[]), second]);
    assert_eq!(all_told(&rows), [GOOD, "received 2023 industry 24 2023-01-08"]);
    assert_eq!((rows[0].row_no, rows[1].row_no), (2, 3), "the lines of the file");
    assert_eq!(key(&rows[0]), "LS2023-000001");
    assert_eq!(rows[0].certificate.as_deref(), Some("LS2023-000001"));
    assert_eq!(key(&rows[1]).len(), 32);
    assert_eq!(rows[0].started_on.map(|day| day.to_string()).as_deref(), Some("2023-01-05"));
    let raw = String::from_utf8(rows[0].raw.clone()).expect("text");
    assert!(raw.contains("\"line\":2") && raw.contains("\"学时\":\"24\""), "{raw}");
    let control = control.expect("a whole file");
    assert_eq!(control.day.map(|day| day.to_string()).as_deref(), Some("2023-05-14"));
    assert_eq!((control.kind, control.number, control.rows), (FileKind::Full, 1, 2));
    assert!(control.complete && control.digest.len() == 64);
}

#[test]
fn utf8_with_a_mark_is_read_like_gb18030() {
    let plain = table(&HEADINGS, &[row(&[])]);
    let marked = ["\u{feff}".as_bytes(), &plain].concat();
    for (test, bytes) in [("gb", gb(&plain)), ("bom", marked), ("utf8", plain)] {
        let (rows, control) = drop_file(test, FILE, &bytes);
        assert_eq!(all_told(&rows), [GOOD], "{test}");
        control.expect("a whole file");
    }
    let (rows, control) = drop_file("neither", FILE, b"\xff\xfe\0\x01");
    assert!(rows.is_empty() && control.expect_err("an alarm").code() == "not_text");
}

#[test]
fn names_outside_gbk_survive() {
    for rare in ["𠮷一", "㐂一", "阿卜杜拉·买买提"] {
        let (rows, _) = read("rare", &[row(&[("姓名", rare)])]);
        assert_eq!(name(&rows[0]), rare);
    }
    // Where the program that wrote the file lost the character, somebody has to look.
    assert_eq!(one("lost", &[("姓名", "?一")]), "held person_name_damaged");
}

#[test]
fn quotes_commas_and_line_breaks_stay_in_their_fields() {
    let odd = [("培训项目名称", "施工\"安全\",\n第一期"), ("单位名称", "东区,一部\r\n二组")];
    let (rows, control) = read("quoted", &[row(&odd), row(&[("证书编号", "B")])]);
    assert_eq!(all_told(&rows), [GOOD, GOOD]);
    let xueshi::domain::ledger::statement::Said::Record(said) = &rows[0].said else {
        panic!("a record")
    };
    let title = said.posting.particulars.course_title.as_deref();
    assert_eq!(title, Some("施工\"安全\", 第一期"));
    assert_eq!(rows[1].row_no, 5, "the line at which it begins");
    control.expect("a whole file");
}

#[test]
fn the_line_of_sums_is_a_control_and_no_row() {
    let mut sum = vec![String::new(); 15];
    (sum[0], sum[8]) = ("合计".into(), "48.00".into());
    let rows = [row(&[]), row(&[("证书编号", "B"), ("学时", "２４学时")]), sum.clone()];
    let (taken, control) = read("sum", &rows);
    let control = control.expect("a whole file");
    assert_eq!((taken.len(), control.rows, control.skipped), (2, 2, 1));
    sum[8] = "49".into();
    let (taken, control) = read("wrong-sum", &[row(&[]), row(&[("证书编号", "B")]), sum]);
    let (stated, found) = ("49".parse().expect("hours"), "48".parse().expect("hours"));
    assert_eq!(control, Err(Alarm::TotalsDiffer { stated, found }));
    assert!(taken.is_empty(), "nothing is taken");
}

#[test]
fn moved_columns_are_found_by_their_headings() {
    let order: Vec<usize> = (0..15).rev().collect();
    let headings: Vec<&str> = order.iter().map(|at| HEADINGS[*at]).collect();
    let moved: Vec<String> = order.iter().map(|at| row(&[])[*at].clone()).collect();
    let (rows, control) = drop_file("moved", FILE, &gb(&table(&headings, &[moved])));
    assert_eq!(all_told(&rows), [GOOD]);
    control.expect("a whole file");
}

#[test]
fn renamed_columns_stop_the_feed() {
    let mut headings = HEADINGS;
    headings[8] = "认定学时数";
    let (rows, control) = drop_file("renamed", FILE, &gb(&table(&headings, &[row(&[])])));
    let (missing, unknown) = (vec!["学时".to_owned()], vec!["认定学时数".to_owned()]);
    assert_eq!(control, Err(Alarm::HeaderChanged { missing, unknown }));
    assert!(rows.is_empty());
    // Without headings, the first row is about somebody: it is not told again.
    let usual = row(&[]);
    let first: Vec<&str> = usual.iter().map(String::as_str).collect();
    let (_, control) = drop_file("headless", FILE, &gb(&table(&first, &[row(&[])])));
    let alarm = control.expect_err("an alarm");
    assert_eq!(alarm.code(), "feed_header_changed");
    assert!(!format!("{alarm:?}").contains(NUMBER) && !format!("{alarm:?}").contains(NAME));
    let (_, control) = drop_file("empty", FILE, b"");
    assert_eq!(control.expect_err("an alarm").code(), "feed_header_changed");
}

#[test]
fn a_number_that_a_spreadsheet_damaged_is_held() {
    assert_eq!(one("damaged", &[("身份证号", "3.31102E+17")]), "held id_number_damaged");
    assert_eq!(one("zeros", &[("身份证号", "331102190001010000")]), "held id_number_damaged");
}

#[test]
fn full_and_incremental_files_are_told_apart() {
    let bytes = gb(&table(&HEADINGS, &[row(&[])]));
    let (_, control) = drop_file("inc", "LS_XS_20230515_inc_02.csv", &bytes);
    let control = control.expect("a whole file");
    assert_eq!((control.kind, control.number), (FileKind::Incremental, 2));
    for name in [
        "LS_XS_20230514_all_01.csv",
        "LS_XS_20230231_full_01.csv",
        "LS_XS_2023514_full_01.csv",
        "LS_XS_20230514_full_01.csv.bak",
        "LS_XS_20230514_full_.csv",
        "x.csv",
    ] {
        assert!(!feed(CODE).takes_file(name), "{name}");
        assert_eq!(drop_file("names", name, &bytes).1, Err(Alarm::FileName), "{name}");
    }
    assert!(feed(CODE).takes_file(FILE) && !feed(CODE).takes_file(&format!("{FILE}.ok")));
}

#[test]
fn a_file_without_its_mark_is_not_read() {
    let folder = Folder::new("ls-mark");
    let bytes = gb(&table(&HEADINGS, &[row(&[])]));
    let path = folder.put(FILE, &bytes);
    let digest = hex::encode(Md5::digest(&bytes)).to_uppercase();
    folder.put(&format!("{FILE}.md5"), digest.as_bytes());
    assert_eq!(file(CODE, &path).1, Err(Alarm::NotDone));
    let mark = folder.put(&format!("{FILE}.ok"), b"");
    assert_eq!(file(CODE, &path).0.len(), 1);
    std::fs::remove_file(folder.path().join(format!("{FILE}.md5"))).expect("removed");
    assert_eq!(file(CODE, &path).1, Err(Alarm::NotDone), "without a digest too");
    std::fs::remove_file(mark).expect("removed");
}

#[test]
fn a_wrong_digest_stops_the_feed() {
    let folder = Folder::new("ls-digest");
    let bytes = gb(&table(&HEADINGS, &[row(&[])]));
    let path = folder.put(FILE, &bytes);
    folder.put(&format!("{FILE}.ok"), b"");
    for digest in ["00000000000000000000000000000000", "", "nonsense"] {
        folder.put(&format!("{FILE}.md5"), digest.as_bytes());
        let (rows, control) = file(CODE, &path);
        assert!(rows.is_empty() && control == Err(Alarm::DigestDiffers), "{digest}");
    }
}

#[test]
fn yesterdays_file_under_a_new_name_has_the_same_digest() {
    let bytes = gb(&table(&HEADINGS, &[row(&[])]));
    let digest = |name: &str| {
        let folder = Folder::new(&format!("ls-again-{name}"));
        let path = folder.put(name, &bytes);
        folder.put(&format!("{name}.md5"), hex::encode(Md5::digest(&bytes)).as_bytes());
        folder.put(&format!("{name}.ok"), b"");
        let examined = feed(CODE).examine_file(&path, &super::reading()).expect("whole");
        assert_eq!((examined.rows, examined.complete), (1, false), "looked through, not read");
        examined.digest
    };
    assert_eq!(digest(FILE), digest("LS_XS_20230515_full_01.csv"));
}

#[test]
fn an_older_file_never_wins() {
    let bytes = gb(&table(&HEADINGS, &[row(&[]), row(&[])]));
    let versions = |name: &str| -> Vec<i64> {
        drop_file("versions", name, &bytes).0.iter().map(|row| row.version).collect()
    };
    let files = [
        "LS_XS_20221231_full_99.csv",
        "LS_XS_20230514_full_01.csv",
        "LS_XS_20230514_inc_02.csv",
        "LS_XS_20230515_inc_01.csv",
    ];
    let all: Vec<i64> = files.iter().flat_map(|name| versions(name)).collect();
    assert!(all.is_sorted() && all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");
}

#[test]
fn a_correction_is_a_later_row_of_the_same_key() {
    let corrected = row(&[("学时", "16"), ("备注", "更正")]);
    let (rows, _) = read("corrected", &[row(&[]), corrected]);
    assert_eq!(all_told(&rows), [GOOD, "recognised 2023 professional 16 2023-01-08"]);
    assert_eq!(key(&rows[0]), key(&rows[1]));
    assert!(rows[0].version < rows[1].version);
    // Without a certificate the key is made of whose and what, however that is written.
    let bare = row(&[("证书编号", "")]);
    let again = row(&[
        ("证书编号", ""),
        ("学时", "16"),
        ("备注", "更正"),
        ("科目类别", "专业课"),
        ("起止时间", "2023-01-05至2023-01-08"),
        ("身份证号", " 330523 19000101 1237"),
    ]);
    let other = row(&[("证书编号", ""), ("身份证号", OTHER)]);
    let (rows, _) = read("bare", &[bare, again, other]);
    assert_eq!(key(&rows[0]), key(&rows[1]));
    assert_ne!(key(&rows[0]), key(&rows[2]));
}

#[test]
fn what_is_said_otherwise_of_a_record_without_a_mark_is_held() {
    let first = row(&[]);
    let same = row(&[("学时", "24.0"), ("审核状态", "审核中")]);
    let category = row(&[("科目类别", "一般公需")]);
    let person = row(&[("身份证号", OTHER)]);
    let void = row(&[("学时", "16"), ("审核状态", "作废")]);
    let (rows, _) = read("repeated", &[first, same, category, person, void]);
    let held = "held record_repeated";
    let expected = [
        GOOD,
        "reviewing 2023 professional 24 2023-01-08",
        held,
        held,
        "withdrawn 2023 professional 16 2023-01-08",
    ];
    assert_eq!(all_told(&rows), expected);
    // Without a certificate only the hours can differ; a row that corrects may come first.
    let bare =
        |hours: &str, remark: &str| row(&[("证书编号", ""), ("学时", hours), ("备注", remark)]);
    let (rows, _) = read("repeated-bare", &[bare("24", ""), bare("16", "")]);
    assert_eq!(all_told(&rows), [GOOD, held]);
    let (rows, _) = read("repeated-first", &[bare("16", "更正"), bare("24", "")]);
    assert_eq!(all_told(&rows), ["recognised 2023 professional 16 2023-01-08", held]);
}

#[test]
fn a_void_row_without_its_original_is_told_as_withdrawn() {
    let void = [("审核状态", "作废"), ("证书编号", "LS2024-999999")];
    assert_eq!(one("void", &void), "withdrawn 2023 professional 24 2023-01-08");
    let damaged = [("审核状态", "作废"), ("学时", "")];
    assert_eq!(one("void-damaged", &damaged), "withdrawn key-only");
}

#[test]
fn public_hours_before_2022_may_be_unsplit() {
    for word in ["公需科目", "公需", "公需课"] {
        let told = one("unsplit", &[("科目类别", word), ("所属年度", "2023")]);
        assert_eq!(told, "recognised 2023 public 24 2023-01-08", "{word}");
    }
    for (word, category) in [
        ("专业课", "professional"),
        ("专业课程", "professional"),
        ("行业公需课", "industry"),
        ("一般公需课", "general"),
    ] {
        let told = one("synonym", &[("科目类别", word)]);
        assert_eq!(told, format!("recognised 2023 {category} 24 2023-01-08"));
    }
    assert_eq!(one("unknown", &[("科目类别", "选修课")]), "held category_unknown");
    // The codes of another feed mean nothing here.
    assert_eq!(one("code", &[("科目类别", "1")]), "held category_unknown");
}

#[test]
fn a_file_that_ends_within_a_row_is_not_read() {
    let bytes = table(&HEADINGS, &[row(&[]), row(&[("证书编号", "B")])]);
    let text = String::from_utf8(bytes).expect("text");
    let end = text.rfind("样例培训中心").expect("a place") + "样例".len();
    let (rows, control) = drop_file("cut", FILE, &gb(&text.as_bytes()[..end]));
    assert_eq!(control, Err(Alarm::CutOff { whole: 1 }));
    assert!(rows.is_empty());
    let (rows, control) = drop_file("open", FILE, &gb(format!("{text}\"3,").as_bytes()));
    assert!(rows.is_empty() && control.is_err());
}

#[test]
fn a_row_of_another_length_is_rejected_alone() {
    let mut long = row(&[]);
    long.push("more".into());
    let mut short = row(&[]);
    short.truncate(12);
    let (rows, control) = read("lengths", &[long, short, row(&[])]);
    assert_eq!(told(&rows[0]), "rejected row_length");
    assert!(told(&rows[1]).starts_with("rejected"), "{}", told(&rows[1]));
    assert_eq!(told(&rows[2]), GOOD);
    control.expect("a whole file");
}

#[test]
fn whoever_takes_the_rows_may_stop() {
    let folder = Folder::new("ls-stop");
    let bytes = gb(&table(&HEADINGS, &[row(&[]), row(&[]), row(&[])]));
    let path = folder.put(FILE, &bytes);
    folder.put(&format!("{FILE}.md5"), hex::encode(Md5::digest(&bytes)).as_bytes());
    folder.put(&format!("{FILE}.ok"), b"");
    let mut given = 0;
    let control = feed(CODE).read_file(&path, &super::reading(), &mut |_| {
        given += 1;
        if given == 2 {
            std::ops::ControlFlow::Break(())
        } else {
            std::ops::ControlFlow::Continue(())
        }
    });
    assert_eq!((given, control.expect("control").complete), (2, false));
}
