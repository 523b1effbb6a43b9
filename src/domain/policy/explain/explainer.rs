//! Builds the tree of one person before one plan.

use std::sync::Arc;

use super::citations::CitedClause;
use super::tree::{Ground, State, Step};
use crate::domain::answer::{Amount, Verdict};
use crate::domain::category::CategorySet;
use crate::domain::hours::Hours;
use crate::domain::policy::evaluate::context::Context;
use crate::domain::policy::evaluate::facts;
use crate::domain::policy::evaluate::hours::{Hundredths, in_ratio};
use crate::domain::policy::notice::model::{Guard, Need};
use crate::domain::policy::plan::{Exception, Gate, KnownFacts, Requirement, Rule, Thresholds};
use crate::domain::record::Record;
use crate::domain::year::YearSet;

/// Builds the proof of one person before one plan.
pub struct Explainer<'e> {
    /// The person before the plan.
    pub context: &'e Context<'e>,
    /// The policy that answers.
    pub policy: &'e Arc<str>,
    /// The clauses in force.
    pub clauses: &'e [CitedClause],
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
        let mut root = Step::new("policy", state);
        root.clause = Some(Arc::clone(self.policy));
        match &self.context.plan.gate {
            Gate::NotApplicable(reason) | Gate::Referred { reason, .. } => {
                let mut gate = Step::new("gate", state);
                self.cite(&mut gate, reason.clause.as_deref().unwrap_or_default());
                root.parts.push(gate);
            }
            Gate::Judge => {}
        }
        if !matches!(self.context.plan.gate, Gate::NotApplicable(_)) {
            let requirements = self.context.plan.requirements.iter().enumerate();
            root.parts.extend(requirements.map(|(index, r)| self.requirement(index, r)));
        }
        root
    }

    fn some_facts(&self) -> KnownFacts {
        facts::possible_facts(self.context.plan, self.context.facts)
            .next()
            .unwrap_or(KnownFacts { required_years: 0, tenure_start: 0 })
    }

    fn requirement(&self, index: usize, requirement: &Requirement) -> Step {
        let context = self.context;
        let state = State::from(context.requirement(index));
        let known = self.some_facts();
        let years = self.years_over_facts(|known| context.plan.years_of(requirement, known));
        let mut own = Step::new(self.kind_of(&requirement.clause), state);
        self.cite(&mut own, &requirement.clause);
        match &requirement.rule {
            Rule::EachYear { slot, .. } => {
                own.state = State::from(context.over_facts(|known| {
                    context.years.all(*slot, context.plan.years_of(requirement, known))
                }));
                own.parts = years.bits().map(|bit| self.year(*slot, bit)).collect();
            }
            Rule::Include(_) => own.parts = years.bits().map(|bit| self.year(0, bit)).collect(),
            Rule::Count { at_least, .. } => {
                let count = |set: YearSet| Amount::Years(i64::from(years.and(set).len()));
                own.have = Some(count(context.years.sure(0)));
                own.at_most =
                    Some(count(context.years.possible(0))).filter(|most| own.have != Some(*most));
                let given = context.facts.required_years.is_some() || !requirement.reads().0;
                own.need = given.then(|| Amount::Years(context.plan.quantity(*at_least, known)));
                own.parts = years.bits().map(|bit| self.year(0, bit)).collect();
            }
            Rule::Sum { need, .. } => own.parts = self.sums(need, years),
        }
        if requirement.exceptions.is_empty() {
            return own;
        }
        let mut either = Step::new("either", state);
        either.parts.push(own);
        either.parts.extend(requirement.exceptions.iter().map(|e| self.exception(e, known)));
        either
    }

    fn exception(&self, exception: &Exception, known: KnownFacts) -> Step {
        let context = self.context;
        let mut own = Step::new(
            "cumulative",
            State::from(context.over_facts(|k| context.exception(exception, k))),
        );
        self.cite(&mut own, &exception.clause);
        if let Guard::AnyIncomplete(n) | Guard::AllIncomplete(n) = exception.when {
            let mut guard = Step::new("guard", State::from(context.guard(exception, known)));
            let years = context.plan.guarded(exception.window, n, known);
            guard.parts = years.bits().map(|bit| self.year(exception.slot, bit)).collect();
            own.parts.push(guard);
        }
        let years = context.plan.window(exception.window, known).and(exception.years);
        own.parts.extend(self.sums(&exception.need, years));
        let also = context.plan.listed(&exception.also, known);
        own.parts.extend(also.bits().map(|bit| self.year(exception.slot, bit)));
        own
    }

    fn year(&self, slot: usize, bit: u32) -> Step {
        let context = self.context;
        let one = YearSet(1 << bit);
        let mut own = Step::new("year", State::from(context.years.all(slot, one)));
        own.year = Some(context.plan.frame.year(bit));
        let piece = context.plan.slots.get(slot).and_then(|slot| slot.piece(bit));
        let unproven = context.plan.legacy.minus(context.decisions.reviewed);
        own.ground = Some(if context.plan.deemed.has(bit) {
            self.cite_first(&mut own, bit, "deem");
            Ground::Deemed
        } else if context.decisions.excused.has(bit) {
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
            let cell = context.hours.cell(bit);
            own.parts = amounts(&piece.need, cell.confirmed, cell.all());
        }
        own
    }

    fn sums(&self, need: &Need, years: YearSet) -> Vec<Step> {
        let (mut least, mut most) = ([0i64; 2], [0i64; 2]);
        for bit in years.bits() {
            let cell = self.context.hours.cell(bit);
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

    pub(super) fn years_over_facts(&self, years: impl Fn(KnownFacts) -> YearSet) -> YearSet {
        facts::possible_facts(self.context.plan, self.context.facts)
            .fold(YearSet::EMPTY, |all, known| all.or(years(known)))
    }

    fn find(&self, id: &str) -> Option<&CitedClause> {
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

fn amount(of: Option<CategorySet>, have: i64, most: i64, need: i64) -> Step {
    let state = match (have >= need, most >= need) {
        (true, _) => State::Holds,
        (false, true) => State::Open,
        (false, false) => State::Fails,
    };
    let hours = |hundredths| Amount::Hours(Hours::from_hundredths(hundredths));
    let mut own = Step::new("amount", state);
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
