//! One threshold at every value: how many people are `met`.
//!
//! A threshold meets, of one person, only the few amounts that it is compared with: between two of
//! them nothing changes. So each person is judged once for each of their own amounts and once
//! beyond, all of a block at a time, whatever the number of thresholds. Where more is asked of
//! fewer, that gives the last threshold at which a person is met; where a guard makes it
//! otherwise, the stretches in which they are.

use std::ops::Range;

use super::BLOCK;
use super::MET;
use super::batch::Desk;
use super::input::Columns;
use super::ir::{SumTest, Test};
use super::kernel::{Inputs, Kernel, Work, sum};
use super::lanes::{self, Lane};
use super::program::{Form, Program};
use super::scalar::Scalar;
use crate::domain::hours::Hours;
use crate::domain::policy::model::Guard;
use crate::domain::policy::plan::{Plan, Rule};

/// Which amount a threshold is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Amount {
    /// All hours.
    Total,
    /// Professional hours.
    Professional,
    /// Industry and general hours jointly.
    Public,
    /// Industry hours; of a year only.
    Industry,
    /// General hours; of a year only.
    General,
}

impl Amount {
    pub(super) const fn index(self) -> usize {
        match self {
            Amount::Total => 0,
            Amount::Professional => 1,
            Amount::Public => 2,
            Amount::Industry => 3,
            Amount::General => 4,
        }
    }
}

/// A threshold that turns from nothing to `top`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// The clause that states it: a standard of years, a sum, or a cumulative exception.
    pub clause: Box<str>,
    /// The amount.
    pub amount: Amount,
    /// The largest threshold of interest.
    pub top: Hours,
}

impl Dial {
    pub(super) fn of_year(&self, clause: &str) -> Option<Amount> {
        (*self.clause == *clause).then_some(self.amount)
    }

    pub(super) fn of_sum(&self, clause: &str) -> Option<Amount> {
        let summed = matches!(self.amount, Amount::Total | Amount::Professional | Amount::Public);
        (*self.clause == *clause && summed).then_some(self.amount)
    }

    /// Sets the threshold in a plan; whether there is one.
    pub fn turn(&self, plan: &mut Plan, to: Hours) -> bool {
        let mut found = false;
        let pieces = plan.slots.iter_mut().flat_map(|slot| &mut slot.pieces);
        for piece in pieces.filter(|piece| self.of_year(&piece.clause).is_some()) {
            let need = &mut piece.need;
            *match self.amount {
                Amount::Total => &mut need.total,
                Amount::Professional => &mut need.professional,
                Amount::Public => &mut need.public,
                Amount::Industry => &mut need.industry,
                Amount::General => &mut need.general,
            } = to.hundredths();
            found = true;
        }
        for requirement in &mut plan.requirements {
            let own = match &mut requirement.rule {
                Rule::Sum { need, .. } => Some((&requirement.clause, need)),
                _ => None,
            };
            let others = requirement.exceptions.iter_mut().map(|e| (&e.clause, &mut e.need));
            for (clause, need) in own.into_iter().chain(others) {
                let threshold = match self.of_sum(clause) {
                    Some(Amount::Total) => &mut need.total,
                    Some(Amount::Professional) => &mut need.professional,
                    Some(Amount::Public) => &mut need.public,
                    _ => continue,
                };
                *threshold = Some(to);
                found = true;
            }
        }
        found
    }
}

/// How many people are `met` at every threshold, in the unit of the columns.
///
/// Confirmed hours only: what is pending makes nobody certain of a monotone plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    unit: i64,
    /// Differences from one threshold to the next.
    steps: Vec<i64>,
}

impl Sweep {
    /// Nobody yet.
    pub fn new(columns: &Columns<'_>, dial: &Dial) -> Sweep {
        let top = dial.top.hundredths().max(0) / columns.unit();
        let len = usize::try_from(top).unwrap_or(0) + 2;
        Sweep { unit: columns.unit(), steps: vec![0; len] }
    }

    /// The number of people met at 0, 1, 2… units up to the top of the dial.
    pub fn met(&self) -> Vec<i64> {
        let ends = self.steps.len() - 1;
        let sums = self.steps.iter().take(ends).scan(0, |sum, step| {
            *sum += step;
            Some(*sum)
        });
        sums.collect()
    }

    /// The number of people met at a threshold, which is not above the top of the dial.
    pub fn met_at(&self, threshold: Hours) -> i64 {
        let units = (threshold.hundredths().max(0) + self.unit - 1) / self.unit;
        self.steps.iter().take(usize::try_from(units).unwrap_or(usize::MAX).saturating_add(1)).sum()
    }

    /// Adds other people.
    pub fn merge(&mut self, other: &Sweep) {
        for (mine, more) in self.steps.iter_mut().zip(&other.steps) {
            *mine += more;
        }
    }

    /// Counts somebody met at the thresholds from `from` to `to`.
    fn count(&mut self, from: i64, to: i64) {
        let last = self.steps.len() - 1;
        let at = |units: i64| usize::try_from(units.max(0)).unwrap_or(last).min(last);
        let (begin, end) = (at(from), at(to.saturating_add(1)));
        for (at, by) in [(begin, 1), (end, -1)] {
            if let Some(step) = self.steps.get_mut(at) {
                *step += by;
            }
        }
    }

    /// Turns the dial for some people; with `profile`, for those of them who have it.
    pub fn add(
        &mut self,
        columns: &Columns<'_>,
        plan: &Plan,
        dial: &Dial,
        people: Range<usize>,
        profile: Option<u8>,
    ) {
        let people = people.start..people.end.min(columns.people());
        let program = Program::with_dial(plan, columns, Some(dial));
        match &program.form {
            Form::Constant(_) => {}
            Form::Lanes(kernel) if kernel.has_loose_bounds() => {
                self.one_by_one(columns, &program.scalar, dial, people, profile);
            }
            Form::Lanes(kernel) if kernel.is_wide() => {
                Turning::<i32>::new(kernel, plan, dial).run(self, columns, people, profile);
            }
            Form::Lanes(kernel) => {
                Turning::<i16>::new(kernel, plan, dial).run(self, columns, people, profile);
            }
            Form::Scalar(_) => self.one_by_one(columns, &program.scalar, dial, people, profile),
        }
    }

    /// Judges each person at each of their own amounts and beyond.
    fn one_by_one(
        &mut self,
        columns: &Columns<'_>,
        scalar: &Scalar,
        dial: &Dial,
        people: Range<usize>,
        profile: Option<u8>,
    ) {
        let mut scalar = scalar.clone();
        for person in people {
            if !is_of(columns, profile, person) {
                continue;
            }
            let mut from = 0;
            let amounts = scalar.amounts(columns, person, dial);
            for amount in amounts.into_iter().map(Some).chain([None]) {
                let hundredths = amount.map_or(i64::MAX / 4, |units| units * columns.unit());
                dial.turn(&mut scalar.plan, Hours::from_hundredths(hundredths));
                let to = amount.unwrap_or(i64::MAX / 4);
                if scalar.judge(columns, person) == MET {
                    self.count(from, to);
                }
                from = to + 1;
            }
        }
    }
}

fn is_of(columns: &Columns<'_>, profile: Option<u8>, person: usize) -> bool {
    let of = columns.profile_column().and_then(|profiles| profiles.get(person)).copied();
    profile.is_none() || of == profile
}

impl Scalar {
    /// The amounts of a person that the dial's threshold is compared with, ascending, in units.
    fn amounts(&self, columns: &Columns<'_>, person: usize, dial: &Dial) -> Vec<i64> {
        let sheet = self.sheet(columns, person);
        let of = |[p, i, g, _]: [i64; 4]| match dial.amount {
            Amount::Total => p + i + g,
            Amount::Professional => p,
            Amount::Public => i + g,
            Amount::Industry => i,
            Amount::General => g,
        };
        let years: Vec<i64> = (0..64).map(|bit| of(sheet.cell(bit).confirmed)).collect();
        // A sum may be over any run of years.
        let mut amounts: Vec<i64> = (0..years.len())
            .flat_map(|from| {
                let sums = years.iter().skip(from).scan(0, |sum, more| {
                    *sum += more;
                    Some(*sum)
                });
                sums.map(|sum| sum / columns.unit())
            })
            .collect();
        amounts.push(0);
        amounts.sort_unstable();
        amounts.dedup();
        amounts
    }
}

/// A dial that turns in lanes.
struct Turning<'t, L> {
    kernel: &'t Kernel,
    /// Whether more asked can only take the verdict away.
    falls: bool,
    sums: Vec<&'t SumTest>,
    /// What the threshold is compared with, each of a block; then the same in order.
    values: Vec<Vec<L>>,
    sorted: Vec<Vec<L>>,
    codes: Vec<Vec<u8>>,
    last: Vec<L>,
}

impl<'t, L: Lane> Turning<'t, L> {
    fn new(kernel: &'t Kernel, plan: &Plan, dial: &Dial) -> Turning<'t, L> {
        let exceptions = || plan.requirements.iter().flat_map(|r| &r.exceptions);
        let is_guarded = exceptions().any(|e| e.when != Guard::Always);
        let turns_years = kernel.ir.years.iter().any(|op| op.dialled.is_some());
        let tests = kernel.ir.requirements.iter().flatten().flatten();
        let sums: Vec<&SumTest> = tests
            .filter_map(|test| match test {
                Test::Sum(sum) if sum.dialled.is_some() => Some(sum),
                _ => None,
            })
            .collect();
        let _ = dial;
        let years = kernel.ir.years.iter().filter(|op| op.dialled.is_some()).count();
        let len = years + sums.len();
        let buffers = vec![vec![L::default(); BLOCK]; len];
        Turning {
            kernel,
            falls: !(is_guarded && turns_years),
            sums,
            sorted: buffers.clone(),
            values: buffers,
            codes: vec![vec![0; BLOCK]; len + 1],
            last: vec![L::default(); BLOCK],
        }
    }

    fn run(
        mut self,
        sweep: &mut Sweep,
        columns: &Columns<'_>,
        people: Range<usize>,
        profile: Option<u8>,
    ) {
        let mut desk = Desk::<L>::new(self.kernel);
        let mut start = people.start;
        while start < people.end {
            let block = start..people.end.min(start + BLOCK);
            start = block.end;
            let kernel = self.kernel;
            desk.with_inputs(columns, kernel, block.clone(), |inputs, work| {
                self.block(inputs, work);
            });
            let of_profile = |at: usize| is_of(columns, profile, block.start + at);
            if self.falls {
                let lasts = self.last.iter().take(block.len()).enumerate();
                for (_, last) in lasts.filter(|(at, _)| profile.is_none() || of_profile(*at)) {
                    sweep.count(0, last.widen());
                }
                continue;
            }
            for at in (0..block.len()).filter(|at| of_profile(*at)) {
                self.stretches(sweep, at);
            }
        }
    }

    /// Judges a block at each of its amounts, and beyond them.
    fn block(&mut self, inputs: &Inputs<'_, L>, work: &mut Work<L>) {
        let arch = work.arch;
        self.kernel.years(inputs, work);
        self.measure(inputs, work);
        self.sort(work);
        let bits = work.bits.clone();
        self.last.fill(L::BELOW_ALL);
        let beyond = vec![L::MAX; BLOCK];
        for (threshold, codes) in self.sorted.iter().chain([&beyond]).zip(&mut self.codes) {
            lanes::with_bits(arch, &mut work.bits, &bits, 0);
            let years = self.kernel.ir.years.iter().filter(|op| op.dialled.is_some());
            for (op, value) in years.zip(&self.values) {
                lanes::below(arch, &mut work.bits, value, threshold, op.bit);
            }
            work.dial.copy_from_slice(threshold);
            self.kernel.verdicts(inputs, work, codes);
            lanes::last_met(arch, &mut self.last, codes, threshold);
        }
    }

    /// The amounts that the threshold is compared with.
    fn measure(&mut self, inputs: &Inputs<'_, L>, work: &mut Work<L>) {
        let arch = work.arch;
        // Beyond every threshold of interest, and below the one that nobody reaches.
        let most = L::of(L::MAX.widen() - 1);
        let mut values = self.values.iter_mut();
        let years = self.kernel.ir.years.iter();
        for (op, amount) in years.filter_map(|op| Some((op, op.dialled?))) {
            let Some(value) = values.next() else { return };
            let [p, i, g] = inputs.of(op.cells);
            match amount {
                Amount::Total => lanes::value_of_all(arch, value, [p, i, g], most),
                Amount::Public => lanes::value_of_all(arch, value, [inputs.zeros, i, g], most),
                Amount::Professional => lanes::value_of(arch, value, p, most),
                Amount::Industry => lanes::value_of(arch, value, i, most),
                Amount::General => lanes::value_of(arch, value, g, most),
            }
        }
        for (test, value) in self.sums.iter().zip(values) {
            sum(test, inputs, work);
            let none = inputs.zeros;
            let (p, q) = (&*work.professional, &*work.public);
            match test.dialled {
                Some(Amount::Professional) => lanes::value_of(arch, value, p, most),
                Some(Amount::Public) => lanes::value_of(arch, value, q, most),
                _ => lanes::value_of_all(arch, value, [p, q, none], most),
            }
        }
    }

    /// Each person's amounts, ascending.
    fn sort(&mut self, work: &Work<L>) {
        for (sorted, values) in self.sorted.iter_mut().zip(&self.values) {
            sorted.copy_from_slice(values);
        }
        for end in (1..self.sorted.len()).rev() {
            for at in 0..end {
                if let [low, high, ..] = self.sorted.get_mut(at..).unwrap_or_default() {
                    lanes::order(work.arch, low, high);
                }
            }
        }
    }

    /// Counts the stretches in which a person is met.
    fn stretches(&self, sweep: &mut Sweep, at: usize) {
        let mut from = 0;
        let thresholds = self.sorted.iter().map(|s| s.get(at).map_or(0, |units| units.widen()));
        for (to, codes) in thresholds.chain([L::MAX.widen()]).zip(&self.codes) {
            if to >= from && codes.get(at) == Some(&MET) {
                sweep.count(from, to);
            }
            from = from.max(to + 1);
        }
    }
}
