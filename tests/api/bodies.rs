//! Bodies that are too large, too deep, too slow, or not what they should be. A handler that answers
//! what it was given stands behind the same house, limits and settings as every other.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{HttpResponse, HttpServer};
use xueshi::api::limits::Json;
use xueshi::api::problem::Problem;
use xueshi::api::{self, App};
use xueshi::domain::fields::{self, Fields};

use super::{Answer, Folder, ask, receive};
use crate::support::engines::{Database, Engine, surroundings};

async fn echo(Json { node, .. }: Json) -> Result<HttpResponse, Problem> {
    let mut problems = Vec::new();
    let mut text = None;
    if let Some(mut fields) = Fields::open(&node, "", &mut problems) {
        text = fields.need("text", &mut problems, fields::text);
        fields.finish(&mut problems);
    }
    if problems.is_empty() { Ok(HttpResponse::Ok().json(text)) } else { Err(problems.into()) }
}

fn start() -> (SocketAddr, Folder, Database) {
    let folder = Folder::new();
    let settings = format!(
        "[server]\nbody_limit = 4096\nbody_timeout = 1\nworkers = 1\n[data]\nfolder = \"{}\"",
        folder.path().display()
    );
    let settings = xueshi::config::layered(Some(("x", &settings)), &[]).expect("settings");
    let database = Database::new(Engine::Sqlite);
    let service = database.service(surroundings());
    let app = App::new(settings, service).expect("an application");
    let app = Data::new(app);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let server = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(app.clone())
                .wrap(from_fn(api::house))
                .route("/echo", web::post().to(echo))
                .configure(api::configure)
        });
        let server = server.workers(1).disable_signals().listen(listener).expect("listens").run();
        actix_web::rt::System::new().block_on(server)
    });
    (address, folder, database)
}

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn post(address: SocketAddr, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    ask(address, "POST", "/echo", headers, body)
}

#[test]
fn bodies_within_the_limits_are_read() {
    let (address, _folder, _database) = start();
    let answer = post(address, &[JSON], r#"{"text": "学时"}"#.as_bytes());
    assert_eq!((answer.status, answer.json().as_str()), (200, Some("学时")));
}

#[test]
fn bodies_that_are_too_large_are_refused() {
    let (address, _folder, _database) = start();
    let long = format!("{{\"text\": \"{}\"}}", "x".repeat(5000));
    let answer = post(address, &[JSON], long.as_bytes());
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
    // Announced, not sent.
    let answer = post(address, &[JSON, ("Content-Length", "99999999999")], b"{");
    assert_eq!(answer.code(), "body_too_large");
    // Not announced.
    let chunked = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = super::send(address, &[head.as_bytes(), chunked.as_bytes()].concat());
    assert_eq!(answer.code(), "body_too_large");
}

#[test]
fn bodies_that_are_not_json_are_refused() {
    let (address, _folder, _database) = start();
    let deep = "[".repeat(2000);
    for (body, code) in [
        (deep.as_bytes(), "json_too_deep"),
        (b"{\"text\": ", "json_syntax"),
        (b"", "json_syntax"),
        (b"\xff\xfe", "json_syntax"),
        (b"{\"text\": \"\xff\"}", "json_syntax"),
        (b"{\"text\": \"a\", \"text\": \"b\"}", "json_syntax"),
        (b"{} {}", "json_syntax"),
    ] {
        let answer = post(address, &[JSON], body);
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{}", answer.text());
    }
    let answer = post(address, &[JSON], b"{\n \"text\": 1,\n}");
    let detail = answer.json()["messages"]["en"].as_str().expect("a sentence").to_owned();
    assert!(detail.contains("line 3, column 1"), "{detail}");
}

#[test]
fn fields_that_are_wrong_are_all_named() {
    let (address, _folder, _database) = start();
    let answer = post(address, &[JSON], b"{\"text\": 1, \"txet\": 2}");
    assert_eq!((answer.status, answer.code().as_str()), (422, "invalid"));
    let json = answer.json();
    let named: Vec<_> = json["errors"].as_array().expect("errors").iter().collect();
    assert_eq!(
        (named[0]["field"].as_str(), named[0]["code"].as_str()),
        (Some("text"), Some("wrong_type"))
    );
    assert_eq!(
        (named[1]["field"].as_str(), named[1]["code"].as_str()),
        (Some("txet"), Some("unknown_key"))
    );
    assert!(named[1]["messages"]["zh"].as_str().is_some_and(|zh| zh.contains("txet")));
}

#[test]
fn bodies_of_another_type_are_refused() {
    let (address, _folder, _database) = start();
    for headers in [
        &[][..],
        &[("Content-Type", "text/plain")],
        &[("Content-Type", "multipart/form-data; boundary=x")],
        &[JSON, ("Content-Encoding", "gzip")],
    ] {
        let answer = post(address, headers, b"{\"text\": \"a\"}");
        assert_eq!((answer.status, answer.code().as_str()), (415, "media_type"), "{headers:?}");
    }
    let answer =
        post(address, &[("Content-Type", "application/json; charset=utf-8")], b"{\"text\":\"a\"}");
    assert_eq!(answer.status, 200);
}

#[test]
fn bodies_that_are_too_slow_are_not_waited_for() {
    let (address, _folder, _database) = start();
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                Content-Length: 50\r\nConnection: close\r\n\r\n{\"text\"";
    stream.write_all(head.as_bytes()).expect("sent");
    let answer = receive(&mut stream);
    assert_eq!((answer.status, answer.code().as_str()), (408, "too_slow"));
}
