//! What the four feeds would send of very many records.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};
use serde_json::{Value, json};
use xueshi::domain::identity::with_check_digit;
use xueshi::feeds::{Feed, Shape};

/// Records of a page of JSON.
pub(super) const PAGE: usize = 200;

/// Records of one person.
const EACH: usize = 5;

/// Somebody born in 1900, of whom there are five records one after the other.
fn number(n: usize) -> String {
    let person = n / EACH;
    let day = person / 1000;
    let (month, day) = (day / 28 % 12 + 1, day % 28 + 1);
    with_check_digit(&format!("3305231900{month:02}{day:02}{:03}", person % 1000))
}

/// The day of the nth record: a person has no two of one day.
fn day(n: usize) -> u32 {
    u32::try_from(n % EACH).unwrap() * 3 + 10
}

/// Its course.
fn title(n: usize) -> String {
    format!("施工安全与质量管理第{}期", n % 500)
}

/// Writes what a feed would send of so many records, in its own form.
pub(super) fn write(feed: &Feed, folder: &Path, rows: usize) -> PathBuf {
    match feed.shape {
        Shape::Pages => pages(&folder.join("pages"), rows),
        Shape::Statements => statements(&folder.join("a.ndjson"), rows),
        Shape::Columns => columns(&folder.join("LS_XS_20240514_full_01.csv"), rows),
        Shape::Workbook => workbook(&folder.join("a.xlsx"), rows),
    }
}

fn pages(path: &Path, rows: usize) -> PathBuf {
    let mut file = File::create(path).unwrap();
    let record = |n: usize| {
        json!({
            "id": (1_710_000_000_000_000_001 + n).to_string(), "sfzh": number(n), "xm": "样例一",
            "dwmc": "样例单位", "zylb": "工程", "kcbh": format!("KC-{n}"), "kcmc": title(n),
            "jgmc": "样例培训中心", "kmlx": "1", "xs": "24.0", "nd": "2024",
            "kssj": format!("2024-05-{} 08:30:00", day(n)), "jssj": format!("2024-05-{} 17:00:00", day(n) + 2), "rdzt": "2",
            "rdsj": "2024-06-20 10:00:00", "djfs": "单位登记", "bz": "", "gxsj": "2024-06-20 10:00:00",
        })
    };
    for first in (0..rows).step_by(PAGE) {
        let records: Vec<Value> = (first..rows.min(first + PAGE)).map(record).collect();
        let current = first / PAGE + 1;
        let page = json!({ "success": true, "code": 200, "message": "", "result": {
            "total": rows, "size": PAGE, "current": current, "pages": rows.div_ceil(PAGE), "records": records,
        }});
        writeln!(file, "{page}").unwrap();
    }
    path.to_owned()
}

fn statements(path: &Path, rows: usize) -> PathBuf {
    let mut file = File::create(path).unwrap();
    for n in 0..rows {
        let statement = json!({
            "id": format!("6f0c0001-0000-4000-8000-{n:012}"),
            "actor": {"name": "样例一", "account": {"homePage": "https://hzhret.example", "name": number(n)}},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
            "object": {"id": format!("course:KC-{n}"), "definition": {"name": {"zh-CN": title(n)}}},
            "result": {"completion": true, "success": true, "extensions": {"period": "8学时"}},
            "context": {"extensions": {"category": 15, "year": "2024", "provider": "学习网", "settled": true}},
            "timestamp": format!("2024-05-{}T01:00:00Z", day(n)), "stored": "2024-06-09T02:00:00.000Z",
        });
        writeln!(file, "{statement}").unwrap();
    }
    path.to_owned()
}

fn columns(path: &Path, rows: usize) -> PathBuf {
    use std::fmt::Write as _;
    let mut text = String::from(
        "序号,姓名,身份证号,单位名称,职称系列,培训项目名称,主办单位,科目类别,学时,起止时间,所属年度,登记日期,审核状态,证书编号,备注\n",
    );
    for n in 0..rows {
        writeln!(
            text,
            "{n},样例一,{},样例单位,工程,{},样例培训中心,专业科目,24,2024.05.{}-05.{},2024,2024-06-10,已认定,LS2024-{n:06},",
            number(n),
            title(n),
            day(n),
            day(n) + 2
        )
        .unwrap();
    }
    let bytes = encoding_rs::GB18030.encode(&text).0;
    std::fs::write(path, &bytes).unwrap();
    let beside = |ending: &str| PathBuf::from(format!("{}{ending}", path.display()));
    std::fs::write(beside(".md5"), hex::encode(Md5::digest(&bytes))).unwrap();
    std::fs::write(beside(".ok"), "").unwrap();
    path.to_owned()
}

fn workbook(path: &Path, rows: usize) -> PathBuf {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory().unwrap();
    sheet.set_name("2024年").unwrap();
    let upper =
        ["姓名", "身份证号码", "工作单位", "培训班", "", "", "", "学时", "", "", "", "审核人"];
    let lower = [
        "",
        "",
        "",
        "名称",
        "举办单位",
        "开始日期",
        "结束日期",
        "专业课",
        "行业公需",
        "一般公需",
        "合计",
    ];
    sheet.write_row(0, 0, upper).unwrap();
    sheet.write_row(1, 0, lower).unwrap();
    for n in 0..rows {
        let at = u32::try_from(n + 2).unwrap();
        let [number, title] = [number(n), title(n)];
        let [first, last] = [day(n), day(n) + 2].map(|day| format!("2024-05-{day}"));
        let texts = ["样例一", &number, "样例单位", &title, "样例培训中心", &first, &last];
        sheet.write_row(at, 0, texts).unwrap();
        sheet.write(at, 7, 24).unwrap();
        sheet.write(at, 10, 24).unwrap();
        sheet.write(at, 11, "审核员").unwrap();
    }
    book.save(path).unwrap();
    path.to_owned()
}
