//! Whole files, taken in the background: progress, rows, reports, and files made to exhaust the server.

use std::fmt::Write as _;
use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use calamine::{Data, Reader, Xlsx};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use super::town::{Town, row};
use crate::support::engines::Engine;
use crate::support::people;

const HEADINGS: [&str; 6] = ["流水号", "身份证号", "姓名", "年度", "科目", "学时"];

/// Rows of which the third is wrong, and the fourth has a key that a spreadsheet would run.
fn table() -> Vec<[String; 6]> {
    let person = |n: usize, key: &str, hours: &str| {
        let (number, name) = (people::number(n), people::name(n));
        [key, &number, &name, "2023", "专业科目", hours].map(str::to_owned)
    };
    vec![person(1, "a", "8.5"), person(2, "b", "4"), person(3, "c", "many"), person(4, "=1+1", "2")]
}

fn csv() -> Vec<u8> {
    let lines = table().into_iter().map(|row| format!("{}\r\n", row.join(",")));
    format!("{}\r\n{}", HEADINGS.join(","), lines.collect::<String>()).into_bytes()
}

fn xlsx() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in (0..).zip(HEADINGS) {
        sheet.write_string(0, column, heading).expect("a heading");
    }
    for (line, row) in (1..).zip(table()) {
        for (column, cell) in (0..).zip(row) {
            sheet.write_string(line, column, cell).expect("a cell");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

fn ndjson() -> Vec<u8> {
    let rows = table().into_iter().map(|[key, number, name, year, _, hours]| {
        json!({"key": key, "person": {"number": number, "name": name}, "year": year,
            "category": "professional", "hours": hours})
    });
    rows.map(|row| format!("{row}\n")).collect::<String>().into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}

/// Sends a file and waits until it is taken.
fn import(town: &Town, token: &str, file: &[u8]) -> Value {
    let answer = town.send(token, "/v1/imports", "application/octet-stream", file, &[]);
    assert_eq!(answer.status, 202, "{}", answer.text());
    let place = answer.header("location").expect("a place").to_owned();
    let begun = Instant::now();
    loop {
        let job = town.get(token, &place).json();
        if job["state"] != "running" {
            assert_eq!(place, format!("/v1/imports/{}", job["import"].as_str().unwrap()));
            return job;
        }
        assert!(job["rows"].is_u64() && job["counts"].is_object(), "{job}");
        assert!(begun.elapsed() < Duration::from_mins(2), "{job}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_file_of_every_kind_is_taken() {
    for engine in Engine::BOTH {
        let town = Town::new(engine);
        for (place, file) in
            [csv(), xlsx(), ndjson(), gzip(&csv()), encoded()].into_iter().enumerate()
        {
            let job = import(&town, &town.registry, &file);
            let taken = if place == 0 { "posted" } else { "replayed" };
            let counts = json!({taken: 3, "rejected": 1});
            assert_eq!((&job["state"], &job["counts"]), (&json!("finished"), &counts), "{job}");
            assert_eq!(job["rows"], 4);
            let base = format!("/v1/imports/{}", job["import"].as_str().unwrap());
            let rejected = town.get(&town.registry, &format!("{base}/rows?outcome=rejected"));
            let items = rejected.json()["items"].clone();
            assert_eq!(items.as_array().map(Vec::len), Some(1), "{items}");
            assert_eq!((&items[0]["key"], &items[0]["field"]), (&json!("c"), &json!("hours")));
            let first = town.get(&town.registry, &format!("{base}/rows?limit=3")).json();
            assert_eq!(first["items"].as_array().map(Vec::len), Some(3));
            let next = first["next"].as_str().expect("more");
            let rest = town.get(&town.registry, &format!("{base}/rows?limit=3&cursor={next}"));
            assert_eq!(rest.json()["items"].as_array().map(Vec::len), Some(1));
            reports(&town, &base);
        }
        let left = town.service.folder.path().join("imports");
        assert_eq!(std::fs::read_dir(left).expect("a folder").count(), 0);
    }
}

fn encoded() -> Vec<u8> {
    let text = String::from_utf8(csv()).expect("UTF-8");
    encoding_rs::GB18030.encode(&text).0.into_owned()
}

fn reports(town: &Town, base: &str) {
    let answer = town.get(&town.registry, &format!("{base}/report.csv"));
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = answer.text();
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(text.contains("'=1+1") && !text.contains(",=1+1"), "{text}");
    let answer = town.get(&town.registry, &format!("{base}/report.xlsx"));
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(answer.body)).unwrap();
    let name = book.sheet_names()[0].clone();
    let cells = book.worksheet_range(&name).expect("cells");
    assert_eq!(cells.height(), 5);
    let is_key = |cell: &Data| matches!(cell, Data::String(text) if text.ends_with("=1+1"));
    assert!(cells.rows().flatten().any(is_key), "{cells:?}");
    assert!(book.worksheet_formula(&name).expect("formulas").is_empty());
    assert_eq!(town.get(&town.registry, &format!("{base}/report.pdf")).status, 404);
    // Nobody else has it.
    for path in [base.to_owned(), format!("{base}/rows"), format!("{base}/report.csv")] {
        assert_eq!(town.get(&town.site, &path).status, 404, "{path}");
    }
}

#[test]
fn an_import_goes_on_after_a_kill() {
    for engine in Engine::BOTH {
        let mut town = Town::new(engine);
        let mut file = HEADINGS.join(",") + "\n";
        for n in 0..4000 {
            let (number, name) = (people::number(n % 300), people::name(n % 300));
            let _ = writeln!(file, "k{n},{number},{name},2023,专业科目,1");
        }
        let kind = "application/octet-stream";
        let answer = town.send(&town.registry, "/v1/imports", kind, file.as_bytes(), &[]);
        let place = answer.header("location").expect("a place").to_owned();
        std::thread::sleep(Duration::from_millis(150));
        town.service.kill();
        town.service.restart();
        let begun = Instant::now();
        let job = loop {
            let job = town.get(&town.registry, &place).json();
            if job["state"] != "running" {
                break job;
            }
            assert!(begun.elapsed() < Duration::from_mins(2), "{job}");
            std::thread::sleep(Duration::from_millis(50));
        };
        assert_eq!((&job["state"], &job["rows"]), (&json!("finished"), &json!(4000)), "{job}");
        assert_eq!(job["counts"], json!({"posted": 4000}), "{engine:?}");
    }
}

/// A workbook with this sheet.
fn by_hand(data: &str) -> Vec<u8> {
    let parts = [
        ("[Content_Types].xml", r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#.to_owned()),
        ("_rels/.rels", r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned()),
        ("xl/_rels/workbook.xml.rels", r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#.to_owned()),
        ("xl/workbook.xml", r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>"#.to_owned()),
        ("xl/worksheets/sheet1.xml", format!(r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{data}</sheetData></worksheet>"#)),
    ];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, part) in parts {
        zip.start_file(name, options).expect("a part");
        zip.write_all(part.as_bytes()).expect("a part");
    }
    zip.finish().expect("a zip").into_inner()
}

fn headings() -> String {
    let cell = |heading: &&str| format!(r#"<c t="inlineStr"><is><t>{heading}</t></is></c>"#);
    format!(r#"<row r="1">{}</row>"#, HEADINGS.iter().map(cell).collect::<String>())
}

#[test]
fn files_made_to_exhaust_it_fail_with_a_code_and_little_memory() {
    let town = Town::new(Engine::Sqlite);
    let gap = format!("<row r=\"2\">{}</row>", " ".repeat(1000)).repeat(100 << 10);
    let zeros = gzip(&b"x,\n".repeat(8 << 20));
    let far = r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
    let column = headings().replace("</row>", r#"<c r="XFD1"><v>1</v></c></row>"#);
    for (what, file, code) in [
        ("zip bomb", by_hand(&(headings() + &gap)), "ratio_too_high"),
        ("gzip bomb", [gzip(&csv()), zeros.repeat(20)].concat(), "ratio_too_high"),
        ("gzip in gzip", gzip(&gzip(&csv())), ""),
        ("far column", by_hand(&column), "too_many_columns"),
        ("no headings", b"a,b\n1,2\n".to_vec(), "no_headings"),
        ("nothing", b"".to_vec(), ""),
        ("half a workbook", xlsx()[..2000].to_vec(), ""),
        ("half a gzip", gzip(&csv())[..60].to_vec(), ""),
    ] {
        let job = import(&town, &town.registry, &file);
        println!("{what}: {job}");
        assert_eq!(job["state"], "failed", "{what}: {job}");
        assert!(job["error"]["zh"].is_string() && job["error"]["en"].is_string(), "{job}");
        let told = job["code"].as_str().expect("a code");
        assert!(code.is_empty() || told == code, "{what}: {job}");
        assert!(!["internal", "unavailable"].contains(&told), "{what}: {job}");
    }
    let job = import(&town, &town.registry, &by_hand(&(headings() + far)));
    assert_eq!((&job["state"], &job["counts"]), (&json!("finished"), &json!({"rejected": 1})));
    let peak = town.service.peak_memory();
    assert!(peak < 300 << 20, "{} MiB", peak >> 20);
    assert_eq!(
        town.post(&town.registry, "/v1/entries", &row(1, "k", 2023, "general", "1")).status,
        201
    );
}

fn state(town: &Town, import: &str) -> (String, Value) {
    let job = town.get(&town.registry, &format!("/v1/imports/{import}")).json();
    (job["state"].as_str().unwrap_or_else(|| panic!("{job}")).to_owned(), job["code"].clone())
}

#[test]
fn a_server_that_starts_goes_on_with_its_own_imports_and_leaves_others_alone() {
    for engine in Engine::BOTH {
        let mut town = Town::new(engine);
        let taken = || import(&town, &town.registry, &csv())["import"].as_str().unwrap().to_owned();
        let [of_a_command, of_another, gone, waits] = [taken(), taken(), taken(), taken()];
        let number = |id: &str| i64::from_str_radix(id, 16).expect("an id");
        let set = |id: &str, what: &str| {
            let sql = format!("UPDATE batch SET state = 1, {what} WHERE batch_id = {}", number(id));
            town.database.execute(&sql).expect("a change");
        };
        set(&of_a_command, "spool = NULL");
        set(&of_another, "spool = '0123456789abcdef'");
        set(&gone, "note = ''");
        set(&waits, "note = ''");
        let folder = town.service.folder.path().join("imports");
        std::fs::write(folder.join("0123456789abcdef.part"), "half an upload").expect("a file");
        town.service.kill();
        town.service.restart();
        let until = Instant::now() + Duration::from_secs(20);
        while state(&town, &gone).0 == "running" {
            assert!(Instant::now() < until, "it goes on with what is its own");
            std::thread::sleep(Duration::from_millis(20));
        }
        for gone in [&gone, &waits] {
            assert_eq!(state(&town, gone), ("failed".to_owned(), json!("import_file_gone")));
        }
        for other in [&of_a_command, &of_another] {
            assert_eq!(state(&town, other).0, "running", "somebody else takes it");
        }
        assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 0, "half an upload");
    }
}

/// The same rows many times, under keys of their own.
fn many(count: usize) -> Vec<u8> {
    let mut text = format!("{}\r\n", HEADINGS.join(","));
    for n in 0..count {
        let (number, name) = (people::number(n % 50), people::name(n % 50));
        let _ = write!(text, "k{n},{number},{name},2023,专业科目,1\r\n");
    }
    text.into_bytes()
}

#[test]
fn a_file_that_waits_names_nobody_and_is_gone_on_with_after_a_kill() {
    for engine in Engine::BOTH {
        for packed in [false, true] {
            let mut town = Town::new(engine);
            let count = 20_000;
            let file = if packed { gzip(&many(count)) } else { many(count) };
            let kind = "application/octet-stream";
            let job = town.send(&town.registry, "/v1/imports", kind, &file, &[]);
            assert_eq!(job.status, 202, "{}", job.text());
            let id = job.json()["import"].as_str().expect("an id").to_owned();
            town.service.kill();
            let folder = town.service.folder.path().join("imports");
            let waiting: Vec<_> = std::fs::read_dir(folder).expect("a folder").collect();
            assert_eq!(waiting.len(), 1);
            let stored = std::fs::read(waiting[0].as_ref().expect("a file").path()).expect("it");
            assert!(stored.len() > file.len());
            let holds = |part: &[u8]| stored.windows(part.len()).any(|window| window == part);
            assert!(!holds(people::number(1).as_bytes()) && !holds(&file[..32]));
            town.service.restart();
            let until = Instant::now() + Duration::from_mins(1);
            while state(&town, &id).0 == "running" {
                assert!(Instant::now() < until, "it goes on");
                std::thread::sleep(Duration::from_millis(50));
            }
            let job = town.get(&town.registry, &format!("/v1/imports/{id}")).json();
            assert_eq!(
                (&job["state"], &job["counts"]),
                (&json!("finished"), &json!({"posted": count}))
            );
        }
    }
}

#[test]
fn a_file_may_be_so_large() {
    let town = Town::with(Engine::Sqlite, "import_bytes = 2000\nimport_rows = 3\n");
    let job = import(&town, &town.registry, &csv());
    assert_eq!((&job["state"], &job["code"]), (&json!("failed"), &json!("too_many_rows")), "{job}");
    let long = csv().repeat(20);
    let answer = town.send(&town.registry, "/v1/imports", "text/csv", &long, &[]);
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
    let left = town.service.folder.path().join("imports");
    assert_eq!(std::fs::read_dir(left).expect("a folder").count(), 0);
}
