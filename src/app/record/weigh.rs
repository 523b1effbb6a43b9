//! Bringing the chain of a person to what is stated of them: which record of an event is kept, and what
//! has to be posted, taken back, held or left to wait for it.

use super::desk::{Cause, Desk, RecordKey, Sources, Wants};
use super::doubts;
use super::pen::{Origin, Pen};
use crate::app::service::Failure;
use crate::domain::ledger::difference::Difference;
use crate::domain::ledger::duplicate::{self, Event, Likeness};
use crate::domain::ledger::entry::EntryKind;
use crate::domain::ledger::pending::{Pending, PendingOutcome};
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::{DuplicateOf, RecordState, SourceRecord};
use crate::domain::ledger::statement::RecognitionStatus;
use crate::store::WriteTx;

/// What is written at the end of the work on several desks.
#[derive(Default)]
pub struct Written {
    /// Rows that wait from now on, or were refused at once.
    pub pendings: Vec<Pending>,
    /// Differences that are opened.
    pub differences: Vec<Difference>,
}

/// A person's desk, the pen for their chain, and what is to be written.
pub struct Bench<'b, 's> {
    /// Who.
    pub desk: &'b mut Desk,
    /// Their chain.
    pub pen: &'b mut Pen,
    /// What is written at the end.
    pub written: &'b mut Written,
    /// Ranks and powers.
    pub sources: &'b Sources<'s>,
    /// The row that causes it.
    pub cause: Cause,
}

/// Why a record is held.
pub struct Held {
    /// What is kept in its place.
    pub kept: DuplicateOf,
    /// How much alike the two are.
    pub likeness: Likeness,
    /// What a difference about the two is about.
    pub subject: [u8; 32],
}

/// What is to become of a record.
enum Due {
    Post(Posting),
    Wait(Posting),
    Hold(Option<DuplicateOf>),
    Nothing,
}

impl Bench<'_, '_> {
    /// Brings the chain to what is stated.
    pub fn settle(&mut self, tx: &mut WriteTx<'_>) -> Result<(), Failure> {
        let wants: Vec<Wants> =
            self.desk.records.iter().map(|record| self.desk.wants(record, self.sources)).collect();
        let held = self.held(&wants);
        let mut due: Vec<(RecordKey, Due)> = Vec::with_capacity(wants.len());
        for ((record, want), held) in self.desk.records.iter().zip(wants).zip(&held) {
            let kept = held.as_ref().map(|held| held.kept.clone());
            let what = match (want, kept) {
                (Wants::Post(_), Some(kept)) => Due::Hold(Some(kept)),
                (Wants::Post(posting), None) => Due::Post(posting),
                (Wants::Wait(posting), _) => Due::Wait(posting),
                (Wants::Blocked(_), kept) => Due::Hold(kept),
                (Wants::Nothing, _) => Due::Nothing,
            };
            due.push(((record.stated.source, record.stated.key.clone()), what));
        }
        // What is taken back goes first, so that an event is never counted twice on the way.
        due.sort_by_key(|(key, due)| (matches!(due, Due::Post(_)), key.clone()));
        for (key, due) in due {
            self.bring(tx, &key, due)?;
        }
        doubts::of_duplicates(self, tx, &held)
    }

    /// Which records are held by which other ones.
    fn held(&self, wants: &[Wants]) -> Vec<Option<Held>> {
        let mut places = Vec::new();
        let mut events = Vec::new();
        for (place, (record, want)) in self.desk.records.iter().zip(wants).enumerate() {
            let posting = match want {
                Wants::Post(posting) => posting,
                // A decision against an event also holds for other records of it.
                Wants::Blocked(posting) if self.desk.had_entry(record) => posting,
                _ => continue,
            };
            places.push(place);
            events.push(Event {
                source: record.stated.source,
                rank: self.sources.rank(record.stated.source),
                since: record.stated.since.micros(),
                key: &record.stated.key,
                posting,
                started_on: record.stated.started_on,
            });
        }
        let apart = |one: usize, other: usize| {
            let pair = events.get(one).zip(events.get(other));
            pair.is_some_and(|(one, other)| doubts::are_apart(self.desk, one, other))
        };
        let found = duplicate::resolve(&events, apart);
        let mut all: Vec<Option<Held>> = Vec::new();
        all.resize_with(self.desk.records.len(), || None);
        for ((place, own), held) in places.iter().zip(&events).zip(found) {
            let Some((by, likeness)) = held else { continue };
            let (Some(slot), Some(by)) = (all.get_mut(*place), events.get(by)) else { continue };
            let parts = serde_json::to_string(&likeness.parts).unwrap_or_default();
            let (source, key) = (by.source, by.key.into());
            let kept = DuplicateOf { source, key, score: likeness.score, parts };
            *slot = Some(Held { kept, likeness, subject: doubts::pair(self.desk.person, own, by) });
        }
        all
    }

    /// Takes a record off the desk: it is said to be another person's.
    pub fn give_up(&mut self, tx: &mut WriteTx<'_>, key: &RecordKey) -> Result<(), Failure> {
        self.take_back(key)?;
        self.close(tx, key, PendingOutcome::Corrected, None)?;
        if let Some(place) = self.desk.place(key.0, &key.1) {
            self.desk.records.remove(place);
        }
        Ok(())
    }

    fn bring(&mut self, tx: &mut WriteTx<'_>, key: &RecordKey, due: Due) -> Result<(), Failure> {
        let Some(place) = self.desk.place(key.0, &key.1) else { return Ok(()) };
        let Some(record) = self.desk.records.get(place) else { return Ok(()) };
        let (stated, said) = (record.stated.clone(), record.said);
        let (state, kept) = match due {
            Due::Post(posting) => {
                self.post(tx, &stated, &posting)?;
                (RecordState::Posted, None)
            }
            Due::Hold(kept) => {
                self.take_back(key)?;
                self.close(tx, key, PendingOutcome::Held, None)?;
                (RecordState::Held, kept)
            }
            Due::Wait(posting) => {
                self.take_back(key)?;
                self.wait(tx, &stated, &posting)?;
                (RecordState::Waiting, None)
            }
            Due::Nothing => {
                let had = self.take_back(key)?;
                self.end(tx, &stated, said && !had)?;
                (RecordState::Nothing, None)
            }
        };
        if let Some(record) = self.desk.records.get_mut(place) {
            (record.stated.state, record.stated.kept) = (state, kept);
        }
        Ok(())
    }

    fn post(
        &mut self,
        tx: &mut WriteTx<'_>,
        stated: &SourceRecord,
        posting: &Posting,
    ) -> Result<(), Failure> {
        let (source, key) = (stated.source, &stated.key);
        let content = posting.content_hash(self.desk.person);
        let standing = self.desk.standing(source, key).cloned();
        if standing.as_ref().is_some_and(|entry| entry.content_hash == content) {
            return Ok(());
        }
        self.take_back(&(source, key.clone()))?;
        let origin = Origin {
            source,
            ext_key: key.clone(),
            revision: stated.revision,
            batch: stated.batch,
            row_no: stated.row_no,
        };
        let replaced = standing.map(|entry| entry.seq);
        let kind = if replaced.is_some() { EntryKind::Replacement } else { EntryKind::Credit };
        let seq = self.pen.credit(self.desk.person, kind, origin, posting, replaced)?;
        self.note_last();
        let same = self.desk.waiting(source, key).is_some_and(|row| row.content_hash == content);
        let (closed, seq) = if same {
            (PendingOutcome::Recognised, Some(seq))
        } else {
            (PendingOutcome::Corrected, None)
        };
        self.close(tx, &(source, key.clone()), closed, seq)
    }

    /// Takes the entry of a record back; says whether there was one.
    fn take_back(&mut self, key: &RecordKey) -> Result<bool, Failure> {
        let Some(standing) = self.desk.standing(key.0, &key.1).cloned() else { return Ok(false) };
        let own = self.desk.record(key.0, &key.1).filter(|record| record.said);
        let cause = own.map_or(self.cause, |record| Cause {
            batch: record.stated.batch,
            row_no: record.stated.row_no.max(1),
        });
        self.pen.reverse(&standing, cause.batch, cause.row_no)?;
        self.note_last();
        Ok(true)
    }

    fn note_last(&mut self) {
        if let Some(entry) = self.pen.last().cloned() {
            self.desk.push(entry);
        }
    }

    /// Closes the row of a record that waits.
    fn close(
        &mut self,
        tx: &mut WriteTx<'_>,
        key: &RecordKey,
        closed: PendingOutcome,
        entry_seq: Option<i64>,
    ) -> Result<(), Failure> {
        let Some(mut waiting) = self.desk.waiting(key.0, &key.1).cloned() else { return Ok(()) };
        let at = self.pen.stamp(self.desk.person)?;
        let place = (waiting.person, waiting.batch, waiting.row_no);
        tx.close_pending(place, at, closed, None, entry_seq)?;
        (waiting.closed, waiting.entry_seq) = (Some((at, closed)), entry_seq);
        self.desk.note_pending(waiting);
        Ok(())
    }

    fn wait(
        &mut self,
        tx: &mut WriteTx<'_>,
        stated: &SourceRecord,
        posting: &Posting,
    ) -> Result<(), Failure> {
        let content = posting.content_hash(self.desk.person);
        let waiting = self.desk.waiting(stated.source, &stated.key);
        if waiting.is_some_and(|row| row.content_hash == content) {
            return Ok(());
        }
        self.close(tx, &(stated.source, stated.key.clone()), PendingOutcome::Corrected, None)?;
        self.lay_down(stated, posting, None)
    }

    /// Ends a record that was refused or taken back; a refusal is kept for the person to see.
    fn end(
        &mut self,
        tx: &mut WriteTx<'_>,
        stated: &SourceRecord,
        tell: bool,
    ) -> Result<(), Failure> {
        let key = (stated.source, stated.key.clone());
        let rejected = stated.standing == RecognitionStatus::Rejected;
        let posting = stated.posting.as_ref().filter(|_| rejected);
        let content = posting.map(|posting| posting.content_hash(self.desk.person));
        let waiting = self.desk.waiting(key.0, &key.1).map(|row| row.content_hash);
        let same = waiting.is_some() && waiting == content;
        let closed = match (rejected, same) {
            (true, true) => PendingOutcome::Rejected,
            (true, false) => PendingOutcome::Corrected,
            (false, _) => PendingOutcome::Withdrawn,
        };
        self.close(tx, &key, closed, None)?;
        match posting {
            Some(posting) if tell && !same => {
                self.lay_down(stated, posting, Some(PendingOutcome::Rejected))
            }
            _ => Ok(()),
        }
    }

    fn lay_down(
        &mut self,
        stated: &SourceRecord,
        posting: &Posting,
        closed: Option<PendingOutcome>,
    ) -> Result<(), Failure> {
        let known_at = self.pen.stamp(self.desk.person)?;
        let pending = Pending {
            person: self.desk.person,
            batch: stated.batch,
            row_no: stated.row_no,
            source: stated.source,
            ext_key: stated.key.clone(),
            revision: stated.revision,
            content_hash: posting.content_hash(self.desk.person),
            posting: posting.clone(),
            jurisdiction: self.sources.place(stated.source),
            known_at,
            closed: closed.map(|closed| (known_at, closed)),
            decision: None,
            entry_seq: None,
        };
        self.written.pendings.push(pending.clone());
        self.desk.note_pending(pending);
        Ok(())
    }
}
