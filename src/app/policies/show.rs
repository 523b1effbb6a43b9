//! What one policy says: its documents, every clause that it states or inherits, its readings.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::policies::list::Span;
use crate::app::presentation::sentence;
use crate::domain::policy::notice::catalog::Catalog;
use crate::domain::policy::notice::model::{
    Clause, DocumentStatus, Matching, Policy, Reading, Reference,
};
use crate::locale::{Bilingual, Lang};

/// A policy for a person to read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Shown {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// GB/T 2260.
    pub jurisdiction: String,
    /// The policies whose clauses it inherits, nearest first.
    pub ancestors: Vec<Ancestor>,
    /// The declarations it answers for.
    pub declaring_years: Option<Span>,
    /// When the instrument is in force, as dates.
    pub in_force: Option<Span>,
    /// The documents of the policy and its ancestors.
    pub documents: Vec<Paper>,
    /// Own clauses first, then inherited ones.
    pub clauses: Vec<ShownClause>,
    /// The places that can be read in two ways.
    pub readings: Vec<ShownReading>,
    /// Slots that a higher authority may fill.
    pub open: Vec<ShownSlot>,
}

/// A policy whose clauses are inherited.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Ancestor {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Paper {
    /// Its name in citations.
    pub id: String,
    /// The policy that quotes it.
    pub policy: String,
    /// 文号.
    pub number: String,
    /// Title.
    pub title: String,
    /// 发文机关.
    pub issuer: Option<String>,
    /// Date of issue.
    pub issued: Option<String>,
    /// The instruments it rests on.
    pub basis: Vec<String>,
    /// Whether the text was read.
    pub status: &'static str,
}

/// A clause.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShownClause {
    /// Its id; `policy#id` where it is inherited.
    pub id: String,
    /// Its kind.
    pub kind: &'static str,
    /// The ancestor that states it.
    pub inherited_from: Option<String>,
    /// Whether it is in force: `in_force`, `off`, `replaced` or `yields`.
    pub state: &'static str,
    /// The clauses that replace it, or before which it gives way; the readings that turn it on.
    pub by: Vec<String>,
    /// What it says.
    pub sentence: Bilingual,
    /// The inherited clauses that it replaces.
    pub overrides: Vec<String>,
    /// Clauses or slots before which it gives way.
    pub yields_to: Vec<String>,
    /// 文号, or the title where there is none.
    pub document: String,
    /// Whether the text of the document was read.
    pub status: &'static str,
    /// Section.
    pub section: String,
    /// The sentence of the notice.
    pub quote: String,
    /// Clauses it was inferred from.
    pub inferred_from: Vec<String>,
    /// Whom it concerns.
    #[serde(skip)]
    pub applies: Matching,
}

/// A reading.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShownReading {
    /// Its id.
    pub id: String,
    /// The policy whose file records it.
    pub policy: String,
    /// The clause.
    pub clause: String,
    /// The question.
    pub question: String,
    /// The option chosen.
    pub chosen: String,
    /// Why.
    pub because: String,
    /// `open` or `settled`.
    pub state: &'static str,
    /// Each option, and what it changes.
    pub options: Vec<ShownOption>,
}

/// An option of a reading.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShownOption {
    /// Its name.
    pub name: String,
    /// The fields it changes, as a file writes them.
    pub set: Vec<String>,
}

/// A slot that a higher authority may fill.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShownSlot {
    /// `policy#id`.
    pub id: String,
    /// The kind of clause that would fill it.
    pub kind: String,
}

/// Shows a policy; `concerns` says which clauses to keep.
pub fn show(catalog: &Catalog, policy: &Policy, concerns: impl Fn(&Matching) -> bool) -> Shown {
    let ancestry = catalog.ancestry(policy);
    let all = clauses(policy, &ancestry);
    let readings =
        ancestry.iter().flat_map(|owner| owner.readings.iter().map(|r| reading(owner, r)));
    let slots = ancestry.iter().flat_map(|owner| {
        owner.opens.iter().map(|open| ShownSlot {
            id: format!("{}#{}", owner.id, open.id),
            kind: open.kind.clone(),
        })
    });
    let ancestor = |p: &&Policy| Ancestor { id: p.id.clone(), name: p.name.clone() };
    Shown {
        id: policy.id.clone(),
        name: policy.name.clone(),
        jurisdiction: policy.jurisdiction.to_string(),
        ancestors: ancestry.iter().skip(1).map(ancestor).collect(),
        declaring_years: policy.declaring_years.map(Span::of_years),
        in_force: Span::in_force(policy),
        documents: ancestry.iter().flat_map(|owner| papers(owner)).collect(),
        clauses: all.into_iter().filter(|clause| concerns(&clause.applies)).collect(),
        readings: readings.collect(),
        open: slots.collect(),
    }
}

fn papers(owner: &Policy) -> Vec<Paper> {
    let paper = |document: &crate::domain::policy::notice::model::Document| Paper {
        id: document.id.clone(),
        policy: owner.id.clone(),
        number: document.number.clone(),
        title: document.title.clone(),
        issuer: document.issuer.clone(),
        issued: document.issued.map(|date| date.to_string()),
        basis: document.basis.clone(),
        status: document.status.name(),
    };
    owner.documents.iter().map(paper).collect()
}

fn clauses(policy: &Policy, ancestry: &[&Policy]) -> Vec<ShownClause> {
    let everything: Vec<(&Policy, &Clause)> = ancestry
        .iter()
        .flat_map(|owner| owner.clauses.iter().map(move |source| (*owner, &source.clause)))
        .collect();
    everything
        .iter()
        .map(|(owner, clause)| shown(policy, owner, clause, &everything, ancestry))
        .collect()
}

fn shown(
    policy: &Policy,
    owner: &Policy,
    clause: &Clause,
    everything: &[(&Policy, &Clause)],
    ancestry: &[&Policy],
) -> ShownClause {
    let inherited = owner.id != policy.id;
    let full = format!("{}#{}", owner.id, clause.id);
    let (state, by) = state(owner, clause, &full, everything, ancestry);
    let document = owner.documents.iter().find(|document| document.id == clause.cite.doc);
    let number = document.map_or(String::new(), |d| {
        if d.number.is_empty() { format!("《{}》", d.title) } else { d.number.clone() }
    });
    let names = |all: &[Reference]| all.iter().map(|r| r.name.clone()).collect::<Vec<_>>();
    ShownClause {
        id: if inherited { full } else { clause.id.clone() },
        kind: clause.kind.name(),
        inherited_from: inherited.then(|| owner.id.clone()),
        state,
        by,
        sentence: Bilingual {
            zh: sentence::of(Lang::Zh, clause),
            en: sentence::of(Lang::En, clause),
        },
        overrides: names(&clause.overrides),
        yields_to: names(&clause.yields_to),
        document: number,
        status: document.map_or(DocumentStatus::Missing, |d| d.status).name(),
        section: clause.cite.section.clone(),
        quote: clause.cite.quote.clone(),
        inferred_from: names(&clause.cite.inferred_from),
        applies: clause.applies.clone(),
    }
}

/// Whether a clause is in force as the file stands, and what decides it.
fn state(
    owner: &Policy,
    clause: &Clause,
    full: &str,
    everything: &[(&Policy, &Clause)],
    ancestry: &[&Policy],
) -> (&'static str, Vec<String>) {
    let name = |(owner, clause): &(&Policy, &Clause)| format!("{}#{}", owner.id, clause.id);
    if clause.off {
        return ("off", turned_on(owner, clause, ancestry));
    }
    let in_force = everything.iter().filter(|(_, other)| !other.off);
    let replacing = in_force.clone().filter(|(_, c)| c.overrides.iter().any(|r| r.name == full));
    let replacing: Vec<String> = replacing.map(name).collect();
    if !replacing.is_empty() {
        return ("replaced", replacing);
    }
    let before: Vec<String> =
        in_force.map(name).filter(|n| clause.yields_to.iter().any(|r| r.name == *n)).collect();
    if before.is_empty() { ("in_force", Vec::new()) } else { ("yields", before) }
}

/// The readings that turn a clause on, each `reading=option`.
fn turned_on(owner: &Policy, clause: &Clause, ancestry: &[&Policy]) -> Vec<String> {
    let mut found = Vec::new();
    for from in ancestry {
        for reading in &from.readings {
            for option in &reading.options {
                let sets = option.set.iter().any(|change| {
                    change.field == "off"
                        && change.clause == clause.id
                        && *change.policy.as_ref().unwrap_or(&from.id) == owner.id
                });
                if sets {
                    found.push(format!("{}={}", reading.id, option.name));
                }
            }
        }
    }
    found
}

fn reading(owner: &Policy, reading: &Reading) -> ShownReading {
    let option = |option: &crate::domain::policy::notice::model::ReadingOption| ShownOption {
        name: option.name.clone(),
        set: option.set.iter().map(crate::domain::policy::notice::model::Change::written).collect(),
    };
    ShownReading {
        id: reading.id.clone(),
        policy: owner.id.clone(),
        clause: reading.clause.name.clone(),
        question: reading.question.clone(),
        chosen: reading.chosen.clone(),
        because: reading.because.clone(),
        state: if reading.open { "open" } else { "settled" },
        options: reading.options.iter().map(option).collect(),
    }
}
