//! Turns a dial for blocks of people, each judged at every amount of their own.

use std::ops::Range;

use super::batch::Desk;
use super::dial::Amount;
use super::input::Columns;
use super::ir::{SumTest, Test, YearOp};
use super::keep::sum;
use super::kernel::Kernel;
use super::lanes::{Lane, Op};
use super::last::{self, TurnedYear};
use super::passes;
use super::work::{Inputs, Work};
use super::{BLOCK, NOT_MET};
use crate::domain::policy::notice::model::Guard;
use crate::domain::policy::plan::Plan;

/// A dial that turns in lanes.
pub(super) struct Turning<'t, L> {
    kernel: &'t Kernel,
    /// Whether more asked can only take the verdict away.
    falls: bool,
    years: Vec<&'t YearOp>,
    sums: Vec<&'t SumTest>,
    /// What the threshold is compared with, each of a block; then the same in order.
    values: Vec<Vec<L>>,
    sorted: Vec<Vec<L>>,
    /// What nobody reaches.
    beyond: Vec<L>,
    /// Compliance in everything else.
    rest: Vec<u16>,
    /// The verdicts at a threshold, and at the one before.
    codes: Vec<u8>,
    before: Vec<u8>,
    /// The last threshold at which each is met.
    last: Vec<L>,
    /// How many are met for the last time at -1 (never), 0, 1, 2…, counted by turns so that
    /// neighbours do not wait for each other.
    lasts: [Vec<i64>; 4],
}

impl<'t, L: Lane> Turning<'t, L> {
    /// For a plan compiled with a dial, and as many thresholds.
    pub(super) fn new(kernel: &'t Kernel, plan: &Plan, thresholds: usize) -> Turning<'t, L> {
        let exceptions = || plan.requirements.iter().flat_map(|r| &r.exceptions);
        let is_guarded = exceptions().any(|e| e.when != Guard::Always);
        let tests = kernel.ir.requirements.iter().flatten().flatten();
        let sums: Vec<&SumTest> = tests
            .filter_map(|test| match test {
                Test::Sum(sum) if sum.dialled.is_some() => Some(sum),
                _ => None,
            })
            .collect();
        let years: Vec<&YearOp> =
            kernel.ir.years.iter().filter(|op| op.dialled.is_some()).collect();
        let buffers = vec![vec![L::default(); BLOCK]; years.len() + sums.len()];
        let counts = || vec![0; thresholds];
        Turning {
            kernel,
            falls: !is_guarded || years.is_empty(),
            years,
            sums,
            sorted: buffers.clone(),
            values: buffers,
            beyond: vec![L::MAX; BLOCK],
            rest: vec![0; BLOCK],
            codes: vec![NOT_MET; BLOCK],
            before: vec![NOT_MET; BLOCK],
            last: vec![L::default(); BLOCK],
            lasts: [counts(), counts(), counts(), counts()],
        }
    }

    /// Adds to `steps`, the differences from one threshold to the next.
    pub(super) fn run(
        mut self,
        steps: &mut [i64],
        columns: &Columns<'_>,
        people: Range<usize>,
        profile: Option<u8>,
    ) {
        let mut desk = Desk::<L>::new(self.kernel);
        let mut start = people.start;
        while start < people.end {
            let block = start..people.end.min(start + BLOCK);
            start = block.end;
            let profiles = columns.profile_column().and_then(|p| p.get(block.clone()));
            let kernel = self.kernel;
            desk.with_inputs(columns, kernel, block.clone(), |inputs, work| {
                let of = profile.map(|profile| (profiles.unwrap_or_default(), profile));
                self.block(inputs, work, of, steps, block.len());
            });
        }
        // Who is met for the last time at n is not from n + 1 on; the first count is who never is.
        let mut ever = 0;
        for counts in &self.lasts {
            for (step, count) in steps.iter_mut().zip(counts).skip(1) {
                *step -= count;
                ever += count;
            }
        }
        if let Some(step) = steps.first_mut() {
            *step += ever;
        }
    }

    /// Judges a block at each of its amounts, and beyond them.
    fn block(
        &mut self,
        inputs: &Inputs<'_, L>,
        work: &mut Work<L>,
        of: Option<(&[u8], u8)>,
        steps: &mut [i64],
        people: usize,
    ) {
        let arch = work.arch;
        if self.falls && self.at_once(inputs, work, of, people) {
            self.count(people);
            return;
        }
        self.kernel.years(inputs, work);
        self.measure(inputs, work);
        self.sort(work);
        std::mem::swap(&mut self.rest, &mut work.bits);
        let every = self.years.iter().fold(0, |all, op| all | op.bit);
        self.last.fill(L::BELOW_ALL);
        self.before.fill(NOT_MET);
        for at in 0..=self.sorted.len() {
            let threshold = self.sorted.get(at).unwrap_or(&self.beyond);
            let clear = if at == self.sorted.len() { every } else { 0 };
            if clear != 0 || self.years.is_empty() {
                passes::without_bits(arch, &mut work.bits, &self.rest, clear);
            } else {
                self.below(threshold, inputs, work);
            }
            if !self.sums.is_empty() {
                work.dial.copy_from_slice(threshold);
            }
            self.kernel.verdicts(inputs, work, &mut self.codes);
            if let Some((profiles, profile)) = of {
                passes::constant_but(arch, &mut self.codes, profiles, profile, NOT_MET);
            }
            if self.falls {
                passes::last_met(arch, &mut self.last, &self.codes, threshold);
            } else {
                self.step(steps, at, people);
                std::mem::swap(&mut self.before, &mut self.codes);
            }
        }
        if self.falls {
            self.count(people);
        }
    }

    /// Finds the last thresholds in one loop from the cells on, where a table tells the verdicts.
    fn at_once(
        &mut self,
        inputs: &Inputs<'_, L>,
        work: &Work<L>,
        of: Option<(&[u8], u8)>,
        people: usize,
    ) -> bool {
        let years = &self.kernel.ir.years;
        let Some(table) = self.kernel.table.as_ref().filter(|_| years.len() <= 4) else {
            return false;
        };
        if years.iter().any(|op| op.ratio.is_some()) {
            return false;
        }
        let mut four = [TurnedYear::new(Op::none(inputs.zeros), None); 4];
        for (place, op) in four.iter_mut().zip(years) {
            *place = TurnedYear::new(op.whole(inputs), op.dialled);
        }
        let Some(last) = self.last.get_mut(..people) else { return false };
        last::last(work.arch, last, &four, (inputs.required, inputs.tenure), table);
        if let Some((profiles, profile)) = of {
            last::only_of(work.arch, last, profiles, profile);
        }
        true
    }

    /// The bits of the years that reach a threshold of each person's own.
    fn below(&self, threshold: &[L], inputs: &Inputs<'_, L>, work: &mut Work<L>) {
        let fours = self.years.chunks(4).zip(self.values.chunks(4));
        for (nth, (ops, values)) in fours.enumerate() {
            let four = four(ops, values, inputs.zeros);
            if nth == 0 {
                passes::below(work.arch, &mut work.bits, &self.rest, threshold, four);
            } else {
                let bits = work.bits.clone();
                passes::below(work.arch, &mut work.bits, &bits, threshold, four);
            }
        }
    }

    /// Counts the last thresholds of a block.
    fn count(&mut self, people: usize) {
        let end = self.lasts.first().map_or(0, Vec::len).saturating_sub(1);
        let (last, _) = self.last.split_at_checked(people).unwrap_or_default();
        let [a, b, c, d] = &mut self.lasts;
        let count = |counts: &mut [i64], last: L| {
            if let Some(count) = counts.get_mut(last.next().min(end)) {
                *count += 1;
            }
        };
        let (fours, rest) = last.as_chunks();
        for [last_a, last_b, last_c, last_d] in fours {
            count(a, *last_a);
            count(b, *last_b);
            count(c, *last_c);
            count(d, *last_d);
        }
        for last in rest {
            count(a, *last);
        }
    }

    /// Counts who is met from here on, or no longer.
    fn step(&self, steps: &mut [i64], at: usize, people: usize) {
        let end = steps.len() - 1;
        let from = at.checked_sub(1).and_then(|before| self.sorted.get(before));
        let codes = self.codes.iter().zip(&self.before).take(people).enumerate();
        for (person, (now, before)) in codes.filter(|(_, (now, before))| now != before) {
            let is_met = |code: u8| i64::from(code == super::MET);
            let from = from.and_then(|from| from.get(person)).map_or(0, |last| last.next());
            if let Some(step) = steps.get_mut(from.min(end)) {
                *step += is_met(*now) - is_met(*before);
            }
        }
    }

    /// The amounts that the threshold is compared with.
    fn measure(&mut self, inputs: &Inputs<'_, L>, work: &mut Work<L>) {
        let arch = work.arch;
        // Beyond every threshold of interest, and below the one that nobody reaches.
        let most = L::of(L::MAX.widen() - 1);
        let mut values = self.values.iter_mut();
        for (op, amount) in self.years.iter().filter_map(|op| Some((op, op.dialled?))) {
            let Some(value) = values.next() else { return };
            let [p, i, g] = inputs.of(op.cells);
            match amount {
                Amount::Total => passes::value_of_all(arch, value, [p, i, g], most),
                Amount::Public => passes::value_of_all(arch, value, [inputs.zeros, i, g], most),
                Amount::Professional => passes::value_of(arch, value, p, most),
                Amount::Industry => passes::value_of(arch, value, i, most),
                Amount::General => passes::value_of(arch, value, g, most),
            }
        }
        for (test, value) in self.sums.iter().zip(values) {
            sum(test, inputs, work);
            let none = inputs.zeros;
            let (p, q) = (&*work.professional, &*work.public);
            match test.dialled {
                Some(Amount::Professional) => passes::value_of(arch, value, p, most),
                Some(Amount::Public) => passes::value_of(arch, value, q, most),
                _ => passes::value_of_all(arch, value, [p, q, none], most),
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
                    passes::order(work.arch, low, high);
                }
            }
        }
    }
}

/// Up to four years, each with the value that the threshold is compared with.
fn four<'v, L: Lane>(ops: &[&YearOp], values: &'v [Vec<L>], zeros: &'v [L]) -> [(&'v [L], u16); 4] {
    let mut four = [(zeros, 0); 4];
    for ((place, op), value) in four.iter_mut().zip(ops).zip(values) {
        *place = (value, op.bit);
    }
    four
}
