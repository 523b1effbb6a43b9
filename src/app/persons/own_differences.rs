//! What of a person's record is held, or in doubt, as they see it: with what is kept in its place, and
//! why.

use crate::app::persons::hourly::Hourly;
use crate::app::persons::item::Item;
use crate::app::posting::problems;
use crate::app::reviews::differences::{KeptRecord, why};
use crate::app::service::Directory;
use crate::domain::ids::{DifferenceId, PersonId};
use crate::domain::ledger::difference::{Difference, DifferenceKind};
use crate::domain::ledger::entry::{self, Entry};
use crate::domain::ledger::outcome::{Outcome, RowProblem};
use crate::domain::ledger::source_record::{DuplicateOf, RecordState, SourceRecord};
use crate::domain::message::Message;
use crate::store::submissions::SubmissionRow;
use crate::store::{ReadTx, StoreError};

/// Records of a person that are held, and what does not agree.
pub(super) struct OwnDifferences {
    records: Vec<SourceRecord>,
    differences: Vec<Difference>,
}

impl OwnDifferences {
    pub(super) fn read(
        tx: &mut ReadTx<'_>,
        person: PersonId,
    ) -> Result<OwnDifferences, StoreError> {
        let records = tx.stated_of(&[person])?;
        let differences = tx.differences_of(&[person], None)?.remove(&person);
        Ok(OwnDifferences { records, differences: differences.unwrap_or_default() })
    }

    /// Whether the outcome of a row is told by the record that it is about.
    pub(super) fn tell_of(&self, row: &SubmissionRow) -> bool {
        let held = row.outcome == Outcome::Held.number();
        held && self.records.iter().any(|one| {
            one.source.get() == row.source_id && Some(&*one.key) == row.ext_key.as_deref()
        })
    }

    pub(super) fn items(
        &self,
        entries: &[Entry],
        directory: &Directory,
    ) -> Result<Vec<Item>, StoreError> {
        let held = self.records.iter().filter(|one| one.state == RecordState::Held);
        let held = held.map(|one| self.held(one, entries, directory));
        let mut items = held.collect::<Result<Vec<Item>, _>>()?;
        // A suspected duplicate is told by the record that is held.
        let told = |one: &&Difference| {
            !matches!(one.kind, DifferenceKind::Duplicate | DifferenceKind::ContradictsDecision)
        };
        let open = self.differences.iter().filter(|one| one.closed.is_none());
        for one in open.filter(told) {
            items.push(of_difference(one, directory)?);
        }
        Ok(items)
    }

    fn held(
        &self,
        one: &SourceRecord,
        entries: &[Entry],
        directory: &Directory,
    ) -> Result<Item, StoreError> {
        let kept = match &one.kept {
            Some(kept) => {
                let record = kept_record(kept, entries, directory);
                Some(record.ok_or_else(|| one.damaged())?)
            }
            None => None,
        };
        let message = match &kept {
            Some(kept) => Message::new("held_duplicate")
                .with("source", &kept.source)
                .with("score", kept.score),
            None => Message::new("contradicts_decision"),
        };
        Ok(Item {
            what: "submission",
            seq: None,
            submission: Some(format!("{}-{}", one.batch, one.row_no)),
            state: Outcome::Held.name(),
            counts: false,
            source: directory.code(one.source),
            hours: one.posting.as_ref().map(Hourly::of),
            recorded_at: one.since,
            why: problems::tell(&[RowProblem::at("", message)]),
            kept,
            difference: self.about(one),
        })
    }

    /// The newest difference about a record that is held.
    fn about(&self, one: &SourceRecord) -> Option<DifferenceId> {
        let about = self.differences.iter().rev().find(|other| {
            (other.source, &other.key) == (one.source, &one.key)
                && matches!(
                    other.kind,
                    DifferenceKind::Duplicate | DifferenceKind::ContradictsDecision
                )
        });
        about.map(|other| other.id)
    }
}

/// None where its parts do not read.
fn kept_record(kept: &DuplicateOf, entries: &[Entry], directory: &Directory) -> Option<KeptRecord> {
    let entry = entry::standing(entries, kept.source, &kept.key);
    Some(KeptRecord {
        source: directory.code(kept.source),
        key: kept.key.clone(),
        seq: entry.map(|entry| entry.seq),
        score: kept.score,
        parts: serde_json::from_str(&kept.parts).ok()?,
    })
}

fn of_difference(one: &Difference, directory: &Directory) -> Result<Item, StoreError> {
    Ok(Item {
        what: "difference",
        seq: one.entry_seq,
        submission: None,
        state: one.kind.name(),
        counts: false,
        source: directory.code(one.source),
        hours: one.posting.as_ref().map(Hourly::of),
        recorded_at: one.opened_at,
        why: why(one)?,
        kept: None,
        difference: Some(one.id),
    })
}
