//! A row's way from its provider to the record of its person, over HTTP, on both engines.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Answer;
use super::town::{JSON, NDJSON, Town, but, on_both, row, who};
use crate::support::engines::Engine;
use crate::support::people;

fn outcome(answer: &Answer) -> (u16, String) {
    let outcome = answer.json()["outcome"].as_str().unwrap_or_default().to_owned();
    (answer.status, outcome)
}

fn expect(answer: Answer, status: u16, said: &str) -> Answer {
    assert_eq!(outcome(&answer), (status, said.to_owned()), "{}", answer.text());
    answer
}

fn outcomes(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let rows = json["rows"].as_array().unwrap_or_else(|| panic!("{json}"));
    rows.iter().map(|row| row["outcome"].as_str().expect("an outcome").to_owned()).collect()
}

#[test]
fn one_row_has_each_outcome_with_its_status() {
    on_both(|town| {
        let post = |body: &Value| town.post(&town.registry, "/v1/entries", body);
        let one = row(1, "a", 2023, "professional", "8.5");
        let posted = expect(post(&one), 201, "posted").json();
        assert!(posted["submission"].is_string() && posted["key"] == "a", "{posted}");
        assert_eq!(posted["retryable"], false);
        expect(post(&one), 200, "replayed");
        expect(post(&but(one.clone(), "hours", "8.50")), 200, "replayed");
        let other = expect(post(&but(one.clone(), "hours", "9")), 409, "conflict");
        assert_eq!(
            (other.code().as_str(), &other.json()["field"]),
            ("key_conflict", &json!("hours"))
        );
        let second = but(but(one.clone(), "hours", "9"), "revision", 2);
        expect(post(&second), 200, "corrected");
        expect(post(&second), 200, "replayed");
        assert_eq!(expect(post(&one), 409, "conflict").code(), "revision_stale");
        let misnamed = but(
            row(1, "b", 2023, "general", "1"),
            "person",
            json!({"number": people::number(1), "name": people::name(2)}),
        );
        let misnamed = expect(post(&misnamed), 202, "quarantined").json();
        assert_eq!(
            (&misnamed["code"], &misnamed["field"]),
            (&json!("person_name_mismatch"), &json!("person.name"))
        );
        assert!(misnamed["message"]["zh"].is_string() && misnamed["message"]["en"].is_string());
        let damaged = but(
            row(1, "c", 2023, "general", "1"),
            "person",
            json!({"number": "3.30523E+17", "name": people::name(1)}),
        );
        expect(post(&damaged), 202, "held");
    });
}

#[test]
fn a_row_that_is_wrong_is_rejected_with_all_that_is_wrong() {
    on_both(|town| {
        let post = |body: &Value| town.post(&town.registry, "/v1/entries", body);
        for (field, value) in [
            ("hours", json!(8.5)),
            ("hours", json!("8.555")),
            ("hours", json!("0")),
            ("hours", json!("-1")),
            ("hours", json!(null)),
            ("year", json!(2200)),
            ("year", json!(2023.0)),
            ("category", json!("sport")),
            ("completed_on", json!("2023-02-30")),
            ("revision", json!(0)),
            ("key", json!("")),
            ("person", json!([])),
            ("extra", json!(1)),
        ] {
            let answer = expect(
                post(&but(row(2, "d", 2023, "general", "1"), field, value.clone())),
                422,
                "rejected",
            );
            assert!(answer.json()["messages"]["zh"].is_string(), "{field} {value}");
        }
        // Everything that is wrong is told at once.
        let many = but(but(row(2, "d", 2023, "sport", "1"), "hours", "x"), "extra", 1);
        let many = post(&many).json();
        assert_eq!(many["errors"].as_array().map(Vec::len), Some(2), "{many}");
    });
}

#[test]
fn a_row_of_which_nothing_stands_is_told_as_that() {
    on_both(|town| {
        let post = |token: &str, body: &Value| town.post(token, "/v1/entries", body);
        let back = |token: &str, key: &str| {
            let path = format!("/v1/entries/{key}/reverse");
            expect(town.post(token, &path, &json!({"reason": "by mistake"})), 200, "reversed");
        };
        let one = row(1, "a", 2023, "professional", "8");
        expect(post(&town.registry, &one), 201, "posted");
        assert!(expect(post(&town.registry, &one), 200, "replayed").json()["code"].is_null());
        back(&town.registry, "a");
        let again = expect(post(&town.registry, &one), 200, "replayed").json();
        assert_eq!((&again["code"], &again["field"]), (&json!("key_taken_back"), &json!("key")));
        assert!(again["message"]["zh"].is_string() && again["retryable"] == false, "{again}");
        // The others of an all-or-nothing batch are not in its way.
        let rows = json!([one, row(1, "b", 2023, "general", "1")]);
        let batch = town.post(&town.registry, "/v1/entries/batch?mode=atomic", &rows);
        assert_eq!(outcomes(&batch), ["replayed", "posted"], "{}", batch.text());
        assert_eq!(batch.json()["rows"][0]["code"], "key_taken_back");
        let submissions = town.get(&town.registry, "/v1/submissions?outcome=replayed").json();
        let codes = submissions["items"].as_array().expect("items").iter();
        assert_eq!(codes.filter(|row| row["code"] == "key_taken_back").count(), 2);
        expect(post(&town.registry, &but(one.clone(), "revision", 2)), 201, "posted");
        let second = expect(post(&town.registry, &but(one, "revision", 2)), 200, "replayed");
        assert!(second.json()["code"].is_null(), "{}", second.text());
        // What waits, what was withdrawn, and what was refused.
        let waits = row(1, "w", 2023, "general", "1");
        expect(post(&town.site, &waits), 202, "pending");
        assert!(expect(post(&town.site, &waits), 200, "replayed").json()["code"].is_null());
        back(&town.site, "w");
        assert_eq!(post(&town.site, &waits).json()["code"], "key_taken_back");
        expect(post(&town.site, &but(waits.clone(), "revision", 2)), 202, "pending");
        let waiting = town.queue(&town.reviewer).remove(0);
        let path = format!("/v1/queue/{}/reject", waiting["submission"].as_str().unwrap());
        let body = json!({"person": waiting["person"], "reason": "no"});
        assert_eq!(town.post(&town.reviewer, &path, &body).status, 200);
        let refused = post(&town.site, &but(waits, "revision", 2)).json();
        assert_eq!(
            (&refused["outcome"], &refused["code"]),
            (&json!("replayed"), &json!("key_refused"))
        );
    });
}

#[test]
fn an_answer_that_cannot_be_kept_is_given_and_kept_later() {
    on_both(|town| {
        expect(post_one(town), 201, "posted");
        let path = format!("/v1/people/{}/adjustments", town.person(1));
        let hours = |amount: &str| {
            json!({"year": 2022, "category": "general", "hours": amount, "reason": "r"}).to_string()
        };
        let send = |key: &str, amount: &str| {
            let headers = [("Idempotency-Key", key)];
            town.send(&town.reviewer, &path, JSON, hours(amount).as_bytes(), &headers)
        };
        let refuse = |what: &str| match town.database.engine {
            Engine::Sqlite => format!(
                "CREATE TRIGGER refused_{what} BEFORE {what} ON idem_request
                 BEGIN SELECT RAISE(ABORT, 'no'); END"
            ),
            Engine::Postgres => format!(
                "CREATE OR REPLACE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'no'; END $$;
                 CREATE TRIGGER refused_{what} BEFORE {what} ON idem_request
                 FOR EACH ROW EXECUTE FUNCTION refused()"
            ),
        };
        for what in ["UPDATE", "DELETE"] {
            town.database.execute(&refuse(what)).expect("a trigger");
        }
        let first = send("k", "3");
        assert_eq!(first.status, 202, "what was done is told: {}", first.text());
        assert_eq!(send("k", "3").code(), "idempotency_running", "and not done twice");
        let wrong = send("w", "-3");
        assert_eq!(wrong.status, 422, "what failed is told as it was: {}", wrong.text());
        for what in ["UPDATE", "DELETE"] {
            let on = match town.database.engine {
                Engine::Sqlite => "",
                Engine::Postgres => " ON idem_request",
            };
            town.database.execute(&format!("DROP TRIGGER refused_{what}{on}")).expect("a trigger");
        }
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        let again = loop {
            let again = send("k", "3");
            if again.status != 409 {
                break again;
            }
            assert!(std::time::Instant::now() < until, "it is kept at last");
            std::thread::sleep(std::time::Duration::from_millis(100));
        };
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(town.database.count("decision"), 1);
        assert_eq!(send("w", "4").status, 202, "a key that did nothing is free again");
    });
}

fn post_one(town: &Town) -> Answer {
    town.post(&town.registry, "/v1/entries", &row(1, "a", 2023, "professional", "8"))
}

#[test]
fn a_batch_that_fails_is_ended_as_failed() {
    on_both(|town| {
        let refuse = match town.database.engine {
            Engine::Sqlite => {
                "CREATE TRIGGER refused BEFORE INSERT ON ext_ref WHEN NEW.ext_key = 'z'
                 BEGIN SELECT RAISE(ABORT, 'no'); END"
            }
            Engine::Postgres => {
                "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'no'; END $$;
                 CREATE TRIGGER refused BEFORE INSERT ON ext_ref
                 FOR EACH ROW WHEN (NEW.ext_key = 'z') EXECUTE FUNCTION refused()"
            }
        };
        town.database.execute(refuse).expect("a trigger");
        let rows = json!([row(1, "y", 2023, "general", "1"), row(1, "z", 2023, "general", "1")]);
        for mode in ["atomic", "continue"] {
            let path = format!("/v1/entries/batch?mode={mode}");
            let answer = town.post(&town.registry, &path, &rows);
            assert_eq!(answer.status, 503, "{mode}: {}", answer.text());
        }
        assert_eq!(town.database.count("batch WHERE state = 1"), 0, "none goes on for ever");
        assert_eq!(town.database.count("batch WHERE state = 3 AND finished_at IS NOT NULL"), 2);
        assert_eq!(town.database.count("entry"), 0);
    });
}

#[test]
fn a_row_is_taken_back_under_its_key() {
    on_both(|town| {
        let post = |body: &Value| town.post(&town.registry, "/v1/entries", body);
        expect(post(&row(1, "a", 2023, "professional", "8.5")), 201, "posted");
        let old = but(
            row(1, "e", 2023, "general", "1"),
            "person",
            json!({"number": people::old_number(1), "name": people::name(1)}),
        );
        expect(post(&old), 201, "posted");
        let back = |key: &str| {
            let path = format!("/v1/entries/{key}/reverse");
            town.post(&town.registry, &path, &json!({"reason": "by mistake"}))
        };
        expect(back("a"), 200, "reversed");
        expect(back("a"), 200, "replayed");
        assert_eq!((back("nothing").status, back("nothing").code().as_str()), (404, "not_found"));
        let waits = row(1, "a", 2023, "industry", "2");
        let answer = town.post(&town.site, "/v1/entries", &waits);
        expect(answer, 202, "pending");
        let answer = town.post(&town.site, "/v1/entries/a/reverse", &json!({"reason": "r"}));
        expect(answer, 200, "reversed");
    });
}

#[test]
fn batches_go_on_or_stop_as_a_whole() {
    on_both(|town| {
        let good = |key: &str| row(1, key, 2023, "general", "1");
        let bad = |key: &str| row(1, key, 2023, "general", "x");
        let post = |query: &str, rows: &[Value]| {
            town.post(&town.registry, &format!("/v1/entries/batch{query}"), &rows.to_vec().into())
        };
        let dry = post("?dry_run=true", &[good("a"), bad("b"), good("a")]);
        assert_eq!(outcomes(&dry), ["posted", "rejected", "replayed"]);
        assert!(dry.json()["batch"].is_null() && dry.json()["rows"][0]["submission"].is_null());
        let stopped = post("?mode=atomic", &[good("a"), bad("b")]);
        assert_eq!(outcomes(&stopped), ["aborted", "rejected"]);
        assert_eq!(stopped.json()["rows"][0]["retryable"], true);
        let first = post("?mode=continue", &[good("a"), bad("b"), good("c"), good("a")]);
        assert_eq!(outcomes(&first), ["posted", "rejected", "posted", "replayed"]);
        let counts = json!({"posted": 2, "replayed": 1, "rejected": 1});
        assert_eq!(first.json()["counts"], counts);
        let whole = post("?mode=atomic", &[good("a"), good("d")]);
        assert_eq!(outcomes(&whole), ["replayed", "posted"]);
        assert_eq!(post("?mode=atomic&dry_run=true", &[good("e")]).json()["counts"]["posted"], 1);
        // One line that is no JSON does not stop the others.
        let lines = format!("{}\n\n{{\"key\":\n{}\n", good("e"), good("f"));
        let path = "/v1/entries/batch";
        let mixed = town.send(&town.registry, path, NDJSON, lines.as_bytes(), &[]);
        assert_eq!(outcomes(&mixed), ["posted", "rejected", "posted"]);
        assert_eq!(mixed.json()["rows"][1]["code"], "json_syntax");
        let whole = town.send(&town.registry, path, JSON, b"[{\"key\":", &[]);
        assert_eq!((whole.status, whole.code().as_str()), (400, "json_syntax"));
        for query in ["?mode=some", "?dry_run=perhaps", "?moed=atomic"] {
            assert!([400, 422].contains(&post(query, &[good("g")]).status), "{query}");
        }
        assert_eq!(outcomes(&post("", &[])), Vec::<String>::new());
    });
}

#[test]
fn too_much_at_once_is_refused() {
    let town = Town::new(Engine::Sqlite);
    let rows: Vec<Value> =
        (0..1001).map(|n| row(n % 9, &format!("k{n}"), 2023, "general", "1")).collect();
    let path = "/v1/entries/batch";
    for answer in [
        town.post(&town.registry, path, &rows.clone().into()),
        town.lines(&town.registry, path, &rows),
    ] {
        assert_eq!((answer.status, answer.code().as_str()), (413, "too_many_rows"));
    }
    assert_eq!(town.lines(&town.registry, path, &rows[..1000]).json()["counts"]["posted"], 1000);
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let answer = town.send(&town.registry, "/v1/entries", JSON, deep.as_bytes(), &[]);
    assert_eq!((answer.status, answer.code().as_str()), (400, "json_too_deep"));
    let answer = town.send(&town.registry, path, NDJSON, deep.as_bytes(), &[]);
    assert_eq!(answer.json()["rows"][0]["code"], "json_too_deep");
    let long = format!("{{\"key\": \"{}\"}}", "x".repeat(5 << 20));
    let answer = town.send(&town.registry, "/v1/entries", JSON, long.as_bytes(), &[]);
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
}

#[test]
fn people_are_checked_before_anything_is_posted() {
    on_both(|town| {
        town.post(&town.registry, "/v1/entries", &row(1, "a", 2023, "general", "1"));
        let asked = [
            who(1),
            json!({"number": people::old_number(1), "name": people::name(1)}),
            json!({"number": people::number(1), "name": people::name(2)}),
            who(3),
            json!({"number": "123", "name": people::name(3)}),
        ];
        let expected = ["match", "match", "name_differs", "unknown", "invalid"];
        for answer in [
            town.post(&town.registry, "/v1/people/check", &asked.to_vec().into()),
            town.lines(&town.registry, "/v1/people/check", &asked),
        ] {
            let json = answer.json();
            let told: Vec<&Value> =
                json.as_array().expect("results").iter().map(|one| &one["result"]).collect();
            assert_eq!(told, expected, "{json}");
        }
    });
}

#[test]
fn sources_and_clients_decide_who_may_post() {
    on_both(|town| {
        let one = row(1, "a", 2023, "general", "1");
        let stranger =
            town.service.token(&["--role", "provider", "--subject", "x", "--source", "registry"]);
        let answer = town.post(&stranger, "/v1/entries", &one);
        assert_eq!((answer.status, answer.code().as_str()), (403, "source_not_yours"));
        let clients = "/v1/sources/registry/clients";
        let client = |active: bool| json!({"issuer": "xueshi", "subject": "x", "active": active});
        assert_eq!(town.post(&town.admin, clients, &client(true)).status, 200);
        assert_eq!(town.post(&stranger, "/v1/entries", &one).status, 201);
        assert_eq!(town.get(&town.admin, clients).json().as_array().map(Vec::len), Some(2));
        assert_eq!(town.post(&town.admin, clients, &client(false)).status, 200);
        assert_eq!(town.post(&stranger, "/v1/entries", &one).status, 403);
        let mut source = town.get(&town.admin, "/v1/sources").json()[0].clone();
        assert_eq!(source["code"], "registry");
        source["active"] = false.into();
        assert_eq!(town.post(&town.admin, "/v1/sources", &source).status, 200);
        assert_eq!(town.post(&town.registry, "/v1/entries", &one).status, 403);
        let wrong = but(source.clone(), "code", "Not A Code");
        assert_eq!(town.post(&town.admin, "/v1/sources", &wrong).status, 422);
        assert_eq!(town.post(&town.admin, "/v1/sources/none/clients", &client(true)).status, 404);
        assert!(town.get(&town.admin, "/v1/keys").json()["master"].is_number());
    });
}

#[test]
fn what_waits_is_recognised_rejected_or_recategorised() {
    on_both(|town| {
        let keys = ["a", "b", "c"];
        for key in keys {
            town.post(&town.site, "/v1/entries", &row(1, key, 2023, "general", "2"));
        }
        let queue = town.queue(&town.reviewer);
        assert_eq!(queue.len(), 3);
        assert_eq!(
            queue[0]["number"].as_str().map(|n| n.contains('*')),
            Some(true),
            "{}",
            queue[0]
        );
        let elsewhere = town.service.token(&[
            "--role",
            "reviewer",
            "--subject",
            "far",
            "--jurisdiction",
            "330500",
        ]);
        assert_eq!(town.queue(&elsewhere), Vec::<Value>::new());
        let rule = |token: &str, place: usize, ruling: &str, more: Value| {
            let waiting = &queue[place];
            let mut body = json!({"person": waiting["person"], "reason": "seen"});
            body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
            let path = format!("/v1/queue/{}/{ruling}", waiting["submission"].as_str().unwrap());
            town.post(token, &path, &body)
        };
        assert_eq!(rule(&elsewhere, 0, "recognise", json!({})).status, 404);
        let recognised = rule(&town.reviewer, 0, "recognise", json!({}));
        assert_eq!((recognised.status, &recognised.json()["entry_seq"]), (200, &json!(1)));
        let again = rule(&town.second, 0, "reject", json!({}));
        assert_eq!((again.status, again.code().as_str()), (409, "already_decided"));
        assert_eq!(rule(&town.reviewer, 1, "reject", json!({})).status, 200);
        assert_eq!(rule(&town.reviewer, 2, "recategorise", json!({})).status, 422);
        let moved = rule(&town.reviewer, 2, "recategorise", json!({"category": "industry"}));
        assert_eq!(
            (moved.status, &moved.json()["entry_seq"]),
            (200, &json!(2)),
            "{}",
            moved.text()
        );
        assert_eq!(rule(&town.reviewer, 2, "approve", json!({})).status, 404);
        assert_eq!(town.queue(&town.reviewer), Vec::<Value>::new());
        let own = town.own(1);
        let account = town.get(&own, "/v1/me").json();
        assert_eq!(account["years"][0]["recognised"], json!({"general": "2", "industry": "2"}));
        let states: BTreeSet<String> = town
            .get(&own, "/v1/me/entries")
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["state"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(states, BTreeSet::from(["counts".to_owned(), "rejected".to_owned()]));
        let path = format!("/v1/people/{}/entries/1/reverse", town.person(1));
        let reversed = town.post(&town.reviewer, &path, &json!({"reason": "forged"}));
        assert_eq!(reversed.status, 200, "{}", reversed.text());
        let again = town.post(&town.reviewer, &path, &json!({"reason": "forged"}));
        assert_eq!((again.status, again.code().as_str()), (409, "already_reversed"));
    });
}

#[test]
fn an_adjustment_needs_a_second_person() {
    on_both(|town| {
        town.post(&town.registry, "/v1/entries", &row(1, "a", 2023, "general", "2"));
        let base = format!("/v1/people/{}/adjustments", town.person(1));
        let hours = json!({"year": 2023, "category": "general", "hours": "3", "reason": "paper"});
        let proposed = town.post(&town.reviewer, &base, &hours);
        assert_eq!(proposed.status, 202, "{}", proposed.text());
        let id = proposed.json()["decision"].as_str().expect("an id").to_owned();
        assert_eq!(town.get(&town.second, "/v1/adjustments").json()[0]["decision"], id.as_str());
        let reason = json!({"reason": "seen"});
        let answer =
            |token: &str, said: &str| town.post(token, &format!("{base}/{id}/{said}"), &reason);
        let alone = answer(&town.reviewer, "approve");
        assert_eq!((alone.status, alone.code().as_str()), (403, "second_person_needed"));
        assert_eq!(answer(&town.second, "approve").status, 200);
        assert_eq!(answer(&town.second, "decline").code(), "already_decided");
        assert_eq!(town.get(&town.second, "/v1/adjustments").json(), json!([]));
        let account = town.get(&town.own(1), "/v1/me").json();
        assert_eq!(account["years"][0]["recognised"]["general"], "5");
        let entries = town.get(&town.own(1), "/v1/me/entries").json();
        let from = |hours: &str| {
            let own = entries.as_array().expect("a list").iter();
            own.filter(|one| one["hours"] == hours).map(|one| one["source"].clone()).next()
        };
        assert_eq!(from("3"), Some("adjustment".into()), "{entries}");
        let declined = town.post(&town.reviewer, &base, &hours).json();
        let id = declined["decision"].as_str().expect("an id").to_owned();
        let path = format!("{base}/{id}/decline");
        assert_eq!(town.post(&town.second, &path, &reason).status, 200);
        assert_eq!(town.get(&town.own(1), "/v1/me").json()["years"], account["years"]);
    });
}

#[test]
fn individuals_object_and_reviewers_see_it() {
    on_both(|town| {
        for n in 1..4 {
            town.post(
                &town.registry,
                "/v1/entries",
                &row(n, &format!("a{n}"), 2023, "general", "2"),
            );
        }
        let dispute = |n: usize, body: Value| town.post(&town.own(n), "/v1/me/disputes", &body);
        for n in 1..4 {
            let made = dispute(n, json!({"seq": 1, "reason": format!("not mine {n}")}));
            assert_eq!(made.status, 201, "{}", made.text());
        }
        assert_eq!(dispute(1, json!({"seq": 2, "reason": "r"})).status, 404);
        assert_eq!(dispute(1, json!({"reason": "r"})).status, 422);
        let seen = walk(town, &town.reviewer, "/v1/disputes?limit=1");
        let reasons: Vec<&Value> = seen.iter().map(|one| &one["reason"]).collect();
        assert_eq!(reasons, ["not mine 1", "not mine 2", "not mine 3"]);
    });
}

/// Every item of every page.
fn walk(town: &Town, token: &str, path: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut next = path.to_owned();
    loop {
        let answer = town.get(token, &next);
        let page = answer.json();
        all.extend(page["items"].as_array().unwrap_or_else(|| panic!("{page}")).iter().cloned());
        match page["next"].as_str() {
            Some(cursor) => next = format!("{path}&cursor={cursor}"),
            None => return all,
        }
    }
}

#[test]
fn pages_show_everything_once() {
    on_both(|town| {
        let rows: Vec<Value> =
            (0..57).map(|n| row(n % 5, &format!("k{n}"), 2023, "general", "1")).collect();
        town.lines(&town.site, "/v1/entries/batch", &rows);
        town.post(&town.site, "/v1/entries", &row(1, "k0", 2023, "general", "x"));
        town.post(&town.registry, "/v1/entries", &rows[0]);
        let names = |items: Vec<Value>, name: &str| -> Vec<String> {
            items.iter().map(|item| item[name].as_str().unwrap_or_default().to_owned()).collect()
        };
        for limit in [1, 7, 57, 58, 1000] {
            let seen = walk(town, &town.site, &format!("/v1/submissions?limit={limit}"));
            let places = names(seen.clone(), "submission");
            assert_eq!((places.len(), places.iter().collect::<BTreeSet<_>>().len()), (58, 58));
            let some = format!("/v1/submissions?outcome=pending&limit={limit}");
            assert_eq!(walk(town, &town.site, &some).len(), 57, "{limit}");
            let keys =
                names(walk(town, &town.reviewer, &format!("/v1/queue?limit={limit}")), "key");
            assert_eq!((keys.len(), keys.iter().collect::<BTreeSet<_>>().len()), (57, 57));
        }
        let page = town.get(&town.site, "/v1/submissions?limit=7").json();
        let cursor = page["next"].as_str().expect("more");
        for (token, path) in [
            (&town.registry, "/v1/submissions?limit=7"),
            (&town.site, "/v1/submissions?outcome=pending"),
            (&town.reviewer, "/v1/queue?limit=7"),
        ] {
            let answer = town.get(token, &format!("{path}&cursor={cursor}"));
            assert_eq!((answer.status, answer.code().as_str()), (400, "cursor_invalid"), "{path}");
        }
        for limit in ["0", "1001", "x", "-1"] {
            let answer = town.get(&town.site, &format!("/v1/submissions?limit={limit}"));
            assert!([400, 422].contains(&answer.status), "{limit}: {}", answer.text());
        }
    });
}

#[test]
fn a_request_with_a_key_has_one_effect() {
    on_both(|town| {
        let send = |key: &str, body: &Value| {
            let headers = [("Idempotency-Key", key)];
            let bytes = body.to_string();
            town.send(&town.registry, "/v1/entries/batch", JSON, bytes.as_bytes(), &headers)
        };
        let rows = json!([row(1, "a", 2023, "general", "1"), row(1, "b", 2023, "general", "x")]);
        let first = send("one", &rows);
        assert_eq!((first.status, first.header("idempotency-replayed")), (200, None));
        let again = send("one", &rows);
        assert_eq!((again.status, again.header("idempotency-replayed")), (200, Some("true")));
        assert_eq!(again.json(), first.json());
        let other = send("one", &json!([row(1, "c", 2023, "general", "1")]));
        assert_eq!((other.status, other.code().as_str()), (422, "idempotency_key_reused"));
        assert_eq!(outcomes(&send("two", &rows)), ["replayed", "rejected"]);
        // What had no effect may be sent again, mended, under its key.
        assert_eq!(send("three", &json!({})).status, 400);
        assert_eq!(send("three", &json!([])).status, 200);
        let long = "x".repeat(256);
        for key in ["", long.as_str()] {
            assert_eq!(send(key, &rows).code(), "idempotency_key_form", "{key}");
        }
        // One that is under way.
        let begun = "UPDATE idem_request SET status = NULL, answer = NULL";
        town.database.execute(begun).expect("a request that is under way");
        let running = send("two", &rows);
        assert_eq!((running.status, running.code().as_str()), (409, "idempotency_running"));
        assert_eq!(running.header("retry-after"), Some("1"));
        let racing: Vec<Answer> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| send("four", &rows))).collect();
            threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
        });
        let made = racing.iter().filter(|answer| {
            answer.status == 200 && answer.header("idempotency-replayed").is_none()
        });
        assert_eq!(made.count(), 1);
        assert!(racing.iter().all(|answer| [200, 409].contains(&answer.status)));
    });
}

#[test]
fn a_mistake_in_a_request_names_its_place() {
    let town = Town::new(Engine::Sqlite);
    let answer = town.post(&town.registry, "/v1/entries/batch", &row(1, "a", 2023, "general", "1"));
    assert_eq!((answer.status, answer.code().as_str()), (400, "body_not_list"));
    for limit in ["x", "", "-1", "0", "1001", "1e3"] {
        let answer = town.get(&town.registry, &format!("/v1/submissions?limit={limit}"));
        assert_eq!((answer.status, answer.code().as_str()), (422, "not_accepted"), "{limit}");
        assert_eq!(answer.json()["field"], "limit");
    }
    town.post(&town.registry, "/v1/entries", &row(1, "a", 2023, "general", "1"));
    let own = town.own(1);
    let ask = |year: &str, tenure: &str| {
        let place = "jurisdiction=331100&level=intermediate&series=engineering&specialty=water";
        let more = format!("year={year}&required_years=4&tenure_start={tenure}");
        town.get(&own, &format!("/v1/me/compliance?{place}&{more}"))
    };
    assert_eq!(ask("2023", "2020").status, 200);
    for (year, tenure, field) in [("next", "2020", "year"), ("2023", "x", "tenure_start")] {
        let answer = ask(year, tenure);
        assert_eq!(answer.status, 422, "{}", answer.text());
        let errors = answer.json()["errors"][0]["field"].to_string();
        assert!(errors.contains(field), "{}", answer.text());
    }
}
