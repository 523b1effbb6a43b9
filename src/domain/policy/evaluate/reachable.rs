//! What the records of one year can reach: every sum of professional and public hours, and what
//! each does to compliance.

use super::bounds::Bounds;
use super::decisions::Decisions;
use super::hours::{HoursByYear, Hundredths, in_ratio, satisfied_at_worst};
use super::outcomes::{Extreme, Outcome, Reads, extremes};
use super::subset_sums::Sums;
use crate::domain::category::CategorySet;
use crate::domain::policy::plan::{Plan, Thresholds};

/// A year, with everything that its outcomes depend on.
pub(super) struct YearRecords<'b> {
    /// The standards of the year, by slot.
    pub(super) standards: Vec<(usize, &'b Thresholds)>,
    /// Slots without a standard for the year.
    pub(super) unstated: Vec<usize>,
    /// Slots that are given: deemed or excused.
    given: u32,
    confirmed: Hundredths,
    /// Pending records by category.
    pending: [Vec<i64>; 4],
    cap: usize,
}

impl<'b> YearRecords<'b> {
    pub(super) fn of(
        plan: &'b Plan,
        hours: &HoursByYear,
        decisions: Decisions,
        bit: u32,
        largest_sum: i64,
    ) -> YearRecords<'b> {
        let is_given = plan.deemed.or(decisions.excused).has(bit);
        let (mut standards, mut unstated, mut given) = (Vec::new(), Vec::new(), 0);
        for (number, slot) in plan.slots.iter().enumerate() {
            match slot.piece(bit) {
                _ if is_given => given |= 1 << number,
                Some(piece) => standards.push((number, &piece.need)),
                None => unstated.push(number),
            }
        }
        let cell = hours.cell(bit);
        let cap = cap(&standards, largest_sum, cell.all().iter().sum());
        let mut pending: [Vec<i64>; 4] = Default::default();
        for record in hours.pending.iter().filter(|record| record.bit == bit) {
            if let Some(items) = pending.get_mut(record.category) {
                items.push(record.hundredths);
            }
        }
        YearRecords { standards, unstated, given, confirmed: cell.confirmed, pending, cap }
    }

    /// What subsets of the pending records of some categories reach, with all confirmed ones.
    fn sums(&self, categories: &[usize], cap: usize) -> Sums {
        let start = categories.iter().filter_map(|c| self.confirmed.get(*c)).sum();
        let items = categories.iter().filter_map(|c| self.pending.get(*c)).flatten();
        Sums::of(start, items.copied(), cap)
    }

    /// Adds the confirmed and any of the pending hours of some categories.
    fn add(&self, mut sums: Sums, categories: &[usize]) -> Sums {
        let start: i64 = categories.iter().filter_map(|c| self.confirmed.get(*c)).sum();
        sums = sums.shifted(index(start));
        for item in categories.iter().filter_map(|c| self.pending.get(*c)).flatten() {
            sums.offer(*item);
        }
        sums
    }

    /// Incomplete at a slot with the most hours, each way of missing the standard apart.
    pub(super) fn incomplete(&self, slot: usize, all: Hundredths, reads: &Reads) -> Vec<Outcome> {
        let [professional, industry, general, unsplit] = all;
        let public = industry + general + unsplit;
        let outcome = |professional, public| Outcome { compliant: 0, professional, public };
        let Some((_, need)) = self.standards.iter().find(|(number, _)| *number == slot) else {
            return vec![outcome(professional, public)];
        };
        if !satisfied_at_worst(need, all) {
            return vec![outcome(professional, public)];
        }
        let below = |categories: &[usize], limit: i64| {
            let cap = index(limit);
            let most = self.sums(categories, cap).highest(0, cap.checked_sub(1)?)?;
            i64::try_from(most).ok()
        };
        let mut found = Vec::new();
        found.extend(below(&[0], need.professional).map(|p| outcome(p, public)));
        found.extend(below(&[1, 2, 3], need.public).map(|q| outcome(professional, q)));
        let short =
            below(&[2], need.general).map(|g| outcome(professional, g + industry + unsplit));
        found.extend(short);
        let short =
            below(&[1], need.industry).map(|i| outcome(professional, i + general + unsplit));
        found.extend(short);
        if !reads.professional && !reads.public {
            found.extend(below(&[0, 1, 2, 3], need.total).map(|total| outcome(total, 0)));
        } else if need.total > 0 {
            let cap = index(need.total);
            let publics = self.sums(&[1, 2, 3], cap);
            for p in self.sums(&[0], cap).iter().take_while(|p| *p < cap) {
                let q = publics.highest(0, cap - 1 - p);
                let amount = |sum: usize| i64::try_from(sum).unwrap_or(0);
                found.extend(q.map(|q| outcome(amount(p), amount(q))));
            }
        }
        extremes(found, *reads, Extreme::Best)
    }

    /// The outcomes on its records.
    pub(super) fn outcomes(&self, extreme: Extreme) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        let professionals = self.professionals(extreme);
        for (general, industry) in self.boxes() {
            let public = self.public_in(general, industry);
            if public.is_empty() {
                continue;
            }
            for professional in &professionals {
                self.scan(*professional, &public, (general.0, industry.0), extreme, &mut outcomes);
            }
        }
        outcomes
    }

    /// Professional hours that differ in effect: beyond every threshold only the extreme does.
    fn professionals(&self, extreme: Extreme) -> Vec<usize> {
        let matters = |(_, need): &(usize, &Thresholds)| need.total.max(need.professional);
        let top = self.standards.iter().map(matters).max().unwrap_or(0);
        let has_ratio = self.standards.iter().any(|(_, need)| need.ratio.is_some());
        let top = if has_ratio { self.cap } else { index(top) };
        let professional = self.sums(&[0], self.cap);
        let mut sums: Vec<usize> = professional.iter().take_while(|p| *p < top).collect();
        sums.extend(match extreme {
            Extreme::Best => professional.highest(top, self.cap),
            Extreme::Worst => professional.lowest(top, self.cap),
        });
        sums
    }

    /// Intervals of general and of industry hours within which no separate minimum is crossed.
    fn boxes(&self) -> Vec<(Interval, Interval)> {
        let intervals = |minimum: fn(&Thresholds) -> i64| {
            let mut cuts: Vec<i64> = self.standards.iter().map(|(_, n)| minimum(n)).collect();
            cuts.push(0);
            cuts.sort_unstable();
            cuts.dedup();
            let ends = cuts.iter().skip(1).map(|cut| Some(*cut)).chain([None]);
            cuts.iter().copied().zip(ends).collect::<Vec<Interval>>()
        };
        let industry = intervals(|need| need.industry);
        intervals(|need| need.general)
            .into_iter()
            .flat_map(|g| industry.iter().map(move |i| (g, *i)))
            .collect()
    }

    /// The public sums that can be reached with general and industry hours in these intervals.
    ///
    /// A choice of records and a split exist for a sum `s = i + g + u` exactly if `g` and `i` stay
    /// below their ends, `g + u` and `i + u` reach their begins, and `s` fits between the sums of
    /// begins and of ends.
    fn public_in(&self, general: Interval, industry: Interval) -> Sums {
        let last = i64::try_from(self.cap).unwrap_or(i64::MAX);
        let below = |end: Option<i64>| end.map_or(last, |end| end - 1);
        let high = match (general.1, industry.1) {
            (Some(g), Some(i)) => g + i - 2,
            _ => last,
        };
        let bounds = (general.0 + industry.0, high);
        if industry == (0, None) && general == (0, None) {
            return self.sums(&[1, 2, 3], self.cap);
        }
        if industry == (0, None) && general.0 == 0 {
            let sums = self.sums(&[2], self.cap).within(0, below(general.1));
            return self.add(sums, &[1, 3]).within(bounds.0, bounds.1);
        }
        if industry == (0, None) && general.1.is_none() {
            let sums = self.sums(&[2, 3], self.cap).within(general.0, last);
            return self.add(sums, &[1]).within(bounds.0, bounds.1);
        }
        let mut all = Sums::none(self.cap);
        let (generals, industries) = (self.sums(&[2], self.cap), self.sums(&[1], self.cap));
        for unsplit in self.sums(&[3], self.cap).iter() {
            let least = |begin: i64| (begin - i64::try_from(unsplit).unwrap_or(0)).max(0);
            let g = generals.within(least(general.0), below(general.1));
            let i = industries.within(least(industry.0), below(industry.1));
            all.unite(&g.plus(&i).shifted(unsplit));
        }
        all.within(bounds.0, bounds.1)
    }

    /// The extreme public sum in every interval in which compliance does not change.
    fn scan(
        &self,
        professional: usize,
        public: &Sums,
        (general, industry): (i64, i64),
        extreme: Extreme,
        outcomes: &mut Vec<Outcome>,
    ) {
        let p = i64::try_from(professional).unwrap_or(i64::MAX);
        let mut cuts = vec![0];
        for (_, need) in &self.standards {
            cuts.extend([need.public, need.total - p].map(index));
            cuts.extend(need.ratio.map(|ratio| {
                let part = if ratio.of == CategorySet::Professional {
                    p * (ratio.denominator - ratio.numerator) / ratio.numerator + 1
                } else {
                    let rest = (ratio.denominator - ratio.numerator).max(1);
                    (ratio.numerator * p + rest - 1) / rest
                };
                index(part)
            }));
        }
        cuts.retain(|cut| *cut <= self.cap);
        cuts.sort_unstable();
        cuts.dedup();
        for (at, low) in cuts.iter().enumerate() {
            let high = cuts.get(at + 1).map_or(self.cap, |next| next - 1);
            let sum = match extreme {
                Extreme::Best => public.highest(*low, high),
                Extreme::Worst => public.lowest(*low, high),
            };
            if let Some(q) = sum.and_then(|sum| i64::try_from(sum).ok()) {
                let mut compliant = self.given;
                for (slot, need) in &self.standards {
                    let holds = p >= need.professional
                        && q >= need.public
                        && p + q >= need.total
                        && general >= need.general
                        && industry >= need.industry
                        && need.ratio.is_none_or(|ratio| in_ratio(ratio, p, q));
                    compliant |= u32::from(holds) << slot;
                }
                outcomes.push(Outcome { compliant, professional: p, public: q });
            }
        }
    }
}

/// From, and before which; `None` = without end.
type Interval = (i64, Option<i64>);

/// Where sums may saturate: above everything that they are compared with.
fn cap(standards: &[(usize, &Thresholds)], largest_sum: i64, everything: i64) -> usize {
    if standards.iter().any(|(_, need)| need.ratio.is_some()) {
        // A share compares hours with hours: nothing may saturate.
        return index(everything.max(largest_sum)) + 1;
    }
    let most = |get: fn(&Thresholds) -> i64| standards.iter().map(|(_, n)| get(n)).max();
    let split = most(|n| n.general).unwrap_or(0) + most(|n| n.industry).unwrap_or(0);
    let single = most(|n| n.total.max(n.professional).max(n.public)).unwrap_or(0);
    index(split.max(single).max(largest_sum).min(everything)) + 1
}

fn index(hundredths: i64) -> usize {
    usize::try_from(hundredths.max(0)).unwrap_or(usize::MAX)
}

/// Compliance of one year with one slot on its records, exact also where a share can be lost.
pub(super) fn compliance(
    plan: &Plan,
    hours: &HoursByYear,
    decisions: Decisions,
    bit: u32,
    slot: usize,
) -> Bounds {
    let outcomes = YearRecords::of(plan, hours, decisions, bit, 0).outcomes(Extreme::Best);
    let holds = |o: &Outcome| o.compliant >> slot & 1 == 1;
    Bounds { sure: outcomes.iter().all(holds), possible: outcomes.iter().any(holds) }
}
