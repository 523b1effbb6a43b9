//! Why: the reasons of an answer, read literally from the contract.

use super::case::decimal;
use super::rule::{Body, Exception, Need, Requirement};
use super::settle::{Hours, Matter, YearBook};
use serde_json::{Map, Value, json};

/// Reason codes in their order.
const CODES: [&str; 19] = [
    "no_policy",
    "missing_fact",
    "pending_records",
    "category_unsplit",
    "legacy_unproven",
    "source_not_admitted",
    "year_total_short",
    "year_professional_short",
    "year_public_short",
    "year_general_short",
    "include_failed",
    "count_short",
    "sum_short",
    "out_of_scope",
    "by_examination",
    "no_requirement",
    "referred_series",
    "referred_level",
    "excused_outside_rule",
];

/// One reason.
#[derive(Clone, PartialEq)]
pub(crate) struct Reason {
    code: String,
    year: Option<i64>,
    clause: Option<String>,
    more: Map<String, Value>,
}

impl Reason {
    pub(crate) fn new(code: &str) -> Reason {
        Reason { code: code.to_owned(), year: None, clause: None, more: Map::new() }
    }

    pub(crate) fn clause(mut self, clause: &str) -> Reason {
        self.clause = Some(clause.to_owned());
        self
    }

    fn year(mut self, year: i64) -> Reason {
        self.year = Some(year);
        self
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Reason {
        self.more.insert(key.to_owned(), value.into());
        self
    }

    fn short(self, have: &str, need: &str, short: &str) -> Reason {
        self.with("have", have).with("need", need).with("short", short)
    }

    fn hours_short(self, have: i64, need: i64) -> Reason {
        self.short(&decimal(have), &decimal(need), &decimal(need - have))
    }

    /// As the contract writes it.
    pub(crate) fn json(&self) -> Value {
        let mut all = Map::new();
        all.insert("code".to_owned(), json!(self.code));
        if let Some(year) = self.year {
            all.insert("year".to_owned(), json!(year));
        }
        if let Some(clause) = &self.clause {
            all.insert("clause".to_owned(), json!(clause));
        }
        all.extend(self.more.clone());
        Value::Object(all)
    }
}

/// By code, year, clause; what is equal in these stays in the order of its minima.
pub(crate) fn sort(reasons: &mut [Reason]) {
    let rank = |r: &Reason| CODES.iter().position(|code| *code == r.code).expect("a reason code");
    let fact = |r: &Reason| r.more.get("fact").map(Value::to_string);
    reasons.sort_by_key(|r| (rank(r), r.year, r.clause.clone(), fact(r)));
}

/// What the settlements show of one requirement.
#[derive(Default)]
struct Shown {
    holds: bool,
    fails: bool,
    /// the most years that count, over all settlements
    most: i64,
    /// per exception: offered in some settlement
    offered: Vec<bool>,
}

fn shown(matter: &Matter) -> Vec<Shown> {
    let requirements = &matter.rule.requirements;
    let new =
        |r: &Requirement| Shown { offered: vec![false; r.exceptions.len()], ..Shown::default() };
    let mut all: Vec<Shown> = requirements.iter().map(new).collect();
    matter.each(|settled| {
        for (requirement, shown) in requirements.iter().zip(&mut all) {
            let complete = |year: i64| (settled.compliant)(year, requirement.standard);
            let holds = requirement.holds(settled, None);
            shown.holds |= holds;
            shown.fails |= !holds;
            let years = requirement.body.years(&settled.facts);
            let counted = years.into_iter().filter(|y| complete(*y)).count();
            shown.most = shown.most.max(i64::try_from(counted).unwrap());
            for (exception, offered) in requirement.exceptions.iter().zip(&mut shown.offered) {
                *offered |= exception.offered(&settled.facts, complete);
            }
        }
        true
    });
    all
}

/// The reasons of `met`, `not_met` or `indeterminate`.
pub(crate) fn judged(matter: &Matter, verdict: &str) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if verdict != "met" {
        let shown = shown(matter);
        // Requirements that only exclude each other: every one that may fail is told.
        let jointly = shown.iter().all(|shown| shown.holds);
        for (requirement, shown) in matter.rule.requirements.iter().zip(shown) {
            match (verdict, shown.holds, shown.fails) {
                ("indeterminate", true, true) => reasons.extend(open(matter, requirement)),
                ("not_met", holds, true) if !holds || jointly => {
                    reasons.extend(failed(matter, requirement, &shown));
                }
                _ => {}
            }
        }
    }
    for requirement in &matter.rule.requirements {
        for year in matter.union(|f| requirement.years(f)) {
            let book = &matter.years[&year];
            if book.excused && !book.excuse_clause {
                reasons.push(Reason::new("excused_outside_rule").year(year));
            }
        }
    }
    let mut once: Vec<Reason> = Vec::new();
    for reason in reasons {
        if !once.contains(&reason) {
            once.push(reason);
        }
    }
    once
}

fn refused(book: &YearBook) -> Vec<Reason> {
    let one = |(clause, hours): (&String, &i64)| {
        let reason = Reason::new("source_not_admitted").year(book.year).clause(clause);
        reason.with("hours", decimal(*hours))
    };
    book.refused.iter().map(one).collect()
}

/// What is open in the years of a requirement that may hold or fail.
fn open(matter: &Matter, requirement: &Requirement) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let reads = [
        ("required_years", requirement.reads_required_years()),
        ("tenure_start", requirement.reads_tenure_start()),
    ];
    for (fact, _) in reads.iter().filter(|(f, reads)| *reads && matter.missing_facts.contains(f)) {
        reasons.push(Reason::new("missing_fact").with("fact", *fact));
    }
    for year in matter.union(|f| requirement.years(f)) {
        let book = &matter.years[&year];
        let (compliance, sums) = reads_of(matter, requirement, year);
        let records = sums || (compliance && !book.assured());
        let found = [
            ("no_policy", compliance && book.without_standard(requirement.standard)),
            ("pending_records", records && !book.pending.is_empty()),
            ("category_unsplit", records && book.confirmed.unsplit > 0),
            ("legacy_unproven", compliance && book.unproven(requirement.standard)),
        ];
        for (code, _) in found.iter().filter(|(_, found)| *found) {
            reasons.push(Reason::new(code).year(year));
        }
        if records {
            reasons.extend(refused(book));
        }
    }
    reasons
}

/// Whether a requirement reads the compliance of a year, and whether it adds up its hours.
fn reads_of(matter: &Matter, requirement: &Requirement, year: i64) -> (bool, bool) {
    let in_body = matter.union(|f| requirement.body.years(f)).contains(&year);
    let is_sum = matches!(requirement.body, Body::Sum(..));
    let (mut compliance, mut sums) = (in_body && !is_sum, in_body && is_sum);
    for exception in &requirement.exceptions {
        compliance |= matter.union(|f| exception.guarded(f)).contains(&year);
        compliance |=
            matter.union(|f| exception.also.iter().map(|y| y.at(f)).collect()).contains(&year);
        sums |= matter.union(|f| exception.span.years(f)).contains(&year);
    }
    (compliance, sums)
}

/// Why a requirement fails in every settlement.
fn failed(matter: &Matter, requirement: &Requirement, shown: &Shown) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let clause = &requirement.clause;
    let offered =
        requirement.exceptions.iter().zip(&shown.offered).filter(|(_, offered)| **offered);
    let offered: Vec<&Exception> = offered.map(|(e, _)| e).collect();
    let mut failing: Vec<i64> = Vec::new();
    if !matches!(requirement.body, Body::Sum(..)) {
        failing.extend(matter.union(|f| requirement.body.years(f)));
    }
    for exception in &offered {
        failing.extend(matter.union(|f| exception.also.iter().map(|y| y.at(f)).collect()));
    }
    failing.retain(|y| matter.years[y].surely_fails(requirement.standard));
    for year in &failing {
        let book = &matter.years[year];
        reasons.extend(refused(book));
        if let Some(need) = &book.standards[requirement.standard] {
            reasons.extend(year_short(book, need));
        }
        let included = matter.union(|f| requirement.body.years(f)).contains(year);
        if matches!(requirement.body, Body::Include(_)) && included {
            reasons.push(Reason::new("include_failed").year(*year).clause(clause));
        }
    }
    if let Body::Count(_, _, at_least) = requirement.body {
        let need = matter.facts.iter().map(|f| at_least.at(f)).min().unwrap();
        let (have, need, short) = (shown.most, need, need - shown.most);
        let reason = Reason::new("count_short").clause(clause);
        if short > 0 {
            reasons.push(reason.short(&have.to_string(), &need.to_string(), &short.to_string()));
        }
    }
    let own = match &requirement.body {
        Body::Sum(span, need) => Some((span, need)),
        _ => None,
    };
    for (span, need) in own.into_iter().chain(offered.iter().map(|e| (&e.span, &e.need))) {
        let years = matter.union(|f| span.years(f));
        let short = sum_short(matter, need, &years.iter().copied().collect::<Vec<_>>());
        if !short.is_empty() {
            reasons.extend(years.iter().flat_map(|y| refused(&matter.years[y])));
        }
        reasons.extend(short);
    }
    reasons
}

/// What a certainly failing year lacks: its confirmed hours, with the unsplit ones at their best.
fn year_short(book: &YearBook, need: &Need) -> Vec<Reason> {
    let reason = |code: &str| Reason::new(code).year(book.year).clause(&need.clause);
    let hours = &book.confirmed;
    let mut reasons = Vec::new();
    if let Some(total) = need.total.filter(|total| hours.total() < *total) {
        reasons.push(reason("year_total_short").hours_short(hours.total(), total));
    }
    for (of, least) in &need.min {
        let has = |name: &str| of.iter().any(|c| c == name);
        let public = has("industry") || has("general");
        let mut have = hours.split_of(of) + if public { hours.unsplit } else { 0 };
        if !has("industry") && has("general") {
            // Unsplit hours that fill the industry minimum cannot fill this one too.
            let industry = ["industry".to_owned()];
            let wanted = need.min.iter().filter(|(of, _)| of[..] == industry);
            let wanted = wanted.map(|(_, least)| *least).max().unwrap_or(0);
            have -= (wanted - hours.split_of(&industry)).clamp(0, hours.unsplit);
        }
        if have >= *least {
            continue;
        }
        let short = match (has("professional"), has("industry"), has("general")) {
            (true, false, false) => reason("year_professional_short"),
            (false, true, true) => reason("year_public_short"),
            (false, false, true) => reason("year_general_short"),
            _ => reason("year_public_short").with("of", json!(of)),
        };
        reasons.push(short.hours_short(have, *least));
    }
    reasons
}

/// What a sum lacks in confirmed hours.
fn sum_short(matter: &Matter, need: &Need, years: &[i64]) -> Vec<Reason> {
    let sum =
        |f: fn(&Hours) -> i64| -> i64 { years.iter().map(|y| f(&matter.years[y].confirmed)).sum() };
    let (professional, public) = (sum(|h| h.professional), sum(Hours::public));
    let of_sum = super::rule::sum_of(professional, public);
    let reason = || Reason::new("sum_short").clause(&need.clause);
    let mut reasons = Vec::new();
    let have = professional + public;
    if let Some(total) = need.total.filter(|total| have < *total) {
        reasons.push(reason().hours_short(have, total));
    }
    for (of, least) in need.min.iter().filter(|(of, least)| of_sum(of) < *least) {
        reasons.push(reason().with("of", json!(of)).hours_short(of_sum(of), *least));
    }
    reasons
}
