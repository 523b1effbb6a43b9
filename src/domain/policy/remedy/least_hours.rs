//! The least hours that would turn a `not_met` into a `met`, by confirmed records alone.
//!
//! The requirements can be satisfied in a few ways: each by itself or by one of its exceptions. Such an
//! alternative names years that must become compliant, numbers of years among which the cheapest are
//! chosen, and cumulative needs that are filled on top. Every candidate is judged by the plan
//! itself before it is believed, so a guard that more hours would close is respected.
//!
//! Where a standard asks for a share of the hours earned and cumulative hours have minima as well,
//! the answer suffices but may not be the least. Nor where a guarded year could be kept just short
//! by spreading hours over several years, hundredth by hundredth: that is not tried.

use super::additions::{Added, Additions, Draft};
use super::alternatives::{Alternative, alternatives};
use super::top_up::{breaking_share, strictest, top_up};
use crate::domain::answer::{Missing, Verdict};
use crate::domain::hours::Hours;
use crate::domain::policy::evaluate::context::Context;
use crate::domain::policy::evaluate::facts::{missing_facts, possible_facts};
use crate::domain::policy::evaluate::years::CompliantYears;
use crate::domain::policy::notice::model::Need;
use crate::domain::policy::plan::{KnownFacts, Slot};
use crate::domain::year::YearSet;

/// The least hours; `None` when a fact is missing.
pub fn least_hours(context: &Context<'_>) -> Option<Missing> {
    if !missing_facts(context.plan.reads(), context.facts).is_empty() {
        return None;
    }
    Some(match least_additions(context, YearSet(u64::MAX)) {
        Some(additions) => Missing::Hours(Hours::from_hundredths(additions.sum())),
        None => Missing::Time,
    })
}

/// The least additions within `open` years that give `met` by confirmed records alone.
pub fn least_additions(context: &Context<'_>, open: YearSet) -> Option<Additions> {
    let known = possible_facts(context.plan, context.facts).next()?;
    let hours = context.hours.confirmed_only();
    let years = CompliantYears::of(context.plan, &hours, YearSet(u64::MAX), context.decisions);
    let context = Context { hours: &hours, years: &years, ..*context };
    let mut search = Search { context, known, open, best: None };
    for alternative in alternatives(&context, known) {
        search.try_alternative(&alternative);
    }
    search.best.map(|(_, additions)| additions)
}

/// The years to make compliant, by slot.
type Demands = Vec<YearSet>;

struct Search<'s> {
    context: Context<'s>,
    known: KnownFacts,
    open: YearSet,
    best: Option<(i64, Additions)>,
}

impl Search<'_> {
    fn try_alternative(&mut self, alternative: &Alternative) {
        let mut demands = vec![YearSet::EMPTY; self.context.plan.slots.len()];
        for (slot, years) in &alternative.years {
            let lacking = years.minus(self.context.years.sure(*slot));
            if !lacking.within(self.improvable(*slot)) {
                return;
            }
            if let Some(set) = demands.get_mut(*slot) {
                *set = set.or(lacking);
            }
        }
        self.choose_counts(alternative, 0, &demands);
    }

    /// Years that more hours can make compliant with a slot.
    fn improvable(&self, slot: usize) -> YearSet {
        let slot = self.context.plan.slots.get(slot);
        slot.map(Slot::covered).unwrap_or_default().and(self.open)
    }

    /// Decides the counts one after the other.
    fn choose_counts(&mut self, alternative: &Alternative, at: usize, demands: &Demands) {
        let Some((years, need)) = alternative.counts.get(at) else {
            return self.open_guards(alternative, demands);
        };
        let asked = demands.first().copied().unwrap_or_default();
        let there = self.context.years.sure(0).or(asked);
        let lacking = need - i64::from(years.and(there).len());
        let Ok(lacking) = usize::try_from(lacking.max(0)) else { return };
        let mut candidates: Vec<(i64, u32)> = years
            .minus(there)
            .and(self.improvable(0))
            .bits()
            .map(|bit| (self.cost(bit, demands), bit))
            .collect();
        // Cheapest first; among equals the latest year.
        candidates.sort_by_key(|(cost, bit)| (*cost, std::cmp::Reverse(*bit)));
        self.choose_years(alternative, at, demands, &candidates, lacking);
    }

    /// Chooses `lacking` of the candidates, cheapest first, as long as that can still be the least.
    fn choose_years(
        &mut self,
        alternative: &Alternative,
        at: usize,
        demands: &Demands,
        candidates: &[(i64, u32)],
        lacking: usize,
    ) {
        if lacking == 0 {
            return self.choose_counts(alternative, at + 1, demands);
        }
        let so_far = self.draft(demands, 0).sum();
        for (i, (_, bit)) in candidates.iter().enumerate() {
            let rest = candidates.get(i..).unwrap_or_default();
            let cheapest: i64 = rest.iter().take(lacking).map(|(cost, _)| cost).sum();
            if rest.len() < lacking || self.is_beaten(so_far + cheapest) {
                return;
            }
            let mut demands = demands.clone();
            if let Some(annual) = demands.first_mut() {
                *annual = annual.or(YearSet(1 << bit));
            }
            self.choose_years(
                alternative,
                at,
                &demands,
                rest.get(1..).unwrap_or_default(),
                lacking - 1,
            );
        }
    }

    /// How many more hours a year costs, on top of what is asked of it already.
    fn cost(&self, bit: u32, demands: &Demands) -> i64 {
        let year = YearSet(1 << bit);
        let mut only: Demands = demands.iter().map(|years| years.and(year)).collect();
        let before = self.draft(&only, 0).sum();
        if let Some(annual) = only.first_mut() {
            *annual = year;
        }
        self.draft(&only, 0).sum() - before
    }

    /// Where a guard looks at shares, more hours can open it.
    fn open_guards(&mut self, alternative: &Alternative, demands: &Demands) {
        let mut openings: Vec<Vec<(u32, Added)>> = vec![Vec::new()];
        for (years, any) in &alternative.guards {
            let open = years.and(self.open);
            let each: Vec<(u32, Added)> = open
                .bits()
                .filter_map(|bit| Some((bit, breaking_share(&self.context, self.known, bit)?)))
                .collect();
            if *any {
                openings.extend(each.into_iter().map(|one| vec![one]));
            } else if !each.is_empty() {
                openings.push(each);
            }
        }
        for additions in openings {
            for filler in self.fillers() {
                let mut draft = self.draft(demands, *filler);
                for (bit, added) in &additions {
                    for (category, hundredths) in added.iter().enumerate() {
                        draft.fixed.add(*bit, category, *hundredths);
                    }
                }
                self.fill(&draft, &alternative.needs, *filler);
                if !self.context.monotone {
                    // Which year's free hours serve a minimum may decide a guard.
                    draft.free.reverse();
                    self.fill(&draft, &alternative.needs, *filler);
                }
            }
        }
    }

    /// The least that makes the years compliant with what is asked of them.
    fn draft(&self, demands: &Demands, filler: usize) -> Draft {
        let mut draft = Draft::default();
        let years = demands.iter().fold(YearSet::EMPTY, |all, years| all.or(*years));
        for bit in years.bits() {
            let asked = demands.iter().enumerate().filter(|(_, years)| years.has(bit));
            let slots: Vec<usize> = asked.map(|(slot, _)| slot).collect();
            let need = strictest(&self.context, bit, &slots);
            let topped_up = top_up(&need, self.context.hours.cell(bit).confirmed, filler);
            for (category, hundredths) in topped_up.fixed.into_iter().enumerate() {
                draft.fixed.add(bit, category, hundredths);
            }
            draft.free.push((bit, filler, topped_up.free));
        }
        draft
    }

    /// Categories for hours that may be of any. Which one matters only where more hours can harm.
    fn fillers(&self) -> &'static [usize] {
        if self.context.monotone { &[0] } else { &[0, 1, 2] }
    }

    /// Fills the cumulative needs of an alternative on top, and keeps what the plan then finds met.
    fn fill(&mut self, base: &Draft, needs: &[(Need, YearSet)], filler: usize) {
        if self.is_beaten(base.sum()) {
            return;
        }
        let mut tried: Vec<Additions> = Vec::new();
        for host in self.hosts(needs) {
            let Some(full) = self.filled(base, needs, host, filler) else { continue };
            let sum = full.sum();
            if !self.is_beaten(sum) && !tried.contains(&full) {
                if self.gives_met(&full) {
                    self.best = Some((sum, full.clone()));
                }
                tried.push(full);
            }
        }
    }

    fn is_beaten(&self, sum: i64) -> bool {
        self.best.as_ref().is_some_and(|(least_hours, _)| sum >= *least_hours)
    }

    /// Years that could take what cumulative needs lack; at last, each window its own last year.
    fn hosts(&self, needs: &[(Need, YearSet)]) -> Vec<Option<u32>> {
        let windows = needs.iter().fold(YearSet::EMPTY, |all, (_, window)| all.or(*window));
        let mut hosts: Vec<Option<u32>> = windows.and(self.open).bits().map(Some).collect();
        hosts.reverse();
        hosts.push(None);
        hosts
    }

    /// `base` with every need filled: in the host year where a window has it, else in the window's last open year.
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
            host.filter(|bit| window.has(*bit)).or(last)
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
            let [p, i, g, u] = self.context.hours.cell(bit).confirmed;
            (professional + p, public + i + g + u)
        })
    }

    fn gives_met(&self, additions: &Additions) -> bool {
        let mut hours = self.context.hours.clone();
        for (bit, added) in &additions.0 {
            for (category, hundredths) in added.iter().enumerate() {
                hours.add(*bit, category, *hundredths, false);
            }
        }
        let plan = self.context.plan;
        let years = CompliantYears::of(plan, &hours, YearSet(u64::MAX), self.context.decisions);
        Context { hours: &hours, years: &years, ..self.context }.verdict() == Verdict::Met
    }
}
