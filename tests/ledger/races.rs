//! Many at once: every key has one effect, every chain is whole.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::Barrier;
use xueshi::app::posting::{Mode, Poster, RowResult};
use xueshi::app::service::{Failure, Service};
use xueshi::domain::ledger::outcome::Outcome;

use super::{Ledger, on_both, prepare_row, prepare_rows, row};
use crate::support::{Dice, seed};

/// Runs a client for each number, all let off at once, and gives what each came back with.
fn race<T, F>(ledger: &Ledger, clients: usize, run: impl Fn(usize, Service, Poster) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    ledger.wait(async {
        let barrier = Arc::new(Barrier::new(clients));
        let tasks: Vec<_> = (0..clients)
            .map(|client| {
                let work = run(client, ledger.service.clone(), ledger.trusted.clone());
                let barrier = barrier.clone();
                tokio::spawn(async move {
                    barrier.wait().await;
                    work.await
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.push(task.await.expect("a client"));
        }
        all
    })
}

/// Posts a row until it is taken: what was in the way is told as such, and sending again is right.
async fn insist(service: &Service, poster: &Poster, json: &str) -> RowResult {
    for _ in 0..50 {
        match service.record_one(poster, prepare_row(service, 1, json)).await {
            Ok(taken) => return taken,
            Err(Failure::Store(error)) if error.is_retryable() => {}
            Err(failure) => panic!("{failure:?}"),
        }
    }
    panic!("always in the way: {json}")
}

fn count(taken: &[RowResult]) -> BTreeMap<(String, Outcome), usize> {
    let mut counts = BTreeMap::new();
    for row in taken {
        let key = row.key.as_deref().unwrap_or_default().to_owned();
        *counts.entry((key, row.outcome)).or_default() += 1;
    }
    counts
}

#[test]
fn sixty_four_clients_race_fifty_keys_and_each_has_one_effect() {
    let seed = seed();
    on_both(|ledger| {
        let taken = race(ledger, 64, |client, service, poster| async move {
            let dice = Dice::new(seed.wrapping_add(u64::try_from(client).unwrap() << 32));
            let mut keys: Vec<usize> = (0..50).collect();
            dice.shuffle(&mut keys);
            let mut all = Vec::new();
            for key in keys {
                let json = row(key % 12, &format!("k{key}"), 1, "1");
                all.push(insist(&service, &poster, &json).await);
            }
            all
        });
        let taken: Vec<RowResult> = taken.into_iter().flatten().collect();
        let counts = count(&taken);
        for key in 0..50 {
            let of = |outcome| counts.get(&(format!("k{key}"), outcome)).copied();
            assert_eq!((of(Outcome::Posted), of(Outcome::Replayed)), (Some(1), Some(63)), "k{key}");
        }
        assert_eq!(ledger.database.count("entry"), 50);
        assert_eq!(ledger.database.count("ext_ref"), 50);
        assert_eq!(ledger.database.count("person"), 12);
        assert_eq!(ledger.database.count("submission"), 64 * 50);
    });
}

#[test]
fn batches_race_the_same_keys_in_other_orders() {
    let seed = seed();
    on_both(|ledger| {
        let taken = race(ledger, 16, |client, service, poster| async move {
            let dice = Dice::new(seed.wrapping_add(u64::try_from(client).unwrap() << 32));
            let mut keys: Vec<usize> = (0..50).collect();
            dice.shuffle(&mut keys);
            let rows: Vec<String> =
                keys.iter().map(|key| row(key % 12, &format!("k{key}"), 1, "1")).collect();
            let mode = if client % 2 == 0 { Mode::Continue } else { Mode::Atomic };
            for _ in 0..20 {
                let rows = prepare_rows(&service, &rows);
                match service.record_batch(&poster, rows, mode, false).await {
                    Ok((_, taken)) if taken.iter().all(|row| row.outcome.is_success()) => {
                        return taken;
                    }
                    Ok((_, taken)) => {
                        assert!(taken.iter().all(|row| row.outcome == Outcome::Deferred));
                    }
                    Err(Failure::Store(error)) if error.is_retryable() => {}
                    Err(failure) => panic!("{failure:?}"),
                }
            }
            panic!("always in the way")
        });
        let taken: Vec<RowResult> = taken.into_iter().flatten().collect();
        let counts = count(&taken);
        for key in 0..50 {
            let of = |outcome| counts.get(&(format!("k{key}"), outcome)).copied();
            assert_eq!((of(Outcome::Posted), of(Outcome::Replayed)), (Some(1), Some(15)), "k{key}");
        }
        assert_eq!(ledger.database.count("entry"), 50);
    });
}

#[test]
fn of_rows_that_say_different_things_under_one_key_one_wins() {
    on_both(|ledger| {
        let taken = race(ledger, 16, |client, service, poster| async move {
            let json = row(client % 4, "a", 1, &(client + 1).to_string());
            insist(&service, &poster, &json).await
        });
        let won: Vec<&RowResult> =
            taken.iter().filter(|row| row.outcome == Outcome::Posted).collect();
        assert_eq!(won.len(), 1);
        assert_eq!(taken.iter().filter(|row| row.outcome == Outcome::Conflict).count(), 15);
        let entries = ledger.entries(won[0].person.unwrap());
        assert_eq!((entries.len(), ledger.database.count("entry")), (1, 1));
    });
}

#[test]
fn a_hundred_hot_persons_keep_gapless_chains_and_right_balances() {
    on_both(|ledger| {
        let taken = race(ledger, 16, |client, service, poster| async move {
            // Every other client goes the other way round.
            let mut people: Vec<usize> = (0..100).collect();
            if client % 2 == 1 {
                people.reverse();
            }
            let rows: Vec<String> =
                people.iter().map(|n| row(*n, &format!("c{client}-p{n}"), 1, "0.5")).collect();
            let mut all = Vec::new();
            let (one_by_one, together) = rows.split_at(30);
            for json in one_by_one {
                all.push(insist(&service, &poster, json).await);
            }
            let mut left = together.to_vec();
            while !left.is_empty() {
                let rows = prepare_rows(&service, &left);
                let batch = service.record_batch(&poster, rows, Mode::Continue, false).await;
                let (_, taken) = batch.expect("outcomes");
                let again = |row: &RowResult| row.outcome == Outcome::Deferred;
                left = left
                    .into_iter()
                    .zip(&taken)
                    .filter(|(_, row)| again(row))
                    .map(|(json, _)| json)
                    .collect();
                all.extend(taken.into_iter().filter(|row| !again(row)));
            }
            all
        });
        let taken: Vec<RowResult> = taken.into_iter().flatten().collect();
        assert_eq!(taken.len(), 1600);
        assert!(taken.iter().all(|row| row.outcome == Outcome::Posted));
        let mut seqs: BTreeMap<_, Vec<i64>> = BTreeMap::new();
        for row in &taken {
            seqs.entry(row.person.unwrap()).or_default().push(row.entry_seq.unwrap());
        }
        assert_eq!(seqs.len(), 100);
        for (person, mut own) in seqs {
            own.sort_unstable();
            assert_eq!(own, (1..=16).collect::<Vec<_>>());
            let rows = ledger.service.store.read_waiting(|tx| tx.balances(person)).unwrap();
            assert_eq!((rows.len(), rows[0].hours, rows[0].n, rows[0].last_seq), (1, 800, 16, 16));
        }
    });
}

#[test]
fn corrections_and_withdrawals_of_the_same_keys_race() {
    let seed = seed();
    on_both(|ledger| {
        let keys = ["a", "b", "c"];
        for key in keys {
            ledger.post(&ledger.trusted, &row(1, key, 1, "1"));
        }
        race(ledger, 12, |client, service, poster| async move {
            let dice = Dice::new(seed.wrapping_add(u64::try_from(client).unwrap() << 32));
            for step in 0..20 {
                let key = dice.pick(&keys);
                if client % 4 == 0 {
                    let back = service.take_back(&poster, key, "a test").await;
                    match back {
                        Ok(taken) => assert!(taken.outcome.is_success()),
                        Err(Failure::Store(error)) if error.is_retryable() => {}
                        Err(failure) => panic!("{failure:?}"),
                    }
                } else {
                    let revision = 2 + step * 12 + client;
                    let person = dice.below(3);
                    let hours = format!("{revision}.5");
                    let json = row(person, key, i32::try_from(revision).unwrap(), &hours);
                    let taken = insist(&service, &poster, &json).await;
                    let stale = taken.outcome == Outcome::Conflict
                        && taken.problems[0].message.code == "revision_stale";
                    assert!(taken.outcome.is_success() || stale, "{taken:?}");
                }
            }
        });
        let highest = ledger.post(&ledger.trusted, &row(5, "a", 1000, "7"));
        assert!(matches!(highest.outcome, Outcome::Corrected | Outcome::Posted));
        for key in keys {
            let condition = format!(
                "entry e WHERE e.ext_key = '{key}' AND e.kind <> 2 AND NOT EXISTS (SELECT 1 FROM \
                 entry r WHERE r.person_id = e.person_id AND r.kind = 2 AND r.ref_seq = e.seq)"
            );
            let standing = ledger.database.count(&condition);
            assert!(standing <= 1, "{key}: {standing} stand at once");
            let others = format!(
                "{condition} AND e.revision <> (SELECT revision FROM ext_ref WHERE ext_key = '{key}')"
            );
            assert_eq!(ledger.database.count(&others), 0, "only the claimed revision stands");
        }
    });
}
