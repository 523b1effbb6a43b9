//! What one person brings to a plan: hours by year and category, after admission.

use crate::domain::category::CategorySet;
use crate::domain::policy::notice::model::Ratio;
use crate::domain::policy::plan::{Admit, Plan, Thresholds};
use crate::domain::record::{Record, Status};
use crate::domain::year::YearSet;

/// Hundredths of hours by category: professional, industry, general, unsplit public.
pub type Hundredths = [i64; 4];

/// One year of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Confirmed and admitted.
    pub confirmed: Hundredths,
    /// Pending and admitted, on top.
    pub pending: Hundredths,
}

impl Cell {
    /// Everything recognised.
    pub fn all(&self) -> Hundredths {
        let mut sum = self.confirmed;
        for (sum, more) in sum.iter_mut().zip(self.pending) {
            *sum += more;
        }
        sum
    }
}

/// A pending record, admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The year.
    pub bit: u32,
    /// The category, as an index.
    pub category: usize,
    /// How much.
    pub hundredths: i64,
}

/// What one person brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoursByYear {
    first: u32,
    cells: Vec<Cell>,
    /// Every pending record that would count, in the order given.
    pub pending: Vec<Pending>,
    /// Years with pending records.
    pub pending_years: YearSet,
    /// Years with confirmed unsplit public hours.
    pub unsplit_years: YearSet,
}

impl HoursByYear {
    /// No hours, over the given years.
    pub fn over(years: YearSet) -> HoursByYear {
        let first = if years.is_empty() { 0 } else { years.0.trailing_zeros() };
        let last = 64 - years.0.leading_zeros();
        let len = usize::try_from(last.saturating_sub(first)).unwrap_or(0);
        HoursByYear { first, cells: vec![Cell::default(); len], ..HoursByYear::default() }
    }

    /// The records that count, summed; only the years in `read` are kept.
    pub fn of(records: &[Record], plan: &Plan, read: YearSet) -> HoursByYear {
        let mut hours = HoursByYear::over(read);
        for record in records {
            let Some(bit) = plan.frame.bit(record.year.get()).filter(|bit| read.has(*bit)) else {
                continue;
            };
            let open = match record.status {
                Status::Confirmed => false,
                Status::Pending => true,
                Status::Rejected | Status::Revoked => continue,
            };
            if refused_by(&plan.admits, plan.legacy, bit, record).is_none() {
                hours.add(bit, record.category.index(), record.hours.hundredths(), open);
            }
        }
        hours
    }

    /// Adds hours to a year; zero hours leave nothing open.
    pub fn add(&mut self, bit: u32, category: usize, hundredths: i64, open: bool) {
        if hundredths == 0 {
            return;
        }
        let Some(cell) = usize::try_from(bit.wrapping_sub(self.first))
            .ok()
            .and_then(|at| self.cells.get_mut(at))
        else {
            return;
        };
        let sums = if open { &mut cell.pending } else { &mut cell.confirmed };
        if let Some(sum) = sums.get_mut(category) {
            *sum += hundredths;
        }
        let year = YearSet(1 << bit);
        if open {
            self.pending.push(Pending { bit, category, hundredths });
            self.pending_years = self.pending_years.or(year);
        } else if category == 3 {
            self.unsplit_years = self.unsplit_years.or(year);
        }
    }

    /// The hours of a year.
    pub fn cell(&self, bit: u32) -> Cell {
        usize::try_from(bit.wrapping_sub(self.first))
            .ok()
            .and_then(|at| self.cells.get(at))
            .copied()
            .unwrap_or_default()
    }

    /// The same person with no pending record recognised.
    #[must_use]
    pub fn confirmed_only(&self) -> HoursByYear {
        let mut hours = self.clone();
        hours.pending.clear();
        hours.pending_years = YearSet::EMPTY;
        for cell in &mut hours.cells {
            cell.pending = Hundredths::default();
        }
        hours
    }
}

/// The clause that refuses a record, if one does. Legacy years are recognised by former rules,
/// so no clause of the present notice refuses a record of theirs.
pub fn refused_by<'p>(
    admits: &'p [Admit],
    legacy: YearSet,
    bit: u32,
    record: &Record,
) -> Option<&'p Admit> {
    if legacy.has(bit) {
        return None;
    }
    admits.iter().find(|admit| {
        let concerned = admit.years.has(bit)
            && admit.categories.get(record.category.index()).copied().unwrap_or(false);
        let source = admit.sources.is_empty() || admit.sources.contains(&record.source);
        let basis = admit.basis.is_empty()
            || record.basis.as_ref().is_some_and(|basis| admit.basis.contains(basis));
        concerned && !(source && basis)
    })
}

/// Whether a year satisfies a standard under the best split of its unsplit hours.
pub fn satisfied_at_best(need: &Thresholds, have: Hundredths) -> bool {
    let [professional, industry, general, unsplit] = have;
    let lacking = (need.industry - industry).max(0) + (need.general - general).max(0);
    lacking <= unsplit
        && professional >= need.professional
        && industry + general + unsplit >= need.public
        && have.iter().sum::<i64>() >= need.total
        && need
            .ratio
            .is_none_or(|ratio| in_ratio(ratio, professional, industry + general + unsplit))
}

/// Whether a year satisfies a standard under every split of its unsplit hours.
pub fn satisfied_at_worst(need: &Thresholds, have: Hundredths) -> bool {
    let [_, industry, general, _] = have;
    industry >= need.industry && general >= need.general && satisfied_at_best(need, have)
}

/// Whether the share holds. No hours at all hold no share short.
pub fn in_ratio(ratio: Ratio, professional: i64, public: i64) -> bool {
    let part = if ratio.of == CategorySet::Professional { professional } else { public };
    part * ratio.denominator >= ratio.numerator * (professional + public)
}
