//! Makes a history that fails as small as it gets.

use super::history::{History, Step, shown};

/// Why a history fails.
pub type Check<'c> = &'c dyn Fn(&[Step]) -> Result<(), String>;

/// Fails with the smallest history that is found by leaving out steps and rows, while it still fails.
pub fn hold(history: History, check: Check<'_>) {
    let Err(why) = check(&history) else { return };
    let (history, why) = smallest(history, why, check);
    panic!("after\n{}{why}", shown(&history));
}

fn smallest(mut history: History, mut why: String, check: Check<'_>) -> (History, String) {
    loop {
        let found = smaller(&history).find_map(|other| check(&other).err().map(|why| (other, why)));
        let Some((other, reason)) = found else { return (history, why) };
        (history, why) = (other, reason);
    }
}

/// Histories with less in them, those with the least first.
fn smaller(history: &[Step]) -> impl Iterator<Item = History> + '_ {
    let size = history.len();
    let lengths = std::iter::successors(Some(size / 2), |length| Some(length / 2));
    let lengths = lengths.take_while(|length| *length > 0);
    let without = lengths.flat_map(move |length| {
        (0..=size - length).map(move |from| {
            let rest = history.iter().take(from).chain(history.iter().skip(from + length));
            rest.cloned().collect()
        })
    });
    without.chain((0..size).flat_map(move |place| with_fewer_rows(history, place)))
}

fn with_fewer_rows(history: &[Step], place: usize) -> Vec<History> {
    let Step::Rows { source, rows } = &history[place] else { return Vec::new() };
    if rows.len() < 2 {
        return Vec::new();
    }
    let without = |left_out: usize| {
        let mut rows = rows.clone();
        rows.remove(left_out);
        let mut history = history.to_vec();
        history[place] = Step::Rows { source: *source, rows };
        history
    };
    (0..rows.len()).map(without).collect()
}

/// Of a check that three rows fail, three rows are left.
#[test]
fn what_is_not_needed_is_left_out() {
    let dice = crate::support::Dice::new(7);
    let history = super::draw::history(&dice, super::draw::Wishes::EVERYTHING);
    let rows = |history: &[Step]| -> usize {
        let all = history.iter().map(|step| match step {
            Step::Rows { rows, .. } => rows.len(),
            _ => 0,
        });
        all.sum()
    };
    assert!(rows(&history) > 4, "{}", shown(&history));
    let check = |history: &[Step]| if rows(history) < 3 { Ok(()) } else { Err("3".to_owned()) };
    let (small, why) = smallest(history, String::new(), &check);
    assert_eq!((rows(&small), why.as_str()), (3, "3"));
    assert!(small.iter().all(|step| matches!(step, Step::Rows { .. })), "{}", shown(&small));
}
