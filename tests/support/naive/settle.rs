//! Every settlement of what is open, one after the other.

use super::case::{Declaration, Record};
use super::rule::{Facts, Need, Requirement, Rule, Settled, Span, sum_of};
use std::collections::{BTreeMap, BTreeSet};

/// More settlements than this (for one value of the facts) are not a small case.
const MOST: usize = 200_000;

/// Hours of one year by category.
#[derive(Clone, Copy, Default)]
pub(crate) struct Hours {
    pub(crate) professional: i64,
    pub(crate) industry: i64,
    pub(crate) general: i64,
    pub(crate) unsplit: i64,
}

impl Hours {
    /// Adds hours of a category as a record names it.
    pub(crate) fn add(&mut self, category: &str, hours: i64) {
        *match category {
            "professional" => &mut self.professional,
            "industry" => &mut self.industry,
            "general" => &mut self.general,
            "public" => &mut self.unsplit,
            other => panic!("category {other}"),
        } += hours;
    }

    pub(crate) fn public(&self) -> i64 {
        self.industry + self.general + self.unsplit
    }

    pub(crate) fn total(&self) -> i64 {
        self.professional + self.public()
    }

    /// The hours of some categories, before any unsplit hour is given to them.
    pub(crate) fn split_of(&self, of: &[String]) -> i64 {
        let one = |name: &String| match name.as_str() {
            "professional" => self.professional,
            "industry" => self.industry,
            "general" => self.general,
            other => panic!("category {other}"),
        };
        of.iter().map(one).sum()
    }

    /// The same hours with the unsplit ones divided.
    fn divided(&self, to_general: i64) -> Hours {
        Hours {
            professional: self.professional,
            industry: self.industry + self.unsplit - to_general,
            general: self.general + to_general,
            unsplit: 0,
        }
    }
}

/// One way a year can turn out: compliant or not under each standard, and its hours.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Outcome {
    pub(crate) compliant: Vec<bool>,
    pub(crate) professional: i64,
    pub(crate) public: i64,
}

/// A year with everything that can bear on it.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct YearBook {
    pub(crate) year: i64,
    pub(crate) confirmed: Hours,
    /// admitted pending records: category, hours
    pub(crate) pending: Vec<(String, i64)>,
    /// refused confirmed or pending hours by admit clause
    pub(crate) refused: BTreeMap<String, i64>,
    pub(crate) excused: bool,
    pub(crate) excuse_clause: bool,
    pub(crate) deemed: bool,
    pub(crate) legacy: bool,
    pub(crate) reviewed: bool,
    /// standard 0 is the annual one, if any covers the year; then the own ones
    pub(crate) standards: Vec<Option<Need>>,
}

/// Whether a split of the unsplit hours can be told apart by these categories.
pub(crate) fn one_sided(of: &[String]) -> bool {
    let has = |name: &str| of.iter().any(|c| c == name);
    has("industry") != has("general")
}

impl YearBook {
    fn new(rule: &Rule, declaration: &Declaration, year: i64) -> YearBook {
        let annual = rule.annual.iter().find(|(range, _)| range.has(year));
        let mut standards = vec![annual.map(|(_, need)| need.clone())];
        standards.extend(rule.own.iter().cloned().map(Some));
        YearBook {
            year,
            confirmed: Hours::default(),
            pending: Vec::new(),
            refused: BTreeMap::new(),
            excused: declaration.excused.contains(&year),
            excuse_clause: rule.excuse.iter().any(|r| r.has(year)),
            deemed: rule.deem.iter().any(|r| r.has(year)),
            legacy: rule.legacy.iter().any(|r| r.has(year)),
            reviewed: declaration.reviewed.contains(&year),
            standards,
        }
    }

    fn enter(&mut self, rule: &Rule, record: &Record) {
        let open = record.status == "pending";
        if record.hours == 0 || !(open || record.status == "confirmed") {
            return;
        }
        let refusing = rule.admit.iter().find(|a| a.refuses(record)).filter(|_| !self.legacy);
        if let Some(admit) = refusing {
            *self.refused.entry(admit.clause.clone()).or_default() += record.hours;
        } else if open {
            self.pending.push((record.category.clone(), record.hours));
        } else {
            self.confirmed.add(&record.category, record.hours);
        }
    }

    /// Deemed or excused: compliant under every standard.
    pub(crate) fn assured(&self) -> bool {
        self.deemed || self.excused
    }

    /// The confirmed hours with each subset of the pending records.
    fn recognitions(&self, with_pending: bool) -> Vec<Hours> {
        let mut all = vec![self.confirmed];
        for (category, hours) in self.pending.iter().filter(|_| with_pending) {
            let with = |h: &Hours| {
                let mut more = *h;
                more.add(category, *hours);
                more
            };
            let recognised: Vec<Hours> = all.iter().map(with).collect();
            all.extend(recognised);
        }
        all
    }

    /// The splits to look at: how many of the unsplit hours go to the general category. A minimum
    /// over one of the two public categories turns exactly once along the split, so the hundredth
    /// where it turns, its neighbour, and the two ends show everything; a ratio gets every hundredth.
    fn splits(&self, hours: &Hours) -> Vec<i64> {
        let all = hours.unsplit;
        let mut points = vec![0, all];
        for need in self.standards.iter().flatten() {
            if need.ratio.as_ref().is_some_and(|(of, _, _)| one_sided(of)) {
                points.extend(0..=all);
            }
            for (of, least) in need.min.iter().filter(|(of, _)| one_sided(of)) {
                let short = least - hours.split_of(of);
                if of.iter().any(|c| c == "general") {
                    points.extend([short, short - 1]);
                } else {
                    points.extend([all - short, all - short + 1]);
                }
            }
        }
        points.retain(|p| (0..=all).contains(p));
        points
    }

    /// Compliance on the records alone, under each standard; `None` without a standard.
    fn on_records(&self, hours: &Hours) -> Vec<Option<bool>> {
        let met = |need: &Need| need.met(hours.total(), |of| hours.split_of(of));
        self.standards.iter().map(|s| s.as_ref().map(met)).collect()
    }

    /// Every way the hours of the year can be read, judged on the records alone.
    fn readings_of_records(&self, with_pending: bool) -> Vec<(Hours, Vec<Option<bool>>)> {
        let mut all = Vec::new();
        for hours in self.recognitions(with_pending) {
            for split in self.splits(&hours) {
                all.push((hours, self.on_records(&hours.divided(split))));
            }
        }
        all
    }

    /// Every way the year can turn out.
    pub(crate) fn outcomes(&self, with_pending: bool) -> BTreeSet<Outcome> {
        let mut all = BTreeSet::new();
        for (hours, truths) in self.readings_of_records(with_pending) {
            for unknown in [false, true] {
                let settle = |truth: &Option<bool>| match truth {
                    _ if self.assured() => true,
                    None => unknown,
                    Some(truth) => *truth || (self.legacy && !self.reviewed && unknown),
                };
                all.insert(Outcome {
                    compliant: truths.iter().map(settle).collect(),
                    professional: hours.professional,
                    public: hours.public(),
                });
            }
        }
        all
    }

    /// Not compliant in any settlement.
    pub(crate) fn surely_fails(&self, standard: usize) -> bool {
        self.outcomes(true).iter().all(|o| !o.compliant[standard])
    }

    /// A legacy year that may lack what it needs on the records, and is not reviewed.
    pub(crate) fn unproven(&self, standard: usize) -> bool {
        let mut truths = self.readings_of_records(true).into_iter().map(|(_, t)| t[standard]);
        let open = self.legacy && !self.reviewed && !self.assured();
        open && truths.any(|t| t != Some(true))
    }

    /// No standard says what the year needs, and nothing makes it compliant.
    pub(crate) fn without_standard(&self, standard: usize) -> bool {
        self.standards[standard].is_none() && !self.assured()
    }
}

/// The rule, the years it reads, and the values the facts may take.
pub(crate) struct Matter {
    pub(crate) rule: Rule,
    pub(crate) facts: Vec<Facts>,
    pub(crate) missing_facts: Vec<&'static str>,
    pub(crate) years: BTreeMap<i64, YearBook>,
    /// years and standards that compliance is asked for; years whose hours are summed
    judged: BTreeSet<(i64, usize)>,
    summed: BTreeSet<i64>,
}

fn facts(rule: &Rule, d: &Declaration, missing: &[&str]) -> Vec<Facts> {
    let required = match d.required_years {
        Some(n) => n..=n,
        None if missing.contains(&"required_years") => 0..=10,
        None => 0..=0,
    };
    let last = d.required_years.map_or(rule.declaring, |n| rule.declaring - n + 1);
    let tenure = match d.tenure_start {
        Some(year) => year..=year,
        None if missing.contains(&"tenure_start") => last.min(rule.declaring - 15)..=last,
        None => last..=last,
    };
    let one = |required_years: i64| {
        let fact = move |tenure_start| (required_years, tenure_start);
        tenure.clone().map(fact)
    };
    let all = required.flat_map(one).map(|(required_years, tenure_start)| Facts {
        declaring: rule.declaring,
        required_years,
        tenure_start,
    });
    all.collect()
}

impl Matter {
    /// Gathers everything a verdict depends on.
    pub(crate) fn new(rule: Rule, declaration: &Declaration, records: &[Record]) -> Matter {
        let mut missing_facts = Vec::new();
        let all = &rule.requirements;
        if declaration.required_years.is_none() && all.iter().any(Requirement::reads_required_years)
        {
            missing_facts.push("required_years");
        }
        if declaration.tenure_start.is_none() && all.iter().any(Requirement::reads_tenure_start) {
            missing_facts.push("tenure_start");
        }
        let facts = facts(&rule, declaration, &missing_facts);
        let mut years = BTreeMap::new();
        let (mut judged, mut summed) = (BTreeSet::new(), BTreeSet::new());
        for (requirement, f) in all.iter().flat_map(|r| facts.iter().map(move |f| (r, f))) {
            for year in requirement.years(f) {
                years.entry(year).or_insert_with(|| YearBook::new(&rule, declaration, year));
            }
            judged.extend(requirement.judged(f).into_iter().map(|y| (y, requirement.standard)));
            summed.extend(requirement.sums().iter().flat_map(|(span, _)| span.years(f)));
        }
        for record in records {
            if let Some(book) = years.get_mut(&record.year) {
                book.enter(&rule, record);
            }
        }
        Matter { rule, facts, missing_facts, years, judged, summed }
    }

    /// The years a requirement reads, whatever the facts are.
    pub(crate) fn union(&self, years: impl Fn(&Facts) -> Vec<i64>) -> BTreeSet<i64> {
        self.facts.iter().flat_map(years).collect()
    }

    /// The standards that somebody asks for in a year.
    pub(crate) fn asked<'a>(&'a self, book: &'a YearBook) -> impl Iterator<Item = &'a Need> {
        let standards = book.standards.iter().enumerate();
        let asked = standards.filter(|(i, _)| self.judged.contains(&(book.year, *i)));
        asked.filter_map(|(_, need)| need.as_ref()).filter(|_| !book.assured())
    }

    /// The ways a year can turn out, as far as anything asks for it.
    pub(crate) fn seen(&self, book: &YearBook, with_pending: bool) -> Vec<Outcome> {
        let blur = |mut o: Outcome| {
            for (standard, compliant) in o.compliant.iter_mut().enumerate() {
                *compliant &= self.judged.contains(&(book.year, standard));
            }
            if !self.summed.contains(&book.year) {
                (o.professional, o.public) = (0, 0);
            }
            o
        };
        let distinct: BTreeSet<Outcome> =
            book.outcomes(with_pending).into_iter().map(blur).collect();
        distinct.into_iter().collect()
    }

    /// The ways of the years under some facts; a year that nothing reads then has only one.
    fn ways(&self, facts: &Facts) -> Vec<Vec<Outcome>> {
        let read: BTreeSet<i64> =
            self.rule.requirements.iter().flat_map(|r| r.years(facts)).collect();
        let of = |book: &YearBook| {
            let mut ways = self.seen(book, true);
            ways.truncate(if read.contains(&book.year) { ways.len() } else { 1 });
            ways
        };
        self.years.values().map(of).collect()
    }

    /// Calls `visit` with every settlement until it says that it has seen enough.
    pub(crate) fn each(&self, mut visit: impl FnMut(&Settled<'_>) -> bool) {
        let place: BTreeMap<i64, usize> = self.years.keys().copied().zip(0..).collect();
        for facts in &self.facts {
            let ways = self.ways(facts);
            let size: usize = ways.iter().map(Vec::len).product();
            assert!(size <= MOST, "{size} settlements: too many for the naive evaluator");
            let mut at = vec![0; ways.len()];
            loop {
                let way = |year: i64| {
                    let i = place[&year];
                    &ways[i][at[i]]
                };
                let compliant = |year: i64, standard: usize| way(year).compliant[standard];
                let reached = |span: &Span, need: &Need| {
                    let years = span.years(facts);
                    let sum = |f: fn(&Outcome) -> i64| years.iter().map(|y| f(way(*y))).sum();
                    let professional: i64 = sum(|o| o.professional);
                    let public: i64 = sum(|o| o.public);
                    need.met(professional + public, sum_of(professional, public))
                };
                let settled = Settled { facts: *facts, compliant: &compliant, reached: &reached };
                if !visit(&settled) {
                    return;
                }
                if !next(&mut at, &ways) {
                    break;
                }
            }
        }
    }

    /// `met`, `not_met` or `indeterminate`; with an exception dropped, if one is named.
    pub(crate) fn verdict(&self, dropped: Option<&str>) -> &'static str {
        let (mut met, mut failed) = (false, false);
        self.each(|settled| {
            let holds = self.rule.requirements.iter().all(|r| r.holds(settled, dropped));
            met |= holds;
            failed |= !holds;
            !(met && failed)
        });
        match (met, failed) {
            (true, false) => "met",
            (false, true) => "not_met",
            _ => "indeterminate",
        }
    }
}

/// Counts through all the combinations.
fn next(at: &mut [usize], ways: &[Vec<Outcome>]) -> bool {
    for (digit, ways) in at.iter_mut().zip(ways) {
        *digit += 1;
        if *digit < ways.len() {
            return true;
        }
        *digit = 0;
    }
    false
}
