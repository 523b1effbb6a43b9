//! A database that contradicts itself: whoever asked hears that something is wrong inside, and no more;
//! the log hears what, once, with the id of the request.

use serde_json::json;

use super::town::{Town, but, on_both, row};
use super::{Answer, Service};

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
