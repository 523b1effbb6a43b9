//! A plan in terms of columns and bits: what the passes of a block are told to do.

use super::dial::Amount;

/// A column of the input: its place in [`super::Columns::years`], and the category.
pub(super) type Place = (usize, usize);

/// The standard of one year, which becomes one bit.
#[derive(Clone, Debug)]
pub(super) struct YearOp {
    pub(super) bit: u16,
    /// Professional, industry, general; by number in [`Ir::places`].
    pub(super) cells: [Option<usize>; 3],
    /// Units: total, professional, public, industry, general; 0 = nothing asked.
    pub(super) need: [i64; 5],
    /// Whether professional hours, the numerator and the denominator of a share.
    pub(super) ratio: Option<(bool, i64, i64)>,
    /// What the dial turns here, if anything: its place in `need` is 0.
    pub(super) dialled: Option<Amount>,
    /// Whether its hours belong to the sum that is taken on the way.
    pub(super) adds: bool,
}

/// An end of a window that facts move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    Fixed(i16),
    Tenure(i16),
    /// The declaring year moved by the offset, less the required years.
    Required(i16, i16),
}

/// A window that facts move; `first` keeps that many of its first years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moving {
    pub(super) from: Edge,
    pub(super) to: Edge,
    pub(super) first: Option<i16>,
}

/// Which years of a window are counted.
#[derive(Clone, Debug)]
pub(super) enum Span {
    /// These bits, and so many years that hours do not decide, by side.
    Fixed { mask: u16, constant: [i16; 2] },
    /// The bits and the runs of years, by side, that lie in the window of each person.
    Moving { window: Moving, years: Vec<(i16, u16)>, runs: [Vec<(i16, i16)>; 2] },
}

/// Counts years, and compares the count.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub(super) span: Span,
    /// Incomplete years are counted instead of complete ones.
    pub(super) incomplete: bool,
    /// What is certain of the count is possible of the test, and the other way round.
    pub(super) flipped: bool,
    pub(super) compare: Compare,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    AtLeast(i16),
    AtLeastRequired,
    None,
    Some,
}

/// Sums hours, and compares the sums.
#[derive(Clone, Debug)]
pub(super) struct SumTest {
    /// For each year: the year, and its columns.
    pub(super) years: Vec<(i16, [Option<usize>; 3])>,
    /// Where facts move the window.
    pub(super) moving: Option<Moving>,
    /// Units: total, professional, public.
    pub(super) need: [Option<i64>; 3],
    pub(super) dialled: Option<Amount>,
    /// Whether it was taken on the way, while the years were looked at.
    pub(super) is_taken: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Test {
    Tally(Tally),
    Sum(SumTest),
}

/// A requirement: one of the ways, all tests of it.
pub(super) type Ways = Vec<Vec<Test>>;

/// A plan in terms of columns and bits.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent properties of a plan")]
pub(super) struct Ir {
    pub(super) places: Vec<Place>,
    /// The columns of a year, by its bit in the frame.
    pub(super) numbers: Vec<(u32, [Option<usize>; 3])>,
    pub(super) years: Vec<YearOp>,
    /// Bits that may come to hold although the hours do not suffice.
    pub(super) open: u16,
    /// Whether what is possible can differ from what is certain.
    pub(super) two_sided: bool,
    pub(super) requirements: Vec<Ways>,
    pub(super) reads: (bool, bool),
    /// Whether some threshold needs 32 bits.
    pub(super) wide: bool,
    /// Whether bounds are exact; else an open verdict is settled person by person.
    pub(super) monotone: bool,
    /// Whether the split of public hours can decide.
    pub(super) needs_split: bool,
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
