//! People with open records as rows of columns: one row for each way of settling their records.

use super::input::{Columns, OpenRecord, Particular};
use super::ir::Place;
use super::kernel::Kernel;
use super::lanes::Lane;
use super::scalar::Scalar;
use super::work::{Inputs, Work};
use super::{BLOCK, INDETERMINATE};
use crate::domain::category::Category;

/// The most pending records of one person that are settled in every way, row by row.
const MOST_PENDING: u32 = 5;
const MOST_ROWS: usize = 1 << MOST_PENDING;

/// Rows gathered for one program.
#[derive(Debug)]
pub(super) struct Rows<L> {
    cells: Vec<Vec<L>>,
    required: Vec<u8>,
    tenure: Vec<i16>,
    zeros: Vec<L>,
    /// For each person their place among the verdicts, and how many rows they have.
    people: Vec<(usize, usize)>,
    /// What is added to cells, of the person at hand.
    extra: Vec<Extra>,
    len: usize,
}

/// Hours on top of a cell: always, or in the rows that recognise the n-th pending record.
#[derive(Clone, Copy, Debug)]
struct Extra {
    cell: usize,
    units: i64,
    pending: Option<u32>,
}

impl Extra {
    /// Whether it counts in a row.
    fn counts(self, row: usize, is_monotone: bool) -> bool {
        self.pending.is_none_or(|nth| if is_monotone { row == 1 } else { row >> nth & 1 == 1 })
    }
}

impl<L: Lane> Rows<L> {
    pub(super) fn new(places: usize) -> Rows<L> {
        Rows {
            cells: vec![Vec::new(); places],
            required: Vec::new(),
            tenure: Vec::new(),
            zeros: vec![L::default(); BLOCK],
            people: Vec::new(),
            extra: Vec::new(),
            len: 0,
        }
    }

    /// Whether another person may not find room.
    pub(super) fn is_full(&self) -> bool {
        self.len + MOST_ROWS > BLOCK
    }

    /// Adds the rows of a person, unless they cannot say all that is open.
    pub(super) fn offer(
        &mut self,
        kernel: &Kernel,
        scalar: &Scalar,
        columns: &Columns<'_>,
        particular: &Particular<'_>,
        place: usize,
    ) -> bool {
        // A row of loose bounds proves nothing.
        if particular.matter.is_some() || kernel.has_loose_bounds() {
            return false;
        }
        let Some(pending) = self.read(kernel, scalar, columns, particular.records) else {
            return false;
        };
        let most: i64 = self.extra.iter().map(|extra| extra.units).sum();
        let fits = |extra: &Extra| {
            let place = kernel.places().get(extra.cell);
            place.is_some_and(|p| cell(columns, *p, particular.person) + most <= L::MAX.widen())
        };
        if !self.extra.iter().all(fits) {
            return false;
        }
        let is_monotone = kernel.ir.monotone;
        let rows = match pending {
            0 => 1,
            _ if is_monotone => 2,
            1..=MOST_PENDING => 1 << pending,
            _ => return false,
        };
        for (number, (place, cells)) in kernel.places().iter().zip(&mut self.cells).enumerate() {
            let base = cell(columns, *place, particular.person);
            let start = cells.len();
            cells.resize(start + rows, L::of(base));
            for extra in self.extra.iter().filter(|extra| extra.cell == number) {
                for (row, cell) in cells.iter_mut().skip(start).enumerate() {
                    if extra.counts(row, is_monotone) {
                        *cell = L::of(cell.widen() + extra.units);
                    }
                }
            }
        }
        let required = columns.required_years.get(particular.person);
        let tenure = columns.tenure_start.get(particular.person);
        self.len += rows;
        self.required.resize(self.len, required.unwrap_or(0));
        self.tenure.resize(self.len, tenure.unwrap_or(0));
        self.people.push((place, rows));
        true
    }

    /// Reads open records into `extra`; how many are pending, unless rows cannot say them.
    fn read(
        &mut self,
        kernel: &Kernel,
        scalar: &Scalar,
        columns: &Columns<'_>,
        records: &[OpenRecord],
    ) -> Option<u32> {
        self.extra.clear();
        let mut pending = 0;
        for record in records {
            let Some(bit) = scalar.counts(record) else { continue };
            let hundredths = record.hours.hundredths();
            if hundredths < 0 || hundredths % columns.unit() != 0 {
                return None;
            }
            let cell = match record.category {
                // Nothing looks at the split: industry or general hours are the same.
                Category::Public if kernel.ir.needs_split => return None,
                Category::Public => kernel.number(bit, 2).or_else(|| kernel.number(bit, 1))?,
                category => kernel.number(bit, category.index())?,
            };
            let nth = record.pending.then_some(pending);
            pending += u32::from(record.pending);
            self.extra.push(Extra { cell, units: hundredths / columns.unit(), pending: nth });
        }
        Some(pending)
    }

    /// Judges the rows, and joins those of each person.
    pub(super) fn flush(&mut self, kernel: &Kernel, work: &mut Work<L>, to: &mut [u8]) {
        if self.len == 0 {
            return;
        }
        let mut codes = [0; BLOCK];
        let inputs = Inputs {
            cells: self.cells.iter().map(Vec::as_slice).collect(),
            required: &self.required,
            tenure: &self.tenure,
            zeros: &self.zeros,
            two_sided: kernel.ir.two_sided,
        };
        kernel.judge(&inputs, work, codes.get_mut(..self.len).unwrap_or_default());
        let mut rest = codes.as_slice();
        for (place, rows) in self.people.drain(..) {
            let (mine, others) = rest.split_at_checked(rows).unwrap_or_default();
            rest = others;
            let first = mine.first().copied().unwrap_or(INDETERMINATE);
            let agree = mine.iter().all(|code| *code == first);
            if let Some(code) = to.get_mut(place) {
                *code = if agree { first } else { INDETERMINATE };
            }
        }
        self.cells.iter_mut().for_each(Vec::clear);
        self.required.clear();
        self.tenure.clear();
        self.len = 0;
    }
}

fn cell(columns: &Columns<'_>, (year, category): Place, person: usize) -> i64 {
    let cells = columns.years().get(year).and_then(|year| *year.cells.get(category)?);
    cells.map_or(0, |cells| cells.get(person))
}
