//! Hostile feeds: each fault of the town with many seeds, and in the end the ledger holds what is true.

use xueshi::app::service::Failure;
use xueshi::city::{Effect, Fault, System, Town};

use super::{City, FEEDS, Installation};
use crate::support::engines::Engine;

/// People of a town; of one whose lists shrink more, so that a day does not make up for it.
fn people(fault: Fault) -> usize {
    if fault.shows_in_comparison() { 24 } else { 8 }
}

/// Seeds of each fault.
#[expect(clippy::disallowed_methods, reason = "the long run is the environment's to ask for")]
fn seeds() -> u64 {
    if std::env::var_os("XUESHI_LONG").is_some() { 130 } else { 6 }
}

/// Runs a part of the faults: every `of`th from `from` on.
fn some(from: usize, of: usize) {
    let mut failed = Vec::new();
    for fault in Fault::ALL.iter().skip(from).step_by(of) {
        for seed in 0..seeds() {
            // A database server takes longer to make a database than all else takes.
            let engine = if seed.is_multiple_of(5) { Engine::Postgres } else { Engine::Sqlite };
            let run = std::panic::AssertUnwindSafe(|| one(engine, *fault, seed));
            if std::panic::catch_unwind(run).is_err() {
                failed.push(format!("{} with seed {seed} on {engine:?}", fault.name()));
            }
        }
    }
    assert!(failed.is_empty(), "{} failed: {}", failed.len(), failed.join(", "));
    if let Some(most) = memory() {
        assert!(most < 300 << 10, "{most} KiB of memory, the town's own among them");
    }
}

/// The most memory that this process ever had, in KiB, where it runs these tests alone.
#[expect(clippy::disallowed_methods, reason = "only the environment tells who else is in here")]
fn memory() -> Option<u64> {
    std::env::var_os("NEXTEST")?;
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn one(engine: Engine, fault: Fault, seed: u64) {
    let about = format!("{engine:?}, fault {}, seed {seed}", fault.name());
    let city = City::new(seed, people(fault));
    let here = Installation::new(engine, &city);
    let warm = seed.is_multiple_of(2) || fault.shows_in_comparison();
    if warm {
        here.pull_all(&city);
        here.prove(&city, &format!("{about}, before"));
    }
    let (entries, balances) = (here.database.count("entry"), here.database.count("balance"));
    city.with(|town| {
        town.advance();
        town.set_fault(fault, true);
    });
    here.drop_files(&city);
    let result = here.pull(fault.system());
    match (fault.effect(), result) {
        (Effect::Tolerated, Err(failure)) => panic!("{about}: {failure:?}"),
        (Effect::Stopping, Ok(ended)) => panic!("{about}: taken: {:?}", ended.counts),
        (Effect::Stopping, Err(_)) => {
            assert_eq!(here.database.count("entry"), entries, "{about}: something was taken");
            assert_eq!(here.database.count("balance"), balances, "{about}");
        }
        _ => {}
    }
    others(&here, fault.system(), &about);
    if fault.effect() == Effect::Tolerated {
        here.prove(&city, &format!("{about}, with the fault"));
    }
    city.with(|town| town.set_fault(fault, false));
    recover(&here, &city, fault.system(), &about);
    here.prove(&city, &about);
}

fn others(here: &Installation, system: System, about: &str) {
    for other in FEEDS.into_iter().filter(|other| *other != system) {
        here.pull(other).unwrap_or_else(|failure| panic!("{about}: {}: {failure:?}", other.code()));
    }
}

/// The fault is off; an operator lets the feed go on, and it is pulled until nothing is in the way.
fn recover(here: &Installation, city: &City, system: System, about: &str) {
    city.with(Town::advance);
    here.drop_files(city);
    let mut accept = false;
    for _ in 0..3 {
        here.pulling.resume(system.code(), accept).expect("resumed");
        match here.pull(system) {
            Ok(_) => {
                others(here, system, about);
                return;
            }
            // What the fault left behind may look like a source that shrank: it is let pass.
            Err(Failure::Refused(..)) => accept = true,
            Err(failure) => panic!("{about}: {failure:?}"),
        }
    }
    panic!("{about}: the feed does not go on");
}

macro_rules! parts {
    ($($name:ident = $from:literal;)*) => {
        $(#[test]
        fn $name() {
            some($from, 8);
        })*
    };
}

parts! {
    hostile_feeds_1 = 0;
    hostile_feeds_2 = 1;
    hostile_feeds_3 = 2;
    hostile_feeds_4 = 3;
    hostile_feeds_5 = 4;
    hostile_feeds_6 = 5;
    hostile_feeds_7 = 6;
    hostile_feeds_8 = 7;
}
