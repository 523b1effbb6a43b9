//! Writing back what desks hold, and telling what became of their rows.

use std::collections::BTreeMap;

use super::desk::{Desk, Record};
use super::weigh::Written;
use crate::app::service::{Directory, Failure};
use crate::domain::ids::{PersonId, SourceId};
use crate::domain::ledger::outcome::{Outcome, RowProblem};
use crate::domain::ledger::source_record::{RecordState, SourceRecord};
use crate::domain::ledger::statement::RecognitionStatus;
use crate::domain::message::Message;
use crate::store::WriteTx;
use crate::store::control_totals::Changes;

/// How a record stood before a row was taken.
#[derive(Clone, Debug, Default)]
pub struct Was {
    /// Whether it was known at all.
    pub known: bool,
    /// The entry that stood, and in whose chain.
    pub entry: Option<(PersonId, i64)>,
    /// The content of the row that waited.
    pub waiting: Option<[u8; 32]>,
    /// Whether it was held.
    pub held: bool,
}

impl Was {
    /// Of a record at a desk.
    pub fn of(desk: &Desk, source: SourceId, key: &str) -> Was {
        let record = desk.record(source, key);
        Was {
            known: record.is_some_and(|record| record.stated.posting.is_some()),
            entry: desk.standing(source, key).map(|entry| (entry.person, entry.seq)),
            waiting: desk.waiting(source, key).map(|row| row.content_hash),
            held: record.is_some_and(|record| record.stated.state == RecordState::Held),
        }
    }

    /// Whether something stood that the new row took the place of.
    pub const fn was_there(&self) -> bool {
        self.entry.is_some() || self.waiting.is_some() || self.held
    }
}

/// What became of a row that is at a desk now.
pub fn outcome(
    desk: &Desk,
    record: &Record,
    was: &Was,
    directory: &Directory,
) -> (Outcome, Option<i64>, Vec<RowProblem>) {
    let stated = &record.stated;
    let entry = desk.standing(stated.source, &stated.key);
    let told = |code, outcome| (outcome, None, vec![RowProblem::at("", Message::new(code))]);
    match (stated.state, stated.standing) {
        (RecordState::Posted, _) => {
            let seq = entry.map(|entry| entry.seq);
            let content = entry.map(|entry| entry.content_hash);
            let outcome = match () {
                () if seq.is_some() && seq.map(|seq| (desk.person, seq)) == was.entry => {
                    Outcome::Replayed
                }
                () if was.entry.is_some() => Outcome::Corrected,
                () if was.waiting.is_some() && was.waiting != content => Outcome::Corrected,
                () if record.posted && was.was_there() => Outcome::Corrected,
                () => Outcome::Posted,
            };
            (outcome, seq, Vec::new())
        }
        (RecordState::Waiting, _) => {
            let waiting = desk.waiting(stated.source, &stated.key).map(|row| row.content_hash);
            let same = waiting == was.waiting && was.entry.is_none();
            (if same { Outcome::Replayed } else { Outcome::Pending }, None, Vec::new())
        }
        (RecordState::Held, _) => match &stated.kept {
            Some(kept) => {
                let message = Message::new("held_duplicate")
                    .with("source", directory.code(kept.source))
                    .with("score", kept.score);
                (Outcome::Held, None, vec![RowProblem::at("", message)])
            }
            None => told("contradicts_decision", Outcome::Held),
        },
        (RecordState::Nothing, RecognitionStatus::Rejected) if was.entry.is_none() => {
            told("feed_rejected", Outcome::Rejected)
        }
        (RecordState::Nothing, RecognitionStatus::Withdrawn) if !was.known => {
            told("void_without_original", Outcome::Held)
        }
        (RecordState::Nothing, RecognitionStatus::Rejected | RecognitionStatus::Withdrawn) => {
            (Outcome::Reversed, None, Vec::new())
        }
        (RecordState::Nothing, _) => (Outcome::Replayed, None, Vec::new()),
    }
}

impl Written {
    /// Writes down what waits, what does not agree, and what is stated; with records that are nobody's.
    pub fn put_down<'d>(
        self,
        tx: &mut WriteTx<'_>,
        desks: impl Iterator<Item = &'d Desk>,
        nobodys: &[(SourceRecord, Option<SourceRecord>)],
    ) -> Result<(), Failure> {
        tx.add_pendings(&self.pendings)?;
        tx.add_differences(&self.differences)?;
        let ordered: BTreeMap<PersonId, &Desk> = desks.map(|desk| (desk.person, desk)).collect();
        let (mut put, mut turned, mut changes) = (Vec::new(), Vec::new(), Changes::default());
        for record in ordered.values().flat_map(|desk| &desk.records) {
            let listed = record.before.is_some() || record.stated.state == RecordState::Held;
            let listed = listed || (record.said && !record.posted);
            if !listed || record.before.as_ref() == Some(&record.stated) {
                continue;
            }
            let before = record.before.as_ref();
            // A reviewer may have put other hours in their place.
            if record.said || before.is_none_or(|one| one.posting != record.stated.posting) {
                put.push(&record.stated);
            } else {
                turned.push(&record.stated);
            }
            if let Some(before) = &record.before {
                changes.take(before);
            }
            changes.add(&record.stated);
        }
        for (stated, before) in nobodys {
            put.push(stated);
            if let Some(before) = before {
                changes.take(before);
            }
            changes.add(stated);
        }
        tx.put_stated(&put)?;
        tx.turn_stated(&turned)?;
        tx.change_control_totals(&changes)?;
        Ok(())
    }
}
