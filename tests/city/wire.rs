//! Little readers of the four faces, which share nothing with the program's own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx};
use serde_json::Value;
use xueshi::city::{Standing, System, Town};
use xueshi::domain::category::Category;

use super::http::Served;

/// What is known of a record: number, year, category, hours as text, standing.
pub type Known = (String, i16, Category, String, Standing);

/// What is true of a system's records, by key.
pub fn truth(town: &Town, system: System) -> BTreeMap<String, Known> {
    let of = town.truth().into_iter().filter(|record| record.system == system);
    of.map(|r| (r.key, (r.number, r.year, r.category, r.hours.to_string(), r.standing))).collect()
}

/// Fails where the two differ, and tells the first difference alone.
pub fn assert_same(found: &BTreeMap<String, Known>, wanted: &BTreeMap<String, Known>, what: &str) {
    for key in found.keys().chain(wanted.keys()) {
        assert_eq!(found.get(key), wanted.get(key), "{what}: {key}");
    }
}

pub fn text(value: &Value, key: &str) -> String {
    match &value[key] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The rows of the list, page after page, as `total` wants it.
pub fn huzhou_rows(city: &Served, from: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for page in 1.. {
        let path = format!("list?pageNo={page}&pageSize=50&updatedFrom={from}");
        let said = city.huzhou(&path).json();
        rows.extend(said["result"]["records"].as_array().cloned().unwrap_or_default());
        let total = said["result"]["total"].as_u64().expect("a total");
        if u64::from(50_u32) * page >= total {
            break;
        }
    }
    rows
}

/// A row of the list; nothing of one that is damaged.
pub fn huzhou_known(row: &Value) -> Option<(String, Known)> {
    let category = match text(row, "kmlx").as_str() {
        "1" => Category::Professional,
        "2" => Category::General,
        "3" => Category::Industry,
        _ => return None,
    };
    let standing = match text(row, "rdzt").as_str() {
        "0" => Standing::Received,
        "1" => Standing::Reviewing,
        "2" => Standing::Recognised,
        "3" => Standing::Rejected,
        "9" => Standing::Withdrawn,
        _ => return None,
    };
    let hours = text(row, "xs").strip_suffix(".0").map_or_else(|| text(row, "xs"), str::to_owned);
    let year = text(row, "nd").parse().or_else(|_| text(row, "jssj")[..4].parse()).ok()?;
    let known = (text(row, "sfzh"), year, category, hours.clone(), standing);
    (!hours.is_empty()).then(|| (text(row, "id"), known))
}

/// The statements from an instant on, link after link.
pub fn hzhret_lines(city: &Served, since: &str) -> Vec<Value> {
    let mut path = format!("/xapi/statements?since={since}&limit=50");
    let (mut lines, mut seen) = (Vec::new(), BTreeSet::new());
    while !path.is_empty() && seen.insert(path.clone()) {
        let reply = city.hzhret(&path);
        if reply.status != 200 {
            break;
        }
        let mut page: Vec<Value> =
            reply.text().lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        path = page.pop().map(|last| text(&last, "more")).unwrap_or_default();
        lines.extend(page);
    }
    lines
}

/// What the newest of a statement's lines says, wherever it stands.
pub fn hzhret_known(lines: &[Value]) -> BTreeMap<String, Known> {
    let mut newest: BTreeMap<String, (String, Option<Known>)> = BTreeMap::new();
    for line in lines {
        let voiding = text(&line["verb"], "id").ends_with("/voided");
        let key = if voiding { text(&line["object"], "id") } else { text(line, "id") };
        let completed = text(&line["verb"], "id").ends_with("/completed");
        let passed = line["result"]["success"] == true;
        let named = line["actor"].get("name").is_some();
        let counts = completed && passed && named;
        if !(voiding || counts) {
            continue;
        }
        let stored = text(line, "stored");
        let known = (!voiding).then(|| hzhret_record(line));
        let before = newest.entry(key).or_insert_with(|| (stored.clone(), known.clone()));
        if voiding {
            before.0 = stored;
            if let Some(known) = &mut before.1 {
                known.4 = Standing::Withdrawn;
            }
        } else if before.0 <= stored {
            *before = (stored, known);
        }
    }
    newest.into_iter().filter_map(|(key, (_, known))| Some((key, known?))).collect()
}

fn hzhret_record(line: &Value) -> Known {
    let more = &line["context"]["extensions"];
    let category = match more["category"].as_u64() {
        Some(15) => Category::Professional,
        Some(16) => Category::Industry,
        _ => Category::General,
    };
    let at = chrono::DateTime::parse_from_rfc3339(&text(line, "timestamp")).expect("an instant");
    let china = chrono::FixedOffset::east_opt(8 * 3600).expect("an offset");
    let year = at.with_timezone(&china).format("%Y").to_string().parse().expect("a year");
    let period = text(&line["result"]["extensions"], "period");
    let hours = period.strip_suffix("学时").expect("hours").to_owned();
    let standing = match (line.get("voided"), more["settled"] == true) {
        (Some(_), _) => Standing::Withdrawn,
        (None, true) => Standing::Recognised,
        (None, false) => Standing::Received,
    };
    (text(&line["actor"]["account"], "name"), year, category, hours, standing)
}

/// The rows of a CSV file of Lishui, and what was said of its coding.
pub fn lishui_rows(path: &Path) -> (Vec<Vec<String>>, bool) {
    let bytes = std::fs::read(path).expect("the file");
    let (text, marked) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (String::from_utf8(rest.to_vec()).expect("UTF-8"), true),
        None => {
            let (text, _, wrong) = encoding_rs::GB18030.decode(&bytes);
            assert!(!wrong, "not GB18030");
            (text.into_owned(), false)
        }
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(Cursor::new(text.into_bytes()));
    let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect());
    (rows.collect(), marked)
}

/// A row of Lishui without its key, and its certificate.
pub fn lishui_known(row: &[String]) -> (String, Known) {
    let category = match row[7].as_str() {
        "专业科目" => Category::Professional,
        "行业公需" => Category::Industry,
        "一般公需" => Category::General,
        "公需科目" => Category::Public,
        other => panic!("{other}"),
    };
    let standing = match row[12].as_str() {
        "待审核" => Standing::Received,
        "审核中" => Standing::Reviewing,
        "已认定" => Standing::Recognised,
        "退回" => Standing::Rejected,
        "作废" => Standing::Withdrawn,
        other => panic!("{other}"),
    };
    let year = row[10].parse().expect("a year");
    (row[13].clone(), (row[2].clone(), year, category, row[8].clone(), standing))
}

/// The sheets of a workbook: name and cells.
pub fn sheets(bytes: &[u8]) -> Vec<(String, Vec<Vec<Data>>)> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let names = book.sheet_names().clone();
    let rows = |name: &String, book: &mut Xlsx<Cursor<&[u8]>>| {
        let range = book.worksheet_range(name).expect("a sheet");
        range.rows().map(<[Data]>::to_vec).collect()
    };
    names.iter().map(|name| (name.clone(), rows(name, &mut book))).collect()
}

/// A part of a workbook as text.
pub fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).expect("a part").read_to_string(&mut text).expect("text");
    text
}

/// A folder that is gone with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let n = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("xueshi-city-{}-{n}", std::process::id()));
        Folder(path)
    }

    /// The file that a system puts here now.
    pub fn drop_of(&self, town: &mut Town, system: System) -> PathBuf {
        town.drop_of(system, &self.0).expect("a file")
    }

    pub fn names(&self) -> Vec<String> {
        let entries = self.0.read_dir().expect("the folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
