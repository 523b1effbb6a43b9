//! Puts an answer together: the policy that answers, the plans of every open reading, the verdict,
//! whether all of them agree, and why.

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::{FxBuildHasher, FxHasher};

use super::catalog::Catalog;
use super::cited::Cited;
use super::compile::Chain;
use super::evaluate::{Bench, Decisions, Years};
use super::missing;
use super::model::{Kind, Matching, Policy};
use super::plan::{Gate, Plan};
use super::readings::{self, Choice};
use super::reasons;
use super::sheet::{self, Sheet};
use crate::domain::answer::{Missing, Reason, ReasonCode, Verdict};
use crate::domain::declaration::{Declaration, Profile};
use crate::domain::fields::Problems;
use crate::domain::record::Record;
use crate::domain::year::{Frame, Year, YearSet};

/// Judges declarations by a catalog of policies.
#[derive(Debug)]
pub struct Judge {
    catalog: Catalog,
    /// For each policy, the names that some clause of its chain matches on.
    names: HashMap<String, HashSet<String>>,
    rules: RwLock<Cache>,
}

type Cache = HashMap<u64, Vec<(Key, Arc<Rules>)>, FxBuildHasher>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    policy: String,
    declaring: Year,
    profile: Profile,
}

/// The plans of one policy for one profile: the chosen one and those of the other open readings.
#[derive(Debug)]
pub struct Rules {
    /// The policy.
    pub policy: Arc<str>,
    /// Distinct plans; the first is the chosen one.
    pub plans: Vec<Arm>,
    /// Every combination of open readings, and its plan.
    pub combinations: Vec<(Choice, usize)>,
    /// The clauses in force under the chosen readings.
    pub cited: Vec<Cited>,
    /// Years whose hours any plan reads.
    read: YearSet,
    sheets: usize,
    years: usize,
}

/// A plan among its siblings; those that sum or weigh alike share the work.
#[derive(Debug)]
pub struct Arm {
    /// The plan.
    pub plan: Plan,
    monotone: bool,
    sheet: usize,
    years: usize,
}

/// An answer, as the contract gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Whether every combination of open readings gives it.
    pub firm: bool,
    /// Exceptions without which `met` is not certain.
    pub via: Vec<Box<str>>,
    /// The requirements' verdict, when another authority decides.
    pub advisory: Option<Verdict>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The least that would make it met.
    pub missing: Option<Missing>,
    /// The policy that answered.
    pub policy: Option<Arc<str>>,
    /// Whether a county was answered by its city's file.
    pub inherited: bool,
    /// Open readings, each with an option that changes the verdict, and the verdict it gives.
    pub flips: Vec<Flip>,
}

/// An option of an open reading that changes the verdict.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Flip {
    /// The readings changed, each `reading=option`; more than one where no single one flips it.
    pub readings: Vec<String>,
    /// The verdict it gives.
    pub verdict: Verdict,
}

impl Judge {
    /// A judge over a catalog.
    pub fn new(catalog: Catalog) -> Judge {
        let names = catalog
            .policies()
            .iter()
            .map(|policy| (policy.id.clone(), names_of(&catalog, policy)))
            .collect();
        Judge { catalog, names, rules: RwLock::default() }
    }

    /// The policies.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The rules of a policy for a declaration, compiled once and kept.
    pub fn rules(
        &self,
        policy: &Policy,
        declaration: &Declaration,
    ) -> Result<Arc<Rules>, Problems> {
        let names = self.names.get(&policy.id);
        let named = |name: &str| names.is_some_and(|names| names.contains(name));
        let profile = &declaration.profile;
        let series = if named(&profile.series) { &profile.series } else { "" };
        let specialty = profile.specialty.as_deref().filter(|name| named(name));
        let sector = profile.employer_sector.as_deref().filter(|name| named(name));
        let mut hasher = FxHasher::default();
        (&policy.id, declaration.year, profile.level, series, specialty, sector).hash(&mut hasher);
        let hash = hasher.finish();
        let is_key = |key: &Key| {
            key.policy == policy.id
                && key.declaring == declaration.year
                && key.profile.level == profile.level
                && *key.profile.series == *series
                && key.profile.specialty.as_deref() == specialty
                && key.profile.employer_sector.as_deref() == sector
        };
        {
            let cache = self.rules.read().unwrap_or_else(PoisonError::into_inner);
            let found = cache.get(&hash).and_then(|c| c.iter().find(|(key, _)| is_key(key)));
            if let Some((_, rules)) = found {
                return Ok(Arc::clone(rules));
            }
        }
        let profile = Profile {
            level: profile.level,
            series: series.into(),
            specialty: specialty.map(Into::into),
            employer_sector: sector.map(Into::into),
        };
        let chain = Chain::of(&self.catalog, policy);
        let base = readings::chosen(&chain.readings);
        let rules = Arc::new(Rules::compile(&chain, policy, &base, &profile, declaration.year)?);
        let key = Key { policy: policy.id.clone(), declaring: declaration.year, profile };
        let mut cache = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        cache.entry(hash).or_default().push((key, Arc::clone(&rules)));
        Ok(rules)
    }

    /// The whole answer.
    pub fn judge(
        &self,
        declaration: &Declaration,
        records: &[Record],
    ) -> Result<Judgement, Problems> {
        let Some(selected) = self.catalog.select(declaration.jurisdiction, declaration.year) else {
            return Ok(Judgement::no_policy());
        };
        let rules = self.rules(selected.policy, declaration)?;
        let mut judgement = rules.judge(declaration, records);
        judgement.inherited = selected.inherited;
        if !judgement.firm {
            let chain = Chain::of(&self.catalog, selected.policy);
            judgement.flips = rules.flips(&chain, declaration, records, judgement.verdict);
        }
        Ok(judgement)
    }

    /// The verdict under the chosen readings with some of them changed.
    pub fn verdict_under(
        &self,
        declaration: &Declaration,
        records: &[Record],
        changes: &[(String, String)],
    ) -> Result<Option<Verdict>, Problems> {
        let Some(selected) = self.catalog.select(declaration.jurisdiction, declaration.year) else {
            return Ok(Some(Verdict::Indeterminate));
        };
        let chain = Chain::of(&self.catalog, selected.policy);
        let Ok(choice) = readings::changed(&chain.readings, changes) else { return Ok(None) };
        let plan = chain.plan(&choice, &declaration.profile, declaration.year)?;
        let rules = Rules::of_plans(&selected.policy.id, vec![(choice, plan)]);
        Ok(Some(rules.verdict(declaration, records)))
    }
}

impl Judgement {
    fn no_policy() -> Judgement {
        Judgement {
            verdict: Verdict::Indeterminate,
            firm: true,
            via: Vec::new(),
            advisory: None,
            reasons: vec![Reason::new(ReasonCode::NoPolicy)],
            missing: None,
            policy: None,
            inherited: false,
            flips: Vec::new(),
        }
    }
}

/// The names that some clause of a policy's chain matches on.
fn names_of(catalog: &Catalog, policy: &Policy) -> HashSet<String> {
    let mut names = HashSet::new();
    let mut take = |applies: &Matching| {
        for list in [&applies.series, &applies.specialties, &applies.employer_sectors] {
            names.extend(list.iter().cloned());
        }
    };
    let chain = Chain::of(catalog, policy);
    let changes: Vec<_> = chain
        .readings
        .iter()
        .flat_map(|r| r.reading.options.iter().map(move |option| (r.policy, option)))
        .flat_map(|(from, option)| option.set.iter().map(move |change| (from, change)))
        .collect();
    for owner in &chain.policies {
        for source in &owner.clauses {
            let mine =
                changes.iter().filter(|(f, c)| readings::concerns(c, f, owner, &source.clause.id));
            let changed = mine.filter_map(|(_, change)| readings::apply(source, &[change]).ok());
            for clause in std::iter::once(source.clause.clone()).chain(changed) {
                take(&clause.applies);
                if let Kind::Scope { excludes } = &clause.kind {
                    excludes.iter().for_each(|exclusion| take(&exclusion.applies));
                }
            }
        }
    }
    names
}

impl Rules {
    /// The plans of every combination of open readings around `base`.
    pub fn compile(
        chain: &Chain<'_>,
        policy: &Policy,
        base: &Choice,
        profile: &Profile,
        declaring: Year,
    ) -> Result<Rules, Problems> {
        let plans = readings::combinations(&chain.readings, base)
            .into_iter()
            .map(|choice| Ok((chain.plan(&choice, profile, declaring)?, choice)))
            .map(|pair: Result<_, Problems>| pair.map(|(plan, choice)| (choice, plan)))
            .collect::<Result<Vec<_>, Problems>>()?;
        let cited = Cited::all(&chain.in_force(base)?, Frame::around(declaring));
        Ok(Rules { cited, ..Rules::of_plans(&policy.id, plans) })
    }

    pub(super) fn of_plans(policy: &str, choices: Vec<(Choice, Plan)>) -> Rules {
        let mut arms: Vec<Arm> = Vec::new();
        let mut combinations = Vec::new();
        let mut read = YearSet::EMPTY;
        for (choice, plan) in choices {
            let at = arms.iter().position(|arm| arm.plan == plan).unwrap_or(arms.len());
            combinations.push((choice, at));
            if at == arms.len() {
                read = read.or(sheet::years_read(&plan));
                let sheet = share(
                    &arms,
                    |arm| arm.sheet,
                    |p| p.admits == plan.admits && p.legacy == plan.legacy,
                );
                let years = share(
                    &arms,
                    |arm| arm.years,
                    |p| {
                        p.admits == plan.admits
                            && p.legacy == plan.legacy
                            && p.deemed == plan.deemed
                            && p.slots == plan.slots
                    },
                );
                arms.push(Arm { monotone: plan.is_monotone(), plan, sheet, years });
            }
        }
        let count = |of: fn(&Arm) -> usize| arms.iter().map(of).max().map_or(0, |most| most + 1);
        let (sheets, years) = (count(|arm| arm.sheet), count(|arm| arm.years));
        Rules {
            policy: policy.into(),
            plans: arms,
            combinations,
            cited: Vec::new(),
            read,
            sheets,
            years,
        }
    }

    /// One plan alone, as when a threshold is tried out.
    pub fn single(plan: Plan) -> Rules {
        Rules::of_plans("", vec![(Choice(Vec::new()), plan)])
    }

    /// The verdict under the chosen readings.
    pub fn verdict(&self, declaration: &Declaration, records: &[Record]) -> Verdict {
        let mut hearing = Hearing::new(self, declaration, records);
        hearing.verdict(0)
    }

    /// The verdict, and whether every open reading gives it.
    pub fn verdict_and_firm(
        &self,
        declaration: &Declaration,
        records: &[Record],
    ) -> (Verdict, bool) {
        let mut hearing = Hearing::new(self, declaration, records);
        let verdict = hearing.verdict(0);
        (verdict, (1..self.plans.len()).all(|at| hearing.verdict(at) == verdict))
    }

    /// The answer without what only the catalog knows.
    pub fn judge(&self, declaration: &Declaration, records: &[Record]) -> Judgement {
        let mut hearing = Hearing::new(self, declaration, records);
        let verdict = hearing.verdict(0);
        let firm = (1..self.plans.len()).all(|at| hearing.verdict(at) == verdict);
        let mut judgement = Judgement {
            verdict,
            firm,
            policy: Some(self.policy.clone()),
            ..Judgement::no_policy()
        };
        judgement.reasons.clear();
        let Some(arm) = self.plans.first() else { return judgement };
        match &arm.plan.gate {
            Gate::NotApplicable(reason) => judgement.reasons.push(reason.clone()),
            Gate::Referred { reason, advisory } => {
                judgement.reasons.push(reason.clone());
                if *advisory {
                    judgement.advisory = Some(hearing.requirements(0));
                }
            }
            Gate::Judge if verdict == Verdict::NotRequired => {
                judgement.reasons.push(Reason::new(ReasonCode::NoRequirement));
            }
            Gate::Judge => hearing.explain(arm, &mut judgement),
        }
        judgement
    }

    /// The open readings that change the verdict: alone where one does, else the first combination.
    fn flips(
        &self,
        chain: &Chain<'_>,
        declaration: &Declaration,
        records: &[Record],
        verdict: Verdict,
    ) -> Vec<Flip> {
        let mut hearing = Hearing::new(self, declaration, records);
        let Some((base, _)) = self.combinations.first() else { return Vec::new() };
        let mut flips: Vec<Flip> = Vec::new();
        for (choice, plan) in &self.combinations {
            let other = hearing.verdict(*plan);
            let changed: Vec<String> = chain
                .readings
                .iter()
                .zip(choice.0.iter().zip(&base.0))
                .filter(|(_, (now, before))| now != before)
                .filter_map(|(r, (now, _))| {
                    let option = r.reading.options.get(*now)?;
                    Some(format!("{}={}", r.reading.id, option.name))
                })
                .collect();
            if other != verdict {
                flips.push(Flip { readings: changed, verdict: other });
            }
        }
        let fewest = flips.iter().map(|flip| flip.readings.len()).min().unwrap_or(0);
        flips.retain(|flip| flip.readings.len() == fewest);
        flips
    }
}

/// The number of the group that `alike` finds, else the next one.
fn share(arms: &[Arm], number: fn(&Arm) -> usize, alike: impl Fn(&Plan) -> bool) -> usize {
    let next = arms.iter().map(number).max().map_or(0, |most| most + 1);
    arms.iter().find(|arm| alike(&arm.plan)).map_or(next, number)
}

/// One person before the plans of a policy; sums and years are worked out once for all of them.
pub(super) struct Hearing<'h> {
    rules: &'h Rules,
    declaration: &'h Declaration,
    records: &'h [Record],
    decisions: Decisions,
    sheets: Vec<Option<Sheet>>,
    years: Vec<Option<Years>>,
}

impl<'h> Hearing<'h> {
    pub(super) fn new(
        rules: &'h Rules,
        declaration: &'h Declaration,
        records: &'h [Record],
    ) -> Hearing<'h> {
        Hearing {
            rules,
            declaration,
            records,
            decisions: Decisions::of(declaration),
            sheets: vec![None; rules.sheets],
            years: vec![None; rules.years],
        }
    }

    fn verdict(&mut self, at: usize) -> Verdict {
        let rules = self.rules;
        let Some(arm) = rules.plans.get(at) else { return Verdict::Indeterminate };
        match arm.plan.gate {
            Gate::NotApplicable(_) => Verdict::NotApplicable,
            Gate::Referred { .. } => Verdict::Referred,
            Gate::Judge => self.requirements(at),
        }
    }

    fn requirements(&mut self, at: usize) -> Verdict {
        let rules = self.rules;
        let Some(arm) = rules.plans.get(at) else { return Verdict::Indeterminate };
        if arm.plan.requirements.is_empty() {
            return Verdict::NotRequired;
        }
        self.with_bench(arm, |bench| bench.verdict())
    }

    /// The person before the plan of an arm.
    pub(super) fn with_bench<T>(&mut self, arm: &Arm, act: impl FnOnce(&Bench<'_>) -> T) -> T {
        let (rules, decisions) = (self.rules, self.decisions);
        let (mut own_sheet, mut own_years) = (None, None);
        let sheet = self.sheets.get_mut(arm.sheet).unwrap_or(&mut own_sheet);
        let sheet = &*sheet.get_or_insert_with(|| Sheet::of(self.records, &arm.plan, rules.read));
        let years = self.years.get_mut(arm.years).unwrap_or(&mut own_years);
        let years =
            &*years.get_or_insert_with(|| Years::of(&arm.plan, sheet, rules.read, decisions));
        act(&Bench {
            plan: &arm.plan,
            sheet,
            years,
            facts: self.declaration.facts,
            decisions,
            monotone: arm.monotone,
            without: 0,
        })
    }

    /// Reasons, the way taken, and what is missing.
    fn explain(&mut self, arm: &Arm, judgement: &mut Judgement) {
        let records = self.records;
        let verdict = judgement.verdict;
        let (reasons, via, missing) = self.with_bench(arm, |bench| {
            let reasons = reasons::of(bench, records, verdict);
            let via = if verdict == Verdict::Met { via(bench) } else { Vec::new() };
            let missing = if verdict == Verdict::NotMet { missing::least(bench) } else { None };
            (reasons, via, missing)
        });
        judgement.reasons = reasons;
        judgement.via = via;
        judgement.missing = missing;
    }
}

/// The exceptions without which a `met` is not certain. Where each of several would do, none is
/// needed alone: then all that would do are given.
fn via(bench: &Bench<'_>) -> Vec<Box<str>> {
    let exceptions: Vec<&str> = bench
        .plan
        .requirements
        .iter()
        .flat_map(|requirement| requirement.exceptions.iter().map(|e| &*e.clause))
        .collect();
    let met = |without: u64| Bench { without, ..*bench }.verdict() == Verdict::Met;
    let all = 1u64.checked_shl(u32::try_from(exceptions.len()).unwrap_or(64)).map_or(!0, |n| n - 1);
    if met(all) {
        return Vec::new();
    }
    let numbered = || exceptions.iter().enumerate().map(|(n, clause)| (1u64 << n, *clause));
    let needed: Vec<Box<str>> =
        numbered().filter(|(bit, _)| !met(*bit)).map(|(_, clause)| clause.into()).collect();
    if !needed.is_empty() {
        return needed;
    }
    numbered().filter(|(bit, _)| met(all & !bit)).map(|(_, clause)| clause.into()).collect()
}
