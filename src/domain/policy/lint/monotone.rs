//! Policies under which more hours can harm: found by search near the thresholds, with a witness.

use super::persons::{self, Person, outcome};
use super::small_model::{Place, Variant, is_judged};
use super::{Added, Finding, Witness, YearHours};
use crate::domain::answer::Verdict;
use crate::domain::category::Category;
use crate::domain::declaration::Profile;
use crate::domain::hours::Hours;
use crate::domain::message::Message;
use crate::domain::policy::evaluate::decisions::Decisions;
use crate::domain::policy::evaluate::hours::Hundredths;
use crate::domain::policy::notice::model::Guard;
use crate::domain::policy::plan::compile::compile;
use crate::domain::policy::plan::{Plan, Thresholds};
use crate::domain::year::YearSet;

/// The most people that are tried before each step.
const MOST_PEOPLE: usize = 20_000;

/// Looks for a witness under the chosen readings; where there is none, under each other option.
pub(super) fn check(places: &[Place<'_>], findings: &mut Vec<Finding>) {
    for place in places.iter().filter(|place| place.answers) {
        let own = !place.policy.clauses.is_empty();
        for variant in place.single_variants().filter(|_| own) {
            let Some((witness, clause)) = witness(place, variant) else { continue };
            let is_chosen = variant.changed.is_empty();
            let code = if is_chosen { "not_monotone" } else { "not_monotone_reading" };
            findings.push(finding(place, code, witness, &clause));
            if is_chosen {
                break;
            }
        }
    }
}

fn finding(place: &Place<'_>, code: &'static str, witness: Witness, clause: &str) -> Finding {
    let sources =
        place.ancestry.policies.iter().flat_map(|p| p.clauses.iter().map(move |s| (p, s)));
    let mut named = sources.filter(|(_, source)| source.clause.id == clause);
    let (policy, line) =
        named.next().map_or((place.policy, 1), |(policy, source)| (*policy, source.clause.line));
    let message = Message::new(code)
        .with("before", witness.totals_before())
        .with("after", witness.totals_after())
        .with("year", witness.added.year)
        .with("hours", witness.added.hours)
        .with("category", witness.added.category.name())
        .with("readings", witness.readings.join(", "));
    let finding = Finding::of("W-NOT-MONOTONE", policy, line, message).clause(clause);
    Finding { witness: Some(witness), ..finding }
}

/// The clause through which more hours can harm: an exception with a guard, or a share. Without
/// one, every verdict is a matter of reaching amounts, and reaching more never harms.
fn culprit(plan: &Plan) -> Option<&str> {
    let guarded = plan.requirements.iter().flat_map(|r| &r.exceptions);
    let guarded = guarded.filter(|e| e.when != Guard::Always).map(|e| &*e.clause);
    let shares = plan.slots.iter().flat_map(|slot| &slot.pieces);
    let shares = shares.filter(|piece| piece.need.ratio.is_some()).map(|piece| &*piece.clause);
    guarded.chain(shares).next()
}

fn witness(place: &Place<'_>, variant: &Variant<'_>) -> Option<(Witness, String)> {
    let mut tried: Vec<Plan> = Vec::new();
    for (year, profile) in place.cases() {
        let Ok(plan) = compile(&variant.clauses, profile, year) else { continue };
        let Some(clause) = culprit(&plan).filter(|_| is_judged(&plan)) else { continue };
        if tried.contains(&plan) {
            continue;
        }
        for step in [100, Hours::STEP.hundredths()] {
            if let Some(found) = search(&plan, step) {
                let clause = clause.to_owned();
                return Some((found.witness(&plan, profile, variant), clause));
            }
        }
        tried.push(plan);
    }
    None
}

/// A pair that was found, and how plain it is: the plainer, the smaller.
struct Pair {
    years: Vec<u32>,
    hand: Vec<Hundredths>,
    at: usize,
    category: usize,
    step: i64,
}

impl Pair {
    /// Fewest empty years, fewest odd amounts, fewest different amounts, fewest hours, latest year.
    fn plainness(&self) -> (usize, usize, usize, i64, usize, usize) {
        let totals: Vec<i64> = self.hand.iter().map(|hours| hours.iter().sum()).collect();
        let mut distinct = totals.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let empty = totals.iter().filter(|total| **total == 0).count();
        let odd = totals.iter().filter(|total| **total % 1000 != 0).count();
        let years = self.hand.len();
        (empty, odd, distinct.len(), totals.iter().sum(), years - self.at, self.category)
    }

    fn witness(&self, plan: &Plan, profile: &Profile, variant: &Variant<'_>) -> Witness {
        let hours = Hours::from_hundredths;
        let year = |bit: u32| plan.frame.year(bit);
        Witness {
            declaring: plan.frame.declaring(),
            level: profile.level.name(),
            series: profile.series.to_string(),
            specialty: profile.specialty.as_deref().map(str::to_owned),
            readings: variant.changed.clone(),
            hours: self
                .years
                .iter()
                .zip(&self.hand)
                .map(|(bit, [professional, industry, general, _])| YearHours {
                    year: year(*bit),
                    professional: hours(*professional),
                    industry: hours(*industry),
                    general: hours(*general),
                })
                .collect(),
            added: Added {
                year: self.years.get(self.at).map_or(0, |bit| year(*bit)),
                category: Category::ALL.get(self.category).copied().unwrap_or(Category::General),
                hours: hours(self.step),
            },
            before: Verdict::Met,
            after: Verdict::NotMet,
        }
    }
}

/// The plainest pair of people who differ by one step of hours, of whom the one with fewer meets
/// the requirements and the one with more does not.
fn search(plan: &Plan, step: i64) -> Option<Pair> {
    let facts = persons::facts(plan).into_iter().next()?;
    let years = persons::years(plan, facts);
    let states: Vec<Vec<Hundredths>> = years
        .iter()
        .map(|bit| states(plan, &persons::standard(plan, *bit, years.len()), step))
        .collect();
    let decisions = Decisions { excused: YearSet::EMPTY, reviewed: YearSet(u64::MAX) };
    let judged = |hand: &[Hundredths]| {
        let records = persons::records(plan, &years, hand);
        outcome(plan, &Person { facts, decisions, records }).judged()
    };
    let mut best: Option<Pair> = None;
    for hand in product(&states) {
        if judged(&hand) != Verdict::Met {
            continue;
        }
        for at in 0..years.len() {
            for category in 0..3 {
                let mut more = hand.clone();
                let cell = more.get_mut(at).and_then(|hours| hours.get_mut(category));
                let Some(cell) = cell else { continue };
                *cell += step;
                let pair = Pair { years: years.clone(), hand: hand.clone(), at, category, step };
                let better = best.as_ref().is_none_or(|best| pair.plainness() < best.plainness());
                if better && judged(&more) == Verdict::NotMet {
                    best = Some(pair);
                }
            }
        }
    }
    best
}

/// Years near a standard, what tells most first: exactly, a step short, five thirds, two thirds,
/// nothing, and enough for a whole cumulative need.
fn states(plan: &Plan, need: &Thresholds, step: i64) -> Vec<Hundredths> {
    let least = need.professional + need.public.max(need.industry + need.general);
    let total = need.total.max(least);
    let whole = |hundredths: i64| hundredths / 100 * 100;
    let split = |all: i64| {
        let professional = whole(all * 2 / 3).max(need.professional.min(all));
        let public = (all - professional).max(need.public.min(all));
        let professional = all - public;
        let general = public.min(need.general.max(need.public - need.industry));
        [professional, public - general, general, 0]
    };
    let exact = split(total);
    let mut states = vec![exact];
    let mut short = exact;
    if let Some(professional) = short.first_mut().filter(|hours| **hours >= step) {
        *professional -= step;
        states.push(short);
    }
    states.extend([split(whole(total * 5 / 3)), split(whole(total * 2 / 3)), [0; 4]]);
    let needs = persons::needs(plan).into_iter().filter_map(|need| need.total);
    states.extend(needs.map(|hours| split(hours.hundredths())).max());
    states
}

/// Every choice of one state a year; of many years, only as many states as leave them countable.
fn product(states: &[Vec<Hundredths>]) -> Vec<Vec<Hundredths>> {
    let years = u32::try_from(states.len()).unwrap_or(u32::MAX);
    let few = |n: &usize| n.checked_pow(years).is_some_and(|people| people <= MOST_PEOPLE);
    let most = (2..=6).rev().find(few).unwrap_or(1);
    let mut hands: Vec<Vec<Hundredths>> = vec![Vec::new()];
    for states in states {
        let more = states.iter().take(most).flat_map(|state| {
            hands.iter().map(move |hand| {
                let mut hand = hand.clone();
                hand.push(*state);
                hand
            })
        });
        hands = more.collect();
    }
    hands
}
