//! What the environment and the settings file say. Nothing else reads them.
//!
//! `config/default.toml` < a file < the environment: each layer changes what it names, and a key
//! that does not exist is refused with its place and the key that was probably meant.

mod feeds;
mod network;
mod settings;
mod values;

use std::path::{Path, PathBuf};

pub use feeds::{Connection, Secret, Whence};
pub use network::{Network, ProxyHeader};
pub use settings::{
    Auth, Data, Database, DatabaseUrl, Feeds, Issuer, KeySource, Limits, Log, LogFormat, Server,
    Settings,
};

use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::node::{Node, Value};
use crate::locale::Lang;

const DEFAULT: &str = include_str!("../../config/default.toml");

/// Begins the name of a variable that sets something: `XUESHI__SERVER__LISTEN`.
const PREFIX: &str = "XUESHI__";

/// The language of messages: that of the terminal, English where it says nothing.
#[expect(clippy::disallowed_methods, reason = "the one place that may")]
pub fn language() -> Lang {
    let said = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match said {
        Some(value) if value.starts_with("zh") => Lang::Zh,
        _ => Lang::En,
    }
}

/// The settings: the defaults, then `file` or the one that `XUESHI_CONFIG` names, then the environment.
#[expect(clippy::disallowed_methods, reason = "the one place that may")]
pub fn load(file: Option<&Path>) -> Result<Settings, Problems> {
    let named = || std::env::var_os("XUESHI_CONFIG").filter(|path| !path.is_empty());
    let file = file.map(Path::to_owned).or_else(|| named().map(PathBuf::from));
    let said = match &file {
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|error| {
                let message = Message::new("unreadable").with("path", &name).with("why", error);
                vec![Problem::at("", 0, message).in_file(&name)]
            })?;
            Some((name, text))
        }
        None => None,
    };
    let mut variables: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect();
    variables.sort();
    layered(said.as_ref().map(|(name, text)| (name.as_str(), text.as_str())), &variables)
}

/// The settings of these layers.
pub fn layered(
    file: Option<(&str, &str)>,
    variables: &[(String, String)],
) -> Result<Settings, Problems> {
    let mut settings = Settings::default();
    let mut problems = Vec::new();
    for (name, text) in [Some(("config/default.toml", DEFAULT)), file].into_iter().flatten() {
        let mut found = Vec::new();
        match Node::from_toml(text) {
            Ok(node) => settings.change(&node, &mut found),
            Err(syntax) => found = syntax,
        }
        problems.extend(found.into_iter().map(|problem| problem.in_file(name)));
    }
    for (name, value) in variables {
        let mut found = Vec::new();
        settings.change(&from_variable(name, value), &mut found);
        problems.extend(found.into_iter().map(|problem| problem.in_file(name)));
    }
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

/// One variable as a settings file that says only that.
fn from_variable(name: &str, value: &str) -> Node {
    let path = name.strip_prefix(PREFIX).unwrap_or(name).to_ascii_lowercase();
    let text = || Node { line: 0, value: Value::Str(value.to_owned()) };
    let toml = Node::from_toml(&format!("value = {value}")).ok();
    let read = toml.as_ref().and_then(|toml| toml.get("value")).filter(|node| {
        matches!(node.value, Value::Int(_) | Value::Bool(_) | Value::List(_) | Value::Str(_))
    });
    let leaf = read.cloned().unwrap_or_else(text);
    path.rsplit("__")
        .fold(leaf, |inner, key| Node { line: 0, value: Value::Map(vec![(key.to_owned(), inner)]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Settings, Problems> {
        layered(Some(("x.toml", text)), &[])
    }

    #[test]
    fn later_layers_change_what_they_name() {
        let settings = layered(None, &[]).expect("the defaults");
        assert_eq!(settings.server.listen, "127.0.0.1:8080");
        assert_eq!(settings.auth.issuers.len(), 1);
        let variables = [
            ("XUESHI__SERVER__LISTEN".to_owned(), "127.0.0.1:9".to_owned()),
            ("XUESHI__LIMITS__REQUESTS_BURST".to_owned(), "7".to_owned()),
        ];
        let file = "[server]\nlisten = \"127.0.0.1:1\"\nworkers = 3\n";
        let settings = layered(Some(("x.toml", file)), &variables).expect("settings");
        assert_eq!((settings.server.listen.as_str(), settings.server.workers), ("127.0.0.1:9", 3));
        assert_eq!(settings.limits.requests_burst, 7);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place_and_what_was_meant() {
        let problems = of("[server]\n\nlisen = \"127.0.0.1:1\"\n").expect_err("refused");
        let problem = &problems[0];
        assert_eq!((problem.file.as_deref(), problem.line), (Some("x.toml"), 3));
        assert_eq!(problem.message.code, "unknown_setting");
        let nearest = problem.message.args.iter().find(|(name, _)| *name == "nearest");
        assert!(
            nearest.is_some_and(|(_, value)| value.starts_with("server.listen")),
            "{problem:?}"
        );
        assert_eq!(of("[sever]\n").expect_err("refused")[0].message.code, "unknown_setting");
        let typo = ("XUESHI__SERVER__LISEN".to_owned(), "x".to_owned());
        let problems = layered(None, &[typo]).expect_err("refused");
        assert_eq!(problems[0].file.as_deref(), Some("XUESHI__SERVER__LISEN"));
    }

    #[test]
    fn wrong_values_are_told() {
        for (text, code) in [
            ("[server]\nworkers = \"many\"", "wrong_type"),
            ("[server]\nworkers = 100000", "not_accepted"),
            ("[server]\nlisten = \"8080\"", "not_accepted"),
            ("[log]\nformat = \"xml\"", "not_accepted"),
            ("[server", "toml_syntax"),
            ("server = 1", "wrong_type"),
            ("[database]\nurl = \"mysql://h\"", "not_accepted"),
            ("[[auth.issuers]]\nissuer = \"a\"\naudience = \"b\"", "setting_keys"),
            (
                "[[auth.issuers]]\nissuer = \"a\"\naudience = \"b\"\nlocal = true\njwks_file = \"f\"",
                "setting_keys",
            ),
            (
                "[[auth.issuers]]\nissuer = \"a\"\naudience = \"b\"\nlocal = true\nalgorithms = [\"HS256\"]",
                "not_accepted",
            ),
            (
                "[[auth.issuers]]\nissuer = \"a\"\naudience = \"b\"\njwks_url = \"http://example.org/k\"",
                "setting_https",
            ),
        ] {
            let problems = of(text).expect_err(text);
            assert_eq!(problems[0].message.code, code, "{text}: {problems:?}");
            assert_eq!(problems[0].file.as_deref(), Some("x.toml"));
        }
        let url = "http://127.0.0.1:1/k";
        let text =
            format!("[[auth.issuers]]\nissuer = \"a\"\naudience = \"b\"\njwks_url = \"{url}\"");
        assert!(of(&text).is_ok());
    }

    #[test]
    fn a_password_is_not_shown() {
        let settings = of("[database]\nurl = \"postgres://me:secret@host/x\"").expect("settings");
        let shown = format!("{settings:?}");
        assert!(!shown.contains("secret") && shown.contains("host/x"), "{shown}");
        // Nor where it is wrong.
        let problems = of("[database]\nurl = \"mysql://me:secret@host/x\"").expect_err("refused");
        assert!(!format!("{problems:?}").contains("secret"));
    }
}
