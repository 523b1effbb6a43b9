//! The sentences of messages, Chinese and English, from `config/locales`.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Serialize;

use crate::domain::message::{Message, Problem};

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// 中文.
    Zh,
    /// English.
    En,
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Bilingual {
    /// 中文.
    pub zh: String,
    /// English.
    pub en: String,
}

type Sentences = HashMap<String, String>;

const ZH: &str = include_str!("../config/locales/zh.toml");
const EN: &str = include_str!("../config/locales/en.toml");

fn sentences(lang: Lang) -> &'static Sentences {
    static BOTH: OnceLock<[Sentences; 2]> = OnceLock::new();
    let [zh, en] = BOTH.get_or_init(|| {
        // A test proves that both files read and have the same keys; a broken one shows keys.
        [ZH, EN].map(|text| {
            let tables: HashMap<String, Sentences> = toml::from_str(text).unwrap_or_default();
            tables
                .into_iter()
                .flat_map(|(table, entries)| {
                    entries.into_iter().map(move |(key, text)| (format!("{table}.{key}"), text))
                })
                .collect()
        })
    });
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// A sentence or word by `table.key`, its `{name}`s filled in; the key itself where it is unknown.
pub fn text(lang: Lang, key: &str, args: &[(&str, &str)]) -> String {
    let Some(template) = sentences(lang).get(key) else { return key.to_owned() };
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let name = after.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).next();
        let Some((name, tail)) = name.and_then(|n| Some((n, after.strip_prefix(n)?))) else {
            break;
        };
        // A brace that holds no name is a brace.
        let Some(tail) = tail.strip_prefix('}').filter(|_| !name.is_empty()) else {
            out.push('{');
            rest = after;
            continue;
        };
        let value = args.iter().find(|(key, _)| *key == name).map_or("?", |(_, value)| value);
        out.push_str(value);
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Every key, sorted.
pub fn keys(lang: Lang) -> Vec<String> {
    let mut keys: Vec<String> = sentences(lang).keys().cloned().collect();
    keys.sort();
    keys
}

/// A message in one language. `expected` names a kind of value and is translated too.
pub fn message(lang: Lang, message: &Message) -> String {
    let args: Vec<(&str, &str)> =
        message.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
    by_code(lang, message.code, &args)
}

fn by_code(lang: Lang, code: &str, args: &[(&str, &str)]) -> String {
    let expected = args.iter().find(|(name, _)| *name == "expected");
    let expected = expected.map(|(_, kind)| text(lang, &format!("expected.{kind}"), &[]));
    let args: Vec<(&str, &str)> = args
        .iter()
        .map(|(name, value)| match &expected {
            Some(expected) if *name == "expected" => (*name, expected.as_str()),
            _ => (*name, *value),
        })
        .collect();
    text(lang, &format!("message.{code}"), &args)
}

/// The sentence of a finding: the linter's own, else that of the reader of policies.
pub fn finding(lang: Lang, finding: &Message) -> String {
    let key = format!("lint.{}", finding.code);
    if !sentences(lang).contains_key(&key) {
        return message(lang, finding);
    }
    let args: Vec<(&str, &str)> =
        finding.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
    text(lang, &key, &args)
}

/// A message in both languages.
pub fn both(message: &Message) -> Bilingual {
    Bilingual { zh: self::message(Lang::Zh, message), en: self::message(Lang::En, message) }
}

/// A message that was kept by its code, in both languages.
pub fn both_by_code(code: &str, args: &[(&str, &str)]) -> Bilingual {
    Bilingual { zh: by_code(Lang::Zh, code, args), en: by_code(Lang::En, code, args) }
}

/// A problem as one line: `file:line: field: sentence [code]`.
pub fn problem(lang: Lang, problem: &Problem) -> String {
    let place = match &problem.file {
        Some(file) if problem.line > 0 => format!("{file}:{}: ", problem.line),
        Some(file) => format!("{file}: "),
        None => String::new(),
    };
    let field = match problem.field.as_str() {
        "" => String::new(),
        field => format!("{field}: "),
    };
    let sentence = message(lang, &problem.message);
    format!("{place}{field}{sentence} [{}]", problem.message.code)
}
