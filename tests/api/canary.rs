//! People with a number and a name that occur nowhere else are driven through every route and every
//! failure; afterwards neither is found in the log, the counts, an answer that refuses, or the files
//! of the database.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use serde_json::{Value, json};
use xueshi::api::routes::{Access, Route, TABLE};

use super::matrix::{Ask, World};
use super::town::{JSON, NDJSON, row};
use super::{Answer, ask};
use crate::operations::unreadable_workbook;
use crate::support::engines::{Database, Engine};
use crate::support::people;

const CANARY: usize = 18_765;

/// Each form in which a number or name could be written, with what it is called.
struct Needles(Vec<(String, Vec<u8>)>);

impl Needles {
    fn new() -> Needles {
        let mut all = Vec::new();
        for n in [CANARY, CANARY + 1] {
            let name = people::name(n);
            let escaped: String =
                name.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            let utf16: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let gbk = encoding_rs::GB18030.encode(&name).0.into_owned();
            let plain = [
                ("number", people::number(n).into_bytes()),
                ("old number", people::old_number(n).into_bytes()),
                ("name", name.clone().into_bytes()),
                ("name in GB18030", gbk),
            ];
            for (what, bytes) in plain {
                all.push((format!("{what} in hexadecimal"), hex::encode(&bytes).into_bytes()));
                all.push((what.to_owned(), bytes));
            }
            all.push(("escaped name".to_owned(), escaped.into_bytes()));
            all.push(("name in UTF-16".to_owned(), utf16));
            all.push(("name in a URL".to_owned(), encoded(&name).into_bytes()));
        }
        Needles(all)
    }

    /// What is found in some bytes, of what may not be there.
    fn found(&self, hay: &[u8], but: &[&str]) -> Option<&str> {
        let lower = hay.to_ascii_lowercase();
        let is_in = |needle: &[u8]| {
            let needle = needle.to_ascii_lowercase();
            lower.windows(needle.len()).any(|window| window == needle)
        };
        let sought = self.0.iter().filter(|(what, _)| !but.contains(&what.as_str()));
        sought.into_iter().find(|(_, needle)| is_in(needle)).map(|(what, _)| what.as_str())
    }

    fn none_in(&self, place: &str, hay: &[u8]) {
        if let Some(what) = self.found(hay, &[]) {
            panic!("{what} in {place}: {}", String::from_utf8_lossy(&hay[..hay.len().min(2000)]));
        }
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

struct Drive {
    world: World,
    needles: Needles,
    asked: usize,
}

impl Drive {
    /// An answer must not say who it is about, except where it is meant to.
    fn look(&mut self, what: &str, route: &str, answer: &Answer) {
        self.asked += 1;
        let shows: &[&str] = match route {
            _ if answer.status >= 400 => &[],
            // The name, and the number masked.
            "/v1/queue"
            | "/v1/differences"
            | "/v1/differences/report.csv"
            | "/v1/differences/report.xlsx"
            | "/v1/me" => &["name"],
            // Reasons, in the words of who gave them.
            "/v1/disputes" => &["name", "number", "old number"],
            _ => &[],
        };
        let head: String = answer.headers.iter().map(|(k, v)| format!("{k}: {v}\n")).collect();
        let whole = [head.as_bytes(), &answer.body].concat();
        if let Some(found) = self.needles.found(&whole, shows) {
            panic!("{found} in the answer to {what}: {}", answer.text());
        }
        assert!(answer.status < 500, "{what}: {}", answer.text());
    }

    fn send(&mut self, route: &Route, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let role = match route.access {
            Access::Roles(roles) => roles.first().copied(),
            Access::Anyone { .. } => None,
        };
        let bearer = role.map(|role| format!("Bearer {}", self.world.token(role)));
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        all.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
        let address = self.world.town.service.address();
        let answer = ask(address, route.method, path, &all, body);
        let what = format!("{} {path} {headers:?} {}", route.method, String::from_utf8_lossy(body));
        self.look(&what, route.path, &answer);
    }

    fn route(&mut self, route: &Route) {
        let Ask { path, body } = self.world.example(route).own;
        let (number, name) = (people::number(CANARY), people::name(CANARY));
        let old = people::old_number(CANARY);
        for gap in [&number, &old, &encoded(&name), &format!("{number}-1")] {
            let mut filled = String::new();
            for part in route.path.split('/').skip(1) {
                filled.push('/');
                filled.push_str(if part.starts_with('{') { gap } else { part });
            }
            let body = body.as_ref().map(Value::to_string).unwrap_or_default();
            self.send(route, &filled, &[("Content-Type", JSON)], body.as_bytes());
        }
        let sign = if path.contains('?') { '&' } else { '?' };
        for query in QUERIES {
            for value in [&number, &old, &encoded(&name)] {
                let query = query.replace('~', value);
                let path = format!("{path}{sign}{query}");
                self.send(route, &path, &[("Content-Type", JSON)], b"");
            }
        }
        for (header, value) in [
            ("X-Request-Id", number.as_str()),
            ("Accept", &number),
            ("Accept-Language", &number),
            ("Content-Type", &number),
            ("Idempotency-Key", &number),
            ("Cookie", &number),
            ("User-Agent", &number),
            ("Referer", &number),
            ("Content-Encoding", &number),
            ("Idempotency-Key", &name),
            ("X-Name", &name),
        ] {
            let body = body.as_ref().map(Value::to_string).unwrap_or_default();
            let all = [("Content-Type", JSON), (header, value)];
            let all = if header == "Content-Type" { &all[1..] } else { &all[..] };
            self.send(route, &path, all, body.as_bytes());
        }
        let Some(body) = body else { return };
        for wrong in mutants(&body) {
            self.send(route, &path, &[("Content-Type", JSON)], wrong.to_string().as_bytes());
            if let Value::Array(rows) = &wrong {
                let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
                let broken = format!("{lines}{{\"{name}\": \"{number}\n{lines}");
                self.send(route, &path, &[("Content-Type", NDJSON)], broken.as_bytes());
            }
        }
        let whole = body.to_string();
        for broken in [
            &whole[..whole.len() - 2],
            &format!("{whole}{number}"),
            &format!("{name}{whole}"),
            &format!("{{\"{number}\": 1, \"{number}\": 2}}"),
            &format!("\"{number}\""),
            &format!("{{\"{name}\": 1, \"{name}\": 2}}"),
            &format!("[\"{name}\", {number}]"),
            &number,
            &format!("[{{\"{name}\":1,\"{name}\":2}}]"),
            &name,
            &format!("{{\"a\": {name}}}"),
        ] {
            for kind in [JSON, NDJSON, "text/plain"] {
                self.send(route, &path, &[("Content-Type", kind)], broken.as_bytes());
            }
        }
    }

    fn files(&mut self) {
        let (number, name) = (people::number(CANARY), people::name(CANARY));
        let old = people::old_number(CANARY);
        let good = "key,person_number,person_name,year,category,hours";
        let line = |key: &str| format!("{key},{number},{name},2023,general,1");
        let gbk = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
        let full = format!("{good},course_title,provider,basis,completed_on,revision");
        let shifted = [
            format!("{number},{name},2023,general,1,k"),
            format!("{name},{number},k,2023,general,1"),
            format!("k1,{name},{number},2023,general,1"),
            format!("k2,{number},{name},{number},{name},{number}"),
            format!("k3,{number},{name},{name},{number},{name}"),
            format!("k-{name},{number},{name},2023,general,1"),
            format!("k-{old},{old},{name},2023,general,1"),
            format!("k4,{number},{name},2023,general,1,{number}"),
        ]
        .join("\n");
        let wide = [
            format!("k5,{number},{name},2023,general,1,{name},{name},{name},{name},{name}"),
            format!("k6,{number},{name},2023,general,1,{number},{number},{old},{number},{number}"),
        ]
        .join("\n");
        let rows = |key: &str| row(CANARY, key, 2023, "general", "1");
        let broken = format!("{}\n{{\"{name}\": {number}\n{}\n", rows("n1"), rows("n2"));
        let twice =
            format!("{{\"{number}\":1,\"{number}\":2}}\n{{\"key\":\"{name}\",\"{name}\":1}}\n");
        for file in [
            format!("{good}\n{}\n", line("g1")).into_bytes(),
            gbk(&format!("{good}\n{}\n", line("g2"))),
            format!("{good}\n{shifted}\n").into_bytes(),
            gbk(&format!("{good}\n{shifted}\n")),
            format!("{full}\n{wide}\n").into_bytes(),
            format!("{}\n{}\n", line("h"), line("i")).into_bytes(),
            format!("{good},{name},{number}\n{}\n", line("j")).into_bytes(),
            format!("{good},{number}\n").into_bytes(),
            format!("{good}\n\"{}\n", line("q")).into_bytes(),
            broken.into_bytes(),
            twice.into_bytes(),
            unreadable_workbook(&number, &old, &name),
            name.clone().into_bytes(),
            number.into_bytes(),
        ] {
            let route = TABLE.iter().find(|route| route.path == "/v1/imports").expect("a route");
            let token = self.world.town.registry.clone();
            let answer = self.world.town.send(&token, route.path, "text/csv", &file, &[]);
            self.look("an import", route.path, &answer);
            let place = answer.header("location").expect("a place").to_owned();
            for _ in 0..3000 {
                let answer = self.world.town.get(&token, &place);
                self.look(&place, "", &answer);
                if answer.json()["state"] != "running" {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            for path in ["", "/rows", "/report.csv", "/report.xlsx"] {
                let answer = self.world.town.get(&token, &format!("{place}{path}"));
                assert_eq!(answer.status, 200);
                self.look(path, "", &answer);
            }
        }
    }
}

/// Everybody is named by their identity provider by a number, in either form, or by a name.
fn named_by_number(world: &mut World) {
    let (full, old) = (people::number(CANARY), people::old_number(CANARY));
    let path = "/v1/sources/registry/clients";
    let client = json!({"issuer": "xueshi", "subject": full});
    assert_eq!(world.town.post(&world.town.admin, path, &client).status, 200);
    let token = |role: &str, subject: &str, more: &[&str]| {
        let args = [&["--role", role, "--subject", subject], more].concat();
        world.town.service.token(&args)
    };
    let place = ["--jurisdiction", "331100"];
    let registry = token("provider", &old, &["--source", "registry"]);
    let (office, reviewer) = (token("declaration", &full, &place), token("reviewer", &old, &place));
    let admin = token("admin", &people::name(CANARY), &[]);
    let me = token("person", &full, &["--person", &world.own_person]);
    let town = &mut world.town;
    (town.registry, town.office, town.reviewer, town.admin) = (registry, office, reviewer, admin);
    world.me = me;
}

/// Tables that hold who did something, each with what was kept in place of a number.
fn has_pseudonyms(database: &Database) {
    for table in ["access_log", "batch", "client", "decision", "receipt", "submission"] {
        let kept = database.count(&format!("{table} WHERE subject LIKE 'hidden-%'"));
        assert!(kept > 0, "nobody in {table}");
    }
    assert!(database.count("idem_request WHERE client LIKE '%|hidden-%'") > 0);
}

/// Where a value could stand in a query.
const QUERIES: &[&str] = &[
    "~=1",
    "number=~",
    "limit=~",
    "cursor=~",
    "mode=~",
    "dry_run=~",
    "outcome=~",
    "batch=~",
    "jurisdiction=~",
    "year=~",
    "level=~",
    "series=~",
    "as_of=~",
    "explain=~",
    "specialty=~",
    "~",
    "jurisdiction=331100&year=2023&level=intermediate&series=~",
    "jurisdiction=331100&year=2023&level=~&series=engineering",
    "jurisdiction=331100&year=2023&level=intermediate&series=engineering&as_of=~",
];

/// What operators call institutions, and what askers call their questions: given back by design.
const GIVEN_BACK: &[&str] = &["id", "code", "name_zh", "name_en", "issuer"];

/// A body with the number or the name in each place where it does not belong.
fn mutants(body: &Value) -> Vec<Value> {
    let (number, name) = (people::number(CANARY), people::name(CANARY));
    let digits: u64 = people::number(CANARY).trim_end_matches('X').parse().expect("digits");
    let values = [
        json!(number),
        json!(people::old_number(CANARY)),
        json!(name),
        json!(digits),
        json!({ (name.clone()): number }),
        json!([name, number]),
        json!(format!("{number} {name}")),
    ];
    let mut all = Vec::new();
    match body {
        Value::Object(fields) => {
            for key in [&number, &name, &people::old_number(CANARY)] {
                let mut more = body.clone();
                more[key.as_str()] = 1.into();
                all.push(more);
            }
            for (field, inner) in fields {
                let values = values.iter().filter(|_| !GIVEN_BACK.contains(&field.as_str()));
                for value in values.cloned().chain(mutants(inner)) {
                    // A text that somebody writes about a person is theirs to word; kept sealed.
                    let mut other = body.clone();
                    other[field.as_str()] = value;
                    all.push(other);
                }
            }
        }
        Value::Array(items) => {
            for inner in items.iter().flat_map(mutants) {
                all.push(json!([inner]));
            }
        }
        _ => {}
    }
    all
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Every row of every table, as text.
fn dump(database: &Database) -> String {
    let mut conn = PgConnection::establish(&database.url).expect("a connection");
    conn.batch_execute("SET bytea_output = hex").expect("a setting");
    let tables = "SELECT table_name::text AS line FROM information_schema.tables \
                  WHERE table_schema = 'public' AND table_type = 'BASE TABLE'";
    let tables: Vec<Line> = sql_query(tables).load(&mut conn).expect("tables");
    assert!(tables.len() > 10);
    let mut all = String::new();
    for Line { line: table } in tables {
        let rows = format!("SELECT t::text AS line FROM \"{table}\" AS t");
        let rows: Vec<Line> = sql_query(rows).load(&mut conn).expect("rows");
        all.extend(rows.iter().map(|row| format!("{table}: {}\n", row.line)));
    }
    all
}

fn scan(folder: &Path, needles: &Needles) -> usize {
    let mut seen = 0;
    for item in std::fs::read_dir(folder).expect("a folder") {
        let path = item.expect("an item").path();
        if path.is_dir() {
            seen += scan(&path, needles);
        } else {
            needles.none_in(&path.display().to_string(), &std::fs::read(&path).expect("a file"));
            seen += 1;
        }
    }
    seen
}

#[test]
fn nobody_is_named_where_it_is_not_meant() {
    for engine in Engine::BOTH {
        let mut world = World::new(engine, CANARY);
        named_by_number(&mut world);
        let mut drive = Drive { world, needles: Needles::new(), asked: 0 };
        for route in TABLE {
            drive.route(route);
        }
        drive.files();
        // The access log is written a few times a second.
        std::thread::sleep(std::time::Duration::from_millis(500));
        println!("{engine:?}: {} requests", drive.asked);
        assert!(drive.asked > 2000, "{}", drive.asked);
        let Drive { mut world, needles, .. } = drive;
        has_pseudonyms(&world.town.database);
        let metrics = world.town.service.get("/metrics");
        needles.none_in("the counts", &metrics.body);
        needles.none_in("the log", world.town.service.log().as_bytes());
        let look = |world: &World| {
            let folders = [world.town.service.folder.path(), &world.town.database.folder];
            folders.map(|folder| scan(folder, &needles)).iter().sum::<usize>()
        };
        assert!(look(&world) > 2);
        if engine == Engine::Postgres {
            needles.none_in("the tables", dump(&world.town.database).as_bytes());
        } else {
            let folder = &world.town.database.folder;
            let wal = std::fs::metadata(folder.join("xueshi.db-wal")).expect("a WAL");
            assert!(wal.len() > 0);
        }
        assert!(world.town.service.stop().success());
        look(&world);
    }
}
