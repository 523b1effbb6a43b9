//! Brings the chain of an account to what is stated of the person: which record of an event is kept, and
//! what has to be posted, taken back, held or left to wait for it.

use super::desired_state::DesiredState;
use super::differences::{self, Held};
use crate::domain::ids::SourceId;
use crate::domain::ledger::account::{Account, Provenance, Said};
use crate::domain::ledger::duplicate::{self, Event};
use crate::domain::ledger::entry::{Cause, EntryKind};
use crate::domain::ledger::pending::{Pending, PendingOutcome};
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::{DuplicateOf, RecordState, SourceRecord};
use crate::domain::ledger::sources::Sources;
use crate::domain::ledger::statement::RecognitionStatus;

/// What is to become of a record.
enum Due {
    Post(Option<Posting>),
    Wait,
    Hold(Option<DuplicateOf>),
    Nothing,
}

/// What was said, and by what: what every step of an update needs.
#[derive(Clone, Copy)]
pub(super) struct Update<'u> {
    pub(super) sources: Sources<'u>,
    /// What causes changes of records of which nothing is said.
    pub(super) cause: Cause,
}

impl Account {
    /// Brings the chain to what is stated.
    pub(super) fn update(&mut self, update: Update<'_>) {
        let desired: Vec<DesiredState> =
            self.records.iter().map(|record| self.desired_state(record, &update.sources)).collect();
        let held = self.held(&desired, &update.sources);
        let due = |(desired, held): (DesiredState, &Option<Held>)| {
            let kept = held.as_ref().map(|held| held.kept.clone());
            match (desired, kept) {
                (DesiredState::Count(_), Some(kept)) => Due::Hold(Some(kept)),
                (DesiredState::Count(accepted), None) => Due::Post(accepted),
                (DesiredState::Wait, _) => Due::Wait,
                (DesiredState::Blocked, kept) => Due::Hold(kept),
                (DesiredState::Nothing, _) => Due::Nothing,
            }
        };
        let due: Vec<Due> = desired.into_iter().zip(&held).map(due).collect();
        for (place, due) in self.in_order(due) {
            self.bring(place, due, update);
        }
        differences::note_duplicates(self, &held, &update.sources);
    }

    /// What is taken back goes first, so that an event is never counted twice on the way; then posted
    /// rows as they came, and records by their keys.
    fn in_order(&self, due: Vec<Due>) -> Vec<(usize, Due)> {
        let mut due: Vec<(usize, Due)> = due.into_iter().enumerate().collect();
        if due.len() > 1 {
            due.sort_by_key(|(place, due)| {
                let record = self.records.get(*place);
                let row = record.and_then(|record| match record.said {
                    Some(Said::Posted { place, .. }) => Some(place),
                    _ => None,
                });
                let key = record.map(|record| (record.stated.source, &record.stated.key));
                (matches!(due, Due::Post(_)), row, key.map(|(source, key)| (source, key.clone())))
            });
        }
        due
    }

    /// Which records are held by which other ones.
    fn held(&self, desired: &[DesiredState], sources: &Sources<'_>) -> Vec<Option<Held>> {
        let mut all: Vec<Option<Held>> = Vec::new();
        all.resize_with(self.records.len(), || None);
        let mut places = Vec::new();
        let mut events = Vec::new();
        for (place, (record, desired)) in self.records.iter().zip(desired).enumerate() {
            let stated = &record.stated;
            let posting = match desired {
                DesiredState::Count(Some(accepted)) => Some(accepted),
                DesiredState::Count(None) => stated.posting.as_ref(),
                // A decision against an event also holds for other records of it.
                DesiredState::Blocked => {
                    let had_entry = self.last_entry(stated.source, &stated.key).is_some();
                    stated.posting.as_ref().filter(|_| had_entry)
                }
                _ => None,
            };
            let Some(posting) = posting else { continue };
            places.push(place);
            events.push(Event {
                source: stated.source,
                rank: sources.rank(stated.source),
                since: stated.since.micros(),
                key: &stated.key,
                posting,
                started_on: stated.started_on,
            });
        }
        // Two records of one source are never one event.
        let first = events.first().map(|event| event.source);
        if events.iter().all(|event| Some(event.source) == first) {
            return all;
        }
        let apart = |one: usize, other: usize| {
            let pair = events.get(one).zip(events.get(other));
            pair.is_some_and(|(one, other)| differences::are_apart(self, one, other))
        };
        let found = duplicate::resolve(&events, apart);
        for ((place, own), found) in places.iter().zip(&events).zip(found) {
            let Some((by, likeness)) = found else { continue };
            let (Some(slot), Some(by)) = (all.get_mut(*place), events.get(by)) else { continue };
            *slot = Some(Held::new(self.person, own, by, &likeness));
        }
        all
    }

    /// Takes everything of a record back that stands or waits: it is said to be another person's.
    pub(super) fn give_up(&mut self, source: SourceId, key: &str, cause: Cause) {
        self.reverse(source, key, cause);
        self.close_waiting((source, key), PendingOutcome::Corrected, (None, None));
        self.remove_record(source, key);
    }

    fn bring(&mut self, place: usize, due: Due, update: Update<'_>) {
        let Some(record) = self.records.get(place) else { return };
        let (said, content) = (record.said, record.content);
        let stated = record.stated.clone();
        let cause = match said {
            Some(_) => Cause::Row(stated.batch, stated.row_no.max(1)),
            None => update.cause,
        };
        let key = (stated.source, &*stated.key);
        let (state, kept) = match due {
            Due::Post(accepted) => {
                self.post(&stated, (accepted, content), said, cause);
                (RecordState::Posted, None)
            }
            Due::Hold(kept) => {
                self.reverse(key.0, key.1, cause);
                self.close_waiting(key, PendingOutcome::Held, (None, None));
                (RecordState::Held, kept)
            }
            Due::Wait => {
                self.reverse(key.0, key.1, cause);
                self.wait(&stated, content, update.sources);
                (RecordState::Waiting, None)
            }
            Due::Nothing => {
                let had = self.reverse(key.0, key.1, cause).is_some();
                self.end(&stated, content, (said.is_some() && !had, update.sources));
                (RecordState::Nothing, None)
            }
        };
        if let Some(record) = self.records.get_mut(place) {
            (record.stated.state, record.stated.kept) = (state, kept);
        }
    }

    fn post(
        &mut self,
        stated: &SourceRecord,
        (accepted, content): (Option<Posting>, Option<[u8; 32]>),
        said: Option<Said>,
        cause: Cause,
    ) {
        let (source, key) = (stated.source, &*stated.key);
        let content = match &accepted {
            Some(accepted) => Some(accepted.content_hash(self.person)),
            None => content,
        };
        let (Some(posting), Some(content)) = (accepted.or_else(|| stated.posting.clone()), content)
        else {
            return;
        };
        let stands = self.standing_entry(source, key);
        if stands.is_some_and(|entry| entry.content_hash == content) {
            return;
        }
        let replaced = stands.map(|entry| entry.seq);
        self.reverse(source, key, cause);
        let provenance = Provenance {
            source,
            key: key.into(),
            revision: stated.revision,
            cause: Cause::Row(stated.batch, stated.row_no),
        };
        let replaces = matches!(said, Some(Said::Posted { replaces: true, .. }));
        let kind =
            if replaced.is_some() || replaces { EntryKind::Replacement } else { EntryKind::Credit };
        let seq = self.credit_hashed(kind, provenance, (posting, content), replaced);
        let same = self.waiting(source, key).is_some_and(|row| row.content_hash == content);
        if same {
            self.close_waiting((source, key), PendingOutcome::Recognised, (None, Some(seq)));
        } else {
            self.close_waiting((source, key), PendingOutcome::Corrected, (None, None));
        }
    }

    fn wait(&mut self, stated: &SourceRecord, content: Option<[u8; 32]>, sources: Sources<'_>) {
        let key = (stated.source, &*stated.key);
        let waiting = self.waiting(key.0, key.1).map(|row| row.content_hash);
        if waiting.is_some() && waiting == content {
            return;
        }
        self.close_waiting(key, PendingOutcome::Corrected, (None, None));
        self.add_waiting(stated, content, None, sources);
    }

    /// Ends a record that was refused or taken back; a refusal is kept for the person to see.
    fn end(
        &mut self,
        stated: &SourceRecord,
        content: Option<[u8; 32]>,
        (tell, sources): (bool, Sources<'_>),
    ) {
        let key = (stated.source, &*stated.key);
        let rejected = stated.standing == RecognitionStatus::Rejected;
        let content = content.filter(|_| rejected);
        let waiting = self.waiting(key.0, key.1).map(|row| row.content_hash);
        let same = waiting.is_some() && waiting == content;
        let outcome = match (rejected, same) {
            (true, true) => PendingOutcome::Rejected,
            (true, false) => PendingOutcome::Corrected,
            (false, _) => PendingOutcome::Withdrawn,
        };
        self.close_waiting(key, outcome, (None, None));
        if content.is_some() && tell && !same {
            self.add_waiting(stated, content, Some(PendingOutcome::Rejected), sources);
        }
    }

    fn add_waiting(
        &mut self,
        stated: &SourceRecord,
        content: Option<[u8; 32]>,
        closed: Option<PendingOutcome>,
        sources: Sources<'_>,
    ) {
        let (Some(posting), Some(content_hash)) = (&stated.posting, content) else { return };
        self.add_pending(Pending {
            person: self.person,
            batch: stated.batch,
            row_no: stated.row_no,
            source: stated.source,
            ext_key: stated.key.clone(),
            revision: stated.revision,
            content_hash,
            posting: posting.clone(),
            jurisdiction: sources.jurisdiction(stated.source),
            known_at: self.stamp,
            closed: closed.map(|outcome| (self.stamp, outcome)),
            decision: None,
            entry_seq: None,
        });
    }
}
