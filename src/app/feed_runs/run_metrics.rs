//! What runs came to, for those who watch: of the whole installation, whichever process ran them.

use crate::app::feed_runs::Pulling;
use crate::app::posting::problems;
use crate::app::service::Failure;
use crate::domain::ledger::outcome::Counts;
use crate::store::batches::BatchState;
use crate::store::feed_counts::{Counted, FeedCount};
use crate::store::feeds::{RunRow, Work};
use crate::store::{StoreError, WriteTx};

/// Counts a run that ends.
pub(super) fn run(
    tx: &mut WriteTx<'_>,
    run: &RunRow,
    state: BatchState,
    counts: &str,
) -> Result<(), StoreError> {
    let name = format!("{} {}", Work::name(run.work), BatchState::name(state.number()));
    tx.count_of_feed(&run.feed, Counted::Runs, &name, 1)?;
    if let Some(told) = &run.alarm {
        alarm(tx, &run.feed, told)?;
    }
    if run.work == Work::Listing.number() {
        // Its counts are differences.
        return Ok(());
    }
    for (outcome, rows) in Counts::read(counts).occurred() {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        tx.count_of_feed(&run.feed, Counted::Rows, outcome.name(), rows)?;
    }
    Ok(())
}

/// Counts an alarm, as it is kept.
pub(super) fn alarm(tx: &mut WriteTx<'_>, feed: &str, told: &str) -> Result<(), StoreError> {
    match problems::from_text(told) {
        Some(alarm) => tx.count_of_feed(feed, Counted::Alarms, &alarm.code, 1),
        None => Ok(()),
    }
}

impl Pulling {
    /// What was counted of every feed.
    pub async fn counts(&self) -> Result<Vec<FeedCount>, Failure> {
        self.service.store.read(|tx| Ok::<_, Failure>(tx.feed_counts()?)).await
    }
}
