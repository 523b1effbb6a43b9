//! Runs a compiled plan over one block of people, pass by pass.

use pulp::Arch;

use super::BLOCK;
use super::dial::Amount;
use super::ir::{Compare, Edge, Ir, Moving, Place, Span, SumTest, Tally, Test, YearOp};
use super::lanes::{self, Lane, Op};

/// A plan as passes over columns.
#[derive(Clone, Debug)]
pub struct Kernel {
    pub(super) ir: Ir,
}

/// A block of people: their cells by number, and their facts.
#[derive(Clone, Debug)]
pub(super) struct Inputs<'i, L> {
    pub(super) cells: Vec<&'i [L]>,
    pub(super) required: &'i [i16],
    pub(super) tenure: &'i [i16],
    /// At least as many as people.
    pub(super) zeros: &'i [L],
    /// [`Ir::two_sided`].
    pub(super) two_sided: bool,
}

impl<'i, L: Lane> Inputs<'i, L> {
    pub(super) fn of(&self, numbers: [Option<usize>; 3]) -> [&'i [L]; 3] {
        numbers.map(|number| {
            number.and_then(|number| self.cells.get(number)).copied().unwrap_or(self.zeros)
        })
    }
}

/// Which settlements are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Sure,
    Possible,
}

impl Side {
    fn of<T>(self, pair: &[T; 2]) -> &T {
        let [sure, possible] = pair;
        if self == Side::Sure { sure } else { possible }
    }

    const fn other(self) -> Side {
        match self {
            Side::Sure => Side::Possible,
            Side::Possible => Side::Sure,
        }
    }
}

/// What passes leave for each other.
#[derive(Debug)]
pub(super) struct Work<L> {
    pub(super) arch: Arch,
    /// Compliance on the hours.
    pub(super) bits: Vec<u16>,
    possible: Vec<u16>,
    from: Vec<i16>,
    to: Vec<i16>,
    count: Vec<i16>,
    /// The sum that was taken on the way.
    taken: Vec<L>,
    pub(super) professional: Vec<L>,
    pub(super) public: Vec<L>,
    /// The threshold of each person, where a dial turns.
    pub(super) dial: Vec<L>,
    masks: [Vec<u16>; 4],
}

impl<L: Lane> Work<L> {
    pub(super) fn new() -> Work<L> {
        let (bits, years, lanes) = (vec![0; BLOCK], vec![0; BLOCK], vec![L::default(); BLOCK]);
        Work {
            arch: Arch::new(),
            possible: bits.clone(),
            masks: [bits.clone(), bits.clone(), bits.clone(), bits.clone()],
            bits,
            from: years.clone(),
            to: years.clone(),
            count: years,
            taken: lanes.clone(),
            professional: lanes.clone(),
            public: lanes.clone(),
            dial: lanes,
        }
    }
}

impl Kernel {
    pub(super) fn new(ir: Ir) -> Kernel {
        Kernel { ir }
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
        self.years(inputs, work);
        self.verdicts(inputs, work, to);
    }

    /// Which years are compliant on their hours, without what a dial turns.
    pub(super) fn years<L: Lane>(&self, inputs: &Inputs<'_, L>, work: &mut Work<L>) {
        let arch = work.arch;
        let ops: Vec<Op<'_, L>> = self.ir.years.iter().map(|op| of_year(op, inputs)).collect();
        lanes::years(arch, &mut work.bits, &mut work.taken, &ops);
        for op in &self.ir.years {
            if let Some((of_professional, numerator, denominator)) = op.ratio {
                let (cells, ratio) = (inputs.of(op.cells), (numerator, denominator));
                lanes::share(arch, &mut work.bits, cells, of_professional, ratio, op.bit);
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
        if !self.ir.two_sided {
            let sure = self.holds(inputs, work, Side::Sure);
            lanes::met(arch, to, &sure);
            give_back(work, sure);
            return;
        }
        lanes::with_bits(arch, &mut work.possible, &work.bits, self.ir.open);
        let sure = self.holds(inputs, work, Side::Sure);
        let possible = self.holds(inputs, work, Side::Possible);
        lanes::met_or_open(arch, to, &sure, &possible);
        give_back(work, possible);
        give_back(work, sure);
    }

    /// Who satisfies every requirement.
    fn holds<L: Lane>(&self, inputs: &Inputs<'_, L>, work: &mut Work<L>, side: Side) -> Vec<u16> {
        let arch = work.arch;
        let mut all = take(work);
        for ways in &self.ir.requirements {
            let mut ways = ways.iter();
            let ordinary = ways.next().into_iter().flatten();
            if ways.len() == 0 {
                ordinary.for_each(|test| keep(test, inputs, work, side, &mut all));
                continue;
            }
            let mut either = take(work);
            ordinary.for_each(|test| keep(test, inputs, work, side, &mut either));
            for way in ways {
                let mut one = take(work);
                for test in way {
                    keep(test, inputs, work, side, &mut one);
                }
                lanes::or(arch, &mut either, &one);
                give_back(work, one);
            }
            lanes::and(arch, &mut all, &either);
            give_back(work, either);
        }
        all
    }
}

fn of_year<'i, L: Lane>(op: &YearOp, inputs: &Inputs<'i, L>) -> Op<'i, L> {
    let [_, _, _, industry, general] = op.need;
    let mut cells = inputs.of(op.cells);
    if let ([0, professional, 0, 0, 0], false) = (op.need, op.adds) {
        // Public hours decide nothing: they need not be read.
        let [p, _, _] = cells;
        cells = [if professional > 0 { p } else { inputs.zeros }, inputs.zeros, inputs.zeros];
    }
    Op {
        cells,
        need: op.need.map(L::of),
        bit: op.bit,
        is_split: industry > 0 || general > 0,
        adds: op.adds,
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

/// Keeps in `acc` those for whom a test holds.
fn keep<L: Lane>(
    test: &Test,
    inputs: &Inputs<'_, L>,
    work: &mut Work<L>,
    side: Side,
    acc: &mut [u16],
) {
    match test {
        Test::Tally(tally) => keep_tally(tally, inputs, work, side, acc),
        Test::Sum(sum) => keep_sum(sum, inputs, work, acc),
    }
}

fn keep_tally<L: Lane>(
    tally: &Tally,
    inputs: &Inputs<'_, L>,
    work: &mut Work<L>,
    side: Side,
    acc: &mut [u16],
) {
    let arch = work.arch;
    // Where nothing is open, both sides look at the same bits.
    let side = if tally.flipped && inputs.two_sided { side.other() } else { side };
    let flip = if tally.incomplete { u16::MAX } else { 0 };
    let of_bits =
        std::mem::take(if side == Side::Sure { &mut work.bits } else { &mut work.possible });
    let bits = &of_bits;
    match &tally.span {
        Span::Fixed { mask, constant } => {
            let constant = *side.of(constant);
            // None of the counted bits, or some of them, need no count.
            match tally.compare {
                Compare::None if constant > 0 => acc.fill(0),
                Compare::Some if constant > 0 => {}
                Compare::None => lanes::all_of(arch, acc, bits, *mask, !flip),
                Compare::Some => lanes::not_all_of(arch, acc, bits, *mask, !flip),
                Compare::AtLeast(_) | Compare::AtLeastRequired => {
                    lanes::count(arch, &mut work.count, bits, *mask, constant);
                    compare(tally.compare, inputs, work, acc);
                }
            }
        }
        Span::Moving { window, years, runs } => {
            if keep_enough_from(tally, inputs, work, side, bits, acc) {
                *(if side == Side::Sure { &mut work.bits } else { &mut work.possible }) = of_bits;
                return;
            }
            ends(*window, inputs, work);
            work.count.fill(0);
            for run in side.of(runs) {
                lanes::count_run(arch, &mut work.count, &work.from, &work.to, *run);
            }
            for four in years.chunks(4) {
                let mut chunk = [(0, 0); 4];
                chunk.iter_mut().zip(four).for_each(|(year, given)| *year = *given);
                lanes::count_in(arch, &mut work.count, bits, &work.from, &work.to, chunk, flip);
            }
            compare(tally.compare, inputs, work, acc);
        }
    }
    *(if side == Side::Sure { &mut work.bits } else { &mut work.possible }) = of_bits;
}

/// The usual count: from a year of each person's own on, of few years and one run.
fn keep_enough_from<L: Lane>(
    tally: &Tally,
    inputs: &Inputs<'_, L>,
    work: &mut Work<L>,
    side: Side,
    bits: &[u16],
    acc: &mut [u16],
) -> bool {
    let arch = work.arch;
    let Span::Moving { window: Moving { from, to: Edge::Fixed(to), first: None }, years, runs } =
        &tally.span
    else {
        return false;
    };
    let run = match side.of(runs).as_slice() {
        [] => (0, -1),
        [(from, until)] => (*from, *until.min(to)),
        _ => return false,
    };
    let mut few = [(0, 0); 4];
    let mut within = years.iter().filter(|(year, _)| year <= to);
    few.iter_mut().zip(&mut within).for_each(|(year, given)| *year = *given);
    if within.next().is_some() || tally.incomplete {
        return false;
    }
    let from = if *from == Edge::Tenure(0) {
        inputs.tenure
    } else {
        edge(*from, inputs, arch, &mut work.from);
        &work.from
    };
    let need = match tally.compare {
        Compare::AtLeastRequired => inputs.required,
        Compare::AtLeast(need) => {
            work.count.fill(need);
            &work.count
        }
        Compare::None | Compare::Some => return false,
    };
    lanes::enough_from(arch, acc, bits, from, need, run, few);
    true
}

fn compare<L: Lane>(compare: Compare, inputs: &Inputs<'_, L>, work: &mut Work<L>, acc: &mut [u16]) {
    let (arch, count) = (work.arch, &mut work.count);
    match compare {
        Compare::AtLeast(need) => lanes::at_least(arch, acc, count, need),
        Compare::AtLeastRequired => lanes::at_least_each(arch, acc, count, inputs.required),
        Compare::Some => lanes::at_least(arch, acc, count, 1),
        Compare::None => lanes::is_zero(arch, acc, count),
    }
}

/// The ends of each person's window.
fn ends<L: Lane>(window: Moving, inputs: &Inputs<'_, L>, work: &mut Work<L>) {
    let arch = work.arch;
    edge(window.from, inputs, arch, &mut work.from);
    edge(window.to, inputs, arch, &mut work.to);
    if let Some(first) = window.first {
        lanes::shortened(arch, &mut work.to, &work.from, first.saturating_sub(1));
    }
}

fn edge<L: Lane>(edge: Edge, inputs: &Inputs<'_, L>, arch: Arch, to: &mut [i16]) {
    match edge {
        Edge::Fixed(year) => to.fill(year),
        Edge::Tenure(offset) => lanes::moved(arch, to, inputs.tenure, offset),
        Edge::Required(declaring, offset) => {
            lanes::moved_back(arch, to, inputs.required, declaring, offset);
        }
    }
}

fn keep_sum<L: Lane>(test: &SumTest, inputs: &Inputs<'_, L>, work: &mut Work<L>, acc: &mut [u16]) {
    let arch = work.arch;
    let [total, professional, public] = test.need;
    if let (true, Some(total)) = (test.is_taken, total) {
        lanes::reaches(arch, acc, &work.taken, L::of(total));
        return;
    }
    work.professional.fill(L::default());
    if test.moving.is_none() && professional.or(public).is_none() && test.dialled.is_none() {
        let Some(total) = total else { return };
        for (_, cells) in &test.years {
            lanes::add_total(arch, &mut work.professional, inputs.of(*cells));
        }
        lanes::reaches(arch, acc, &work.professional, L::of(total));
        return;
    }
    sum(test, inputs, work);
    for (sum, need) in [(&work.professional, professional), (&work.public, public)] {
        if let Some(need) = need {
            lanes::reaches(arch, acc, sum, L::of(need));
        }
    }
    match test.dialled {
        Some(Amount::Professional) => {
            lanes::reaches_each(arch, acc, &work.professional, &work.dial);
        }
        Some(Amount::Public) => lanes::reaches_each(arch, acc, &work.public, &work.dial),
        Some(_) | None => {}
    }
    lanes::plus(arch, &mut work.professional, &work.public);
    if let Some(total) = total {
        lanes::reaches(arch, acc, &work.professional, L::of(total));
    }
    if test.dialled == Some(Amount::Total) {
        lanes::reaches_each(arch, acc, &work.professional, &work.dial);
    }
}

/// Professional and public sums of a window.
pub(super) fn sum<L: Lane>(test: &SumTest, inputs: &Inputs<'_, L>, work: &mut Work<L>) {
    let arch = work.arch;
    work.professional.fill(L::default());
    work.public.fill(L::default());
    if let Some(window) = test.moving {
        ends(window, inputs, work);
    }
    for (year, cells) in &test.years {
        let sums = (&mut *work.professional, &mut *work.public);
        let cells = inputs.of(*cells);
        if test.moving.is_some() {
            lanes::add_in(arch, sums, cells, (&work.from, &work.to), *year);
        } else {
            lanes::add(arch, sums, cells);
        }
    }
}
