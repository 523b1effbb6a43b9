//! The rows of what was kept, and whether the mapping still knows them under their keys.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::app::feed_runs::reading;
use crate::app::feed_runs::session::{RunError, Session};
use crate::app::service::Failure;
use crate::domain::ids::BatchId;
use crate::domain::ledger::outcome::Counts;
use crate::domain::ledger::statement::{Said, StatedRow};
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::store::feed_pages::PageRow;

/// Rows that are looked at to know whether keys are made as before.
const SOME: usize = 10_000;

impl Session<'_> {
    /// Reads a page or file that was kept, row by row.
    pub(super) fn rows_of(
        &self,
        page: &PageRow,
        rows: &mut dyn FnMut(StatedRow) -> ControlFlow<()>,
    ) -> Result<(), RunError> {
        let (service, keep) = (self.service(), &self.pulling.keep);
        let (run, number) = (BatchId::stored(page.batch_id), page.page_no);
        let (at, feed) = (Timestamp::from_micros(page.received_at), &self.linked.feed);
        let alarm = |alarm: crate::feeds::Alarm| RunError::Alarm(alarm.message());
        if page.name.is_empty() {
            let bytes = keep.bytes(&service.vault, run, number)?;
            let read = reading(service, at, |reading| feed.read_page(&bytes, reading));
            let _ = read.map_err(alarm)?.rows.into_iter().try_for_each(rows);
        } else {
            let plain = keep.plain(&service.vault, run, number, &page.name)?;
            let read =
                reading(service, at, |reading| feed.read_kept_file(plain.path(), reading, rows));
            read.map_err(alarm)?;
        }
        Ok(())
    }

    /// Raises an alarm where the mapping in use makes other keys than the one by which records were taken:
    /// everything would count twice. Looked at once by each process, with what was taken last.
    pub(super) fn keys_hold(&self) -> Result<(), RunError> {
        if self.linked.keys_hold.get().is_some() {
            return Ok(());
        }
        let last = self.service().store.read_waiting(|tx| tx.last_kept_page(&self.feed.code))?;
        if let Some(changed) = last.map(|page| self.keys_changed(&page)).transpose()?.flatten() {
            self.unless_accepted(changed)?;
        }
        let _ = self.linked.keys_hold.set(());
        Ok(())
    }

    /// The same of a page that is taken once more, which nobody can let pass.
    pub(super) fn keys_hold_on(&self, page: &PageRow) -> Result<(), RunError> {
        self.keys_changed(page)?.map_or(Ok(()), |changed| Err(RunError::Alarm(changed)))
    }

    fn keys_changed(&self, page: &PageRow) -> Result<Option<Message>, Failure> {
        let keys = self.keys_of(page);
        let all: Vec<&str> = keys.iter().map(|key| &**key).collect();
        let source = self.poster.source.id();
        let known = self.service().store.read_waiting(|tx| tx.stated_by_key(source, &all))?.len();
        let (all, new) = (all.len(), all.len() - known);
        // What could not be read may have a key since the mapping was mended.
        let unread = Counts::read(&page.counts).ok_or_else(|| page.damaged())?;
        let unread: u64 = unread.occurred().filter(|(o, _)| !o.is_success()).map(|c| c.1).sum();
        if new * 2 <= all && u64::try_from(new).is_ok_and(|new| new <= unread) {
            return Ok(None);
        }
        Ok(Some(Message::new("feed_keys_changed").with("all", all).with("new", new)))
    }

    /// The keys of records on a page, as the mapping in use makes them.
    fn keys_of(&self, page: &PageRow) -> BTreeSet<Box<str>> {
        let mut keys = BTreeSet::new();
        // What cannot be opened or read any more says nothing of keys.
        let _ = self.rows_of(page, &mut |row| {
            if let Said::Record(record) = row.said {
                keys.insert(record.key);
            }
            if keys.len() < SOME { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        keys
    }
}
