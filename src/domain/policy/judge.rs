//! Puts an answer together: the policy that answers, the plans of every open reading, the verdict,
//! whether all of them agree, and why.

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::{FxBuildHasher, FxHasher};

use crate::domain::answer::{Missing, Reason, ReasonCode, Verdict};
use crate::domain::declaration::{Declaration, Profile};
use crate::domain::fields::Problems;
use crate::domain::policy::evaluate::person::Person;
use crate::domain::policy::explain::reasons;
use crate::domain::policy::explain::via::via;
use crate::domain::policy::notice::ancestry::Ancestry;
use crate::domain::policy::notice::catalog::Catalog;
use crate::domain::policy::notice::model::{Kind, Matching, Policy};
use crate::domain::policy::notice::readings;
use crate::domain::policy::plan::Gate;
use crate::domain::policy::plan::variants::PlanVariant;
use crate::domain::policy::remedy::least_hours;
use crate::domain::policy::rules::Rules;
use crate::domain::record::Record;
use crate::domain::year::Year;

/// Judges declarations by a catalog of policies.
#[derive(Debug)]
pub struct Judge {
    catalog: Catalog,
    /// For each policy, the names that some clause of its ancestry matches on.
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
        let ancestry = Ancestry::of(&self.catalog, policy);
        let base = readings::chosen(&ancestry.readings);
        let rules = Arc::new(Rules::compile(&ancestry, policy, &base, &profile, declaration.year)?);
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
            let ancestry = Ancestry::of(&self.catalog, selected.policy);
            judgement.flips = rules.flips(&ancestry, declaration, records, judgement.verdict);
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
        let ancestry = Ancestry::of(&self.catalog, selected.policy);
        let Ok(choice) = readings::changed(&ancestry.readings, changes) else { return Ok(None) };
        let plan = ancestry.plan(&choice, &declaration.profile, declaration.year)?;
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

impl Rules {
    /// The answer without what only the catalog knows.
    fn judge(&self, declaration: &Declaration, records: &[Record]) -> Judgement {
        let mut person = Person::new(&self.plans, declaration, records);
        let verdict = person.verdict(0);
        let firm = (1..self.plans.variants.len()).all(|at| person.verdict(at) == verdict);
        let mut judgement = Judgement {
            verdict,
            firm,
            policy: Some(self.policy.clone()),
            ..Judgement::no_policy()
        };
        judgement.reasons.clear();
        let Some(variant) = self.plans.chosen() else { return judgement };
        match &variant.plan.gate {
            Gate::NotApplicable(reason) => judgement.reasons.push(reason.clone()),
            Gate::Referred { reason, advisory } => {
                judgement.reasons.push(reason.clone());
                if *advisory {
                    judgement.advisory = Some(person.requirements_verdict(0));
                }
            }
            Gate::Judge if verdict == Verdict::NotRequired => {
                judgement.reasons.push(Reason::new(ReasonCode::NoRequirement));
            }
            Gate::Judge => explain(&mut person, variant, &mut judgement),
        }
        judgement
    }

    /// The open readings that change the verdict: alone where one does, else the first combination.
    fn flips(
        &self,
        ancestry: &Ancestry<'_>,
        declaration: &Declaration,
        records: &[Record],
        verdict: Verdict,
    ) -> Vec<Flip> {
        let mut person = Person::new(&self.plans, declaration, records);
        let Some((base, _)) = self.plans.combinations.first() else { return Vec::new() };
        let mut flips: Vec<Flip> = Vec::new();
        for (choice, plan) in &self.plans.combinations {
            let other = person.verdict(*plan);
            let changed: Vec<String> = ancestry
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

/// Adds reasons, the exceptions taken, and what is missing.
fn explain(person: &mut Person<'_>, variant: &PlanVariant, judgement: &mut Judgement) {
    let records = person.records();
    let verdict = judgement.verdict;
    let (reasons, via, missing) = person.with_context(variant, |context| {
        let reasons = reasons::of(context, records, verdict);
        let via = if verdict == Verdict::Met { via(context) } else { Vec::new() };
        let missing =
            if verdict == Verdict::NotMet { least_hours::least_hours(context) } else { None };
        (reasons, via, missing)
    });
    judgement.reasons = reasons;
    judgement.via = via;
    judgement.missing = missing;
}

/// The names that some clause of a policy's ancestry matches on.
fn names_of(catalog: &Catalog, policy: &Policy) -> HashSet<String> {
    let mut names = HashSet::new();
    let mut take = |applies: &Matching| {
        for list in [&applies.series, &applies.specialties, &applies.employer_sectors] {
            names.extend(list.iter().cloned());
        }
    };
    let ancestry = Ancestry::of(catalog, policy);
    let changes: Vec<_> = ancestry
        .readings
        .iter()
        .flat_map(|r| r.reading.options.iter().map(move |option| (r.policy, option)))
        .flat_map(|(from, option)| option.set.iter().map(move |change| (from, change)))
        .collect();
    for owner in &ancestry.policies {
        for source in &owner.clauses {
            let mine =
                changes.iter().filter(|(f, c)| readings::concerns(c, f, owner, &source.clause.id));
            let changed = mine.filter_map(|(_, change)| readings::apply(source, &[change]).ok());
            for clause in std::iter::once(source.clause.clone()).chain(changed) {
                take(&clause.applies);
                if let Kind::Scope { excludes } = &clause.kind {
                    for exclusion in excludes {
                        take(&exclusion.applies);
                    }
                }
            }
        }
    }
    names
}
