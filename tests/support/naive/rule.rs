//! The clauses in force as plain structs, and the plain two-valued rule over one settlement.

use super::case::{Declaration, hundredths};
use super::files::{Clause, full, texts};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// What is known or assumed of the person in one settlement.
#[derive(Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) declaring: i64,
    pub(crate) required_years: i64,
    pub(crate) tenure_start: i64,
}

/// A year as a clause writes it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Year {
    Fixed(i64),
    Before(i64),
    LastRequired,
    TenureStart,
}

/// A number as a clause writes it.
#[derive(Clone, Copy)]
pub(crate) enum Number {
    Fixed(i64),
    RequiredYears,
}

/// First and last year.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    from: Year,
    to: Year,
    length: Option<i64>,
}

/// The credit years a clause speaks of.
#[derive(Clone, Copy)]
pub(crate) struct Range(Option<i64>, Option<i64>);

/// Least hours, of a year or of a sum.
#[derive(Clone)]
pub(crate) struct Need {
    pub(crate) clause: String,
    pub(crate) total: Option<i64>,
    pub(crate) min: Vec<(Vec<String>, i64)>,
    /// categories, numerator, denominator: their share of all hours
    pub(crate) ratio: Option<(Vec<String>, i64, i64)>,
}

/// What a requirement asks for.
pub(crate) enum Body {
    EachYear(Span),
    Count(Year, Year, Number),
    Include(Vec<Year>),
    Sum(Span, Need),
}

/// When an exception is offered.
pub(crate) enum Guard {
    AnyOfFirst(i64),
    AllOfFirst(i64),
    Always,
}

/// A `cumulative` clause.
pub(crate) struct Exception {
    pub(crate) clause: String,
    pub(crate) span: Span,
    pub(crate) guard: Guard,
    pub(crate) need: Need,
    pub(crate) also: Vec<Year>,
}

/// A requirement with the exceptions that may stand in for it.
pub(crate) struct Requirement {
    pub(crate) clause: String,
    pub(crate) body: Body,
    /// 0: the annual standard of the year; otherwise an own one, see [`Rule::own`].
    pub(crate) standard: usize,
    pub(crate) exceptions: Vec<Exception>,
}

/// An `admit` clause.
pub(crate) struct Admit {
    pub(crate) clause: String,
    years: Range,
    categories: Option<Vec<String>>,
    sources: Option<Vec<String>>,
    basis: Option<Vec<String>>,
}

/// All that judges one declaration under one choice of readings.
pub(crate) struct Rule {
    pub(crate) declaring: i64,
    pub(crate) annual: Vec<(Range, Need)>,
    /// own standards of each-year clauses; standard number k is `own[k - 1]`
    pub(crate) own: Vec<Need>,
    pub(crate) requirements: Vec<Requirement>,
    pub(crate) deem: Vec<Range>,
    pub(crate) excuse: Vec<Range>,
    pub(crate) legacy: Vec<Range>,
    pub(crate) admit: Vec<Admit>,
}

impl Range {
    /// Whether the clause speaks of the year.
    pub(crate) fn has(self, year: i64) -> bool {
        self.0.is_none_or(|f| f <= year) && self.1.is_none_or(|t| year <= t)
    }

    fn of(table: &Table) -> Range {
        let years = table.get("years").and_then(Value::as_table);
        let bound = |key: &str| years.and_then(|y| y.get(key)).and_then(Value::as_integer);
        Range(bound("from"), bound("to"))
    }
}

impl Year {
    fn parse(value: &Value) -> Year {
        if let Some(year) = value.as_integer() {
            return Year::Fixed(year);
        }
        match value.as_str().unwrap() {
            "D" => Year::Before(0),
            "tenure_start" => Year::TenureStart,
            "D-required_years+1" => Year::LastRequired,
            other => Year::Before(other.strip_prefix("D-").unwrap().parse().unwrap()),
        }
    }

    /// The calendar year.
    pub(crate) fn at(self, facts: &Facts) -> i64 {
        match self {
            Year::Fixed(year) => year,
            Year::Before(n) => facts.declaring - n,
            Year::LastRequired => facts.declaring - facts.required_years + 1,
            Year::TenureStart => facts.tenure_start,
        }
    }
}

impl Span {
    fn parse(table: &Table) -> Span {
        let window = table["window"].as_table().unwrap();
        if let Some(length) = window.get("length") {
            let ends = Year::parse(&window["ends"]);
            return Span { from: ends, to: ends, length: length.as_integer() };
        }
        let bound = |key: &str| Year::parse(&window[key]);
        Span { from: bound("from"), to: bound("to"), length: None }
    }

    /// The years of the window, oldest first.
    pub(crate) fn years(&self, facts: &Facts) -> Vec<i64> {
        let last = self.to.at(facts);
        let first = self.length.map_or(self.from.at(facts), |n| last - n + 1);
        (first..=last).collect()
    }
}

impl Need {
    fn parse(clause: &str, table: &Table) -> Need {
        let amount = |v: &Value| hundredths(v.as_str().unwrap());
        let min = table.get("min").and_then(Value::as_array).cloned().unwrap_or_default();
        let one = |m: &Value| {
            let m = m.as_table().unwrap();
            (texts(m, "of"), amount(&m["hours"]))
        };
        let ratio = table.get("ratio").and_then(Value::as_table).map(|r| {
            assert!(r["to"].as_str() == Some("all"), "a ratio is to all hours");
            let (num, den) = r["at_least"].as_str().unwrap().split_once('/').unwrap();
            (texts(r, "of"), num.parse().unwrap(), den.parse().unwrap())
        });
        Need {
            clause: clause.to_owned(),
            total: table.get("total").map(amount),
            min: min.iter().map(one).collect(),
            ratio,
        }
    }

    /// Whether hours suffice; `of` gives the hours of a list of categories.
    pub(crate) fn met(&self, total: i64, of: impl Fn(&[String]) -> i64) -> bool {
        self.total.is_none_or(|need| total >= need)
            && self.min.iter().all(|(categories, need)| of(categories) >= *need)
            && self.ratio.as_ref().is_none_or(|(categories, n, d)| of(categories) * d >= total * n)
    }
}

/// `of` for cumulative hours: professional, or the two public categories together.
pub(crate) fn sum_of(professional: i64, public: i64) -> impl Fn(&[String]) -> i64 {
    move |of: &[String]| {
        let names: BTreeSet<&str> = of.iter().map(String::as_str).collect();
        if names == BTreeSet::from(["professional"]) {
            return professional;
        }
        assert!(names == BTreeSet::from(["general", "industry"]), "minimum of a sum over {of:?}");
        public
    }
}

impl Body {
    fn parse(id: &str, table: &Table) -> Option<Body> {
        let list = |key: &str| {
            let years = table.get(key).and_then(Value::as_array);
            years.map(|l| l.iter().map(Year::parse).collect::<Vec<_>>()).unwrap_or_default()
        };
        Some(match table["kind"].as_str().unwrap() {
            "each-year" => Body::EachYear(Span::parse(table)),
            "include" => Body::Include(list("years")),
            "sum" => Body::Sum(Span::parse(table), Need::parse(id, table)),
            "count" => {
                let at_least = &table["at_least"];
                let number = at_least.as_integer().map_or(Number::RequiredYears, Number::Fixed);
                Body::Count(Year::parse(&table["from"]), Year::parse(&table["to"]), number)
            }
            _ => return None,
        })
    }

    /// The years it reads.
    pub(crate) fn years(&self, facts: &Facts) -> Vec<i64> {
        match self {
            Body::EachYear(span) | Body::Sum(span, _) => span.years(facts),
            Body::Count(from, to, _) => (from.at(facts)..=to.at(facts)).collect(),
            Body::Include(years) => years.iter().map(|y| y.at(facts)).collect(),
        }
    }
}

impl Number {
    /// The number itself.
    pub(crate) fn at(self, facts: &Facts) -> i64 {
        match self {
            Number::Fixed(n) => n,
            Number::RequiredYears => facts.required_years,
        }
    }
}

impl Exception {
    fn parse(id: &str, table: &Table) -> Exception {
        let when = table["when"].as_table().unwrap();
        let first = |key: &str| when.get(key).and_then(Value::as_integer);
        let guard = match (first("incomplete_any_of_first"), first("incomplete_all_of_first")) {
            (Some(n), None) => Guard::AnyOfFirst(n),
            (None, Some(n)) => Guard::AllOfFirst(n),
            _ => {
                assert!(when.get("always").and_then(Value::as_bool) == Some(true), "guard of {id}");
                Guard::Always
            }
        };
        let also = table.get("also_years").and_then(Value::as_array);
        Exception {
            clause: id.to_owned(),
            span: Span::parse(table),
            guard,
            need: Need::parse(id, table),
            also: also.map(|l| l.iter().map(Year::parse).collect()).unwrap_or_default(),
        }
    }

    /// The first years of the window that the guard looks at.
    pub(crate) fn guarded(&self, facts: &Facts) -> Vec<i64> {
        let first = |n: i64| {
            let years = self.span.years(facts);
            years.into_iter().take(usize::try_from(n).unwrap()).collect()
        };
        match self.guard {
            Guard::AnyOfFirst(n) | Guard::AllOfFirst(n) => first(n),
            Guard::Always => Vec::new(),
        }
    }

    /// Whether the exception is offered.
    pub(crate) fn offered(&self, facts: &Facts, complete: impl Fn(i64) -> bool) -> bool {
        let years = self.guarded(facts);
        match self.guard {
            Guard::AnyOfFirst(_) => years.iter().any(|y| !complete(*y)),
            Guard::AllOfFirst(_) => years.iter().all(|y| !complete(*y)),
            Guard::Always => true,
        }
    }
}

/// One settlement: which years are compliant (under which standard) and which sums are reached.
pub(crate) struct Settled<'a> {
    pub(crate) facts: Facts,
    pub(crate) compliant: &'a dyn Fn(i64, usize) -> bool,
    pub(crate) reached: &'a dyn Fn(&Span, &Need) -> bool,
}

impl Requirement {
    /// The ordinary path, without exceptions.
    fn plainly(&self, s: &Settled<'_>) -> bool {
        let complete = |year: &i64| (s.compliant)(*year, self.standard);
        let years = self.body.years(&s.facts);
        match &self.body {
            Body::EachYear(_) | Body::Include(_) => years.iter().all(complete),
            Body::Count(_, _, at_least) => {
                let compliant = years.iter().filter(|y| complete(y)).count();
                i64::try_from(compliant).unwrap() >= at_least.at(&s.facts)
            }
            Body::Sum(span, need) => (s.reached)(span, need),
        }
    }

    /// Satisfied on the ordinary path or by an exception other than `dropped`.
    pub(crate) fn holds(&self, s: &Settled<'_>, dropped: Option<&str>) -> bool {
        let complete = |year: i64| (s.compliant)(year, self.standard);
        self.plainly(s)
            || self.exceptions.iter().filter(|e| Some(e.clause.as_str()) != dropped).any(|e| {
                e.offered(&s.facts, complete)
                    && e.also.iter().all(|y| complete(y.at(&s.facts)))
                    && (s.reached)(&e.span, &e.need)
            })
    }

    /// Every year it or one of its exceptions reads.
    pub(crate) fn years(&self, facts: &Facts) -> Vec<i64> {
        let mut years = self.body.years(facts);
        for e in &self.exceptions {
            years.extend(e.span.years(facts));
            years.extend(e.also.iter().map(|y| y.at(facts)));
        }
        years
    }

    /// The years whose compliance it or one of its exceptions asks for.
    pub(crate) fn judged(&self, facts: &Facts) -> Vec<i64> {
        let sum = matches!(self.body, Body::Sum(..));
        let mut years = if sum { Vec::new() } else { self.body.years(facts) };
        for e in &self.exceptions {
            years.extend(e.guarded(facts));
            years.extend(e.also.iter().map(|y| y.at(facts)));
        }
        years
    }

    /// The cumulative hours it or one of its exceptions asks for.
    pub(crate) fn sums(&self) -> Vec<(&Span, &Need)> {
        let own = match &self.body {
            Body::Sum(span, need) => Some((span, need)),
            _ => None,
        };
        own.into_iter().chain(self.exceptions.iter().map(|e| (&e.span, &e.need))).collect()
    }

    fn expressions(&self) -> Vec<Year> {
        let span = |s: &Span| vec![s.from, s.to];
        let mut all = match &self.body {
            Body::EachYear(s) | Body::Sum(s, _) => span(s),
            Body::Count(from, to, _) => vec![*from, *to],
            Body::Include(years) => years.clone(),
        };
        for e in &self.exceptions {
            all.extend(span(&e.span));
            all.extend(&e.also);
        }
        all
    }

    /// Whether it reads `required_years`.
    pub(crate) fn reads_required_years(&self) -> bool {
        matches!(self.body, Body::Count(_, _, Number::RequiredYears))
            || self.expressions().contains(&Year::LastRequired)
    }

    /// Whether it reads `tenure_start`.
    pub(crate) fn reads_tenure_start(&self) -> bool {
        self.expressions().contains(&Year::TenureStart)
    }
}

impl Admit {
    fn parse(id: &str, table: &Table) -> Admit {
        let list = |key: &str| table.contains_key(key).then(|| texts(table, key));
        Admit {
            clause: id.to_owned(),
            years: Range::of(table),
            categories: list("categories"),
            sources: list("sources"),
            basis: list("basis"),
        }
    }

    /// Whether the clause speaks of the record and refuses it.
    pub(crate) fn refuses(&self, record: &super::case::Record) -> bool {
        let speaks = self.years.has(record.year)
            && self.categories.as_ref().is_none_or(|c| c.contains(&record.category));
        let source = self.sources.as_ref().is_none_or(|s| s.contains(&record.source));
        let basis = self
            .basis
            .as_ref()
            .is_none_or(|list| record.basis.as_ref().is_some_and(|b| list.contains(b)));
        speaks && !(source && basis)
    }
}

/// Sorts the clauses in force that match the declaration into a rule.
pub(crate) fn rule(clauses: &[Clause], declaration: &Declaration) -> Rule {
    let mut rule = Rule {
        declaring: declaration.year,
        annual: Vec::new(),
        own: Vec::new(),
        requirements: Vec::new(),
        deem: Vec::new(),
        excuse: Vec::new(),
        legacy: Vec::new(),
        admit: Vec::new(),
    };
    let mut names = Vec::new();
    for clause in clauses.iter().filter(|c| declaration.matches(&c.table)) {
        let (id, table) = (clause.text("id"), &clause.table);
        match clause.text("kind") {
            "annual" => rule.annual.push((Range::of(table), Need::parse(id, table))),
            "deem" => rule.deem.push(Range::of(table)),
            "excuse" => rule.excuse.push(Range::of(table)),
            "legacy" => rule.legacy.push(Range::of(table)),
            "admit" => rule.admit.push(Admit::parse(id, table)),
            _ => {}
        }
        let Some(body) = Body::parse(id, table) else { continue };
        let own = matches!(body, Body::EachYear(_))
            && (table.contains_key("total") || table.contains_key("min"));
        if own {
            rule.own.push(Need::parse(id, table));
        }
        let standard = if own { rule.own.len() } else { 0 };
        let exceptions = Vec::new();
        names.push(clause.full_id());
        rule.requirements.push(Requirement { clause: id.to_owned(), body, standard, exceptions });
    }
    for clause in clauses.iter().filter(|c| c.text("kind") == "cumulative") {
        let of = full(&clause.policy, clause.text("instead_of"));
        let at = names.iter().position(|name| *name == of);
        if let Some(i) = at.filter(|_| declaration.matches(&clause.table)) {
            let exception = Exception::parse(clause.text("id"), &clause.table);
            rule.requirements[i].exceptions.push(exception);
        }
    }
    rule
}
