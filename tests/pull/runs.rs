//! Runs without faults: what comes in, what a repetition does, what is remembered.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use xueshi::app::feed_runs::Ended;
use xueshi::app::feed_runs::ReplayOptions;
use xueshi::app::service::Failure;
use xueshi::city::{Fault, System, Town};
use xueshi::domain::ledger::difference::DifferenceKind;
use xueshi::store::StoreError;

use super::{City, FEEDS, Installation};
use crate::support::engines::Engine;

#[test]
fn a_town_is_pulled_day_after_day_and_the_ledger_holds_what_is_true() {
    for engine in Engine::BOTH {
        let city = City::new(11, 40);
        let here = Installation::new(engine, &city);
        here.pull_all(&city);
        here.prove(&city, &format!("{engine:?}, the first day"));
        for day in 1..=4 {
            city.with(Town::advance);
            here.pull_all(&city);
            here.prove(&city, &format!("{engine:?}, day {day}"));
        }
        // What was taken once more had no effect.
        let entries = here.database.count("entry");
        for system in FEEDS {
            let ended = here
                .pulling
                .replay(system.code(), ReplayOptions::default(), &mut |_| {})
                .expect("a replay");
            assert!(ended.counts.total() > 0, "{}: nothing was kept", system.code());
        }
        assert_eq!(here.database.count("entry"), entries, "{engine:?}");
        here.prove(&city, &format!("{engine:?}, after a replay"));
    }
}

#[test]
fn what_is_remembered_of_a_feed_and_does_not_read_is_named() {
    for engine in Engine::BOTH {
        let city = City::new(5, 24);
        let here = Installation::new(engine, &city);
        here.pull_all(&city);
        let damaged = |result: Result<Ended, Failure>, row: &str| match result {
            Err(Failure::Store(StoreError::Damaged(told))) => {
                assert!(told.starts_with(row), "{told}");
            }
            other => panic!("{engine:?}, {row}: {other:?}"),
        };
        let change = |sql: &str| here.database.execute(sql).expect("a change");
        change("CREATE TABLE kept AS SELECT code, read_to FROM feed");
        change("UPDATE feed SET read_to = 'x'");
        city.with(Town::advance);
        here.drop_files(&city);
        for system in [System::Huzhou, System::Lishui] {
            damaged(here.pull(system), &format!("feed (code = {})", system.code()));
        }
        change("UPDATE feed SET read_to = (SELECT read_to FROM kept WHERE kept.code = feed.code)");
        for system in FEEDS {
            here.pull(system).expect("it goes on");
        }
        here.prove(&city, &format!("{engine:?}, mended"));
        change("UPDATE feed_page SET counts = '{\"posted\":\"1\"}'");
        let code = System::Huzhou.code();
        damaged(
            here.pulling.replay(code, ReplayOptions::default(), &mut |_| {}),
            "feed_page (batch_id = ",
        );
    }
}

#[test]
fn a_feed_that_an_alarm_stopped_waits_for_an_operator() {
    for engine in Engine::BOTH {
        let city = City::new(3, 24);
        let here = Installation::new(engine, &city);
        here.pull_all(&city);
        let entries = here.database.count("entry");
        city.with(|town| {
            town.advance();
            town.set_fault(Fault::JiaxingShrinks, true);
        });
        here.drop_files(&city);
        assert_eq!(here.refused(System::Jiaxing), "feed_shrank");
        assert_eq!(here.refused(System::Jiaxing), "feed_stopped", "{engine:?}: it stays stopped");
        assert_eq!(here.database.count("entry"), entries);
        let statuses = here.wait(here.pulling.statuses()).expect("statuses");
        let jiaxing = statuses.iter().find(|one| one.feed == "jiaxing-workbook").expect("a feed");
        assert_eq!(jiaxing.state, "stopped");
        assert_eq!(jiaxing.alarm.as_ref().map(|alarm| alarm.code.as_str()), Some("feed_shrank"));
        let runs = here.wait(here.pulling.runs("jiaxing-workbook", None, 10)).expect("runs");
        assert_eq!(runs.len(), 2);
        assert_eq!((runs[0].state, runs[0].alarm.is_some()), ("failed", true));
        // Looked at and found right, it is let pass once; nothing of it is read as a deletion.
        here.pulling.resume("jiaxing-workbook", true).expect("resumed");
        here.pull(System::Jiaxing).expect("taken");
        assert!(here.database.count("entry") >= entries);
        city.with(|town| {
            town.advance();
            town.set_fault(Fault::JiaxingShrinks, false);
        });
        here.pull_all(&city);
        here.prove(&city, &format!("{engine:?}"));
    }
}

#[test]
fn an_old_file_under_a_new_name_is_an_alarm() {
    let city = City::new(5, 8);
    let here = Installation::new(Engine::Sqlite, &city);
    here.pull_all(&city);
    city.with(|town| {
        town.advance();
        town.set_fault(Fault::LishuiYesterday, true);
    });
    here.drop_files(&city);
    assert_eq!(here.refused(System::Lishui), "feed_file_seen");
}

#[test]
fn what_a_source_no_longer_says_is_found_by_comparing_and_goes_away_when_it_says_it_again() {
    for engine in Engine::BOTH {
        let city = City::new(7, 24);
        let here = Installation::new(engine, &city);
        here.pull_all(&city);
        let before = here.compare(System::Huzhou);
        assert!(before.agrees(), "{engine:?}: {before:?}");
        assert!(!before.sums.is_empty(), "the sums of persons were asked for");
        city.with(|town| town.set_fault(Fault::HuzhouRowsVanish, true));
        let vanished = here.compare(System::Huzhou);
        assert!(
            vanished.listing.counts.contains_key(&DifferenceKind::MissingThere),
            "{vanished:?}"
        );
        assert!(vanished.listing.opened > 0);
        city.with(|town| town.set_fault(Fault::HuzhouRowsVanish, false));
        let again = here.compare(System::Huzhou);
        assert!(again.agrees(), "{engine:?}: {again:?}");
        assert_eq!(again.listing.closed, vanished.listing.opened);
        city.with(|town| town.set_fault(Fault::HuzhouTotalsDiffer, true));
        assert!(!here.compare(System::Huzhou).gaps.is_empty(), "{engine:?}");
        here.prove(&city, &format!("{engine:?}: comparing changes no hours"));
    }
}

#[test]
fn two_processes_never_have_the_same_feed() {
    for engine in Engine::BOTH {
        let city = City::new(9, 8);
        let here = Installation::new(engine, &city);
        let other = Installation::beside(&here, &city);
        here.pull(System::Huzhou).expect("a run");
        let until = here.service.clock.now().plus_seconds(60).micros();
        here.database
            .execute(&format!("UPDATE feed SET leader = 'another', lease_until = {until}"))
            .expect("a lease");
        assert_eq!(here.refused(System::Huzhou), "feed_busy");
        assert_eq!(other.refused(System::Huzhou), "feed_busy");
        // Whoever stops answering loses it.
        here.database.execute("UPDATE feed SET lease_until = 1").expect("a lease");
        other.pull(System::Huzhou).expect("a run");
    }
}

/// `xueshi feed pull`, as an operator starts it.
pub fn pull(config: &Path, feed: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_xueshi"))
        .args(["feed", "pull", feed, "--config"])
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program")
}

#[expect(clippy::disallowed_methods, reason = "the long run is the environment's to ask for")]
fn kills() -> u64 {
    if std::env::var_os("XUESHI_LONG").is_some() { 100 } else { 6 }
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_was() {
    for engine in Engine::BOTH {
        let city = City::new(13, 60);
        let here = Installation::new(engine, &city);
        let config = here.config(&city, "");
        here.drop_files(&city);
        for nth in 0..kills() {
            let feed = FEEDS[usize::try_from(nth).unwrap() % FEEDS.len()].code();
            let mut child = pull(&config, feed);
            std::thread::sleep(Duration::from_millis(40 + nth * 37 % 700));
            child.kill().expect("killed");
            child.wait().expect("ended");
            // Nobody gives its lease back.
            here.database.execute("UPDATE feed SET lease_until = 1").expect("a lease");
        }
        for system in FEEDS {
            here.pull(system).unwrap_or_else(|failure| panic!("{engine:?}: {failure:?}"));
        }
        here.prove(&city, &format!("{engine:?}, after {} kills", kills()));
    }
}
