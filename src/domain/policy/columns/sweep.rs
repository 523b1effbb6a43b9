//! One threshold at every value: how many people are `met`.
//!
//! A threshold meets, of one person, only the few amounts that it is compared with: between two of
//! them nothing changes. So each person is judged once for each of their own amounts and once
//! beyond, all of a block at a time, whatever the number of thresholds. Where more is asked of
//! fewer, that gives the last threshold at which a person is met; where a guard makes it
//! otherwise, the stretches in which they are.

use std::ops::Range;

use super::MET;
use super::dial::{Amount, Dial};
use super::input::Columns;
use super::program::{Form, Program};
use super::scalar::Scalar;
use super::turning::Turning;
use crate::domain::hours::Hours;
use crate::domain::policy::plan::Plan;

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
                let turning = Turning::<i32>::new(kernel, plan, self.steps.len());
                turning.run(&mut self.steps, columns, people, profile);
            }
            Form::Lanes(kernel) => {
                let turning = Turning::<i16>::new(kernel, plan, self.steps.len());
                turning.run(&mut self.steps, columns, people, profile);
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
            let mut amounts = scalar.amounts(columns, person, dial);
            // Nobody reaches one more than the most: what holds there holds of all beyond.
            let beyond = amounts.last().map_or(0, |most| most + 1);
            amounts.push(beyond);
            for units in amounts {
                dial.turn(&mut scalar.plan, Hours::from_hundredths(units * columns.unit()));
                let to = if units == beyond { i64::MAX } else { units };
                if scalar.judge(columns, person) == MET {
                    self.count(from, to);
                }
                from = to.saturating_add(1);
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
