//! Judges columns of people with several threads.

use std::ops::Range;

use crate::domain::policy::columns::{BLOCK, Batch, Columns, Dial, OpenPeople, Sweep};
use crate::domain::policy::plan::Plan;

/// The verdict bytes of everybody, into `to`; the threads share the people evenly.
pub fn judge(batch: &Batch<'_>, open: &OpenPeople, threads: usize, to: &mut [u8]) {
    let mut shares = shares(to.len(), threads);
    let own = shares.pop().unwrap_or(0..0);
    std::thread::scope(|scope| {
        let mut rest = to;
        for people in shares {
            let (mine, others) = rest.split_at_mut_checked(people.len()).unwrap_or_default();
            rest = others;
            scope.spawn(move || batch.judge(open, people, mine));
        }
        batch.judge(open, own, rest);
    });
}

/// How many are met at every threshold of a dial; with `profile`, of those who have it.
pub fn sweep(
    columns: &Columns<'_>,
    plan: &Plan,
    dial: &Dial,
    profile: Option<u8>,
    threads: usize,
) -> Sweep {
    let mut whole = Sweep::new(columns, dial);
    std::thread::scope(|scope| {
        let work = |people| {
            move || {
                let mut part = Sweep::new(columns, dial);
                part.add(columns, plan, dial, people, profile);
                part
            }
        };
        let mut shares = shares(columns.people(), threads).into_iter();
        let own = shares.next();
        let others: Vec<_> = shares.map(|people| scope.spawn(work(people))).collect();
        if let Some(people) = own {
            whole.add(columns, plan, dial, people, profile);
        }
        for part in others.into_iter().filter_map(|thread| thread.join().ok()) {
            whole.merge(&part);
        }
    });
    whole
}

/// Whole blocks for each thread.
fn shares(people: usize, threads: usize) -> Vec<Range<usize>> {
    let share = people.div_ceil(threads.max(1)).next_multiple_of(BLOCK).max(BLOCK);
    (0..people.div_ceil(share).max(1)).map(|n| n * share..((n + 1) * share).min(people)).collect()
}
