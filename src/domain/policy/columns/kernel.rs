//! Runs a compiled plan over one block of people, pass by pass.

use super::BLOCK;
use super::ir::{Ir, Place, YearOp};
use super::keep::keep;
use super::lanes::{self, Lane, Op};
use super::passes;
use super::table::{self, Table};
use super::work::{Inputs, Side, Work};

/// A plan as passes over columns.
#[derive(Clone, Debug)]
pub struct Kernel {
    pub(super) ir: Ir,
    pub(super) table: Option<Table>,
}

impl Kernel {
    pub(super) fn new(ir: Ir) -> Kernel {
        Kernel { table: Table::of(&ir), ir }
    }

    /// The columns that are read: year by its place, and category.
    pub(super) fn places(&self) -> &[Place] {
        &self.ir.places
    }

    /// The column of a year and category.
    pub(super) fn number(&self, bit: u32, category: usize) -> Option<usize> {
        let of_year = self.ir.numbers.iter().find(|(year, _)| *year == bit);
        of_year.and_then(|(_, numbers)| *numbers.get(category)?)
    }

    /// Which facts are read: required years, start of tenure.
    pub(super) fn reads(&self) -> (bool, bool) {
        self.ir.reads
    }

    /// Whether an open verdict may be none: then people are settled one by one.
    pub(super) fn has_loose_bounds(&self) -> bool {
        self.ir.two_sided && !self.ir.monotone
    }

    /// Whether 16 bits are not enough.
    pub fn is_wide(&self) -> bool {
        self.ir.wide
    }

    /// The verdicts of a block.
    pub(super) fn judge<L: Lane>(&self, inputs: &Inputs<'_, L>, work: &mut Work<L>, to: &mut [u8]) {
        if let Some(table) = &self.table
            && let Some(ops) = self.four(inputs)
        {
            table::judge(work.arch, to, &ops, (inputs.required, inputs.tenure), table);
            return;
        }
        self.years(inputs, work);
        self.verdicts(inputs, work, to);
    }

    /// The standards of up to four years, if nothing else looks at the cells.
    fn four<'i, L: Lane>(&self, inputs: &Inputs<'i, L>) -> Option<[Op<'i, L>; 4]> {
        let years = &self.ir.years;
        let adds = years.iter().any(|op| op.adds);
        if years.len() > 4 || years.iter().any(|op| op.ratio.is_some() || op.adds != adds) {
            return None;
        }
        let mut four = [Op { adds, ..Op::none(inputs.zeros) }; 4];
        four.iter_mut().zip(years).for_each(|(place, op)| *place = of_year(op, inputs));
        Some(four)
    }

    fn ops<'i, L: Lane>(&self, inputs: &Inputs<'i, L>) -> Vec<Op<'i, L>> {
        self.ir.years.iter().map(|op| of_year(op, inputs)).collect()
    }

    /// Which years are compliant on their hours, without what a dial turns.
    pub(super) fn years<L: Lane>(&self, inputs: &Inputs<'_, L>, work: &mut Work<L>) {
        let arch = work.arch;
        lanes::years(arch, &mut work.bits, &mut work.taken, &self.ops(inputs));
        for op in &self.ir.years {
            if let Some((of_professional, numerator, denominator)) = op.ratio {
                let (cells, ratio) = (inputs.of(op.cells), (numerator, denominator));
                passes::share(arch, &mut work.bits, cells, of_professional, ratio, op.bit);
            }
        }
    }

    /// The verdicts on the bits at hand.
    pub(super) fn verdicts<L: Lane>(
        &self,
        inputs: &Inputs<'_, L>,
        work: &mut Work<L>,
        to: &mut [u8],
    ) {
        let arch = work.arch;
        if let Some(table) = &self.table {
            let facts = (inputs.required, inputs.tenure);
            table::verdicts(arch, to, &work.bits, &work.taken, facts, table);
            return;
        }
        if !self.ir.two_sided {
            let sure = self.holds(inputs, work, Side::Sure);
            passes::met(arch, to, &sure);
            give_back(work, sure);
            return;
        }
        passes::with_bits(arch, &mut work.possible, &work.bits, self.ir.open);
        let sure = self.holds(inputs, work, Side::Sure);
        let possible = self.holds(inputs, work, Side::Possible);
        passes::met_or_open(arch, to, &sure, &possible);
        give_back(work, possible);
        give_back(work, sure);
    }

    /// Who satisfies every requirement.
    fn holds<L: Lane>(&self, inputs: &Inputs<'_, L>, work: &mut Work<L>, side: Side) -> Vec<u16> {
        let arch = work.arch;
        let mut all: Option<Vec<u16>> = None;
        for ways in &self.ir.requirements {
            let mut ways = ways.iter();
            let ordinary = ways.next().into_iter().flatten();
            // Without exceptions what is kept so far can be narrowed down where it is.
            let so_far = if ways.len() == 0 { all.take() } else { None };
            let mut either = so_far.unwrap_or_else(|| take(work));
            ordinary.for_each(|test| keep(test, inputs, work, side, &mut either));
            for way in ways {
                let mut one = take(work);
                for test in way {
                    keep(test, inputs, work, side, &mut one);
                }
                passes::or(arch, &mut either, &one);
                give_back(work, one);
            }
            if let Some(before) = all.take() {
                passes::and(arch, &mut either, &before);
                give_back(work, before);
            }
            all = Some(either);
        }
        all.unwrap_or_else(|| take(work))
    }
}

fn of_year<'i, L: Lane>(op: &YearOp, inputs: &Inputs<'i, L>) -> Op<'i, L> {
    let whole = op.whole(inputs);
    if let ([0, professional, 0, 0, 0], false) = (op.need, op.adds) {
        // Public hours decide nothing: they need not be read.
        let [p, ..] = whole.cells;
        let p = if professional > 0 { p } else { inputs.zeros };
        return Op { cells: [p, inputs.zeros, inputs.zeros], ..whole };
    }
    whole
}

impl YearOp {
    /// The standard with all its cells.
    pub(super) fn whole<'i, L: Lane>(&self, inputs: &Inputs<'i, L>) -> Op<'i, L> {
        let [_, _, _, industry, general] = self.need;
        Op {
            cells: inputs.of(self.cells),
            need: self.need.map(L::of),
            bit: self.bit,
            is_split: industry > 0 || general > 0,
            adds: self.adds,
        }
    }
}

/// A mask out of the work, everybody in it.
fn take<L>(work: &mut Work<L>) -> Vec<u16> {
    let at = work.masks.iter().position(|mask| !mask.is_empty());
    let mut mask = at.and_then(|at| work.masks.get_mut(at)).map(std::mem::take).unwrap_or_default();
    mask.resize(BLOCK, 0);
    mask.fill(u16::MAX);
    mask
}

fn give_back<L>(work: &mut Work<L>, mask: Vec<u16>) {
    if let Some(place) = work.masks.iter_mut().find(|place| place.is_empty()) {
        *place = mask;
    }
}
