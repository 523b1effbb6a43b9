//! Lints policies: the ones in the binary, or those of a folder; against an archive of the documents
//! that they quote, and against scenarios, where these are given.

use std::path::{Component, Path};

use chrono::NaiveDate;
use serde::Serialize;

use crate::app::policies;
use crate::app::policies::scenario;
use crate::domain::fields::Problems;
use crate::domain::policy::lint::{self, Archive, Exercise, Finding, Input, Severity, Witness};
use crate::locale::{self, Bilingual, Lang};

/// What to lint, and against what.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// A folder of policy files; `None` = the embedded ones.
    pub policies: Option<&'r Path>,
    /// A folder with the texts of the archived documents.
    pub archive: Option<&'r Path>,
    /// Folders of scenario files; none = coverage is not asked for.
    pub scenarios: &'r [&'r Path],
    /// The day from which `checked_on` is counted back.
    pub today: NaiveDate,
}

/// A finding with its sentences, as it is given to programs.
#[derive(Clone, Debug, Serialize)]
pub struct Body {
    /// Error or warning.
    pub severity: Severity,
    /// Stable code.
    pub code: &'static str,
    /// The file; empty where the finding is about all of them.
    pub file: String,
    /// The line, from 1; 0 where there is none.
    pub line: u32,
    /// The policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The clause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// What was found.
    pub message: Bilingual,
    /// Two persons that show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
}

impl From<Finding> for Body {
    fn from(finding: Finding) -> Body {
        let sentence = |lang| locale::finding(lang, &finding.message);
        Body {
            severity: finding.severity,
            code: finding.code,
            message: Bilingual { zh: sentence(Lang::Zh), en: sentence(Lang::En) },
            file: finding.file,
            line: finding.line,
            policy: finding.policy,
            clause: finding.clause,
            witness: finding.witness,
        }
    }
}

/// Every finding, sorted by file and line. Files that cannot be read are findings too; only a
/// folder that cannot be listed is a problem.
pub fn lint(request: &Request<'_>) -> Result<Vec<Finding>, Problems> {
    let mut findings = Vec::new();
    let files = match request.policies {
        Some(folder) => readable(folder, &mut findings)?,
        None => policies::texts(None)?,
    };
    let mut exercises = Vec::new();
    for folder in request.scenarios {
        for (file, text) in readable(folder, &mut findings)? {
            match scenario::read(&file, &text) {
                Ok(scenarios) => exercises.extend(scenarios.into_iter().map(exercise)),
                Err(problems) => findings.extend(lint::of_problems(&problems)),
            }
        }
    }
    let lookup = |name: &str| archived(request.archive?, name);
    let archive: Archive<'_> = &lookup;
    findings.extend(lint::run(&Input {
        files: &files,
        archive: request.archive.map(|_| archive),
        exercises: (!request.scenarios.is_empty()).then_some(exercises.as_slice()),
        today: request.today,
    }));
    Ok(lint::sorted(findings))
}

/// The clauses and thresholds of policies that no scenario touches.
pub fn untouched(
    folder: Option<&Path>,
    scenarios: Vec<scenario::Scenario>,
) -> Result<Vec<Body>, Problems> {
    let files = policies::texts(folder)?;
    let exercises: Vec<Exercise> = scenarios.into_iter().map(exercise).collect();
    // The day matters to no finding about coverage.
    let input =
        Input { files: &files, archive: None, exercises: Some(&exercises), today: NaiveDate::MIN };
    let untouched = lint::sorted(lint::run(&input))
        .into_iter()
        .filter(|finding| finding.code.ends_with("-UNTOUCHED"));
    Ok(untouched.map(Body::from).collect())
}

/// A finding as one line.
pub fn line(lang: Lang, body: &Body) -> String {
    let sentence = match lang {
        Lang::Zh => &body.message.zh,
        Lang::En => &body.message.en,
    };
    let place = match (body.file.as_str(), body.line) {
        ("", _) => String::new(),
        (file, 0) => format!("{file}: "),
        (file, line) => format!("{file}:{line}: "),
    };
    let clause = body.clause.as_ref().map(|clause| format!("{clause}: ")).unwrap_or_default();
    format!("{place}{clause}{sentence} [{}]", body.code)
}

/// The files of a folder that can be read; the others become findings.
fn readable(folder: &Path, findings: &mut Vec<Finding>) -> Result<policies::Texts, Problems> {
    let mut files = Vec::new();
    for path in policies::toml_paths(folder)? {
        match policies::read(&path) {
            Ok(file) => files.push(file),
            Err(problems) => findings.extend(lint::of_problems(&problems)),
        }
    }
    Ok(files)
}

fn exercise(scenario: scenario::Scenario) -> Exercise {
    let readings = scenario.expect.readings.into_iter();
    Exercise {
        declaration: scenario.declaration,
        records: scenario.records,
        readings: readings.map(|(reading, option, _)| (reading, option)).collect(),
    }
}

/// The text of an archived document. Its name is a name, never a path out of the archive.
fn archived(folder: &Path, name: &str) -> Option<String> {
    let mut parts = Path::new(name).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(part)), None) => std::fs::read_to_string(folder.join(part)).ok(),
        _ => None,
    }
}
