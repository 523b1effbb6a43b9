//! Runs without faults: what comes in, what a repetition does, what is remembered.

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
            city.with(|town| town.advance());
            here.pull_all(&city);
            here.prove(&city, &format!("{engine:?}, day {day}"));
        }
        // What was taken once more had no effect.
        let entries = here.database.count("entry");
        for system in FEEDS {
            let ended = here.pulling.replay(system.code(), None, &mut |_| {}).expect("a replay");
            assert!(ended.counts.total() > 0, "{}: nothing was kept", system.code());
        }
        assert_eq!(here.database.count("entry"), entries, "{engine:?}");
        here.prove(&city, &format!("{engine:?}, after a replay"));
    }
}
