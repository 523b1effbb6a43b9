//! Lanes: integers that passes run over, how a pass is dispatched for whichever vectors the
//! processor has, and the pass that reads the columns.
#![expect(
    clippy::inline_always,
    clippy::needless_bitwise_bool,
    reason = "a loop must be inlined into the function that is compiled for the vectors at hand, \
              and vectors have no branches"
)]

use pulp::Arch;

use super::input::Cells;

/// An integer that hours are added and compared in; addition saturates.
pub(super) trait Lane: Copy + Ord + Default + std::fmt::Debug {
    const MAX: Self;
    const BELOW_ALL: Self;
    fn plus(self, other: Self) -> Self;
    /// Saturates; a kernel chooses lanes in which its thresholds fit.
    fn of(units: i64) -> Self;
    fn widen(self) -> i64;
    /// One more, as a place; -1 gives 0.
    fn next(self) -> usize;
    /// The cells as lanes, converted into `own` where they are of another width.
    fn view<'v>(cells: Cells<'v>, own: &'v mut Vec<Self>) -> &'v [Self];
}

impl Lane for i16 {
    const MAX: i16 = i16::MAX;
    const BELOW_ALL: i16 = -1;
    #[inline(always)]
    fn next(self) -> usize {
        usize::try_from(self).map_or(0, |place| place + 1)
    }
    #[inline(always)]
    fn plus(self, other: i16) -> i16 {
        self.saturating_add(other)
    }
    fn of(units: i64) -> i16 {
        i16::try_from(units).unwrap_or(i16::MAX)
    }
    #[inline(always)]
    fn widen(self) -> i64 {
        self.into()
    }
    fn view<'v>(cells: Cells<'v>, own: &'v mut Vec<i16>) -> &'v [i16] {
        match cells {
            Cells::Narrow(cells) => cells,
            Cells::Wide(cells) => {
                own.clear();
                own.extend(cells.iter().map(|cell| i16::try_from(*cell).unwrap_or(i16::MAX)));
                own
            }
        }
    }
}

impl Lane for i32 {
    const MAX: i32 = i32::MAX;
    const BELOW_ALL: i32 = -1;
    #[inline(always)]
    fn next(self) -> usize {
        usize::try_from(self).map_or(0, |place| place + 1)
    }
    #[inline(always)]
    fn plus(self, other: i32) -> i32 {
        self.saturating_add(other)
    }
    fn of(units: i64) -> i32 {
        i32::try_from(units).unwrap_or(i32::MAX)
    }
    #[inline(always)]
    fn widen(self) -> i64 {
        self.into()
    }
    fn view<'v>(cells: Cells<'v>, own: &'v mut Vec<i32>) -> &'v [i32] {
        match cells {
            Cells::Wide(cells) => cells,
            Cells::Narrow(cells) => {
                own.clear();
                own.extend(cells.iter().map(|cell| i32::from(*cell)));
                own
            }
        }
    }
}

/// Defines passes over a block, generic or not: each an inlined loop, and the function that dispatches it.
macro_rules! passes {
    ($($(#[$doc:meta])* fn $name:ident [$($generic:tt)*] ($($arg:ident : $type:ty),* $(,)?) $body:block)*) => {$(
        $(#[$doc])*
        pub(super) fn $name<$($generic)*>(arch: Arch, $($arg: $type),*) {
            #[inline(always)]
            fn pass<$($generic)*>($($arg: $type),*) $body
            // Moved out, so that the closure can only be called once and is inlined itself.
            arch.dispatch(#[inline(always)] move || {
                let ($($arg,)*) = ($($arg,)*);
                pass($($arg),*);
            });
        }
    )*};
}

/// Every bit, or none.
#[inline(always)]
pub(super) fn mask(holds: bool) -> u16 {
    0u16.wrapping_sub(u16::from(holds))
}

/// People whose years are looked at together.
const CHUNK: usize = 256;

/// The standard of one year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op<'i, L> {
    pub(super) cells: [&'i [L]; 3],
    /// Total, professional, public, industry, general.
    pub(super) need: [L; 5],
    pub(super) bit: u16,
    /// Whether industry or general hours have a minimum of their own.
    pub(super) is_split: bool,
    /// Whether the hours belong to the sum.
    pub(super) adds: bool,
}

impl<'i, L: Lane> Op<'i, L> {
    /// The standard of no year.
    pub(super) fn none(zeros: &'i [L]) -> Op<'i, L> {
        Op { cells: [zeros; 3], need: [L::default(); 5], bit: 0, is_split: false, adds: false }
    }

    /// The cells of a chunk.
    #[inline(always)]
    fn chunk(&self, start: usize) -> [&[L]; 3] {
        self.cells
            .map(|column| column.get(start..column.len().min(start + CHUNK)).unwrap_or_default())
    }

    /// Whether somebody reaches the standard; and all their hours.
    #[inline(always)]
    pub(super) fn judge<const SPLIT: bool>(&self, [p, i, g]: [L; 3]) -> (bool, L) {
        let [total, professional, public, industry, general] = self.need;
        let q = i.plus(g);
        let all = p.plus(q);
        let mut holds = (all >= total) & (p >= professional) & (q >= public);
        if SPLIT {
            holds &= (i >= industry) & (g >= general);
        }
        (holds, all)
    }

    /// Sets the bit of those who reach the standard, and adds hours that belong to the sum.
    #[inline(always)]
    pub(super) fn apply(&self, bits: &mut [u16], sum: &mut [L], cells: [&[L]; 3]) {
        match (self.is_split, self.adds) {
            (false, true) => joint_and_sum((bits, sum), cells, self),
            (false, false) => joint(bits, cells, self),
            (true, adds) => {
                split(bits, cells, self);
                if adds {
                    add(sum, cells);
                }
            }
        }
    }
}

#[inline(always)]
fn split<L: Lane>(bits: &mut [u16], [p, i, g]: [&[L]; 3], op: &Op<'_, L>) {
    for (((bits, p), i), g) in bits.iter_mut().zip(p).zip(i).zip(g) {
        *bits |= mask(op.judge::<true>([*p, *i, *g]).0) & op.bit;
    }
}

#[inline(always)]
fn joint<L: Lane>(bits: &mut [u16], [p, i, g]: [&[L]; 3], op: &Op<'_, L>) {
    for (((bits, p), i), g) in bits.iter_mut().zip(p).zip(i).zip(g) {
        *bits |= mask(op.judge::<false>([*p, *i, *g]).0) & op.bit;
    }
}

/// The same, and the hours into a sum in one go.
#[inline(always)]
fn joint_and_sum<L: Lane>(
    (bits, sum): (&mut [u16], &mut [L]),
    [p, i, g]: [&[L]; 3],
    op: &Op<'_, L>,
) {
    for ((((bits, sum), p), i), g) in bits.iter_mut().zip(sum).zip(p).zip(i).zip(g) {
        let (holds, all) = op.judge::<false>([*p, *i, *g]);
        *bits |= mask(holds) & op.bit;
        *sum = sum.plus(all);
    }
}

#[inline(always)]
fn add<L: Lane>(sum: &mut [L], [p, i, g]: [&[L]; 3]) {
    for (((sum, p), i), g) in sum.iter_mut().zip(p).zip(i).zip(g) {
        *sum = sum.plus(p.plus(i.plus(*g)));
    }
}

passes! {
    /// Sets the bit of each year that reaches its standard, and adds up the hours of some years.
    ///
    /// A few people at a time, year after year: every column is read once, from front to back.
    fn years[L: Lane](bits: &mut [u16], sum: &mut [L], ops: &[Op<'_, L>]) {
        let chunks = bits.chunks_mut(CHUNK).zip(sum.chunks_mut(CHUNK)).enumerate();
        for (number, (bits, sum)) in chunks {
            bits.fill(0);
            sum.fill(L::default());
            for op in ops {
                op.apply(bits, sum, op.chunk(number * CHUNK));
            }
        }
    }
}

pub(super) use passes;
