//! Compiles a plan for the columns at hand.

use super::dial::{Amount, Dial};
use super::input::{Columns, Fact};
use super::ir::{Compare, Edge, Ir, Moving, Span, SumTest, Tally, Test, Ways, YearOp};
use super::scalar::Scalar;
use super::{ELSE, kernel::Kernel};
use crate::domain::category::CategorySet;
use crate::domain::policy::model::{Guard, Need, Quantity, Window, YearBase, YearExpr};
use crate::domain::policy::plan::{Exception, Gate, Known, Plan, Requirement, Rule, Thresholds};
use crate::domain::policy::sheet::{satisfied_at_worst, widest};
use crate::domain::year::YearSet;

/// A plan, ready for columns.
#[derive(Clone, Debug)]
pub struct Program {
    /// How it runs.
    pub form: Form,
    pub(super) scalar: Scalar,
}

/// How a plan runs over columns.
#[derive(Clone, Debug)]
pub enum Form {
    /// Everybody has this verdict; no hours are read.
    Constant(u8),
    /// Passes over columns.
    Lanes(Box<Kernel>),
    /// The judge of single people, one after the other.
    Scalar(Why),
}

/// What a column program could not express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A fact that the plan reads is given for nobody.
    MissingFact,
    /// More than 16 pairs of year and standard depend on hours.
    TooManyYears,
    /// A threshold beyond 32 bits, or a share of very large terms.
    TooLarge,
}

impl Program {
    /// The program of a plan for these columns.
    pub fn compile(plan: &Plan, columns: &Columns<'_>) -> Program {
        Program::with_dial(plan, columns, None)
    }

    pub(super) fn with_dial(plan: &Plan, columns: &Columns<'_>, dial: Option<&Dial>) -> Program {
        let scalar = Scalar::of(plan, columns);
        let form = if plan.gate != Gate::Judge || plan.requirements.is_empty() {
            Form::Constant(ELSE)
        } else {
            match Compiler::new(plan, columns, &scalar, dial).compile() {
                Ok(kernel) => Form::Lanes(Box::new(kernel)),
                Err(why) => Form::Scalar(why),
            }
        };
        Program { form, scalar }
    }
}

struct Compiler<'c> {
    plan: &'c Plan,
    columns: &'c Columns<'c>,
    scalar: &'c Scalar,
    dial: Option<&'c Dial>,
    ir: Ir,
    /// The bit of a slot and year.
    bits: Vec<((usize, u32), u16)>,
}

/// Whether a year is compliant, before any hours are read.
enum Known3 {
    /// Certain, possible.
    Constant(bool, bool),
    Bit(u16),
}

impl<'c> Compiler<'c> {
    fn new(
        plan: &'c Plan,
        columns: &'c Columns<'c>,
        scalar: &'c Scalar,
        dial: Option<&'c Dial>,
    ) -> Compiler<'c> {
        let pieces = || plan.slots.iter().flat_map(|slot| &slot.pieces);
        let ir = Ir {
            monotone: plan.is_monotone(),
            needs_split: pieces().any(|piece| piece.need.needs_split()),
            reads: plan.reads(),
            wide: columns
                .years()
                .iter()
                .flat_map(|year| year.cells)
                .flatten()
                .any(|cells| matches!(cells, super::Cells::Wide(_))),
            ..Ir::default()
        };
        Compiler { plan, columns, scalar, dial, ir, bits: Vec::new() }
    }

    fn compile(mut self) -> Result<Kernel, Why> {
        let missing = |reads: bool, given: bool| reads && !given;
        let (required, tenure) = self.ir.reads;
        if missing(required, self.columns.required_years != Fact::All(None))
            || missing(tenure, self.columns.tenure_start != Fact::All(None))
        {
            return Err(Why::MissingFact);
        }
        if let Some(dial) = self.dial {
            // The threshold turns that far, and one beyond stands for never.
            self.units(dial.top.hundredths().saturating_add(self.columns.unit()))?;
        }
        for requirement in &self.plan.requirements {
            let ways = self.requirement(requirement)?;
            self.ir.requirements.push(ways);
        }
        self.take_sum();
        Ok(Kernel::new(self.ir))
    }

    fn requirement(&mut self, requirement: &Requirement) -> Result<Ways, Why> {
        let all = Compare::None;
        let ordinary = match &requirement.rule {
            Rule::EachYear { window, slot } => {
                vec![self.tally(*slot, *window, requirement.years, None, true, all)?]
            }
            Rule::Include(years) => self.listed(0, years, requirement.years)?,
            Rule::Count { window, at_least } => {
                let compare = match at_least {
                    Quantity::Number(n) => Compare::AtLeast(*n),
                    Quantity::RequiredYears => Compare::AtLeastRequired,
                };
                vec![self.tally(0, *window, requirement.years, None, false, compare)?]
            }
            Rule::Sum { window, need } => {
                vec![self.sum(&requirement.clause, *window, requirement.years, need)?]
            }
        };
        let mut ways = vec![ordinary];
        for exception in &requirement.exceptions {
            ways.push(self.exception(exception)?);
        }
        Ok(ways)
    }

    fn exception(&mut self, exception: &Exception) -> Result<Vec<Test>, Why> {
        let every = YearSet(u64::MAX);
        let mut tests = Vec::new();
        let guard = match exception.when {
            Guard::Always => None,
            Guard::AnyIncomplete(n) => Some((n, true, Compare::Some)),
            Guard::AllIncomplete(n) => Some((n, false, Compare::None)),
        };
        if let Some((n, incomplete, compare)) = guard {
            let slot = exception.slot;
            let test = self.tally(slot, exception.window, every, Some(n), incomplete, compare)?;
            tests.push(test);
        }
        tests.push(self.sum(
            &exception.clause,
            exception.window,
            exception.years,
            &exception.need,
        )?);
        tests.extend(self.listed(exception.slot, &exception.also, every)?);
        Ok(tests)
    }

    /// Every listed year is compliant.
    fn listed(
        &mut self,
        slot: usize,
        years: &[YearExpr],
        among: YearSet,
    ) -> Result<Vec<Test>, Why> {
        let single = |year: &YearExpr| Window { from: *year, to: *year };
        let mut tests: Vec<Test> = Vec::new();
        for year in years {
            let test = self.tally(slot, single(year), among, None, true, Compare::None)?;
            // Fixed years are one test together.
            match (tests.first_mut(), test) {
                (
                    Some(Test::Tally(Tally { span: Span::Fixed { mask, constant }, .. })),
                    Test::Tally(Tally {
                        span: Span::Fixed { mask: more, constant: others }, ..
                    }),
                ) => {
                    *mask |= more;
                    for (count, more) in constant.iter_mut().zip(others) {
                        *count += more;
                    }
                }
                (_, test) => tests.push(test),
            }
        }
        Ok(tests)
    }

    fn tally(
        &mut self,
        slot: usize,
        window: Window,
        among: YearSet,
        first: Option<i16>,
        incomplete: bool,
        compare: Compare,
    ) -> Result<Test, Why> {
        let moving = self.moving(window, first);
        let known = Known { required_years: 0, tenure_start: 0 };
        let years = match (moving, first) {
            (Some(_), _) => widest(self.plan, window),
            (None, Some(n)) => self.plan.guarded(window, n, known),
            (None, None) => self.plan.window(window, known),
        }
        .and(among);
        let mut bits = Vec::new();
        let mut constant = [YearSet::EMPTY; 2];
        for bit in years.bits() {
            match self.known(slot, bit)? {
                Known3::Bit(mask) => bits.push((self.plan.frame.year(bit), mask)),
                Known3::Constant(sure, possible) => {
                    self.ir.two_sided |= sure != possible;
                    for (set, compliant) in constant.iter_mut().zip([sure, possible]) {
                        if compliant != incomplete {
                            *set = set.or(YearSet(1 << bit));
                        }
                    }
                }
            }
        }
        let span = match moving {
            Some(window) => {
                let runs = constant.map(|set| self.runs(set));
                Span::Moving { window, years: bits, runs }
            }
            None => Span::Fixed {
                mask: bits.iter().fold(0, |all, (_, bit)| all | bit),
                constant: constant.map(|set| i16::try_from(set.len()).unwrap_or(i16::MAX)),
            },
        };
        // Few incomplete years are certain where many complete ones are.
        let holds_of_few = compare == Compare::None;
        let flipped = incomplete != holds_of_few;
        Ok(Test::Tally(Tally { span, incomplete, flipped, compare }))
    }

    /// What is known of a year before hours are read.
    fn known(&mut self, slot: usize, bit: u32) -> Result<Known3, Why> {
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

    fn year_op(
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
    fn units(&mut self, hundredths: i64) -> Result<i64, Why> {
        let units = (hundredths.max(0) + self.columns.unit() - 1) / self.columns.unit();
        i32::try_from(units).map_err(|_| Why::TooLarge)?;
        self.ir.wide |= i16::try_from(units).is_err();
        Ok(units)
    }

    fn sum(
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
    fn take_sum(&mut self) {
        let tests = self.ir.requirements.iter_mut().flatten().flatten();
        for test in tests {
            let Test::Sum(sum) = test else { continue };
            let is_plain = sum.moving.is_none()
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
    fn cells(&mut self, bit: u32) -> [Option<usize>; 3] {
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

    /// The window, if facts move it.
    fn moving(&self, window: Window, first: Option<i16>) -> Option<Moving> {
        let declaring = self.plan.frame.declaring();
        let edge = |year: YearExpr| match year.base {
            YearBase::Fixed => Edge::Fixed(year.offset),
            YearBase::Declaring => Edge::Fixed(declaring.saturating_add(year.offset)),
            YearBase::DeclaringLessRequired => Edge::Required(declaring, year.offset),
            YearBase::TenureStart => Edge::Tenure(year.offset),
        };
        let (from, to) = (edge(window.from), edge(window.to));
        let moves = |edge: Edge| !matches!(edge, Edge::Fixed(_));
        (moves(from) || moves(to)).then_some(Moving { from, to, first })
    }

    /// A set as runs of consecutive years.
    fn runs(&self, set: YearSet) -> Vec<(i16, i16)> {
        let mut runs: Vec<(i16, i16)> = Vec::new();
        for year in set.bits().map(|bit| self.plan.frame.year(bit)) {
            match runs.last_mut() {
                Some((_, to)) if *to + 1 == year => *to = year,
                _ => runs.push((year, year)),
            }
        }
        runs
    }
}
