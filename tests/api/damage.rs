//! A database that contradicts itself: whoever asked hears that something is wrong inside, and no more;
//! the log hears what, once, with the id of the request.

use serde_json::{Value, json};

use super::town::{JSON, Town, but, on_both, row, who};
use super::{Answer, Service};
use crate::support::engines::Engine;

/// Lines of the log about a request, its access left out.
fn told(service: &Service, answer: &Answer) -> Vec<String> {
    let id = answer.header("x-request-id").expect("an id");
    let log = service.log();
    let lines = log.lines().filter(|line| line.contains(id) && !line.contains(" access: "));
    lines.map(str::to_owned).collect()
}

/// The answer is a fault of the service, of which the log says why.
fn is_fault(town: &Town, answer: &Answer, why: &str) {
    assert_eq!((answer.status, &*answer.code()), (500, "internal"), "{}", answer.text());
    assert!(!answer.text().contains(why), "{}", answer.text());
    let lines = told(&town.service, answer);
    assert!(matches!(&*lines, [line] if line.contains(why)), "{why}: {lines:#?}");
}

#[test]
fn what_cannot_be_is_a_fault_and_nothing_that_is_not_there() {
    on_both(|town| {
        town.source_of("330500", "far", &["professional"]);
        let far = ["--role", "provider", "--subject", "far", "--source", "far"];
        let far = town.service.token(&far);
        let one = but(row(1, "a", 2023, "professional", "8"), "completed_on", "2023-05-06");
        let one = but(but(one, "provider", "样例中心"), "course", json!({"title": "施工安全"}));
        assert_eq!(town.post(&far, "/v1/entries", &one).status, 201);
        assert_eq!(town.post(&town.registry, "/v1/entries", &one).status, 202);
        let all = town.get(&town.reviewer, "/v1/differences").json();
        let [person, id] =
            ["person", "difference"].map(|name| all["items"][0][name].as_str().expect("an id"));
        let path = format!("/v1/differences/{person}/{id}/settle");
        let body = json!({"action": "reverse", "reason": "seen"});
        let lost = "UPDATE difference SET other_source = NULL, other_key = NULL";
        town.database.execute(lost).expect("damage");
        let answer = town.post(&town.reviewer, &path, &body);
        is_fault(town, &answer, "a duplicate of nothing");
        assert_eq!(town.database.count("difference WHERE closed_at IS NULL"), 1, "nothing is done");
        let absent = town.post(&town.reviewer, &path.replace(id, "0123456789abcdef"), &body);
        assert_eq!((absent.status, &*absent.code()), (404, "not_found"));
        assert!(told(&town.service, &absent).is_empty());
    });
}

/// Changes a column of a table, whether or not it is guarded.
fn damage(town: &Town, table: &str, change: &str) {
    let guard = match town.database.engine {
        Engine::Sqlite => format!("DROP TRIGGER IF EXISTS {table}_no_update"),
        Engine::Postgres => format!("DROP TRIGGER IF EXISTS {table}_no_change ON {table}"),
    };
    town.database.execute(&format!("{guard}; UPDATE {table} SET {change}")).expect("damage");
}

fn verdict(n: usize) -> Value {
    json!({"person": who(n), "declaration": {
        "jurisdiction": "331100", "year": 2023, "level": "intermediate", "series": "engineering",
    }})
}

/// A record of each kind, and how each is asked for once it does not read.
fn fill(town: &Town) {
    let far = town.service.token(&["--role", "provider", "--subject", "far", "--source", "far"]);
    town.source_of("330500", "far", &["professional"]);
    let one = but(row(1, "a", 2023, "professional", "8"), "completed_on", "2023-05-06");
    let one = but(but(one, "provider", "样例中心"), "course", json!({"title": "施工安全"}));
    assert_eq!(town.post(&far, "/v1/entries", &one).status, 201);
    assert_eq!(town.post(&town.registry, "/v1/entries", &one).status, 202);
    let known = [(&town.registry, 1), (&town.site, 2), (&town.registry, 3), (&town.registry, 4)];
    for (token, n) in known {
        let row = row(n, &format!("own {n}"), 2022, "general", "8");
        assert!(town.post(token, "/v1/entries", &row).status < 300);
    }
    let bad = but(row(5, "bad", 2022, "general", "8"), "hours", "many");
    assert_eq!(town.post(&town.registry, "/v1/entries", &bad).status, 422);
    let path = format!("/v1/people/{}/years", town.person(4));
    let answer = town.post(
        &town.reviewer,
        &path,
        &json!({"year": 2021, "ruling": "excuse", "reason": "ill"}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn what_does_not_read_is_named_and_never_nothing() {
    for engine in Engine::BOTH {
        println!("{engine:?}");
        let town = &Town::with_feed(engine);
        fill(town);
        let me = town.own(1);
        let key = ("Idempotency-Key", "once");
        let again = || {
            let body = row(6, "once", 2022, "general", "8").to_string();
            town.send(&town.registry, "/v1/entries", JSON, body.as_bytes(), &[key])
        };
        assert_eq!(again().status, 201);
        let import = town.send(&town.registry, "/v1/imports", "text/csv", b"key\n", &[]);
        let import = import.header("location").expect("a place").to_owned();
        let feeds = "/v1/feeds/lishui-registry";
        assert_eq!(town.post(&town.admin, &format!("{feeds}/pull"), &json!({})).status, 202);
        let ran = || town.get(&town.admin, &format!("{feeds}/runs")).json()["items"][0].is_object();
        while !ran() {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let get = |token: &str, path: &str| town.get(token, path);
        let ask = |n: usize| town.post(&town.office, "/v1/compliance", &verdict(n));
        let cases: [(&str, &str, &dyn Fn() -> Answer); 12] = [
            ("stated", "attrs = '{'", &|| get(&me, "/v1/me/entries")),
            ("difference", "parts = 'x'", &|| get(&town.reviewer, "/v1/differences")),
            ("pending", "attrs = ''", &|| get(&town.reviewer, "/v1/queue")),
            ("entry", "attrs = '[]' WHERE ext_key = 'own 3'", &|| ask(3)),
            ("decision", "year = NULL", &|| ask(4)),
            ("submission", "problem = '{}'", &|| get(&town.registry, "/v1/submissions")),
            ("balance", "category = 9", &|| get(&town.own(6), "/v1/me")),
            ("idem_request", "status = 7", &again),
            ("batch", "counts = 'x'", &|| get(&town.registry, &import)),
            ("batch", "counts = '{}', note = 'x', state = 3", &|| get(&town.registry, &import)),
            ("feed_run", "notices = 'x'", &|| get(&town.admin, &format!("{feeds}/runs"))),
            ("feed", "stopped = 'x'", &|| get(&town.admin, "/v1/feeds")),
        ];
        // Nothing stands in the way of being read before it is damaged.
        for (table, _, asked) in cases {
            let before = asked();
            assert!(before.status < 300, "{table}: {}", before.text());
        }
        for (table, change, asked) in cases {
            damage(town, table, change);
            is_fault(town, &asked(), &format!("{table} ("));
        }
        let mut inbox = super::program(&town.service.folder);
        inbox
            .env("XUESHI__DATABASE__URL", &town.database.url)
            .args(["inbox", "--source", "registry"]);
        let output = inbox.output().expect("xueshi runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains("submission (batch_id = "), "{told}");
    }
}
