//! How long what came in is kept, and what is remembered for ever.

use std::path::Path;

use xueshi::app::feed_runs::{Ended, ReplayOptions};
use xueshi::city::{System, Town};

use super::{City, FEEDS, Installation};
use crate::support::engines::{Database, Engine, surroundings};

/// Files below a folder.
fn files(folder: &Path) -> i64 {
    let entries = folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

fn replay(here: &Installation, system: System) -> Ended {
    here.pulling.replay(system.code(), ReplayOptions::default(), &mut |_| {}).expect("a replay")
}

/// Pulled, and pulled again after three days.
fn pulled(engine: Engine, city: &City, feeds: &str) -> Installation {
    let here = Installation::with(Database::new(engine), surroundings(), city, feeds);
    here.pull_all(city);
    let days = 3 * 86_400_000_000_i64;
    let earlier = format!("UPDATE feed_page SET received_at = received_at - {days}");
    here.database.execute(&earlier).expect("three days");
    city.with(Town::advance);
    here.pull_all(city);
    here
}

#[test]
fn what_was_kept_for_long_enough_is_removed_and_known_again() {
    for engine in Engine::BOTH {
        let city = City::new(41, 24);
        let here = pulled(engine, &city, "keep_days = 2");
        let folder = here.database.folder.join("data/feeds");
        let removed = here.database.count("feed_page WHERE removed_at IS NOT NULL");
        assert!(removed >= 4, "{engine:?}: {removed}");
        let kept = here.database.count("feed_page WHERE removed_at IS NULL");
        assert!(kept >= 4, "{engine:?}: {kept}");
        assert_eq!(files(&folder), kept, "{engine:?}: what is in the folder");
        here.prove(&city, &format!("{engine:?}"));
        for system in FEEDS {
            let of =
                format!("feed_page WHERE feed = '{}' AND removed_at IS NOT NULL", system.code());
            let gone = here.database.count(&of).to_string();
            let (entries, ended) = (here.database.count("entry"), replay(&here, system));
            assert!(ended.counts.total() > 0, "{engine:?}: what is left is taken again");
            let told =
                ended.notices.iter().map(|told| (told.code.as_str(), told.message.en.as_str()));
            let told: Vec<_> = told.collect();
            assert_eq!(told.len(), 1, "{engine:?}: {told:?}");
            assert_eq!(told[0].0, "feed_pages_not_kept");
            assert!(told[0].1.ends_with(&format!(": {gone}")), "{engine:?}: {told:?}, {gone}");
            assert_eq!(here.database.count("entry"), entries, "{engine:?}");
        }
        // The first book comes again under another name.
        let books = here.database.folder.join(System::Jiaxing.code());
        let mut names: Vec<_> = books
            .read_dir()
            .expect("a folder")
            .map(|entry| entry.expect("a book").path())
            .collect();
        names.sort();
        std::fs::copy(&names[0], books.join("zz-again.xlsx")).expect("a copy");
        assert_eq!(here.refused(System::Jiaxing), "feed_file_seen", "{engine:?}");
    }
}

#[test]
fn without_a_limit_everything_is_kept() {
    let city = City::new(42, 8);
    let here = pulled(Engine::Sqlite, &city, "");
    assert_eq!(here.database.count("feed_page WHERE removed_at IS NOT NULL"), 0);
    assert_eq!(files(&here.database.folder.join("data/feeds")), here.database.count("feed_page"));
    for system in FEEDS {
        assert!(replay(&here, system).notices.is_empty(), "{}", system.code());
    }
}

#[test]
fn what_a_process_removed_before_it_was_killed_is_no_fault() {
    for engine in Engine::BOTH {
        let city = City::new(43, 8);
        let here = pulled(engine, &city, "keep_days = 4");
        assert_eq!(here.database.count("feed_page WHERE removed_at IS NOT NULL"), 0);
        let days = 3 * 86_400_000_000_i64;
        let earlier = format!("UPDATE feed_page SET received_at = received_at - {days}");
        here.database.execute(&earlier).expect("three days");
        // The pages of the first day are gone, and nobody wrote it down.
        let folder = here.database.folder.join("data/feeds");
        let mut runs: Vec<_> =
            folder.read_dir().expect("runs").map(|run| run.expect("a run").path()).collect();
        runs.sort();
        std::fs::remove_dir_all(&runs[0]).expect("a run");
        for system in FEEDS {
            let ended = replay(&here, system);
            assert!(ended.counts.total() > 0, "{engine:?}, {}", system.code());
            assert_eq!(ended.notices[0].code, "feed_pages_not_kept", "{engine:?}");
        }
    }
}
