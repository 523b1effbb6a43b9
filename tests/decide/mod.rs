//! The rules of the ledger without a database: random histories of several sources and of reviewers, played
//! on a ledger in memory.

mod draw;
mod faults;
mod history;
mod memory;
mod naive;
mod orders;
mod play;
mod properties;
mod results;
mod rules;
mod shrink;
mod twice;

use crate::support::{Dice, long, seed};
use draw::Wishes;
use history::Step;
use memory::{Done, Memory};

/// A step, and the ledger on both sides of it.
struct Move<'m> {
    before: &'m Memory,
    step: &'m Step,
    done: &'m Done,
    after: &'m Memory,
}

/// Does something many times, and much more often in the long run.
fn repeatedly(cases: usize, once: impl Fn(&Dice)) {
    let dice = Dice::new(seed());
    for _ in 0..if long() { cases * 50 } else { cases / 4 } {
        once(&dice);
    }
}

/// Checks many random histories; one that fails is made small.
fn randomly(cases: usize, wishes: Wishes, check: impl Fn(&[Step]) -> Result<(), String>) {
    repeatedly(cases, |dice| shrink::hold(draw::history(dice, wishes), &check));
}

/// Plays a history, and looks at each step of it.
fn follow(
    history: &[Step],
    mut look: impl FnMut(&Move<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let mut after = Memory::new();
    for step in history {
        if faults::meets_one(&after, step) {
            return Ok(());
        }
        let before = after.clone();
        let done = after.play(step)?;
        rules::hold(&after)?;
        look(&Move { before: &before, step, done: &done, after: &after })?;
    }
    Ok(())
}
