//! Random decisions read from a list of numbers, so that smaller numbers mean simpler cases.

use proptest::prelude::*;
use serde_json::{Value, json};

/// A list of numbers, read one by one; past its end everything is the first choice.
pub struct Tape {
    numbers: Vec<u32>,
    at: usize,
}

/// Tapes of a length.
pub fn tape(length: usize) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), length)
}

/// Hundredths as a decimal.
pub fn decimal(hundredths: i64) -> String {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Tape {
    pub fn new(numbers: Vec<u32>) -> Tape {
        Tape { numbers, at: 0 }
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::try_from(number).unwrap() % n
    }

    /// A number from `from` to `to`.
    pub fn range(&mut self, from: i64, to: i64) -> i64 {
        let n = usize::try_from(to - from + 1).unwrap();
        from + i64::try_from(self.below(n)).unwrap()
    }

    /// True once in `n`; false when the tape says nothing.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// One of the choices, the first the simplest.
    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

/// What the hours of a year are measured against: total, professional, public, general.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    pub total: i64,
    pub professional: i64,
    pub public: i64,
    pub general: i64,
    /// steps next to a threshold
    pub steps: &'static [i64],
}

/// The scale of the real notices.
pub const REAL: Scale = Scale {
    total: 9000,
    professional: 6000,
    public: 1800,
    general: 1200,
    steps: &[0, 0, 0, -1, 1, -50, 50, 600, -600, 3000],
};

/// One year: professional, industry, general, unsplit.
pub type Cells = [i64; 4];

/// Hours of one year, most of them close to what decides.
pub fn cells(tape: &mut Tape, s: &Scale) -> Cells {
    let rest = s.total - s.professional;
    let mut near = |heap: i64| (heap + tape.pick(s.steps)).max(0);
    let (p, i, g) =
        (near(s.professional), near(s.public - s.general), near(rest - s.public + s.general));
    let full = [s.professional, s.public - s.general, rest - s.public + s.general, 0];
    match tape.below(12) {
        0..=2 => full,
        3 => [s.total - s.public, s.public - s.general, s.general, 0],
        4 => [p, full[1], full[2], 0],
        5 => [full[0], i, full[2], 0],
        6 => [full[0], full[1], g, 0],
        7 => [p, i, g, 0],
        8 => [0; 4],
        9 => [s.total - s.public, 0, 0, s.public],
        10 => [p, i.min(s.general), 0, tape.pick(&[s.general, s.public, rest])],
        _ => [tape.pick(&[p, 0, 2 * s.total]), i, g, tape.pick(&[0, 0, 1, s.general])],
    }
}

/// Who and where: everything of a case but its hours.
pub struct Frame {
    pub first: i64,
    pub last: i64,
    pub sources: &'static [&'static str],
    pub most_open: usize,
    /// a sum that the case may be brought close to: first and last year, total
    pub sum: Option<(i64, i64, i64)>,
}

const CATEGORIES: [&str; 4] = ["professional", "industry", "general", "public"];

fn record(year: i64, category: &str, hours: i64, source: &str, status: &str) -> Value {
    let mut record = json!({
        "year": year, "category": category, "hours": decimal(hours), "source": source,
    });
    if status != "confirmed" {
        record["status"] = json!(status);
    }
    record
}

/// Brings the window's hours to the sum, or next to it, by one year's professional hours.
fn balance(tape: &mut Tape, s: &Scale, frame: &Frame, years: &mut [(i64, Cells)]) {
    let Some((from, to, total)) = frame.sum.filter(|_| tape.below(2) == 1) else {
        return;
    };
    let inside = |year: i64| (from..=to).contains(&year);
    let have: i64 = years.iter().filter(|(y, _)| inside(*y)).flat_map(|(_, c)| c).sum();
    let goal = total + tape.pick(s.steps);
    let year = tape.range(from, to);
    if let Some((_, cells)) = years.iter_mut().find(|(y, _)| *y == year) {
        cells[0] = (cells[0] + goal - have).max(0);
    }
}

/// Records for a frame: confirmed hours by year, then a few pending, rejected or revoked ones.
pub fn records(tape: &mut Tape, s: &Scale, frame: &Frame) -> Value {
    let mut years: Vec<(i64, Cells)> =
        (frame.first..=frame.last).map(|y| (y, cells(tape, s))).collect();
    balance(tape, s, frame, &mut years);
    let mut all = Vec::new();
    for (year, cells) in &years {
        let source = if tape.one_in(5) { tape.pick(frame.sources) } else { frame.sources[0] };
        for (category, hours) in CATEGORIES.iter().zip(cells).filter(|(_, hours)| **hours > 0) {
            all.push(record(*year, category, *hours, source, "confirmed"));
        }
    }
    let most = frame.most_open;
    for _ in 0..tape.pick(&[0, 0, 1, 1, 2, 2, 3, 4, 5, 6]).min(most) {
        let (year, cells) = tape.pick(&years);
        let short = (s.total - cells.iter().sum::<i64>()).max(1);
        let short_professional = (s.professional - cells[0]).max(1);
        let heaps = [short, short_professional, 1, s.general, s.public, s.total, 0];
        let hours = tape.pick(&heaps);
        let category = tape.pick(&CATEGORIES);
        let source = if tape.one_in(5) { tape.pick(frame.sources) } else { frame.sources[0] };
        let status =
            tape.pick(&["pending", "pending", "pending", "pending", "rejected", "revoked"]);
        all.push(record(year, category, hours, source, status));
    }
    Value::Array(all)
}

/// Some of the years, mostly none.
pub fn some_years(tape: &mut Tape, first: i64, last: i64, one_in: usize) -> Vec<i64> {
    (first..=last).filter(|_| tape.one_in(one_in)).collect()
}
