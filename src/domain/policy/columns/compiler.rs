//! Compiles requirements into tests over bits and sums.

use super::dial::Dial;
use super::input::{Columns, Fact};
use super::ir::{Compare, Edge, Ir, Moving, Span, Tally, Test, Ways, Why};
use super::kernel::Kernel;
use super::scalar::Scalar;
use crate::domain::policy::notice::model::{Guard, Quantity, Window, YearBase, YearExpr};
use crate::domain::policy::plan::years::widest;
use crate::domain::policy::plan::{Exception, KnownFacts, Plan, Requirement, Rule};
use crate::domain::year::YearSet;

/// Gathers what a plan reads of the columns.
pub(super) struct Compiler<'c> {
    pub(super) plan: &'c Plan,
    pub(super) columns: &'c Columns<'c>,
    pub(super) scalar: &'c Scalar,
    pub(super) dial: Option<&'c Dial>,
    pub(super) ir: Ir,
    /// The bit of a slot and year.
    pub(super) bits: Vec<((usize, u32), u16)>,
}

/// Whether a year is compliant, before any hours are read.
pub(super) enum Known3 {
    /// Certain, possible.
    Constant(bool, bool),
    Bit(u16),
}

impl<'c> Compiler<'c> {
    pub(super) fn new(
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

    pub(super) fn compile(mut self) -> Result<Kernel, Why> {
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
        let known = KnownFacts { required_years: 0, tenure_start: 0 };
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

    /// The window, if facts move it.
    pub(super) fn moving(&self, window: Window, first: Option<i16>) -> Option<Moving> {
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
