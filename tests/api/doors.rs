//! What holds of every request, and of the program around it.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use super::{Folder, Service, program};
use crate::support::people;

#[test]
fn every_failure_is_a_problem() {
    let service = Service::start();
    for (method, path, status, code) in [
        ("GET", "/", 404, "no_route"),
        ("GET", "/v1/nothing", 404, "no_route"),
        ("GET", "/v1/policies/", 404, "no_route"),
        ("GET", "/v1/../etc/passwd", 404, "no_route"),
        ("GET", "/docs/nothing.js", 404, "no_route"),
        ("POST", "/v1/policies", 405, "method_not_allowed"),
        ("BREW", "/v1/policies", 405, "method_not_allowed"),
        ("GET", "/v1/policies/331100/1999", 404, "unknown_policy"),
    ] {
        let answer = service.ask(method, path, &[]);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {path}");
        if status == 405 {
            assert_eq!(answer.header("allow"), Some("GET, HEAD"));
        }
    }
    let answer = service.ask("OPTIONS", "/v1/policies", &[]);
    assert_eq!((answer.status, answer.header("allow")), (204, Some("GET, HEAD")));
    for accept in ["image/png", "application/json;q=0", "nonsense"] {
        let answer = service.ask("GET", "/v1/policies", &[("Accept", accept)]);
        assert_eq!((answer.status, answer.code().as_str()), (406, "not_acceptable"), "{accept}");
    }
    for accept in ["*/*", "application/*", "text/html, application/json;q=0.9"] {
        assert_eq!(service.ask("GET", "/v1/policies", &[("Accept", accept)]).status, 200);
    }
    let head = service.ask("HEAD", "/v1/policies", &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    let head = service.ask("HEAD", "/v1/nothing", &[]);
    assert_eq!((head.status, head.body.len()), (404, 0));
}

#[test]
fn problems_speak_the_callers_language() {
    let service = Service::start();
    let title = |language: &str| {
        let answer = service.ask("GET", "/nothing", &[("Accept-Language", language)]);
        answer.json()["title"].as_str().expect("a title").to_owned()
    };
    for (language, expected) in [
        ("en", "Not found"),
        ("en-GB,zh;q=0.5", "Not found"),
        ("fr, zh;q=0.2, en;q=0.7", "Not found"),
        ("zh-CN", "不存在"),
        ("", "不存在"),
        ("fr", "不存在"),
        ("en;q=0", "不存在"),
    ] {
        assert_eq!(title(language), expected, "{language}");
    }
}

#[test]
fn requests_have_ids_and_a_line_in_the_log_that_keeps_secrets() {
    let service = Service::with("[log]\nformat = \"json\"");
    let token = service.token(&["--role", "admin", "--subject", "ops"]);
    let answer = service.ask(
        "GET",
        "/v1/policies/331100/2023?number=11010119000101001X",
        &[("X-Request-Id", "mine")],
    );
    assert_eq!(answer.status, 200);
    let id = answer.header("x-request-id").expect("an id").to_owned();
    assert!(id.len() == 16 && id != "mine", "{id}");
    let other = service.caller(&token);
    assert_ne!(other.header("x-request-id"), Some(id.as_str()));
    let log = service.log();
    let lines =
        log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let lines: Vec<_> = lines.filter(|line| line["target"] == "access").collect();
    assert_eq!(lines[0]["request_id"], id.as_str());
    assert_eq!(lines[0]["route"], "/v1/policies/{place}/{name}");
    assert_eq!((lines[0]["status"].as_u64(), lines[0]["subject"].as_str()), (Some(200), Some("-")));
    assert_eq!(
        (lines[1]["route"].as_str(), lines[1]["subject"].as_str()),
        (Some("/v1/caller"), Some("ops"))
    );
    for secret in ["number", "19000101", "331100", &token, &token[..30]] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[test]
fn who_asks_too_often_is_told_when_to_come_back() {
    let service = Service::with("[limits]\nrequests_per_second = 1\nrequests_burst = 3");
    let token = service.token(&["--role", "admin", "--subject", "ops"]);
    let statuses: Vec<u16> = (0..6).map(|_| service.caller(&token).status).collect();
    assert!(statuses.starts_with(&[200, 200, 200]), "{statuses:?}");
    let answer = service.caller(&token);
    assert_eq!((answer.status, answer.code().as_str()), (429, "too_many_requests"));
    let wait: u32 =
        answer.header("retry-after").and_then(|wait| wait.parse().ok()).expect("a wait");
    assert!((1..=5).contains(&wait), "{wait}");
    // Another caller, an address, and the monitors.
    let other = service.token(&["--role", "admin", "--subject", "other"]);
    assert_eq!(service.caller(&other).status, 200);
    let statuses: Vec<u16> = (0..6).map(|_| service.get("/v1/policies").status).collect();
    assert!(statuses.contains(&200) && statuses.contains(&429), "{statuses:?}");
    assert!((0..9).all(|_| service.get("/healthz").status == 200));
}

#[test]
fn what_is_counted_can_be_read() {
    let service = Service::start();
    service.get("/v1/policies");
    service.get("/v1/policies/331100/2023");
    service.get("/some/secret/path");
    service.ask("BREW", "/v1/policies", &[]);
    let text = service.get("/metrics").text();
    for line in [
        r#"xueshi_http_requests_total{method="GET",route="/v1/policies",status="200"} 1"#,
        r#"xueshi_http_requests_total{method="GET",route="/v1/policies/{place}/{name}",status="200"} 1"#,
        r#"xueshi_http_requests_total{method="GET",route="unmatched",status="404"} 1"#,
        r#"xueshi_http_requests_total{method="other",route="/v1/policies",status="405"} 1"#,
        "xueshi_http_requests_running 1",
        "xueshi_http_request_seconds_count{route=\"/v1/policies\"} 2",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("secret"), "{text}");
    for path in ["/healthz", "/readyz"] {
        assert_eq!(service.get(path).status, 200);
    }
}

#[test]
fn a_head_that_never_ends_is_not_waited_for() {
    let service = Service::with("[server]\nhead_timeout = 1");
    let mut stream = std::net::TcpStream::connect(service.address()).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    std::io::Write::write_all(&mut stream, b"GET /healthz HTT").expect("sent");
    assert_eq!(super::receive(&mut stream).status, 408);
}

#[test]
fn it_stops_when_told_to_and_lets_requests_end() {
    let mut service = Service::start();
    assert_eq!(service.get("/healthz").status, 200);
    let status = service.stop();
    assert!(status.success(), "{status}");
    assert!(std::net::TcpStream::connect(service.address()).is_err());
}

#[test]
fn what_keeps_it_from_starting_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let folder = Folder::new();
    let typo = folder.file("typo.toml", "[server]\nlisen = \"127.0.0.1:1\"\n");
    let open = folder.file("level.toml", "[log]\nlevel = \"a=b=c\"\n");
    for (args, expected) in [
        (vec!["--listen", &address], "port_taken"),
        (vec!["--listen", "nowhere.invalid:1"], "cannot_listen"),
        (vec!["--config", "no-such-file"], "unreadable"),
        (vec!["--config", typo.to_str().expect("UTF-8")], "typo.toml:2: server.lisen"),
        (vec!["--config", open.to_str().expect("UTF-8")], "log_level"),
    ] {
        let mut command = program(&folder);
        command.arg("serve").args(&args).stdout(Stdio::null());
        let output = command.output().expect("xueshi runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(expected), "{args:?}: {said}");
    }
}

#[test]
fn behind_a_trusted_proxy_each_address_has_its_own_rate() {
    let limits = "[limits]\nrequests_per_second = 1\nrequests_burst = 9\n";
    let ask = |service: &Service, name: &str, said: &dyn Fn(u8) -> String| -> Vec<u16> {
        let each = |n| service.ask("GET", "/v1/policies", &[(name, &*said(n))]).status;
        (1..=60).map(each).collect()
    };
    let trusting = format!("{limits}[server]\ntrusted_proxies = [\"127.0.0.0/8\"]\n");
    let service = Service::with(&trusting);
    let name = "X-Forwarded-For";
    let many = ask(&service, name, &|n| format!("203.0.113.{n}"));
    assert!(many.iter().all(|status| *status == 200), "sixty clients: {many:?}");
    let one = ask(&service, name, &|_| "198.51.100.9".to_owned());
    assert!(one.contains(&429), "one client: {one:?}");
    // What a client says of itself comes before what the proxy says of it.
    let inventive = ask(&service, name, &|n| format!("192.0.2.{n}, 198.51.100.8"));
    assert!(inventive.contains(&429), "{inventive:?}");
    let other = ask(&service, "Forwarded", &|n| format!("for=203.0.113.{n}"));
    assert!(other.contains(&429), "the other header is not read: {other:?}");
    let service = Service::with(limits);
    let many = ask(&service, name, &|n| format!("203.0.113.{n}"));
    assert!(many.contains(&429), "nobody is trusted: {many:?}");
    let forwarded = format!("{trusting}proxy_header = \"forwarded\"\n");
    let service = Service::with(&forwarded);
    let many = ask(&service, "Forwarded", &|n| format!("for=\"203.0.113.{n}:4711\";proto=https"));
    assert!(many.iter().all(|status| *status == 200), "{many:?}");
    let other = ask(&service, name, &|n| format!("203.0.113.{n}"));
    assert!(other.contains(&429), "the other header is not read: {other:?}");
}

#[test]
fn a_subject_that_looks_like_an_identity_number_is_not_in_the_log() {
    let service = Service::with("[log]\nformat = \"json\"\n");
    for number in [people::number(1), people::old_number(1)] {
        let token = service.token(&["--role", "admin", "--subject", &number]);
        let answer = service.caller(&token);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let token = service.token(&["--role", "admin", "--subject", "ops"]);
    assert_eq!(service.caller(&token).status, 200);
    let log = service.log();
    assert_eq!(log.matches("/v1/caller").count(), 3, "{log}");
    assert!(log.contains("\"ops\""), "{log}");
    for number in [people::number(1), people::old_number(1)] {
        assert!(!log.contains(&number), "{log}");
    }
}
