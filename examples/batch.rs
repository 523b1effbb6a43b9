//! Times the column program: `cargo run --release --example batch -- [DIR]`.
//!
//! One JSON line for each measurement: the median of several runs, beside a loop written by hand
//! for the same rule over the same columns, and the checksum of the verdicts. DIR holds raw columns
//! (their layout is in `benches/people`); without it, or `XUESHI_BENCH_DATA`, people are drawn.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the measurements are the output")]

#[path = "../benches/people/mod.rs"]
mod people;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use people::{People, crc32};
use serde_json::json;
use xueshi::app::compliance::batch;
use xueshi::app::policies;
use xueshi::domain::hours::Hours;
use xueshi::domain::policy::columns::Amount;
use xueshi::domain::policy::columns::{Batch, Dial, MET, OpenPeople};
use xueshi::domain::policy::judge::Judge;
use xueshi::domain::policy::plan::Plan;

const RUNS: usize = 21;

/// The median time of some runs, and what the last one gave.
fn timed<T>(mut act: impl FnMut() -> T) -> (f64, T) {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..RUNS {
        let begin = Instant::now();
        last = Some(act());
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    let median = times.get(RUNS / 2).map_or(0.0, Duration::as_secs_f64) * 1e3;
    (median, last.unwrap_or_else(act))
}

struct Bench<'b> {
    people: &'b People,
    policy: &'b str,
    with_levels: bool,
    plans: Vec<Plan>,
    by_hand: fn(&People, &mut [u8]),
    /// The checksum on file, for the people on file.
    crc32: &'b str,
}

impl Bench<'_> {
    fn run(&self, threads: usize) {
        let columns = self.people.columns(self.with_levels);
        let mut codes = vec![0; self.people.n];
        let (yardstick, ()) = timed(|| (self.by_hand)(self.people, &mut codes));
        let by_hand = crc32(&codes);
        let plans = || &self.plans;
        let open = self.people.open();
        for (bench, open) in [("confirmed", &OpenPeople::default()), ("open", &open)] {
            for threads in [1, threads] {
                let (ms, ()) = timed(|| match Batch::new(&columns, plans()) {
                    Ok(compiled) => batch::judge(&compiled, open, threads, &mut codes),
                    Err(error) => panic!("{error}"),
                });
                let met = codes.iter().map(|code| usize::from(*code == MET)).sum();
                let crc32 = crc32(&codes);
                self.print(bench, threads, ms, yardstick, &crc32, met);
                assert!(bench != "confirmed" || by_hand == crc32, "not as by hand");
                let is_on_file = !self.people.is_seeded && self.people.n == 1_000_000;
                assert!(
                    !is_on_file || bench != "confirmed" || crc32 == self.crc32,
                    "not as on file"
                );
            }
            let otherwise = self.people.judged_otherwise(&self.plans, &codes);
            assert!(open.is_empty() || otherwise == 0, "{otherwise} not as one by one");
        }
        let dial = Dial {
            clause: "annual".into(),
            amount: Amount::Total,
            top: Hours::from_hundredths(30_000),
        };
        let (plan, profile) = match self.plans.as_slice() {
            [_, intermediate, _] => (intermediate, Some(1)),
            [plan, ..] => (plan, None),
            [] => return,
        };
        for threads in [1, threads] {
            let (ms, swept) = timed(|| batch::sweep(&columns, plan, &dial, profile, threads));
            let counts: Vec<u8> = swept.met().iter().flat_map(|met| met.to_le_bytes()).collect();
            let met = swept.met_at(Hours::from_hundredths(9000));
            let met = usize::try_from(met).unwrap_or(0);
            self.print("sweep annual.total", threads, ms, yardstick, &crc32(&counts), met);
        }
    }

    fn print(&self, bench: &str, threads: usize, ms: f64, yardstick: f64, crc32: &str, met: usize) {
        let round = |ms: f64| (ms * 1e3).round() / 1e3;
        let line = json!({
            "bench": bench,
            "policy": self.policy,
            "threads": threads,
            "people": self.people.n,
            "ms": round(ms),
            "yardstick_ms": round(yardstick),
            "crc32": crc32,
            "met": met,
        });
        println!("{line}");
    }
}

fn main() {
    #[expect(clippy::disallowed_methods, reason = "an example has no configuration")]
    let folder = std::env::args_os().nth(1).or_else(|| std::env::var_os("XUESHI_BENCH_DATA"));
    let folder = folder.map(PathBuf::from);
    if let Some(folder) = folder.as_ref().filter(|folder| !folder.join("hours.bin").is_file()) {
        eprintln!(
            "{}: no hours.bin there; give a folder of raw columns, or none",
            folder.display()
        );
        std::process::exit(2);
    }
    let people = People::load(folder.as_deref());
    let judge = match policies::load(None) {
        Ok(catalog) => Judge::new(catalog),
        Err(problems) => panic!("{problems:?}"),
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let lishui = people::rules(&judge, "331100", 2023);
    let jiaxing = people::rules(&judge, "330400", 2022);
    let chosen = |rules: &[std::sync::Arc<xueshi::domain::policy::rules::Rules>]| -> Vec<Plan> {
        rules.iter().filter_map(|r| r.plans.chosen().map(|variant| variant.plan.clone())).collect()
    };
    let (lishui, jiaxing) = (chosen(&lishui), chosen(&jiaxing));
    Bench {
        people: &people,
        policy: "331100/2023",
        with_levels: false,
        plans: lishui.into_iter().skip(1).take(1).collect(),
        by_hand: People::lishui_by_hand,
        crc32: "3afa742f",
    }
    .run(threads);
    Bench {
        people: &people,
        policy: "330400/2022",
        with_levels: true,
        plans: jiaxing,
        by_hand: People::jiaxing_by_hand,
        crc32: "8742b108",
    }
    .run(threads);
}
