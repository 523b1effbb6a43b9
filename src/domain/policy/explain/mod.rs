//! The proof of a verdict: a deterministic tree of clauses, years, amounts and records, each with
//! the sentence it rests on. It holds no language; `crate::app::wording` puts it into words.

mod explainer;

use std::sync::Arc;

use serde::Serialize;

use super::cited::Citation;
use super::evaluate::Bounds;
use crate::domain::answer::{Amount, Verdict};
use crate::domain::category::{Category, CategorySet};
use crate::domain::hours::Hours;

pub use explainer::Explainer;

/// Whether a step holds over all settlements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In every settlement.
    Holds,
    /// In none.
    Fails,
    /// In some.
    Open,
}

impl From<Bounds> for State {
    fn from(bounds: Bounds) -> State {
        match bounds.verdict() {
            Verdict::Met => State::Holds,
            Verdict::NotMet => State::Fails,
            _ => State::Open,
        }
    }
}

/// One step of the proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What it is: `policy`, a clause's kind, `either`, `guard`, `year`, `amount`.
    pub kind: &'static str,
    /// `policy#clause`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<Arc<str>>,
    /// The year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i16>,
    /// Whether it holds.
    pub state: State,
    /// For a year: on what ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ground: Option<Ground>,
    /// For an amount: of which categories; absent = all.
    #[serde(skip_serializing_if = "<[Category]>::is_empty")]
    pub of: &'static [Category],
    /// What there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub have: Option<Amount>,
    /// What there is if every open record is recognised, where that is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Amount>,
    /// What is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need: Option<Amount>,
    /// The sentence it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cite: Option<Arc<Citation>>,
    /// Its parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Step>,
}

/// On what ground a year stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Its records.
    Records,
    /// A clause deems it compliant 视同合格.
    Deemed,
    /// A reviewer excused it.
    Excused,
    /// A legacy year without reviewed proof.
    Unproven,
    /// No standard is on file for it.
    NoStandard,
}

/// The hours of one year, and what became of each record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The year.
    pub year: i16,
    /// Whether some requirement reads the year.
    pub read: bool,
    /// Confirmed hours that count, by category.
    pub counted: ByCategory,
    /// Pending hours that may come to count.
    #[serde(skip_serializing_if = "ByCategory::is_zero")]
    pub pending: ByCategory,
    /// What became of each record, in the order given.
    pub records: Vec<Use>,
}

/// Hours by category; unsplit public hours stand by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ByCategory {
    /// 专业科目.
    pub professional: Hours,
    /// 行业公需.
    pub industry: Hours,
    /// 一般公需.
    pub general: Hours,
    /// 公需, unsplit.
    pub public: Hours,
}

impl ByCategory {
    fn add(&mut self, category: Category, hours: Hours) {
        match category {
            Category::Professional => self.professional += hours,
            Category::Industry => self.industry += hours,
            Category::General => self.general += hours,
            Category::Public => self.public += hours,
        }
    }

    fn is_zero(&self) -> bool {
        *self == ByCategory::default()
    }
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Use {
    /// Its place among the records given, from 0.
    pub record: usize,
    /// The category.
    pub category: Category,
    /// How much.
    pub hours: Hours,
    /// Whoever vouches for it.
    pub source: Box<str>,
    /// `counted`, `pending`, `not_admitted`, `rejected`, `revoked`, `outside`.
    pub fate: &'static str,
    /// The clause that does not admit it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<Box<str>>,
}

impl Step {
    /// The steps that decide: what fails of a whole that fails, what is open of one that is open,
    /// and of alternatives the one that holds.
    #[must_use]
    pub fn deciding(&self) -> Step {
        let mut own = Step { parts: Vec::new(), ..self.clone() };
        let any = self.kind == "either";
        let wanted = |part: &&Step| part.kind == "gate" || part.state == self.state;
        let mut parts: Vec<Step> = match (any, self.state) {
            (true, State::Holds) => {
                self.parts.iter().filter(wanted).take(1).map(Step::deciding).collect()
            }
            _ => self.parts.iter().filter(wanted).map(Step::deciding).collect(),
        };
        // A guard that is closed decides by the years that are complete.
        if self.kind == "guard" && parts.is_empty() {
            parts = self.parts.clone();
        }
        if self.kind == "year" && self.state == State::Holds {
            parts.clear();
        }
        own.parts = parts;
        own
    }
}

fn step(kind: &'static str, state: State) -> Step {
    Step {
        kind,
        clause: None,
        year: None,
        state,
        ground: None,
        of: &[],
        have: None,
        at_most: None,
        need: None,
        cite: None,
        parts: Vec::new(),
    }
}

fn amount(of: Option<CategorySet>, have: i64, most: i64, need: i64) -> Step {
    let state = match (have >= need, most >= need) {
        (true, _) => State::Holds,
        (false, true) => State::Open,
        (false, false) => State::Fails,
    };
    let hours = |hundredths| Amount::Hours(Hours::from_hundredths(hundredths));
    let mut own = step("amount", state);
    own.of = of.map_or(&[], CategorySet::categories);
    own.have = Some(hours(have));
    own.at_most = (most != have).then(|| hours(most));
    own.need = Some(hours(need));
    own
}
