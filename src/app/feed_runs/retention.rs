//! What came in is kept for as long as the settings say. That it came is remembered for ever.

use crate::app::feed_runs::session::Session;
use crate::app::service::Failure;
use crate::store::WriteTx;

/// Pages that are removed at once.
const PAGES: i64 = 100;
/// Seconds of a day.
const DAY: i64 = 86_400;

impl Session<'_> {
    /// Removes what was kept for long enough. Every run of the feed has ended.
    pub(super) fn remove_old(&self) {
        if let Err(failure) = self.removed() {
            // The next run tries again.
            tracing::warn!(?failure, feed = %self.feed.code, "what is old was not removed");
        }
    }

    fn removed(&self) -> Result<(), Failure> {
        let days = i64::from(self.pulling.keep_days);
        if days == 0 {
            return Ok(());
        }
        let (store, code) = (&self.service().store, &self.feed.code);
        let before = self.service().clock.now().plus_seconds(-days.saturating_mul(DAY));
        loop {
            self.lease.held()?;
            let pages = store.read_waiting(|tx| tx.pages_kept_before(code, before, PAGES))?;
            if pages.is_empty() {
                return Ok(());
            }
            for (run, page) in &pages {
                self.pulling.keep.remove(*run, *page)?;
            }
            let lease = self.lease.clone();
            store.write_waiting(move |tx: &mut WriteTx<'_>| {
                lease.prolong(tx)?;
                for (run, page) in &pages {
                    tx.note_removed(*run, *page)?;
                }
                Ok::<_, Failure>(())
            })?;
        }
    }
}
