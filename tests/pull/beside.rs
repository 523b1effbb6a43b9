//! What operators change of a feed beside a run, and what runs change of it.

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use xueshi::app::service::Failure;
use xueshi::city::{Fault, System};
use xueshi::store::feeds::FeedRow;

use super::{City, Installation};
use crate::support::engines::Engine;

const FEED: &str = "huzhou-registry";

impl Installation {
    fn feed(&self) -> FeedRow {
        let feed = self.service.store.read_waiting(|tx| tx.feed(FEED));
        feed.expect("an answer").expect("a feed")
    }

    /// A transaction that reads what is remembered of the feed, waits, and changes it.
    fn change_slowly(&self, told: &mpsc::Sender<()>, change: fn(FeedRow) -> FeedRow) {
        let told = told.clone();
        let changed = self.service.store.write_waiting(move |tx| {
            let feed = tx.feed_to_change(FEED)?;
            told.send(()).expect("somebody waits");
            std::thread::sleep(Duration::from_millis(400));
            tx.note_feed(&change(feed))?;
            Ok::<_, Failure>(())
        });
        changed.expect("a change");
    }
}

#[test]
fn an_operator_and_a_run_that_change_a_feed_at_once_both_have_their_way() {
    for engine in Engine::BOTH {
        let city = City::new(31, 8);
        let here = Installation::new(engine, &city);
        here.pull(System::Huzhou).expect("a run");
        let stop = "UPDATE feed SET stopped = '[]', failures = 3, due_at = 9000000000000000";
        // What the end of a run does, and an operator before it is committed.
        here.database.execute(stop).expect("an alarm");
        std::thread::scope(|scope| {
            let (told, has_read) = mpsc::channel();
            let here = &here;
            let run = move || {
                here.change_slowly(&told, |feed| FeedRow {
                    read_to: Some("2099".to_owned()),
                    ..feed
                });
            };
            scope.spawn(run);
            has_read.recv().expect("a transaction");
            here.pulling.resume(FEED, false).expect("resumed");
        });
        let feed = here.feed();
        assert_eq!(feed.read_to.as_deref(), Some("2099"), "{engine:?}: the run's change is lost");
        assert_eq!((feed.stopped, feed.failures), (None, 0), "{engine:?}: the operator's is lost");
        here.database.execute(stop).expect("an alarm");
        std::thread::scope(|scope| {
            let (told, has_read) = mpsc::channel();
            let here = &here;
            scope.spawn(move || {
                here.change_slowly(&told, |feed| FeedRow { newest: Some(77), ..feed });
            });
            has_read.recv().expect("a transaction");
            here.wait(here.pulling.make_due(FEED)).expect("due");
        });
        let feed = here.feed();
        assert_eq!(feed.newest, Some(77), "{engine:?}: the run's change is lost");
        assert!(feed.due_at < 9_000_000_000_000_000, "{engine:?}: the operator's is lost");
    }
}

#[test]
fn what_an_operator_wants_during_a_run_is_not_forgotten_with_its_end() {
    for engine in Engine::BOTH {
        let city = City::new(32, 8);
        let here = Installation::new(engine, &city);
        here.pull(System::Huzhou).expect("a run");
        let succeeded_at = here.feed().succeeded_at;
        std::thread::scope(|scope| {
            let held = city.town.lock().expect("a town");
            let pulled = scope.spawn(|| here.pull(System::Huzhou));
            here.until("feed_run WHERE phase = 1");
            // Stopped before the run, and accepted while it goes on: for the next one.
            let stopped = r#"UPDATE feed SET stopped = '[["feed_shrank","",[]]]'"#;
            here.database.execute(stopped).expect("an alarm");
            here.pulling.resume(FEED, true).expect("resumed");
            here.wait(here.pulling.make_due(FEED)).expect("due");
            drop(held);
            pulled.join().expect("a run").expect("its end");
        });
        let (feed, now) = (here.feed(), here.service.clock.now().micros());
        assert!(feed.succeeded_at > succeeded_at, "{engine:?}: {feed:?}");
        assert_eq!((feed.stopped, feed.failures), (None, 0), "{engine:?}");
        assert_eq!(feed.accepted.as_deref(), Some("feed_shrank"), "{engine:?}");
        assert!(feed.due_at <= now, "{engine:?}: it is to be pulled again");
        here.pull(System::Huzhou).expect("a run");
        let feed = here.feed();
        assert_eq!(feed.accepted, None, "{engine:?}: once");
        assert!(feed.due_at > now, "{engine:?}: {feed:?}");
    }
}

#[test]
fn a_comparison_that_fails_is_no_failure_of_the_feed() {
    for engine in Engine::BOTH {
        let city = City::new(33, 8);
        let here = Installation::new(engine, &city);
        here.pull(System::Huzhou).expect("a run");
        let before = here.feed();
        let compare = |file: Option<&Path>| {
            let handle = here.runtime.handle();
            match here.pulling.compare(handle, FEED, None, file, &mut |_| {}) {
                Err(Failure::Refused(_, message)) => message.code.to_owned(),
                other => panic!("{engine:?}: {other:?}"),
            }
        };
        let nowhere = here.database.folder.join("nowhere.csv");
        for (fault, file, code, is_alarm) in [
            (Some(Fault::HuzhouNotAuth), None, "feed_not_authorised", false),
            (Some(Fault::HuzhouRecordsNull), None, "feed_records_missing", true),
            (None, Some(nowhere.as_path()), "unreadable", false),
        ] {
            city.with(|town| fault.into_iter().for_each(|fault| town.set_fault(fault, true)));
            assert_eq!(compare(file), code, "{engine:?}");
            let feed = here.feed();
            let (leader, lease_until) = (feed.leader.clone(), feed.lease_until);
            let expected = FeedRow { leader, lease_until, ..before.clone() };
            assert_eq!(feed, expected, "{engine:?}, {code}: nothing else has changed");
            let runs = here.wait(here.pulling.runs(FEED, None, 1)).expect("runs");
            assert_eq!((runs[0].work, runs[0].state), ("listing", "failed"), "{engine:?}, {code}");
            let error = runs[0].error.as_ref().map(|error| error.code.as_str());
            assert_eq!(error, Some(code), "{engine:?}");
            assert_eq!(runs[0].alarm.is_some(), is_alarm, "{engine:?}, {code}");
            city.with(|town| fault.into_iter().for_each(|fault| town.set_fault(fault, false)));
        }
        here.pull(System::Huzhou).expect("a run: nothing stopped the feed");
        assert!(here.compare(System::Huzhou).agrees(), "{engine:?}");
    }
}
