//! Two plans for one profile, and the people that are tried under both.

use std::collections::HashSet;

use super::rows::Row;
use super::{Side, UnderPolicy, Witness, YearOfHours};
use crate::domain::answer::Verdict;
use crate::domain::category::Category;
use crate::domain::declaration::{Declaration, Facts, Jurisdiction, Level, Profile};
use crate::domain::fields::Problems;
use crate::domain::hours::Hours;
use crate::domain::policy::notice::ancestry::Ancestry;
use crate::domain::policy::notice::model::{Kind, Matching};
use crate::domain::policy::notice::readings;
use crate::domain::policy::plan::{KnownFacts, Plan};
use crate::domain::policy::rules::Rules;
use crate::domain::record::{Record, Status};
use crate::domain::year::{Year, YearRange};

/// Two plans for one profile that are not the same.
pub(super) struct Pair {
    profile: Profile,
    place: Jurisdiction,
    years: [Year; 2],
    plans: [Plan; 2],
    rules: [Rules; 2],
}

/// What a person brings besides hours.
#[derive(Clone)]
pub(super) struct Circumstances {
    required_years: Option<i16>,
    /// Years before the declaring year.
    tenure: Option<i16>,
    source: Box<str>,
    basis: Option<Box<str>>,
}

/// The distinct pairs of plans that differ.
pub(super) fn pairs(old: Side<'_>, new: Side<'_>) -> Result<Vec<Pair>, Problems> {
    let ancestries = [Ancestry::of(old.catalog, old.policy), Ancestry::of(new.catalog, new.policy)];
    let choices = ancestries.each_ref().map(|ancestry| readings::chosen(&ancestry.readings));
    let mut seen: HashSet<[Plan; 2]> = HashSet::new();
    let mut pairs = Vec::new();
    for years in declaring_years(old.policy.declaring_years, new.policy.declaring_years) {
        for profile in profiles(&ancestries) {
            let [a, b] = &ancestries;
            let [chosen_a, chosen_b] = &choices;
            let [year_a, year_b] = years;
            let plans = [a.plan(chosen_a, &profile, year_a)?, b.plan(chosen_b, &profile, year_b)?];
            let [plan_a, plan_b] = &plans;
            if plan_a == plan_b || !seen.insert(plans.clone()) {
                continue;
            }
            let rules = [
                Rules::of_plans(&old.policy.id, vec![(chosen_a.clone(), plan_a.clone())]),
                Rules::of_plans(&new.policy.id, vec![(chosen_b.clone(), plan_b.clone())]),
            ];
            pairs.push(Pair { profile, place: new.policy.jurisdiction, years, plans, rules });
        }
    }
    Ok(pairs)
}

/// The declaring years to compare: the same one under both where they share one, else each one's own.
fn declaring_years(old: Option<YearRange>, new: Option<YearRange>) -> Vec<[Year; 2]> {
    const MOST: usize = 8;
    let of = |range: YearRange| range.from.or(range.to);
    match (old, new) {
        (Some(a), Some(b)) if a.overlaps(b) => {
            let from = a.from.max(b.from).or(a.to).or(b.to).map_or(Year::MIN, Year::get);
            let shared = (from..=Year::MAX).filter_map(|year| Year::new(year.into()));
            let shared = shared.take_while(|year| a.contains(*year) && b.contains(*year));
            shared.take(MOST).map(|year| [year, year]).collect()
        }
        (Some(a), Some(b)) => of(a).zip(of(b)).map(|(a, b)| [a, b]).into_iter().collect(),
        (Some(one), None) | (None, Some(one)) => {
            of(one).map(|year| [year, year]).into_iter().collect()
        }
        (None, None) => Vec::new(),
    }
}

/// Every profile that a clause of either ancestry can tell apart, the ordinary ones first.
fn profiles(ancestries: &[Ancestry<'_>; 2]) -> Vec<Profile> {
    let mut names: [Vec<Option<Box<str>>>; 3] = [Vec::new(), Vec::new(), Vec::new()];
    for ancestry in ancestries {
        for clause in ancestry.policies.iter().flat_map(|policy| &policy.clauses) {
            let mut matchings: Vec<&Matching> = vec![&clause.clause.applies];
            if let Kind::Scope { excludes } = &clause.clause.kind {
                matchings.extend(excludes.iter().map(|exclusion| &exclusion.applies));
            }
            for m in matchings {
                for (all, named) in
                    names.iter_mut().zip([&m.series, &m.specialties, &m.employer_sectors])
                {
                    for name in named {
                        let name = Some(name.as_str().into());
                        if !all.contains(&name) {
                            all.push(name);
                        }
                    }
                }
            }
        }
    }
    let [mut series, mut specialties, mut sectors] = names;
    // Somebody whom no clause names.
    let ordinary = ["engineering", "economics", "culture", "other"];
    let free = ordinary.into_iter().find(|n| !series.contains(&Some((*n).into())));
    series.insert(0, free.map(Into::into));
    specialties.insert(0, None);
    sectors.insert(0, None);
    let levels = [Level::Intermediate, Level::Senior, Level::Junior, Level::FullSenior];
    let mut profiles = Vec::new();
    for sector in &sectors {
        for specialty in &specialties {
            for series in series.iter().flatten() {
                profiles.extend(levels.map(|level| Profile {
                    level,
                    series: series.clone(),
                    specialty: specialty.clone(),
                    employer_sector: sector.clone(),
                }));
            }
        }
    }
    profiles
}

impl Pair {
    pub(super) fn plans(&self) -> [&Plan; 2] {
        self.plans.each_ref()
    }

    pub(super) fn circumstances(&self) -> Vec<Circumstances> {
        let reads = self.plans().map(Plan::reads);
        let required = reads.iter().any(|(required, _)| *required);
        let tenure = reads.iter().any(|(_, tenure)| *tenure);
        let facts: Vec<(Option<i16>, Option<i16>)> = match (required, tenure) {
            (false, false) => vec![(None, None)],
            (true, false) => [4, 5, 2, 1].map(|years| (Some(years), None)).into(),
            (false, true) => [3, 4, 5].map(|back| (None, Some(back))).into(),
            (true, true) => [(4, 3), (4, 5), (5, 4), (5, 6), (2, 1), (1, 0)]
                .map(|(years, back)| (Some(years), Some(back)))
                .into(),
        };
        let admits = || self.plans().into_iter().flat_map(|plan| &plan.admits);
        let mut sources: Vec<Box<str>> = Vec::new();
        for source in admits().flat_map(|admit| &admit.sources) {
            if !sources.contains(source) {
                sources.push(source.clone());
            }
        }
        sources.push("registry".into());
        let basis = admits().flat_map(|admit| &admit.basis).next().cloned();
        let mut all = Vec::new();
        for source in sources {
            for (required_years, tenure) in &facts {
                all.push(Circumstances {
                    required_years: *required_years,
                    tenure: *tenure,
                    source: source.clone(),
                    basis: basis.clone(),
                });
            }
        }
        all
    }

    /// The years that either plan reads, counted from the declaring year.
    pub(super) fn span(&self, circumstances: &Circumstances) -> Vec<i16> {
        let mut offsets: Vec<i16> = Vec::new();
        for plan in self.plans() {
            let known = Pair::known(plan, circumstances);
            for requirement in &plan.requirements {
                let mut years = plan.years_of(requirement, known);
                for exception in &requirement.exceptions {
                    years = years.or(plan.years_of_exception(exception, known));
                }
                let declaring = plan.frame.declaring();
                offsets.extend(years.bits().map(|bit| plan.frame.year(bit) - declaring));
            }
        }
        offsets.sort_unstable();
        offsets.dedup();
        offsets.retain(|offset| (-11..=2).contains(offset));
        offsets
    }

    pub(super) fn known(plan: &Plan, circumstances: &Circumstances) -> KnownFacts {
        KnownFacts {
            required_years: circumstances.required_years.unwrap_or(4),
            tenure_start: plan.frame.declaring() - circumstances.tenure.unwrap_or(3),
        }
    }

    pub(super) fn judge(
        &self,
        side: usize,
        with: &Circumstances,
        span: &[i16],
        hours: &[Row],
    ) -> Verdict {
        let (Some(rules), Some(year)) = (self.rules.get(side), self.years.get(side)) else {
            return Verdict::Indeterminate;
        };
        let year_at = |offset: i16| Year::new((year.get() + offset).into());
        let mut records = Vec::with_capacity(span.len() * 3);
        for (offset, row) in span.iter().zip(hours) {
            let Some(year) = year_at(*offset) else { continue };
            for (category, hundredths) in Category::ALL.into_iter().zip(row) {
                if *hundredths > 0 {
                    records.push(Record {
                        year,
                        category,
                        hours: Hours::from_hundredths(*hundredths),
                        source: with.source.clone(),
                        basis: with.basis.clone(),
                        status: Status::Confirmed,
                    });
                }
            }
        }
        let declaration = Declaration {
            jurisdiction: self.place,
            year: *year,
            profile: self.profile.clone(),
            facts: Facts {
                required_years: with.required_years,
                tenure_start: with.tenure.map(|back| year.get() - back),
            },
            excused: Vec::new(),
            reviewed: span.iter().filter_map(|offset| year_at(*offset)).collect(),
            as_of: None,
        };
        rules.verdict(&declaration, &records)
    }

    pub(super) fn witness(
        &self,
        with: &Circumstances,
        span: &[i16],
        hours: &[Row],
        verdicts: [Verdict; 2],
    ) -> Witness {
        let [old_year, new_year] = self.years;
        let [old, new] = verdicts;
        let standing = |year: Year, verdict| UnderPolicy {
            year,
            tenure_start: with.tenure.map(|back| year.get() - back),
            verdict,
        };
        let year = |(offset, [professional, industry, general]): (&i16, &Row)| YearOfHours {
            old: old_year.get() + offset,
            new: new_year.get() + offset,
            professional: Hours::from_hundredths(*professional),
            industry: Hours::from_hundredths(*industry),
            general: Hours::from_hundredths(*general),
        };
        Witness {
            level: self.profile.level.name(),
            series: self.profile.series.clone(),
            specialty: self.profile.specialty.clone(),
            employer_sector: self.profile.employer_sector.clone(),
            required_years: with.required_years,
            old: standing(old_year, old),
            new: standing(new_year, new),
            hours: span.iter().zip(hours).map(year).collect(),
            source: with.source.clone(),
            basis: with.basis.clone(),
            reviewed: self.plans().iter().any(|plan| !plan.legacy.is_empty()),
        }
    }
}
