//! Pulling in the background: each feed when it is due, by one process of all.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::Pulling;
use crate::app::service::Failure;
use crate::domain::message::Message;
use crate::store::feeds::FeedRow;

/// How often it is looked what is due.
const LOOK: Duration = Duration::from_secs(2);

/// Pulls what is due until the task is dropped or aborted. Whoever has connections may call it.
pub fn start(pulling: Arc<Pulling>) -> JoinHandle<()> {
    let running: Arc<Mutex<HashSet<String>>> = Arc::default();
    tokio::spawn(async move {
        loop {
            match pulling.due().await {
                Ok(due) => due.into_iter().for_each(|code| pull(&pulling, &running, code)),
                Err(failure) => tracing::error!(?failure, "what is due cannot be read"),
            }
            tokio::time::sleep(LOOK).await;
        }
    })
}

fn pull(pulling: &Arc<Pulling>, running: &Arc<Mutex<HashSet<String>>>, code: String) {
    let lock = |set: &Mutex<HashSet<String>>| -> bool {
        set.lock().unwrap_or_else(PoisonError::into_inner).insert(code.clone())
    };
    if !lock(running) {
        return;
    }
    let (pulling, running, handle) = (pulling.clone(), running.clone(), Handle::current());
    tokio::task::spawn_blocking(move || {
        match pulling.pull(&handle, &code, &mut |_| {}) {
            Ok(ended) => tracing::info!(feed = %code, rows = ended.counts.total(), "pulled"),
            Err(Failure::Refused(_, message)) => {
                tracing::info!(feed = %code, code = message.code, "not pulled");
            }
            Err(failure) => tracing::error!(feed = %code, ?failure, "not pulled"),
        }
        running.lock().unwrap_or_else(PoisonError::into_inner).remove(&code);
    });
}

impl Pulling {
    /// Lets a feed be pulled as soon as somebody looks.
    pub async fn make_due(&self, code: &str) -> Result<(), Failure> {
        let linked = self.find(code)?;
        if linked.connection.is_none() {
            let message = Message::new("feed_unconnected").with("feed", code);
            return Err(Failure::refused("feed", message));
        }
        let code = code.to_owned();
        self.service
            .store
            .write(move |tx| {
                tx.add_feed(&code)?;
                let feed = tx.feed(&code)?.ok_or(Failure::Absent)?;
                tx.note_feed(&FeedRow { due_at: 0, ..feed })?;
                Ok::<_, Failure>(())
            })
            .await
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
