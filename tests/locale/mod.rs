//! The sentences: both languages have the same ones, all of them are needed, none is unfinished.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use xueshi::domain::answer::{ReasonCode, Verdict};
use xueshi::domain::category::Category;
use xueshi::domain::hours::NotHours;
use xueshi::domain::identity::NotAnIdNumber;
use xueshi::domain::message::Message;
use xueshi::domain::person_name::NotAName;
use xueshi::locale::{self, Lang};
use xueshi::vault::VaultError;
use xueshi::vault::key_file::KeyFileError;

type Sentences = BTreeMap<String, String>;

/// `table.key` and its sentence, as the file has it.
fn sentences(lang: &str) -> Sentences {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("config/locales/{lang}.toml"));
    let text = std::fs::read_to_string(path).expect("a locale file");
    let tables: BTreeMap<String, Sentences> = toml::from_str(&text).expect("tables of sentences");
    let flat = |(table, entries): (String, Sentences)| {
        entries.into_iter().map(move |(key, sentence)| (format!("{table}.{key}"), sentence))
    };
    tables.into_iter().flat_map(flat).collect()
}

/// The `{name}`s of a sentence.
fn placeholders(sentence: &str) -> BTreeSet<&str> {
    let candidates = sentence.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    let is_name =
        |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    candidates.filter(is_name).collect()
}

/// Fails where a message has no sentence in some language, or leaves a `{name}` of it unfilled.
pub(crate) fn assert_whole(message: &Message) {
    static BOTH: OnceLock<[Sentences; 2]> = OnceLock::new();
    let [zh, en] = BOTH.get_or_init(|| ["zh", "en"].map(sentences));
    for (file, lang, all) in [("zh", Lang::Zh, zh), ("en", Lang::En, en)] {
        let sentence = all.get(&format!("message.{}", message.code));
        let sentence = sentence.unwrap_or_else(|| panic!("{file}: no sentence: {message:?}"));
        for name in placeholders(sentence) {
            let given = message.args.iter().any(|(given, _)| *given == name);
            assert!(given, "{file}: `{name}` is not filled: {message:?}");
        }
        for (_, kind) in message.args.iter().filter(|(name, _)| *name == "expected") {
            assert!(all.contains_key(&format!("expected.{kind}")), "{file}: expected.{kind}");
        }
        assert!(!locale::message(lang, message).starts_with("message."), "{message:?}");
    }
}

/// Every text in quotes in the code under `src`, and the code itself.
fn code() -> (BTreeSet<String>, String) {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut all = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of code") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.push_str(&std::fs::read_to_string(path).expect("code"));
            }
        }
    }
    let quoted = all.split('"').filter(|part| part.len() < 80).map(str::to_owned).collect();
    (quoted, all)
}

/// The codes of `Message::new("…")`, wherever the line breaks.
fn message_codes(code: &str) -> BTreeSet<&str> {
    let of_messages = code.split("Message::new(").skip(1).filter_map(|rest| {
        let (code, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        Some(code)
    });
    let hours = [NotHours::NotDecimal, NotHours::TooFine, NotHours::Negative, NotHours::TooLarge];
    of_messages
        .chain(hours.map(NotHours::code))
        .chain(NotAnIdNumber::ALL.map(NotAnIdNumber::code))
        .chain(NotAName::ALL.map(NotAName::code))
        .collect()
}

#[test]
fn both_languages_say_the_same_things() {
    let (zh, en) = (sentences("zh"), sentences("en"));
    let keys = |all: &Sentences| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&zh), keys(&en));
    for (key, sentence) in &zh {
        assert_eq!(placeholders(sentence), placeholders(&en[key]), "{key}");
    }
    // What the program has read is what the files say.
    assert_eq!(locale::keys(Lang::Zh), keys(&zh));
    assert_eq!(locale::keys(Lang::En), keys(&en));
}

#[test]
fn no_sentence_is_empty_or_unfinished() {
    for (lang, all) in [("zh", sentences("zh")), ("en", sentences("en"))] {
        for (key, sentence) in all {
            assert!(!sentence.trim().is_empty(), "{lang}: {key}");
            for unfinished in [concat!("TO", "DO"), concat!("FIX", "ME"), "???"] {
                assert!(!sentence.contains(unfinished), "{lang}: {key}: {sentence}");
            }
        }
    }
}

#[test]
fn chinese_is_chinese_and_english_is_not() {
    let has_han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for (key, sentence) in sentences("en") {
        assert!(!has_han(&sentence), "en: {key}: {sentence}");
    }
    let symbols = [
        "word.comma",
        "word.years_of",
        "demo.separator",
        "clause.and",
        "clause.or",
        "clause.for",
        "clause.lead",
        "clause.who_level",
    ];
    for (key, sentence) in sentences("zh").iter().filter(|(key, _)| !symbols.contains(&&***key)) {
        assert!(has_han(sentence), "zh: {key}: {sentence}");
    }
}

#[test]
fn every_message_has_a_sentence() {
    let (_, code) = code();
    let codes = message_codes(&code);
    assert!(codes.len() > 30, "only {} codes found", codes.len());
    let all = sentences("en");
    let without: Vec<_> = codes
        .iter()
        .filter(|code| {
            !["message", "lint"].iter().any(|t| all.contains_key(&format!("{t}.{code}")))
        })
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn what_is_said_of_keys_is_whole() {
    let path = || Path::new("keys.toml").to_owned();
    let of_the_vault =
        [VaultError::NotSealed, VaultError::UnknownMaster(1), VaultError::NotAuthentic];
    let of_the_file = [
        KeyFileError::Missing(path()),
        KeyFileError::Exists(path()),
        KeyFileError::Unreadable(path(), String::new()),
        KeyFileError::Unwritable(path(), String::new()),
        KeyFileError::Exposed(path(), 0o644),
        KeyFileError::Malformed(path(), 1),
        KeyFileError::Damaged(path(), String::new()),
        KeyFileError::Later(path()),
    ];
    for error in of_the_file.into_iter().chain(of_the_vault.map(KeyFileError::Vault)) {
        assert_whole(&error.message());
    }
}

#[test]
fn every_closed_list_has_its_words() {
    let all = sentences("en");
    let has = |key: String| assert!(all.contains_key(&key), "{key}");
    for verdict in Verdict::ALL {
        has(format!("verdict.{}", verdict.name()));
    }
    for code in ReasonCode::ALL {
        has(format!("reason.{}", code.name()));
    }
    for category in Category::ALL {
        has(format!("category.{}", category.name()));
    }
}

#[test]
fn every_key_that_the_code_names_is_there() {
    let all = sentences("en");
    let tables: BTreeSet<&str> =
        all.keys().filter_map(|key| Some(key.split_once('.')?.0)).collect();
    let (quoted, _) = code();
    let is_key = |text: &&String| {
        let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
        text.split_once('.').is_some_and(|(table, name)| {
            tables.contains(table) && !name.is_empty() && name.chars().all(is_name)
        })
    };
    let named: Vec<&String> = quoted.iter().filter(is_key).collect();
    assert!(named.len() > 20, "only {named:?}");
    let without: Vec<_> = named.iter().filter(|key| !all.contains_key(**key)).collect();
    assert!(without.is_empty(), "{without:?}");
}

/// Said by the linter alone.
const OF_THE_LINTER: &[&str] = &[];

#[test]
fn every_sentence_is_used() {
    let (quoted, code) = code();
    let codes = message_codes(&code);
    let names = |key: &str| {
        let (table, name) = key.split_once('.').expect("table.key");
        match table {
            "message" | "lint" => codes.contains(name) || quoted.contains(name),
            // `{key}_none` is made from `{key}`.
            "word" => quoted.contains(key) || quoted.contains(key.trim_end_matches("_none")),
            // Named by the code of a division, by whoever writes a notice, or by the number of a response.
            "place" | "series" | "specialty" | "status" => true,
            _ => quoted.contains(key) || quoted.contains(name) || key == "reason.no_policy_year",
        }
    };
    let unused: Vec<_> = sentences("en")
        .into_keys()
        .filter(|key| !names(key) && !OF_THE_LINTER.contains(&&**key))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}
