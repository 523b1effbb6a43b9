//! The town itself, and the oracle on a town made by hand.

use std::collections::BTreeSet;

use xueshi::city::{Fault, Standing, System, Town, TrueRecord, expected};
use xueshi::domain::category::Category;
use xueshi::domain::hours::Hours;
use xueshi::domain::identity::IdNumber;
use xueshi::domain::person_name::PersonName;
use xueshi::locale::{Lang, keys, text};

use super::wire::Folder;

fn record(event: usize, system: System, standing: Standing, hours: i64) -> TrueRecord {
    TrueRecord {
        system,
        key: format!("{event}-{}", system.code()),
        event,
        number: "33052319000101100X".to_owned(),
        name: "样例".to_owned(),
        year: 2024,
        category: Category::General,
        hours: Hours::from_hundredths(hours),
        standing,
        title: "课程".to_owned(),
    }
}

#[test]
fn an_event_counts_once_and_only_where_it_is_recognised() {
    use Standing::{Received, Recognised, Rejected, Reviewing, Withdrawn};
    use System::{Huzhou, Hzhret, Lishui};
    let sum =
        |truth: &[TrueRecord]| expected(truth).into_values().map(Hours::hundredths).sum::<i64>();
    // The registry's word is taken, in whatever order the two come.
    let both = [record(1, Hzhret, Recognised, 250), record(1, Huzhou, Recognised, 800)];
    assert_eq!(sum(&both), 800);
    let [first, second] = both.clone();
    assert_eq!(sum(&[second, first]), 800);
    // Where the registry does not recognise it, the learning site's counts.
    for standing in [Received, Reviewing, Rejected, Withdrawn] {
        let truth = [record(1, Hzhret, Recognised, 250), record(1, Huzhou, standing, 800)];
        assert_eq!(sum(&truth), 250, "{standing:?}");
        assert_eq!(sum(&[record(1, Lishui, standing, 800)]), 0, "{standing:?}");
    }
    // Two events count twice, to the hundredth, each for its year and category.
    let mut other = record(2, Huzhou, Recognised, 5);
    assert_eq!(sum(&[both[1].clone(), other.clone()]), 805);
    other.year = 2023;
    let sums = expected(&[both[1].clone(), other]);
    assert_eq!(sums.len(), 2);
    let whose = |year| ("33052319000101100X".to_owned(), year, Category::General);
    assert_eq!(sums[&whose(2023)].to_string(), "0.05");
    assert_eq!(sums[&whose(2024)].to_string(), "8");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folders = [Folder::new(), Folder::new()];
    let files = folders.each_ref().map(|folder| {
        let mut town = Town::new(7, 40);
        town.advance();
        let files = town.drop_files(&folder.0).expect("files");
        town.advance();
        let more = town.drop_files(&folder.0).expect("files");
        let read = |path: &std::path::PathBuf| std::fs::read(path).expect("a file");
        (files.iter().chain(&more).map(read).collect::<Vec<_>>(), town.truth())
    });
    assert!(files[0] == files[1], "the same seed, other bytes");
    assert_ne!(Town::new(8, 40).truth(), Town::new(7, 40).truth());
}

#[test]
fn the_people_are_made_up_and_whole() {
    let town = Town::new(3, 300);
    let mut numbers = BTreeSet::new();
    for record in town.truth() {
        let number = IdNumber::parse(&record.number).expect("a number");
        assert_eq!(&number.expose()[6..10], "1900");
        assert!(record.name.starts_with("样例"), "{}", record.name);
        assert!(PersonName::parse(&record.name).is_ok());
        assert!((2018..=2025).contains(&record.year), "{}", record.year);
        assert!((1..=9000).contains(&record.hours.hundredths()));
        numbers.insert(record.number);
    }
    assert_eq!(numbers.len(), 300);
    assert!(town.truth().iter().any(|record| record.name.contains('𠮷')));
    assert!(town.truth().iter().any(|record| record.hours.hundredths() % 100 == 50));
}

#[test]
fn a_day_changes_every_system_in_every_way() {
    let mut town = Town::new(5, 60);
    let before = town.truth();
    (0..5).for_each(|_| town.advance());
    let after = town.truth();
    assert!(after.len() > before.len());
    for system in System::ALL {
        let pairs = || before.iter().zip(&after).filter(|(old, _)| old.system == system);
        let became = |standing| {
            pairs().any(|(old, new)| old.standing != standing && new.standing == standing)
        };
        assert!(became(Standing::Recognised), "{system:?}");
        assert!(pairs().any(|(old, new)| old.hours != new.hours), "{system:?}");
        let gone = match system {
            System::Jiaxing => Standing::Received,
            _ => Standing::Withdrawn,
        };
        assert!(became(gone), "{system:?}");
        assert!(after[before.len()..].iter().any(|new| new.system == system), "{system:?}");
    }
    // Some of what was learned on the site is in a registry too, and counts once.
    let events: BTreeSet<usize> = after.iter().map(|record| record.event).collect();
    assert!(events.len() < after.len());
}

#[test]
fn every_fault_has_a_name_and_words_in_both_languages() {
    let names: BTreeSet<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    assert_eq!(names.len(), Fault::ALL.len());
    assert!(names.len() >= 30);
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/stand-in-city.md");
    let docs = std::fs::read_to_string(docs).expect("the page");
    for fault in Fault::ALL {
        assert_eq!(Fault::from_name(fault.name()), Some(*fault));
        let english = text(Lang::En, &format!("fault.{}", fault.name()), &[]);
        let row = format!("| `{}` | {} | {english} |", fault.name(), fault.effect().name());
        assert!(docs.contains(&row), "docs/stand-in-city.md lacks\n{row}");
    }
    for lang in [Lang::Zh, Lang::En] {
        let said = keys(lang).into_iter().filter(|key| key.starts_with("fault.")).count();
        assert_eq!(said, names.len());
    }
}

/// A fault is on the wire alone: what is true stays, and what a ledger must hold with it.
#[test]
fn no_fault_changes_what_is_expected() {
    for fault in Fault::ALL {
        let mut town = Town::new(11, 30);
        let before = town.expected();
        town.set_fault(*fault, true);
        assert_eq!(town.expected(), before, "{}", fault.name());
        assert_eq!(town.faults(), [*fault]);
        town.set_fault(*fault, false);
        assert_eq!(town.expected(), before, "{}", fault.name());
        assert!(town.faults().is_empty());
    }
}

/// The learning site never takes "settled" back but by a voiding.
#[test]
fn a_signature_under_the_workbook_says_nothing_of_what_another_system_holds() {
    for seed in 0..60 {
        let mut town = Town::new(seed, 8);
        town.advance();
        town.set_fault(Fault::HzhretRechosen, true);
        let settled = |town: &Town| -> BTreeSet<String> {
            let own = |one: &TrueRecord| {
                one.system == System::Hzhret && one.standing == Standing::Recognised
            };
            town.truth().into_iter().filter(own).map(|one| one.key).collect()
        };
        for _ in 0..4 {
            let before = settled(&town);
            town.advance();
            for one in town.truth().iter().filter(|one| before.contains(&one.key)) {
                let fits = matches!(one.standing, Standing::Recognised | Standing::Withdrawn);
                assert!(fits, "seed {seed}: {one:?}");
            }
        }
    }
}
