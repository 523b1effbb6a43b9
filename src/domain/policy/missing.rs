//! The least hours that would turn a `not_met` into a `met`, by confirmed records alone.
//!
//! Which years to make compliant is searched, cheapest first, with a bound; the cumulative needs
//! of whatever way each requirement takes are then filled on top, and every candidate is judged
//! by the plan itself before it is believed. So a guard that more hours would close is respected.
//!
//! Where a standard asks for a share of the hours earned and cumulative hours have minima as well,
//! the answer suffices but may not be the least.

use super::evaluate::{Bench, Years, values};
use super::lift::{lift, spoils, strictest};
use super::model::{Guard, Need};
use super::plan::{Known, Rule};
use super::sheet::Sheet;
use crate::domain::answer::{Missing, Verdict};
use crate::domain::hours::Hours;
use crate::domain::year::YearSet;

/// Hours to add to a year, in hundredths: professional, industry, general.
pub type Added = [i64; 3];

/// Hours to add, by the bit of the year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Additions(pub Vec<(u32, Added)>);

impl Additions {
    /// All of them together.
    pub fn sum(&self) -> i64 {
        self.0.iter().map(|(_, added)| added.iter().sum::<i64>()).sum()
    }

    fn add(&mut self, bit: u32, category: usize, hundredths: i64) {
        if hundredths <= 0 {
            return;
        }
        let at = self.0.iter().position(|(b, _)| *b == bit).unwrap_or_else(|| {
            self.0.push((bit, Added::default()));
            self.0.len() - 1
        });
        if let Some(slot) = self.0.get_mut(at).and_then(|(_, added)| added.get_mut(category)) {
            *slot += hundredths;
        }
    }

    fn within(&self, years: YearSet) -> (i64, i64) {
        self.0.iter().filter(|(bit, _)| years.has(*bit)).fold((0, 0), |(p, q), (_, added)| {
            let [professional, industry, general] = *added;
            (p + professional, q + industry + general)
        })
    }
}

/// Additions some of which may still be of any category.
#[derive(Clone, Debug, Default)]
struct Draft {
    fixed: Additions,
    /// Year, category unless something better is known, hundredths.
    free: Vec<(u32, usize, i64)>,
}

impl Draft {
    fn sum(&self) -> i64 {
        self.fixed.sum() + self.free.iter().map(|(_, _, hundredths)| hundredths).sum::<i64>()
    }

    fn free_within(&self, years: YearSet) -> i64 {
        self.free.iter().filter(|(bit, _, _)| years.has(*bit)).map(|(_, _, h)| h).sum()
    }

    /// Lets free hours within some years be of a category, as far as they go; what is left.
    fn claim(&mut self, years: YearSet, category: usize, mut wanted: i64) -> i64 {
        for at in 0..self.free.len() {
            let Some((bit, _, hundredths)) = self.free.get_mut(at) else { break };
            if years.has(*bit) {
                let taken = wanted.min(*hundredths);
                *hundredths -= taken;
                wanted -= taken;
                let bit = *bit;
                self.fixed.add(bit, category, taken);
            }
        }
        wanted
    }

    fn settled(mut self) -> Additions {
        for (bit, category, hundredths) in self.free {
            self.fixed.add(bit, category, hundredths);
        }
        self.fixed
    }
}

/// The least hours; `None` when a fact is missing.
pub fn least(bench: &Bench<'_>) -> Option<Missing> {
    let every = YearSet(u64::MAX);
    let (required, tenure) = bench.plan.reads();
    if !super::evaluate::missing_facts((required, tenure), bench.facts).is_empty() {
        return None;
    }
    Some(match remedy(bench, every) {
        Some(additions) => Missing::Hours(Hours::from_hundredths(additions.sum())),
        None => Missing::Time,
    })
}

/// The least additions within `open` years that give `met` by confirmed records alone.
pub fn remedy(bench: &Bench<'_>, open: YearSet) -> Option<Additions> {
    let known = values(bench.plan, bench.facts).next()?;
    let sheet = bench.sheet.confirmed_only();
    let mut search = Search::new(bench, &sheet, known, open);
    search.descend(0, &mut Vec::new());
    search.best.map(|(_, additions)| additions)
}

/// A year that can be changed by adding hours.
struct Raise {
    bit: u32,
    /// The standards with which it can be made compliant.
    slots: Vec<usize>,
    /// What makes it lose a share: more hours can open a guard.
    spoil: Option<Added>,
}

/// What is done with such a year.
#[derive(Clone, Debug)]
enum Step {
    /// Compliant with these standards; hours that may be of any category are of this one.
    Lift(Vec<usize>, usize),
    Spoil(Added),
}

struct Search<'s> {
    bench: Bench<'s>,
    sheet: &'s Sheet,
    known: Known,
    open: YearSet,
    raises: Vec<Raise>,
    /// The cumulative needs that may have to be filled, one list for each way to take.
    ways: Vec<Vec<(Need, YearSet)>>,
    best: Option<(i64, Additions)>,
}

impl<'s> Search<'s> {
    fn new(bench: &Bench<'s>, sheet: &'s Sheet, known: Known, open: YearSet) -> Search<'s> {
        let bench = Bench { sheet, ..*bench };
        let raises = raises(&bench, known, open);
        let ways = ways(&bench, known);
        Search { bench, sheet, known, open, raises, ways, best: None }
    }

    /// Decides the years one by one; `chosen` is what is done with each so far.
    fn descend(&mut self, at: usize, chosen: &mut Vec<Step>) {
        let base = self.draft(chosen);
        if self.best.as_ref().is_some_and(|(least, _)| base.sum() >= *least) {
            return;
        }
        let Some(raise) = self.raises.get(at) else {
            self.fill(&base);
            return;
        };
        let (slots, spoil) = (raise.slots.clone(), raise.spoil);
        // Every subset of the standards that the year can be held to; mostly there is one.
        for subset in 0..1usize << slots.len() {
            let pick = slots.iter().enumerate().filter(|(i, _)| subset >> i & 1 == 1);
            let pick: Vec<usize> = pick.map(|(_, slot)| *slot).collect();
            for filler in self.fillers().iter().take(if pick.is_empty() { 1 } else { 3 }) {
                chosen.push(Step::Lift(pick.clone(), *filler));
                self.descend(at + 1, chosen);
                chosen.pop();
            }
        }
        if let Some(added) = spoil {
            chosen.push(Step::Spoil(added));
            self.descend(at + 1, chosen);
            chosen.pop();
        }
    }

    /// The least that does with each year what is chosen for it.
    fn draft(&self, chosen: &[Step]) -> Draft {
        let mut draft = Draft::default();
        for (raise, step) in self.raises.iter().zip(chosen) {
            let added = match step {
                Step::Lift(slots, filler) => {
                    let need = strictest(&self.bench, raise.bit, slots);
                    let lifted = lift(&need, self.sheet.cell(raise.bit).confirmed, *filler);
                    draft.free.push((raise.bit, *filler, lifted.free));
                    lifted.fixed
                }
                Step::Spoil(added) => *added,
            };
            for (category, hundredths) in added.into_iter().enumerate() {
                draft.fixed.add(raise.bit, category, hundredths);
            }
        }
        draft
    }

    /// Categories for hours that may be of any. Which one matters only where more hours can harm.
    fn fillers(&self) -> &'static [usize] {
        if self.bench.monotone { &[0] } else { &[0, 1, 2] }
    }

    /// Fills cumulative needs on top, in each way that may be taken.
    fn fill(&mut self, base: &Draft) {
        let mut tried: Vec<Additions> = Vec::new();
        for needs in self.ways.clone() {
            for filler in self.fillers().iter().copied() {
                for host in self.hosts(&needs) {
                    let Some(full) = self.filled(base, &needs, host, filler) else { continue };
                    let sum = full.sum();
                    let better = self.best.as_ref().is_none_or(|(least, _)| sum < *least);
                    if better && !tried.contains(&full) {
                        if self.gives_met(&full) {
                            self.best = Some((sum, full.clone()));
                        }
                        tried.push(full);
                    }
                }
            }
        }
    }

    /// Years that could take what cumulative needs lack: of all their windows, else none in common.
    fn hosts(&self, needs: &[(Need, YearSet)]) -> Vec<Option<u32>> {
        let common = needs.iter().fold(self.open, |years, (_, window)| years.and(*window));
        let mut hosts: Vec<Option<u32>> = common.bits().map(Some).collect();
        hosts.reverse();
        hosts.push(None);
        hosts
    }

    /// `base` with every need filled: in the host year, or in the last open year of each window.
    fn filled(
        &self,
        base: &Draft,
        needs: &[(Need, YearSet)],
        host: Option<u32>,
        filler: usize,
    ) -> Option<Additions> {
        let mut draft = base.clone();
        let host_of = |window: YearSet| {
            let last = 63u32.checked_sub(self.open.and(window).0.leading_zeros());
            host.or(last)
        };
        let lacks = |need: Option<Hours>, have: i64| {
            need.map_or(0, |need| (need.hundredths() - have).max(0))
        };
        // What must be of a category first; what may be of any fills up the totals.
        for (need, window) in needs {
            let (professional, public) = self.within(&draft, *window);
            for (category, lacking) in [
                (0, lacks(need.professional, professional)),
                (filler.max(1), lacks(need.public, public)),
            ] {
                let left = draft.claim(*window, category, lacking);
                if left > 0 {
                    draft.fixed.add(host_of(*window)?, category, left);
                }
            }
        }
        for (need, window) in needs {
            let (professional, public) = self.within(&draft, *window);
            let have = professional + public + draft.free_within(*window);
            let rest = lacks(need.total, have);
            if rest > 0 {
                draft.free.push((host_of(*window)?, filler, rest));
            }
        }
        Some(draft.settled())
    }

    /// Professional and public hours of some years, with what the draft has fixed.
    fn within(&self, draft: &Draft, years: YearSet) -> (i64, i64) {
        years.bits().fold(draft.fixed.within(years), |(professional, public), bit| {
            let [p, i, g, u] = self.sheet.cell(bit).confirmed;
            (professional + p, public + i + g + u)
        })
    }

    fn gives_met(&self, additions: &Additions) -> bool {
        let mut sheet = self.sheet.clone();
        for (bit, added) in &additions.0 {
            for (category, hundredths) in added.iter().enumerate() {
                sheet.add(*bit, category, *hundredths, false);
            }
        }
        let read = YearSet(u64::MAX);
        let years = Years::of(self.bench.plan, &sheet, read, self.bench.decisions);
        let bench = Bench { sheet: &sheet, years: &years, ..self.bench };
        let _ = self.known;
        bench.verdict() == Verdict::Met
    }
}

/// The years that are not certainly compliant with a standard that some requirement reads.
fn raises(bench: &Bench<'_>, known: Known, open: YearSet) -> Vec<Raise> {
    let plan = bench.plan;
    let mut read = vec![YearSet::EMPTY; plan.slots.len()];
    let mut looked_at = YearSet::EMPTY;
    let mut note = |slot: usize, years: YearSet| {
        if let Some(set) = read.get_mut(slot) {
            *set = set.or(years);
        }
    };
    for requirement in &plan.requirements {
        let years = plan.years_of(requirement, known);
        match requirement.rule {
            Rule::EachYear { slot, .. } => note(slot, years),
            Rule::Count { .. } | Rule::Include(_) => note(0, years),
            Rule::Sum { .. } => {}
        }
        for exception in &requirement.exceptions {
            note(exception.slot, plan.listed(&exception.also, known));
            if let Guard::AnyIncomplete(n) | Guard::AllIncomplete(n) = exception.when {
                looked_at = looked_at.or(plan.guarded(exception.window, n, known));
            }
        }
    }
    let all = read.iter().fold(looked_at, |all, years| all.or(*years)).and(open);
    let years = Years::of(plan, bench.sheet, YearSet(u64::MAX), bench.decisions);
    all.bits()
        .filter_map(|bit| {
            let slots: Vec<usize> = read
                .iter()
                .enumerate()
                .filter(|(slot, set)| set.has(bit) && !years.sure(*slot).has(bit))
                .filter(|(slot, _)| plan.slots.get(*slot).is_some_and(|s| s.piece(bit).is_some()))
                .map(|(slot, _)| slot)
                .collect();
            let spoil = spoils(bench, known, bit);
            (!slots.is_empty() || spoil.is_some()).then_some(Raise { bit, slots, spoil })
        })
        .collect()
}

/// For every way that the requirements can take together, the cumulative needs of it.
fn ways(bench: &Bench<'_>, known: Known) -> Vec<Vec<(Need, YearSet)>> {
    let plan = bench.plan;
    let mut ways: Vec<Vec<(Need, YearSet)>> = vec![Vec::new()];
    for requirement in &plan.requirements {
        let mut mine: Vec<Option<(Need, YearSet)>> = vec![match &requirement.rule {
            Rule::Sum { need, .. } => Some((need.clone(), plan.years_of(requirement, known))),
            _ => None,
        }];
        mine.extend(
            requirement
                .exceptions
                .iter()
                .map(|e| Some((e.need.clone(), plan.window(e.window, known).and(e.years)))),
        );
        ways = ways
            .iter()
            .flat_map(|so_far| {
                mine.iter().map(move |way| {
                    let mut needs = so_far.clone();
                    needs.extend(way.clone());
                    needs
                })
            })
            .collect();
    }
    ways
}
