//! Verdicts told by a table: of few years, one sum, and one count from the start of tenure on.
//!
//! Most plans of one city ask no more. Their people are judged a few at a time from the columns to
//! the verdict, so that memory is read all the while: passes over a whole block let it rest.
#![expect(
    clippy::inline_always,
    clippy::needless_bitwise_bool,
    reason = "a loop must be inlined into the function that is compiled for the vectors at hand, \
              and vectors have no branches"
)]

use pulp::Arch;

use super::ir::{Compare, Edge, Ir, Moving, Span, Tally, Test};
use super::lanes::{Lane, Op, mask, passes};

/// Bits that a table is made for.
const BITS: u16 = 4;

/// Who is met: a bit for each set of compliant years.
type Word = u16;

/// What a plan says of the bits of a person.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// With nothing else, with the sum, with the count, with both.
    words: [Word; 4],
    sum: Option<i64>,
    count: Option<Count>,
}

/// Counts years from the start of tenure on: of a run, and of those with a bit. As many are
/// required as of each person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Count {
    run: (i16, i16),
    years: [(i16, u16); 4],
}

/// What a test depends on.
enum Term {
    Bits(Word),
    Sum,
    Count,
}

impl Table {
    /// The table of a plan, unless it asks for more.
    pub(super) fn of(ir: &Ir) -> Option<Table> {
        if ir.two_sided || ir.years.iter().any(|op| op.bit >> BITS != 0) {
            return None;
        }
        let mut table = Table { words: [Word::MAX; 4], sum: None, count: None };
        for ways in &ir.requirements {
            let mut either = [0; 4];
            for way in ways {
                let mut all = [Word::MAX; 4];
                for test in way {
                    let word = match table.term(test)? {
                        Term::Bits(word) => [word; 4],
                        Term::Sum => [0, Word::MAX, 0, Word::MAX],
                        Term::Count => [0, 0, Word::MAX, Word::MAX],
                    };
                    all.iter_mut().zip(word).for_each(|(all, word)| *all &= word);
                }
                either.iter_mut().zip(all).for_each(|(either, all)| *either |= all);
            }
            table.words.iter_mut().zip(either).for_each(|(word, either)| *word &= either);
        }
        Some(table)
    }

    /// Whether it asks for a sum, for a count.
    pub(super) fn asks(&self) -> (bool, bool) {
        (self.sum.is_some(), self.count.is_some())
    }

    /// The same for lanes.
    pub(super) fn telling<L: Lane>(&self) -> Telling<L> {
        let none = Count { run: (0, -1), years: [(0, 0); 4] };
        Telling {
            words: self.words,
            sum: L::of(self.sum.unwrap_or(0)),
            count: self.count.unwrap_or(none),
        }
    }

    fn term(&mut self, test: &Test) -> Option<Term> {
        match test {
            Test::Tally(tally) => match of_bits(tally) {
                Some(word) => Some(Term::Bits(word)),
                None => {
                    let count = Count::of(tally)?;
                    (*self.count.get_or_insert(count) == count).then_some(Term::Count)
                }
            },
            Test::Sum(sum) => match sum.need {
                [Some(total), None, None] if sum.is_taken => {
                    (*self.sum.get_or_insert(total) == total).then_some(Term::Sum)
                }
                _ => None,
            },
        }
    }
}

/// Of which bits a tally holds that needs nothing else.
fn of_bits(tally: &Tally) -> Option<Word> {
    let Span::Fixed { mask, constant: [constant, _] } = tally.span else { return None };
    let holds = |bits: u16| {
        let counted = if tally.incomplete { !bits } else { bits } & mask;
        let ones = i16::try_from(counted.count_ones()).ok()?;
        let count = constant.saturating_add(ones);
        match tally.compare {
            Compare::AtLeast(need) => Some(count >= need),
            Compare::None => Some(count == 0),
            Compare::Some => Some(count > 0),
            Compare::AtLeastRequired => None,
        }
    };
    (0..1 << BITS).try_fold(0, |word, bits| Some(word | u16::from(holds(bits)?) << bits))
}

impl Count {
    fn of(tally: &Tally) -> Option<Count> {
        let Span::Moving { window, years, runs: [runs, _] } = &tally.span else { return None };
        // A fixed end leaves no years beyond it.
        let Moving { from: Edge::Tenure(0), to: Edge::Fixed(_), first: None } = window else {
            return None;
        };
        let run = match runs.as_slice() {
            [] => (0, -1),
            [run] => *run,
            _ => return None,
        };
        if tally.incomplete || tally.compare != Compare::AtLeastRequired {
            return None;
        }
        let mut few = [(0, 0); 4];
        few.get_mut(..years.len())?.copy_from_slice(years);
        Some(Count { run, years: few })
    }

    #[inline(always)]
    fn suffices(&self, bits: u16, tenure: i16, required: u8) -> u16 {
        let (from, to) = self.run;
        let mut count = to.saturating_sub(tenure.max(from)).saturating_add(1).max(0);
        for (year, bit) in self.years {
            count += i16::from((tenure <= year) & (bits & bit != 0));
        }
        mask(count >= required.into())
    }
}

/// A table with its thresholds in lanes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Telling<L> {
    words: [Word; 4],
    sum: L,
    count: Count,
}

impl<L: Lane> Telling<L> {
    /// Whether somebody is met, by a table that asks for a sum, for a count.
    #[inline(always)]
    pub(super) fn met<const SUMS: bool, const COUNTS: bool>(
        &self,
        bits: u16,
        sum: L,
        (required, tenure): (u8, i16),
    ) -> bool {
        let [none, summed, counted, both] = self.words;
        let reaches = if SUMS { mask(sum >= self.sum) } else { 0 };
        let without = if SUMS { choose(reaches, summed, none) } else { none };
        let word = if COUNTS {
            let with = if SUMS { choose(reaches, both, counted) } else { counted };
            choose(self.count.suffices(bits, tenure, required), with, without)
        } else {
            without
        };
        word.wrapping_shr(bits.into()) & 1 != 0
    }
}

/// Required years, start of tenure.
pub(super) type Facts<'f> = (&'f [u8], &'f [i16]);

#[inline(always)]
fn choose(holds: u16, with: Word, without: Word) -> Word {
    (with & holds) | (without & !holds)
}

#[inline(always)]
fn tell<L: Lane>(
    codes: &mut [u8],
    bits: &[u16],
    sum: &[L],
    (required, tenure): Facts<'_>,
    table: &Table,
) {
    let telling = table.telling::<L>();
    let (no_sum, no_facts) = (L::default(), (0, 0));
    let each = codes.iter_mut().zip(bits);
    match table.asks() {
        (false, false) => each.for_each(|(code, bits)| {
            *code = telling.met::<false, false>(*bits, no_sum, no_facts).into();
        }),
        (true, false) => each.zip(sum).for_each(|((code, bits), sum)| {
            *code = telling.met::<true, false>(*bits, *sum, no_facts).into();
        }),
        (false, true) => {
            let each = each.zip(required).zip(tenure);
            each.for_each(|(((code, bits), required), tenure)| {
                *code = telling.met::<false, true>(*bits, no_sum, (*required, *tenure)).into();
            });
        }
        (true, true) => {
            let each = each.zip(sum).zip(required).zip(tenure);
            each.for_each(|((((code, bits), sum), required), tenure)| {
                *code = telling.met::<true, true>(*bits, *sum, (*required, *tenure)).into();
            });
        }
    }
}

passes! {
    /// The verdicts on bits and sums.
    fn verdicts[L: Lane](
        codes: &mut [u8], bits: &[u16], sum: &[L], facts: Facts<'_>, table: &Table,
    ) {
        tell(codes, bits, sum, facts, table);
    }

    /// The verdicts on columns.
    fn judge[L: Lane](codes: &mut [u8], ops: &[Op<'_, L>; 4], facts: Facts<'_>, table: &Table) {
        match (ops.iter().any(|op| op.is_split), table.asks()) {
            (false, (false, false)) => run::<L, false, false, false>(codes, ops, facts, table),
            (false, (false, true)) => run::<L, false, false, true>(codes, ops, facts, table),
            (false, (true, false)) => run::<L, false, true, false>(codes, ops, facts, table),
            (false, (true, true)) => run::<L, false, true, true>(codes, ops, facts, table),
            (true, (false, false)) => run::<L, true, false, false>(codes, ops, facts, table),
            (true, (false, true)) => run::<L, true, false, true>(codes, ops, facts, table),
            (true, (true, false)) => run::<L, true, true, false>(codes, ops, facts, table),
            (true, (true, true)) => run::<L, true, true, true>(codes, ops, facts, table),
        }
    }
}

#[inline(always)]
fn run<L: Lane, const SPLIT: bool, const SUMS: bool, const COUNTS: bool>(
    codes: &mut [u8],
    ops: &[Op<'_, L>; 4],
    (required, tenure): Facts<'_>,
    table: &Table,
) {
    let telling = table.telling();
    // Iterators side by side: no place is looked up, so none is checked.
    let [a, b, c, d] = ops.each_ref().map(|op| {
        let [p, i, g] = op.cells;
        p.iter().zip(i).zip(g)
    });
    let [op_a, op_b, op_c, op_d] = ops;
    let cells = a.zip(b).zip(c).zip(d);
    let facts = required.iter().zip(tenure);
    for ((code, (((a, b), c), d)), (required, tenure)) in codes.iter_mut().zip(cells).zip(facts) {
        let [a, b, c, d] = [a, b, c, d].map(|((p, i), g)| [*p, *i, *g]);
        let (holds_a, all_a) = op_a.judge::<SPLIT>(a);
        let (holds_b, all_b) = op_b.judge::<SPLIT>(b);
        let (holds_c, all_c) = op_c.judge::<SPLIT>(c);
        let (holds_d, all_d) = op_d.judge::<SPLIT>(d);
        let bits = (mask(holds_a) & op_a.bit)
            | (mask(holds_b) & op_b.bit)
            | (mask(holds_c) & op_c.bit)
            | (mask(holds_d) & op_d.bit);
        let sum = if SUMS { all_a.plus(all_b).plus(all_c).plus(all_d) } else { L::default() };
        *code = telling.met::<SUMS, COUNTS>(bits, sum, (*required, *tenure)).into();
    }
}
