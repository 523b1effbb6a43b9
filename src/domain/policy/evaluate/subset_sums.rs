//! Sums of subsets, as a set of bits: which totals some choice among many records can reach.
//!
//! Sums saturate: the last bit stands for "that much or more". With the cap above every threshold
//! nothing that is compared is lost, and two hundred open records cost a few microseconds.

/// The reachable sums `0..=cap`; `cap` itself means `cap` or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    words: Vec<u64>,
    cap: usize,
}

impl Sums {
    /// Nothing reachable.
    pub fn none(cap: usize) -> Sums {
        Sums { words: vec![0; cap / 64 + 1], cap }
    }

    /// `start` alone, then with any subset of `items` added.
    pub fn of(start: i64, items: impl IntoIterator<Item = i64>, cap: usize) -> Sums {
        let mut sums = Sums::none(cap);
        sums.insert(amount(start).min(cap));
        for item in items {
            sums.offer(item);
        }
        sums
    }

    fn insert(&mut self, sum: usize) {
        if let Some(word) = self.words.get_mut(sum / 64) {
            *word |= 1 << (sum % 64);
        }
    }

    /// Each sum may now also have `item` added.
    pub fn offer(&mut self, item: i64) {
        let by = amount(item).min(self.cap);
        let saturates = self.highest(self.cap - by, self.cap).is_some();
        let (skip, shift) = (by / 64, by % 64);
        // From the top down, so that every word is read before it is written.
        for at in (skip..self.words.len()).rev() {
            let from =
                |at: Option<usize>| at.and_then(|at| self.words.get(at)).copied().unwrap_or(0);
            let low = from(Some(at - skip));
            let below = from((at - skip).checked_sub(1));
            let carried = if shift == 0 { 0 } else { below >> (64 - shift) };
            if let Some(word) = self.words.get_mut(at) {
                *word |= low << shift | carried;
            }
        }
        self.trim();
        if saturates {
            self.insert(self.cap);
        }
    }

    /// Everything that is in either.
    pub fn unite(&mut self, other: &Sums) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Every sum with `by` added.
    #[must_use]
    pub fn shifted(&self, by: usize) -> Sums {
        let by = by.min(self.cap);
        let (skip, shift) = (by / 64, by % 64);
        let mut moved = Sums::none(self.cap);
        let mut carry = 0;
        for (word, from) in moved.words.iter_mut().skip(skip).zip(&self.words) {
            *word = from << shift | carry;
            carry = if shift == 0 { 0 } else { from >> (64 - shift) };
        }
        moved.trim();
        if self.highest(self.cap - by, self.cap).is_some() {
            moved.insert(self.cap);
        }
        moved
    }

    /// Clears the bits of the last word beyond the cap.
    fn trim(&mut self) {
        let used = self.cap % 64 + 1;
        if let Some(last) = self.words.last_mut() {
            *last &= u64::MAX >> (64 - used);
        }
    }

    /// The sums of a sum from each set.
    #[must_use]
    pub fn plus(&self, other: &Sums) -> Sums {
        let (few, many) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        let mut sums = Sums::none(self.cap);
        for sum in few.iter() {
            sums.unite(&many.shifted(sum));
        }
        sums
    }

    /// Only the sums `low..=high`.
    #[must_use]
    pub fn within(&self, low: i64, high: i64) -> Sums {
        let mut kept = Sums::none(self.cap);
        let mut next = amount(low);
        while let Some(sum) = self.lowest(next, amount(high)) {
            kept.insert(sum);
            next = sum + 1;
        }
        kept
    }

    /// How many sums are reachable.
    pub fn len(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The sums, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros();
                    rest &= rest - 1;
                    at * 64 + usize::try_from(bit).unwrap_or(0)
                })
            })
        })
    }

    /// The lowest sum in `low..=high`.
    pub fn lowest(&self, low: usize, high: usize) -> Option<usize> {
        let first = low / 64;
        for (at, word) in self.words.iter().enumerate().skip(first) {
            let word = if at == first { word & (u64::MAX << (low % 64)) } else { *word };
            if word != 0 {
                let sum = at * 64 + usize::try_from(word.trailing_zeros()).unwrap_or(0);
                return (sum <= high).then_some(sum);
            }
        }
        None
    }

    /// The highest sum in `low..=high`.
    pub fn highest(&self, low: usize, high: usize) -> Option<usize> {
        let high = high.min(self.cap);
        let last = high / 64;
        for (at, word) in self.words.iter().enumerate().take(last + 1).rev() {
            let word = if at == last { word & (u64::MAX >> (63 - high % 64)) } else { *word };
            if word != 0 {
                let sum = at * 64 + 63 - usize::try_from(word.leading_zeros()).unwrap_or(0);
                return (sum >= low).then_some(sum);
            }
        }
        None
    }
}

/// A non-negative amount as an index.
fn amount(hundredths: i64) -> usize {
    usize::try_from(hundredths.max(0)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reaches_what_subsets_reach() {
        let items = [3, 5, 8, 70, 130];
        let sums = Sums::of(2, items, 500);
        let mut expected: Vec<usize> = (0u32..32)
            .map(|chosen| {
                let of = |(i, item): (usize, &i64)| {
                    if chosen >> i & 1 == 1 { usize::try_from(*item).unwrap() } else { 0 }
                };
                2 + items.iter().enumerate().map(of).sum::<usize>()
            })
            .collect();
        expected.sort_unstable();
        expected.dedup();
        assert_eq!(sums.iter().collect::<Vec<_>>(), expected);
        assert_eq!(sums.highest(0, 100), Some(88));
        assert_eq!(sums.lowest(19, 71), None);
        assert_eq!(sums.lowest(19, 72), Some(72));
        assert_eq!(
            sums.within(10, 80).iter().collect::<Vec<_>>(),
            [10, 13, 15, 18, 72, 75, 77, 80]
        );
    }

    #[test]
    fn saturates_at_the_cap() {
        for cap in [63usize, 64, 65, 100, 127, 128] {
            let sums = Sums::of(0, [60, 60, 60], cap);
            let mut expected: Vec<usize> = vec![0, 60, cap.min(120), cap];
            expected.dedup();
            assert_eq!(sums.iter().collect::<Vec<_>>(), expected, "cap {cap}");
            assert_eq!(sums.plus(&sums).highest(0, cap), Some(cap));
        }
    }
}
