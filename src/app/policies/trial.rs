//! Runs scenario files against the policies: which hold, which do not, and how many each policy has.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::app::policies::Texts;
use crate::app::policies::lint;
use crate::app::policies::scenario::{self, Scenario};
use crate::app::presentation::grid::{self, Align};
use crate::domain::fields::Problems;
use crate::domain::policy::judge::Judge;
use crate::locale::{Lang, text};

/// What became of the scenarios.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// How many files.
    pub files: usize,
    /// How many scenarios.
    pub scenarios: usize,
    /// How many of them do not hold.
    pub failed: usize,
    /// What does not hold, in the order of the files.
    pub failures: Vec<Failure>,
    /// Every policy that answers for declarations, and its scenarios.
    pub policies: Vec<OfPolicy>,
    /// Scenarios that no policy answers.
    pub unanswered: usize,
    /// Clauses and thresholds that no scenario touches.
    pub untouched: Vec<lint::Body>,
}

/// A field of an answer that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The scenario.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The file.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The field of the answer.
    pub field: String,
    /// As the scenario says.
    pub expected: String,
    /// As the judge says.
    pub got: String,
}

/// The scenarios of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfPolicy {
    /// The policy.
    pub policy: String,
    /// How many scenarios it answers.
    pub scenarios: usize,
    /// How many of them do not hold.
    pub failed: usize,
}

/// Reads scenario files; all problems of all files come back together.
pub fn read(texts: &Texts) -> Result<Vec<Scenario>, Problems> {
    let (mut scenarios, mut problems) = (Vec::new(), Vec::new());
    for (file, text) in texts {
        match scenario::read(file, text) {
            Ok(read) => scenarios.extend(read),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(scenarios) } else { Err(problems) }
}

/// Runs scenarios.
pub fn run(judge: &Judge, files: usize, scenarios: &[Scenario]) -> Result<Report, Problems> {
    let mut report = Report { files, scenarios: scenarios.len(), ..Report::default() };
    let answering = judge.catalog().policies().iter().filter(|p| p.declaring_years.is_some());
    let mut by_policy: BTreeMap<&str, (usize, usize)> =
        answering.map(|policy| (policy.id.as_str(), (0, 0))).collect();
    for scenario in scenarios {
        let found = scenario::differences(judge, scenario)?;
        let failed = usize::from(!found.is_empty());
        report.failed += failed;
        let declaration = &scenario.declaration;
        match judge.catalog().select(declaration.jurisdiction, declaration.year) {
            Some(selected) => {
                let counts = by_policy.entry(selected.policy.id.as_str()).or_default();
                counts.0 += 1;
                counts.1 += failed;
            }
            None => report.unanswered += 1,
        }
        report.failures.extend(found.into_iter().map(|[field, expected, got]| Failure {
            scenario: scenario.id.clone(),
            title: scenario.title.clone(),
            file: scenario.file.clone(),
            line: scenario.line,
            field,
            expected,
            got,
        }));
    }
    report.policies = by_policy
        .into_iter()
        .map(|(policy, (scenarios, failed))| OfPolicy {
            policy: policy.to_owned(),
            scenarios,
            failed,
        })
        .collect();
    Ok(report)
}

/// The report as lines for a person.
pub fn lines(lang: Lang, report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    let mut last = "";
    for failure in &report.failures {
        if failure.scenario != last {
            let Failure { file, line, scenario, title, .. } = failure;
            lines.push(format!("{file}:{line}: {scenario}  {title}"));
            last = &failure.scenario;
        }
        let args = [("expected", failure.expected.as_str()), ("got", &failure.got)];
        lines.push(format!("    {}: {}", failure.field, text(lang, "test.differs", &args)));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    let heads = ["policy", "scenarios", "failed"];
    let mut rows = vec![heads.map(|head| text(lang, &format!("test.{head}"), &[])).to_vec()];
    for of in &report.policies {
        rows.push(vec![of.policy.clone(), of.scenarios.to_string(), of.failed.to_string()]);
    }
    if report.unanswered > 0 {
        let name = text(lang, "test.unanswered", &[]);
        rows.push(vec![name, report.unanswered.to_string(), String::new()]);
    }
    lines.extend(grid::lines(&rows, &[Align::Left, Align::Right, Align::Right]));
    lines.push(String::new());
    if report.untouched.is_empty() {
        lines.push(text(lang, "test.all_touched", &[]));
    } else {
        lines.push(text(lang, "test.untouched", &[]));
        lines.extend(report.untouched.iter().map(|body| format!("  {}", lint::line(lang, body))));
    }
    let args = [
        ("files", report.files.to_string()),
        ("scenarios", report.scenarios.to_string()),
        ("failed", report.failed.to_string()),
    ];
    let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
    let key = if report.failed == 0 { "test.all_hold" } else { "test.some_fail" };
    lines.push(text(lang, key, &args));
    lines
}
