//! Judges a sheet by a plan: three-valued years, then requirements as bounds over all settlements.
//!
//! Every bound is sound: `sure` holds in every settlement, `!possible` in none. They are exact
//! when nothing is open, and for monotone plans; [`super::settle`] decides the rest.

use super::hours::{Sheet, satisfied_at_best, satisfied_at_worst};
use super::outcomes;
use super::settle;
use crate::domain::answer::Verdict;
use crate::domain::declaration::{Declaration, Facts};
use crate::domain::policy::notice::model::{Guard, Need};
use crate::domain::policy::plan::{Exception, Known, MOST_SLOTS, Plan, Requirement, Rule};
use crate::domain::year::{Frame, Year, YearSet};

/// Something that holds in all, some, or none of the settlements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// In all.
    pub sure: bool,
    /// In some.
    pub possible: bool,
}

impl Bounds {
    /// Whether settlements differ.
    pub const fn open(self) -> bool {
        self.possible && !self.sure
    }

    /// Both.
    #[must_use]
    pub const fn and(self, other: Bounds) -> Bounds {
        Bounds { sure: self.sure && other.sure, possible: self.possible && other.possible }
    }

    /// Either.
    #[must_use]
    pub const fn or(self, other: Bounds) -> Bounds {
        Bounds { sure: self.sure || other.sure, possible: self.possible || other.possible }
    }

    /// As a verdict.
    pub const fn verdict(self) -> Verdict {
        match (self.sure, self.possible) {
            (true, _) => Verdict::Met,
            (false, true) => Verdict::Indeterminate,
            (false, false) => Verdict::NotMet,
        }
    }
}

/// Decisions on a person's years that are on record with the declaration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Excused by a reviewer.
    pub excused: YearSet,
    /// Legacy years closed by a reviewer.
    pub reviewed: YearSet,
}

impl Decisions {
    /// Those that a declaration carries.
    pub fn of(declaration: &Declaration) -> Decisions {
        let frame = Frame::around(declaration.year);
        let set = |years: &[Year]| {
            years.iter().fold(YearSet::EMPTY, |all, y| all.or(frame.range(y.get(), y.get())))
        };
        Decisions { excused: set(&declaration.excused), reviewed: set(&declaration.reviewed) }
    }
}

/// The years of a person, by slot: compliant in every settlement, and in some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Years {
    /// In every settlement.
    pub sure: [YearSet; MOST_SLOTS],
    /// In some settlement.
    pub possible: [YearSet; MOST_SLOTS],
}

impl Years {
    /// Compliance of the years, three-valued.
    pub fn of(plan: &Plan, sheet: &Sheet, read: YearSet, decisions: Decisions) -> Years {
        let given = plan.deemed.or(decisions.excused);
        let unproven = plan.legacy.minus(decisions.reviewed);
        let mut years =
            Years { sure: [given; MOST_SLOTS], possible: [given.or(unproven); MOST_SLOTS] };
        let slots = years.sure.iter_mut().zip(&mut years.possible).zip(&plan.slots);
        for (number, ((sure, possible), slot)) in slots.enumerate() {
            *possible = possible.or(YearSet(!slot.covered().0));
            for piece in &slot.pieces {
                for bit in piece.years.and(read).minus(given).bits() {
                    let cell = sheet.cell(bit);
                    let year = YearSet(1 << bit);
                    // A share can be lost by more hours: the ends of the range do not bound it.
                    let bounds = if piece.need.ratio.is_some() && sheet.pending_years.has(bit) {
                        outcomes::compliance(plan, sheet, decisions, bit, number)
                    } else {
                        Bounds {
                            sure: satisfied_at_worst(&piece.need, cell.confirmed),
                            possible: satisfied_at_best(&piece.need, cell.all()),
                        }
                    };
                    if bounds.sure {
                        *sure = sure.or(year);
                    }
                    if bounds.possible {
                        *possible = possible.or(year);
                    }
                }
            }
        }
        years
    }

    /// The years compliant with a slot in every settlement.
    pub fn sure(&self, slot: usize) -> YearSet {
        self.sure.get(slot).copied().unwrap_or_default()
    }

    /// The years compliant with a slot in some settlement.
    pub fn possible(&self, slot: usize) -> YearSet {
        self.possible.get(slot).copied().unwrap_or_default()
    }

    /// Whether all of some years are compliant.
    pub fn all(&self, slot: usize, years: YearSet) -> Bounds {
        Bounds { sure: years.within(self.sure(slot)), possible: years.within(self.possible(slot)) }
    }
}

/// A person before a plan.
#[derive(Clone, Copy, Debug)]
pub struct Bench<'p> {
    /// The plan.
    pub plan: &'p Plan,
    /// The hours.
    pub sheet: &'p Sheet,
    /// The years.
    pub years: &'p Years,
    /// The facts as given.
    pub facts: Facts,
    /// Decisions on record.
    pub decisions: Decisions,
    /// Whether bounds are exact for this plan.
    pub monotone: bool,
    /// Exceptions to leave out, by running number: bit n = the n-th exception of the plan.
    pub without: u64,
}

impl Bench<'_> {
    /// The verdict of the requirements, exact over every settlement.
    pub fn verdict(&self) -> Verdict {
        self.over_facts(|known| self.judge(known)).verdict()
    }

    /// A requirement alone, exact over every settlement.
    pub fn requirement(&self, index: usize) -> Bounds {
        self.over_facts(|known| self.judge_one(index, known))
    }

    /// Joins the bounds of every value of the missing facts.
    pub fn over_facts(&self, judge: impl Fn(Known) -> Bounds) -> Bounds {
        let mut joined: Option<Bounds> = None;
        for known in values(self.plan, self.facts) {
            let bounds = judge(known);
            let so_far = joined.unwrap_or(bounds);
            let both = Bounds {
                sure: so_far.sure && bounds.sure,
                possible: so_far.possible || bounds.possible,
            };
            if both.open() {
                return both;
            }
            joined = Some(both);
        }
        joined.unwrap_or(Bounds { sure: true, possible: true })
    }

    fn judge(&self, known: Known) -> Bounds {
        let mut bounds = Bounds { sure: true, possible: true };
        let mut number = 0;
        for requirement in &self.plan.requirements {
            bounds = bounds.and(self.bounds(requirement, number, known));
            number += requirement.exceptions.len();
        }
        if bounds.open() && !self.monotone { settle::whole(self, known) } else { bounds }
    }

    fn judge_one(&self, index: usize, known: Known) -> Bounds {
        let before = self.plan.requirements.iter().take(index);
        let number = before.map(|requirement| requirement.exceptions.len()).sum();
        let Some(requirement) = self.plan.requirements.get(index) else {
            return Bounds { sure: true, possible: true };
        };
        let bounds = self.bounds(requirement, number, known);
        if bounds.open() && !self.monotone { settle::one(self, index, known) } else { bounds }
    }

    /// Sound bounds of a requirement; `number` is that of its first exception.
    fn bounds(&self, requirement: &Requirement, number: usize, known: Known) -> Bounds {
        let years = self.plan.years_of(requirement, known);
        let ordinary = match &requirement.rule {
            Rule::EachYear { slot, .. } => self.years.all(*slot, years),
            Rule::Include(_) => self.years.all(0, years),
            Rule::Count { at_least, .. } => {
                let need = self.plan.quantity(*at_least, known);
                let enough = |set: YearSet| i64::from(years.and(set).len()) >= need;
                Bounds {
                    sure: enough(self.years.sure(0)),
                    possible: enough(self.years.possible(0)),
                }
            }
            Rule::Sum { need, .. } => self.sum(need, years),
        };
        requirement
            .exceptions
            .iter()
            .enumerate()
            .filter(|(i, _)| !self.is_left_out(number + i))
            .fold(ordinary, |bounds, (_, e)| bounds.or(self.exception(e, known)))
    }

    /// Whether an exception is left out of this judgement.
    pub fn is_left_out(&self, number: usize) -> bool {
        u32::try_from(number).is_ok_and(|n| self.without.checked_shr(n).unwrap_or(0) & 1 == 1)
    }

    /// Sound bounds of an exception.
    pub fn exception(&self, exception: &Exception, known: Known) -> Bounds {
        let summed = self.plan.window(exception.window, known).and(exception.years);
        let also = self.plan.listed(&exception.also, known);
        self.guard(exception, known)
            .and(self.sum(&exception.need, summed))
            .and(self.years.all(exception.slot, also))
    }

    /// Whether the guard of an exception holds.
    pub fn guard(&self, exception: &Exception, known: Known) -> Bounds {
        let first = |n| self.plan.guarded(exception.window, n, known);
        let slot = exception.slot;
        let (sure, possible) = (self.years.sure(slot), self.years.possible(slot));
        match exception.when {
            Guard::Always => Bounds { sure: true, possible: true },
            Guard::AnyIncomplete(n) => {
                Bounds { sure: !first(n).within(possible), possible: !first(n).within(sure) }
            }
            Guard::AllIncomplete(n) => Bounds {
                sure: first(n).and(possible).is_empty(),
                possible: first(n).and(sure).is_empty(),
            },
        }
    }

    /// Whether cumulative hours reach a need.
    pub fn sum(&self, need: &Need, years: YearSet) -> Bounds {
        let (mut least, mut most) = ([0i64; 2], [0i64; 2]);
        for bit in years.bits() {
            let cell = self.sheet.cell(bit);
            let [p, i, g, u] = cell.confirmed;
            least = [least[0] + p, least[1] + i + g + u];
            let [p, i, g, u] = cell.all();
            most = [most[0] + p, most[1] + i + g + u];
        }
        Bounds { sure: reaches(need, least), possible: reaches(need, most) }
    }
}

/// Whether professional and public hours reach a need.
pub fn reaches(need: &Need, [professional, public]: [i64; 2]) -> bool {
    let reach = |need: Option<crate::domain::hours::Hours>, have: i64| {
        need.is_none_or(|need| have >= need.hundredths())
    };
    reach(need.total, professional + public)
        && reach(need.professional, professional)
        && reach(need.public, public)
}

/// Every value of the facts: one if they are given or not read, else each value of the domain.
pub fn values(plan: &Plan, facts: Facts) -> impl Iterator<Item = Known> {
    let declaring = plan.frame.declaring();
    let (reads_required, reads_tenure) = plan.reads();
    let (low, high) = match facts.required_years {
        Some(n) => (n, n),
        None if reads_required => (0, 10),
        None => (0, 0),
    };
    let last = facts.required_years.map_or(declaring, |n| declaring - n + 1);
    let (first, last) = match facts.tenure_start {
        Some(year) => (year, year),
        None if reads_tenure => (last.min(declaring - 15), last),
        None => (declaring, declaring),
    };
    (low..=high).flat_map(move |required_years| {
        (first..=last).map(move |tenure_start| Known { required_years, tenure_start })
    })
}

/// Which of the facts that the plan reads are missing: required years, start of tenure.
pub fn missing_facts((required, tenure): (bool, bool), facts: Facts) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if required && facts.required_years.is_none() {
        missing.push("required_years");
    }
    if tenure && facts.tenure_start.is_none() {
        missing.push("tenure_start");
    }
    missing
}
