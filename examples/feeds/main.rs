//! Times the readers of feeds: `cargo run --release --example feeds -- [ROWS]`.
//!
//! One JSON line for each reader: rows a second, the same of the bare parser over the same bytes in the
//! same run, and the most memory that a process took which did nothing but read. The bare parser only
//! takes the bytes apart: `serde_json` into values, `csv` into records, `calamine` into cells.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the measurements are the output")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement that fails says so"
)]
#![expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "rates are rounded")]

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use chrono::NaiveDate;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha2::Sha256;
use xueshi::domain::identity::with_check_digit;
use xueshi::domain::stated::{Said, StatedRow};
use xueshi::domain::timestamp::Timestamp;
use xueshi::feeds::{Feed, Reading, Shape};

const ROWS: usize = 100_000;
const PAGE: usize = 200;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [how, code, path] = args.as_slice() {
        let feed = Feed::by_code(code).unwrap();
        let begin = Instant::now();
        let rows =
            if how == "read" { read(feed, path.as_ref()) } else { bare(feed, path.as_ref()) };
        let rate = rows as f64 / begin.elapsed().as_secs_f64();
        println!("{}", json!({ "rows": rows, "rate": rate.round(), "peak_mib": peak() }));
        return;
    }
    let rows = args.first().and_then(|rows| rows.parse().ok()).unwrap_or(ROWS);
    let folder = std::env::temp_dir().join(format!("xueshi-feeds-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for feed in Feed::all() {
        let path = write(feed, &folder, rows);
        let (ours, bare) = (measured("read", feed, &path), measured("bare", feed, &path));
        assert_eq!(ours["rows"], json!(rows), "every row is a record");
        let ratio = bare["rate"].as_f64().unwrap() / ours["rate"].as_f64().unwrap();
        println!(
            "{}",
            json!({
                "feed": feed.code, "rows": rows, "bytes": path.metadata().unwrap().len(),
                "rows_a_second": ours["rate"], "bare_rows_a_second": bare["rate"],
                "times_bare": (ratio * 10.0).round() / 10.0,
                "peak_mib": ours["peak_mib"], "bare_peak_mib": bare["peak_mib"],
            })
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The best of three runs, each in a process of its own.
fn measured(how: &str, feed: &Feed, path: &Path) -> Value {
    let run = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let output = command.args([how, &feed.code]).arg(path).output().unwrap();
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let rate = |value: &Value| value["rate"].as_f64().unwrap_or_default();
    let runs = (0..3).map(|_| run());
    runs.reduce(|best, next| if rate(&next) > rate(&best) { next } else { best }).unwrap()
}

fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib / 1024)
}

/// Our reader: how many records it gives.
fn read(feed: &Feed, path: &Path) -> usize {
    let key_of = |parts: &[&str]| {
        let mut digest = hex::encode(Sha256::digest(parts.join("\n")));
        digest.truncate(32);
        digest
    };
    let reading = Reading {
        today: NaiveDate::from_ymd_opt(2024, 12, 31).unwrap(),
        observed_at: Timestamp::from_micros(1_735_600_000_000_000),
        key_of: &key_of,
    };
    let mut records = 0;
    let mut take = |row: StatedRow| {
        records += usize::from(matches!(row.said, Said::Record(_)));
        ControlFlow::Continue(())
    };
    if feed.shape == Shape::Pages {
        for page in BufReader::new(File::open(path).unwrap()).lines() {
            let page = feed.read_page(page.unwrap().as_bytes(), &reading).unwrap();
            for row in page.rows {
                let _ = take(row);
            }
        }
    } else {
        feed.read_file(path, &reading, &mut take).unwrap();
    }
    records
}

/// The bare parser: how many rows it sees.
fn bare(feed: &Feed, path: &Path) -> usize {
    let lines = || BufReader::new(File::open(path).unwrap()).lines().map(Result::unwrap);
    match feed.shape {
        Shape::Pages => lines()
            .map(|line| {
                let page: Value = serde_json::from_str(&line).unwrap();
                page["result"]["records"].as_array().unwrap().len()
            })
            .sum(),
        Shape::Statements => lines()
            .filter(|line| serde_json::from_str::<Value>(line).unwrap()["id"].is_string())
            .count(),
        Shape::Columns => {
            let mut bytes = Vec::new();
            File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
            let text = encoding_rs::GB18030.decode(&bytes).0;
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let mut record = csv::StringRecord::new();
            std::iter::from_fn(|| reader.read_record(&mut record).unwrap().then_some(())).count()
        }
        Shape::Workbook => {
            use calamine::Reader;
            let file = BufReader::new(File::open(path).unwrap());
            let mut book: calamine::Xlsx<_> = calamine::Xlsx::new(file).unwrap();
            let name = book.sheet_names().first().unwrap().clone();
            let mut cells = book.worksheet_cells_reader(&name).unwrap();
            let mut last = 0;
            while let Some(cell) = cells.next_cell().unwrap() {
                last = cell.get_position().0;
            }
            usize::try_from(last).unwrap() - 1
        }
    }
}

/// Somebody born in 1900.
fn number(n: usize) -> String {
    with_check_digit(&format!("33052319000101{:03}", n % 1000))
}

fn write(feed: &Feed, folder: &Path, rows: usize) -> PathBuf {
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
            "dwmc": "样例单位", "zylb": "工程", "kcbh": format!("KC-{n}"), "kcmc": "施工安全与质量管理",
            "jgmc": "样例培训中心", "kmlx": "1", "xs": "24.0", "nd": "2024",
            "kssj": "2024-05-06 08:30:00", "jssj": "2024-05-08 17:00:00", "rdzt": "2",
            "rdsj": "2024-05-20 10:00:00", "djfs": "单位登记", "bz": "", "gxsj": "2024-05-20 10:00:00",
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
            "object": {"id": format!("course:KC-{n}"), "definition": {"name": {"zh-CN": "施工安全与质量管理"}}},
            "result": {"completion": true, "success": true, "extensions": {"period": "8学时"}},
            "context": {"extensions": {"category": 15, "year": "2024", "provider": "学习网", "settled": true}},
            "timestamp": "2024-05-08T01:00:00Z", "stored": "2024-05-09T02:00:00.000Z",
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
            "{n},样例一,{},样例单位,工程,施工安全与质量管理,样例培训中心,专业科目,24,2024.05.06-05.08,2024,2024-05-10,已认定,LS2024-{n:06},",
            number(n)
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
        let texts = [
            "样例一",
            &number(n),
            "样例单位",
            "施工安全",
            "样例培训中心",
            "2024-05-06",
            "2024-05-08",
        ];
        sheet.write_row(at, 0, texts).unwrap();
        sheet.write(at, 7, 24).unwrap();
        sheet.write(at, 10, 24).unwrap();
        sheet.write(at, 11, "审核员").unwrap();
    }
    book.save(path).unwrap();
    path.to_owned()
}
