//! The settings, one table of them: what each is, and how it is read.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::feeds::Connection;

use super::network::{Network, ProxyHeader, network};
use super::values::{count, path_of, seconds};
use crate::domain::fields::{self, Fields, Problems, not_accepted, text};
use crate::domain::message::{Message, Problem};
use crate::domain::nearest::nearest;
use crate::domain::node::{Node, Value};

macro_rules! settings {
    ($(
        $(#[$doc:meta])* $section:ident: $Section:ident {
            $($(#[$key_doc:meta])* $key:ident: $Type:ty = $read:expr;)*
        }
    )*) => {
        /// What can be set.
        #[derive(Clone, Debug, Default)]
        pub struct Settings {
            $($(#[$doc])* pub $section: $Section,)*
        }

        $($(#[$doc])* #[derive(Clone, Debug, Default)]
        pub struct $Section {
            $($(#[$key_doc])* pub $key: $Type,)*
        })*

        const SECTIONS: &[&str] = &[$(stringify!($section)),*];
        const KEYS: &[&str] = &[$($(concat!(stringify!($section), ".", stringify!($key))),*),*];

        impl Settings {
            /// Changes what a file or variable names.
            pub(super) fn change(&mut self, root: &Node, problems: &mut Problems) {
                refuse_unknown(root, problems);
                let Some(mut root) = Fields::open(root, "", problems) else { return };
                $(
                    let section = root.optional(stringify!($section));
                    let section = section.and_then(|node| {
                        Fields::open(node, stringify!($section), problems)
                    });
                    if let Some(mut section) = section {
                        $(if let Some(value) = section.read(stringify!($key), problems, $read) {
                            self.$section.$key = value;
                        })*
                    }
                )*
            }
        }
    };
}

settings! {
    /// The server.
    server: Server {
        /// Address and port.
        listen: String = address;
        /// Proxies that are believed when they say who asked them.
        trusted_proxies: Vec<Network> = fields::list(network);
        /// In which header they say it.
        proxy_header: ProxyHeader = fields::one_of(&ProxyHeader::NAMES, ProxyHeader::from_name);
        /// Threads; 0 = one for each core.
        workers: usize = count(0..=1024);
        /// The most open connections.
        max_connections: usize = count(1..=1_000_000);
        /// The most bytes of a body.
        body_limit: usize = count(1024..=1_073_741_824);
        /// The most rows in one request.
        batch_rows: usize = count(1..=100_000);
        /// The most questions about people in one request.
        batch_people: usize = count(1..=100_000);
        /// For the head of a request to arrive.
        head_timeout: Duration = seconds(1..=3600);
        /// For its body to arrive.
        body_timeout: Duration = seconds(1..=3600);
        /// For which a connection may be idle.
        keep_alive: Duration = seconds(1..=3600);
        /// For running requests to end.
        shutdown_timeout: Duration = seconds(0..=3600);
    }
    /// The database.
    database: Database {
        /// Where it is.
        url: DatabaseUrl = database_url;
        /// Connections that read.
        readers: usize = count(1..=1024);
        /// Connections that write, of an engine with several.
        writers: usize = count(1..=1024);
    }
    /// What is kept beside the database.
    data: Data {
        /// The folder.
        folder: PathBuf = path_of;
    }
    /// Who says who is asking.
    auth: Auth {
        /// By how much clocks may differ.
        leeway: Duration = seconds(0..=120);
        /// After which a key set is fetched again.
        jwks_refresh: Duration = seconds(10..=86_400);
        /// One fetch for unknown keys in so much time.
        jwks_cooldown: Duration = seconds(1..=3600);
        /// For which a key set serves that cannot be fetched.
        jwks_stale: Duration = seconds(0..=86_400);
        /// The issuers.
        issuers: Vec<Issuer> = fields::list(issuer);
    }
    /// What a caller may ask for.
    limits: Limits {
        /// Requests a second; 0 = no limit.
        requests_per_second: u32 = count(0..=1_000_000);
        /// Requests at once.
        requests_burst: u32 = count(1..=1_000_000);
        /// Bytes of an uploaded file.
        import_bytes: u64 = count(1..=1 << 40);
        /// Bytes of it unpacked.
        import_unpacked_bytes: u64 = count(1..=1 << 40);
        /// Rows of it.
        import_rows: usize = count(1..=100_000_000);
    }
    /// The city learning systems that are pulled.
    feeds: Feeds {
        /// For which a process that was killed keeps others from its feed.
        lease: Duration = seconds(2..=3600);
        /// Days for which what came in is kept; 0 = for ever.
        keep_days: u32 = count(0..=36_500);
        /// Mapping files that stand in the place of the ones in the binary, or beside them.
        mappings: Option<PathBuf> = |node, path, problems| path_of(node, path, problems).map(Some);
        /// Where the feeds are.
        connections: Vec<Connection> = fields::list(super::feeds::connection);
    }
    /// What is written down.
    log: Log {
        /// The form.
        format: LogFormat = fields::one_of(&["text", "json"], LogFormat::from_name);
        /// From which level on.
        level: String = text;
    }
}

/// Where the database is; shown without its password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The whole, with the password.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.split_once("://"), self.0.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => write!(f, "{scheme}://…@{host}"),
            _ => f.write_str(&self.0),
        }
    }
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person.
    #[default]
    Text,
    /// For a machine.
    Json,
}

impl LogFormat {
    fn from_name(name: &str) -> Option<LogFormat> {
        match name {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        }
    }
}

/// Somebody whose tokens are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` of the tokens.
    pub issuer: String,
    /// The `aud` they must carry.
    pub audience: String,
    /// The signatures accepted, by their JOSE names.
    pub algorithms: Vec<&'static str>,
    /// Where the keys are.
    pub keys: KeySource,
}

/// Where the keys of an issuer are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// Fetched.
    Url(String),
    /// In a file.
    File(PathBuf),
    /// The key in the data folder.
    Local,
}

const ALGORITHMS: &[&str] = &["EdDSA", "ES256", "RS256"];

fn issuer(node: &Node, path: String, problems: &mut Problems) -> Option<Issuer> {
    let mut issuer = Fields::open(node, path, problems)?;
    let named = issuer.need("issuer", problems, text);
    let audience = issuer.need("audience", problems, text);
    let known = |name: &str| ALGORITHMS.iter().find(|known| **known == name).copied();
    let algorithm = |node: &Node, path, problems: &mut Problems| {
        fields::one_of(ALGORITHMS, known)(node, path, problems)
    };
    let algorithms = issuer.read("algorithms", problems, fields::list(algorithm));
    let url = issuer.read("jwks_url", problems, key_url);
    let file = issuer.read("jwks_file", problems, path_of);
    let local = issuer.read("local", problems, fields::boolean).unwrap_or(false);
    let keys = match (url, file, local) {
        (Some(url), None, false) => Some(KeySource::Url(url)),
        (None, Some(file), false) => Some(KeySource::File(file)),
        (None, None, true) => Some(KeySource::Local),
        _ if problems.is_empty() => {
            let message = Message::new("setting_keys");
            problems.push(Problem::at(issuer.path("jwks_url"), issuer.line(), message));
            None
        }
        _ => None,
    };
    issuer.finish(problems);
    let algorithms = algorithms.filter(|all| !all.is_empty()).unwrap_or(vec!["EdDSA"]);
    Some(Issuer { issuer: named?, audience: audience?, algorithms, keys: keys? })
}

/// https, or http that does not leave the machine.
fn key_url(node: &Node, path: String, problems: &mut Problems) -> Option<String> {
    let url = text(node, path.clone(), problems)?;
    let rest = url.strip_prefix("http://");
    let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    let is_loopback = authority.is_some_and(|authority| {
        let host = |a: &str| a.rsplit_once(':').map_or(a.to_owned(), |(host, _)| host.to_owned());
        let address = authority.parse::<SocketAddr>().map(|a| a.ip());
        let address = address.or_else(|_| host(authority).parse::<IpAddr>());
        host(authority) == "localhost" || address.is_ok_and(|ip| ip.is_loopback())
    });
    if is_loopback || url.starts_with("https://") {
        return Some(url);
    }
    let message = Message::new("setting_https").with("field", &path);
    problems.push(Problem::at(path, node.line, message));
    None
}

fn address(node: &Node, path: String, problems: &mut Problems) -> Option<String> {
    let listen = text(node, path.clone(), problems)?;
    let port = listen.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    if port.is_none() {
        problems.push(not_accepted(path, node, "127.0.0.1:8080, [::1]:8080, localhost:8080"));
        return None;
    }
    Some(listen)
}

fn database_url(node: &Node, path: String, problems: &mut Problems) -> Option<DatabaseUrl> {
    let url = text(node, path.clone(), problems)?;
    let schemes = ["sqlite:", "postgres://", "postgresql://"];
    if !schemes.iter().any(|scheme| url.starts_with(scheme)) {
        // The password would be shown with the rest.
        let hidden = Node { line: node.line, value: Value::Str("…".to_owned()) };
        problems.push(not_accepted(path, &hidden, "sqlite:…, postgres://…"));
        return None;
    }
    Some(DatabaseUrl(url))
}

/// Says of each key that does not exist where it stands and which was probably meant.
fn refuse_unknown(root: &Node, problems: &mut Problems) {
    let Value::Map(sections) = &root.value else { return };
    let mut refuse = |field: String, node: &Node, known: &[&str]| {
        let near = nearest(&field, known.iter().copied()).join(", ");
        let message = Message::new("unknown_setting").with("key", &field).with("nearest", near);
        problems.push(Problem::at(field, node.line, message));
    };
    for (section, node) in sections {
        if !SECTIONS.contains(&section.as_str()) {
            refuse(section.clone(), node, SECTIONS);
            continue;
        }
        let Value::Map(keys) = &node.value else { continue };
        for (key, node) in keys {
            let field = format!("{section}.{key}");
            if !KEYS.contains(&field.as_str()) {
                refuse(field, node, KEYS);
            }
        }
    }
}

impl Settings {
    /// The address of the database; the embedded one is in the data folder unless it says where.
    pub fn database_url(&self) -> String {
        match self.database.url.reveal() {
            "sqlite:" => format!("sqlite:{}", self.data.folder.join("xueshi.db").display()),
            url => url.to_owned(),
        }
    }
}
