//! How few hours change a year: make it compliant with a standard, or make it lose a share.

use super::evaluate::Bench;
use super::missing::Added;
use super::model::Guard;
use super::plan::{Known, Thresholds};
use crate::domain::category::CategorySet;

/// The strictest of some standards of a year, together.
pub(super) fn strictest(bench: &Bench<'_>, bit: u32, slots: &[usize]) -> Thresholds {
    let mut all = Thresholds::default();
    let pieces = slots.iter().filter_map(|slot| bench.plan.slots.get(*slot)?.piece(bit));
    for need in pieces.map(|piece| piece.need) {
        all.total = all.total.max(need.total);
        all.professional = all.professional.max(need.professional);
        all.public = all.public.max(need.public);
        all.industry = all.industry.max(need.industry);
        all.general = all.general.max(need.general);
        all.ratio = all.ratio.or(need.ratio);
    }
    all
}

/// The least that satisfies a standard under every split of unsplit hours. What may be of any
/// category is of `filler`: 0 professional, 1 industry, 2 general.
pub(super) fn lift(need: &Thresholds, have: [i64; 4], filler: usize) -> Added {
    let [professional, industry, general, unsplit] = have;
    let lacks = |need: i64, have: i64| (need - have).max(0);
    let public = industry + general + unsplit;
    let mut added = [
        lacks(need.professional, professional),
        lacks(need.industry, industry),
        lacks(need.general, general),
    ];
    let add = |added: &mut Added, category: usize, hundredths: i64| {
        if let Some(slot) = added.get_mut(category) {
            *slot += hundredths;
        }
    };
    let [_, i, g] = added;
    add(&mut added, filler.max(1), lacks(need.public, public + i + g));
    let mut filler = filler;
    if let Some(ratio) = need.ratio {
        // So much of the part for so much of the rest, rounded up to a hundredth.
        let rest = (ratio.denominator - ratio.numerator).max(1);
        let part_for = |other: i64| (ratio.numerator * other + rest - 1) / rest;
        let [p, i, g] = added;
        if ratio.of == CategorySet::Professional {
            filler = 0;
            add(&mut added, 0, lacks(part_for(public + i + g), professional + p));
        } else {
            filler = filler.max(1);
            add(&mut added, filler, lacks(part_for(professional + p), public + i + g));
        }
    }
    let sum: i64 = added.iter().sum();
    add(&mut added, filler, lacks(need.total, professional + public + sum));
    added
}

/// What makes a year lose a share that a guard looks at.
pub(super) fn spoils(bench: &Bench<'_>, known: Known, bit: u32) -> Option<Added> {
    let exceptions = bench.plan.requirements.iter().flat_map(|r| &r.exceptions);
    let mut guarded = exceptions.filter(|exception| match exception.when {
        Guard::Always => false,
        Guard::AnyIncomplete(n) | Guard::AllIncomplete(n) => {
            bench.plan.guarded(exception.window, n, known).has(bit)
        }
    });
    let slot = guarded.next()?.slot;
    let ratio = bench.plan.slots.get(slot)?.piece(bit)?.need.ratio?;
    let [professional, industry, general, unsplit] = bench.sheet.cell(bit).confirmed;
    let public = industry + general + unsplit;
    let rest = ratio.denominator - ratio.numerator;
    if ratio.of == CategorySet::Professional {
        let most = professional * rest / ratio.numerator;
        Some([0, 0, (most + 1 - public).max(0)])
    } else {
        let most = public * rest / ratio.numerator;
        Some([(most + 1 - professional).max(0), 0, 0])
    }
}
