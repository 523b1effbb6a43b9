//! The passes: loops over a block of people without branches.
#![expect(clippy::needless_bitwise_bool, reason = "vectors have no branches")]

use pulp::Arch;

use super::lanes::{Lane, mask, passes};

passes! {
    /// Clears a bit where the share is missed.
    fn share[L: Lane](
        bits: &mut [u16], cells: [&[L]; 3], of_professional: bool, ratio: (i64, i64), bit: u16,
    ) {
        let [p, i, g] = cells;
        let (numerator, denominator) = ratio;
        for (((bits, p), i), g) in bits.iter_mut().zip(p).zip(i).zip(g) {
            let q = i.widen() + g.widen();
            let p = p.widen();
            let part = if of_professional { p } else { q };
            let holds = part * denominator >= numerator * (p + q);
            *bits &= !(mask(!holds) & bit);
        }
    }

    /// Clears the bit of each of four values that stays below a threshold of each person's own.
    fn below[L: Lane](
        bits: &mut [u16], of: &[u16], threshold: &[L], values: [(&[L], u16); 4],
    ) {
        let [(a, bit_a), (b, bit_b), (c, bit_c), (d, bit_d)] = values;
        let values = a.iter().zip(b).zip(c).zip(d);
        let bits = bits.iter_mut().zip(of);
        for (((bits, of), threshold), (((a, b), c), d)) in bits.zip(threshold).zip(values) {
            let clear = (mask(a < threshold) & bit_a)
                | (mask(b < threshold) & bit_b)
                | (mask(c < threshold) & bit_c)
                | (mask(d < threshold) & bit_d);
            *bits = of & !clear;
        }
    }

    /// Clears some bits of everybody.
    fn without_bits[](bits: &mut [u16], of: &[u16], clear: u16) {
        for (bits, of) in bits.iter_mut().zip(of) {
            *bits = of & !clear;
        }
    }

    /// Keeps those that have every bit of `years`, or with `flip` none of them.
    fn all_of[](acc: &mut [u16], bits: &[u16], years: u16, flip: u16) {
        for (acc, bits) in acc.iter_mut().zip(bits) {
            *acc &= mask((bits ^ flip) & years == years);
        }
    }

    /// Keeps those that lack one of `years`, or with `flip` have one.
    fn not_all_of[](acc: &mut [u16], bits: &[u16], years: u16, flip: u16) {
        for (acc, bits) in acc.iter_mut().zip(bits) {
            *acc &= mask((bits ^ flip) & years != years);
        }
    }

    /// Counts the bits of `years`, on top of a constant.
    fn count[](count: &mut [i16], bits: &[u16], years: u16, constant: i16) {
        for (count, bits) in count.iter_mut().zip(bits) {
            // Of 16 bits at most 16 are set.
            let ones = (bits & years).count_ones();
            *count = constant.saturating_add(i16::try_from(ones).unwrap_or(16));
        }
    }

    /// Counts, on top, up to four years that lie in the window and have their bit.
    fn count_in[](
        count: &mut [i16], bits: &[u16], from: &[i16], to: &[i16],
        years: [(i16, u16); 4], flip: u16,
    ) {
        for (((count, bits), from), to) in count.iter_mut().zip(bits).zip(from).zip(to) {
            for (year, bit) in years {
                let counts = (*from <= year) & (year <= *to) & ((bits ^ flip) & bit != 0);
                *count += i16::from(counts);
            }
        }
    }

    /// Counts, on top, the years of a run that lie in the window.
    fn count_run[](count: &mut [i16], from: &[i16], to: &[i16], run: (i16, i16)) {
        for ((count, from), to) in count.iter_mut().zip(from).zip(to) {
            let years = (*to).min(run.1).saturating_sub((*from).max(run.0)).saturating_add(1);
            *count += years.max(0);
        }
    }

    /// Keeps those with enough years from one of their own on: of a run, and of up to four that have
    /// their bit.
    fn enough_from[](
        acc: &mut [u16], bits: &[u16], from: &[i16], need: &[u8], run: (i16, i16),
        years: [(i16, u16); 4],
    ) {
        for (((acc, bits), from), need) in acc.iter_mut().zip(bits).zip(from).zip(need) {
            let mut count = run.1.saturating_sub((*from).max(run.0)).saturating_add(1).max(0);
            for (year, bit) in years {
                count += i16::from((*from <= year) & (bits & bit != 0));
            }
            *acc &= mask(count >= i16::from(*need));
        }
    }

    /// Keeps those with a count of at least `need`.
    fn at_least[](acc: &mut [u16], count: &[i16], need: i16) {
        for (acc, count) in acc.iter_mut().zip(count) {
            *acc &= mask(*count >= need);
        }
    }

    /// Keeps those with a count of at least what is required of each.
    fn at_least_each[](acc: &mut [u16], count: &[i16], need: &[u8]) {
        for ((acc, count), need) in acc.iter_mut().zip(count).zip(need) {
            *acc &= mask(*count >= i16::from(*need));
        }
    }

    /// Keeps those whose count is zero.
    fn is_zero[](acc: &mut [u16], count: &[i16]) {
        for (acc, count) in acc.iter_mut().zip(count) {
            *acc &= mask(*count == 0);
        }
    }

    /// Adds the hours of a year to professional and public sums.
    fn add[L: Lane](sums: (&mut [L], &mut [L]), cells: [&[L]; 3]) {
        let [p, i, g] = cells;
        for ((((sp, sq), p), i), g) in sums.0.iter_mut().zip(sums.1).zip(p).zip(i).zip(g) {
            *sp = sp.plus(*p);
            *sq = sq.plus(i.plus(*g));
        }
    }

    /// The same for a year that the window of a person may leave out.
    fn add_in[L: Lane](
        sums: (&mut [L], &mut [L]), cells: [&[L]; 3], window: (&[i16], &[i16]), year: i16,
    ) {
        let [p, i, g] = cells;
        let windows = window.0.iter().zip(window.1);
        for (((((sp, sq), p), i), g), (from, to)) in
            sums.0.iter_mut().zip(sums.1).zip(p).zip(i).zip(g).zip(windows)
        {
            let inside = (*from <= year) & (year <= *to);
            // Nothing is negative: nothing of it is at most none.
            let most = if inside { L::MAX } else { L::default() };
            *sp = sp.plus((*p).min(most));
            *sq = sq.plus(i.plus(*g).min(most));
        }
    }

    /// Adds every hour of a year to a sum.
    fn add_total[L: Lane](sum: &mut [L], cells: [&[L]; 3]) {
        let [p, i, g] = cells;
        for (((sum, p), i), g) in sum.iter_mut().zip(p).zip(i).zip(g) {
            *sum = sum.plus(p.plus(i.plus(*g)));
        }
    }

    /// One sum plus another.
    fn plus[L: Lane](sum: &mut [L], other: &[L]) {
        for (sum, other) in sum.iter_mut().zip(other) {
            *sum = sum.plus(*other);
        }
    }

    /// Keeps those who reach a sum.
    fn reaches[L: Lane](acc: &mut [u16], sum: &[L], need: L) {
        for (acc, sum) in acc.iter_mut().zip(sum) {
            *acc &= mask(*sum >= need);
        }
    }

    /// Keeps those who reach a sum of their own; nobody reaches the largest of all.
    fn reaches_each[L: Lane](acc: &mut [u16], sum: &[L], need: &[L]) {
        for ((acc, sum), need) in acc.iter_mut().zip(sum).zip(need) {
            *acc &= mask((*sum >= *need) & (*need < L::MAX));
        }
    }

    /// Puts the smaller of two values first.
    fn order[L: Lane](low: &mut [L], high: &mut [L]) {
        for (low, high) in low.iter_mut().zip(high) {
            (*low, *high) = ((*low).min(*high), (*low).max(*high));
        }
    }

    /// One category, not beyond `most`.
    fn value_of[L: Lane](value: &mut [L], cells: &[L], most: L) {
        for (value, cell) in value.iter_mut().zip(cells) {
            *value = (*cell).min(most);
        }
    }

    /// The sum of three columns, not beyond `most`.
    fn value_of_all[L: Lane](value: &mut [L], cells: [&[L]; 3], most: L) {
        let [p, i, g] = cells;
        for (((value, p), i), g) in value.iter_mut().zip(p).zip(i).zip(g) {
            *value = p.plus(i.plus(*g)).min(most);
        }
    }

    /// The last threshold so far at which the verdict is met; thresholds ascend.
    fn last_met[L: Lane](last: &mut [L], codes: &[u8], threshold: &[L]) {
        for ((last, code), threshold) in last.iter_mut().zip(codes).zip(threshold) {
            // A choice between constants only, or the compiler makes a branch of it.
            let most = if *code == super::MET { L::MAX } else { L::BELOW_ALL };
            *last = (*last).max((*threshold).min(most));
        }
    }

    /// Adds those of another way.
    fn or[](acc: &mut [u16], way: &[u16]) {
        for (acc, way) in acc.iter_mut().zip(way) {
            *acc |= way;
        }
    }

    /// Keeps those of both.
    fn and[](acc: &mut [u16], way: &[u16]) {
        for (acc, way) in acc.iter_mut().zip(way) {
            *acc &= way;
        }
    }

    /// Bits, with some set for everybody.
    fn with_bits[](bits: &mut [u16], of: &[u16], open: u16) {
        for (bits, of) in bits.iter_mut().zip(of) {
            *bits = of | open;
        }
    }

    /// The ends of windows that facts move: a fact, or what is left of `of` without it, moved.
    fn moved[](edge: &mut [i16], fact: &[i16], offset: i16) {
        for (edge, fact) in edge.iter_mut().zip(fact) {
            *edge = fact.saturating_add(offset);
        }
    }

    /// A year less the required ones, moved.
    fn moved_back[](edge: &mut [i16], required: &[u8], declaring: i16, offset: i16) {
        for (edge, required) in edge.iter_mut().zip(required) {
            *edge = declaring.saturating_sub(i16::from(*required)).saturating_add(offset);
        }
    }

    /// The end of a window that keeps only some of its first years.
    fn shortened[](to: &mut [i16], from: &[i16], more: i16) {
        for (to, from) in to.iter_mut().zip(from) {
            *to = (*to).min(from.saturating_add(more));
        }
    }

    /// Verdicts of what is certain.
    fn met[](codes: &mut [u8], sure: &[u16]) {
        for (code, sure) in codes.iter_mut().zip(sure) {
            *code = u8::from(*sure != 0);
        }
    }

    /// Verdicts of what is certain and what is possible.
    fn met_or_open[](codes: &mut [u8], sure: &[u16], possible: &[u16]) {
        for ((code, sure), possible) in codes.iter_mut().zip(sure).zip(possible) {
            let open = if *possible != 0 { super::INDETERMINATE } else { super::NOT_MET };
            *code = if *sure != 0 { super::MET } else { open };
        }
    }

    /// The verdict of those without a profile.
    fn constant_but[](codes: &mut [u8], profiles: &[u8], profile: u8, verdict: u8) {
        for (code, of) in codes.iter_mut().zip(profiles) {
            // Without a choice, or the compiler makes a branch of it.
            let theirs = 0u8.wrapping_sub(u8::from(*of == profile));
            *code = (*code & theirs) | (verdict & !theirs);
        }
    }

    /// The verdicts of those with a profile.
    fn verdicts_of[](codes: &mut [u8], profiles: &[u8], profile: u8, verdicts: &[u8]) {
        for ((code, of), verdict) in codes.iter_mut().zip(profiles).zip(verdicts) {
            let theirs = 0u8.wrapping_sub(u8::from(*of == profile));
            *code = (verdict & theirs) | (*code & !theirs);
        }
    }
}
