//! Lints policies: the ones in the binary, or those of a folder; against an archive of the documents
//! that they quote, and against scenarios, where these are given.

use std::path::{Component, Path};

use chrono::NaiveDate;

use super::{policies, scenario};
use crate::domain::fields::Problems;
use crate::domain::policy::lint::{self, Exercise, Finding, Input};

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
    let archive: &dyn Fn(&str) -> Option<String> = &lookup;
    findings.extend(lint::run(&Input {
        files: &files,
        archive: request.archive.map(|_| archive),
        exercises: (!request.scenarios.is_empty()).then_some(exercises.as_slice()),
        today: request.today,
    }));
    Ok(lint::sorted(findings))
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
        (Some(Component::Normal(part)), None) => {
            std::fs::read_to_string(folder.join(part)).ok()
        }
        _ => None,
    }
}
