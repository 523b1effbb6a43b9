//! Every route and every role: who is let in, who is not, who must say who is asking.

use serde_json::Value;
use xueshi::api::auth::Role;
use xueshi::api::routes::{Access, TABLE};

use super::Service;

fn token(service: &Service, role: Role) -> String {
    let more: &[&str] = match role {
        Role::Provider => &["--source", "a"],
        Role::Person => &["--person", "0123456789abcdef"],
        _ => &[],
    };
    service.token(&[&["--role", role.name(), "--subject", role.name()], more].concat())
}

#[test]
fn every_row_lets_in_whom_it_names() {
    let service = Service::start();
    let tokens = Role::ALL.map(|role| (role, token(&service, role)));
    for route in TABLE {
        // Any words do where a path has a gap: what comes after the door is not looked at.
        let path = route.path.replace(['{', '}'], "");
        let anonymous = service.ask(route.method, &path, &[]);
        let Access::Roles(roles) = route.access else {
            assert!(![401, 403].contains(&anonymous.status), "{route:?}");
            continue;
        };
        assert_eq!(anonymous.status, 401, "{route:?}");
        for (role, token) in &tokens {
            let bearer = format!("Bearer {token}");
            let answer = service.ask(route.method, &path, &[("Authorization", &bearer)]);
            assert_ne!(answer.status, 401, "{route:?} {role:?}");
            let refused = answer.status == 403 && answer.code() == "forbidden";
            assert_eq!(refused, !roles.contains(role), "{route:?} {role:?}");
        }
    }
}

#[test]
fn the_policies_are_there() {
    let service = Service::start();
    let list = service.get("/v1/policies").json();
    let items = list["items"].as_array().expect("items");
    assert!(items.len() >= 8, "{list}");
    for item in items {
        let id = item["id"].as_str().expect("an id");
        let shown = service.get(&format!("/v1/policies/{id}"));
        assert_eq!((shown.status, &shown.json()["id"]), (200, &Value::from(id)));
    }
    let clause = &service.get("/v1/policies/331100/2023").json()["clauses"][0];
    assert!(clause["sentence"]["zh"].is_string() && clause["quote"].is_string(), "{clause}");
}
