//! Which policies there are.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::presentation::grid::{self, Align};
use crate::domain::policy::notice::catalog::Catalog;
use crate::domain::policy::notice::model::{DocumentStatus, Policy};
use crate::domain::year::{Year, YearRange};
use crate::locale::{Lang, text};

/// A policy in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// GB/T 2260.
    pub jurisdiction: String,
    /// The policy whose clauses it inherits.
    pub extends: Option<String>,
    /// The declarations it answers for; without them it only serves as an ancestor.
    pub declaring_years: Option<Span>,
    /// When the instrument is in force, as dates.
    pub in_force: Option<Span>,
    /// Clauses of its own.
    pub clauses: usize,
    /// Readings that are open and settled.
    pub readings: Readings,
    /// The documents, and whether their text was read.
    pub documents: Vec<Paper>,
}

/// From one year or date to another; either may be missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Span {
    /// First.
    pub from: Option<String>,
    /// Last.
    pub to: Option<String>,
}

/// How many readings.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Readings {
    /// Still disputed.
    pub open: usize,
    /// Decided.
    pub settled: usize,
}

/// A document in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ListedPaper)]
pub struct Paper {
    /// Its name in citations.
    pub id: String,
    /// 文号.
    pub number: String,
    /// Whether the text was read.
    pub status: &'static str,
}

impl Span {
    /// Of years.
    pub fn of_years(years: YearRange) -> Span {
        let text = |year: Option<Year>| year.map(|year| year.to_string());
        Span { from: text(years.from), to: text(years.to) }
    }

    /// Of the dates of a policy.
    pub fn in_force(policy: &Policy) -> Option<Span> {
        policy.in_force.map(|(from, to)| Span {
            from: Some(from.to_string()),
            to: to.map(|to| to.to_string()),
        })
    }

    /// `2021`, `2016–2019`, `2016–`.
    pub fn words(&self) -> String {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) if from == to => from.clone(),
            (from, to) => format!(
                "{}–{}",
                from.as_deref().unwrap_or_default(),
                to.as_deref().unwrap_or_default()
            ),
        }
    }
}

/// Every policy, by id.
pub fn entries(catalog: &Catalog) -> Vec<Entry> {
    catalog.policies().iter().map(entry).collect()
}

fn entry(policy: &Policy) -> Entry {
    let open = policy.readings.iter().filter(|reading| reading.open).count();
    Entry {
        id: policy.id.clone(),
        name: policy.name.clone(),
        jurisdiction: policy.jurisdiction.to_string(),
        extends: policy.extends.as_ref().map(|reference| reference.name.clone()),
        declaring_years: policy.declaring_years.map(Span::of_years),
        in_force: Span::in_force(policy),
        clauses: policy.clauses.len(),
        readings: Readings { open, settled: policy.readings.len() - open },
        documents: policy
            .documents
            .iter()
            .map(|document| Paper {
                id: document.id.clone(),
                number: document.number.clone(),
                status: document.status.name(),
            })
            .collect(),
    }
}

/// The list as a table for a person.
pub fn lines(lang: Lang, entries: &[Entry]) -> Vec<String> {
    let heads = ["id", "name", "jurisdiction", "years", "in_force", "clauses", "readings", "texts"];
    let mut rows = vec![heads.map(|head| text(lang, &format!("list.{head}"), &[])).to_vec()];
    let span = |span: &Option<Span>| span.as_ref().map_or("—".to_owned(), Span::words);
    for entry in entries {
        let (open, settled) = (entry.readings.open.to_string(), entry.readings.settled.to_string());
        rows.push(vec![
            entry.id.clone(),
            entry.name.clone(),
            entry.jurisdiction.clone(),
            span(&entry.declaring_years),
            span(&entry.in_force),
            entry.clauses.to_string(),
            text(lang, "list.open_settled", &[("open", &open), ("settled", &settled)]),
            papers(lang, entry),
        ]);
    }
    let mut align = [Align::Left; 8];
    align[5] = Align::Right;
    grid::lines(&rows, &align)
}

fn papers(lang: Lang, entry: &Entry) -> String {
    let all = [DocumentStatus::Archived, DocumentStatus::Unverified, DocumentStatus::Missing];
    let of = |status: DocumentStatus| {
        let count = entry.documents.iter().filter(|paper| paper.status == status.name()).count();
        let word = text(lang, &format!("document.{}", status.name()), &[]);
        match count {
            0 => None,
            1 => Some(word),
            more => Some(format!("{word} ×{more}")),
        }
    };
    let words: Vec<String> = all.into_iter().filter_map(of).collect();
    if words.is_empty() { "—".to_owned() } else { words.join(&text(lang, "word.comma", &[])) }
}
