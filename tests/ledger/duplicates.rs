//! One learning event, told of by several sources: it counts once, by the source of the lowest rank.

use std::collections::BTreeMap;

use xueshi::app::posting::{Poster, RowResult};
use xueshi::domain::ids::PersonId;
use xueshi::domain::ledger::difference::{DifferenceKind, Resolution};
use xueshi::domain::ledger::outcome::Outcome;
use xueshi::domain::ledger::statement::RecognitionStatus::{Recognised, Rejected, Withdrawn};
use xueshi::domain::ledger::statement::StatedRow;

use super::stated::says_json;
use super::{Ledger, on_both};
use crate::support::{Dice, people, seed};

/// A row of an event of the first person.
fn event(key: &str, revision: i32, title: &str, day: &str, hours: &str) -> serde_json::Value {
    serde_json::json!({
        "key": key,
        "revision": revision,
        "person": { "number": people::number(1), "name": people::name(1) },
        "year": 2024,
        "category": "professional",
        "hours": hours,
        "completed_on": day,
        "course": { "title": title },
    })
}

fn told(key: &str, version: i64, title: &str, day: &str) -> StatedRow {
    says_json(&event(key, 1, title, day, "8").to_string(), version, Recognised)
}

/// Of each record, by source and key, whether it counts.
fn counting(ledger: &Ledger, person: PersonId) -> Vec<(i64, String)> {
    let entries = ledger.entries(person);
    let mut stands: Vec<(i64, String)> = entries
        .iter()
        .filter(|entry| entry.posting.hours.hundredths() > 0)
        .filter(|entry| !xueshi::domain::ledger::entry::is_reversed(&entries, entry.seq))
        .map(|entry| (entry.source.get(), entry.ext_key.to_string()))
        .collect();
    stands.sort();
    stands
}

fn keys(all: &[(i64, &str)]) -> Vec<(i64, String)> {
    all.iter().map(|(source, key)| (*source, (*key).to_owned())).collect()
}

#[test]
fn of_two_sources_the_lower_rank_is_kept_whatever_comes_first() {
    on_both(|ledger| {
        let registry = ledger.ranked(21, "registry", 10);
        let site = ledger.ranked(22, "site", 50);
        let first = ledger.state_one(&site, told("s", 1, "绿色建筑设计标准", "2024-05-06"));
        assert_eq!(first.outcome, Outcome::Posted);
        let person = first.person.unwrap();
        let better = ledger.state_one(&registry, told("r", 1, "绿色建筑设计标准", "2024-05-07"));
        assert_eq!(better.outcome, Outcome::Posted);
        assert_eq!(counting(ledger, person), keys(&[(21, "r")]));
        let open = ledger.differences(person);
        assert_eq!(open.len(), 1);
        assert_eq!(
            (open[0].kind, open[0].score, open[0].closed),
            (DifferenceKind::Duplicate, Some(90), None)
        );
        assert_eq!((&*open[0].key, open[0].other.as_ref().unwrap().1.as_ref()), ("s", "r"));
        let worse = ledger.state_one(&site, told("t", 1, "绿色建筑设计标准", "2024-05-06"));
        assert_eq!(worse.outcome, Outcome::Posted, "one record stands for one of another source");
        // The one that was kept goes away: the one that was held counts.
        let back = ledger.state_one(
            &registry,
            StatedRow {
                standing: Withdrawn, ..told("r", 2, "绿色建筑设计标准", "2024-05-07")
            },
        );
        assert_eq!(back.outcome, Outcome::Reversed);
        assert_eq!(counting(ledger, person), keys(&[(22, "s"), (22, "t")]));
        assert!(ledger.differences(person).iter().all(|one| one.closed.is_some()));
        // And comes again.
        ledger.state_one(&registry, told("r", 3, "绿色建筑设计标准", "2024-05-07"));
        assert_eq!(ledger.stands(person).values().sum::<i64>(), 1600);
        let open = ledger.differences(person);
        assert_eq!(open.iter().filter(|one| one.closed.is_none()).count(), 1, "opened anew");
    });
}

#[test]
fn evidence_is_certain_and_needs_nobody() {
    on_both(|ledger| {
        let registry = ledger.ranked(21, "registry", 10);
        let site = ledger.ranked(22, "site", 50);
        let numbered = |row: StatedRow| StatedRow { certificate: Some("证-0001".into()), ..row };
        let kept = ledger.state_one(&registry, numbered(told("r", 1, "甲", "2024-05-06")));
        let person = kept.person.unwrap();
        let held = ledger.state_one(&site, numbered(told("s", 1, "乙", "2024-09-01")));
        assert_eq!(held.outcome, Outcome::Held);
        assert_eq!(held.problems[0].message.code, "held_duplicate");
        assert_eq!(counting(ledger, person), keys(&[(21, "r")]));
        let noted = ledger.differences(person);
        assert!(matches!(noted[0].closed, Some((_, Resolution::Rule))), "nobody has to look");
        let again = ledger.state_one(&site, numbered(told("s", 2, "乙", "2024-09-01")));
        assert_eq!(again.outcome, Outcome::Replayed);
    });
}

#[test]
fn posted_rows_are_held_released_and_corrected_like_stated_ones() {
    on_both(|ledger| {
        let registry = ledger.ranked(21, "registry", 10);
        let provider = &ledger.trusted;
        let post = |revision: i32, title: &str| {
            let row = event("p", revision, title, "2024-05-06", "8").to_string();
            ledger.post(provider, &row)
        };
        ledger.state_one(&registry, told("r", 1, "施工安全", "2024-05-06"));
        let held = post(1, "施工安全");
        assert_eq!((held.outcome, held.entry_seq), (Outcome::Held, None));
        let person = held.person.unwrap();
        assert_eq!(post(1, "施工安全").outcome, Outcome::Replayed);
        let other = post(2, "另一门课程");
        assert_eq!(other.outcome, Outcome::Corrected, "it is another event after all");
        assert_eq!(counting(ledger, person), keys(&[(11, "p"), (21, "r")]));
        assert_eq!(post(3, "施工安全").outcome, Outcome::Held);
        assert_eq!(counting(ledger, person), keys(&[(21, "r")]));
        let rejected =
            StatedRow { standing: Rejected, ..told("r", 2, "施工安全", "2024-05-06") };
        assert_eq!(ledger.state_one(&registry, rejected).outcome, Outcome::Reversed);
        assert_eq!(counting(ledger, person), keys(&[(11, "p")]));
        ledger.state_one(&registry, told("r", 3, "施工安全", "2024-05-06"));
        assert_eq!(counting(ledger, person), keys(&[(21, "r")]));
        assert_eq!(ledger.take_back(provider, "p").unwrap().outcome, Outcome::Reversed);
        assert_eq!(ledger.take_back(provider, "p").unwrap().outcome, Outcome::Replayed);
        ledger.state_one(
            &registry,
            StatedRow { standing: Withdrawn, ..told("r", 4, "施工安全", "2024-05-06") },
        );
        assert_eq!(counting(ledger, person), [], "what the provider took back does not come again");
    });
}

#[test]
fn what_a_provider_takes_back_lets_a_held_record_count() {
    on_both(|ledger| {
        let late = ledger.ranked(23, "late", 200);
        let provider = &ledger.trusted;
        let posted =
            ledger.post(provider, &event("p", 1, "施工安全", "2024-05-06", "8").to_string());
        let person = posted.person.unwrap();
        let held = ledger.state_one(&late, told("l", 1, "施工安全", "2024-05-06"));
        assert_eq!(held.outcome, Outcome::Held);
        assert_eq!(ledger.take_back(provider, "p").unwrap().outcome, Outcome::Reversed);
        assert_eq!(counting(ledger, person), keys(&[(23, "l")]));
    });
}

#[test]
fn what_counts_does_not_depend_on_what_arrived_when() {
    let seed = seed();
    on_both(|ledger| {
        let dice = Dice::new(seed);
        let sources: Vec<Poster> = [(31, 10), (32, 20), (33, 30)]
            .map(|(id, rank)| ledger.ranked(id, &format!("s-{id}"), rank))
            .into_iter()
            .collect();
        let titles = ["施工安全管理", "绿色建筑设计", "施工安全管理二", "水利工程"];
        let days = ["2024-05-06", "2024-05-07", "2024-06-20"];
        let mut all = Vec::new();
        for (n, source) in sources.iter().enumerate() {
            for record in 0..5 {
                let key = format!("k-{n}-{record}");
                let (title, day) = (*dice.pick(&titles), *dice.pick(&days));
                all.push((source, told(&key, 1, title, day)));
                let standing = if dice.below(4) == 0 { Withdrawn } else { Recognised };
                let (title, day) = (*dice.pick(&titles), *dice.pick(&days));
                all.push((source, StatedRow { standing, ..told(&key, 2, title, day) }));
            }
        }
        let mut results: Vec<Vec<(i64, String)>> = Vec::new();
        for order in 0..3 {
            // The same events of another person, in another order.
            let mut those: Vec<_> =
                all.iter().map(|(source, row)| (*source, of(row, order + 2))).collect();
            dice.shuffle(&mut those);
            let mut person = None;
            for (source, row) in those {
                person = ledger.state_one(source, row).person.or(person);
            }
            let stands = counting(ledger, person.unwrap());
            let plain = |(source, key): &(i64, String)| {
                (*source, key.rsplit_once('@').unwrap().0.to_owned())
            };
            results.push(stands.iter().map(plain).collect());
        }
        assert_eq!(results[0], results[1]);
        assert_eq!(results[0], results[2]);
        let counts: BTreeMap<i64, usize> =
            results[0].iter().fold(BTreeMap::new(), |mut all, (source, _)| {
                *all.entry(*source).or_default() += 1;
                all
            });
        assert!(counts.contains_key(&31), "{counts:?}");
    });
}

/// A row as another person has it.
fn of(row: &StatedRow, n: usize) -> StatedRow {
    let json = String::from_utf8(row.raw.clone()).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let key = format!("{}@{n}", value["key"].as_str().unwrap());
    value["key"] = key.into();
    value["person"] = serde_json::json!({ "number": people::number(n), "name": people::name(n) });
    says_json(&value.to_string(), row.version, row.standing)
}

#[test]
fn two_feeds_at_once_count_every_event_once() {
    on_both(|ledger| {
        let registry = ledger.ranked(21, "registry", 10);
        let site = ledger.ranked(22, "site", 50);
        let rows = |source: &str| -> Vec<StatedRow> {
            let of_person = |n: usize| {
                ["2023-01-06", "2023-05-06", "2023-10-06"]
                    .map(|day| of(&told(&format!("{source}-{day}"), 1, "施工安全管理", day), n))
            };
            (1..=6).flat_map(of_person).collect()
        };
        let run = |poster: &Poster, mut rows: Vec<StatedRow>| {
            let (service, poster) = (ledger.service.clone(), poster.clone());
            if poster.source.source_id == 22 {
                rows.reverse();
            }
            ledger.runtime.spawn_blocking(move || {
                let nothing = |_: &mut xueshi::store::WriteTx<'_>, _: &[RowResult]| Ok(());
                for part in rows.chunks(4) {
                    let batch = service.new_batch();
                    let part =
                        (1..).zip(part).map(|(row_no, row)| StatedRow { row_no, ..row.clone() });
                    let part: Vec<StatedRow> = part.collect();
                    let mut rounds = 0;
                    while let Err(failure) =
                        service.record_stated(&poster, batch, part.clone(), nothing)
                    {
                        rounds += 1;
                        assert!(rounds < 20, "always in the way: {failure:?}");
                    }
                }
            })
        };
        let both = [run(&registry, rows("r")), run(&site, rows("s"))];
        for task in both {
            ledger.wait(task).expect("a feed");
        }
        for n in 1..=6 {
            let probe = of(&told("probe", 1, "另一门", "2020-01-01"), n);
            let rejected = StatedRow { standing: Rejected, ..probe };
            let person = ledger.state_one(&registry, rejected).person.unwrap();
            let stands = counting(ledger, person);
            assert_eq!(stands.len(), 3, "{stands:?}");
            assert!(stands.iter().all(|(source, _)| *source == 21), "{stands:?}");
        }
    });
}
