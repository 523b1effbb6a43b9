//! What runs came to, for those who watch: of the whole installation, whichever process ran them.

use crate::app::feed_runs::FeedRunner;
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
    let work = run.work()?;
    let name = format!("{} {}", work.name(), state.name());
    tx.count_of_feed(&run.feed, Counted::Runs, &name, 1)?;
    if let Some(told) = &run.alarm {
        alarm(tx, &run.feed, &problems::first(told, || run.damaged())?.code)?;
    }
    if work == Work::Listing {
        // Its counts are differences.
        return Ok(());
    }
    let counts = Counts::read(counts).ok_or_else(|| run.damaged())?;
    for (outcome, rows) in counts.occurred() {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        tx.count_of_feed(&run.feed, Counted::Rows, outcome.name(), rows)?;
    }
    Ok(())
}

/// Counts an alarm.
pub(super) fn alarm(tx: &mut WriteTx<'_>, feed: &str, code: &str) -> Result<(), StoreError> {
    tx.count_of_feed(feed, Counted::Alarms, code, 1)
}

impl FeedRunner {
    /// What was counted of every feed.
    pub async fn counts(&self) -> Result<Vec<FeedCount>, Failure> {
        self.service.store.read(|tx| Ok::<_, Failure>(tx.feed_counts()?)).await
    }
}
