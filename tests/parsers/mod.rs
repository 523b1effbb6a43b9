//! Whatever is read, nothing panics; what is accepted is what was written, and can be judged.
//!
//! Each test prints its seed; `XUESHI_SEED` repeats one, `XUESHI_LONG=1` tries fifty times as much.

mod mutants;
mod people;
mod values;

use std::hash::{BuildHasher, Hasher};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

#[expect(
    clippy::disallowed_methods,
    reason = "a test asks how long it may take and where to begin"
)]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Tries a test on values of a strategy.
fn try_all<S: Strategy>(
    name: &str,
    cases: u32,
    strategy: &S,
    test: impl Fn(S::Value) -> TestCaseResult,
) {
    let random = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    let seed = setting("XUESHI_SEED").unwrap_or_else(random);
    println!("{name}: XUESHI_SEED={seed}");
    let cases = if setting("XUESHI_LONG") == Some(1) { cases * 50 } else { cases };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let bytes: Vec<u8> = seed.to_le_bytes().into_iter().cycle().take(32).collect();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    if let Err(error) = TestRunner::new_with_rng(config, rng).run(strategy, test) {
        panic!("{name}: XUESHI_SEED={seed}: {error}");
    }
}
