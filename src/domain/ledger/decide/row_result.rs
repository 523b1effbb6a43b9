//! What became of a row, told from the account that it changed.

use crate::domain::ids::{BatchId, PersonId};
use crate::domain::ledger::account::{Account, PriorState, Record, Said};
use crate::domain::ledger::outcome::{Outcome, RowProblem};
use crate::domain::ledger::source_record::RecordState;
use crate::domain::ledger::sources::Sources;
use crate::domain::ledger::statement::RecognitionStatus;
use crate::domain::message::Message;

/// What became of a row: exactly one outcome for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowResult {
    /// The batch, by which the inbox finds it.
    pub batch: BatchId,
    /// The row in the batch, from 1.
    pub row_no: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// The source's key, where it could be read.
    pub key: Option<Box<str>>,
    /// Whose it is, where that is certain.
    pub person: Option<PersonId>,
    /// The entry that it became.
    pub entry_seq: Option<i64>,
    /// What is wrong, where something is.
    pub problems: Vec<RowProblem>,
}

type Became = (Outcome, Option<i64>, Vec<RowProblem>);

fn with_problem(outcome: Outcome, message: Message) -> Became {
    (outcome, None, vec![RowProblem::at("", message)])
}

/// What became of a row whose record is on an account.
pub(super) fn outcome(
    account: &Account,
    record: &Record,
    prior: &PriorState,
    sources: &Sources<'_>,
) -> Became {
    let stated = &record.stated;
    match (stated.state, stated.standing) {
        (RecordState::Posted, _) => {
            let entry = account.standing_entry(stated.source, &stated.key);
            let seq = entry.map(|entry| entry.seq);
            let content = entry.map(|entry| entry.content_hash);
            let posted = matches!(record.said, Some(Said::Posted { .. }));
            let outcome = match () {
                () if seq.is_some() && seq.map(|seq| (account.person, seq)) == prior.entry => {
                    Outcome::Replayed
                }
                () if prior.entry.is_some() => Outcome::Corrected,
                () if prior.waiting.is_some() && prior.waiting != content => Outcome::Corrected,
                () if posted && prior.was_there() => Outcome::Corrected,
                () => Outcome::Posted,
            };
            (outcome, seq, Vec::new())
        }
        (RecordState::Waiting, _) => {
            let waiting = account.waiting(stated.source, &stated.key).map(|row| row.content_hash);
            let same = waiting == prior.waiting && prior.entry.is_none();
            (if same { Outcome::Replayed } else { Outcome::Pending }, None, Vec::new())
        }
        (RecordState::Held, _) => match &stated.kept {
            Some(kept) => {
                let message = Message::new("held_duplicate")
                    .with("source", sources.code(kept.source))
                    .with("score", kept.score);
                with_problem(Outcome::Held, message)
            }
            None => with_problem(Outcome::Held, Message::new("contradicts_decision")),
        },
        (RecordState::Nothing, RecognitionStatus::Rejected) if prior.entry.is_none() => {
            with_problem(Outcome::Rejected, Message::new("feed_rejected"))
        }
        (RecordState::Nothing, RecognitionStatus::Withdrawn) if !prior.known => {
            with_problem(Outcome::Held, Message::new("void_without_original"))
        }
        (RecordState::Nothing, RecognitionStatus::Rejected | RecognitionStatus::Withdrawn) => {
            (Outcome::Reversed, None, Vec::new())
        }
        (RecordState::Nothing, _) => (Outcome::Replayed, None, Vec::new()),
    }
}
