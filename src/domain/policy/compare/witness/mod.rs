//! Finds somebody whom the difference between two policies concerns: one who gains and one who
//! loses, by search over a small model. Profiles are those that a clause can tell apart, hours those
//! at and just under the thresholds of both policies.

mod pair;
mod rows;
mod shape;

use std::ops::ControlFlow;

use serde::Serialize;

use crate::domain::answer::Verdict;
use crate::domain::fields::Problems;
use crate::domain::hours::Hours;
use crate::domain::policy::notice::catalog::Catalog;
use crate::domain::policy::notice::model::Policy;
use crate::domain::year::Year;
use pair::{Circumstances, Pair};
use rows::Row;
use shape::Shape;

/// The most people that are tried.
const MOST_TRIED: u64 = 60_000;

/// A policy and the catalog it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Side<'c> {
    /// The catalog.
    pub catalog: &'c Catalog,
    /// The policy.
    pub policy: &'c Policy,
}

/// What the search found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Found {
    /// Whether every profile has the same plan under both: nobody gains or loses.
    pub same_plans: bool,
    /// Met under the new policy and not under the old.
    pub gains: Option<Witness>,
    /// Met under the old policy and not under the new.
    pub loses: Option<Witness>,
    /// How many people were tried.
    pub tried: u64,
}

/// Somebody whom the two policies judge differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// Level.
    pub level: &'static str,
    /// Series.
    pub series: Box<str>,
    /// Specialty, where it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialty: Option<Box<str>>,
    /// Employer sector, where it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employer_sector: Option<Box<str>>,
    /// Required years, where a clause reads them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_years: Option<i16>,
    /// How the person stands under the old policy.
    pub old: UnderPolicy,
    /// And under the new.
    pub new: UnderPolicy,
    /// Hours, the same distance from the declaring year under both.
    pub hours: Vec<YearOfHours>,
    /// Whoever vouches for the hours.
    pub source: Box<str>,
    /// On what basis, where it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<Box<str>>,
    /// Whether the proof of legacy years was reviewed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reviewed: bool,
}

/// A person under one of the policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UnderPolicy {
    /// The declaring year.
    pub year: Year,
    /// The first year of tenure, where a clause reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenure_start: Option<i16>,
    /// The verdict.
    pub verdict: Verdict,
}

/// The hours of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct YearOfHours {
    /// The year under the old policy.
    pub old: i16,
    /// The year under the new policy.
    pub new: i16,
    /// Professional.
    pub professional: Hours,
    /// Industry.
    pub industry: Hours,
    /// General.
    pub general: Hours,
}

struct Search {
    strict: [Option<Witness>; 2],
    loose: [Option<Witness>; 2],
    tried: u64,
}

/// Looks for one who gains and one who loses.
pub fn find(old: Side<'_>, new: Side<'_>) -> Result<Found, Problems> {
    let pairs = pair::pairs(old, new)?;
    let mut search = Search { strict: [None, None], loose: [None, None], tried: 0 };
    for shape in [Shape::Even, Shape::OneApart, Shape::TwoApart] {
        for (done, pair) in pairs.iter().enumerate() {
            let left = u64::try_from(pairs.len() - done).unwrap_or(1);
            let most = search.tried + MOST_TRIED.saturating_sub(search.tried) / left / shape.part();
            if search.try_pair(pair, shape, most).is_break() {
                break;
            }
        }
    }
    let [gains, loses] = search.strict;
    let [may_gain, may_lose] = search.loose;
    Ok(Found {
        same_plans: pairs.is_empty(),
        gains: gains.or(may_gain),
        loses: loses.or(may_lose),
        tried: search.tried,
    })
}

impl Search {
    /// Breaks when there is nothing left to look for.
    fn try_pair(&mut self, pair: &Pair, shape: Shape, most: u64) -> ControlFlow<()> {
        let all = pair.circumstances();
        for (done, circumstances) in all.iter().enumerate() {
            let span = pair.span(circumstances);
            let [plan, _] = pair.plans();
            let rows = rows::rows(pair.plans(), Pair::known(plan, circumstances));
            let left = u64::try_from(all.len() - done).unwrap_or(1);
            let most = self.tried + most.saturating_sub(self.tried) / left;
            let _ = shape.each(&rows, span.len(), |years| {
                if self.tried >= most || self.is_done() {
                    return ControlFlow::Break(());
                }
                self.try_person(pair, circumstances, &span, years);
                ControlFlow::Continue(())
            });
        }
        if self.is_done() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn is_done(&self) -> bool {
        self.strict.iter().all(Option::is_some)
    }

    fn try_person(&mut self, pair: &Pair, with: &Circumstances, span: &[i16], hours: &[Row]) {
        self.tried += 1;
        let [old, new] = [0, 1].map(|side| pair.judge(side, with, span, hours));
        let side = match (old, new) {
            (_, Verdict::Met) if old != Verdict::Met => 0,
            (Verdict::Met, _) if new != Verdict::Met => 1,
            _ => return,
        };
        let strict = old == Verdict::NotMet || new == Verdict::NotMet;
        let places = if strict { &mut self.strict } else { &mut self.loose };
        if let Some(place) = places.get_mut(side).filter(|place| place.is_none()) {
            *place = Some(pair.witness(with, span, hours, [old, new]));
        }
    }
}
