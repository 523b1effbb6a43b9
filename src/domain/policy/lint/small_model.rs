//! The few declarations that clauses can tell apart, and the ways in which the files can be read.
//!
//! A profile is told apart from another only by the conditions that some clause states, under some
//! reading. So levels × (series, specialties and sectors named, and one of each unnamed), of which
//! one is kept for each set of conditions that it fulfils, are all profiles there are.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use crate::domain::declaration::{Level, Profile};
use crate::domain::policy::notice::ancestry::{Ancestry, InForce};
use crate::domain::policy::notice::catalog::Catalog;
use crate::domain::policy::notice::model::{Clause, Kind, Matching, Policy};
use crate::domain::policy::notice::readings::{self, Choice};
use crate::domain::policy::plan::compile::compile;
use crate::domain::policy::plan::{Gate, Plan};
use crate::domain::year::Year;

/// A policy with its ancestors, as declarations meet it.
pub(super) struct Place<'c> {
    pub(super) policy: &'c Policy,
    pub(super) ancestry: Ancestry<'c>,
    /// The first and last declaring year; one nominal year for a policy that only serves others.
    pub(super) years: Vec<Year>,
    /// Whether declarations are answered by it.
    pub(super) answers: bool,
    /// One of each kind that clauses can tell apart, plainest first.
    pub(super) profiles: Vec<Profile>,
    /// The chosen readings; then each option of each reading alone; then every two together.
    pub(super) variants: Vec<Variant<'c>>,
}

/// The clauses in force under a choice of readings.
pub(super) struct Variant<'c> {
    pub(super) choice: Choice,
    /// The readings changed, each `reading=option`.
    pub(super) changed: Vec<String>,
    pub(super) clauses: Vec<InForce<'c>>,
}

impl Place<'_> {
    /// Every profile in every year that matters.
    pub(super) fn cases(&self) -> impl Iterator<Item = (Year, &Profile)> {
        self.years.iter().flat_map(|year| self.profiles.iter().map(move |p| (*year, p)))
    }

    /// The chosen readings, and each option alone.
    pub(super) fn single_variants(&self) -> impl Iterator<Item = &Variant<'_>> {
        self.variants.iter().filter(|variant| variant.changed.len() < 2)
    }
}

impl Variant<'_> {
    /// The readings changed, for a message.
    pub(super) fn readings(&self) -> String {
        if self.changed.is_empty() { "–".to_owned() } else { self.changed.join(", ") }
    }
}

/// Whether requirements are judged behind this gate, if only as advice.
pub(super) fn is_judged(plan: &Plan) -> bool {
    matches!(plan.gate, Gate::Judge | Gate::Referred { advisory: true, .. })
}

/// The plan without the clause at `index`.
pub(super) fn plan_without(
    clauses: &[InForce<'_>],
    index: usize,
    profile: &Profile,
    year: Year,
) -> Option<Plan> {
    let mut rest = clauses.to_vec();
    if index < rest.len() {
        rest.remove(index);
    }
    compile(&rest, profile, year).ok()
}

/// Every policy of a catalog as a place.
pub(super) fn places(catalog: &Catalog, today: NaiveDate) -> Vec<Place<'_>> {
    catalog.policies().iter().map(|policy| place(catalog, policy, today)).collect()
}

fn place<'c>(catalog: &'c Catalog, policy: &'c Policy, today: NaiveDate) -> Place<'c> {
    let ancestry = Ancestry::of(catalog, policy);
    let variants = variants(&ancestry);
    let profiles = profiles(&ancestry);
    let mut years: Vec<Year> = match policy.declaring_years {
        Some(range) => [range.from, range.to].into_iter().flatten().collect(),
        None => Year::new(i64::from(today.year())).into_iter().collect(),
    };
    years.dedup();
    Place { policy, ancestry, years, answers: policy.declaring_years.is_some(), profiles, variants }
}

fn variants<'c>(ancestry: &Ancestry<'c>) -> Vec<Variant<'c>> {
    let base = readings::chosen(&ancestry.readings);
    let mut options: Vec<(usize, usize)> = Vec::new();
    for (at, recorded) in ancestry.readings.iter().enumerate() {
        let others = (0..recorded.reading.options.len()).filter(|o| base.0.get(at) != Some(o));
        options.extend(others.map(|option| (at, option)));
    }
    let singles = options.iter().map(|single| vec![*single]);
    let pairs = options.iter().enumerate().flat_map(|(i, first)| {
        let others = options.iter().skip(i + 1).filter(|second| second.0 != first.0);
        others.map(|second| vec![*first, *second])
    });
    let sets = std::iter::once(Vec::new()).chain(singles).chain(pairs);
    // Two options that cannot be read together leave no clauses to look at.
    sets.filter_map(|set| variant(ancestry, &base, &set)).collect()
}

fn variant<'c>(
    ancestry: &Ancestry<'c>,
    base: &Choice,
    set: &[(usize, usize)],
) -> Option<Variant<'c>> {
    let mut choice = base.clone();
    let mut changed = Vec::new();
    for (at, option) in set {
        *choice.0.get_mut(*at)? = *option;
        let reading = ancestry.readings.get(*at)?.reading;
        changed.push(format!("{}={}", reading.id, reading.options.get(*option)?.name));
    }
    let clauses = ancestry.in_force(&choice).ok()?;
    Some(Variant { choice, changed, clauses })
}

/// Every clause of an ancestry as written and under each option that changes it.
fn clauses_read(ancestry: &Ancestry<'_>) -> Vec<Clause> {
    let mut clauses = Vec::new();
    for owner in &ancestry.policies {
        for source in &owner.clauses {
            clauses.push(source.clause.clone());
            for recorded in &ancestry.readings {
                for option in &recorded.reading.options {
                    let mine: Vec<_> = option
                        .set
                        .iter()
                        .filter(|c| {
                            readings::concerns(c, recorded.policy, owner, &source.clause.id)
                        })
                        .collect();
                    if !mine.is_empty() {
                        clauses.extend(readings::apply(source, &mine).ok());
                    }
                }
            }
        }
    }
    clauses
}

fn profiles(ancestry: &Ancestry<'_>) -> Vec<Profile> {
    let mut conditions: Vec<Matching> = Vec::new();
    for clause in clauses_read(ancestry) {
        if let Kind::Scope { excludes } = &clause.kind {
            conditions.extend(excludes.iter().map(|exclusion| exclusion.applies.clone()));
        }
        conditions.push(clause.applies);
    }
    conditions.dedup();
    let named = |of: fn(&Matching) -> &Vec<String>| -> BTreeSet<&str> {
        conditions.iter().flat_map(|c| of(c).iter().map(String::as_str)).collect()
    };
    let (series, specialties) = (named(|c| &c.series), named(|c| &c.specialties));
    let sectors = named(|c| &c.employer_sectors);
    let maybe = |names: &BTreeSet<&str>| -> Vec<Option<Box<str>>> {
        std::iter::once(None).chain(names.iter().map(|name| Some((*name).into()))).collect()
    };
    let (specialties, sectors) = (maybe(&specialties), maybe(&sectors));
    let unnamed = unnamed(&series);
    let mut seen: BTreeSet<Vec<bool>> = BTreeSet::new();
    let mut profiles = Vec::new();
    for sector in &sectors {
        for specialty in &specialties {
            for series in series.iter().copied().chain([unnamed.as_str()]) {
                for level in Level::ALL {
                    let profile = Profile {
                        level,
                        series: series.into(),
                        specialty: specialty.clone(),
                        employer_sector: sector.clone(),
                    };
                    let fulfilled = conditions.iter().map(|c| c.matches(&profile)).collect();
                    if seen.insert(fulfilled) {
                        profiles.push(profile);
                    }
                }
            }
        }
    }
    profiles
}

/// A series that no clause names.
fn unnamed(series: &BTreeSet<&str>) -> String {
    let mut name = "other".to_owned();
    while series.contains(name.as_str()) {
        name.push('-');
    }
    name
}
