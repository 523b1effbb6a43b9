//! The proof of a verdict: a deterministic tree of clauses, years, amounts and records, each with
//! the sentence it rests on. It holds no language; `crate::app::presentation::wording` puts it into words.

use std::sync::Arc;

use serde::Serialize;

use super::citations::{Citation, Cited};
use crate::domain::answer::{Amount, Verdict};
use crate::domain::category::{Category, CategorySet};
use crate::domain::hours::Hours;
use crate::domain::policy::evaluate::bounds::Bounds;
use crate::domain::policy::evaluate::context::Bench;
use crate::domain::policy::evaluate::facts;
use crate::domain::policy::evaluate::hours::{Hundredths, in_ratio};
use crate::domain::policy::notice::model::{Guard, Need};
use crate::domain::policy::plan::{Exception, Gate, Known, Requirement, Rule, Thresholds};
use crate::domain::record::Record;
use crate::domain::year::YearSet;

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

/// Builds the proof of one person before one plan.
pub struct Explainer<'e> {
    /// The person before the plan.
    pub bench: &'e Bench<'e>,
    /// The policy that answers.
    pub policy: &'e Arc<str>,
    /// The clauses in force.
    pub clauses: &'e [Cited],
    /// The records.
    pub records: &'e [Record],
}

impl Explainer<'_> {
    /// The tree.
    pub fn tree(&self, verdict: Verdict) -> Step {
        let state = match verdict {
            Verdict::Met | Verdict::NotRequired => State::Holds,
            Verdict::NotMet | Verdict::NotApplicable => State::Fails,
            Verdict::Indeterminate | Verdict::Referred => State::Open,
        };
        let mut root = step("policy", state);
        root.clause = Some(Arc::clone(self.policy));
        match &self.bench.plan.gate {
            Gate::NotApplicable(reason) | Gate::Referred { reason, .. } => {
                let mut gate = step("gate", state);
                self.cite(&mut gate, reason.clause.as_deref().unwrap_or_default());
                root.parts.push(gate);
            }
            Gate::Judge => {}
        }
        if !matches!(self.bench.plan.gate, Gate::NotApplicable(_)) {
            let requirements = self.bench.plan.requirements.iter().enumerate();
            root.parts.extend(requirements.map(|(index, r)| self.requirement(index, r)));
        }
        root
    }

    fn some_facts(&self) -> Known {
        facts::values(self.bench.plan, self.bench.facts)
            .next()
            .unwrap_or(Known { required_years: 0, tenure_start: 0 })
    }

    fn requirement(&self, index: usize, requirement: &Requirement) -> Step {
        let bench = self.bench;
        let state = State::from(bench.requirement(index));
        let known = self.some_facts();
        let years = self.years_over_facts(|known| bench.plan.years_of(requirement, known));
        let mut own = step(self.kind_of(&requirement.clause), state);
        self.cite(&mut own, &requirement.clause);
        match &requirement.rule {
            Rule::EachYear { slot, .. } => {
                own.state = State::from(bench.over_facts(|known| {
                    bench.years.all(*slot, bench.plan.years_of(requirement, known))
                }));
                own.parts = years.bits().map(|bit| self.year(*slot, bit)).collect();
            }
            Rule::Include(_) => own.parts = years.bits().map(|bit| self.year(0, bit)).collect(),
            Rule::Count { at_least, .. } => {
                let count = |set: YearSet| Amount::Years(i64::from(years.and(set).len()));
                own.have = Some(count(bench.years.sure(0)));
                own.at_most =
                    Some(count(bench.years.possible(0))).filter(|most| own.have != Some(*most));
                let given = bench.facts.required_years.is_some() || !requirement.reads().0;
                own.need = given.then(|| Amount::Years(bench.plan.quantity(*at_least, known)));
                own.parts = years.bits().map(|bit| self.year(0, bit)).collect();
            }
            Rule::Sum { need, .. } => own.parts = self.sums(need, years),
        }
        if requirement.exceptions.is_empty() {
            return own;
        }
        let mut either = step("either", state);
        either.parts.push(own);
        either.parts.extend(requirement.exceptions.iter().map(|e| self.exception(e, known)));
        either
    }

    fn exception(&self, exception: &Exception, known: Known) -> Step {
        let bench = self.bench;
        let mut own =
            step("cumulative", State::from(bench.over_facts(|k| bench.exception(exception, k))));
        self.cite(&mut own, &exception.clause);
        if let Guard::AnyIncomplete(n) | Guard::AllIncomplete(n) = exception.when {
            let mut guard = step("guard", State::from(bench.guard(exception, known)));
            let years = bench.plan.guarded(exception.window, n, known);
            guard.parts = years.bits().map(|bit| self.year(exception.slot, bit)).collect();
            own.parts.push(guard);
        }
        let years = bench.plan.window(exception.window, known).and(exception.years);
        own.parts.extend(self.sums(&exception.need, years));
        let also = bench.plan.listed(&exception.also, known);
        own.parts.extend(also.bits().map(|bit| self.year(exception.slot, bit)));
        own
    }

    fn year(&self, slot: usize, bit: u32) -> Step {
        let bench = self.bench;
        let one = YearSet(1 << bit);
        let mut own = step("year", State::from(bench.years.all(slot, one)));
        own.year = Some(bench.plan.frame.year(bit));
        let piece = bench.plan.slots.get(slot).and_then(|slot| slot.piece(bit));
        let unproven = bench.plan.legacy.minus(bench.decisions.reviewed);
        own.ground = Some(if bench.plan.deemed.has(bit) {
            self.cite_first(&mut own, bit, "deem");
            Ground::Deemed
        } else if bench.decisions.excused.has(bit) {
            self.cite_first(&mut own, bit, "excuse");
            Ground::Excused
        } else if unproven.has(bit) && own.state != State::Holds {
            self.cite_first(&mut own, bit, "legacy");
            Ground::Unproven
        } else if let Some(piece) = piece {
            self.cite(&mut own, &piece.clause);
            Ground::Records
        } else {
            Ground::NoStandard
        });
        let by_records = matches!(own.ground, Some(Ground::Records | Ground::Unproven));
        if let Some(piece) = piece.filter(|_| by_records) {
            let cell = bench.sheet.cell(bit);
            own.parts = amounts(&piece.need, cell.confirmed, cell.all());
        }
        own
    }

    fn sums(&self, need: &Need, years: YearSet) -> Vec<Step> {
        let (mut least, mut most) = ([0i64; 2], [0i64; 2]);
        for bit in years.bits() {
            let cell = self.bench.sheet.cell(bit);
            for (sums, [p, i, g, u]) in [(&mut least, cell.confirmed), (&mut most, cell.all())] {
                let [professional, public] = sums;
                *professional += p;
                *public += i + g + u;
            }
        }
        let ([p, q], [p_most, q_most]) = (least, most);
        let parts = [
            (None, need.total, p + q, p_most + q_most),
            (Some(CategorySet::Professional), need.professional, p, p_most),
            (Some(CategorySet::Public), need.public, q, q_most),
        ];
        let part = |(of, need, have, most): (_, Option<Hours>, _, _)| {
            need.map(|need| amount(of, have, most, need.hundredths()))
        };
        parts.into_iter().filter_map(part).collect()
    }

    pub(super) fn years_over_facts(&self, years: impl Fn(Known) -> YearSet) -> YearSet {
        facts::values(self.bench.plan, self.bench.facts)
            .fold(YearSet::EMPTY, |all, known| all.or(years(known)))
    }

    fn find(&self, id: &str) -> Option<&Cited> {
        self.clauses.iter().find(|c| *c.id == *id)
    }

    fn kind_of(&self, id: &str) -> &'static str {
        self.find(id).map_or("requirement", |c| c.kind)
    }

    fn cite(&self, step: &mut Step, id: &str) {
        if let Some(found) = self.find(id) {
            step.clause = Some(Arc::clone(&found.name));
            step.cite.clone_from(&found.citation);
        }
    }

    /// Cites the first clause of a kind that speaks of a year.
    fn cite_first(&self, step: &mut Step, bit: u32, kind: &str) {
        if let Some(found) = self.clauses.iter().find(|c| c.kind == kind && c.years.has(bit)) {
            step.clause = Some(Arc::clone(&found.name));
            step.cite.clone_from(&found.citation);
        }
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

/// What a standard asks of a year, amount by amount. `have` is what is certain: unsplit hours are
/// in `at_most` where only a split decides.
fn amounts(need: &Thresholds, have: Hundredths, most: Hundredths) -> Vec<Step> {
    let public = |[_, i, g, u]: Hundredths| i + g + u;
    let [p, i, g, _] = have;
    let [p_most, i_most, g_most, u_most] = most;
    let parts = [
        (None, need.total, p + public(have), p_most + public(most)),
        (Some(CategorySet::Professional), need.professional, p, p_most),
        (Some(CategorySet::Public), need.public, public(have), public(most)),
        (Some(CategorySet::Industry), need.industry, i, i_most + u_most),
        (Some(CategorySet::General), need.general, g, g_most + u_most),
    ];
    let mut steps: Vec<Step> = parts
        .into_iter()
        .filter(|(_, need, _, _)| *need > 0)
        .map(|(of, need, have, most)| amount(of, have, most, need))
        .collect();
    if let Some(ratio) = need.ratio {
        let total = p + public(have);
        let share = (ratio.numerator * total + ratio.denominator - 1) / ratio.denominator;
        let part = if ratio.of == CategorySet::Professional { p } else { public(have) };
        let mut own = amount(Some(ratio.of), part, part, share);
        if have != most {
            own.state = State::Open;
        } else if in_ratio(ratio, p, public(have)) {
            own.state = State::Holds;
        }
        steps.push(own);
    }
    steps
}
