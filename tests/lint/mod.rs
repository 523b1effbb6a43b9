//! The linter: every check is triggered by a malformed file and by nothing in a good one.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::NaiveDate;
use xueshi::app::policies;
use xueshi::app::policies::lint::{Body, Request, lint};
use xueshi::app::policies::scenario;
use xueshi::domain::answer::Verdict;
use xueshi::domain::category::Category;
use xueshi::domain::declaration::{Declaration, Facts, Level, Profile};
use xueshi::domain::policy::judge::Judge;
use xueshi::domain::policy::lint::{
    Archive, CODES, Exercise, Finding, Input, Severity, Witness, run,
};
use xueshi::domain::policy::notice::catalog::Catalog;
use xueshi::domain::record::{Record, Status};
use xueshi::domain::year::Year;
use xueshi::locale::{self, Lang};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lint");

fn day(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap()
}

fn text(path: &str) -> String {
    std::fs::read_to_string(format!("{FOLDER}/{path}")).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The malformed files: name and text.
fn bad() -> Vec<(String, String)> {
    let folder = format!("{FOLDER}/bad");
    let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let files = policies::toml_files(folder.as_ref()).unwrap();
    files.into_iter().map(|(path, text)| (name(&path), text)).collect()
}

fn archived(name: &str) -> Option<String> {
    std::fs::read_to_string(format!("{FOLDER}/archive/{name}")).ok()
}

fn exercises(name: &str) -> Option<Vec<Exercise>> {
    let text = std::fs::read_to_string(format!("{FOLDER}/scenarios/{name}")).ok()?;
    let scenarios = scenario::read(name, &text).unwrap_or_else(|p| panic!("{p:#?}"));
    let exercise = |s: scenario::Scenario| Exercise {
        declaration: s.declaration,
        records: s.records,
        readings: Vec::new(),
    };
    Some(scenarios.into_iter().map(exercise).collect())
}

/// What the first line of a file says: codes with lines, and whether to lint without an archive.
fn expected(name: &str, text: &str) -> (Vec<(String, u32)>, bool) {
    let first = text.lines().next().unwrap();
    let list = first.strip_prefix("# expect: ").unwrap_or_else(|| panic!("{name}: {first}"));
    let without = list.strip_suffix(" without archive");
    let one = |item: &str| {
        let (code, line) = item.split_once(" line ").unwrap_or_else(|| panic!("{name}: {item}"));
        (code.to_owned(), line.parse().unwrap())
    };
    let mut codes: Vec<_> = without.unwrap_or(list).split(", ").map(one).collect();
    codes.sort();
    (codes, without.is_some())
}

/// Lints one malformed file beside the good one.
fn beside_good(name: &str, text: &str, with_archive: bool) -> Vec<Finding> {
    let files = [("good.toml".to_owned(), self::text("good.toml")), (name.to_owned(), text.into())];
    let exercises = exercises(name).map(|mut mine| {
        mine.extend(exercises("good.toml").unwrap());
        mine
    });
    let archive: Archive<'_> = &archived;
    run(&Input {
        files: &files,
        archive: with_archive.then_some(archive),
        exercises: exercises.as_deref(),
        today: day(2026),
    })
}

fn shown(finding: &Finding) -> String {
    let clause = finding.clause.as_deref().unwrap_or("–");
    let message = locale::finding(Lang::En, &finding.message);
    let file = finding.file.rsplit('/').next().unwrap_or_default();
    format!("{file}:{} {} {clause}: {message}", finding.line, finding.code)
}

fn list(findings: &[Finding]) -> String {
    findings.iter().map(shown).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_good_file_has_no_findings() {
    let files = [("good.toml".to_owned(), text("good.toml"))];
    let exercises = exercises("good.toml").unwrap();
    let findings = run(&Input {
        files: &files,
        archive: Some(&archived),
        exercises: Some(&exercises),
        today: day(2026),
    });
    assert!(findings.is_empty(), "{}", list(&findings));
}

#[test]
fn every_malformed_file_has_the_findings_it_announces_and_no_others() {
    let mut wrong = Vec::new();
    for (name, text) in bad() {
        let (expected, without_archive) = expected(&name, &text);
        let findings = beside_good(&name, &text, !without_archive);
        let mut found: Vec<_> = findings.iter().map(|f| (f.code.to_owned(), f.line)).collect();
        found.sort();
        let is_here = |f: &Finding| f.file == name || f.code == "W-QUOTES-UNCHECKED";
        if found != expected || !findings.iter().all(is_here) {
            wrong.push(format!("{name}: expected {expected:?}, found\n{}", list(&findings)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_code_is_announced_by_some_file() {
    let mut announced: BTreeSet<String> = bad()
        .iter()
        .flat_map(|(name, text)| expected(name, text).0)
        .map(|(code, _)| code)
        .collect();
    announced.insert("E-UNREADABLE".to_owned()); // no text to announce anything: tested below
    let codes: BTreeSet<String> = CODES.iter().map(|code| (*code).to_owned()).collect();
    assert_eq!(announced, codes);
}

#[test]
fn one_bad_file_hides_no_other() {
    let files = bad();
    let archive: Archive<'_> = &archived;
    let input = Input { files: &files, archive: Some(archive), exercises: None, today: day(2026) };
    let findings = run(&input);
    // What reading alone shows is shown whatever stands beside it.
    for (name, code) in [
        ("syntax.toml", "E-SYNTAX"),
        ("unknown-key.toml", "E-KEY"),
        ("quote.toml", "E-QUOTE"),
        ("circular.toml", "E-CIRCULAR"),
        ("minima.toml", "E-MINIMA"),
    ] {
        assert!(findings.iter().any(|f| f.file == name && f.code == code), "{name} {code}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_a_finding() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lint-unreadable");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("bytes.toml"), [0xff, 0xfe, 0x00]).unwrap();
    std::fs::write(folder.join("good.toml"), text("good.toml")).unwrap();
    let request =
        Request { policies: Some(&folder), archive: None, scenarios: &[], today: day(2026) };
    let findings = lint(&request).unwrap();
    let codes: Vec<&str> = findings.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["W-QUOTES-UNCHECKED", "E-UNREADABLE"], "{}", list(&findings));
}

#[test]
fn a_name_that_leads_out_of_the_archive_is_not_followed() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lint-outside");
    std::fs::create_dir_all(&folder).unwrap();
    let outside = text("good.toml").replace("\"notice.txt\"", "\"../archive/notice.txt\"");
    std::fs::write(folder.join("good.toml"), outside).unwrap();
    let archive = format!("{FOLDER}/archive");
    let request = Request {
        policies: Some(&folder),
        archive: Some(archive.as_ref()),
        scenarios: &[],
        today: day(2026),
    };
    let codes: Vec<&str> = lint(&request).unwrap().iter().map(|f| f.code).collect();
    assert_eq!(codes, ["E-ARCHIVE"]);
}

#[test]
fn the_embedded_policies_have_no_errors_and_every_clause_and_threshold_is_touched() {
    let scenarios = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policies"));
    let request =
        Request { policies: None, archive: None, scenarios: &[scenarios], today: day(2026) };
    let findings = lint(&request).unwrap();
    let is_wrong = |f: &&Finding| f.severity == Severity::Error || f.code.ends_with("-UNTOUCHED");
    let wrong: Vec<Finding> = findings.iter().filter(is_wrong).cloned().collect();
    assert!(wrong.is_empty(), "{}", list(&wrong));
}

#[test]
fn the_transition_of_jiaxing_is_not_monotone() {
    let request = Request { policies: None, archive: None, scenarios: &[], today: day(2026) };
    let findings = lint(&request).unwrap();
    let found: Vec<&Finding> = findings.iter().filter(|f| f.code == "W-NOT-MONOTONE").collect();
    let [finding] = found.as_slice() else { panic!("{}", list(&findings)) };
    assert_eq!(finding.clause.as_deref(), Some("transition-360"));
    let witness = finding.witness.as_ref().expect("a witness");
    assert_eq!(witness.totals_before(), "150/150/89/60");
    assert_eq!(witness.totals_after(), "150/150/90/60");
    let body = serde_json::to_value(Body::from((*finding).clone())).unwrap();
    assert_eq!(body["severity"], "warning");
    assert_eq!(body["witness"]["added"]["hours"], "1");
    assert!(body["message"]["zh"].as_str().unwrap().contains("150/150/89/60"));
}

/// The keys of the linter's own sentences.
fn sentences(text: &str) -> BTreeSet<String> {
    let table: toml::Table = text.parse().unwrap();
    table["lint"].as_table().unwrap().keys().cloned().collect()
}

#[test]
fn every_finding_has_its_sentence_in_both_languages() {
    let zh = sentences(include_str!("../../config/locales/zh.toml"));
    let en = sentences(include_str!("../../config/locales/en.toml"));
    assert_eq!(zh, en);
    let mut used = BTreeSet::new();
    for (name, text) in bad() {
        let (_, without_archive) = expected(&name, &text);
        for finding in beside_good(&name, &text, !without_archive) {
            let code = finding.message.code;
            // What the reader of policies reports has its sentence there.
            if !zh.contains(code) {
                continue;
            }
            used.insert(code.to_owned());
            for lang in [Lang::Zh, Lang::En] {
                let sentence = locale::finding(lang, &finding.message);
                assert!(!sentence.contains(['?', '{']), "{name}: {sentence}");
            }
        }
    }
    // Which side of an amount no scenario stands on differs; one of the three is shown above.
    let sides = ["threshold_not_at", "threshold_not_under"].map(str::to_owned);
    let unused: Vec<_> = zh.difference(&used).filter(|key| !sides.contains(key)).collect();
    assert!(unused.is_empty(), "no file shows {unused:?}");
}

/// The hours of a witness as records, with what is added where that is asked for.
fn records(witness: &Witness, with_added: bool) -> Vec<Record> {
    let record = |year: i16, category, hours| Record {
        year: Year::new(i64::from(year)).unwrap(),
        category,
        hours,
        source: "registry".into(),
        basis: None,
        status: Status::Confirmed,
    };
    let mut records = Vec::new();
    for year in &witness.hours {
        records.push(record(year.year, Category::Professional, year.professional));
        records.push(record(year.year, Category::Industry, year.industry));
        records.push(record(year.year, Category::General, year.general));
    }
    let added = witness.added;
    records.extend(with_added.then(|| record(added.year, added.category, added.hours)));
    records
}

#[test]
fn the_judge_agrees_with_every_witness() {
    let mut count = 0;
    let embedded = policies::texts(None).unwrap();
    let alone = bad().into_iter().filter(|(name, _)| name.starts_with("not-monotone"));
    for files in alone.map(|file| vec![file]).chain([embedded]) {
        let input = Input { files: &files, archive: None, exercises: None, today: day(2026) };
        let judge = Judge::new(
            Catalog::from_texts(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
                .unwrap(),
        );
        for finding in run(&input) {
            let Some(witness) = &finding.witness else { continue };
            let policy = judge.catalog().get(finding.policy.as_ref().unwrap()).unwrap();
            let declaration = Declaration {
                jurisdiction: policy.jurisdiction,
                year: Year::new(i64::from(witness.declaring)).unwrap(),
                profile: Profile {
                    level: Level::from_name(witness.level).unwrap(),
                    series: witness.series.as_str().into(),
                    specialty: witness.specialty.as_deref().map(Into::into),
                    employer_sector: None,
                },
                facts: Facts::default(),
                excused: Vec::new(),
                reviewed: Vec::new(),
                as_of: None,
            };
            let changes: Vec<(String, String)> = witness
                .readings
                .iter()
                .map(|changed| changed.split_once('=').unwrap())
                .map(|(reading, option)| (reading.to_owned(), option.to_owned()))
                .collect();
            for (with_added, verdict) in [(false, Verdict::Met), (true, Verdict::NotMet)] {
                let records = records(witness, with_added);
                let given = judge.verdict_under(&declaration, &records, &changes).unwrap();
                assert_eq!(given, Some(verdict), "{}", shown(&finding));
            }
            count += 1;
        }
    }
    assert_eq!(count, 4);
}

#[test]
fn a_file_with_any_line_missing_is_linted_without_failing() {
    for (name, text) in bad().iter().filter(|(name, _)| name.contains("reading")) {
        let lines: Vec<&str> = text.lines().collect();
        for missing in 0..lines.len() {
            let rest = [&lines[..missing], &lines[missing + 1..]].concat().join("\n");
            let findings = beside_good(name, &rest, true);
            assert!(findings.iter().all(|finding| CODES.contains(&finding.code)), "{name}");
        }
    }
}
