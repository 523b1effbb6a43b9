//! Malformed policy files: each is refused with the code, the line and the key that its first lines
//! expect, nothing more, and in sentences that are whole in both languages.
//!
//! A file stands for itself; the files of a folder belong together. All of them may extend
//! `990000.toml`.

use std::path::{Path, PathBuf};

use xueshi::app::policies;
use xueshi::domain::message::Problem;
use xueshi::domain::policy::notice::catalog::Catalog;

use crate::locale::assert_whole;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/malformed")
}

/// Code, file, line and key.
type Told = (String, String, u32, String);

fn expected(file: &str, text: &str) -> Vec<Told> {
    let comments = text.lines().take_while(|line| line.starts_with("# expect: "));
    comments
        .map(|comment| {
            let words: Vec<&str> = comment.split_whitespace().skip(2).collect();
            let [code, "line", line, "key", key @ ..] = words.as_slice() else {
                panic!("{file}: not `# expect: code line 1 key field`: {comment}");
            };
            let line = line.parse().expect("a line number");
            ((*code).to_owned(), file.to_owned(), line, key.concat())
        })
        .collect()
}

fn told(problem: &Problem) -> Told {
    let file = problem.file.clone().unwrap_or_default();
    (problem.message.code.to_owned(), file, problem.line, problem.field.clone())
}

/// What is wrong with the answer to these files, if anything.
fn differences(files: &[(String, String)]) -> Option<String> {
    let mut wanted: Vec<Told> =
        files.iter().flat_map(|(file, text)| expected(file, text)).collect();
    assert!(!wanted.is_empty(), "{:?} expects nothing", files.first());
    let ancestor = std::fs::read_to_string(folder().join("990000.toml")).expect("the ancestor");
    let texts = files.iter().map(|(file, text)| (file.as_str(), text.as_str()));
    let Err(problems) = Catalog::from_texts(texts.chain([("990000.toml", ancestor.as_str())]))
    else {
        return Some(format!("accepted; expected {wanted:#?}"));
    };
    for problem in &problems {
        assert_whole(&problem.message);
    }
    let mut given: Vec<Told> = problems.iter().map(told).collect();
    given.sort();
    wanted.sort();
    (given != wanted).then(|| format!("expected {wanted:#?}, got {given:#?}"))
}

#[test]
fn every_malformed_file_is_refused_for_what_is_wrong_with_it() {
    let mut wrong = Vec::new();
    let mut count = 0;
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder().join("policies"))
        .expect("malformed files")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        let files = if path.is_dir() {
            policies::toml_files(&path).expect("files")
        } else {
            let text = std::fs::read_to_string(&path).expect("a file");
            vec![(path.display().to_string(), text)]
        };
        count += 1;
        wrong.extend(differences(&files).map(|why| format!("{}: {why}", path.display())));
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 90, "only {count} malformed files found");
}

#[test]
fn the_ancestor_alone_is_accepted() {
    let text = std::fs::read_to_string(folder().join("990000.toml")).expect("the ancestor");
    let catalog = Catalog::from_texts([("990000.toml", text.as_str())]);
    assert!(catalog.is_ok(), "{catalog:#?}");
}

#[test]
fn a_file_with_very_many_problems_is_told_a_hundred_of_them() {
    let keys: Vec<String> = (0..100_000).map(|n| format!("key{n} = 1")).collect();
    let keys = keys.join("\n");
    let text = format!("format = 1\nid = \"1\"\nname = \"1\"\njurisdiction = \"990000\"\n{keys}");
    let problems = Catalog::from_texts([("many.toml", text.as_str())]).expect_err("unknown keys");
    assert_eq!(problems.len(), 101);
    assert_eq!(problems.last().expect("the last").message.code, "too_many_problems");
}
