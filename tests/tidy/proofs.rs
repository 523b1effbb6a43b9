//! Every rule of the house fails where it should, and only there.

use super::*;

fn refuses(rule: Rule, path: &str, texts: &[&str]) {
    for text in texts {
        let findings = rule(path, text);
        assert!(!findings.is_empty(), "{path} passes, but should not:\n{text}");
        let place = format!("{path}:");
        assert!(findings.iter().all(|finding| finding.starts_with(&place)), "{findings:?}");
    }
}

fn accepts(rule: Rule, path: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(rule(path, text), Vec::<String>::new(), "{path}:\n{text}");
    }
}

#[test]
fn an_import_against_the_direction_is_found() {
    let against_domain = [
        "use crate::store::Conn;",
        "use crate::{domain, web};",
        "use crate::{domain::{hours as app}, clock::Clock};",
        "use super::super::super::config;",
        "use xueshi::feeds;",
        "use crate::*;",
        "fn f() -> crate::locale::Text { todo() }",
        "fn f() { let _ = Vec::<crate::api::Route>::new(); }",
        "fn f() { format!(\"{}\", crate::app::judge()); }",
        "mod tests { use super::super::super::super::cli; }",
    ];
    refuses(imports_follow_the_direction, "src/domain/policy/judge.rs", &against_domain);
    let within_domain = [
        "use crate::domain::hours::Hours;",
        "use super::{model, super::hours};",
        "use crate::{domain as app};",
        "use crate::domain::{self as web, cli as api};",
        "pub(crate) fn store(web: u8) -> u8 { web }",
        "mod tests { use super::*; use super::super::*; }",
        "/// See `crate::app`.\nstruct Plan;",
    ];
    accepts(imports_follow_the_direction, "src/domain/policy/judge.rs", &within_domain);
    refuses(
        imports_follow_the_direction,
        "src/domain/mod.rs",
        &["use super::app;", "use super::*;"],
    );
    refuses(imports_follow_the_direction, "src/domain/mod.rs", &["use crate::vault::Keys;"]);
    accepts(imports_follow_the_direction, "src/vault/keys.rs", &["use crate::domain::identity;"]);
    refuses(imports_follow_the_direction, "src/store.rs", &["use crate::app;"]);
    refuses(imports_follow_the_direction, "src/feeds/pull.rs", &["use crate::cli::Cli;"]);
    refuses(imports_follow_the_direction, "src/feeds/pull.rs", &["use crate::store::Store;"]);
    accepts(imports_follow_the_direction, "src/feeds/pull.rs", &["use crate::{clock, sheet};"]);
    refuses(imports_follow_the_direction, "src/sheet/mod.rs", &["use crate::app::imports;"]);
    refuses(imports_follow_the_direction, "src/app/judge.rs", &["use crate::web::page;"]);
    accepts(imports_follow_the_direction, "src/app/judge.rs", &["use crate::{store, clock};"]);
    accepts(imports_follow_the_direction, "src/cli/check.rs", &["use crate::{app, domain};"]);
}

#[test]
fn a_leaf_that_reaches_up_is_found() {
    let up = ["use crate::api::App;", "use crate::store::Store;", "use crate::cli::run;"];
    for path in ["src/vault/mod.rs", "src/config/mod.rs", "src/clock.rs", "src/telemetry.rs"] {
        refuses(imports_follow_the_direction, path, &up);
        accepts(imports_follow_the_direction, path, &["use crate::{config, domain, locale};"]);
    }
    refuses(imports_follow_the_direction, "src/api/routes.rs", &["use crate::cli::run;"]);
    refuses(imports_follow_the_direction, "src/api/routes.rs", &["use crate::city::Town;"]);
    refuses(imports_follow_the_direction, "src/city/town.rs", &["use crate::feeds::Feed;"]);
    accepts(imports_follow_the_direction, "src/city/town.rs", &["use crate::{domain, random};"]);
    accepts(imports_follow_the_direction, "src/api/routes.rs", &["use crate::{app, config};"]);
}

#[test]
fn a_crate_away_from_its_home_is_found() {
    refuses(crates_have_their_home, "src/app/judge.rs", &["use actix_web::web;"]);
    refuses(crates_have_their_home, "src/api/mod.rs", &["use diesel::prelude::*;"]);
    refuses(crates_have_their_home, "src/app/pull/run.rs", &["use reqwest::Client;"]);
    accepts(crates_have_their_home, "src/feeds/outgoing/mod.rs", &["use reqwest::Client;"]);
    accepts(crates_have_their_home, "src/api/mod.rs", &["use actix_web::web;"]);
    accepts(crates_have_their_home, "src/city/serve.rs", &["use actix_web::web;"]);
    accepts(crates_have_their_home, "src/store/conn.rs", &["use diesel::prelude::*;"]);
}

#[test]
fn an_impure_domain_is_found() {
    let impure = [
        "use diesel::prelude::*;",
        "use actix_web::HttpResponse;",
        "async fn f() { tokio::spawn(g()).await }",
        "#[derive(clap::ValueEnum)] enum Level {}",
        "use std::{collections::BTreeMap, fs};",
        "use std::env::{self, var};",
        "fn f() { std::process::exit(1) }",
        "use std::{net::IpAddr, thread};",
        "fn f() { chrono::Utc::now(); }",
        "use std::time::{Duration, Instant};",
        "fn f(at: SystemTime) {}",
        "fn f() { rand::random::<u8>(); }",
    ];
    refuses(the_domain_is_pure, "src/domain/year.rs", &impure);
    let pure = [
        "use chrono::{DateTime, Utc};",
        "use std::{fmt, time::Duration};",
        "fn f(rand: u8, env: u8) -> u8 { rand + env }",
        "use random::Seed;",
    ];
    accepts(the_domain_is_pure, "src/domain/year.rs", &pure);
    accepts(the_domain_is_pure, "src/store/conn.rs", &impure);
}

#[test]
fn a_float_in_the_domain_is_found() {
    let floats = [
        "struct Hours(f64);",
        "fn f(h: u8) -> f32 { h.into() }",
        "const H: Hours = half(0.5);",
        "fn f(v: &Value) { v.as_f64(); }",
        "fn f() { g(2f64); }",
    ];
    refuses(hours_are_exact, "src/domain/hours.rs", &floats);
    let exact = [
        "fn f(p: ((u8, u8), u8)) -> u8 { p.0.1 }",
        "fn f() { for _ in 0..90 {} }",
        "const TEXT: &str = \"0.5 is no f64\";",
        "const MASK: u32 = 0x1e_f32;",
        "const MANY: u64 = 1_000_000;",
    ];
    accepts(hours_are_exact, "src/domain/hours.rs", &exact);
    accepts(hours_are_exact, MEETS_FLOATS, &floats);
}

#[test]
fn printing_outside_the_cli_is_found() {
    let prints = [
        "fn f() { println!(\"{}\", 1) }",
        "fn f() { if true { std::eprint!(\"\") } }",
        "use std::io::{self, stdout};",
        "fn f() { write!(io::stderr(), \"\") }",
        "use anstream::AutoStream;",
    ];
    refuses(only_the_cli_prints, "src/app/judge.rs", &prints);
    accepts(only_the_cli_prints, "src/cli/check.rs", &prints);
    let silent = [
        "#[cfg(test)] mod tests { #[test] fn f() { println!() } }",
        "fn f(print: bool) -> bool { print != true }",
    ];
    accepts(only_the_cli_prints, "src/app/judge.rs", &silent);
}

#[test]
fn a_long_function_is_found() {
    let of = |lines: usize| {
        format!("impl A {{\n    fn f() {{\n{}    }}\n}}", "g();\n".repeat(lines - 2))
    };
    accepts(functions_are_short, "src/app/judge.rs", &[&of(FUNCTION_LINES)]);
    refuses(functions_are_short, "src/app/judge.rs", &[&of(FUNCTION_LINES + 1)]);
    let long = of(FUNCTION_LINES + 1);
    let for_tests = [
        format!("#[cfg(test)]\nmod tests {{ {long} }}"),
        format!("mod a {{ #[test]\n#[should_panic]\nfn f() {{ {long} }} }}"),
    ];
    accepts(functions_are_short, "src/app/judge.rs", &for_tests.each_ref().map(String::as_str));
    let after_tests = format!("#[cfg(test)]\nuse a::b;\n{long}");
    refuses(functions_are_short, "src/app/judge.rs", &[&after_tests]);
    refuses(functions_are_short, "src/app/judge.rs", &[&format!("#[cfg(not(test))]\n{long}")]);
}

#[test]
fn a_long_file_is_found() {
    accepts(files_are_one_thing, "src/lib.rs", &[&"//\n".repeat(FILE_LINES)]);
    refuses(files_are_one_thing, "src/lib.rs", &[&"//\n".repeat(FILE_LINES + 1)]);
    for (path, _) in LONG {
        accepts(files_are_one_thing, path, &[&"//\n".repeat(FILE_LINES + 1)]);
        refuses(files_are_one_thing, path, &["//\n"]);
    }
}

#[test]
fn an_empty_name_is_found() {
    refuses(names_say_something, "src/app/utils.rs", &[""]);
    refuses(names_say_something, "tests/common/mod.rs", &[""]);
    refuses(names_say_something, "src/lib.rs", &["mod helpers;", "mod a { pub mod misc {} }"]);
    accepts(names_say_something, "src/app/commonly.rs", &["mod support; fn common() {}"]);
}

#[test]
fn something_undone_is_found() {
    let undone = ["fn f() { todo! {} }", "fn f() { g(|| std::unimplemented! {}) }"];
    refuses(nothing_is_left_undone, "tests/main.rs", &undone);
    accepts(nothing_is_left_undone, "tests/main.rs", &["fn todo() -> bool { todo() != true }"]);
}

#[test]
fn a_silenced_lint_is_found() {
    let silenced = [
        "#[allow(dead_code)] fn f() {}",
        "#![allow(missing_docs)]",
        "#[cfg_attr(test, allow(dead_code))] fn f() {}",
        "#[expect(dead_code)] fn f() {}",
    ];
    refuses(lints_are_expected_with_a_reason, "src/lib.rs", &silenced);
    let reasoned = [
        "#[expect(dead_code, reason = \"used on one engine\")] fn f() {}",
        "fn f() { allow(1); self.expect(\"2\"); vec![g.expect(3)]; }",
    ];
    accepts(lints_are_expected_with_a_reason, "src/lib.rs", &reasoned);
}

#[test]
fn a_module_without_a_word_is_found() {
    refuses(modules_say_what_they_are, "src/app/judge.rs", &["", "use a::b;", "/// A.\nstruct A;"]);
    accepts(modules_say_what_they_are, "src/app/judge.rs", &["//! Judging one person.\n"]);
}

#[test]
fn a_word_about_the_surroundings_is_found() {
    let rule = the_project_speaks_of_itself_alone;
    for (words, _) in FOREIGN {
        let text = format!("first\nsee https{words} for more");
        let text = if words.starts_with(':') { text } else { format!("first\nsee {words}") };
        refuses(rule, "docs/page.md", &[&text]);
        assert_eq!(rule("docs/page.md", &text).len(), 1);
        accepts(rule, "Cargo.lock", &[&text]);
    }
    let own = ["src/wo", "rk/ mktemp ", &"X".repeat(6), " the crates.io registry"].concat();
    accepts(rule, "docs/page.md", &[&own]);
}

fn together(files: &[(&str, &str)]) -> Vec<graph::File> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

const LIB: (&str, &str) = ("src/lib.rs", "pub mod a;\npub mod b;\nfn f() { a::f(); }");

#[test]
fn a_circle_of_imports_is_found_and_named_once() {
    let files = [
        LIB,
        ("src/a/mod.rs", "mod one;\nmod two;\npub use one::f;"),
        ("src/a/one.rs", "use super::two::g;\npub fn f() { g() }"),
        ("src/a/two.rs", "pub fn g() { crate::b::h() }"),
        ("src/b.rs", "use crate::a::one::f;\npub fn h() { f() }"),
    ];
    let found = graph::no_circles_of_imports(&together(&files));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("src/a/one.rs") && found[0].contains("src/b.rs"), "{found:?}");
    let straight = [
        LIB,
        ("src/a/mod.rs", "mod one;\nmod two;\npub use one::f;\npub struct T;"),
        ("src/a/one.rs", "use super::two::g;\nuse super::T;\npub fn f(_: T) { g() }"),
        ("src/a/two.rs", "pub fn g() {}\n#[cfg(test)]\nmod tests { use crate::a::one::f; }"),
        ("src/b.rs", "use crate::a::f;"),
    ];
    assert_eq!(graph::no_circles_of_imports(&together(&straight)), Vec::<String>::new());
}

#[test]
fn a_module_that_only_tests_reach_is_found() {
    let files = [
        LIB,
        ("src/a.rs", "pub struct T;\npub fn f() {}\n#[test]\nfn t() { crate::b::g() }"),
        ("src/b.rs", "pub fn g() {}"),
    ];
    let found = graph::every_module_is_reached(&together(&files));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("src/b.rs:"), "{found:?}");
    let reached = [
        LIB,
        ("src/a/mod.rs", "mod more;\npub struct T;\npub fn f() { T.g() }"),
        ("src/a/more.rs", "use super::T;\nimpl T { pub fn g(&self) { crate::b::g() } }"),
        ("src/b.rs", "pub fn g() {}"),
    ];
    assert_eq!(graph::every_module_is_reached(&together(&reached)), Vec::<String>::new());
}

#[test]
fn what_is_public_and_used_nowhere_is_found() {
    let lib = ("src/lib.rs", "pub mod a;");
    let main = ("src/main.rs", "fn main() { xueshi::a::f(); }");
    let files = [
        lib,
        main,
        ("src/a.rs", "pub fn f() {}\npub const fn unused() {}\npub(super) fn own() {}"),
    ];
    let found = graph::what_is_public_is_used(&together(&files));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("src/a.rs:2: `pub unused`"), "{found:?}");
    let used =
        [lib, main, ("src/a.rs", "pub fn f() {}"), ("tests/x.rs", "fn t() { xueshi::a::f() }")];
    assert_eq!(graph::what_is_public_is_used(&together(&used)), Vec::<String>::new());
}
