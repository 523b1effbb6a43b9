//! Pulling feeds in the background: each feed when it is due, by one process of all.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::app::feed_runs::FeedRunner;
use crate::app::feed_runs::lease::BUSY;
use crate::app::service::Failure;
use crate::domain::year::Year;
use crate::store::feeds::FeedRow;

/// How often it is looked what is due.
const LOOK: Duration = Duration::from_secs(2);
/// How often it is looked whether a feed is free, and for how long.
const WAIT: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_mins(10);

/// Pulls what is due until the task is dropped or aborted. Whoever has connections may call it.
pub fn start(pulling: Arc<FeedRunner>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            match pulling.due().await {
                Ok(due) => due.into_iter().for_each(|code| pull(&pulling, code)),
                Err(failure) => tracing::error!(?failure, "what is due cannot be read"),
            }
            tokio::time::sleep(LOOK).await;
        }
    })
}

fn pull(pulling: &Arc<FeedRunner>, code: String) {
    let (pulling, handle) = (pulling.clone(), Handle::current());
    tokio::task::spawn_blocking(move || match pulling.pull_due(&handle, &code) {
        Ok(None) => {}
        Ok(Some(ended)) => tracing::info!(feed = %code, rows = ended.counts.total(), "pulled"),
        // Whoever has it pulls it.
        Err(Failure::Refused(_, message)) if message.code == BUSY => {}
        Err(Failure::Refused(_, message)) => {
            tracing::info!(feed = %code, code = message.code, "not pulled");
        }
        Err(failure) => tracing::error!(feed = %code, ?failure, "not pulled"),
    });
}

/// Compares a feed as soon as it is free. For a thread that may wait.
fn compare(pulling: &Arc<FeedRunner>, handle: &Handle, code: &str, year: Option<Year>) {
    let began = Instant::now();
    loop {
        match pulling.compare(handle, code, year, None, &mut |_| {}) {
            Ok(compared) => {
                let (listed, opened) = (compared.listing.listed, compared.listing.opened);
                tracing::info!(feed = %code, listed, opened, "compared");
            }
            Err(Failure::Refused(_, message)) if message.code == BUSY => {
                if began.elapsed() < LONGEST {
                    std::thread::sleep(WAIT);
                    continue;
                }
                tracing::warn!(feed = %code, "not compared: it is at work");
            }
            Err(Failure::Refused(_, message)) => {
                tracing::info!(feed = %code, code = message.code, "not compared");
            }
            Err(failure) => tracing::error!(feed = %code, ?failure, "not compared"),
        }
        return;
    }
}

impl FeedRunner {
    /// Lets a feed be pulled as soon as somebody looks.
    pub async fn make_due(&self, code: &str) -> Result<(), Failure> {
        self.find(code)?.connected()?;
        let code = code.to_owned();
        self.service
            .store
            .write(move |tx| {
                let feed = tx.feed_to_change(&code)?;
                tx.note_feed(&FeedRow { due_at: tx.now().micros(), ..feed })?;
                Ok::<_, Failure>(())
            })
            .await
    }

    /// Compares a feed with what is stated here, all of it or a year, in the background: the run and the
    /// differences show what came of it.
    pub fn compare_soon(self: &Arc<Self>, code: &str, year: Option<Year>) -> Result<(), Failure> {
        self.find(code)?.connected()?;
        let (pulling, code, handle) = (self.clone(), code.to_owned(), Handle::current());
        tokio::task::spawn_blocking(move || compare(&pulling, &handle, &code, year));
        Ok(())
    }

    /// The feeds that are due, and that no process has.
    async fn due(&self) -> Result<Vec<String>, Failure> {
        let now = self.service.clock.now().micros();
        let known = self.service.store.read(|tx| Ok::<_, Failure>(tx.feeds()?)).await?;
        let is_due = |code: &str| match known.iter().find(|row| row.code == code) {
            Some(row) => row.stopped.is_none() && row.due_at <= now && row.lease_until < now,
            None => true,
        };
        let connected = self.linked.iter().filter(|linked| linked.connection.is_some());
        let codes = connected.map(|linked| linked.feed.code.clone());
        Ok(codes.filter(|code| is_due(code)).collect())
    }
}
