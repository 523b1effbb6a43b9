//! The yardstick: a bare actix handler that reads JSON and answers JSON.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use actix_web::{App, HttpResponse, HttpServer, web};

async fn answer(body: web::Json<serde_json::Value>) -> HttpResponse {
    let known = body.get("person").is_some();
    HttpResponse::Ok().json(serde_json::json!({ "verdict": "met", "known": known }))
}

/// Runs it until the process is killed.
pub fn serve() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    actix_web::rt::System::new()
        .block_on(async {
            let server = HttpServer::new(|| App::new().route("/", web::post().to(answer)));
            server.workers(2).listen(listener)?.run().await
        })
        .expect("the yardstick runs");
}

pub struct Bare {
    child: Child,
    pub address: SocketAddr,
}

impl Bare {
    pub fn start() -> Bare {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .arg("bare")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the yardstick starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("standard output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        Bare { child, address: line.trim().parse().expect("an address") }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
