//! The least hours that would turn a `not_met` into a `met`, by confirmed records alone.
//!
//! The requirements can be satisfied in a few ways: each by itself or by one of its exceptions. A
//! way names years that must become compliant, numbers of years among which the cheapest are
//! chosen, and cumulative needs that are filled on top. Every candidate is judged by the plan
//! itself before it is believed, so a guard that more hours would close is respected.
//!
//! Where a standard asks for a share of the hours earned and cumulative hours have minima as well,
//! the answer suffices but may not be the least. Nor where a guarded year could be kept just short
//! by spreading hours over several years, hundredth by hundredth: that is not tried.

use super::additions::{Added, Additions, Draft};
use super::alternatives::{Way, ways};
use super::top_up::{lift, spoils, strictest};
use crate::domain::answer::{Missing, Verdict};
use crate::domain::hours::Hours;
use crate::domain::policy::evaluate::context::Bench;
use crate::domain::policy::evaluate::facts::{missing_facts, values};
use crate::domain::policy::evaluate::years::Years;
use crate::domain::policy::notice::model::Need;
use crate::domain::policy::plan::{Known, Slot};
use crate::domain::year::YearSet;

/// The least hours; `None` when a fact is missing.
pub fn least(bench: &Bench<'_>) -> Option<Missing> {
    if !missing_facts(bench.plan.reads(), bench.facts).is_empty() {
        return None;
    }
    Some(match remedy(bench, YearSet(u64::MAX)) {
        Some(additions) => Missing::Hours(Hours::from_hundredths(additions.sum())),
        None => Missing::Time,
    })
}

/// The least additions within `open` years that give `met` by confirmed records alone.
pub fn remedy(bench: &Bench<'_>, open: YearSet) -> Option<Additions> {
    let known = values(bench.plan, bench.facts).next()?;
    let sheet = bench.sheet.confirmed_only();
    let years = Years::of(bench.plan, &sheet, YearSet(u64::MAX), bench.decisions);
    let bench = Bench { sheet: &sheet, years: &years, ..*bench };
    let mut search = Search { bench, known, open, best: None };
    for way in ways(&bench, known) {
        search.take(&way);
    }
    search.best.map(|(_, additions)| additions)
}

/// The years to make compliant, by slot.
type Demands = Vec<YearSet>;

struct Search<'s> {
    bench: Bench<'s>,
    known: Known,
    open: YearSet,
    best: Option<(i64, Additions)>,
}

impl Search<'_> {
    fn take(&mut self, way: &Way) {
        let mut demands = vec![YearSet::EMPTY; self.bench.plan.slots.len()];
        for (slot, years) in &way.years {
            let lacking = years.minus(self.bench.years.sure(*slot));
            if !lacking.within(self.liftable(*slot)) {
                return;
            }
            if let Some(set) = demands.get_mut(*slot) {
                *set = set.or(lacking);
            }
        }
        self.count(way, 0, &demands);
    }

    /// Years that more hours can make compliant with a slot.
    fn liftable(&self, slot: usize) -> YearSet {
        let slot = self.bench.plan.slots.get(slot);
        slot.map(Slot::covered).unwrap_or_default().and(self.open)
    }

    /// Decides the counts one after the other.
    fn count(&mut self, way: &Way, at: usize, demands: &Demands) {
        let Some((years, need)) = way.counts.get(at) else {
            return self.spoil(way, demands);
        };
        let asked = demands.first().copied().unwrap_or_default();
        let there = self.bench.years.sure(0).or(asked);
        let lacking = need - i64::from(years.and(there).len());
        let Ok(lacking) = usize::try_from(lacking.max(0)) else { return };
        let mut candidates: Vec<(i64, u32)> = years
            .minus(there)
            .and(self.liftable(0))
            .bits()
            .map(|bit| (self.cost(bit, demands), bit))
            .collect();
        // Cheapest first; among equals the latest year.
        candidates.sort_by_key(|(cost, bit)| (*cost, std::cmp::Reverse(*bit)));
        self.pick(way, at, demands, &candidates, lacking);
    }

    /// Chooses `lacking` of the candidates, cheapest first, as long as that can still be the least.
    fn pick(
        &mut self,
        way: &Way,
        at: usize,
        demands: &Demands,
        candidates: &[(i64, u32)],
        lacking: usize,
    ) {
        if lacking == 0 {
            return self.count(way, at + 1, demands);
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
            self.pick(way, at, &demands, rest.get(1..).unwrap_or_default(), lacking - 1);
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
    fn spoil(&mut self, way: &Way, demands: &Demands) {
        let mut spoilt: Vec<Vec<(u32, Added)>> = vec![Vec::new()];
        for (years, any) in &way.guards {
            let open = years.and(self.open);
            let each: Vec<(u32, Added)> = open
                .bits()
                .filter_map(|bit| Some((bit, spoils(&self.bench, self.known, bit)?)))
                .collect();
            if *any {
                spoilt.extend(each.into_iter().map(|one| vec![one]));
            } else if !each.is_empty() {
                spoilt.push(each);
            }
        }
        for additions in spoilt {
            for filler in self.fillers() {
                let mut draft = self.draft(demands, *filler);
                for (bit, added) in &additions {
                    for (category, hundredths) in added.iter().enumerate() {
                        draft.fixed.add(*bit, category, *hundredths);
                    }
                }
                self.fill(&draft, &way.needs, *filler);
                if !self.bench.monotone {
                    // Which year's free hours serve a minimum may decide a guard.
                    draft.free.reverse();
                    self.fill(&draft, &way.needs, *filler);
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
            let need = strictest(&self.bench, bit, &slots);
            let lifted = lift(&need, self.bench.sheet.cell(bit).confirmed, filler);
            for (category, hundredths) in lifted.fixed.into_iter().enumerate() {
                draft.fixed.add(bit, category, hundredths);
            }
            draft.free.push((bit, filler, lifted.free));
        }
        draft
    }

    /// Categories for hours that may be of any. Which one matters only where more hours can harm.
    fn fillers(&self) -> &'static [usize] {
        if self.bench.monotone { &[0] } else { &[0, 1, 2] }
    }

    /// Fills the cumulative needs of a way on top, and keeps what the plan then finds met.
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
        self.best.as_ref().is_some_and(|(least, _)| sum >= *least)
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
            let [p, i, g, u] = self.bench.sheet.cell(bit).confirmed;
            (professional + p, public + i + g + u)
        })
    }

    fn gives_met(&self, additions: &Additions) -> bool {
        let mut sheet = self.bench.sheet.clone();
        for (bit, added) in &additions.0 {
            for (category, hundredths) in added.iter().enumerate() {
                sheet.add(*bit, category, *hundredths, false);
            }
        }
        let plan = self.bench.plan;
        let years = Years::of(plan, &sheet, YearSet(u64::MAX), self.bench.decisions);
        Bench { sheet: &sheet, years: &years, ..self.bench }.verdict() == Verdict::Met
    }
}
