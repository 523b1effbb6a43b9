//! Who has a feed, and for how long.

use std::time::{Duration, Instant};

use xueshi::app::feed_runs::schedule;
use xueshi::app::service::Failure;
use xueshi::city::System;

use super::{City, Installation, runs};
use crate::support::engines::{Database, Engine, surroundings};

/// Seconds: the shortest that there is.
const LEASE: u64 = 2;

fn installation(engine: Engine, city: &City) -> Installation {
    let feeds = format!("lease = {LEASE}");
    Installation::with(Database::new(engine), surroundings(), city, &feeds)
}

/// Whoever has a feed has it still.
fn lasts(here: &Installation) {
    let now = here.service.clock.now().micros();
    let lasts = here.database.count(&format!("feed WHERE lease_until > {now}"));
    assert_eq!(lasts, 1, "{:?}: the lease has ended", here.database.engine);
}

#[test]
fn a_source_that_is_slower_than_the_lease_keeps_its_feed() {
    std::thread::scope(|scope| {
        for engine in Engine::BOTH {
            scope.spawn(move || slow(engine));
        }
    });
}

fn slow(engine: Engine) {
    let city = City::new(21, 8);
    let here = installation(engine, &city);
    let other = Installation::beside(&here, &city);
    std::thread::scope(|scope| {
        // It does not answer while somebody holds the town.
        let held = city.town.lock().expect("a town");
        let pulled = scope.spawn(|| (here.pull(System::Huzhou), Instant::now()));
        here.until("feed_run");
        let began = Instant::now();
        let mut busy = 0;
        while began.elapsed() < Duration::from_secs(LEASE * 2) {
            std::thread::sleep(Duration::from_millis(300));
            lasts(&here);
            // Another process, and another run of the same one.
            assert_eq!(other.refused(System::Huzhou), "feed_busy", "{engine:?}");
            assert_eq!(here.refused(System::Huzhou), "feed_busy", "{engine:?}");
            busy += 1;
        }
        assert!(busy > 5, "{engine:?}: asked {busy} times");
        drop(held);
        let (ended, at) = pulled.join().expect("a run");
        assert!(at - began > Duration::from_secs(LEASE), "{engine:?}: the source was not slow");
        assert!(ended.expect("its end").counts.total() > 0, "{engine:?}");
    });
    assert_eq!(here.database.count("feed_run"), 1, "{engine:?}: nobody else began a run");
    other.pull(System::Huzhou).unwrap_or_else(|failure| panic!("{engine:?}: {failure:?}"));
}

#[test]
fn whoever_lost_a_feed_takes_nothing_more() {
    for engine in Engine::BOTH {
        let city = City::new(22, 8);
        let here = installation(engine, &city);
        let other = Installation::beside(&here, &city);
        std::thread::scope(|scope| {
            let held = city.town.lock().expect("a town");
            let pulled = scope.spawn(|| here.refused(System::Huzhou));
            here.until("feed_run");
            // Its process stood still for longer than the lease; another one had the feed, and is done.
            let taken = "UPDATE feed SET leader = 'another', lease_until = 1";
            here.database.execute(taken).expect("a lease");
            drop(held);
            assert_eq!(pulled.join().expect("a run"), "feed_busy", "{engine:?}");
        });
        assert_eq!(here.database.count("entry"), 0, "{engine:?}: something was taken");
        // What it left is no hindrance.
        other.pull(System::Huzhou).unwrap_or_else(|failure| panic!("{engine:?}: {failure:?}"));
        assert_eq!(here.database.count("feed_run WHERE phase = 3"), 2, "{engine:?}");
    }
}

#[test]
fn the_lease_of_a_process_that_is_killed_ends_by_itself() {
    for engine in Engine::BOTH {
        let city = City::new(24, 8);
        let here = installation(engine, &city);
        let config = here.config(&city, &format!("lease = {LEASE}"));
        let held = city.town.lock().expect("a town");
        let mut child = runs::pull(&config, System::Huzhou.code());
        here.until("feed_run");
        // For longer than its lease: it is alive, and has it still.
        std::thread::sleep(Duration::from_secs(LEASE + 1));
        lasts(&here);
        assert_eq!(here.refused(System::Huzhou), "feed_busy", "{engine:?}");
        child.kill().expect("killed");
        child.wait().expect("ended");
        drop(held);
        let (killed, mut refused) = (Instant::now(), 0);
        let ended = loop {
            match here.pull(System::Huzhou) {
                Err(Failure::Refused(_, message)) if message.code == "feed_busy" => refused += 1,
                ended => break ended.expect("a run"),
            }
            let waited = killed.elapsed();
            assert!(waited < Duration::from_secs(LEASE + 10), "{engine:?}: it never ends");
            std::thread::sleep(Duration::from_millis(100));
        };
        assert!(refused > 0, "{engine:?}: nobody gave it back");
        assert!(ended.counts.total() > 0, "{engine:?}");
    }
}

#[test]
fn the_schedule_pulls_a_feed_once_at_a_time_and_compares_when_it_is_free() {
    for engine in Engine::BOTH {
        let city = City::new(23, 8);
        let here = installation(engine, &city);
        let _context = here.runtime.enter();
        let held = city.town.lock().expect("a town");
        let task = schedule::start(here.pulling.clone());
        std::thread::sleep(Duration::from_secs(LEASE + 3));
        here.pulling.compare_soon(System::Huzhou.code(), None).expect("a comparison");
        std::thread::sleep(Duration::from_secs(1));
        let of_huzhou = "feed_run WHERE feed = 'huzhou-registry'";
        assert_eq!(here.database.count(of_huzhou), 1, "{engine:?}: one run at a time");
        drop(held);
        here.until(&format!("{of_huzhou} AND work = 4 AND phase = 3"));
        task.abort();
        assert_eq!(here.database.count(of_huzhou), 2, "{engine:?}");
    }
}
