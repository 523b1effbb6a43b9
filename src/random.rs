//! The only place that asks for chance.

use std::sync::atomic::{AtomicU64, Ordering};

/// Where random bits come from.
#[derive(Debug)]
pub enum Random {
    /// The machine's source.
    System,
    /// A sequence that repeats, for tests and for comparing two engines.
    Seeded(AtomicU64),
}

impl Random {
    /// A sequence that repeats.
    pub fn seeded(seed: u64) -> Random {
        Random::Seeded(AtomicU64::new(seed))
    }

    /// 64 bits.
    pub fn bits(&self) -> u64 {
        match self {
            Random::System => getrandom::u64().unwrap_or_else(|_| from_hasher()),
            Random::Seeded(state) => {
                // SplitMix64.
                let step = 0x9e37_79b9_7f4a_7c15;
                let mut z = state.fetch_add(step, Ordering::Relaxed).wrapping_add(step);
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                z ^ (z >> 31)
            }
        }
    }
}

/// Ids need to be unlike each other, not secret: where the machine's source fails, the seeds of the
/// standard library's maps do.
fn from_hasher() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}
