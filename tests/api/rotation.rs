//! A new master key while the service runs.

use std::time::{Duration, Instant};

use serde_json::json;

use super::program;
use super::town::{Town, row, who};
use crate::support::engines::Engine;

#[test]
fn a_running_service_takes_up_a_new_master_key() {
    for engine in Engine::BOTH {
        let town = Town::new(engine);
        let post = |n: usize, key: &str| {
            let answer = town.post(&town.site, "/v1/entries", &row(n, key, 2023, "general", "1"));
            assert_eq!(answer.status, 202, "{}", answer.text());
        };
        post(1, "a");
        let mut rotate = program(&town.service.folder);
        rotate.env("XUESHI__DATABASE__URL", &town.database.url).args(["key", "rotate"]);
        let rotated = rotate.output().expect("xueshi runs");
        assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
        // What the new key wraps opens at once, without a restart.
        let queue = town.queue(&town.reviewer);
        assert_eq!(queue[0]["name"], who(1)["name"], "{queue:?}");
        let of_key = |id: u32| town.database.count(&format!("person_key WHERE master = {id}"));
        assert_eq!((of_key(1), of_key(2)), (0, 1));
        // And who is new hangs on the new key.
        let until = Instant::now() + Duration::from_secs(20);
        let keys = || town.get(&town.admin, "/v1/keys").json()["master"].clone();
        while keys() != json!(2) {
            assert!(Instant::now() < until, "{}", keys());
            std::thread::sleep(Duration::from_millis(100));
        }
        post(2, "b");
        assert_eq!((of_key(1), of_key(2)), (0, 2));
        let told = town.get(&town.admin, "/v1/keys").json();
        let keys = told["keys"].as_array().unwrap_or_else(|| panic!("{told}"));
        let shown = |n: usize| [&keys[n]["id"], &keys[n]["active"], &keys[n]["people"]];
        assert_eq!(shown(0), [&json!(1), &json!(false), &json!(0)], "{told}");
        assert_eq!(shown(1), [&json!(2), &json!(true), &json!(2)], "{told}");
        assert!(keys.iter().all(|key| key["created_at"].is_string() && key["key"].is_null()));
    }
}

#[test]
fn a_running_service_notices_a_key_by_itself() {
    for engine in Engine::BOTH {
        let town = Town::new(engine);
        let mut rotate = program(&town.service.folder);
        rotate.env("XUESHI__DATABASE__URL", &town.database.url).args(["key", "rotate"]);
        assert!(rotate.output().expect("xueshi runs").status.success());
        // Nothing of the new key is met; it is looked for.
        let until = Instant::now() + Duration::from_secs(20);
        let keys = || town.get(&town.admin, "/v1/keys").json()["master"].clone();
        while keys() != json!(2) {
            assert!(Instant::now() < until, "{}", keys());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
