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
