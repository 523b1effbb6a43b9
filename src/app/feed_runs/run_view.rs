//! How the feeds are, for those who look after them.

use serde::Serialize;

use crate::app::feed_runs::{ConfiguredFeed, FeedRunner};
use crate::app::installation::inbox::{Arrived, Part};
use crate::app::posting::problems::{self, Told};
use crate::app::service::Failure;
use crate::config::Whence;
use crate::domain::ids::{BatchId, SourceId};
use crate::domain::ledger::outcome::Outcome;
use crate::domain::timestamp::Timestamp;
use crate::store::batches::{BatchRow, BatchState};
use crate::store::feeds::{FeedRow, RunRow};
use crate::store::submissions::Wanted;
use crate::store::{ReadTx, StoreError};

/// How a feed is.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Its code, which is also that of its source.
    pub feed: String,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// `pulled`, `dropped` into a folder, or `given` by hand.
    pub comes: &'static str,
    /// `running`, `stopped`, `failing`, `well`, or `new` where it never ran.
    pub state: &'static str,
    /// The alarm that stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Told>,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<Timestamp>,
    /// How far it was read, as its shape says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_to: Option<String>,
    /// When a pull last ended well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded_at: Option<Timestamp>,
    /// Seconds since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<i64>,
    /// Seconds since the newest change that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag: Option<i64>,
    /// Runs since the last good one that were not.
    pub failures: i32,
    /// When it is pulled next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
}

/// A run, as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct ShownRun {
    /// Its batch, by which the inbox finds its rows.
    pub run: BatchId,
    /// `pull`, `drop`, `replay` or `listing`.
    pub work: &'static str,
    /// `running`, `finished` or `failed`.
    pub state: &'static str,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How far the feed was read before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_from: Option<String>,
    /// How far it was read after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_to: Option<String>,
    /// How many rows had which outcome.
    pub counts: serde_json::Value,
    /// Rows of its files that are none, such as sums.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<i64>,
    /// What somebody should know of it, such as sheets that were not read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Told>,
    /// The alarm that it raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Told>,
    /// Why it did not end well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Told>,
}

impl FeedRunner {
    /// How every feed is.
    pub async fn statuses(&self) -> Result<Vec<Status>, Failure> {
        let known = self.service.store.read(|tx| Ok::<_, Failure>(tx.feeds()?)).await?;
        let now = self.service.clock.now();
        let row = |linked: &ConfiguredFeed| known.iter().find(|row| row.code == *linked.feed.code);
        Ok(self
            .linked
            .iter()
            .map(|linked| status(linked, row(linked), now))
            .collect::<Result<_, _>>()?)
    }

    /// Runs of a feed, newest first, before one of them.
    pub async fn runs(
        &self,
        code: &str,
        before: Option<BatchId>,
        limit: i64,
    ) -> Result<Vec<ShownRun>, Failure> {
        let code = self.find(code)?.feed.code.clone();
        let rows = self
            .service
            .store
            .read(move |tx| Ok::<_, Failure>(tx.feed_runs(&code, before, limit)?))
            .await?;
        Ok(rows.into_iter().map(shown).collect::<Result<_, _>>()?)
    }

    /// Rows of a run of a feed, oldest first.
    pub async fn rows(
        &self,
        code: &str,
        run: BatchId,
        outcomes: Vec<Outcome>,
        (after, limit): (Option<(BatchId, i64)>, i64),
    ) -> Result<Vec<Arrived>, Failure> {
        let code = self.find(code)?.feed.code.clone();
        let service = self.service.clone();
        let read = move |tx: &mut ReadTx<'_>| {
            tx.feed_run(run)?.filter(|own| own.feed == code).ok_or(Failure::Absent)?;
            let batch = tx.batch(run)?;
            let batch = batch.ok_or_else(|| Failure::internal("a run of a feed has no batch"))?;
            let source = (SourceId::stored(batch.source_id), code.into());
            let mut part = Part::first(source, Wanted { batch: Some(run), outcomes });
            (part.after, part.limit) = (after.unwrap_or(part.after), limit);
            service.rows_of(tx, &part)
        };
        self.service.store.read(read).await
    }
}

fn status(
    linked: &ConfiguredFeed,
    row: Option<&FeedRow>,
    now: Timestamp,
) -> Result<Status, StoreError> {
    let since = |then: i64| (now.micros() - then) / 1_000_000;
    let state = match row {
        None => "new",
        Some(row) if row.lease_until >= now.micros() => "running",
        Some(row) if row.stopped.is_some() => "stopped",
        Some(row) if row.failures > 0 => "failing",
        Some(row) if row.succeeded_at.is_none() && row.read_to.is_none() => "new",
        Some(_) => "well",
    };
    let at = |micros: i64| Timestamp::from_micros(micros);
    let pulled = linked.connection.is_some();
    let alarm =
        row.and_then(|row| Some(problems::first(row.stopped.as_deref()?, || row.damaged())));
    Ok(Status {
        feed: linked.feed.code.clone(),
        name_zh: linked.feed.name_zh.clone(),
        name_en: linked.feed.name_en.clone(),
        comes: match linked.connection.as_ref().map(|to| &to.whence) {
            Some(Whence::Url(_)) => "pulled",
            Some(Whence::Folder(_)) => "dropped",
            None => "given",
        },
        state,
        alarm: alarm.transpose()?,
        stopped_at: row.and_then(|row| row.stopped_at).map(at),
        read_to: row.and_then(|row| row.read_to.clone()),
        succeeded_at: row.and_then(|row| row.succeeded_at).map(at),
        age: row.and_then(|row| row.succeeded_at).map(since),
        lag: row.and_then(|row| row.newest).map(since),
        failures: row.map_or(0, |row| row.failures),
        due_at: row.filter(|row| pulled && row.stopped.is_none()).map(|row| at(row.due_at)),
    })
}

fn shown((run, batch): (RunRow, BatchRow)) -> Result<ShownRun, StoreError> {
    let state = batch.state()?;
    let alarm = run.alarm.as_deref().map(|alarm| problems::first(alarm, || run.damaged()));
    let error =
        (state == BatchState::Failed).then(|| problems::first(&batch.note, || batch.damaged()));
    Ok(ShownRun {
        run: BatchId::stored(run.batch_id),
        work: run.work()?.name(),
        state: state.name(),
        started_at: Timestamp::from_micros(batch.received_at),
        ended_at: batch.finished_at.map(Timestamp::from_micros),
        counts: serde_json::from_str(&batch.counts).map_err(|_| batch.damaged())?,
        skipped: run.skipped,
        notices: problems::read(run.notices.as_deref(), || run.damaged())?,
        alarm: alarm.transpose()?,
        error: error.transpose()?,
        read_from: run.read_from,
        read_to: run.read_to,
    })
}
