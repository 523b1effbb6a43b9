//! An identity provider that names people by their identity numbers: who they are is compared as
//! before, and kept as nothing that says who they are.

use serde_json::{Value, json};

use super::program;
use super::town::{Town, row};
use crate::support::engines::Engine;
use crate::support::people;

fn reviewer(town: &Town, subject: &str) -> String {
    let args = ["--role", "reviewer", "--subject", subject, "--jurisdiction", "331100"];
    town.service.token(&args)
}

fn caller(town: &Town, token: &str) -> String {
    let answer = town.service.caller(token);
    let subject = answer.json()["subject"].as_str().map(str::to_owned);
    subject.unwrap_or_else(|| panic!("{}", answer.text()))
}

fn rotate(town: &Town) {
    let mut rotate = program(&town.service.folder);
    rotate.env("XUESHI__DATABASE__URL", &town.database.url).args(["key", "rotate"]);
    assert!(rotate.output().expect("xueshi runs").status.success());
}

#[test]
fn who_proposed_approves_nothing_whatever_the_form_of_the_number() {
    for engine in Engine::BOTH {
        let mut town = Town::new(engine);
        town.post(&town.registry, "/v1/entries", &row(1, "a", 2023, "general", "1"));
        let person = town.person(1);
        let [full, old, name] = [people::number(7), people::old_number(7), people::name(7)];
        let base = format!("/v1/people/{person}/adjustments");
        let hours = json!({"year": 2022, "category": "general", "hours": "1", "reason": "r"});
        let proposed = town.post(&reviewer(&town, &full), &base, &hours).json();
        let id = proposed["decision"].as_str().unwrap_or_else(|| panic!("{proposed}")).to_owned();
        let kept = caller(&town, &reviewer(&town, &full));
        assert!(kept.starts_with("hidden-"), "{kept}");

        // As stable as what people are found by: over a restart, and with another master key.
        rotate(&town);
        town.service.kill();
        town.service.restart();
        assert_eq!(caller(&town, &reviewer(&town, &full)), kept);
        let approve = |subject: &str| {
            let body = json!({"reason": "seen"});
            town.post(&reviewer(&town, subject), &format!("{base}/{id}/approve"), &body)
        };
        for own in [&full, &old] {
            let answer = approve(own);
            assert_eq!(answer.code(), "second_person_needed", "{own}");
        }
        // Nor by a token that says what the number is kept as.
        assert_ne!(caller(&town, &reviewer(&town, &kept)), kept);
        let answer = approve(&name);
        assert!(answer.status < 300, "{}", answer.text());
        let own = format!("decision WHERE subject = '{kept}'");
        assert_eq!(town.database.count(&own), 1);
        for said in [&full, &old, &name] {
            let said = format!("decision WHERE subject = '{said}'");
            assert_eq!(town.database.count(&said), 0);
        }
    }
}

#[test]
fn a_client_that_was_named_by_a_number_still_posts() {
    for engine in Engine::BOTH {
        let mut town = Town::new(engine);
        let number = people::number(8);
        // As an earlier version kept it.
        let named = format!("UPDATE client SET subject = '{number}' WHERE subject = 'registry'");
        town.database.execute(&named).expect("a client");
        town.service.kill();
        town.service.restart();
        let args = ["--role", "provider", "--source", "registry", "--subject"];
        let token = town.service.token(&[&args[..], &[&number]].concat());
        let answer = town.post(&token, "/v1/entries", &row(1, "a", 2023, "general", "1"));
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(town.database.count(&format!("client WHERE subject = '{number}'")), 0);

        // Whoever is put again, under the number or what it is kept as, is the same client.
        let path = "/v1/sources/registry/clients";
        let listed = town.get(&town.admin, path).json();
        let kept = listed[0]["subject"].as_str().unwrap_or_else(|| panic!("{listed}")).to_owned();
        for subject in [people::old_number(8), kept.clone()] {
            let gone = json!({"issuer": "xueshi", "subject": subject, "active": false});
            assert_eq!(town.post(&town.admin, path, &gone).json()["subject"], Value::from(&*kept));
            let answer = town.post(&token, "/v1/entries", &row(1, "b", 2023, "general", "1"));
            assert_eq!(answer.code(), "source_not_yours");
            let back = json!({"issuer": "xueshi", "subject": number, "active": true});
            assert_eq!(town.post(&town.admin, path, &back).status, 200);
        }
        assert_eq!(town.database.count("client"), 2);
    }
}
