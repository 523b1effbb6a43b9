//! The house rules that the compiler does not hold. That each of them can fail is proved in `proofs`.

mod graph;
mod proofs;
mod reading;

use std::collections::VecDeque;
use std::path::Path;
use std::process::Command;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use reading::{
    Mention, ends_item, group, is_ident, is_in, is_punct, leaves, line, mentions, shipped, tokens,
};

/// What is wrong with one file, as `path:line: what would be right`.
type Rule = fn(path: &str, text: &str) -> Vec<String>;

macro_rules! rules {
    ($($rule:ident in $files:ident;)*) => {
        mod hold {
            $(
                #[test]
                fn $rule() {
                    super::hold(super::$rule, super::$files);
                }
            )*
        }
    };
}

rules! {
    imports_follow_the_direction in sources;
    crates_have_their_home in sources;
    the_domain_is_pure in sources;
    hours_are_exact in sources;
    only_the_cli_prints in sources;
    functions_are_short in sources_and_benches;
    files_are_one_thing in sources;
    names_say_something in all_rust;
    nothing_is_left_undone in all_rust;
    lints_are_expected_with_a_reason in all_rust;
    modules_say_what_they_are in sources;
    the_project_speaks_of_itself_alone in everything;
}

/// What is wrong with all files together.
type WholeRule = fn(all: &[graph::File]) -> Vec<String>;

macro_rules! whole_rules {
    ($($rule:ident;)*) => {
        mod hold_together {
            $(
                #[test]
                fn $rule() {
                    super::hold_together(crate::tidy::graph::$rule);
                }
            )*
        }
    };
}

whole_rules! {
    no_circles_of_imports;
    every_module_is_reached;
    what_is_public_is_used;
}

fn hold_together(rule: WholeRule) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let paths = project_files(root).into_iter().filter(|path| all_rust(path));
    let read = |path: String| Some((path.clone(), std::fs::read_to_string(root.join(path)).ok()?));
    let all: Vec<graph::File> = paths.filter_map(read).collect();
    let findings = rule(&all);
    assert!(findings.is_empty(), "{} findings:\n{}\n", findings.len(), findings.join("\n"));
}

fn everything(_: &str) -> bool {
    true
}

fn all_rust(path: &str) -> bool {
    path.strip_suffix(".rs").is_some()
}

fn sources(path: &str) -> bool {
    all_rust(path) && path.starts_with("src/")
}

fn sources_and_benches(path: &str) -> bool {
    sources(path) || all_rust(path) && path.starts_with("benches/")
}

fn hold(rule: Rule, concerns: fn(&str) -> bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files: Vec<_> = project_files(root).into_iter().filter(|path| concerns(path)).collect();
    assert!(!files.is_empty(), "no file to look at: the rule would hold of nothing");
    let mut findings = Vec::new();
    for path in files {
        // What is not text, or was just removed, has nothing to read.
        if let Ok(text) = std::fs::read_to_string(root.join(&path)) {
            findings.extend(rule(&path, &text));
        }
    }
    assert!(findings.is_empty(), "{} findings:\n{}\n", findings.len(), findings.join("\n"));
}

/// Every file that git has or would add; without git, every file outside `target` and hidden folders.
fn project_files(root: &Path) -> Vec<String> {
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = root
        .join(".git")
        .exists()
        .then(|| Command::new("git").args(list).current_dir(root).output());
    match listed {
        Some(Ok(git)) if git.status.success() => {
            let paths = String::from_utf8_lossy(&git.stdout).into_owned();
            paths.split_terminator('\0').map(str::to_owned).collect()
        }
        _ => walk(root, ""),
    }
}

fn walk(root: &Path, folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    for entry in root.join(folder).read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}{name}");
        match entry.file_type() {
            Ok(kind) if kind.is_file() => files.push(path),
            Ok(kind) if kind.is_dir() && !name.starts_with('.') && path != "target" => {
                files.extend(walk(root, &format!("{path}/")));
            }
            _ => {}
        }
    }
    files
}

/// A layer, and the modules it may not name.
const DIRECTION: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "store",
            "feeds",
            "sheet",
            "app",
            "api",
            "web",
            "cli",
            "city",
            "config",
            "clock",
            "locale",
            "telemetry",
            "vault",
        ],
    ),
    ("store", &["feeds", "app", "api", "web", "cli", "city"]),
    ("feeds", &["store", "vault", "app", "api", "web", "cli", "city"]),
    ("sheet", &["store", "vault", "config", "feeds", "app", "api", "web", "cli", "city"]),
    ("app", &["api", "web", "cli", "city"]),
    ("api", &["web", "cli", "city"]),
    ("vault", &["store", "feeds", "app", "api", "web", "cli", "city"]),
    ("config", &["store", "feeds", "app", "api", "web", "cli", "city"]),
    ("clock", &["store", "feeds", "app", "api", "web", "cli", "city"]),
    ("locale", &["store", "feeds", "app", "api", "web", "cli", "city"]),
    ("telemetry", &["store", "feeds", "app", "api", "web", "cli", "city"]),
    // What is true of the stand-in city may not come from the code that it tests.
    ("city", &["store", "feeds", "app", "api", "web", "cli", "config", "telemetry", "vault"]),
];

/// A crate, and the layers that may name it.
const HOME: &[(&str, &[&str])] =
    &[("actix", &["api", "city", "cli"]), ("diesel", &["store"]), ("reqwest", &["feeds", "api"])];

fn crates_have_their_home(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, homes) in HOME {
        if !homes.iter().any(|home| is_in(path, home)) {
            let names = |mention: &Mention| mention.is_of_crate(&[name]);
            let advice = format!("`{name}` is named in {} alone", homes.join(" and "));
            found.extend(findings(path, shipped(tokens(path, text)), names, &advice));
        }
    }
    found
}

fn imports_follow_the_direction(path: &str, text: &str) -> Vec<String> {
    let Some((layer, barred)) = DIRECTION.iter().find(|(layer, _)| is_in(path, layer)) else {
        return Vec::new();
    };
    let against = |mention: &Mention| match mention.path.as_slice() {
        [root, module, ..] => root == "crate" && (module == "*" || barred.contains(&&**module)),
        _ => false,
    };
    let advice =
        format!("not from `{layer}`: imports go domain ← store, feeds ← app ← api, web, cli");
    findings(path, tokens(path, text), against, &advice)
}

const IMPURE_CRATES: &[&str] = &["actix", "clap", "diesel", "rand", "reqwest", "tokio"];
const IMPURE_PATHS: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "Instant",
    "Local::now",
    "SystemTime",
    "Utc::now",
];

fn the_domain_is_pure(path: &str, text: &str) -> Vec<String> {
    if !is_in(path, "domain") {
        return Vec::new();
    }
    let impure = |m: &Mention| m.is_of_crate(IMPURE_CRATES) || m.passes_through(IMPURE_PATHS);
    let advice = "the domain has no I/O, clock, chance or framework; take the value as an argument";
    findings(path, tokens(path, text), impure, advice)
}

/// It meets the floats of JSON, and keeps them as text so that a message can show what was refused.
const MEETS_FLOATS: &str = "src/domain/node.rs";

fn hours_are_exact(path: &str, text: &str) -> Vec<String> {
    if !is_in(path, "domain") || path == MEETS_FLOATS {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut after_dot = false;
    for token in leaves(tokens(path, text)) {
        let word = token.to_string();
        let of_float = word.ends_with("f32") || word.ends_with("f64");
        let is_float = match token {
            // `f64`, `as_f64`
            TokenTree::Ident(_) => of_float && (word.len() == 3 || word.contains("_f")),
            // `1.5`, `2f64`; but `pair.0.1` holds no float, although `0.1` looks like one.
            TokenTree::Literal(_) => {
                let is_number = word.starts_with(|c: char| c.is_ascii_digit());
                let is_hex = word.starts_with("0x");
                is_number && !is_hex && !after_dot && (of_float || word.contains('.'))
            }
            _ => false,
        };
        if is_float {
            let what = "a binary float, and hours are exact: count in integer hundredths";
            findings.push(finding(path, token.span(), &word, what));
        }
        after_dot = is_punct(&token, '.');
    }
    findings
}

const PRINTING_MACROS: &[&str] = &["dbg", "eprint", "eprintln", "print", "println"];
const PRINTING_CRATES: &[&str] = &["anstream", "indicatif"];
const PRINTING_PATHS: &[&str] = &["io::stderr", "io::stdout"];

fn only_the_cli_prints(path: &str, text: &str) -> Vec<String> {
    if is_in(path, "cli") {
        return Vec::new();
    }
    let prints = |m: &Mention| {
        m.is_macro_of(PRINTING_MACROS)
            || m.is_of_crate(PRINTING_CRATES)
            || m.passes_through(PRINTING_PATHS)
    };
    let advice = "only `cli` writes to the terminal; return the value instead";
    findings(path, shipped(tokens(path, text)), prints, advice)
}

const FUNCTION_LINES: usize = 70;

fn functions_are_short(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let mut streams = VecDeque::from([shipped(tokens(path, text))]);
    while let Some(stream) = streams.pop_front() {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        streams.extend(tokens.iter().filter_map(|token| Some(group(token)?.stream())));
        for (i, token) in tokens.iter().enumerate().filter(|(_, token)| is_ident(token, "fn")) {
            // The type `fn(u8) -> u8` has no name, a trait's signature no body.
            let Some([TokenTree::Ident(name), rest @ ..]) = tokens.get(i + 1..) else {
                continue;
            };
            let Some(body) = rest.iter().find(|token| ends_item(token)).and_then(group) else {
                continue;
            };
            let lines = line(body.span_close()) + 1 - line(token.span());
            if lines > FUNCTION_LINES {
                let what = format!(
                    "{lines} lines, at most {FUNCTION_LINES}: branch here, compute in leaves"
                );
                findings.push(finding(path, token.span(), &format!("fn {name}"), &what));
            }
        }
    }
    findings
}

const FILE_LINES: usize = 350;

/// Longer files that are still one thing, with the reason. The list only shrinks.
const LONG: &[(&str, &str)] =
    &[("src/store/schema.rs", "the tables of the database, one after the other")];

fn files_are_one_thing(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    let reason = LONG.iter().find(|(long, _)| *long == path);
    match (lines > FILE_LINES, reason) {
        (false, None) | (true, Some(_)) => Vec::new(),
        (true, None) => {
            vec![format!("{path}:{lines}: over {FILE_LINES} lines; is it still one thing?")]
        }
        (false, Some(_)) => {
            vec![format!("{path}:{lines}: not long any more: take it off the list")]
        }
    }
}

/// Names that say nothing, so that anything is put there.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "util", "utils"];

fn names_say_something(path: &str, text: &str) -> Vec<String> {
    let advice = "says nothing; name a module after what it holds";
    let mut findings = Vec::new();
    for name in path.trim_end_matches(".rs").split('/').filter(|name| EMPTY_NAMES.contains(name)) {
        findings.push(format!("{path}:1: `{name}`: {advice}"));
    }
    for pair in leaves(tokens(path, text)).windows(2) {
        if let [keyword, name] = pair
            && is_ident(keyword, "mod")
            && EMPTY_NAMES.iter().any(|empty| is_ident(name, empty))
        {
            findings.push(finding(path, name.span(), &format!("mod {name}"), advice));
        }
    }
    findings
}

fn nothing_is_left_undone(path: &str, text: &str) -> Vec<String> {
    let undone = |m: &Mention| m.is_macro_of(&["todo", "unimplemented"]);
    findings(path, tokens(path, text), undone, "finish it, or return an error that says so")
}

fn lints_are_expected_with_a_reason(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let mut streams = VecDeque::from([(tokens(path, text), false)]);
    while let Some((stream, in_attribute)) = streams.pop_front() {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        for (i, token) in tokens.iter().enumerate() {
            let Some(group) = group(token) else { continue };
            let back = |steps| i.checked_sub(steps).and_then(|i| tokens.get(i));
            // `#[…]` and `#![…]`
            let is_attribute = group.delimiter() == Delimiter::Bracket
                && back(1).is_some_and(|before| {
                    let inner = is_punct(before, '!').then(|| back(2)).flatten();
                    is_punct(inner.unwrap_or(before), '#')
                });
            if let Some(level) = back(1).filter(|_| in_attribute) {
                let has_reason =
                    leaves(group.stream()).iter().any(|token| is_ident(token, "reason"));
                if is_ident(level, "allow") || is_ident(level, "expect") && !has_reason {
                    let what = "write `#[expect(…, reason = \"…\")]`";
                    findings.push(finding(path, level.span(), &format!("{level}(…)"), what));
                }
            }
            streams.push_back((group.stream(), in_attribute || is_attribute));
        }
    }
    findings
}

fn modules_say_what_they_are(path: &str, text: &str) -> Vec<String> {
    if text.starts_with("//!") {
        return Vec::new();
    }
    vec![format!("{path}:1: begin with `//!` and what this module is")]
}

/// Written in pieces, or this file would be the first to break the rule.
const FOREIGN: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/tmp/", "target"), "a path of one machine"),
    (concat!("../", "shared"), "a path out of the project"),
    (concat!("://", "crates.io"), "a registry host"),
    (concat!("://index.", "crates.io"), "a registry host"),
    (concat!("://static.", "crates.io"), "a registry host"),
    (concat!("crates.io", "-index"), "a registry host"),
    (concat!("FIX", "ME"), "unfinished work"),
    (concat!("XX", "X"), "unfinished work"),
];

fn the_project_speaks_of_itself_alone(path: &str, text: &str) -> Vec<String> {
    if path == "Cargo.lock" {
        return Vec::new(); // cargo writes it, registry and all
    }
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for (words, what) in FOREIGN.iter().filter(|(words, _)| has_words(line, words)) {
            findings.push(format!("{path}:{number}: `{words}`: {what}; leave it out"));
        }
    }
    findings
}

/// As words of their own: a folder inside the project, or a longer run of letters, is something else.
fn has_words(line: &str, words: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    line.match_indices(words).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let after = line.get(at + words.len()..).and_then(|after| after.chars().next());
        (words.starts_with(':') || !joins(before)) && (words.ends_with('/') || !joins(after))
    })
}

fn findings(
    path: &str,
    stream: TokenStream,
    wrong: impl Fn(&Mention) -> bool,
    advice: &str,
) -> Vec<String> {
    let wrong = mentions(path, stream).into_iter().filter(wrong);
    wrong.map(|mention| finding(path, mention.span, &mention.path.join("::"), advice)).collect()
}

fn finding(path: &str, span: Span, what: &str, advice: &str) -> String {
    format!("{path}:{}: `{what}`: {advice}", line(span))
}
