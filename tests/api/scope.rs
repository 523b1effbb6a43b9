//! What a reviewer may look at and decide: hours by place, category and specialty, persons by their hours.

use serde_json::{Value, json};

use super::Answer;
use super::town::{Town, but, on_both, reviewer, row, who};

fn is_absent(answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{what}");
}

fn post_row(town: &Town, token: &str, row: &Value) {
    let answer = town.post(token, "/v1/entries", row);
    assert!([201, 202].contains(&answer.status), "{}", answer.text());
}

fn verdict(town: &Town, place: &str, year: u16) -> Value {
    let office = ["--role", "declaration", "--subject", place, "--jurisdiction", place];
    let question = json!({"person": who(1), "declaration": {"jurisdiction": place, "year": year,
        "level": "intermediate", "series": "engineering", "specialty": "water",
        "required_years": 4, "tenure_start": 2020}});
    let answer = town.post(&town.service.token(&office), "/v1/compliance", &question);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[test]
fn a_person_is_found_by_those_who_have_to_do_with_their_hours() {
    on_both(|town| {
        post_row(town, &town.registry, &row(1, "a", 2023, "professional", "8"));
        let find = |token: &str| town.post(token, "/v1/people/find", &who(1));
        for place in ["331100", "330000", "331102"] {
            assert_eq!(find(&reviewer(town, place, &[])).status, 200, "{place}");
        }
        for place in ["330500", "330100", "330523"] {
            is_absent(&find(&reviewer(town, place, &[])), place);
        }
        let everywhere = town.service.token(&["--role", "reviewer", "--subject", "all"]);
        assert_eq!(find(&everywhere).status, 200);
        let general = reviewer(town, "331100", &["--category", "general"]);
        let water = reviewer(town, "331100", &["--specialty", "water"]);
        is_absent(&find(&general), "another category");
        is_absent(&find(&water), "another specialty");
        post_row(town, &town.site, &row(1, "g", 2023, "general", "1"));
        assert_eq!(find(&general).status, 200);
        is_absent(&find(&water), "general hours");
        let of_water = but(row(1, "w", 2023, "professional", "1"), "specialty", "water");
        post_row(town, &town.site, &of_water);
        assert_eq!(find(&water).status, 200);
    });
}

#[test]
fn a_year_is_decided_by_who_answers_for_all_of_it_and_holds_in_their_place() {
    on_both(|town| {
        post_row(town, &town.registry, &row(1, "a", 2023, "professional", "8"));
        let path = format!("/v1/people/{}/years", town.person(1));
        let excuse = |token: &str, year: u16| {
            let body = json!({"year": year, "ruling": "excuse", "reason": "ill"});
            town.post(token, &path, &body)
        };
        is_absent(&excuse(&reviewer(town, "330500", &[]), 2021), "another city");
        let narrow = reviewer(town, "331100", &["--category", "professional"]);
        is_absent(&excuse(&narrow, 2021), "one category");
        let narrow = reviewer(town, "331100", &["--specialty", "water"]);
        is_absent(&excuse(&narrow, 2021), "one specialty");
        let county = reviewer(town, "331102", &[]);
        assert_eq!(excuse(&county, 2021).status, 200);
        let made = excuse(&town.reviewer, 2022).json();
        let excused = |place: &str| verdict(town, place, 2023)["ledger"]["excused"].clone();
        assert_eq!(excused("331102"), json!([2021, 2022]), "the county, and the city above it");
        assert_eq!(excused("331100"), json!([2022]), "a county does not decide for the city");
        assert_eq!(excused("331121"), json!([2022]), "nor for the next county");
        assert_eq!(excused("330100"), json!([]));
        let made = made["decision"].as_str().expect("an id");
        let base = path.replace("years", &format!("decisions/{made}/withdraw"));
        let reason = json!({"reason": "not ill"});
        is_absent(&town.post(&county, &base, &reason), "a decision of the city");
        let narrow = reviewer(town, "331100", &["--category", "general"]);
        is_absent(&town.post(&narrow, &base, &reason), "one category");
        assert_eq!(town.post(&town.second, &base, &reason).status, 200);
        assert_eq!(excused("331100"), json!([]));
    });
}

#[test]
fn a_row_goes_to_no_category_of_somebody_else() {
    on_both(|town| {
        let of_water = but(row(1, "w", 2023, "professional", "1"), "specialty", "water");
        post_row(town, &town.site, &of_water);
        let waiting = town.queue(&town.reviewer).remove(0);
        let path = format!("/v1/queue/{}/recategorise", waiting["submission"].as_str().unwrap());
        let to = |token: &str, category: &str| {
            let body = json!({"person": waiting["person"], "category": category, "reason": "r"});
            town.post(token, &path, &body)
        };
        let water = reviewer(town, "331100", &["--specialty", "water"]);
        let narrow = reviewer(town, "331100", &["--category", "professional"]);
        for (token, category) in [(&water, "general"), (&water, "public"), (&narrow, "industry")] {
            let answer = to(token, category);
            let told = (answer.status, answer.code());
            assert_eq!(told, (422, "category_not_yours".to_owned()), "{category}");
            assert_eq!(answer.json()["field"], "category");
        }
        assert_eq!(town.queue(&town.reviewer).len(), 1);
        assert_eq!(to(&water, "industry").status, 200);
        assert_eq!(town.queue(&town.reviewer).len(), 0);
        // General hours with a specialty are for whoever answers for everybody's.
        let general = but(row(1, "x", 2023, "general", "1"), "specialty", "water");
        post_row(town, &town.site, &general);
        assert_eq!(town.queue(&water).len(), 0);
        assert_eq!(town.queue(&reviewer(town, "331100", &["--category", "general"])).len(), 1);
    });
}

#[test]
fn an_adjustment_belongs_to_the_place_that_approved_it() {
    on_both(|town| {
        post_row(town, &town.registry, &row(1, "a", 2023, "professional", "8"));
        let base = format!("/v1/people/{}", town.person(1));
        let hours = json!({"year": 2022, "category": "general", "hours": "3", "reason": "paper"});
        let propose = |token: &str| town.post(token, &format!("{base}/adjustments"), &hours);
        is_absent(&propose(&reviewer(town, "330500", &[])), "another city");
        let county = reviewer(town, "331102", &[]);
        let proposal = propose(&county).json()["decision"].as_str().expect("an id").to_owned();
        let open = |token: &str| {
            town.get(token, "/v1/adjustments").json().as_array().expect("a list").len()
        };
        let narrow = |category| reviewer(town, "331100", &["--category", category]);
        assert_eq!((open(&narrow("professional")), open(&narrow("general"))), (0, 1));
        assert_eq!((open(&town.reviewer), open(&reviewer(town, "330500", &[]))), (1, 0));
        let answer = |token: &str, reply: &str| {
            let path = format!("{base}/adjustments/{proposal}/{reply}");
            town.post(token, &path, &json!({"reason": "seen"}))
        };
        is_absent(&answer(&narrow("professional"), "decline"), "another category");
        let approved = answer(&town.reviewer, "approve").json();
        let seq = approved["entry_seq"].as_i64().expect("an entry");
        let reverse = |token: &str| {
            town.post(token, &format!("{base}/entries/{seq}/reverse"), &json!({"reason": "void"}))
        };
        is_absent(&reverse(&reviewer(town, "330500", &[])), "another city");
        is_absent(&reverse(&county), "what the city approved");
        is_absent(&reverse(&narrow("professional")), "another category");
        assert_eq!(reverse(&town.second).status, 200);
        assert_eq!(reverse(&town.second).code(), "already_reversed");
    });
}

#[test]
fn objections_are_seen_by_those_who_answer_for_the_hours() {
    on_both(|town| {
        post_row(town, &town.registry, &row(1, "a", 2023, "professional", "8"));
        let of_water = but(row(1, "w", 2023, "professional", "1"), "specialty", "water");
        post_row(town, &town.site, &of_water);
        let misnamed = json!({"number": who(1)["number"], "name": who(2)["name"]});
        let misnamed = but(row(1, "m", 2023, "general", "1"), "person", misnamed);
        assert_eq!(town.post(&town.site, "/v1/entries", &misnamed).status, 202);
        let waiting = town.queue(&town.reviewer)[0]["submission"].clone();
        let own = town.own(1);
        for about in [json!({"seq": 1}), json!({"submission": waiting})] {
            let body = but(about, "reason", "not so");
            let answer = town.post(&own, "/v1/me/disputes", &body);
            assert!(answer.status < 300, "{}", answer.text());
        }
        let seen = |token: &str| {
            let answer = town.get(token, "/v1/disputes").json();
            answer["items"].as_array().unwrap_or_else(|| panic!("{answer}")).len()
        };
        let of = |place: &str, more: &[&str]| seen(&reviewer(town, place, more));
        assert_eq!((of("331100", &[]), of("330000", &[]), of("331102", &[])), (2, 2, 0));
        assert_eq!(of("330500", &[]), 0);
        assert_eq!(of("331100", &["--category", "professional"]), 2);
        assert_eq!(of("331100", &["--category", "general"]), 0);
        assert_eq!(of("331100", &["--specialty", "water"]), 1);
        // One after the other, where the page is small.
        let first = town.get(&town.reviewer, "/v1/disputes?limit=1").json();
        let next = first["next"].as_str().unwrap_or_else(|| panic!("{first}"));
        let second =
            town.get(&town.reviewer, &format!("/v1/disputes?limit=1&cursor={next}")).json();
        assert_eq!(
            (&first["items"][0]["seq"], &second["items"][0]["seq"]),
            (&json!(1), &json!(null))
        );
    });
}
