//! How few hours change a year: make it compliant with a standard, or make it lose a share.

use super::additions::Added;
use crate::domain::category::CategorySet;
use crate::domain::policy::evaluate::context::Context;
use crate::domain::policy::notice::model::Guard;
use crate::domain::policy::plan::{KnownFacts, Thresholds};

/// The strictest of some standards of a year, together.
pub(super) fn strictest(context: &Context<'_>, bit: u32, slots: &[usize]) -> Thresholds {
    let mut all = Thresholds::default();
    let pieces = slots.iter().filter_map(|slot| context.plan.slots.get(*slot)?.piece(bit));
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

/// Hours that make a year compliant.
pub(super) struct TopUp {
    /// Of these categories.
    pub(super) fixed: Added,
    /// Of any.
    pub(super) free: i64,
}

/// The least that satisfies a standard under every split of unsplit hours. What may be either
/// public category is of `filler`: 1 industry, else general.
pub(super) fn top_up(need: &Thresholds, have: [i64; 4], filler: usize) -> TopUp {
    let [professional, industry, general, unsplit] = have;
    let lacks = |need: i64, have: i64| (need - have).max(0);
    let public = industry + general + unsplit;
    let mut p = lacks(need.professional, professional);
    let mut i = lacks(need.industry, industry);
    let mut g = lacks(need.general, general);
    let either = if filler == 1 { &mut i } else { &mut g };
    *either +=
        lacks(need.public, public + lacks(need.industry, industry) + lacks(need.general, general));
    let Some(ratio) = need.ratio else {
        let free = lacks(need.total, professional + public + p + i + g);
        return TopUp { fixed: [p, i, g], free };
    };
    // So much of the part for so much of the rest, rounded up to a hundredth; what the total lacks
    // is then of the part as well, or the share would be lost again.
    let rest = (ratio.denominator - ratio.numerator).max(1);
    let part_for = |other: i64| (ratio.numerator * other + rest - 1) / rest;
    if ratio.of == CategorySet::Professional {
        p += lacks(part_for(public + i + g), professional + p);
        if filler > 0 {
            // As little of the part as the total allows.
            let share = (ratio.numerator * need.total + ratio.denominator - 1) / ratio.denominator;
            p += lacks(share, professional + p);
            let more = lacks(need.total, professional + public + p + i + g);
            *(if filler == 1 { &mut i } else { &mut g }) += more;
        }
        p += lacks(need.total, professional + public + p + i + g);
    } else {
        let more = lacks(part_for(professional + p), public + i + g);
        let more = more + lacks(need.total, professional + public + p + i + g + more);
        *(if filler == 1 { &mut i } else { &mut g }) += more;
    }
    TopUp { fixed: [p, i, g], free: 0 }
}

/// What makes a year lose a share that a guard looks at.
pub(super) fn breaking_share(context: &Context<'_>, known: KnownFacts, bit: u32) -> Option<Added> {
    let exceptions = context.plan.requirements.iter().flat_map(|r| &r.exceptions);
    let mut guarded = exceptions.filter(|exception| match exception.when {
        Guard::Always => false,
        Guard::AnyIncomplete(n) | Guard::AllIncomplete(n) => {
            context.plan.guarded(exception.window, n, known).has(bit)
        }
    });
    let slot = guarded.next()?.slot;
    let ratio = context.plan.slots.get(slot)?.piece(bit)?.need.ratio?;
    let [professional, industry, general, unsplit] = context.hours.cell(bit).confirmed;
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
