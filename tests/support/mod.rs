//! What several tests share.

pub(crate) mod cases;
pub(crate) mod engines;
pub(crate) mod naive;
pub(crate) mod people;

use proptest::test_runner::{Config, TestRunner};

/// Whether the long tests are asked for.
#[expect(clippy::disallowed_methods, reason = "the one place where tests read the environment")]
pub(crate) fn long() -> bool {
    std::env::var_os("XUESHI_LONG").is_some()
}

/// A runner for random cases, many more in the long run; a failure prints the minimal input.
pub(crate) fn randomised(cases: u32) -> TestRunner {
    let cases = if long() { cases * 50 } else { cases };
    TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    })
}

/// Where a random test begins: `XUESHI_SEED`, or anywhere. A test prints it.
#[expect(clippy::disallowed_methods, reason = "the one place where tests read the environment")]
pub(crate) fn seed() -> u64 {
    let seed = match std::env::var("XUESHI_SEED") {
        Ok(seed) => seed.parse().expect("a number in XUESHI_SEED"),
        Err(_) => xueshi::random::Random::System.bits(),
    };
    println!("XUESHI_SEED={seed}");
    seed
}

/// Numbers that repeat with their seed.
pub(crate) struct Dice(xueshi::random::Random);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(xueshi::random::Random::seeded(seed))
    }

    /// One of the numbers below `n`.
    pub(crate) fn below(&self, n: usize) -> usize {
        let n = u64::try_from(n).expect("a number");
        usize::try_from(self.0.bits() % n).expect("a number")
    }

    pub(crate) fn pick<'a, T>(&self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    pub(crate) fn shuffle<T>(&self, all: &mut [T]) {
        for n in (1..all.len()).rev() {
            all.swap(n, self.below(n + 1));
        }
    }
}
