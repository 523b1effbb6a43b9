//! A source takes back what it posted under a key.

use super::update::Update;
use crate::domain::ids::BatchId;
use crate::domain::ledger::account::{Account, Earlier, Said};
use crate::domain::ledger::entry::Cause;
use crate::domain::ledger::outcome::Outcome;
use crate::domain::ledger::pending::PendingOutcome;
use crate::domain::ledger::source_record::SourceRecord;
use crate::domain::ledger::sources::Sources;
use crate::domain::ledger::statement::RecognitionStatus;

/// Takes a record of the own source back, and lets what was held for it count; whether there was anything,
/// and the entry that takes it back.
pub fn withdraw(
    account: &mut Account,
    sources: Sources<'_>,
    key: &str,
    batch: BatchId,
) -> (Outcome, Option<i64>) {
    let source = sources.own().id;
    let prior = account.prior_state(source, key);
    let before = account.entries().len();
    let cause = Cause::Row(batch, 1);
    match account.record(source, key).cloned() {
        Some(record) => {
            let stated = SourceRecord {
                standing: RecognitionStatus::Withdrawn,
                batch,
                row_no: 1,
                ..record.stated
            };
            let earlier = Earlier { before: record.before, on_file: record.on_file };
            account.put(stated, earlier, Said::Posted { place: 0, replaces: false });
            account.update(Update { sources, cause });
        }
        None => {
            account.close_waiting((source, key), PendingOutcome::Withdrawn, (None, None));
            account.reverse(source, key, cause);
        }
    }
    let own = |entry: &&crate::domain::ledger::entry::Entry| {
        entry.source == source && &*entry.ext_key == key
    };
    let made = account.entries().get(before..).unwrap_or_default().iter().find(own);
    let outcome = if prior.was_there() { Outcome::Reversed } else { Outcome::Replayed };
    (outcome, made.map(|entry| entry.seq))
}
