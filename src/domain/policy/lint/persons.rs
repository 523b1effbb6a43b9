//! People at and just under the thresholds of a plan, and what a plan says of them.

use super::small_model::is_judged;
use crate::domain::answer::Verdict;
use crate::domain::category::Category;
use crate::domain::declaration::Facts;
use crate::domain::hours::Hours;
use crate::domain::policy::evaluate::context::Context;
use crate::domain::policy::evaluate::decisions::Decisions;
use crate::domain::policy::evaluate::hours::{HoursByYear, Hundredths, refused_by};
use crate::domain::policy::evaluate::years::CompliantYears;
use crate::domain::policy::notice::model::Need;
use crate::domain::policy::plan::years::years_read;
use crate::domain::policy::plan::{Gate, KnownFacts, Plan, Rule, Thresholds};
use crate::domain::record::{Record, Status};
use crate::domain::year::{Year, YearSet};

/// The most years of a person that are varied; of a longer window, the last ones.
const MOST_YEARS: usize = 10;

/// Somebody with hours.
pub(super) struct Person {
    pub(super) facts: Facts,
    pub(super) decisions: Decisions,
    pub(super) records: Vec<Record>,
}

/// What a plan says: the verdict, and the advice where another authority decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    pub(super) advisory: Option<Verdict>,
}

impl Outcome {
    /// What the requirements say, whoever decides.
    pub(super) fn judged(self) -> Verdict {
        self.advisory.unwrap_or(self.verdict)
    }
}

/// Judges a person by a plan.
pub(super) fn outcome(plan: &Plan, person: &Person) -> Outcome {
    let judged = || {
        if plan.requirements.is_empty() {
            return Verdict::NotRequired;
        }
        let read = years_read(plan);
        let hours = HoursByYear::of(&person.records, plan, read);
        let years = CompliantYears::of(plan, &hours, read, person.decisions);
        Context {
            plan,
            hours: &hours,
            years: &years,
            facts: person.facts,
            decisions: person.decisions,
            monotone: plan.is_monotone(),
            without: 0,
        }
        .verdict()
    };
    match plan.gate {
        Gate::NotApplicable(_) => Outcome { verdict: Verdict::NotApplicable, advisory: None },
        Gate::Referred { .. } => {
            let advisory = is_judged(plan).then(judged);
            Outcome { verdict: Verdict::Referred, advisory }
        }
        Gate::Judge => Outcome { verdict: judged(), advisory: None },
    }
}

/// The facts that can matter: a short and a longer tenure, with a year to spare and without.
pub(super) fn facts(plan: &Plan) -> Vec<Facts> {
    let (required, tenure) = plan.reads();
    let lengths: &[i16] = if required || tenure { &[2, 4, 5] } else { &[4] };
    let spare: &[i16] = if tenure { &[0, 1, 3, -1] } else { &[0] };
    let declaring = plan.frame.declaring();
    lengths
        .iter()
        .flat_map(|length| {
            spare.iter().map(move |spare| Facts {
                required_years: Some(*length),
                tenure_start: Some(declaring - length + 1 - spare),
            })
        })
        .collect()
}

/// The years whose hours requirements read, under these facts.
pub(super) fn years(plan: &Plan, facts: Facts) -> Vec<u32> {
    let known = KnownFacts {
        required_years: facts.required_years.unwrap_or(0),
        tenure_start: facts.tenure_start.unwrap_or(plan.frame.declaring()),
    };
    let mut all = YearSet::EMPTY;
    for requirement in &plan.requirements {
        all = all.or(plan.years_of(requirement, known));
        for exception in &requirement.exceptions {
            all = all.or(plan.years_of_exception(exception, known));
        }
    }
    let bits: Vec<u32> = all.bits().collect();
    bits.iter().copied().skip(bits.len().saturating_sub(MOST_YEARS)).collect()
}

/// Cumulative needs of a plan, those of exceptions included.
pub(super) fn needs(plan: &Plan) -> Vec<&Need> {
    let mut needs = Vec::new();
    for requirement in &plan.requirements {
        if let Rule::Sum { need, .. } = &requirement.rule {
            needs.push(need);
        }
        needs.extend(requirement.exceptions.iter().map(|exception| &exception.need));
    }
    needs
}

/// The strictest standard of a year; where none is stated, an even part of the sums.
pub(super) fn standard(plan: &Plan, bit: u32, years: usize) -> Thresholds {
    let mut all = Thresholds::default();
    for need in plan.slots.iter().filter_map(|slot| Some(slot.piece(bit)?.need)) {
        all.total = all.total.max(need.total);
        all.professional = all.professional.max(need.professional);
        all.public = all.public.max(need.public);
        all.industry = all.industry.max(need.industry);
        all.general = all.general.max(need.general);
    }
    let parts = i64::try_from(years.max(1)).unwrap_or(1);
    let even = |hours: Option<Hours>| (hours.map_or(0, Hours::hundredths) + parts - 1) / parts;
    if all == Thresholds::default() {
        for need in needs(plan) {
            all.total = all.total.max(even(need.total));
            all.professional = all.professional.max(even(need.professional));
            all.public = all.public.max(even(need.public));
        }
    }
    all
}

/// Years at the thresholds: nothing, all of it, each threshold missed alone by a step, far more.
fn states(need: &Thresholds) -> Vec<Hundredths> {
    let least = need.professional + need.public.max(need.industry + need.general);
    let total = need.total.max(least);
    let public = need.public.max(need.industry + need.general);
    let general = need.general.max(public - need.industry);
    // Everything met, all that is free professional or all that is free industry.
    let by_professional = [total - public, public - general, general, 0];
    let rest = total - need.professional - public;
    let by_public = [need.professional, public - general + rest, general, 0];
    let step = Hours::STEP.hundredths();
    let mut states = vec![[0; 4], by_professional, by_public];
    let mut missed = |[p, i, g]: [i64; 3]| states.push([p.max(0), i.max(0), g.max(0), 0]);
    let [p, i, g, _] = by_public;
    if rest > 0 || need.public == 0 {
        missed([p, i - step, g]);
    }
    missed([p - step, i + step, g]);
    let [p, i, g, _] = by_professional;
    missed([p + step, i - step, g]);
    if need.general > 0 {
        missed([p, i + (g - need.general) + step, need.general - step]);
    }
    if need.industry > 0 {
        missed([p, need.industry - step, g + (i - need.industry) + step]);
    }
    states.push([total * 5 / 3, i + total / 3, g + total / 3, 0]);
    states
}

/// People at and just under the thresholds of a plan, the first without any hours.
pub(super) fn people(plan: &Plan) -> Vec<Person> {
    let mut people = vec![Person {
        facts: facts(plan).first().copied().unwrap_or_default(),
        decisions: Decisions::default(),
        records: Vec::new(),
    }];
    for facts in facts(plan) {
        let years = years(plan, facts);
        let hands = hands(plan, &years);
        let mut reviewed = vec![YearSet::EMPTY];
        if !plan.legacy.is_empty() {
            reviewed.push(YearSet(u64::MAX));
        }
        for reviewed in reviewed {
            let decisions = Decisions { excused: YearSet::EMPTY, reviewed };
            for hand in &hands {
                let records = records(plan, &years, hand);
                people.push(Person { facts, decisions, records });
            }
            people.extend(unadmitted(plan, &years).into_iter().map(|records| Person {
                facts,
                decisions,
                records,
            }));
        }
    }
    people
}

type Hand = Vec<Hundredths>;

fn hands(plan: &Plan, years: &[u32]) -> Vec<Hand> {
    let all: Vec<Vec<Hundredths>> =
        years.iter().map(|bit| states(&standard(plan, *bit, years.len()))).collect();
    let pick = |state: &dyn Fn(usize) -> usize| -> Hand {
        let of = |(at, states): (usize, &Vec<Hundredths>)| {
            states.get(state(at)).or(states.last()).copied().unwrap_or_default()
        };
        all.iter().enumerate().map(of).collect()
    };
    let most = all.iter().map(Vec::len).max().unwrap_or(0);
    let mut hands: Vec<Hand> = Vec::new();
    for state in 0..most {
        hands.push(pick(&|_| state));
        for base in [1, 2] {
            // One year differs; then all from a year on.
            for year in 0..years.len() {
                hands.push(pick(&|at| if at == year { state } else { base }));
                hands.push(pick(&|at| if at >= year { state } else { base }));
            }
        }
    }
    for first in 0..years.len() {
        hands.push(pick(&|at| usize::from(at >= first)));
        hands.push(pick(&|at| usize::from(at == first)));
        for second in 0..years.len() {
            // Two years differ: short of the standard, and made up for elsewhere.
            for short in [0, 3] {
                let state = |at| {
                    if at == first {
                        short
                    } else if at == second {
                        most - 1
                    } else {
                        1
                    }
                };
                hands.push(pick(&state));
            }
        }
    }
    for need in needs(plan) {
        hands.extend(summed(need, years.len()));
    }
    hands
}

/// A cumulative need in a single year and over all of them, met exactly and missed by a step.
fn summed(need: &Need, years: usize) -> Vec<Hand> {
    let amount = |hours: Option<Hours>| hours.map_or(0, Hours::hundredths);
    let (p, q) = (amount(need.professional), amount(need.public));
    let total = amount(need.total).max(p + q);
    let step = Hours::STEP.hundredths();
    let sums = [
        [total - q, q],
        [p, total - p],
        [total - q - step, q],
        [p - step, total - p + step],
        [total - q + step, q - step],
    ];
    let mut hands = Vec::new();
    for [professional, public] in sums.map(|sum| sum.map(|part| part.max(0))) {
        for at in 0..years {
            let mut hand = vec![[0; 4]; years];
            if let Some(year) = hand.get_mut(at) {
                *year = [professional, 0, public, 0];
            }
            hands.push(hand);
        }
        let parts = i64::try_from(years.max(1)).unwrap_or(1);
        let even = |sum: i64, at: usize| sum / parts + if at == 0 { sum % parts } else { 0 };
        hands.push((0..years).map(|at| [even(professional, at), 0, even(public, at), 0]).collect());
    }
    hands
}

/// The hours as records that every clause admits.
pub(super) fn records(plan: &Plan, years: &[u32], hand: &[Hundredths]) -> Vec<Record> {
    let mut records = Vec::new();
    for (bit, hours) in years.iter().zip(hand) {
        for (category, hundredths) in Category::ALL.into_iter().zip(hours) {
            if *hundredths > 0
                && let Some(mut record) = record(plan, *bit, category, *hundredths)
            {
                admit(plan, *bit, &mut record);
                records.push(record);
            }
        }
    }
    records
}

/// A record from a source that no clause names; the frame may reach beyond what records can have.
fn record(plan: &Plan, bit: u32, category: Category, hundredths: i64) -> Option<Record> {
    Some(Record {
        year: Year::new(i64::from(plan.frame.year(bit)))?,
        category,
        hours: Hours::from_hundredths(hundredths),
        source: "elsewhere".into(),
        basis: None,
        status: Status::Confirmed,
    })
}

/// Gives a record a source and basis with which no clause refuses it, if there is one.
fn admit(plan: &Plan, bit: u32, record: &mut Record) {
    let sources = plan.admits.iter().flat_map(|admit| admit.sources.iter().cloned());
    let bases: Vec<_> = plan.admits.iter().flat_map(|admit| admit.basis.iter().cloned()).collect();
    let sources: Vec<Box<str>> = std::iter::once(record.source.clone()).chain(sources).collect();
    for source in sources {
        for basis in std::iter::once(None).chain(bases.iter().cloned().map(Some)) {
            record.source.clone_from(&source);
            record.basis.clone_from(&basis);
            if refused_by(&plan.admits, plan.legacy, bit, record).is_none() {
                return;
            }
        }
    }
}

/// All years in order, but one category of one year from a source that a clause refuses.
fn unadmitted(plan: &Plan, years: &[u32]) -> Vec<Vec<Record>> {
    let full: Hand = years
        .iter()
        .map(|bit| states(&standard(plan, *bit, years.len())).get(1).copied().unwrap_or_default())
        .collect();
    let mut found = Vec::new();
    for bit in years {
        for category in Category::ALL {
            let mut records = records(plan, years, &full);
            let year = plan.frame.year(*bit);
            let mine = |r: &&mut Record| r.year.get() == year && r.category == category;
            let mut changed = false;
            for record in records.iter_mut().filter(mine) {
                record.source = "elsewhere".into();
                record.basis = None;
                changed |= refused_by(&plan.admits, plan.legacy, *bit, record).is_some();
            }
            if changed {
                found.push(records);
            }
        }
    }
    found
}
