//! The same people under the rule as it stands and under the rule as somebody imagines it. Cases
//! come one at a time and leave counts and a few examples behind.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;

use crate::domain::answer::Verdict;
use crate::domain::case::{Case, CaseId};
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::policy::compare::amend::{self, Setting};
use crate::domain::policy::judge::Judge;
use crate::domain::policy::notice::catalog::Catalog;
use crate::domain::policy::rules::Rules;

/// The most groups that are counted apart; the people of further ones are counted together.
const MOST_GROUPS: usize = 200;

/// Where the people of further groups are counted.
const FURTHER: &str = "…";

/// What changes for the people of a file.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The settings, each with what was there before.
    pub set: Vec<Made>,
    /// How many cases were judged.
    pub cases: u64,
    /// How many of them are judged by the same plan as before.
    pub untouched: u64,
    /// How many get another verdict.
    pub changed: u64,
    /// From verdict to verdict.
    pub transitions: Vec<Transition>,
    /// The same, by level.
    pub by_level: Vec<Group>,
    /// The same, by series.
    pub by_series: Vec<Group>,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Made {
    /// `331100/2023#annual.total`.
    pub key: String,
    /// Before; null where the clause did not say.
    pub old: Option<String>,
    /// After.
    pub new: String,
}

/// People who come from one verdict to another, or stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transition {
    /// Under the rule as it stands.
    pub from: Verdict,
    /// Under the rule as set.
    pub to: Verdict,
    /// How many.
    pub count: u64,
    /// The first of them, where the verdict changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<Example>,
}

/// A person of a transition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// As the asker calls it.
    pub id: CaseId,
    /// The line of the input.
    pub line: u64,
}

/// The people of a level or series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Which; `…` for those beyond the first two hundred.
    pub name: String,
    /// How many.
    pub cases: u64,
    /// From verdict to verdict.
    pub transitions: Vec<Transition>,
}

#[derive(Default)]
struct Tally(BTreeMap<(Verdict, Verdict), (u64, Vec<Example>)>);

impl Tally {
    fn transitions(self) -> Vec<Transition> {
        let all = self.0.into_iter();
        all.map(|((from, to), (count, witnesses))| Transition { from, to, count, witnesses })
            .collect()
    }
}

/// Two rules, and what was counted so far.
pub struct Simulation {
    made: Vec<Made>,
    before: Judge,
    after: Judge,
    /// For each of several settings, the rule with all the others made.
    without: Vec<Judge>,
    touched: Vec<bool>,
    /// Whether the plans of these rules, before and after, are the same.
    same: HashMap<[*const Rules; 2], bool>,
    witnesses: usize,
    cases: u64,
    untouched: u64,
    changed: u64,
    all: Tally,
    levels: BTreeMap<String, Tally>,
    series: BTreeMap<String, Tally>,
}

impl Simulation {
    /// Prepares both rules.
    pub fn new(
        catalog: &Catalog,
        settings: &[Setting],
        witnesses: usize,
    ) -> Result<Simulation, Problems> {
        let after = amend::amend(catalog, settings)?;
        let already: Problems =
            settings.iter().filter_map(|setting| amend::no_change(catalog, setting)).collect();
        if !already.is_empty() {
            return Err(already);
        }
        let mut without = Vec::new();
        for left_out in settings.iter().enumerate().map(|(i, _)| i).filter(|_| settings.len() > 1) {
            let rest = settings.iter().enumerate().filter(|(i, _)| *i != left_out);
            let rest: Vec<Setting> = rest.map(|(_, setting)| setting.clone()).collect();
            without.push(Judge::new(amend::amend(catalog, &rest)?));
        }
        Ok(Simulation {
            made: made(catalog, settings),
            before: Judge::new(catalog.clone()),
            after: Judge::new(after),
            without,
            touched: vec![false; settings.len()],
            same: HashMap::new(),
            witnesses,
            cases: 0,
            untouched: 0,
            changed: 0,
            all: Tally::default(),
            levels: BTreeMap::new(),
            series: BTreeMap::new(),
        })
    }

    /// Judges one case under both rules.
    pub fn add(&mut self, line: u64, case: &Case) -> Result<(), Problems> {
        let (from, to) = self.verdicts(case)?;
        self.cases += 1;
        let example = (from != to).then(|| Example { id: case.id.clone(), line });
        self.changed += u64::from(from != to);
        let profile = &case.declaration.profile;
        let most = self.witnesses;
        let count = |tally: &mut Tally, example: Option<&Example>| {
            let (count, witnesses) = tally.0.entry((from, to)).or_default();
            *count += 1;
            if witnesses.len() < most {
                witnesses.extend(example.cloned());
            }
        };
        count(&mut self.all, example.as_ref());
        count(group(&mut self.levels, profile.level.name()), None);
        count(group(&mut self.series, &profile.series), None);
        Ok(())
    }

    fn verdicts(&mut self, case: &Case) -> Result<(Verdict, Verdict), Problems> {
        let declaration = &case.declaration;
        let Some(before) = rules(&self.before, case)? else {
            self.untouched += 1;
            return Ok((Verdict::Indeterminate, Verdict::Indeterminate));
        };
        let from = before.verdict(declaration, &case.records);
        let Some(after) = rules(&self.after, case)? else { return Ok((from, from)) };
        let pair = [Arc::as_ptr(&before), Arc::as_ptr(&after)];
        let known = self.same.get(&pair).copied();
        let same = known.unwrap_or_else(|| is_same(&before, &after));
        if known.is_none() {
            self.same.insert(pair, same);
            self.touch(case, &after, same)?;
        }
        if same {
            self.untouched += 1;
            return Ok((from, from));
        }
        Ok((from, after.verdict(declaration, &case.records)))
    }

    /// Notes which settings are part of this kind of case's plan.
    fn touch(&mut self, case: &Case, after: &Rules, same: bool) -> Result<(), Problems> {
        for (touched, judge) in self.touched.iter_mut().zip(&self.without) {
            if !*touched {
                *touched = rules(judge, case)?.is_none_or(|others| !is_same(&others, after));
            }
        }
        if self.without.is_empty() {
            self.touched.iter_mut().for_each(|touched| *touched |= !same);
        }
        Ok(())
    }

    /// What was counted; an error where a setting concerned nobody.
    pub fn report(self) -> Result<Report, Problems> {
        if self.cases == 0 {
            return Err(vec![Problem::at("", 0, Message::new("no_cases"))]);
        }
        let idle = self.made.iter().zip(&self.touched).filter(|(_, touched)| !**touched);
        let problems: Problems =
            idle.map(|(made, _)| concerns_nobody(&made.key, self.cases)).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let groups = |groups: BTreeMap<String, Tally>| {
            let group = |(name, tally): (String, Tally)| {
                let cases = tally.0.values().map(|(count, _)| count).sum();
                Group { name, cases, transitions: tally.transitions() }
            };
            groups.into_iter().map(group).collect()
        };
        Ok(Report {
            set: self.made,
            cases: self.cases,
            untouched: self.untouched,
            changed: self.changed,
            transitions: self.all.transitions(),
            by_level: groups(self.levels),
            by_series: groups(self.series),
        })
    }
}

/// The settings, each with what was there before.
pub(super) fn made(catalog: &Catalog, settings: &[Setting]) -> Vec<Made> {
    let one = |setting: &Setting| Made {
        key: setting.key.clone(),
        old: amend::current(catalog, setting),
        new: setting.value(),
    };
    settings.iter().map(one).collect()
}

/// The problem of a setting that is part of nobody's plan.
pub(super) fn concerns_nobody(key: &str, cases: u64) -> Problem {
    Problem::at(key, 0, Message::new("set_concerns_nobody").with("count", cases))
}

/// The rules for a case; `None` where no policy answers.
pub(super) fn rules(judge: &Judge, case: &Case) -> Result<Option<Arc<Rules>>, Problems> {
    let declaration = &case.declaration;
    match judge.catalog().select(declaration.jurisdiction, declaration.year) {
        Some(selected) => judge.rules(selected.policy, declaration).map(Some),
        None => Ok(None),
    }
}

/// Whether the chosen readings give the same plan.
pub(super) fn is_same(a: &Rules, b: &Rules) -> bool {
    let plan = |rules: &Rules| rules.plans.chosen().map(|variant| variant.plan.clone());
    plan(a) == plan(b)
}

fn group<'g>(groups: &'g mut BTreeMap<String, Tally>, name: &str) -> &'g mut Tally {
    let full = groups.len() >= MOST_GROUPS;
    let name = if full && !groups.contains_key(name) { FURTHER } else { name };
    groups.entry(name.to_owned()).or_default()
}
