//! The same people under every value of one quantity.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use crate::app::policies::simulate::{self, Made};
use crate::domain::answer::Verdict;
use crate::domain::case::Case;
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::policy::compare::amend::{self, Setting};
use crate::domain::policy::judge::Judge;
use crate::domain::policy::notice::catalog::Catalog;
use crate::domain::policy::rules::Rules;

/// How many people each value leaves with each verdict.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `331100/2023#annual.total`.
    pub key: String,
    /// What the clause says now.
    pub now: Option<String>,
    /// Further settings, made for every value.
    pub set: Vec<Made>,
    /// How many cases were judged.
    pub cases: u64,
    /// Under the rule as it stands, without any setting.
    pub as_it_stands: Counts,
    /// For each value, in order.
    pub values: Vec<Value>,
}

/// A value and what follows from it.
#[derive(Clone, Debug, Serialize)]
pub struct Value {
    /// The value.
    pub value: String,
    /// How many people.
    #[serde(flatten)]
    pub counts: Counts,
}

/// People by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// 符合.
    pub met: u64,
    /// 不符合.
    pub not_met: u64,
    /// 待定.
    pub indeterminate: u64,
    /// Referred, not required, or not applicable.
    pub other: u64,
}

impl Counts {
    fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Met => &mut self.met,
            Verdict::NotMet => &mut self.not_met,
            Verdict::Indeterminate => &mut self.indeterminate,
            Verdict::Referred | Verdict::NotRequired | Verdict::NotApplicable => &mut self.other,
        } += 1;
    }
}

/// The rules of one kind of declaration under every value.
struct Kind {
    rules: Vec<Arc<Rules>>,
    /// Whether a higher value never helps anybody.
    falling: bool,
    same: bool,
}

/// The rules of every value, and what was counted so far.
pub struct Sweep {
    key: String,
    now: Option<String>,
    made: Vec<Made>,
    before: Judge,
    judges: Vec<Judge>,
    values: Vec<String>,
    /// By the rules as they stand and those of the first value: the values differ in a number only.
    kinds: HashMap<[*const Rules; 2], Kind>,
    touched: bool,
    cases: u64,
    standing: Counts,
    counts: Vec<Counts>,
}

impl Sweep {
    /// Prepares the rules of `key=from..to:step`, all of `settings` made besides.
    pub fn new(catalog: &Catalog, settings: &[Setting], asked: &str) -> Result<Sweep, Problems> {
        let wrong =
            |code: &'static str| vec![Problem::at("", 0, Message::new(code).with("found", asked))];
        let (key, range) = asked.split_once('=').ok_or_else(|| wrong("not_a_range"))?;
        let key = key.trim();
        let values = amend::values(key, range.trim()).map_err(|problem| vec![problem])?;
        let base = amend::amend(catalog, settings)?;
        let (mut judges, mut written, mut now) = (Vec::new(), Vec::new(), None);
        for value in values {
            let setting = Setting::new(key, value).map_err(|problem| vec![problem])?;
            judges.push(Judge::new(amend::amend(&base, std::slice::from_ref(&setting))?));
            now = amend::current(catalog, &setting);
            written.push(setting.value());
        }
        Ok(Sweep {
            key: key.to_owned(),
            now,
            made: simulate::made(catalog, settings),
            before: Judge::new(catalog.clone()),
            counts: vec![Counts::default(); judges.len()],
            judges,
            values: written,
            kinds: HashMap::new(),
            touched: false,
            cases: 0,
            standing: Counts::default(),
        })
    }

    /// Judges one case under every value.
    pub fn add(&mut self, case: &Case) -> Result<(), Problems> {
        self.cases += 1;
        let Some(before) = simulate::rules(&self.before, case)? else {
            self.standing.add(Verdict::Indeterminate);
            self.counts.iter_mut().for_each(|counts| counts.add(Verdict::Indeterminate));
            return Ok(());
        };
        let judge = |rules: &Rules| rules.verdict(&case.declaration, &case.records);
        self.standing.add(judge(&before));
        let Some(first) = self.judges.first() else { return Ok(()) };
        let Some(lowest) = simulate::rules(first, case)? else { return Ok(()) };
        let place = [Arc::as_ptr(&before), Arc::as_ptr(&lowest)];
        if !self.kinds.contains_key(&place) {
            let kind = self.kind(case)?;
            self.touched |= !kind.same || !simulate::is_same(&before, &lowest);
            self.kinds.insert(place, kind);
        }
        let Some(kind) = self.kinds.get(&place) else { return Ok(()) };
        let mut verdicts: Vec<Option<Verdict>> = vec![None; kind.rules.len()];
        let last = kind.rules.len().saturating_sub(1);
        let at = |i: usize| kind.rules.get(i).map(|rules| judge(rules));
        if kind.same {
            verdicts.fill(at(0));
        } else if kind.falling {
            fill(&mut verdicts, 0, at(0), last, at(last), &at);
        } else {
            for (i, slot) in verdicts.iter_mut().enumerate() {
                *slot = at(i);
            }
        }
        for (counts, verdict) in self.counts.iter_mut().zip(verdicts) {
            if let Some(verdict) = verdict {
                counts.add(verdict);
            }
        }
        Ok(())
    }

    fn kind(&self, case: &Case) -> Result<Kind, Problems> {
        let mut rules = Vec::with_capacity(self.judges.len());
        for judge in &self.judges {
            rules.extend(simulate::rules(judge, case)?);
        }
        let mut variants = rules.iter().filter_map(|rules| rules.plans.chosen());
        let falling = is_least(&self.key) && variants.all(|variant| variant.plan.is_monotone());
        let first = rules.first();
        let same = rules.iter().all(|other| first.is_none_or(|f| simulate::is_same(f, other)));
        Ok(Kind { rules, falling, same })
    }

    /// What was counted; an error where the quantity is part of nobody's plan.
    pub fn report(self) -> Result<Report, Problems> {
        if self.cases == 0 {
            return Err(vec![Problem::at("", 0, Message::new("no_cases"))]);
        }
        let only_what_is = self.values.iter().all(|value| Some(value) == self.now.as_ref());
        if !self.touched && !only_what_is {
            return Err(vec![simulate::concerns_nobody(&self.key, self.cases)]);
        }
        let values = self.values.into_iter().zip(self.counts);
        Ok(Report {
            key: self.key,
            now: self.now,
            set: self.made,
            cases: self.cases,
            as_it_stands: self.standing,
            values: values.map(|(value, counts)| Value { value, counts }).collect(),
        })
    }
}

/// Whether the field is a least amount of hours or years: more of it never helps, where more hours
/// never harm.
fn is_least(key: &str) -> bool {
    let field = key.split_once('#').and_then(|(_, rest)| Some(rest.split_once('.')?.1));
    field.is_some_and(|field| field == "total" || field == "at_least" || field.starts_with("min."))
}

/// Verdicts from a value to a higher one, of which the ends are known. They only fall: where the
/// ends agree, so does all between.
fn fill(
    verdicts: &mut [Option<Verdict>],
    from: usize,
    first: Option<Verdict>,
    to: usize,
    last: Option<Verdict>,
    at: &impl Fn(usize) -> Option<Verdict>,
) {
    if first == last || to <= from + 1 {
        let span = verdicts.iter_mut().enumerate().skip(from).take(to + 1 - from);
        for (i, slot) in span {
            *slot = if i == to { last } else { first };
        }
        return;
    }
    let middle = usize::midpoint(from, to);
    let between = at(middle);
    fill(verdicts, from, first, middle, between, at);
    fill(verdicts, middle, between, to, last, at);
}
