//! Compiles what requirements look at: standards of years, sums, and the columns they read.

use super::compiler::{Compiler, Known3};
use super::dial::Amount;
use super::ir::{SumTest, Test, Why, YearOp};
use crate::domain::category::CategorySet;
use crate::domain::policy::evaluate::hours::satisfied_at_worst;
use crate::domain::policy::notice::model::{Need, Window};
use crate::domain::policy::plan::Thresholds;
use crate::domain::policy::plan::years::widest;
use crate::domain::year::YearSet;

impl Compiler<'_> {
    /// What is known of a year before hours are read.
    pub(super) fn known(&mut self, slot: usize, bit: u32) -> Result<Known3, Why> {
        let plan = self.plan;
        if plan.deemed.has(bit) {
            return Ok(Known3::Constant(true, true));
        }
        let unproven = plan.legacy.has(bit);
        let Some(piece) = plan.slots.get(slot).and_then(|slot| slot.piece(bit)) else {
            return Ok(Known3::Constant(false, true));
        };
        if let Some((_, mask)) = self.bits.iter().find(|(of, _)| *of == (slot, bit)) {
            return Ok(Known3::Bit(*mask));
        }
        let dialled = self.dial.and_then(|dial| dial.of_year(&piece.clause));
        let cells = self.cells(bit);
        if dialled.is_none() && cells == [None; 3] {
            let sure = satisfied_at_worst(&piece.need, [0; 4]);
            return Ok(Known3::Constant(sure, sure || unproven));
        }
        let shift = u32::try_from(self.bits.len()).unwrap_or(u32::MAX);
        let mask = 1u16.checked_shl(shift).ok_or(Why::TooManyYears)?;
        self.bits.push(((slot, bit), mask));
        if unproven {
            self.ir.open |= mask;
            self.ir.two_sided = true;
        }
        let op = self.year_op(&piece.need, mask, cells, dialled)?;
        self.ir.years.push(op);
        Ok(Known3::Bit(mask))
    }

    pub(super) fn year_op(
        &mut self,
        need: &Thresholds,
        bit: u16,
        cells: [Option<usize>; 3],
        dialled: Option<Amount>,
    ) -> Result<YearOp, Why> {
        let mut units = [0; 5];
        let all = [need.total, need.professional, need.public, need.industry, need.general];
        for (units, hundredths) in units.iter_mut().zip(all) {
            *units = self.units(hundredths)?;
        }
        if let Some(unit) = dialled.and_then(|amount| units.get_mut(amount.index())) {
            *unit = 0;
        }
        let largest = 1 << 30;
        let ratio =
            need.ratio.map(|r| (r.of == CategorySet::Professional, r.numerator, r.denominator));
        if ratio.is_some_and(|(_, a, b)| a.abs() > largest || b.abs() > largest) {
            return Err(Why::TooLarge);
        }
        Ok(YearOp { bit, cells, need: units, ratio, dialled, adds: false })
    }

    /// The least whole units that reach an amount.
    pub(super) fn units(&mut self, hundredths: i64) -> Result<i64, Why> {
        let units = (hundredths.max(0) + self.columns.unit() - 1) / self.columns.unit();
        i32::try_from(units).map_err(|_| Why::TooLarge)?;
        self.ir.wide |= i16::try_from(units).is_err();
        Ok(units)
    }

    pub(super) fn sum(
        &mut self,
        clause: &str,
        window: Window,
        among: YearSet,
        need: &Need,
    ) -> Result<Test, Why> {
        let moving = self.moving(window, None);
        let years = widest(self.plan, window).and(among);
        let with_cells = years.bits().map(|bit| (self.plan.frame.year(bit), self.cells(bit)));
        let years = with_cells.filter(|(_, cells)| *cells != [None; 3]).collect();
        let dialled = self.dial.and_then(|dial| dial.of_sum(clause));
        let mut units = [None; 3];
        for (units, hours) in units.iter_mut().zip([need.total, need.professional, need.public]) {
            *units = hours.map(|hours| self.units(hours.hundredths())).transpose()?;
        }
        if let Some(unit) = dialled.and_then(|amount| units.get_mut(amount.index())) {
            *unit = None;
        }
        let is_taken = false;
        Ok(Test::Sum(SumTest { years, moving, need: units, dialled, is_taken }))
    }

    /// Lets the passes over years take the first plain sum on the way, if they read all of it.
    pub(super) fn take_sum(&mut self) {
        let tests = self.ir.requirements.iter_mut().flatten().flatten();
        for test in tests {
            let Test::Sum(sum) = test else { continue };
            let is_plain = !sum.years.is_empty()
                && sum.moving.is_none()
                && sum.dialled.is_none()
                && matches!(sum.need, [Some(_), None, None]);
            let ops: Option<Vec<usize>> = sum
                .years
                .iter()
                .map(|(_, cells)| self.ir.years.iter().position(|op| op.cells == *cells))
                .collect();
            if let (true, Some(ops)) = (is_plain, ops) {
                for (number, op) in self.ir.years.iter_mut().enumerate() {
                    op.adds = ops.contains(&number);
                }
                sum.is_taken = true;
                return;
            }
        }
    }

    /// The columns of a year whose hours count.
    pub(super) fn cells(&mut self, bit: u32) -> [Option<usize>; 3] {
        let year = self.plan.frame.year(bit);
        let at = self.columns.years().iter().position(|y| y.year.get() == year);
        let Some((at, given)) = at.and_then(|at| Some((at, self.columns.years().get(at)?.cells)))
        else {
            return [None; 3];
        };
        let mut cells = [None; 3];
        for (category, (cell, given)) in cells.iter_mut().zip(given).enumerate() {
            if given.is_none() || !self.scalar.admits(0, category, bit) {
                continue;
            }
            let place = (at, category);
            let number = self.ir.places.iter().position(|p| *p == place).unwrap_or_else(|| {
                self.ir.places.push(place);
                self.ir.places.len() - 1
            });
            *cell = Some(number);
        }
        if !self.ir.numbers.iter().any(|(year, _)| *year == bit) {
            self.ir.numbers.push((bit, cells));
        }
        cells
    }
}
