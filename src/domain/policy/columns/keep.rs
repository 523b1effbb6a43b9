//! The tests of a requirement over a block: who passes them.

use pulp::Arch;

use super::dial::Amount;
use super::ir::{Compare, Edge, Moving, Span, SumTest, Tally, Test};
use super::lanes::Lane;
use super::passes;
use super::work::{Inputs, Side, Work};

/// Keeps in `acc` those for whom a test holds.
pub(super) fn keep<L: Lane>(
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
    // Where nothing is open, both sides look at the same bits.
    let side = if tally.flipped && inputs.two_sided { side.other() } else { side };
    let bits = std::mem::take(work.bits_of(side));
    match &tally.span {
        Span::Fixed { mask, constant } => {
            let constant = *side.of(constant);
            keep_fixed(tally, (*mask, constant), inputs, work, &bits, acc);
        }
        Span::Moving { window, years, runs } => {
            let runs = side.of(runs);
            if !keep_enough_from(tally, runs, inputs, work, &bits, acc) {
                count_moving(tally, *window, (years, runs), inputs, work, &bits);
                compare(tally.compare, inputs, work, acc);
            }
        }
    }
    *work.bits_of(side) = bits;
}

/// Years from one to another.
type Run = (i16, i16);

fn keep_fixed<L: Lane>(
    tally: &Tally,
    (mask, constant): (u16, i16),
    inputs: &Inputs<'_, L>,
    work: &mut Work<L>,
    bits: &[u16],
    acc: &mut [u16],
) {
    let arch = work.arch;
    // None of the bits, or some of them, need no count.
    let flip = if tally.incomplete { 0 } else { u16::MAX };
    match tally.compare {
        Compare::None if constant > 0 => acc.fill(0),
        Compare::Some if constant > 0 => {}
        Compare::None => passes::all_of(arch, acc, bits, mask, flip),
        Compare::Some => passes::not_all_of(arch, acc, bits, mask, flip),
        Compare::AtLeast(_) | Compare::AtLeastRequired => {
            passes::count(arch, &mut work.count, bits, mask, constant);
            compare(tally.compare, inputs, work, acc);
        }
    }
}

fn count_moving<L: Lane>(
    tally: &Tally,
    window: Moving,
    (years, runs): (&[(i16, u16)], &[Run]),
    inputs: &Inputs<'_, L>,
    work: &mut Work<L>,
    bits: &[u16],
) {
    let arch = work.arch;
    ends(window, inputs, work);
    work.count.fill(0);
    for run in runs {
        passes::count_run(arch, &mut work.count, &work.from, &work.to, *run);
    }
    let flip = if tally.incomplete { u16::MAX } else { 0 };
    for few in years.chunks(4) {
        let mut four = [(0, 0); 4];
        four.iter_mut().zip(few).for_each(|(year, given)| *year = *given);
        passes::count_in(arch, &mut work.count, bits, &work.from, &work.to, four, flip);
    }
}

/// The usual count: from a year of each person's own on, of few years and one run.
fn keep_enough_from<L: Lane>(
    tally: &Tally,
    runs: &[Run],
    inputs: &Inputs<'_, L>,
    work: &mut Work<L>,
    bits: &[u16],
    acc: &mut [u16],
) -> bool {
    let arch = work.arch;
    // A fixed end leaves no years beyond it.
    let Span::Moving { window: Moving { from, to: Edge::Fixed(_), first: None }, years, .. } =
        &tally.span
    else {
        return false;
    };
    let run = match runs {
        [] => (0, -1),
        [run] => *run,
        _ => return false,
    };
    let mut few = [(0, 0); 4];
    if years.len() > few.len() || tally.incomplete {
        return false;
    }
    few.iter_mut().zip(years).for_each(|(year, given)| *year = *given);
    let from = if *from == Edge::Tenure(0) {
        inputs.tenure
    } else {
        edge(*from, inputs, arch, &mut work.from);
        &work.from
    };
    let need = match tally.compare {
        Compare::AtLeastRequired => inputs.required,
        Compare::AtLeast(_) | Compare::None | Compare::Some => return false,
    };
    passes::enough_from(arch, acc, bits, from, need, run, few);
    true
}

fn compare<L: Lane>(compare: Compare, inputs: &Inputs<'_, L>, work: &mut Work<L>, acc: &mut [u16]) {
    let (arch, count) = (work.arch, &mut work.count);
    match compare {
        Compare::AtLeast(need) => passes::at_least(arch, acc, count, need),
        Compare::AtLeastRequired => passes::at_least_each(arch, acc, count, inputs.required),
        Compare::Some => passes::at_least(arch, acc, count, 1),
        Compare::None => passes::is_zero(arch, acc, count),
    }
}

/// The ends of each person's window.
fn ends<L: Lane>(window: Moving, inputs: &Inputs<'_, L>, work: &mut Work<L>) {
    let arch = work.arch;
    edge(window.from, inputs, arch, &mut work.from);
    edge(window.to, inputs, arch, &mut work.to);
    if let Some(first) = window.first {
        passes::shortened(arch, &mut work.to, &work.from, first.saturating_sub(1));
    }
}

fn edge<L: Lane>(edge: Edge, inputs: &Inputs<'_, L>, arch: Arch, to: &mut [i16]) {
    match edge {
        Edge::Fixed(year) => to.fill(year),
        Edge::Tenure(offset) => passes::moved(arch, to, inputs.tenure, offset),
        Edge::Required(declaring, offset) => {
            passes::moved_back(arch, to, inputs.required, declaring, offset);
        }
    }
}

fn keep_sum<L: Lane>(test: &SumTest, inputs: &Inputs<'_, L>, work: &mut Work<L>, acc: &mut [u16]) {
    let arch = work.arch;
    let [total, professional, public] = test.need;
    if let (true, Some(total)) = (test.is_taken, total) {
        passes::reaches(arch, acc, &work.taken, L::of(total));
        return;
    }
    work.professional.fill(L::default());
    if test.moving.is_none() && professional.or(public).is_none() && test.dialled.is_none() {
        let Some(total) = total else { return };
        for (_, cells) in &test.years {
            passes::add_total(arch, &mut work.professional, inputs.of(*cells));
        }
        passes::reaches(arch, acc, &work.professional, L::of(total));
        return;
    }
    sum(test, inputs, work);
    for (sum, need) in [(&work.professional, professional), (&work.public, public)] {
        if let Some(need) = need {
            passes::reaches(arch, acc, sum, L::of(need));
        }
    }
    match test.dialled {
        Some(Amount::Professional) => {
            passes::reaches_each(arch, acc, &work.professional, &work.dial);
        }
        Some(Amount::Public) => passes::reaches_each(arch, acc, &work.public, &work.dial),
        Some(_) | None => {}
    }
    passes::plus(arch, &mut work.professional, &work.public);
    if let Some(total) = total {
        passes::reaches(arch, acc, &work.professional, L::of(total));
    }
    if test.dialled == Some(Amount::Total) {
        passes::reaches_each(arch, acc, &work.professional, &work.dial);
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
            passes::add_in(arch, sums, cells, (&work.from, &work.to), *year);
        } else {
            passes::add(arch, sums, cells);
        }
    }
}
