//! Settling differences: what a reviewer makes of a record about which sources, or a source and the
//! ledger, do not agree.

use super::{Decided, Draft, Reviewer, answered};
use crate::app::record::desk::{self, Cause, Desk, Sources};
use crate::app::record::pen::{Origin, Pen};
use crate::app::record::weigh::{Bench, Written};
use crate::app::service::{Directory, Failure, Service};
use crate::domain::entry::{Entry, EntryKind};
use crate::domain::ids::{BatchId, DecisionId, DifferenceId, PersonId, SourceId};
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::store::WriteTx;
use crate::store::decisions::DecisionKind;
use crate::store::differences::{Difference, Kind, Settled};
use crate::store::ext_refs::Claim;

/// What a reviewer may make of a difference of a kind.
const fn accepts(kind: Kind) -> &'static [Settled] {
    use Settled::{Ignore, Post, Replace, Reverse};
    match kind {
        Kind::Duplicate => &[Post, Reverse, Replace, Ignore],
        Kind::MissingHere | Kind::ContradictsDecision => &[Post, Ignore],
        Kind::MissingThere | Kind::YearBasis => &[Reverse, Ignore],
        Kind::Differs => &[Reverse, Replace, Ignore],
        Kind::SumDiffers => &[Ignore],
    }
}

/// A settlement in the making.
struct Settling<'a> {
    desk: &'a mut Desk,
    pen: &'a mut Pen,
    decision: DecisionId,
}

impl Service {
    /// Settles a difference.
    pub async fn settle(
        &self,
        reviewer: Reviewer,
        (person, id): (PersonId, DifferenceId),
        action: Settled,
        reason: String,
    ) -> Result<Decided, Failure> {
        let directory = self.directory().await?;
        let service = self.clone();
        let result = self.store.write(move |tx: &mut WriteTx<'_>| {
            let known = (person.get() != 0).then_some(person);
            let mut pen = Pen::take(tx, &known.into_iter().collect())?;
            let one = tx.difference(known, id)?.ok_or(Failure::Absent)?;
            if !reviewer.may_settle(&one) {
                return Err(Failure::Absent);
            }
            if !accepts(one.kind).contains(&action) {
                let accepted: Vec<&str> = accepts(one.kind).iter().map(|one| one.name()).collect();
                let message = Message::new("settle_action").with("kind", one.kind.name());
                let message = message.with("accepted", accepted.join(", "));
                return Err(Failure::refused("action", message));
            }
            let decision = DecisionId::from_bits(tx.bits());
            let at = known.map_or(Ok(tx.now()), |person| pen.stamp(person))?;
            close(tx, &one, (person, at), action, decision)?;
            let entry_seq = match known {
                Some(person) => {
                    let settling = (&mut pen, person, decision);
                    settle_at_desk(tx, &directory, settling, &one, (action, at))?
                }
                None => None,
            };
            pen.put_down(tx)?;
            let mut draft = Draft::new(&reviewer, person, DecisionKind::Settle, &reason);
            draft.about = Some(DecisionId::stored(id.get()));
            draft.entry_seq = entry_seq;
            draft.year = one.posting.as_ref().map(|posting| posting.year);
            draft.category = one.posting.as_ref().map(|posting| posting.category);
            draft.hours = one.posting.as_ref().map(|posting| posting.hours);
            service.write_decision(tx, decision, at, &draft)
        });
        result.await.map_err(answered)
    }
}

impl Reviewer {
    fn may_settle(&self, one: &Difference) -> bool {
        let place = one.jurisdiction.as_deref();
        match &one.posting {
            Some(posting) => self.answers_for(place, posting),
            None => self.answers_for_place(place),
        }
    }
}

fn close(
    tx: &mut WriteTx<'_>,
    one: &Difference,
    (person, at): (PersonId, Timestamp),
    action: Settled,
    decision: DecisionId,
) -> Result<(), Failure> {
    let closed = match one.closed {
        None => tx.close_difference(one.person, one.id, at, action, Some(decision))?,
        Some(_) => tx.settle_noted(person, one.id, action, decision)?,
    };
    if closed {
        return Ok(());
    }
    Err(Failure::refused("", Message::new("already_decided")))
}

/// Does what was decided, and brings the chain to it; the entry that it made.
fn settle_at_desk(
    tx: &mut WriteTx<'_>,
    directory: &Directory,
    (pen, person, decision): (&mut Pen, PersonId, DecisionId),
    one: &Difference,
    (action, at): (Settled, Timestamp),
) -> Result<Option<i64>, Failure> {
    let own = directory.sources.get(&one.source).cloned();
    let own = own.ok_or_else(|| Failure::internal("a difference of no source"))?;
    let mut desk = desk::load(tx, &[person])?
        .remove(&person)
        .ok_or_else(|| Failure::internal("a person has no desk"))?;
    if let Some(noted) = desk.differences.iter_mut().find(|other| other.id == one.id) {
        noted.closed = Some((noted.closed.map_or(at, |(at, _)| at), action));
    }
    let mut settling = Settling { desk: &mut desk, pen, decision };
    let made = settling.act(tx, one, action)?;
    let before = settling.standing(one.source, &one.key);
    let mut written = Written::default();
    let sources = Sources { own: &own, directory };
    // Of no row; but what follows from a decision is not itself one.
    let cause = Cause { batch: BatchId::stored(decision.get()), row_no: 1 };
    Bench { desk: &mut desk, pen, written: &mut written, sources: &sources, cause }.settle(tx)?;
    written.put_down(tx, std::iter::once(&desk), &[])?;
    let after = desk.standing(one.source, &one.key).map(|entry| entry.seq);
    Ok(made.or_else(|| after.filter(|after| Some(*after) != before)))
}

impl Settling<'_> {
    fn act(
        &mut self,
        tx: &mut WriteTx<'_>,
        one: &Difference,
        action: Settled,
    ) -> Result<Option<i64>, Failure> {
        match (one.kind, action) {
            // The other one goes; the one that was held comes in its place where that was said.
            (Kind::Duplicate, Settled::Reverse | Settled::Replace) => {
                let other =
                    one.other.clone().ok_or_else(|| Failure::internal("a duplicate of nothing"))?;
                self.take_back(other.0, &other.1)
            }
            (_, Settled::Reverse) => self.take_back(one.source, &one.key),
            (Kind::MissingHere | Kind::ContradictsDecision, Settled::Post) => self.credit(tx, one),
            (Kind::Differs, Settled::Replace) => {
                self.restate(one);
                self.credit(tx, one)
            }
            _ => Ok(None),
        }
    }

    fn standing(&self, source: SourceId, key: &str) -> Option<i64> {
        self.desk.standing(source, key).map(|entry| entry.seq)
    }

    fn note(&mut self) -> Option<i64> {
        let entry: Entry = self.pen.last().cloned()?;
        let seq = entry.seq;
        self.desk.push(entry);
        Some(seq)
    }

    fn take_back(&mut self, source: SourceId, key: &str) -> Result<Option<i64>, Failure> {
        let Some(standing) = self.desk.standing(source, key).cloned() else {
            return Err(Failure::refused("", Message::new("already_reversed")));
        };
        self.pen.reverse(&standing, BatchId::stored(self.decision.get()), 0)?;
        Ok(self.note())
    }

    /// What the source lists is what it states from now on, until it states something else.
    fn restate(&mut self, one: &Difference) {
        let Some(place) = self.desk.place(one.source, &one.key) else { return };
        if let Some(record) = self.desk.records.get_mut(place) {
            record.stated.posting.clone_from(&one.posting);
            record.stated.digest = [0; 32];
            record.stated.revision = record.stated.revision.saturating_add(1);
        }
    }

    fn credit(&mut self, tx: &mut WriteTx<'_>, one: &Difference) -> Result<Option<i64>, Failure> {
        let posting =
            one.posting.as_ref().ok_or_else(|| Failure::internal("a difference without hours"))?;
        let person = self.desk.person;
        let standing = self.desk.standing(one.source, &one.key).cloned();
        let batch = BatchId::stored(self.decision.get());
        if let Some(standing) = &standing {
            self.pen.reverse(standing, batch, 0)?;
            self.note();
        }
        let revision = self.desk.record(one.source, &one.key).map_or(1, |one| one.stated.revision);
        let claim = Claim {
            ext_key: one.key.clone(),
            revision,
            content_hash: posting.content_hash(person),
            person,
        };
        if tx.claim(one.source, std::slice::from_ref(&claim))?.contains(&false) {
            tx.reclaim(one.source, &claim)?;
        }
        let (source, ext_key) = (one.source, one.key.clone());
        let origin = Origin { source, ext_key, revision, batch, row_no: 0 };
        let replaced = standing.map(|entry| entry.seq);
        let kind = if replaced.is_some() { EntryKind::Replacement } else { EntryKind::Credit };
        self.pen.credit(person, kind, origin, posting, replaced)?;
        let seq = self.note();
        self.desk.note_record(one.source, &one.key);
        Ok(seq)
    }
}
