//! Why: the reasons of a verdict, in the words of the contract.

use std::collections::BTreeMap;

use crate::domain::answer::{Reason, ReasonCode, Verdict};
use crate::domain::category::CategorySet;
use crate::domain::hours::Hours;
use crate::domain::policy::evaluate::context::Context;
use crate::domain::policy::evaluate::facts;
use crate::domain::policy::evaluate::hours::{Hundredths, in_ratio, refused_by};
use crate::domain::policy::notice::model::{Guard, Need};
use crate::domain::policy::plan::{Exception, KnownFacts, Requirement, Rule, Slot, Thresholds};
use crate::domain::record::{Record, Status};
use crate::domain::year::YearSet;

/// The reasons of a verdict that requirements gave, sorted.
pub fn of(context: &Context<'_>, records: &[Record], verdict: Verdict) -> Vec<Reason> {
    let mut finder = Finder { context, found: Vec::new(), years: YearSet::EMPTY };
    match verdict {
        Verdict::NotMet => finder.not_met(),
        Verdict::Indeterminate => finder.indeterminate(),
        _ => {}
    }
    finder.refused(records);
    finder.excused();
    finder.found.sort();
    finder.found.dedup();
    finder.found
}

struct Finder<'b> {
    context: &'b Context<'b>,
    found: Vec<Reason>,
    /// The years of which refused records are told.
    years: YearSet,
}

impl Finder<'_> {
    fn not_met(&mut self) {
        let requirements = &self.context.plan.requirements;
        let bounds: Vec<_> = (0..requirements.len()).map(|i| self.context.requirement(i)).collect();
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
        let context = self.context;
        let years = self.over_facts(|known| context.plan.years_of(requirement, known));
        match &requirement.rule {
            Rule::EachYear { slot, .. } => {
                self.short_years(*slot, years);
            }
            Rule::Include(_) => {
                for bit in self.short_years(0, years).bits() {
                    let reason = Reason::new(ReasonCode::IncludeFailed);
                    let year = context.plan.frame.year(bit);
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
        let context = self.context;
        if !context.over_facts(|known| context.guard(exception, known)).possible {
            return;
        }
        let also = self.over_facts(|known| context.plan.listed(&exception.also, known));
        self.short_years(exception.slot, also);
        let years = self.summed(exception);
        if self.short_sum(&exception.clause, &exception.need, years) {
            self.years = self.years.or(years);
        }
    }

    fn over_facts(&self, years: impl Fn(KnownFacts) -> YearSet) -> YearSet {
        facts::possible_facts(self.context.plan, self.context.facts)
            .fold(YearSet::EMPTY, |all, known| all.or(years(known)))
    }

    /// The years that fail for certain, each told by what it lacks.
    fn short_years(&mut self, slot: usize, years: YearSet) -> YearSet {
        let context = self.context;
        let failing = years.minus(context.years.possible(slot));
        for bit in failing.bits() {
            let piece = context.plan.slots.get(slot).and_then(|slot| slot.piece(bit));
            if let Some(piece) = piece {
                let year = context.plan.frame.year(bit);
                let short = shortfalls(&piece.need, context.hours.cell(bit).confirmed);
                let placed = |reason: Reason| reason.year(year).clause(&piece.clause);
                self.found.extend(short.into_iter().map(placed));
            }
        }
        self.years = self.years.or(failing);
        failing
    }

    fn short_count(&mut self, requirement: &Requirement) {
        let Rule::Count { at_least, .. } = &requirement.rule else { return };
        let plan = self.context.plan;
        let nearest = facts::possible_facts(plan, self.context.facts)
            .map(|known| {
                let years = plan.years_of(requirement, known);
                let have = i64::from(years.and(self.context.years.possible(0)).len());
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
            let [p, i, g, u] = self.context.hours.cell(bit).confirmed;
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
        let context = self.context;
        for (index, requirement) in context.plan.requirements.iter().enumerate() {
            if !context.requirement(index).open() {
                continue;
            }
            let slot = match requirement.rule {
                Rule::EachYear { slot, .. } => slot,
                _ => 0,
            };
            let years = self.over_facts(|known| context.plan.years_of(requirement, known));
            match requirement.rule {
                Rule::Sum { .. } => self.open_sums(years),
                _ => self.open_years(slot, years),
            }
            for exception in &requirement.exceptions {
                let also = self.over_facts(|known| context.plan.listed(&exception.also, known));
                self.open_years(slot, also.or(self.guarded(exception)));
                self.open_sums(self.summed(exception));
            }
            for fact in facts::missing_facts(requirement.reads(), context.facts) {
                let reason = Reason::new(ReasonCode::MissingFact);
                self.found.push(Reason { fact: Some(fact), ..reason });
            }
        }
    }

    fn summed(&self, exception: &Exception) -> YearSet {
        let plan = self.context.plan;
        self.over_facts(|known| plan.window(exception.window, known).and(exception.years))
    }

    fn guarded(&self, exception: &Exception) -> YearSet {
        match exception.when {
            Guard::Always => YearSet::EMPTY,
            Guard::AnyIncomplete(n) | Guard::AllIncomplete(n) => {
                self.over_facts(|known| self.context.plan.guarded(exception.window, n, known))
            }
        }
    }

    /// What is open in years whose compliance is read. A year that is given reads no records.
    fn open_years(&mut self, slot: usize, years: YearSet) {
        let context = self.context;
        let years = years.minus(context.plan.deemed.or(context.decisions.excused));
        let covered = context.plan.slots.get(slot).map(Slot::covered);
        let unproven = context.plan.legacy.minus(context.decisions.reviewed);
        self.add_years(
            ReasonCode::LegacyUnproven,
            years.and(unproven).minus(context.years.sure(slot)),
        );
        self.add_years(ReasonCode::NoPolicy, years.minus(covered.unwrap_or_default()));
        self.open_sums(years);
    }

    /// What is open in years whose hours are read.
    fn open_sums(&mut self, years: YearSet) {
        self.add_years(ReasonCode::PendingRecords, years.and(self.context.hours.pending_years));
        self.add_years(ReasonCode::CategoryUnsplit, years.and(self.context.hours.unsplit_years));
        self.years = self.years.or(years);
    }

    fn add_years(&mut self, code: ReasonCode, years: YearSet) {
        let frame = self.context.plan.frame;
        self.found.extend(years.bits().map(|bit| Reason::new(code).year(frame.year(bit))));
    }

    /// Records that the notice does not admit, by year and clause.
    fn refused(&mut self, records: &[Record]) {
        let plan = self.context.plan;
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
        let context = self.context;
        let mut read = YearSet::EMPTY;
        for requirement in &context.plan.requirements {
            read = read.or(self.over_facts(|known| {
                let exceptions = requirement.exceptions.iter();
                exceptions.fold(context.plan.years_of(requirement, known), |years, exception| {
                    years.or(context.plan.years_of_exception(exception, known))
                })
            }));
        }
        for bit in read.and(context.decisions.excused).minus(context.plan.excusable).bits() {
            let year = context.plan.frame.year(bit);
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
    let mut add = |code, of, have: i64, need: i64| {
        if have < need {
            let reason =
                Reason::new(code).hours(Hours::from_hundredths(have), Hours::from_hundredths(need));
            short.push(Reason { of, ..reason });
        }
    };
    add(ReasonCode::YearTotalShort, None, total, need.total);
    add(ReasonCode::YearProfessionalShort, None, professional, need.professional);
    add(ReasonCode::YearPublicShort, None, public, need.public);
    let alone = Some(CategorySet::Industry);
    add(ReasonCode::YearPublicShort, alone, industry + unsplit, need.industry);
    // What the industry minimum takes of the unsplit hours cannot serve the general one as well.
    let taken = (need.industry - industry).clamp(0, unsplit);
    add(ReasonCode::YearGeneralShort, None, general + unsplit - taken, need.general);
    if let Some(ratio) = need.ratio.filter(|ratio| !in_ratio(*ratio, professional, public)) {
        let share = (ratio.numerator * total + ratio.denominator - 1) / ratio.denominator;
        if ratio.of == CategorySet::Professional && professional >= need.professional {
            add(ReasonCode::YearProfessionalShort, None, professional, share);
        } else if ratio.of == CategorySet::Public && public >= need.public {
            add(ReasonCode::YearPublicShort, None, public, share);
        }
    }
    short
}
