//! The last value of a threshold at which each is met, where a [`Table`] tells verdicts.
//!
//! What the threshold is compared with are a person's own amounts of up to four years, so nobody needs
//! to be judged at other values; and with all amounts at hand each is judged without putting them in
//! order: the bits at an amount are those of the years that have as much.
#![expect(
    clippy::inline_always,
    reason = "a loop must be inlined into the function that is compiled for the vectors at hand"
)]

use pulp::Arch;

use super::dial::Amount;
use super::lanes::{Lane, Op, mask, passes};
use super::table::{Facts, Table};

/// A year whose threshold may turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct TurnedYear<'i, L> {
    /// What else is asked.
    op: Op<'i, L>,
    /// The most of each cell that belongs to the amount: everything, or nothing.
    parts: [L; 3],
    /// The most that the amount comes to, which is less than everything; below all where nothing turns.
    most: L,
    /// Everything, if its hours belong to the sum.
    summed: L,
    /// Its bit where the threshold turns, and where it does not.
    own: u16,
    fixed: u16,
}

impl<'i, L: Lane> TurnedYear<'i, L> {
    /// A year with what else it asks, and the amount that the threshold is about.
    pub(super) fn new(op: Op<'i, L>, dialled: Option<Amount>) -> TurnedYear<'i, L> {
        let (all, none) = (L::MAX, L::default());
        let parts = match dialled {
            Some(Amount::Total) => [all, all, all],
            Some(Amount::Professional) => [all, none, none],
            Some(Amount::Public) => [none, all, all],
            Some(Amount::Industry) => [none, all, none],
            Some(Amount::General) => [none, none, all],
            None => [none; 3],
        };
        let turns = dialled.is_some();
        let most = if turns { L::of(L::MAX.widen() - 1) } else { L::BELOW_ALL };
        let (own, fixed) = if turns { (op.bit, 0) } else { (0, op.bit) };
        let summed = if op.adds { all } else { none };
        TurnedYear { op, parts, most, summed, own, fixed }
    }

    /// Whether everything else is there; the amount, below all where it is not; and what it adds.
    #[inline(always)]
    fn amount(&self, [p, i, g]: [L; 3]) -> (u16, L, L) {
        let (holds, all) = self.op.judge::<true>([p, i, g]);
        let [of_p, of_i, of_g] = self.parts;
        let amount = p.min(of_p).plus(i.min(of_i).plus(g.min(of_g)));
        let amount = amount.min(self.most).min(limit(holds));
        (mask(holds) & self.fixed, amount, all.min(self.summed))
    }
}

/// No limit, or below all. A choice between constants only, or the compiler makes a branch of it.
#[inline(always)]
fn limit<L: Lane>(holds: bool) -> L {
    if holds { L::MAX } else { L::BELOW_ALL }
}

passes! {
    /// The last thresholds; more asked must only ever take a verdict away.
    fn last[L: Lane](last: &mut [L], years: &[TurnedYear<'_, L>; 4], facts: Facts<'_>, table: &Table) {
        match table.asks() {
            (false, false) => run::<L, false, false>(last, years, facts, table),
            (false, true) => run::<L, false, true>(last, years, facts, table),
            (true, false) => run::<L, true, false>(last, years, facts, table),
            (true, true) => run::<L, true, true>(last, years, facts, table),
        }
    }

    /// Takes out those of another profile.
    fn only_of[L: Lane](last: &mut [L], profiles: &[u8], profile: u8) {
        for (last, own) in last.iter_mut().zip(profiles) {
            *last = (*last).min(limit(*own == profile));
        }
    }
}

#[inline(always)]
fn run<L: Lane, const SUMS: bool, const COUNTS: bool>(
    last: &mut [L],
    years: &[TurnedYear<'_, L>; 4],
    (required, tenure): Facts<'_>,
    table: &Table,
) {
    let [a, b, c, d] = years.each_ref().map(|year| {
        let [p, i, g] = year.op.cells;
        p.iter().zip(i).zip(g)
    });
    let telling = table.telling();
    let [year_a, year_b, year_c, year_d] = years;
    let [bit_a, bit_b, bit_c, bit_d] = years.each_ref().map(|year| year.own);
    let facts = required.iter().zip(tenure);
    let cells = a.zip(b).zip(c).zip(d);
    for ((last, (((a, b), c), d)), (required, tenure)) in last.iter_mut().zip(cells).zip(facts) {
        let [a, b, c, d] = [a, b, c, d].map(|((p, i), g)| [*p, *i, *g]);
        let (fixed_a, a, sum_a) = year_a.amount(a);
        let (fixed_b, b, sum_b) = year_b.amount(b);
        let (fixed_c, c, sum_c) = year_c.amount(c);
        let (fixed_d, d, sum_d) = year_d.amount(d);
        let fixed = fixed_a | fixed_b | fixed_c | fixed_d;
        let sum = sum_a.plus(sum_b).plus(sum_c).plus(sum_d);
        let has = |amount: L, bit: u16, at: L| mask(amount >= at) & bit;
        let at = |at: L| {
            fixed | has(a, bit_a, at) | has(b, bit_b, at) | has(c, bit_c, at) | has(d, bit_d, at)
        };
        let facts = (*required, *tenure);
        let told = |bits: u16| telling.met::<SUMS, COUNTS>(bits, sum, facts);
        let mut most: L = limit(told(fixed));
        most = most.max(a.min(limit(told(at(a)))));
        most = most.max(b.min(limit(told(at(b)))));
        most = most.max(c.min(limit(told(at(c)))));
        *last = most.max(d.min(limit(told(at(d)))));
    }
}
