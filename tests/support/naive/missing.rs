//! The least hours to add so that the confirmed records alone give `met`.
//!
//! What additions can change is only which inequalities hold (an amount of a year reaches its need or
//! stays below; a sum reaches its need). So: for every year each set of inequalities with one effect
//! on the year (a region), for every combination of regions each set of sums, and the least whole
//! hundredths inside. [`tried`] is the check on this: it adds hundredth by hundredth.

use super::integer::{Row, least as least_whole};
use super::rule::{Facts, Need, Settled, Span, sum_of};
use super::settle::{Hours, Matter, YearBook, one_sided};
use std::collections::{BTreeMap, BTreeSet};

/// Additions are professional, industry, general.
const CATEGORIES: [&str; 3] = ["professional", "industry", "general"];

type Compliance = BTreeSet<Vec<bool>>;

/// Additions to a year within which it can turn out in the same ways.
#[derive(Clone)]
struct Region {
    rows: Vec<Row>,
    compliance: Compliance,
    cost: i64,
}

/// A year of the search.
struct Choice {
    year: i64,
    base: Hours,
    regions: Vec<Region>,
}

/// The search over the years' regions.
struct Search<'a> {
    matter: &'a Matter,
    facts: Facts,
    choices: Vec<Choice>,
    sums: Vec<(&'a Span, &'a Need)>,
    best: Option<i64>,
}

fn coefficients(of: &[String]) -> Vec<i64> {
    CATEGORIES.iter().map(|c| i64::from(of.iter().any(|o| o == c))).collect()
}

/// The inequalities of a year under one standard, in the hours added.
fn inequalities(hours: &Hours, need: &Need) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(total) = need.total {
        rows.push(Row { coef: vec![1, 1, 1], need: total - hours.total() });
    }
    for (of, least) in &need.min {
        let short = least - hours.split_of(of);
        let public = of.iter().any(|c| c == "industry" || c == "general");
        if one_sided(of) {
            rows.push(Row { coef: coefficients(of), need: short });
        }
        let at_best = if public { short - hours.unsplit } else { short };
        rows.push(Row { coef: coefficients(of), need: at_best });
    }
    if let Some((of, n, d)) = &need.ratio {
        assert!(!one_sided(of), "missing hours under a ratio of one public category");
        let public = of.iter().any(|c| c == "general");
        let have = hours.split_of(of) + if public { hours.unsplit } else { 0 };
        let coef = coefficients(of).iter().map(|c| c * d - n).collect();
        rows.push(Row { coef, need: n * hours.total() - d * have });
    }
    rows
}

/// Where minima over one public category compete for the same unsplit hours.
fn competing(hours: &Hours, needs: &[&Need]) -> Vec<Row> {
    let minima: Vec<_> =
        needs.iter().flat_map(|n| &n.min).filter(|(of, _)| one_sided(of)).collect();
    let mut rows = Vec::new();
    for (of, least) in &minima {
        for (other, least_other) in &minima {
            if of.iter().any(|c| c == "general") && other.iter().any(|c| c == "industry") {
                let coef: Vec<i64> =
                    coefficients(of).iter().zip(coefficients(other)).map(|(a, b)| a + b).collect();
                let have = hours.split_of(of) + hours.split_of(other) + hours.unsplit;
                let need = least + least_other - have;
                rows.push(Row { coef: coef.clone(), need });
                rows.push(Row { coef, need: need - 1 });
            }
        }
    }
    rows
}

/// The same year with hours added.
fn with(book: &YearBook, added: &[i64]) -> YearBook {
    let mut more = book.clone();
    for (category, hours) in CATEGORIES.iter().zip(added) {
        more.confirmed.add(category, *hours);
    }
    more
}

fn compliance(matter: &Matter, book: &YearBook) -> Compliance {
    matter.seen(book, false).into_iter().map(|o| o.compliant).collect()
}

/// Every possible combination of inequalities that hold or not, with what the year is then.
fn cells(matter: &Matter, book: &YearBook, rows: &[Row]) -> Vec<(usize, Compliance)> {
    let mut cells: Vec<(usize, Vec<Row>)> = vec![(0, Vec::new())];
    for (bit, row) in rows.iter().enumerate() {
        let mut next = Vec::new();
        for (bits, so_far) in cells {
            for (bits, row) in [(bits, row.not()), (bits | 1 << bit, row.clone())] {
                let all: Vec<Row> = so_far.iter().cloned().chain([row]).collect();
                if least_whole(3, &all, i64::MAX).is_some() {
                    next.push((bits, all));
                }
            }
        }
        cells = next;
    }
    let look = |(bits, rows): (usize, Vec<Row>)| {
        let point = least_whole(3, &rows, i64::MAX).unwrap();
        (bits, compliance(matter, &with(book, &point)))
    };
    cells.into_iter().map(look).collect()
}

/// The widest sets of additions within which the year can turn out in the same ways.
fn regions(matter: &Matter, book: &YearBook, summed: bool) -> Vec<Region> {
    let needs: Vec<&Need> = matter.asked(book).collect();
    let mut rows: Vec<Row> = needs.iter().flat_map(|n| inequalities(&book.confirmed, n)).collect();
    if book.confirmed.unsplit > 0 {
        rows.extend(competing(&book.confirmed, &needs));
    }
    let mut distinct: Vec<Row> = Vec::new();
    for row in rows {
        let settled = row.need <= 0 && row.coef.iter().all(|c| *c >= 0);
        if !settled && !distinct.contains(&row) {
            distinct.push(row);
        }
    }
    let cells = cells(matter, book, &distinct);
    let mut masks: Vec<usize> = (0..1 << distinct.len()).collect();
    masks.sort_by_key(|m: &usize| m.count_ones());
    let mut kept: Vec<(usize, usize, Region)> = Vec::new();
    for mask in masks {
        let values: BTreeSet<usize> = cells.iter().map(|(bits, _)| bits & mask).collect();
        for value in values {
            let inside = cells.iter().filter(|(bits, _)| bits & mask == value);
            let found: BTreeSet<&Compliance> = inside.map(|(_, c)| c).collect();
            let wider = kept.iter().any(|(m, v, _)| m & mask == *m && value & m == *v);
            if found.len() != 1 || wider {
                continue;
            }
            let chosen = distinct.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1);
            let side =
                |(i, row): (usize, &Row)| if value >> i & 1 == 1 { row.clone() } else { row.not() };
            let rows: Vec<Row> = chosen.map(side).collect();
            let cost = least_whole(3, &rows, i64::MAX).unwrap().iter().sum();
            let compliance = (*found.first().unwrap()).clone();
            kept.push((mask, value, Region { rows, compliance, cost }));
        }
    }
    let mut all: Vec<Region> = kept.into_iter().map(|(_, _, region)| region).collect();
    all.sort_by_key(|r| r.cost);
    if !summed {
        let mut seen: Vec<Compliance> = Vec::new();
        all.retain(|r| {
            let new = !seen.contains(&r.compliance);
            seen.push(r.compliance.clone());
            new
        });
    }
    all
}

impl Search<'_> {
    /// Chooses a region for each year, cheapest first.
    fn choose(&mut self, chosen: &mut Vec<usize>, cost: i64) {
        if self.best.is_some_and(|best| cost >= best) {
            return;
        }
        let Some(choice) = self.choices.get(chosen.len()) else {
            self.settle(chosen, cost);
            return;
        };
        let costs: Vec<i64> = choice.regions.iter().map(|r| r.cost).collect();
        for (i, more) in costs.into_iter().enumerate() {
            chosen.push(i);
            self.choose(chosen, cost + more);
            chosen.pop();
        }
    }

    fn region(&self, chosen: &[usize], i: usize) -> &Region {
        &self.choices[i].regions[chosen[i]]
    }

    /// Tries each set of sums on top of the chosen regions, fewest first.
    fn settle(&mut self, chosen: &[usize], cost: i64) {
        let mut sets: Vec<usize> = (0..1 << self.sums.len()).collect();
        sets.sort_by_key(|s: &usize| s.count_ones());
        let mut enough: Vec<usize> = Vec::new();
        for set in sets {
            if enough.iter().any(|e| e & set == *e) || !self.met(chosen, set) {
                continue;
            }
            enough.push(set);
            if let Some(found) = self.least(chosen, set, cost) {
                self.best = Some(self.best.map_or(found, |best| best.min(found)));
            }
        }
    }

    /// Whether every settlement is `met` when exactly these sums are reached.
    fn met(&self, chosen: &[usize], set: usize) -> bool {
        let ways: Vec<Vec<&Vec<bool>>> =
            (0..chosen.len()).map(|i| self.region(chosen, i).compliance.iter().collect()).collect();
        let place: BTreeMap<i64, usize> = self.choices.iter().map(|c| c.year).zip(0..).collect();
        let size: usize = ways.iter().map(Vec::len).product();
        assert!(size <= 1_000_000, "{size} settlements: too many for the naive evaluator");
        let reached = |_: &Span, need: &Need| {
            let i = self.sums.iter().position(|(_, n)| std::ptr::eq(*n, need)).unwrap();
            set >> i & 1 == 1
        };
        (0..size).all(|number| {
            let (mut rest, mut at) = (number, Vec::new());
            for w in &ways {
                at.push(rest % w.len());
                rest /= w.len();
            }
            let compliant = |year: i64, standard: usize| {
                let i = place[&year];
                ways[i][at[i]][standard]
            };
            let s = Settled { facts: self.facts, compliant: &compliant, reached: &reached };
            self.matter.rule.requirements.iter().all(|r| r.holds(&s, None))
        })
    }

    /// The least additions inside the chosen regions that reach the sums of the set.
    fn least(&self, chosen: &[usize], set: usize, cost: i64) -> Option<i64> {
        let needed: Vec<_> = (0..self.sums.len()).filter(|i| set >> i & 1 == 1).collect();
        let windows: Vec<Vec<i64>> =
            needed.iter().map(|i| self.sums[*i].0.years(&self.facts)).collect();
        let inside = |i: &usize| windows.iter().flatten().any(|y| *y == self.choices[*i].year);
        let years: Vec<usize> = (0..self.choices.len()).filter(inside).collect();
        let vars = 3 * years.len();
        let fixed = cost - years.iter().map(|i| self.region(chosen, *i).cost).sum::<i64>();
        let mut rows = Vec::new();
        for (at, i) in years.iter().enumerate() {
            for row in &self.region(chosen, *i).rows {
                let mut coef = vec![0; vars];
                coef[3 * at..3 * at + 3].copy_from_slice(&row.coef);
                rows.push(Row { coef, need: row.need });
            }
        }
        for (sum, window) in needed.iter().zip(&windows) {
            rows.extend(self.sum_rows(self.sums[*sum].1, window, &years));
        }
        let below = self.best.map_or(i64::MAX, |best| best - fixed);
        Some(fixed + least_whole(vars, &rows, below)?.iter().sum::<i64>())
    }

    fn sum_rows(&self, need: &Need, window: &[i64], years: &[usize]) -> Vec<Row> {
        let sum = |f: fn(&Hours) -> i64| -> i64 {
            let inside = self.choices.iter().filter(|c| window.contains(&c.year));
            inside.map(|c| f(&c.base)).sum()
        };
        let (professional, public) = (sum(|h| h.professional), sum(Hours::public));
        let have = sum_of(professional, public);
        let row = |coef: &[i64], need: i64| {
            let of = |i: &usize| {
                let inside = window.contains(&self.choices[*i].year);
                if inside { coef.to_vec() } else { vec![0; 3] }
            };
            Row { coef: years.iter().flat_map(of).collect(), need }
        };
        let total = need.total.map(|total| row(&[1, 1, 1], total - professional - public));
        let min = need.min.iter().map(|(of, least)| row(&coefficients(of), least - have(of)));
        total.into_iter().chain(min).collect()
    }
}

/// The least hours in hundredths; `None` if no hours help.
pub(crate) fn least(matter: &Matter) -> Option<i64> {
    let sums: Vec<_> = matter.rule.requirements.iter().flat_map(|r| r.sums()).collect();
    let facts = matter.facts[0];
    let choice = |book: &YearBook| {
        let summed = sums.iter().any(|(span, _)| span.years(&facts).contains(&book.year));
        Choice { year: book.year, base: book.confirmed, regions: regions(matter, book, summed) }
    };
    let choices = matter.years.values().map(choice).collect();
    let mut search = Search { matter, facts, choices, sums: sums.clone(), best: None };
    search.choose(&mut Vec::new(), 0);
    search.best
}

/// Gives out `left` hundredths over the years and categories in every way until one is `met`.
fn give(matter: &mut Matter, cells: &[(i64, &str)], left: i64) -> bool {
    let Some(((year, category), rest)) = cells.split_first() else {
        return left == 0 && matter.verdict(None) == "met";
    };
    let from = if rest.is_empty() { left } else { 0 };
    for hours in from..=left {
        let book = matter.years.get_mut(year).unwrap();
        book.confirmed.add(category, hours);
        let found = give(matter, rest, left - hours);
        matter.years.get_mut(year).unwrap().confirmed.add(category, -hours);
        if found {
            return true;
        }
    }
    false
}

/// The least hours by adding hundredth by hundredth, up to `most`.
pub(crate) fn tried(matter: &mut Matter, most: i64) -> Option<i64> {
    for book in matter.years.values_mut() {
        book.pending.clear();
    }
    let years: Vec<i64> = matter.years.keys().copied().collect();
    let cells: Vec<(i64, &str)> =
        years.iter().flat_map(|y| CATEGORIES.map(|category| (*y, category))).collect();
    (0..=most).find(|hours| give(matter, &cells, *hours))
}
