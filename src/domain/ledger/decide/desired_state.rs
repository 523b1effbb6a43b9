//! What a record of a source asks for, given what reviewers decided about it.

use crate::domain::ledger::account::{Account, Record, Said};
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::pending::PendingOutcome;
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::{RecordState, SourceRecord};
use crate::domain::ledger::sources::Sources;
use crate::domain::ledger::statement::RecognitionStatus;

/// What a record asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DesiredState {
    /// To count; as a reviewer accepted it, where one did.
    Count(Option<Posting>),
    /// To wait for recognition.
    Wait,
    /// To count, against a decision of a reviewer.
    Blocked,
    /// Nothing: it was refused or taken back.
    Nothing,
}

impl Account {
    pub(super) fn desired_state(&self, record: &Record, sources: &Sources<'_>) -> DesiredState {
        let stated = &record.stated;
        let (Some(posting), Some(content)) = (&stated.posting, &record.content) else {
            return DesiredState::Nothing;
        };
        let ended =
            matches!(stated.standing, RecognitionStatus::Rejected | RecognitionStatus::Withdrawn);
        if ended || (record.said.is_none() && self.is_over(stated)) {
            return DesiredState::Nothing;
        }
        // What a reviewer accepted holds for what stands, and for what was only held since.
        let was_held =
            record.before.as_ref().is_some_and(|before| before.state == RecordState::Held);
        let carried = record.said.is_none() || was_held;
        let stands = self.standing_entry(stated.source, &stated.key).map(|entry| entry.seq);
        let accepted = self
            .accepted(stated, content)
            .filter(|entry| carried || stands == Some(entry.seq))
            .map(|entry| entry.posting.clone());
        let taken_back = self.was_reversed_by_reviewer(stated.source, &stated.key);
        // Who may recognise what is asked when something is said, and not again later.
        let recognised = if record.said.is_some() {
            stated.standing == RecognitionStatus::Recognised
                && sources.recognises(stated.source, posting.category)
        } else {
            matches!(stated.state, RecordState::Posted | RecordState::Held) || taken_back
        };
        let posted = matches!(record.said, Some(Said::Posted { .. }));
        if recognised || accepted.is_some() {
            let blocked = taken_back || self.was_refused_by_reviewer(stated, None);
            if blocked && !posted {
                return DesiredState::Blocked;
            }
            return DesiredState::Count(accepted);
        }
        if !posted && self.was_refused_by_reviewer(stated, Some(content)) {
            return DesiredState::Nothing;
        }
        DesiredState::Wait
    }

    /// Whether a record came to nothing, other than by a decision about its entry.
    fn is_over(&self, stated: &SourceRecord) -> bool {
        stated.state == RecordState::Nothing
            && !self.was_reversed_by_reviewer(stated.source, &stated.key)
    }

    /// The entry that a reviewer made of just this content.
    fn accepted(&self, stated: &SourceRecord, content: &[u8; 32]) -> Option<&Entry> {
        let stands = self.standing_entry(stated.source, &stated.key);
        if let Some(settled) = stands.filter(|entry| entry.is_by_reviewer())
            && settled.content_hash == *content
        {
            return Some(settled);
        }
        self.pendings_of(stated.source, &stated.key).find_map(|row| {
            row.decision?;
            let seq = row.entry_seq?;
            let entry = self.entries().iter().find(|entry| entry.seq == seq)?;
            let same = row.content_hash == *content || entry.content_hash == *content;
            same.then_some(entry)
        })
    }

    /// Whether a reviewer refused the record, perhaps just this content of it, and nothing stands since.
    fn was_refused_by_reviewer(&self, stated: &SourceRecord, content: Option<&[u8; 32]>) -> bool {
        let since = self.last_entry(stated.source, &stated.key).map(|entry| entry.recorded_at);
        self.pendings_of(stated.source, &stated.key).any(|row| {
            row.decision.is_some()
                && content.is_none_or(|content| row.content_hash == *content)
                && row.closed.is_some_and(|(at, outcome)| {
                    outcome == PendingOutcome::Rejected && since.is_none_or(|since| at > since)
                })
        })
    }
}
