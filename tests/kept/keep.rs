//! Makes a fixture of the release that this tree is: `tests/fixtures/README.md` says when.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{fixture, run, text};
use crate::api::town::{JSON, Town, but, reviewer, row, who};
use crate::check::check;
use crate::operations::feeds::dropped;
use crate::support::engines::Engine;
use crate::support::people;

/// The cases of `tests/check` are people from this number on.
const FIRST_CASE: usize = 100;

#[test]
#[ignore = "writes a fixture into the tree, once for a release"]
fn keep_what_this_release_leaves() {
    for engine in Engine::BOTH {
        let mut town = Town::new(engine);
        let mut receipts = BTreeSet::new();
        rows(&town);
        rulings(&town);
        two_sources(&town);
        a_feed(&town);
        requests(&town);
        cases(&town, &mut receipts);
        before_and_after(&town, &mut receipts);
        let said = said(&town, &receipts);
        assert!(town.service.stop().success());
        write(&town, &said);
    }
    write_checked();
}

/// Asks, and is not refused.
fn post(town: &Town, token: &str, path: &str, body: &Value) -> Value {
    let answer = town.post(token, path, body);
    assert!((200..300).contains(&answer.status), "{path}: {}", answer.text());
    answer.json()
}

fn provider(town: &Town, code: &str) -> String {
    town.service.token(&["--role", "provider", "--subject", code, "--source", code])
}

fn id(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_owned()
}

/// Posted, corrected, taken back, waiting, and what could not be taken.
fn rows(town: &Town) {
    let registry = |row: &Value| town.post(&town.registry, "/v1/entries", row);
    for (key, year, category, hours) in [
        ("r-1", 2022, "professional", "60"),
        ("r-2", 2022, "industry", "6.25"),
        ("r-3", 2022, "public", "24"),
        ("r-4", 2023, "professional", "48.5"),
    ] {
        let full = but(row(1, key, year, category, hours), "completed_on", "2022-05-06");
        let full = but(full, "course", json!({"code": "K-7", "title": "样例课程"}));
        assert_eq!(registry(&but(full, "basis", "certificate")).status, 201);
    }
    let first = row(1, "r-1", 2022, "professional", "60");
    assert_eq!(registry(&first).status, 409, "another content under the key");
    let mended = but(but(first, "revision", 2), "hours", "61.75");
    assert_eq!(registry(&mended).json()["outcome"], "corrected");
    let reason = json!({"reason": "the course was not held"});
    post(town, &town.registry, "/v1/entries/r-2/reverse", &reason);
    let site = |row: &Value| town.post(&town.site, "/v1/entries", row);
    for key in ["w-1", "w-2", "w-3", "w-4", "w-5"] {
        assert_eq!(site(&row(2, key, 2023, "general", "12")).status, 202);
    }
    post(town, &town.site, "/v1/entries/w-5/reverse", &reason);
    let other = json!({"number": people::number(1), "name": people::name(2)});
    let outcomes = [
        (but(row(1, "q-1", 2023, "general", "1"), "person", other), "quarantined"),
        (row(1, "x-1", 2023, "sport", "1"), "rejected"),
    ];
    for (row, outcome) in outcomes {
        assert_eq!(registry(&row).json()["outcome"], outcome);
    }
    let batch = json!([row(3, "b-1", 2021, "general", "3"), row(3, "b-2", 2021, "general", "x")]);
    let counts = post(town, &town.registry, "/v1/entries/batch", &batch)["counts"].clone();
    assert_eq!(counts, json!({"posted": 1, "rejected": 1}));
}

/// What reviewers decide, and an objection.
fn rulings(town: &Town) {
    let waiting = town.queue(&town.reviewer);
    assert_eq!(waiting.len(), 4);
    let category = json!("industry");
    for (one, ruling) in waiting.iter().zip(["recognise", "reject", "recategorise"]) {
        let mut body = json!({"person": one["person"], "reason": "seen"});
        if ruling == "recategorise" {
            body["category"] = category.clone();
        }
        let path = format!("/v1/queue/{}/{ruling}", id(one, "submission"));
        post(town, &town.reviewer, &path, &body);
    }
    let base = format!("/v1/people/{}", town.person(2));
    let hours = json!({"year": 2022, "category": "general", "hours": "3", "reason": "on paper"});
    for said in ["approve", "decline"] {
        let proposed = post(town, &town.reviewer, &format!("{base}/adjustments"), &hours);
        let path = format!("{base}/adjustments/{}/{said}", id(&proposed, "decision"));
        post(town, &town.second, &path, &json!({"reason": "seen"}));
    }
    post(town, &town.reviewer, &format!("{base}/adjustments"), &hours);
    let ruling = |year: u16, ruling: &str| {
        let body = json!({"year": year, "ruling": ruling, "reason": "parental leave"});
        post(town, &town.reviewer, &format!("{base}/years"), &body)
    };
    ruling(2021, "excuse");
    let path = format!("{base}/decisions/{}/withdraw", id(&ruling(2022, "excuse"), "decision"));
    post(town, &town.reviewer, &path, &json!({"reason": "it was not"}));
    post(town, &town.own(2), "/v1/me/disputes", &json!({"seq": 1, "reason": "not mine"}));
    let path = format!("/v1/people/{}/entries/1/reverse", town.person(3));
    post(town, &town.reviewer, &path, &json!({"reason": "forged"}));
}

/// One event told twice: still open, and settled in each way.
fn two_sources(town: &Town) {
    let event = |n: usize, key: &str| {
        let one = but(row(n, key, 2023, "professional", "8"), "completed_on", "2023-05-06");
        but(but(one, "provider", "样例中心"), "course", json!({"title": "施工安全与质量管理"}))
    };
    town.source("partner", &["professional"]);
    let partner = provider(town, "partner");
    for n in 4..8 {
        post(town, &partner, "/v1/entries", &event(n, &format!("p-{n}")));
        let held = town.post(&town.registry, "/v1/entries", &event(n, &format!("e-{n}")));
        assert_eq!(held.status, 202, "{}", held.text());
    }
    let open = town.get(&town.reviewer, "/v1/differences?limit=1000").json();
    let open = open["items"].as_array().expect("items").clone();
    assert_eq!(open.len(), 4, "{open:?}");
    for (one, action) in open.iter().zip(["post", "ignore"]) {
        let path =
            format!("/v1/differences/{}/{}/settle", id(one, "person"), id(one, "difference"));
        let body = json!({"action": action, "reason": "seen"});
        post(town, &town.reviewer, &path, &body);
    }
}

/// Rows of a feed: one that counts, one that is held, one that cannot be read.
fn a_feed(town: &Town) {
    let file = dropped(town.service.folder.path());
    let arguments = ["feed", "drop", "lishui-registry", &file];
    let ran = run(&town.service.folder, &town.database, &arguments);
    assert_eq!(ran.status.code(), Some(1), "{}{}", text(&ran.stdout), text(&ran.stderr));
}

/// Requests with a key of their own.
fn requests(town: &Town) {
    let body = json!([row(8, "i-1", 2023, "general", "1")]).to_string();
    for replayed in [None, Some("true")] {
        let headers = [("Idempotency-Key", "one")];
        let path = "/v1/entries/batch";
        let answer = town.send(&town.registry, path, JSON, body.as_bytes(), &headers);
        assert_eq!((answer.status, answer.header("idempotency-replayed")), (200, replayed));
    }
}

/// Every case that `tests/check` answers: posted, decided, and asked.
fn cases(town: &Town, receipts: &mut BTreeSet<String>) {
    let all = ["professional", "industry", "general", "public"];
    for (place, code) in [("330500", "huzhou-xsglt"), ("330500", "paper"), ("330400", "jiaxing")] {
        town.source_of(place, code, &all);
    }
    // An empty line stands between those that are well and those that are wrong on purpose.
    let lines = include_str!("../check/cases.ndjson").lines().take_while(|line| !line.is_empty());
    for (n, line) in (FIRST_CASE..).zip(lines) {
        let case: Value = serde_json::from_str(line).expect("a case");
        let declaration = judged(&case["declaration"]);
        let records = case["records"].as_array().expect("records");
        for (at, record) in records.iter().enumerate() {
            post_record(town, n, at, record, &declaration);
        }
        if !records.is_empty() {
            rule_years(town, n, &case["declaration"]);
        }
        let depth = ["deciding", "full", "deciding", "none"][n % 4];
        receipts.insert(ask(town, n, &declaration, depth, None).0);
    }
}

/// The declaration without what the ledger knows.
fn judged(declaration: &Value) -> Value {
    let mut own = declaration.as_object().expect("a declaration").clone();
    own.retain(|name, _| !["as_of", "excused", "reviewed"].contains(&name.as_str()));
    own.into()
}

fn place_of(declaration: &Value) -> &str {
    declaration["jurisdiction"].as_str().expect("a place")
}

fn post_record(town: &Town, n: usize, at: usize, record: &Value, declaration: &Value) {
    let text = |name: &str| record[name].as_str().unwrap_or_default();
    let year = record["year"].as_u64().and_then(|year| u16::try_from(year).ok());
    let key = format!("{n}-{at}");
    let row = row(n, &key, year.expect("a year"), text("category"), text("hours"));
    let status = text("status");
    let token = match text("source") {
        _ if ["pending", "rejected"].contains(&status) => town.site.clone(),
        code @ ("huzhou-xsglt" | "paper") => provider(town, code),
        _ => town.registry.clone(),
    };
    post(town, &token, "/v1/entries", &row);
    if status == "revoked" {
        let path = format!("/v1/entries/{key}/reverse");
        post(town, &token, &path, &json!({"reason": "revoked"}));
    }
    if status == "rejected" {
        assert_eq!(place_of(declaration), "331100");
        let waiting = town.queue(&town.reviewer);
        let one = waiting.iter().find(|one| one["key"] == key.as_str()).expect("it waits");
        let path = format!("/v1/queue/{}/reject", id(one, "submission"));
        post(town, &town.reviewer, &path, &json!({"person": one["person"], "reason": "no"}));
    }
}

fn rule_years(town: &Town, n: usize, declaration: &Value) {
    for (name, ruling) in [("reviewed", "close-legacy"), ("excused", "excuse")] {
        for year in declaration[name].as_array().into_iter().flatten() {
            let bureau = reviewer(town, "330500", &[]);
            let found = post(town, &bureau, "/v1/people/find", &who(n));
            let path = format!("/v1/people/{}/years", id(&found, "person"));
            let body = json!({"year": year, "ruling": ruling, "reason": "reviewed"});
            post(town, &bureau, &path, &body);
        }
    }
}

/// Asks with a receipt; gives its id, and the instant of which the answer is true.
fn ask(
    town: &Town,
    n: usize,
    declaration: &Value,
    depth: &str,
    as_of: Option<&str>,
) -> (String, String) {
    let mut question = json!({"id": format!("case {n}"), "person": who(n), "explain": depth,
        "declaration": declaration, "receipt": true});
    if let Some(as_of) = as_of {
        question["as_of"] = as_of.into();
    }
    let place = format!("{}0000", &place_of(declaration)[..2]);
    let office = ["--role", "declaration", "--subject", "office", "--jurisdiction", &place];
    let verdict = post(town, &town.service.token(&office), "/v1/compliance", &question);
    (id(&verdict["ledger"], "receipt"), id(&verdict["ledger"], "as_of"))
}

/// The first case is asked again after an entry was taken back: as things are, and as they were.
fn before_and_after(town: &Town, receipts: &mut BTreeSet<String>) {
    let case = include_str!("../check/cases.ndjson").lines().next().expect("a case");
    let case: Value = serde_json::from_str(case).expect("a case");
    let (n, declaration) = (FIRST_CASE, &case["declaration"]);
    let (before, as_of) = ask(town, n, declaration, "deciding", None);
    let reason = json!({"reason": "by mistake"});
    post(town, &town.registry, &format!("/v1/entries/{n}-0/reverse"), &reason);
    receipts.insert(before);
    for (depth, as_of) in [("full", None), ("full", Some(&*as_of)), ("none", Some(&*as_of))] {
        receipts.insert(ask(town, n, declaration, depth, as_of).0);
    }
}

/// What the program says of what was left.
fn said(town: &Town, receipts: &BTreeSet<String>) -> Value {
    let office = town.service.token(&["--role", "declaration", "--subject", "everywhere"]);
    let mut kept = Vec::new();
    for id in receipts {
        let receipt = town.get(&office, &format!("/v1/receipts/{id}")).json();
        let path = format!("/v1/receipts/{id}/replay");
        let mut replay = post(town, &office, &path, &json!({}));
        assert_eq!(replay["same"], true, "{replay}");
        assert_eq!(replay["answer"], receipt["answer"], "it is not kept twice");
        replay.as_object_mut().expect("an object").remove("answer");
        kept.push(json!({"receipt": receipt, "replay": replay}));
    }
    let mut lists = serde_json::Map::new();
    for path in super::LISTS {
        lists.insert(path.to_owned(), town.get(&town.reviewer, path).json());
    }
    json!({"receipts": kept, "lists": lists})
}

fn write(town: &Town, said: &Value) {
    let folder = fixture(env!("CARGO_PKG_VERSION"), town.database.engine);
    std::fs::create_dir_all(&folder).expect("a folder");
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("a file");
    let ran = |arguments: &[&str]| {
        let ran = run(&town.service.folder, &town.database, arguments);
        assert!(ran.status.success(), "{arguments:?}: {}", text(&ran.stderr));
        ran.stdout
    };
    put("entries.ndjson", &ran(&["export"]));
    put("verify.txt", &ran(&["verify", "--lang", "en"]));
    let keys = std::fs::read_to_string(town.service.folder.path().join("keys.toml"));
    let warning = "# Keys of made-up people, for tests. 仅供测试。\n";
    put("keys.toml", format!("{warning}{}", keys.expect("keys")).as_bytes());
    let mut pretty = serde_json::to_vec_pretty(said).expect("JSON");
    pretty.push(b'\n');
    put("said.json", &pretty);
    match town.database.engine {
        Engine::Sqlite => {
            let place = folder.join("ledger.sqlite");
            let _ = std::fs::remove_file(&place);
            town.database.execute(&format!("VACUUM INTO '{}'", place.display())).expect("a copy");
        }
        Engine::Postgres => put("dump.sql", dump(&town.database.url).as_bytes()),
    }
}

/// The receipts of `xueshi check`, which holds no ledger.
fn write_checked() {
    let cases = include_bytes!("../check/cases.ndjson");
    let answers = check(&["--explain", "full"], cases).answers();
    let line = |answer: &Value| {
        let [id, verdict, receipt] = ["id", "verdict", "receipt"].map(|name| &answer[name]);
        format!("{}\n", json!({"id": id, "verdict": verdict, "receipt": receipt}))
    };
    let answered = answers.iter().filter(|answer| answer["receipt"].is_object());
    let lines: String = answered.map(line).collect();
    let folder = fixture(env!("CARGO_PKG_VERSION"), Engine::Sqlite);
    std::fs::write(folder.with_file_name("check-receipts.ndjson"), lines).expect("a file");
}

/// Statements that make the database again, on any server and for any owner.
fn dump(url: &str) -> String {
    let arguments = ["--inserts", "--no-owner", "--no-privileges", "--no-comments", url];
    let output = Command::new(pg_dump()).args(arguments).output().expect("pg_dump");
    assert!(output.status.success(), "{}", text(&output.stderr));
    // What is for its own reader, and settings that an older server does not know.
    let own = |line: &&str| !line.starts_with('\\') && !line.starts_with("--");
    let settings = |line: &&str| !line.starts_with("SET transaction_timeout");
    let mut lines: Vec<&str> = Vec::new();
    let dumped = text(&output.stdout);
    for line in dumped.lines().filter(own).filter(settings) {
        if !(line.is_empty() && lines.last().is_none_or(|last| last.is_empty())) {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

/// Debian keeps each version in a folder of its own.
fn pg_dump() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.map(|version| version.path().join("bin/pg_dump"));
    found.filter(|path| path.exists()).max().unwrap_or_else(|| Path::new("pg_dump").to_owned())
}
