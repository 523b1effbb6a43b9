//! The real program, with a database of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::client::{Client, post};

pub struct Server {
    child: Child,
    pub folder: PathBuf,
    pub postgres: Option<String>,
    pub address: SocketAddr,
    pub provider: String,
    pub declaration: String,
}

fn program(folder: &Path, postgres: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xueshi"));
    command.env("XUESHI__DATA__FOLDER", folder);
    command.env("XUESHI__LIMITS__REQUESTS_PER_SECOND", "0");
    command.env("XUESHI__LOG__LEVEL", "warn");
    if let Some(url) = postgres {
        command.env("XUESHI__DATABASE__URL", url);
    }
    command
}

impl Server {
    /// `postgres` names an empty database that may be filled.
    pub fn start(postgres: Option<&str>) -> Server {
        let folder = std::env::temp_dir().join(format!("xueshi-load-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        if postgres.is_some() {
            let migrated = program(&folder, postgres).arg("migrate").status().expect("xueshi");
            assert!(migrated.success(), "the database could not be migrated");
        }
        let mut child = program(&folder, postgres)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("xueshi starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("standard output");
        let mut out = BufReader::new(out);
        while !line.contains("http://") {
            line.clear();
            assert!(out.read_line(&mut line).expect("a line") > 0, "it does not listen");
        }
        let (_, rest) = line.split_once("http://").expect("an address");
        let address = rest.split_whitespace().next().expect("an address");
        let address = address.parse().expect("an address");
        let token = |args: &[&str]| {
            let output = program(&folder, postgres).args(["token", "issue"]).args(args).output();
            let output = output.expect("xueshi runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("a token").trim().to_owned()
        };
        let admin = token(&["--role", "admin", "--subject", "load"]);
        let provider = token(&["--role", "provider", "--subject", "load", "--source", "load"]);
        let declaration = token(&["--role", "declaration", "--subject", "load"]);
        let server = Server {
            child,
            folder: folder.clone(),
            postgres: postgres.map(str::to_owned),
            address,
            provider,
            declaration,
        };
        let source = br#"{"code":"load","name_zh":"load","name_en":"load","jurisdiction":"331100",
            "recognises":["professional","industry","general","public"]}"#;
        let client = br#"{"issuer":"xueshi","subject":"load"}"#;
        for (path, body) in
            [("/v1/sources", &source[..]), ("/v1/sources/load/clients", &client[..])]
        {
            let mut connection = Client::connect(address);
            let sent = connection.send(&post(path, &admin, "application/json", body));
            let (status, body) = sent.expect("an answer");
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        }
        server
    }

    /// The most memory that the server ever had, in MiB; where the system tells.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
