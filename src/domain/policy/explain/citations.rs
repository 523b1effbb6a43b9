//! The clauses in force, prepared for citing: names and sentences are shared, not copied.

use std::sync::Arc;

use serde::Serialize;

use crate::domain::policy::notice::ancestry::InForce;
use crate::domain::year::{Frame, YearSet};

/// A clause in force.
#[derive(Clone, Debug)]
pub struct CitedClause {
    /// Its id inside its policy.
    pub id: Box<str>,
    /// `policy#clause`.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: &'static str,
    /// The credit years it speaks of.
    pub years: YearSet,
    /// The sentence it rests on.
    pub citation: Option<Arc<Citation>>,
}

/// The sentence of a clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Citation {
    /// 文号; empty where the copy carries none.
    pub number: String,
    /// Title.
    pub title: String,
    /// Whether the text is archived.
    pub status: &'static str,
    /// Section.
    pub section: String,
    /// The sentence.
    pub quote: String,
    /// Clauses it was inferred from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inferred_from: Vec<String>,
}

impl CitedClause {
    /// Prepares the clauses in force.
    pub fn all(clauses: &[InForce<'_>], frame: Frame) -> Vec<CitedClause> {
        clauses.iter().map(|c| CitedClause::of(c, frame)).collect()
    }

    fn of(c: &InForce<'_>, frame: Frame) -> CitedClause {
        let (owner, clause) = (c.owner, &c.clause);
        let document = owner.documents.iter().find(|document| document.id == clause.cite.doc);
        let citation = document.map(|document| {
            Arc::new(Citation {
                number: document.number.clone(),
                title: document.title.clone(),
                status: document.status.name(),
                section: clause.cite.section.clone(),
                quote: clause.cite.quote.clone(),
                inferred_from: clause.cite.inferred_from.iter().map(|r| r.name.clone()).collect(),
            })
        });
        CitedClause {
            id: clause.id.as_str().into(),
            name: format!("{}#{}", owner.id, clause.id).into(),
            kind: clause.kind.name(),
            years: frame.of(clause.years),
            citation,
        }
    }
}
