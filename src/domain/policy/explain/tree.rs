//! The proof of a verdict: a deterministic tree of clauses, years, amounts and records, each with
//! the sentence it rests on, and the part of it that decides. It holds no language;
//! `crate::app::presentation::wording` puts it into words.

use std::sync::Arc;

use serde::Serialize;

use super::citations::Citation;
use crate::domain::answer::{Amount, Verdict};
use crate::domain::category::Category;
use crate::domain::policy::evaluate::bounds::Bounds;

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

impl Step {
    pub(super) fn new(kind: &'static str, state: State) -> Step {
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
            parts.clone_from(&self.parts);
        }
        if self.kind == "year" && self.state == State::Holds {
            parts.clear();
        }
        own.parts = parts;
        own
    }
}
