//! One transaction of rows.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::pen::{Origin, Pen};
use super::prepare::{Matched, Prepared};
use super::{Poster, Taken, Undone, matching};
use crate::app::service::{Directory, Failure};
use crate::domain::identity::IdKind;
use crate::domain::ids::{BatchId, PersonId};
use crate::domain::ledger::claim::Claim;
use crate::domain::ledger::entry::{self, Entry, EntryKind};
use crate::domain::ledger::outcome::{Outcome, RowProblem};
use crate::domain::ledger::pending::{Pending, PendingOutcome};
use crate::domain::ledger::posting::Posting;
use crate::domain::message::Message;
use crate::store::{StoreError, WriteTx};
use crate::vault::Vault;

/// Rows with what they need.
pub(crate) struct Chunk {
    pub(crate) vault: Arc<Vault>,
    pub(crate) poster: Poster,
    /// The batch they belong to; a row alone gets one of its own.
    pub(crate) batch: Option<BatchId>,
    pub(crate) rows: Arc<Vec<Prepared>>,
    /// Every source, with its rank.
    pub(crate) directory: Arc<Directory>,
}

/// A row whose person is certain.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'r> {
    pub(super) place: usize,
    pub(super) row: &'r Matched,
    pub(super) person: PersonId,
    pub(super) content: [u8; 32],
}

impl Chunk {
    /// Takes every row and writes its outcome into the inbox.
    pub(crate) fn take(&self, tx: &mut WriteTx<'_>) -> Result<Vec<Taken>, Undone> {
        let batch = self.batch.unwrap_or_else(|| tx.new_batch());
        let (mut people, newcomers) = self.people(tx)?;
        let mut taken = self.before_the_ledger(batch, &people);
        let mut waiting: Vec<Candidate<'_>> = self.candidates(&taken);
        while !waiting.is_empty() {
            let mut keys = HashSet::new();
            let (wave, rest) = waiting.into_iter().partition(|one| keys.insert(&one.row.row.key));
            self.wave(tx, batch, wave, &mut taken)?;
            // The same key again sees what became of it before.
            waiting = rest;
        }
        self.tell_what_fell(tx, &mut taken)?;
        matching::forget_strangers(tx, &newcomers, &mut people, &mut taken)?;
        self.write_down_with(tx, &taken, &people, |_| true)?;
        Ok(taken)
    }

    /// Writes the outcomes of rows that did nothing into the inbox, and nothing else.
    pub(crate) fn write_down(
        &self,
        tx: &mut WriteTx<'_>,
        mut taken: Vec<Taken>,
    ) -> Result<Vec<Taken>, Failure> {
        let numbers = self.numbers();
        let people = tx.people_by_number(IdKind::ResidentId.get(), &numbers)?;
        for (prepared, row) in self.rows.iter().zip(&mut taken) {
            // Whom only these rows would have put on record is not on record.
            row.person = matching::person_of(prepared, &people);
        }
        self.write_down_with(tx, &taken, &people, |_| true)?;
        Ok(taken)
    }

    fn candidates(&self, taken: &[Taken]) -> Vec<Candidate<'_>> {
        let rows = self.rows.iter().zip(taken).enumerate();
        rows.filter_map(|(place, (prepared, taken))| {
            let (row, person) = (prepared.read.as_ref().ok()?, taken.person?);
            let content = row.row.posting.content_hash(person);
            Some(Candidate { place, row, person, content })
        })
        .collect()
    }

    /// Takes rows whose keys differ from each other.
    fn wave(
        &self,
        tx: &mut WriteTx<'_>,
        batch: BatchId,
        wave: Vec<Candidate<'_>>,
        taken: &mut [Taken],
    ) -> Result<(), Failure> {
        let source = self.poster.source.id();
        let claims: Vec<Claim> = wave.iter().map(Candidate::claim).collect();
        let free = tx.claim(source, &claims)?;
        let (fresh, used): (Vec<_>, Vec<_>) =
            wave.into_iter().zip(free).partition(|(_, free)| *free);
        let used: Vec<Candidate<'_>> = used.into_iter().map(|(one, _)| one).collect();
        let keys: Vec<&str> = used.iter().map(|one| &*one.row.row.key).collect();
        let claimed = tx.claims(source, &keys)?;
        let mut corrections = Vec::new();
        for one in used {
            // Neither free nor used: only a later look can tell.
            let claim = claimed.get(&one.row.row.key).ok_or(StoreError::Busy)?;
            match self.against(tx, &one, claim)? {
                Against::Correction => corrections.push((one, claim.clone())),
                Against::Told(outcome, problems) => {
                    if let Some(row) = taken.get_mut(one.place) {
                        (row.outcome, row.problems) = (outcome, problems);
                    }
                }
            }
        }
        let changing: Vec<&Claim> = corrections.iter().map(|(_, claim)| claim).collect();
        tx.lock_claims(source, &changing)?;
        let mut people: BTreeSet<PersonId> = fresh.iter().map(|(one, _)| one.person).collect();
        people.extend(corrections.iter().flat_map(|(one, old)| [one.person, old.person]));
        if people.is_empty() {
            return Ok(());
        }
        let mut work = Work { pen: Pen::take(tx, &people)?, pendings: Vec::new() };
        let mut shared = self.shared(tx, &work.pen, &people)?;
        for (one, _) in fresh {
            if !self.at_desk(tx, &mut work.pen, &mut shared, batch, &one, None)? {
                self.put(&mut work, batch, &one, Replaces::Nothing, taken)?;
            }
        }
        for (one, old) in corrections {
            if self.at_desk(tx, &mut work.pen, &mut shared, batch, &one, Some(&old))? {
                tx.reclaim(source, &one.claim())?;
            } else {
                self.correct(tx, &mut work, batch, &one, &old, taken)?;
            }
        }
        self.settle_shared(tx, &mut work.pen, shared, batch, taken)?;
        work.pen.put_down(tx)?;
        tx.add_pendings(&work.pendings)?;
        Ok(())
    }

    /// What a key that was used before says about a row.
    fn against(
        &self,
        tx: &mut WriteTx<'_>,
        one: &Candidate<'_>,
        claim: &Claim,
    ) -> Result<Against, Failure> {
        let revision = one.row.row.revision;
        if revision > claim.revision {
            return Ok(Against::Correction);
        }
        if revision < claim.revision {
            let message = Message::new("revision_stale").with("standing", claim.revision);
            let problem = RowProblem::at("revision", message);
            return Ok(Against::Told(Outcome::Conflict, vec![problem]));
        }
        if one.content == claim.content_hash {
            return Ok(Against::Told(Outcome::Replayed, Vec::new()));
        }
        let field = if one.person == claim.person {
            let before = self.said(tx, claim)?;
            before.and_then(|before| before.first_difference(&one.row.row.posting))
        } else {
            Some("person.number")
        };
        let field = field.unwrap_or("key");
        let message = Message::new("key_conflict").with("field", field);
        Ok(Against::Told(Outcome::Conflict, vec![RowProblem::at(field, message)]))
    }

    /// What the standing revision of a key said.
    fn said(&self, tx: &mut WriteTx<'_>, claim: &Claim) -> Result<Option<Posting>, Failure> {
        let source = self.poster.source.id();
        let entries = tx.entries(claim.person, None)?;
        let same = |entry: &&Entry| {
            entry.source == source
                && entry.ext_key == claim.ext_key
                && entry.kind != EntryKind::Reversal
                && entry.content_hash == claim.content_hash
        };
        if let Some(entry) = entries.iter().rev().find(same) {
            return Ok(Some(entry.posting.clone()));
        }
        let pendings = tx.pendings_of(&[claim.person], None)?.remove(&claim.person);
        let same = |pending: &Pending| {
            pending.source == source
                && pending.ext_key == claim.ext_key
                && pending.content_hash == claim.content_hash
        };
        Ok(pendings.unwrap_or_default().into_iter().find(same).map(|pending| pending.posting))
    }

    /// A higher revision: what stood before is taken back, and the new takes its place.
    fn correct(
        &self,
        tx: &mut WriteTx<'_>,
        work: &mut Work,
        batch: BatchId,
        one: &Candidate<'_>,
        old: &Claim,
        taken: &mut [Taken],
    ) -> Result<(), Failure> {
        let source = self.poster.source.id();
        tx.reclaim(source, &one.claim())?;
        let Some(row) = taken.get_mut(one.place) else { return Ok(()) };
        let row_no = row.row_no;
        let waiting = tx.open_pending_of_key(old.person, source, &old.ext_key)?;
        let entries = tx.entries(old.person, None)?;
        let standing = entry::standing(&entries, source, &old.ext_key);
        let was_there = waiting.is_some() || standing.is_some();
        let is_agreed = standing.is_some_and(|standing| standing.content_hash == one.content);
        if is_agreed || (was_there && one.content == old.content_hash) {
            // A new number for the same meaning changes nothing, nor does saying what a reviewer made of it.
            row.outcome = Outcome::Replayed;
            return Ok(());
        }
        if let Some(waiting) = &waiting {
            let place = (waiting.person, waiting.batch, waiting.row_no);
            let at = work.pen.stamp(old.person)?;
            tx.close_pending(place, at, PendingOutcome::Corrected, None, None)?;
        }
        if let Some(standing) = standing {
            work.pen.reverse(standing, batch, row_no)?;
        }
        let replaced = standing.map(|standing| standing.seq).filter(|_| old.person == one.person);
        let replaces = if was_there { Replaces::Earlier(replaced) } else { Replaces::Nothing };
        self.put(work, batch, one, replaces, taken)
    }

    /// Posts a row, or lets it wait.
    fn put(
        &self,
        work: &mut Work,
        batch: BatchId,
        one: &Candidate<'_>,
        replaces: Replaces,
        taken: &mut [Taken],
    ) -> Result<(), Failure> {
        let Some(row) = taken.get_mut(one.place) else { return Ok(()) };
        let source = &self.poster.source;
        let submitted = &one.row.row;
        if !source.recognises(submitted.posting.category) {
            row.outcome = Outcome::Pending;
            work.pendings.push(Pending {
                person: one.person,
                batch,
                row_no: row.row_no,
                source: source.id(),
                ext_key: submitted.key.clone(),
                revision: submitted.revision,
                content_hash: one.content,
                posting: submitted.posting.clone(),
                jurisdiction: source.jurisdiction.as_deref().map(Into::into),
                known_at: work.pen.stamp(one.person)?,
                closed: None,
                decision: None,
                entry_seq: None,
            });
            return Ok(());
        }
        let origin = Origin {
            source: source.id(),
            ext_key: submitted.key.clone(),
            revision: submitted.revision,
            batch,
            row_no: row.row_no,
        };
        let (kind, outcome, replaced) = match replaces {
            Replaces::Earlier(entry) => (EntryKind::Replacement, Outcome::Corrected, entry),
            Replaces::Nothing => (EntryKind::Credit, Outcome::Posted, None),
        };
        let seq = work.pen.credit(one.person, kind, origin, &submitted.posting, replaced)?;
        (row.outcome, row.entry_seq) = (outcome, Some(seq));
        Ok(())
    }
}

/// What a row takes the place of.
#[derive(Clone, Copy)]
enum Replaces {
    Nothing,
    /// An earlier revision, and the entry of the same person that it was, if it was one.
    Earlier(Option<i64>),
}

enum Against {
    Told(Outcome, Vec<RowProblem>),
    Correction,
}

struct Work {
    pen: Pen,
    pendings: Vec<Pending>,
}

impl Candidate<'_> {
    fn claim(&self) -> Claim {
        Claim {
            ext_key: self.row.row.key.clone(),
            revision: self.row.row.revision,
            content_hash: self.content,
            person: self.person,
        }
    }
}
