//! Chance that repeats.

use crate::random::Random;

/// Draws from a seed.
#[derive(Debug)]
pub(super) struct Dice(Random);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(Random::seeded(seed))
    }

    pub(super) fn bits(&self) -> u64 {
        self.0.bits()
    }

    /// A number below `n`; 0 where there is none.
    pub(super) fn below(&self, n: usize) -> usize {
        let n = u64::try_from(n.max(1)).unwrap_or(1);
        usize::try_from(self.bits() % n).unwrap_or(0)
    }

    /// Whether something happens that happens so many times in a hundred.
    pub(super) fn percent(&self, times: usize) -> bool {
        self.below(100) < times
    }

    pub(super) fn of<'t, T>(&self, list: &'t [T]) -> Option<&'t T> {
        list.get(self.below(list.len()))
    }
}
