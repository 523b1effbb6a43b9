//! The linter: what is wrong with policy files, what is doubtful, and what no scenario touches.
//!
//! `files` turns problems of reading into findings and joins what can be joined; `lookalike`,
//! `documents` and `standards` look at one file; `small_model` and `persons` are the few
//! declarations and people that clauses can tell apart, over which `slots`, `readings`,
//! `deciding` and `monotone` compare plans and verdicts; `coverage` runs the scenarios.
//! Only thresholds matter, so a few hundred points decide each question: no solver is needed.
//!
//! It calls the notice, the plan and the evaluation; `policy lint` calls it.

mod coverage;
mod deciding;
mod documents;
mod files;
mod lookalike;
mod monotone;
mod persons;
mod readings;
mod slots;
mod small_model;
mod standards;

use chrono::NaiveDate;
use serde::Serialize;

use crate::domain::answer::Verdict;
use crate::domain::category::Category;
use crate::domain::declaration::Declaration;
use crate::domain::fields::Problems;
use crate::domain::hours::Hours;
use crate::domain::message::Message;
use crate::domain::policy::notice::model::Policy;
use crate::domain::record::Record;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The files do not say one thing, or say it without proof.
    Error,
    /// Somebody should look.
    Warning,
}

/// Every code of a finding, stable: `E-…` are errors, `W-…` warnings.
pub const CODES: &[&str] = &[
    "E-ARCHIVE",
    "E-CHANGE",
    "E-CIRCULAR",
    "E-CITE",
    "E-DANGLING",
    "E-DUPLICATE",
    "E-FIELD",
    "E-FLOAT",
    "E-KEY",
    "E-KIND",
    "E-MINIMA",
    "E-QUOTE",
    "E-READING-IDLE",
    "E-READINGS",
    "E-SETS",
    "E-SHADOWED",
    "E-SLOT",
    "E-SPLIT",
    "E-STANDARDS",
    "E-SYNTAX",
    "E-TWO-FILES",
    "E-TYPE",
    "E-UNREADABLE",
    "E-VALUE",
    "E-YEARS-IDLE",
    "W-CLAUSE-UNTOUCHED",
    "W-GAP",
    "W-INFERRED",
    "W-LOOKALIKE",
    "W-NEVER-DECIDES",
    "W-NOT-MONOTONE",
    "W-QUOTES-UNCHECKED",
    "W-STALE",
    "W-SUPPORT",
    "W-THRESHOLD-UNTOUCHED",
    "W-UNREACHABLE",
];

/// One thing that the linter found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Error or warning.
    pub severity: Severity,
    /// Stable code, one of [`CODES`].
    pub code: &'static str,
    /// The file; empty where the finding is about all of them.
    pub file: String,
    /// The line, from 1; 0 where there is none.
    pub line: u32,
    /// The id of the policy, where it could be read.
    pub policy: Option<String>,
    /// The id of the clause, where the finding is about one.
    pub clause: Option<String>,
    /// What was found: its sentence is under `lint` in the locales, or under `message` where the
    /// reader of policies found it.
    pub message: Message,
    /// Two persons that show it.
    pub witness: Option<Witness>,
}

impl Finding {
    fn new(code: &'static str, file: &str, line: u32, message: Message) -> Finding {
        let severity = if code.starts_with('E') { Severity::Error } else { Severity::Warning };
        Finding {
            severity,
            code,
            file: file.to_owned(),
            line,
            policy: None,
            clause: None,
            message,
            witness: None,
        }
    }

    fn of(code: &'static str, policy: &Policy, line: u32, message: Message) -> Finding {
        Finding {
            policy: Some(policy.id.clone()),
            ..Finding::new(code, &policy.file, line, message)
        }
    }

    fn clause(mut self, clause: &str) -> Finding {
        self.clause = Some(clause.to_owned());
        self
    }
}

/// A person who meets the requirements, and hours that, added, undo it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// The declaring year.
    pub declaring: i16,
    /// The level declared for.
    pub level: &'static str,
    /// The series.
    pub series: String,
    /// The specialty, if a clause names it.
    pub specialty: Option<String>,
    /// The readings changed, each `reading=option`; none for the chosen ones.
    pub readings: Vec<String>,
    /// The hours before: professional, industry, general of each year.
    pub hours: Vec<YearHours>,
    /// What is added.
    pub added: Added,
    /// The verdict before.
    pub before: Verdict,
    /// The verdict after.
    pub after: Verdict,
}

/// The hours of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct YearHours {
    /// The year.
    pub year: i16,
    /// Professional.
    pub professional: Hours,
    /// Industry.
    pub industry: Hours,
    /// General.
    pub general: Hours,
}

impl YearHours {
    /// All of them.
    pub fn total(&self) -> Hours {
        self.professional + self.industry + self.general
    }
}

/// Hours added to a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Added {
    /// The year.
    pub year: i16,
    /// The category.
    pub category: Category,
    /// How many.
    pub hours: Hours,
}

impl Witness {
    /// The totals of the years before, such as `150/150/89/60`.
    pub fn totals_before(&self) -> String {
        self.totals(|_| Hours::ZERO)
    }

    /// The totals of the years after, such as `150/150/90/60`.
    pub fn totals_after(&self) -> String {
        self.totals(|year| if year == self.added.year { self.added.hours } else { Hours::ZERO })
    }

    fn totals(&self, more: impl Fn(i16) -> Hours) -> String {
        let totals = self.hours.iter().map(|h| (h.total() + more(h.year)).to_string());
        totals.collect::<Vec<_>>().join("/")
    }
}

/// A scenario, as far as the linter needs it: who asks, and with which readings.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// The declaration.
    pub declaration: Declaration,
    /// The records.
    pub records: Vec<Record>,
    /// Readings with which its verdict is asked for too: reading, option.
    pub readings: Vec<(String, String)>,
}

/// Gives the text of an archived document by its file name.
pub type Archive<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What the linter reads.
#[derive(Clone, Copy)]
pub struct Input<'i> {
    /// Policy files: name and text.
    pub files: &'i [(String, String)],
    /// The archive; `None` = there is none at hand.
    pub archive: Option<Archive<'i>>,
    /// Scenarios; `None` = coverage is not asked for.
    pub exercises: Option<&'i [Exercise]>,
    /// The day from which `checked_on` is counted back.
    pub today: NaiveDate,
}

/// Every finding, sorted by file and line.
pub fn run(input: &Input<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let sources = files::read(input.files, &mut findings);
    for source in &sources {
        lookalike::check(source, &mut findings);
    }
    let policies: Vec<&Policy> = sources.iter().filter_map(|s| s.policy.as_ref()).collect();
    for policy in &policies {
        documents::check(policy, &policies, input, &mut findings);
        standards::check(policy, &mut findings);
    }
    if input.archive.is_none() {
        documents::note_unchecked(&policies, &mut findings);
    }
    let catalog = files::join(&sources, &mut findings);
    let places = small_model::places(&catalog, input.today);
    slots::check(&places, &mut findings);
    readings::check(&places, &mut findings);
    let reached = deciding::check(&places, &mut findings);
    monotone::check(&places, &mut findings);
    if let Some(exercises) = input.exercises {
        coverage::check(&catalog, &reached, exercises, &mut findings);
    }
    sorted(findings)
}

/// Findings from problems of any file, such as one of scenarios.
pub fn of_problems(problems: &Problems) -> Vec<Finding> {
    problems.iter().map(files::finding).collect()
}

/// Sorted by file and line, each once.
pub fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    let order = |f: &Finding| (f.file.clone(), f.line, f.severity, f.code, f.clause.clone());
    findings.sort_by_cached_key(order);
    findings.dedup();
    findings
}
