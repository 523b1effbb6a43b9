//! What came in is taken: page by page, in parts, each part with its mark in one transaction.

use std::ops::ControlFlow;

use crate::app::feed_runs::session::{RunError, Session};
use crate::app::feed_runs::{Progress, ReplayOptions};
use crate::app::posting::CHUNK;
use crate::app::service::Failure;
use crate::domain::ids::BatchId;
use crate::domain::ledger::outcome::Counts;
use crate::domain::ledger::statement::StatedRow;
use crate::store::feed_pages::PageRow;
use crate::store::feeds::RunRow;

/// Rows of a page have numbers of their own; in the inbox they stand after those of the pages before.
const NUMBERS: i64 = 10_000_000_000;

/// The page of a row of the inbox, and its row of the page.
pub(in crate::app) fn place_of(row_no: i64) -> (i64, i64) {
    (row_no / NUMBERS + 1, row_no % NUMBERS)
}

/// Pages that are asked for at once.
const PAGES: i64 = 100;

/// Takes the pages of a run.
pub(super) struct Taker<'s, 'p> {
    pub(super) session: &'s Session<'p>,
    pub(super) run: &'s RunRow,
    /// How pages are taken that were taken before, by another run: then nothing is marked.
    pub(super) again: Option<ReplayOptions>,
    pub(super) counts: Counts,
    pub(super) tell: &'s mut dyn FnMut(&Progress),
}

/// A page under way.
struct Parts<'t, 's, 'p> {
    taker: &'t mut Taker<'s, 'p>,
    page: &'t PageRow,
    /// Rows that have their outcome from before.
    passed: u64,
    counts: Counts,
    part: Vec<StatedRow>,
    failed: Option<Failure>,
}

impl Taker<'_, '_> {
    /// Every page that is not yet taken.
    pub(super) fn all(&mut self) -> Result<(), RunError> {
        let run = BatchId::stored(self.run.batch_id);
        let mut after = 0;
        loop {
            let store = &self.session.service().store;
            let pages = store.read_waiting(|tx| tx.feed_pages(run, after, PAGES))?;
            let Some(last) = pages.last() else { return Ok(()) };
            after = last.page_no;
            for page in &pages {
                self.page(page)?;
            }
        }
    }

    /// One page.
    pub(super) fn page(&mut self, page: &PageRow) -> Result<(), RunError> {
        let before = Counts::read(&page.counts).ok_or_else(|| page.damaged())?;
        if page.taken_at.is_some() && self.again.is_none() {
            self.counts.add_all(&before);
            return Ok(());
        }
        let (passed, counts) =
            if self.again.is_some() { (0, Counts::default()) } else { (before.total(), before) };
        let (session, number) = (self.session, page.page_no);
        let mut parts = Parts { taker: self, page, passed, counts, part: Vec::new(), failed: None };
        let read = session.rows_of(page, &mut |row| parts.row(row));
        if parts.failed.is_none() {
            read?;
        }
        let counts = parts.end()?;
        self.counts.add_all(&counts);
        (self.tell)(&Progress { rows: self.counts.clone(), pages: number, fetching: false });
        Ok(())
    }
}

impl Parts<'_, '_, '_> {
    fn row(&mut self, mut row: StatedRow) -> ControlFlow<()> {
        if self.passed > 0 {
            self.passed -= 1;
            return ControlFlow::Continue(());
        }
        if self.part.len() == CHUNK
            && let Err(failure) = self.take(false)
        {
            self.failed = Some(failure);
            return ControlFlow::Break(());
        }
        row.mended = self.taker.again.is_some_and(|again| again.mended);
        row.row_no += (self.page.page_no - 1).saturating_mul(NUMBERS);
        self.part.push(row);
        ControlFlow::Continue(())
    }

    fn end(mut self) -> Result<Counts, Failure> {
        if let Some(failure) = self.failed.take() {
            return Err(failure);
        }
        self.take(true)?;
        Ok(self.counts)
    }

    fn take(&mut self, last: bool) -> Result<(), Failure> {
        let rows = std::mem::take(&mut self.part);
        let session = self.taker.session;
        let batch = BatchId::stored(self.taker.run.batch_id);
        let (run, page) = (BatchId::stored(self.page.batch_id), self.page.page_no);
        let (lease, again, before) =
            (session.lease.clone(), self.taker.again.is_some(), self.counts.clone());
        let mark = move |tx: &mut crate::store::WriteTx<'_>,
                         taken: &[crate::app::posting::RowResult]| {
            lease.prolong(tx)?;
            let mut counts = before.clone();
            for row in taken {
                counts.add(row.outcome);
            }
            if !again {
                let counts = serde_json::to_string(&counts).unwrap_or_default();
                tx.note_page(run, page, &counts, last)?;
            }
            Ok(())
        };
        let service = session.service();
        for row in service.record_stated(&session.poster, batch, rows, mark)? {
            self.counts.add(row.outcome);
        }
        Ok(())
    }
}
