//! Every route, every role, and whose the object is: generated from the table of routes. What is not
//! the caller's to see answers exactly like what does not exist.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use xueshi::api::auth::Role;
use xueshi::api::routes::{Access, Route, TABLE};

use super::Answer;
use super::town::{JSON, Town, row, who};
use crate::support::engines::Engine;

/// A request without its method and token.
#[derive(Clone, Debug)]
pub struct Ask {
    pub path: String,
    pub body: Option<Value>,
}

/// A route's requests: about what is the caller's own, somebody else's, and nothing at all.
pub struct Example {
    pub own: Ask,
    other: Option<Ask>,
    absent: Option<Ask>,
}

/// Things to ask about: of the callers of the town, and of others.
pub struct World {
    /// The person whose record it is, and the next one.
    n: usize,
    pub me: String,
    /// A reviewer and an office of another place.
    pub far: String,
    pub own_person: String,
    other_person: String,
    waiting: Value,
    waiting_elsewhere: Value,
    imports: [String; 2],
    receipts: [String; 2],
    excused: [String; 2],
    proposed: [String; 2],
    differences: [String; 2],
    pub town: Town,
}

const NOTHING: &str = "0123456789abcdef";

fn id(answer: &Answer, name: &str) -> String {
    id_of(&answer.json(), name)
}

/// One event told by two sources, twice: the later row is held, for the reviewers of its place.
fn echo(town: &Town, far: &str, n: usize) {
    for (first, second, event) in [(far, &*town.registry, "e"), (&*town.registry, far, "f")] {
        for (token, status) in [(first, 201), (second, 202)] {
            let mut row = row(n, &format!("{event}0"), 2023, "professional", "8");
            row["course"] = json!({ "title": format!("施工安全与管理{}", event.repeat(20)) });
            row["completed_on"] = json!("2023-05-06");
            assert_eq!(town.post(token, "/v1/entries", &row).status, status);
        }
    }
}

/// The difference about a person that is a reviewer's to settle.
fn doubt(town: &Town, token: &str, person: &str) -> String {
    let all = town.get(token, "/v1/differences").json();
    let mut all = all["items"].as_array().expect("items").iter();
    id_of(all.find(|one| one["person"] == person).expect("a difference"), "difference")
}

fn id_of(json: &Value, name: &str) -> String {
    json[name].as_str().unwrap_or_else(|| panic!("no {name}: {json}")).to_owned()
}

fn question(n: usize, place: &str) -> Value {
    json!({"id": "q", "person": who(n), "explain": "deciding", "receipt": true,
        "declaration": {"jurisdiction": place, "year": 2023, "level": "intermediate",
            "series": "engineering", "specialty": "water", "required_years": 4,
            "tenure_start": 2020}})
}

impl World {
    /// About the nth person and the one after.
    pub fn new(engine: Engine, n: usize) -> World {
        let town = Town::with_feed(engine);
        let place = |role: &str, place: &str| {
            town.service.token(&["--role", role, "--subject", "far", "--jurisdiction", place])
        };
        let (far, far_office) = (place("reviewer", "330500"), place("declaration", "330100"));
        let elsewhere = json!({"code": "far", "name_zh": "far", "name_en": "far",
            "jurisdiction": "330500", "recognises": ["professional"]});
        town.post(&town.admin, "/v1/sources", &elsewhere);
        let client = json!({"issuer": "xueshi", "subject": "far"});
        town.post(&town.admin, "/v1/sources/far/clients", &client);
        let post_far =
            town.service.token(&["--role", "provider", "--subject", "far", "--source", "far"]);
        for (token, key, category) in [
            (&town.registry, "a", "professional"),
            (&town.site, "b", "general"),
            (&post_far, "c", "professional"),
            (&post_far, "d", "general"),
        ] {
            for person in [n, n + 1] {
                let row = row(person, &format!("{key}{}", person - n), 2023, category, "8");
                let answer = town.post(token, "/v1/entries", &row);
                assert!([201, 202].contains(&answer.status), "{}", answer.text());
            }
        }
        echo(&town, &post_far, n);
        let import = |token: &str| {
            let kind = "application/octet-stream";
            id(&town.send(token, "/v1/imports", kind, b"nothing", &[]), "import")
        };
        let imports = [import(&town.registry), import(&town.site)];
        let receipt = |token: &str, place: &str| {
            let answer = town.post(token, "/v1/compliance", &question(n, place)).json();
            answer["ledger"]["receipt"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
        };
        let receipts = [receipt(&town.office, "331100"), receipt(&far_office, "330100")];
        let (own_person, other_person) = (town.person(n), town.person(n + 1));
        let base = format!("/v1/people/{own_person}");
        let year = json!({"year": 2022, "ruling": "excuse", "reason": "r"});
        let hours = json!({"year": 2022, "category": "general", "hours": "1", "reason": "r"});
        let decide = |token: &str, path: &str, body: &Value| {
            id(&town.post(token, &format!("{base}/{path}"), body), "decision")
        };
        let excused = [decide(&town.reviewer, "years", &year), decide(&far, "years", &year)];
        let proposed =
            [decide(&town.second, "adjustments", &hours), decide(&far, "adjustments", &hours)];
        let mine = |one: &&Value| one["person"] == own_person.as_str();
        let waiting = town.queue(&town.reviewer).iter().find(mine).expect("a row").clone();
        let waiting_elsewhere = town.queue(&far).iter().find(mine).expect("a row").clone();
        let differences = [&town.reviewer, &far].map(|token| doubt(&town, token, &own_person));
        let me = town.own(n);
        World {
            n,
            me,
            far,
            own_person,
            other_person,
            waiting,
            waiting_elsewhere,
            imports,
            receipts,
            excused,
            proposed,
            differences,
            town,
        }
    }

    pub fn token(&self, role: Role) -> &str {
        match role {
            Role::Provider => &self.town.registry,
            Role::Person => &self.me,
            Role::Declaration => &self.town.office,
            Role::Reviewer => &self.town.reviewer,
            Role::Admin => &self.town.admin,
        }
    }

    pub fn ask(&self, route: &Route, token: Option<&str>, ask: &Ask) -> Answer {
        let body = ask.body.as_ref().map(Value::to_string).unwrap_or_default();
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("Content-Type", JSON)];
        headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
        let address = self.town.service.address();
        super::ask(address, route.method, &ask.path, &headers, body.as_bytes())
    }

    /// The requests of a route; a new one needs a line in one of these.
    pub fn example(&self, route: &Route) -> Example {
        let found = self.provider(route).or_else(|| self.asker(route));
        let found = found.or_else(|| self.reviewer(route)).or_else(|| self.runs(route));
        let found = found.or_else(|| of_feeds(route));
        let found = found.or_else(|| everybody(route));
        found.unwrap_or_else(|| panic!("{} {} has no example", route.method, route.path))
    }

    fn provider(&self, route: &Route) -> Option<Example> {
        let reason = Some(json!({"reason": "seen"}));
        Some(match (route.method, route.path) {
            ("POST", "/v1/entries") => {
                alone(ask(route.path, Some(row(self.n, "new", 2023, "general", "1"))))
            }
            ("POST", "/v1/entries/batch") => {
                alone(ask(route.path, Some(json!([row(self.n, "newer", 2023, "general", "1")]))))
            }
            ("POST", "/v1/entries/{key}/reverse") => {
                let path = |key: &str| format!("/v1/entries/{key}/reverse");
                three([path("a1"), path("b1"), path("nothing")], reason.as_ref())
            }
            ("POST", "/v1/people/check") => alone(ask(route.path, Some(json!([who(self.n)])))),
            ("POST", "/v1/imports") => alone(ask(route.path, Some(json!({"key": "k"})))),
            ("GET", "/v1/imports/{id}") => {
                three(of(&|id| format!("/v1/imports/{id}"), &self.imports), None)
            }
            ("GET", "/v1/imports/{id}/rows") => {
                three(of(&|id| format!("/v1/imports/{id}/rows"), &self.imports), None)
            }
            ("GET", "/v1/imports/{id}/{report}") => {
                three(of(&|id| format!("/v1/imports/{id}/report.csv"), &self.imports), None)
            }
            _ => return None,
        })
    }

    fn asker(&self, route: &Route) -> Option<Example> {
        Some(match (route.method, route.path) {
            ("POST", "/v1/compliance") => alone(ask(route.path, Some(question(self.n, "331100")))),
            ("POST", "/v1/compliance/batch") => {
                let mut one = question(self.n, "331100");
                one["receipt"] = false.into();
                alone(ask(route.path, Some(json!([one]))))
            }
            ("GET", "/v1/receipts/{id}") => {
                three(of(&|id| format!("/v1/receipts/{id}"), &self.receipts), None)
            }
            ("POST", "/v1/receipts/{id}/replay") => {
                three(of(&|id| format!("/v1/receipts/{id}/replay"), &self.receipts), None)
            }
            ("GET", "/v1/me/compliance") => alone(ask(
                "/v1/me/compliance?jurisdiction=331100&year=2023&level=intermediate\
                 &series=engineering",
                None,
            )),
            ("POST", "/v1/me/disputes") => {
                let body = |place: &Value| json!({"submission": place, "reason": "not mine"});
                let others = self.town.queue(&self.town.reviewer);
                let others = others.iter().find(|one| one["person"] == self.other_person.as_str());
                let other = body(&others.expect("a row of another person")["submission"]);
                Example {
                    own: ask(route.path, Some(body(&self.waiting["submission"]))),
                    other: Some(ask(route.path, Some(other))),
                    absent: Some(ask(route.path, Some(body(&format!("{NOTHING}-1").into())))),
                }
            }
            _ => return None,
        })
    }

    fn reviewer(&self, route: &Route) -> Option<Example> {
        let reason = Some(json!({"reason": "seen"}));
        let me = &self.own_person;
        Some(match (route.method, route.path) {
            ("POST", "/v1/queue/{submission}/{ruling}") => {
                let body = Some(json!({"person": me, "reason": "seen"}));
                let path = |place: &str| format!("/v1/queue/{place}/recognise");
                let place = |row: &Value| path(row["submission"].as_str().expect("a place"));
                let nothing = path(&format!("{NOTHING}-1"));
                three(
                    [place(&self.waiting), place(&self.waiting_elsewhere), nothing],
                    body.as_ref(),
                )
            }
            ("POST", "/v1/people/find") => Example {
                own: ask(route.path, Some(who(self.n))),
                other: None,
                absent: Some(ask(route.path, Some(who(self.n + 77)))),
            },
            ("POST", "/v1/people/{person}/years") => {
                let body = Some(json!({"year": 2021, "ruling": "excuse", "reason": "seen"}));
                let path = |person: &str| ask(&format!("/v1/people/{person}/years"), body.clone());
                Example { own: path(me), other: None, absent: Some(path(NOTHING)) }
            }
            ("POST", "/v1/people/{person}/decisions/{decision}/withdraw") => {
                let path = |id: &str| format!("/v1/people/{me}/decisions/{id}/withdraw");
                three(of(&path, &self.excused), reason.as_ref())
            }
            ("POST", "/v1/people/{person}/entries/{seq}/reverse") => {
                let path = |seq: u32| format!("/v1/people/{me}/entries/{seq}/reverse");
                three([path(1), path(2), path(999)], reason.as_ref())
            }
            ("POST", "/v1/people/{person}/adjustments") => {
                let body =
                    json!({"year": 2021, "category": "general", "hours": "1", "reason": "r"});
                let path = |person: &str| {
                    ask(&format!("/v1/people/{person}/adjustments"), Some(body.clone()))
                };
                Example { own: path(me), other: None, absent: Some(path(NOTHING)) }
            }
            ("POST", "/v1/people/{person}/adjustments/{decision}/{answer}") => {
                let path = |id: &str| format!("/v1/people/{me}/adjustments/{id}/approve");
                three(of(&path, &self.proposed), reason.as_ref())
            }
            ("POST", "/v1/differences/{person}/{difference}/settle") => {
                let body = Some(json!({"action": "ignore", "reason": "seen"}));
                let path = |id: &str| format!("/v1/differences/{me}/{id}/settle");
                three(of(&path, &self.differences), body.as_ref())
            }
            _ => return None,
        })
    }
}

impl World {
    /// About the first run of the feed that is connected, and one that there is not.
    fn runs(&self, route: &Route) -> Option<Example> {
        if route.path != "/v1/feeds/{feed}/runs/{run}/rows" {
            return None;
        }
        let runs = "/v1/feeds/lishui-registry/runs";
        let began = Instant::now();
        let run = loop {
            let told = self.town.get(&self.town.admin, runs).json();
            if let Some(run) = told["items"][0]["run"].as_str() {
                break run.to_owned();
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{told}");
            std::thread::sleep(Duration::from_millis(50));
        };
        let rows = |run: &str| ask(&format!("{runs}/{run}/rows"), None);
        Some(Example { own: rows(&run), other: None, absent: Some(rows(NOTHING)) })
    }
}

/// About the feed that is connected, and one that there is not.
fn of_feeds(route: &Route) -> Option<Example> {
    let what = route.path.strip_prefix("/v1/feeds")?;
    let Some(work) = what.strip_prefix("/{feed}/") else {
        return Some(alone(ask(route.path, None)));
    };
    let body = match work {
        "reconcile" => Some(json!({"year": 2024})),
        "resume" => Some(json!({"accept": true})),
        _ => None,
    };
    let one = |feed: &str| ask(&format!("/v1/feeds/{feed}/{work}"), body.clone());
    Some(Example { own: one("lishui-registry"), other: None, absent: Some(one("nothing")) })
}

fn everybody(route: &Route) -> Option<Example> {
    Some(match (route.method, route.path) {
        ("POST", "/v1/sources") => alone(ask(
            route.path,
            Some(json!({"code": "more",
                "name_zh": "更多", "name_en": "more", "recognises": []})),
        )),
        ("GET", "/v1/sources/{code}/clients") => Example {
            own: ask("/v1/sources/site/clients", None),
            other: None,
            absent: Some(ask("/v1/sources/none/clients", None)),
        },
        ("POST", "/v1/sources/{code}/clients") => {
            let body = Some(json!({"issuer": "xueshi", "subject": "more"}));
            Example {
                own: ask("/v1/sources/site/clients", body.clone()),
                other: None,
                absent: Some(ask("/v1/sources/none/clients", body)),
            }
        }
        ("GET", "/v1/policies/{place}") => alone(ask("/v1/policies/330000", None)),
        ("GET", "/v1/policies/{place}/{name}") => alone(ask("/v1/policies/331100/2023", None)),
        (
            "GET",
            "/v1/submissions"
            | "/v1/me"
            | "/v1/me/entries"
            | "/v1/queue"
            | "/v1/adjustments"
            | "/v1/disputes"
            | "/v1/differences"
            | "/v1/differences/report.csv"
            | "/v1/differences/report.xlsx"
            | "/v1/sources"
            | "/v1/keys"
            | "/v1/policies"
            | "/v1/caller"
            | "/healthz"
            | "/readyz"
            | "/metrics"
            | "/openapi.json",
        ) => alone(ask(route.path, None)),
        _ => return None,
    })
}

fn ask(path: &str, body: Option<Value>) -> Ask {
    Ask { path: path.to_owned(), body }
}

fn alone(own: Ask) -> Example {
    Example { own, other: None, absent: None }
}

fn three(paths: [String; 3], body: Option<&Value>) -> Example {
    let [own, other, absent] = paths.map(|path| Ask { path, body: body.cloned() });
    Example { own, other: Some(other), absent: Some(absent) }
}

fn of(fill: &dyn Fn(&str) -> String, ids: &[String; 2]) -> [String; 3] {
    [fill(&ids[0]), fill(&ids[1]), fill(NOTHING)]
}

/// Status and body, apart from what tells two requests from each other.
fn told(answer: &Answer) -> (u16, String, Value) {
    let mut body = answer.json();
    body["request_id"] = Value::Null;
    (answer.status, answer.code(), body)
}

#[test]
fn every_route_keeps_to_its_row() {
    for engine in Engine::BOTH {
        let world = World::new(engine, 1);
        for route in TABLE {
            let example = world.example(route);
            let Access::Roles(roles) = route.access else {
                assert_eq!(world.ask(route, None, &example.own).status, 200, "{route:?}");
                continue;
            };
            for token in [None, Some("x.y.z")] {
                let answer = world.ask(route, token, &example.own);
                assert_eq!(answer.status, 401, "{route:?} {token:?}");
            }
            for role in Role::ALL.into_iter().filter(|role| !roles.contains(role)) {
                let answers = [Some(&example.own), example.other.as_ref(), example.absent.as_ref()];
                for ask in answers.into_iter().flatten() {
                    let answer = world.ask(route, Some(world.token(role)), ask);
                    let told = (answer.status, answer.code());
                    assert_eq!(told, (403, "forbidden".to_owned()), "{route:?} {role:?} {ask:?}");
                }
            }
            for role in roles {
                let token = Some(world.token(*role));
                let absent = example.absent.as_ref().map(|ask| told(&world.ask(route, token, ask)));
                if let Some((status, code, _)) = &absent {
                    let code = code.as_str();
                    // Which feeds there are is no secret.
                    let is_told = matches!(code, "not_found" | "feed_unknown");
                    assert!(*status == 404 && is_told, "{route:?}: {status} {code}");
                }
                if let Some(other) = &example.other {
                    let other = told(&world.ask(route, token, other));
                    assert_eq!(Some(other), absent, "{route:?} {role:?}");
                }
                let own = world.ask(route, token, &example.own);
                assert!((200..300).contains(&own.status), "{route:?} {role:?}: {}", own.text());
            }
        }
    }
}

#[test]
fn a_token_of_nobody_on_record_sees_nothing() {
    let world = World::new(Engine::Sqlite, 1);
    let nobody =
        world.town.service.token(&["--role", "person", "--subject", "x", "--person", NOTHING]);
    for path in ["/v1/me", "/v1/me/entries"] {
        let answer = world.town.get(&nobody, path);
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{path}");
    }
    let body = json!({"seq": 1, "reason": "r"});
    assert_eq!(world.town.post(&nobody, "/v1/me/disputes", &body).status, 404);
    // A reviewer of another place, for the rows of this one.
    let path = format!("/v1/queue/{}/reject", world.waiting["submission"].as_str().unwrap());
    let body = json!({"person": world.own_person, "reason": "r"});
    assert_eq!(world.town.post(&world.far, &path, &body).status, 404);
}
