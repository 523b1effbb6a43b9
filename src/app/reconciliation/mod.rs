//! Comparing the ledger with what its sources say of themselves: totals, whole listings, and the sums of
//! persons. What does not agree becomes a difference that a reviewer settles, and goes away by itself once
//! it agrees again.

mod listing;
mod open_differences;

pub mod report;
pub(super) mod summaries;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::service::{Failure, Service};
use crate::domain::category::Category;
use crate::domain::hours::Hours;
use crate::domain::ids::{PersonId, SourceId};
use crate::domain::ledger::difference::DifferenceKind;
use crate::domain::year::Year;
use crate::store::WriteTx;
use crate::store::control_totals::Sum;
use crate::store::ledger::{category_number, stored_category};
use crate::store::sources::SourceRow;
pub use summaries::Summary;

/// What every transaction of a comparison begins with, such as proving that nobody else is at it.
pub type Proof = Arc<dyn Fn(&mut WriteTx<'_>) -> Result<(), Failure> + Send + Sync>;

/// What a source says it has of a category for a year, recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The year.
    pub year: Year,
    /// The category.
    pub category: Category,
    /// How many records.
    pub n: i64,
    /// How many hours.
    pub hours: Hours,
}

/// Where the totals differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The year.
    pub year: Year,
    /// The category.
    pub category: Category,
    /// Records and hours here.
    pub here: (i64, Hours),
    /// Records and hours there.
    pub there: (i64, Hours),
}

/// Something that a comparison found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In what way.
    pub kind: DifferenceKind,
    /// Whose, where they are known.
    pub person: Option<PersonId>,
    /// The source's key.
    pub key: Box<str>,
    /// The year and the category of the hours.
    pub of: Option<(Year, Category)>,
    /// The field in which it differs.
    pub field: &'static str,
    /// The hours here.
    pub here: Option<Hours>,
    /// The hours there.
    pub there: Option<Hours>,
}

/// What came of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Rows of the source.
    pub listed: u64,
    /// Rows that agree.
    pub matched: u64,
    /// Rows that cannot be read, or of nobody certain.
    pub unreadable: u64,
    /// What does not agree, in the order in which it was found; the first [`FINDINGS`] of it.
    pub findings: Vec<Finding>,
    /// How many of each kind.
    pub counts: BTreeMap<DifferenceKind, u64>,
    /// Differences that were opened.
    pub opened: u64,
    /// Differences that went away.
    pub closed: u64,
}

/// The most findings that are kept for a report; all of them are counted, and opened as differences.
const FINDINGS: usize = 100_000;

impl Reconciled {
    fn find(&mut self, finding: Finding) {
        *self.counts.entry(finding.kind).or_default() += 1;
        if self.findings.len() < FINDINGS {
            self.findings.push(finding);
        }
    }

    /// Whether everything agrees.
    pub fn agrees(&self) -> bool {
        self.counts.is_empty()
    }
}

impl Service {
    /// Compares a source's totals of recognised records with the control totals; years of which the
    /// source says nothing are passed over.
    pub fn reconcile_totals(
        &self,
        source: &SourceRow,
        totals: &[Total],
    ) -> Result<Vec<Gap>, Failure> {
        let here = self.totals_here(source.id())?;
        let mut there: BTreeMap<(i16, i16), (i64, i64)> = BTreeMap::new();
        for total in totals {
            let cell = (total.year.get(), category_number(total.category));
            let sum = there.entry(cell).or_default();
            sum.0 += total.n;
            sum.1 += total.hours.hundredths();
        }
        let said = |year: i16| totals.iter().any(|total| total.year.get() == year);
        let mut cells: Vec<(i16, i16)> = there.keys().copied().collect();
        cells.extend(here.keys().copied().filter(|(year, _)| said(*year)));
        cells.sort_unstable();
        cells.dedup();
        let gap = |cell: (i16, i16)| {
            let here = here.get(&cell).map_or((0, 0), |sum| (sum.n, sum.hours));
            let there = there.get(&cell).copied().unwrap_or_default();
            let (year, category) = (Year::new(cell.0.into())?, stored_category(cell.1)?);
            let shown = |(n, hours)| (n, Hours::from_hundredths(hours));
            let gap = Gap { year, category, here: shown(here), there: shown(there) };
            (here != there).then_some(gap)
        };
        Ok(cells.into_iter().filter_map(gap).collect())
    }

    /// Control totals by year and category.
    fn totals_here(&self, source: SourceId) -> Result<BTreeMap<(i16, i16), Sum>, Failure> {
        let cells = self.store.read_waiting(|tx| tx.control_totals(source))?;
        let mut all: BTreeMap<(i16, i16), Sum> = BTreeMap::new();
        for ((_, year, category, _), sum) in cells {
            all.entry((year, category)).or_default().join(&sum);
        }
        Ok(all)
    }
}
