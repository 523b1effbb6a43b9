//! Why: the reasons of a verdict, in the words of the contract.

use std::collections::BTreeMap;

use crate::domain::answer::{Reason, ReasonCode, Verdict};
use crate::domain::category::CategorySet;
use crate::domain::hours::Hours;
use crate::domain::policy::evaluate::context::Bench;
use crate::domain::policy::evaluate::facts;
use crate::domain::policy::evaluate::hours::{Hundredths, in_ratio, refused_by};
use crate::domain::policy::notice::model::{Guard, Need};
use crate::domain::policy::plan::{Exception, Known, Requirement, Rule, Slot, Thresholds};
use crate::domain::record::{Record, Status};
use crate::domain::year::YearSet;

/// The reasons of a verdict that requirements gave, sorted.
pub fn of(bench: &Bench<'_>, records: &[Record], verdict: Verdict) -> Vec<Reason> {
    let mut telling = Telling { bench, found: Vec::new(), years: YearSet::EMPTY };
    match verdict {
        Verdict::NotMet => telling.not_met(),
        Verdict::Indeterminate => telling.indeterminate(),
        _ => {}
    }
    telling.refused(records);
    telling.excused();
    telling.found.sort();
    telling.found.dedup();
    telling.found
}

struct Telling<'b> {
    bench: &'b Bench<'b>,
    found: Vec<Reason>,
    /// The years of which refused records are told.
    years: YearSet,
}

impl Telling<'_> {
    fn not_met(&mut self) {
        let requirements = &self.bench.plan.requirements;
        let bounds: Vec<_> = (0..requirements.len()).map(|i| self.bench.requirement(i)).collect();
        // No settlement satisfies all, yet each may be satisfied alone: then all that may fail are
        // told.
        let none_fails_alone = bounds.iter().all(|bounds| bounds.possible);
        for (requirement, bounds) in requirements.iter().zip(bounds) {
            if !bounds.possible || (none_fails_alone && !bounds.sure) {
                self.failed(requirement);
            }
        }
    }

    fn failed(&mut self, requirement: &Requirement) {
        let bench = self.bench;
        let years = self.over_facts(|known| bench.plan.years_of(requirement, known));
        match &requirement.rule {
            Rule::EachYear { slot, .. } => {
                self.short_years(*slot, years);
            }
            Rule::Include(_) => {
                for bit in self.short_years(0, years).bits() {
                    let reason = Reason::new(ReasonCode::IncludeFailed);
                    let year = bench.plan.frame.year(bit);
                    self.found.push(reason.year(year).clause(&requirement.clause));
                }
            }
            Rule::Count { .. } => {
                self.short_years(0, years);
                self.short_count(requirement);
            }
            Rule::Sum { need, .. } => {
                self.short_sum(&requirement.clause, need, years);
                self.years = self.years.or(years);
            }
        }
        for exception in &requirement.exceptions {
            self.failed_exception(exception);
        }
    }

    /// An exception whose guard may hold is told by the hours it lacks.
    fn failed_exception(&mut self, exception: &Exception) {
        let bench = self.bench;
        if !bench.over_facts(|known| bench.guard(exception, known)).possible {
            return;
        }
        let also = self.over_facts(|known| bench.plan.listed(&exception.also, known));
        self.short_years(exception.slot, also);
        let years = self.summed(exception);
        if self.short_sum(&exception.clause, &exception.need, years) {
            self.years = self.years.or(years);
        }
    }

    fn over_facts(&self, years: impl Fn(Known) -> YearSet) -> YearSet {
        facts::values(self.bench.plan, self.bench.facts)
            .fold(YearSet::EMPTY, |all, known| all.or(years(known)))
    }

    /// The years that fail for certain, each told by what it lacks.
    fn short_years(&mut self, slot: usize, years: YearSet) -> YearSet {
        let bench = self.bench;
        let failing = years.minus(bench.years.possible(slot));
        for bit in failing.bits() {
            let piece = bench.plan.slots.get(slot).and_then(|slot| slot.piece(bit));
            if let Some(piece) = piece {
                let year = bench.plan.frame.year(bit);
                let short = shortfalls(&piece.need, bench.sheet.cell(bit).confirmed);
                let tell = |reason: Reason| reason.year(year).clause(&piece.clause);
                self.found.extend(short.into_iter().map(tell));
            }
        }
        self.years = self.years.or(failing);
        failing
    }

    fn short_count(&mut self, requirement: &Requirement) {
        let Rule::Count { at_least, .. } = &requirement.rule else { return };
        let plan = self.bench.plan;
        let nearest = facts::values(plan, self.bench.facts)
            .map(|known| {
                let years = plan.years_of(requirement, known);
                let have = i64::from(years.and(self.bench.years.possible(0)).len());
                (have, plan.quantity(*at_least, known))
            })
            .max_by_key(|(have, need)| have - need);
        // Where requirements only exclude each other, this one may well have its years.
        if let Some((have, need)) = nearest.filter(|(have, need)| have < need) {
            let reason = Reason::new(ReasonCode::CountShort).clause(&requirement.clause);
            self.found.push(reason.years(have, need));
        }
    }

    /// What confirmed hours lack of a cumulative need; whether they lack anything.
    fn short_sum(&mut self, clause: &str, need: &Need, years: YearSet) -> bool {
        let [mut professional, mut public] = [0, 0];
        for bit in years.bits() {
            let [p, i, g, u] = self.bench.sheet.cell(bit).confirmed;
            professional += p;
            public += i + g + u;
        }
        let parts = [
            (need.total, None, professional + public),
            (need.professional, Some(CategorySet::Professional), professional),
            (need.public, Some(CategorySet::Public), public),
        ];
        let before = self.found.len();
        for (need, of, have) in parts {
            let have = Hours::from_hundredths(have);
            if let Some(need) = need.filter(|need| have < *need) {
                let reason = Reason::new(ReasonCode::SumShort).clause(clause).hours(have, need);
                self.found.push(Reason { of, ..reason });
            }
        }
        self.found.len() > before
    }

    fn indeterminate(&mut self) {
        let bench = self.bench;
        for (index, requirement) in bench.plan.requirements.iter().enumerate() {
            if !bench.requirement(index).open() {
                continue;
            }
            let slot = match requirement.rule {
                Rule::EachYear { slot, .. } => slot,
                _ => 0,
            };
            let years = self.over_facts(|known| bench.plan.years_of(requirement, known));
            match requirement.rule {
                Rule::Sum { .. } => self.open_sums(years),
                _ => self.open_years(slot, years),
            }
            for exception in &requirement.exceptions {
                let also = self.over_facts(|known| bench.plan.listed(&exception.also, known));
                self.open_years(slot, also.or(self.guarded(exception)));
                self.open_sums(self.summed(exception));
            }
            for fact in facts::missing_facts(requirement.reads(), bench.facts) {
                let reason = Reason::new(ReasonCode::MissingFact);
                self.found.push(Reason { fact: Some(fact), ..reason });
            }
        }
    }

    fn summed(&self, exception: &Exception) -> YearSet {
        let plan = self.bench.plan;
        self.over_facts(|known| plan.window(exception.window, known).and(exception.years))
    }

    fn guarded(&self, exception: &Exception) -> YearSet {
        match exception.when {
            Guard::Always => YearSet::EMPTY,
            Guard::AnyIncomplete(n) | Guard::AllIncomplete(n) => {
                self.over_facts(|known| self.bench.plan.guarded(exception.window, n, known))
            }
        }
    }

    /// What is open in years whose compliance is read. A year that is given reads no records.
    fn open_years(&mut self, slot: usize, years: YearSet) {
        let bench = self.bench;
        let years = years.minus(bench.plan.deemed.or(bench.decisions.excused));
        let covered = bench.plan.slots.get(slot).map(Slot::covered);
        let unproven = bench.plan.legacy.minus(bench.decisions.reviewed);
        self.tell(ReasonCode::LegacyUnproven, years.and(unproven).minus(bench.years.sure(slot)));
        self.tell(ReasonCode::NoPolicy, years.minus(covered.unwrap_or_default()));
        self.open_sums(years);
    }

    /// What is open in years whose hours are read.
    fn open_sums(&mut self, years: YearSet) {
        self.tell(ReasonCode::PendingRecords, years.and(self.bench.sheet.pending_years));
        self.tell(ReasonCode::CategoryUnsplit, years.and(self.bench.sheet.unsplit_years));
        self.years = self.years.or(years);
    }

    fn tell(&mut self, code: ReasonCode, years: YearSet) {
        let frame = self.bench.plan.frame;
        self.found.extend(years.bits().map(|bit| Reason::new(code).year(frame.year(bit))));
    }

    /// Records that the notice does not admit, by year and clause.
    fn refused(&mut self, records: &[Record]) {
        let plan = self.bench.plan;
        let mut refused: BTreeMap<(i16, &str), Hours> = BTreeMap::new();
        for record in records {
            let bit = plan.frame.bit(record.year.get()).filter(|bit| self.years.has(*bit));
            let live = matches!(record.status, Status::Confirmed | Status::Pending);
            let admit = bit
                .filter(|_| live && record.hours > Hours::ZERO)
                .and_then(|bit| refused_by(&plan.admits, plan.legacy, bit, record));
            if let Some(admit) = admit {
                *refused.entry((record.year.get(), &admit.clause)).or_default() += record.hours;
            }
        }
        for ((year, clause), hours) in refused {
            let reason = Reason::new(ReasonCode::SourceNotAdmitted).year(year).clause(clause);
            self.found.push(Reason { hours: Some(hours), ..reason });
        }
    }

    /// Years excused by a reviewer that a requirement reads and no clause covers.
    fn excused(&mut self) {
        let bench = self.bench;
        let mut read = YearSet::EMPTY;
        for requirement in &bench.plan.requirements {
            read = read.or(self.over_facts(|known| {
                let exceptions = requirement.exceptions.iter();
                exceptions.fold(bench.plan.years_of(requirement, known), |years, exception| {
                    years.or(bench.plan.years_of_exception(exception, known))
                })
            }));
        }
        for bit in read.and(bench.decisions.excused).minus(bench.plan.excusable).bits() {
            let year = bench.plan.frame.year(bit);
            self.found.push(Reason::new(ReasonCode::ExcusedOutsideRule).year(year));
        }
    }
}

/// What a year lacks of a standard: confirmed hours, unsplit ones where they help most.
fn shortfalls(need: &Thresholds, have: Hundredths) -> Vec<Reason> {
    let [professional, industry, general, unsplit] = have;
    let public = industry + general + unsplit;
    let total = professional + public;
    let mut short = Vec::new();
    let mut tell = |code, of, have: i64, need: i64| {
        if have < need {
            let reason =
                Reason::new(code).hours(Hours::from_hundredths(have), Hours::from_hundredths(need));
            short.push(Reason { of, ..reason });
        }
    };
    tell(ReasonCode::YearTotalShort, None, total, need.total);
    tell(ReasonCode::YearProfessionalShort, None, professional, need.professional);
    tell(ReasonCode::YearPublicShort, None, public, need.public);
    let alone = Some(CategorySet::Industry);
    tell(ReasonCode::YearPublicShort, alone, industry + unsplit, need.industry);
    // What the industry minimum takes of the unsplit hours cannot serve the general one as well.
    let taken = (need.industry - industry).clamp(0, unsplit);
    tell(ReasonCode::YearGeneralShort, None, general + unsplit - taken, need.general);
    if let Some(ratio) = need.ratio.filter(|ratio| !in_ratio(*ratio, professional, public)) {
        let share = (ratio.numerator * total + ratio.denominator - 1) / ratio.denominator;
        if ratio.of == CategorySet::Professional && professional >= need.professional {
            tell(ReasonCode::YearProfessionalShort, None, professional, share);
        } else if ratio.of == CategorySet::Public && public >= need.public {
            tell(ReasonCode::YearPublicShort, None, public, share);
        }
    }
    short
}
