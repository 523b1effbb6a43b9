//! Writes what was decided.

use crate::domain::ids::{BatchId, SourceId};
use crate::domain::ledger::change_set::{ChangeSet, ClosedDifference, RecordChange};
use crate::domain::ledger::claim::Claim;
use crate::domain::ledger::source_record::SourceRecord;
use crate::store::control_totals::Changes;
use crate::store::{StoreError, WriteTx};

/// Writes everything that changes of records of a source, by rows of a batch.
pub fn apply(
    tx: &mut WriteTx<'_>,
    (source, batch): (SourceId, BatchId),
    changes: &ChangeSet,
) -> Result<(), StoreError> {
    for one in &changes.closed_pendings {
        let (decision, entry_seq) = (one.decision, one.entry_seq);
        must(tx.close_pending(one.pending, one.at, one.outcome, decision, entry_seq)?)?;
    }
    tx.add_entries(&changes.entries)?;
    tx.add_pendings(&changes.pendings)?;
    for one in &changes.closed_differences {
        close_difference(tx, one)?;
    }
    tx.add_differences(&changes.differences)?;
    put_records(tx, &changes.records)?;
    let seen: Vec<(&str, i64)> =
        changes.seen.iter().map(|(key, version)| (&**key, *version)).collect();
    tx.see_stated(source, &seen, batch)?;
    take_claims(tx, source, &changes.new_claims)?;
    for claim in &changes.changed_claims {
        tx.reclaim(source, claim)?;
    }
    for person in &changes.strangers {
        tx.remove_person(*person)?;
    }
    Ok(())
}

/// What was decided on is no more what it was: another transaction came first.
fn must(changed: bool) -> Result<(), StoreError> {
    if changed { Ok(()) } else { Err(StoreError::Busy) }
}

fn close_difference(tx: &mut WriteTx<'_>, one: &ClosedDifference) -> Result<(), StoreError> {
    let (id, resolution) = (one.difference, one.resolution);
    must(match (one.noted, one.person, one.decision) {
        (true, Some(person), Some(decision)) => {
            tx.settle_noted(person, id, resolution, decision)?
        }
        _ => tx.close_difference(one.person, id, one.at, resolution, one.decision)?,
    })
}

fn put_records(tx: &mut WriteTx<'_>, changes: &[RecordChange]) -> Result<(), StoreError> {
    let mut totals = Changes::default();
    for one in changes {
        if let Some(before) = &one.before {
            totals.take(before);
        }
        totals.add(&one.after);
    }
    let of = |state_only: bool| -> Vec<&SourceRecord> {
        let own = changes.iter().filter(|one| one.state_only == state_only);
        own.map(|one| &one.after).collect()
    };
    tx.put_stated(&of(false))?;
    tx.turn_stated(&of(true))?;
    tx.change_control_totals(&totals)
}

fn take_claims(tx: &mut WriteTx<'_>, source: SourceId, claims: &[Claim]) -> Result<(), StoreError> {
    if claims.is_empty() {
        return Ok(());
    }
    for (claim, free) in claims.iter().zip(tx.claim(source, claims)?) {
        if !free {
            tx.reclaim(source, claim)?;
        }
    }
    Ok(())
}
