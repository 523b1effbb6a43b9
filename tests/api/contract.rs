//! The published description: locked, at `/openapi.json`, and the same as the table of routes.

use std::collections::BTreeMap;

use serde_json::Value;
use xueshi::api::routes::{Access, TABLE};

use super::Service;

fn document() -> Value {
    serde_json::to_value(xueshi::api::document()).expect("JSON")
}

#[test]
fn the_description_is_locked() {
    insta::assert_snapshot!(xueshi::api::document().to_pretty_json().expect("JSON"));
}

#[test]
fn the_description_and_the_table_name_the_same_operations() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let guarded = operation["security"].is_array();
            described.insert((method.to_uppercase(), path.clone()), guarded);
            let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
            assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem", "{path}");
            assert!(operation["summary"].is_string(), "{method} {path}");
        }
    }
    let row = |route: &xueshi::api::routes::Route| {
        let guarded = matches!(route.access, Access::Roles(_));
        ((route.method.to_owned(), route.path.to_owned()), guarded)
    };
    let rows: BTreeMap<_, _> = TABLE.iter().map(row).collect();
    assert_eq!(rows.len(), TABLE.len(), "a row is there twice");
    assert_eq!(described, rows);
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, root: &Value) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref") {
                    let pointer = reference.trim_start_matches('#');
                    assert!(root.pointer(pointer).is_some(), "{reference}");
                }
                map.values().for_each(|inner| walk(inner, root));
            }
            Value::Array(items) => items.iter().for_each(|inner| walk(inner, root)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}

#[test]
fn the_description_is_served_with_a_page_that_needs_nothing_else() {
    let service = Service::start();
    assert_eq!(service.get("/openapi.json").json(), document());
    assert_eq!(service.get("/docs").header("location"), Some("/docs/"));
    let page = service.get("/docs/");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("swagger-ui"), "{}", page.text());
    for file in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        assert!(page.text().contains(file), "{file}");
        assert_eq!(service.get(&format!("/docs/{file}")).status, 200, "{file}");
    }
    assert!(!page.text().contains("https://"), "{}", page.text());
}
