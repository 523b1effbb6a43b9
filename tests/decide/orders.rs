//! What does not depend on the order in which things arrive, or on how they are cut into batches.

use std::collections::{BTreeMap, BTreeSet};

use xueshi::domain::ids::{PersonId, SourceId};
use xueshi::domain::ledger::account::RecordKey;
use xueshi::domain::ledger::claim::Claim;
use xueshi::domain::ledger::entry::EntryKind;
use xueshi::domain::ledger::posting::Posting;

use super::draw::{self, RANKED, Wishes};
use super::history::{History, Step, shown};
use super::memory::Memory;
use super::rules::{self, must};
use super::{faults, randomly, repeatedly, shrink};

/// Where everything stands in the end, without how it came there.
#[derive(Debug, PartialEq, Eq)]
struct Picture {
    stands: BTreeMap<RecordKey, (PersonId, [u8; 32])>,
    waits: BTreeMap<RecordKey, (PersonId, [u8; 32])>,
    held: BTreeMap<RecordKey, Option<RecordKey>>,
    open: BTreeSet<[u8; 32]>,
}

fn picture(memory: &Memory) -> Picture {
    let key = |source: SourceId, key: &str| (source, Box::from(key));
    let stands = memory.all_standing().filter(|entry| entry.kind != EntryKind::Adjustment);
    let open = memory.differences.values().filter(|one| one.closed.is_none());
    Picture {
        stands: stands.map(|e| (key(e.source, &e.ext_key), (e.person, e.content_hash))).collect(),
        waits: memory
            .all_waiting()
            .map(|row| (key(row.source, &row.ext_key), (row.person, row.content_hash)))
            .collect(),
        held: memory
            .held()
            .map(|one| {
                let kept = one.kept.as_ref().map(|kept| key(kept.source, &kept.key));
                (key(one.source, &one.key), kept)
            })
            .collect(),
        open: open.map(|one| one.subject).collect(),
    }
}

fn ends(history: &[Step]) -> Result<Option<Memory>, String> {
    let mut memory = Memory::new();
    for step in history {
        if faults::meets_one(&memory, step) {
            return Ok(None);
        }
        memory.play(step)?;
        rules::hold(&memory)?;
    }
    Ok(Some(memory))
}

/// What each source says, in its own order; whose turn it is does not matter where ranks differ.
#[test]
#[ignore = "finds orders of arrival in which it still matters"]
fn the_order_of_arrival_of_independent_sources_does_not_matter() {
    let wishes = Wishes { persons: 2, steps: 5, clashes: true, ..Wishes::EVERYTHING };
    repeatedly(250, |dice| {
        let mut turns: Vec<usize> = Vec::new();
        let mut history = History::new();
        for source in RANKED {
            let own = draw::statements(dice, wishes, *source);
            turns.extend(own.iter().map(|_| *source));
            history.extend(own);
        }
        let mut orders = vec![RANKED.to_vec()];
        for _ in 0..5 {
            let mut order = RANKED.to_vec();
            dice.shuffle(&mut order);
            orders.push(order);
        }
        dice.shuffle(&mut turns);
        shrink::hold(history, &|history| {
            let first = ends(history)?;
            for order in &orders {
                let other = ends(&one_after_the_other(history, order))?;
                same_picture(first.as_ref(), other.as_ref())
                    .map_err(|why| format!("in the order {order:?}: {why}"))?;
            }
            let mixed = in_turns(history, &turns);
            same_picture(first.as_ref(), ends(&mixed)?.as_ref())
                .map_err(|why| format!("in the order\n{}{why}", shown(&mixed)))
        });
    });
}

fn of_source(step: &Step, source: usize) -> bool {
    matches!(step, Step::Rows { source: of, .. } | Step::Withdraw { source: of, .. } if *of == source)
}

fn one_after_the_other(history: &[Step], order: &[usize]) -> History {
    let own = |source: &usize| {
        let source = *source;
        history.iter().filter(move |step| of_source(step, source)).cloned()
    };
    order.iter().flat_map(own).collect()
}

fn in_turns(history: &[Step], turns: &[usize]) -> History {
    let mut left: Vec<Step> = history.to_vec();
    let mut all = History::new();
    for source in turns {
        if let Some(place) = left.iter().position(|step| of_source(step, *source)) {
            all.push(left.remove(place));
        }
    }
    all
}

fn same_picture(one: Option<&Memory>, other: Option<&Memory>) -> Result<(), String> {
    let (Some(one), Some(other)) = (one, other) else { return Ok(()) };
    let (one, other) = (picture(one), picture(other));
    must!(one == other, "{one:#?}\nbut otherwise {other:#?}");
    Ok(())
}

/// Everything of a ledger that does not name a batch, a row or an instant.
#[derive(Debug, PartialEq, Eq)]
struct Substance {
    picture: Picture,
    claims: Vec<(SourceId, Claim)>,
    records: Vec<String>,
}

fn substance(memory: &Memory) -> Substance {
    let records = memory.records.values().map(|one| {
        let kept = one.kept.as_ref().map(|kept| (kept.source, &kept.key, kept.score, &kept.parts));
        let posting: Option<&Posting> = one.posting.as_ref();
        let said = (one.version, one.standing, one.revision, one.digest, one.refused);
        format!(
            "{}/{} {:?} {said:?} {posting:?} {:?} {:?} {kept:?}",
            one.source, one.key, one.person, one.started_on, one.state
        )
    });
    Substance {
        picture: picture(memory),
        claims: memory.claims.iter().map(|((source, _), claim)| (*source, claim.clone())).collect(),
        records: records.collect(),
    }
}

fn row_by_row(history: &[Step]) -> History {
    let mut all = History::new();
    for step in history {
        match step {
            Step::Rows { source, rows } => all.extend(
                rows.iter().map(|row| Step::Rows { source: *source, rows: vec![row.clone()] }),
            ),
            step => all.push(step.clone()),
        }
    }
    all
}

#[test]
#[ignore = "finds batches in which it still matters"]
fn rows_one_by_one_come_to_the_same_as_in_batches() {
    let wishes = Wishes { rows: 5, steps: 10, ..Wishes::EVERYTHING };
    randomly(400, wishes, |history| {
        let (Some(one), Some(other)) = (ends(history)?, ends(&row_by_row(history))?) else {
            return Ok(());
        };
        let (one, other) = (substance(&one), substance(&other));
        must!(one == other, "{one:#?}\none by one {other:#?}");
        Ok(())
    });
}
