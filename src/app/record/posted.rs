//! Posted rows of persons of whom another source tells too: they may be of an event that is on record.

use std::collections::{BTreeSet, HashMap};

use super::Taken;
use super::chunk::{Candidate, Chunk};
use super::desk::{self, Cause, Desk, Record, Sources};
use super::filing::{self, Was};
use super::pen::Pen;
use super::weigh::{Bench, Written};
use crate::app::service::Failure;
use crate::domain::ids::{BatchId, PersonId, SourceId};
use crate::domain::outcome::Outcome;
use crate::domain::stated::Standing;
use crate::store::WriteTx;
use crate::store::ext_refs::Claim;
use crate::store::stated::{State, Stated};

/// Desks of persons whose rows may be of an event that another source tells of.
#[derive(Default)]
pub(super) struct Shared {
    desks: HashMap<PersonId, Desk>,
    written: Written,
    rows: Vec<AtDesk>,
}

/// A posted row that is at a desk.
struct AtDesk {
    place: usize,
    row_no: i64,
    person: PersonId,
    key: Box<str>,
    was: Was,
    /// A new number for the same meaning.
    unchanged: bool,
}

impl Chunk {
    /// The desks of those people of whom others tell too. Where there is one source alone, and for
    /// whoever has no entry yet, nothing is looked up.
    pub(super) fn shared(
        &self,
        tx: &mut WriteTx<'_>,
        pen: &Pen,
        people: &BTreeSet<PersonId>,
    ) -> Result<Shared, Failure> {
        let mut shared = Shared::default();
        if self.directory.sources.len() < 2 {
            return Ok(shared);
        }
        let known: Vec<PersonId> =
            people.iter().copied().filter(|person| pen.has_entries(*person)).collect();
        let source = self.poster.source.id();
        shared.desks = desk::load(tx, &known)?;
        shared.desks.retain(|_, desk| desk.is_shared(source));
        Ok(shared)
    }

    fn sources(&self) -> Sources<'_> {
        Sources { own: &self.poster.source, directory: &self.directory }
    }

    /// Puts a posted row on the desk of its person; false where there is no such desk. A higher revision
    /// goes there also where the earlier one was of somebody with a desk.
    pub(super) fn at_desk(
        &self,
        tx: &mut WriteTx<'_>,
        pen: &mut Pen,
        shared: &mut Shared,
        batch: BatchId,
        one: &Candidate<'_>,
        old: Option<&Claim>,
    ) -> Result<bool, Failure> {
        let row_no = self.rows.get(one.place).map_or(1, |row| row.row_no);
        let mut people = vec![one.person];
        people.extend(old.map(|old| old.person).filter(|old| *old != one.person));
        if !people.iter().any(|person| shared.desks.contains_key(person)) {
            return Ok(false);
        }
        let missing: Vec<PersonId> =
            people.iter().copied().filter(|person| !shared.desks.contains_key(person)).collect();
        shared.desks.extend(desk::load(tx, &missing)?);
        let (source, key) = (self.poster.source.id(), &one.row.row.key);
        let mut was = Was::default();
        let (mut before, mut earlier) = (None, None);
        for person in people.iter().rev() {
            let Some(desk) = shared.desks.get_mut(person) else { continue };
            let here = Was::of(desk, source, key);
            if !(here.was_there() || here.known) {
                continue;
            }
            was = here;
            if let Some(record) = desk.record(source, key) {
                (before, earlier) = (record.before.clone(), Some(record.stated.clone()));
            }
            if *person != one.person {
                let (sources, cause) = (self.sources(), Cause { batch, row_no });
                let written = &mut shared.written;
                let mut bench = Bench { desk, pen, written, sources: &sources, cause };
                bench.give_up(tx, &(source, key.clone()))?;
            }
        }
        let unchanged = old.is_some_and(|old| old.content_hash == one.content) && was.was_there();
        if !unchanged {
            let stamp = pen.stamp(one.person)?;
            let since = earlier.as_ref().map_or(stamp, |one| one.since);
            let stated = stated(source, one, (batch, row_no), since);
            if let Some(desk) = shared.desks.get_mut(&one.person) {
                desk.put(Record { stated, before, said: true, posted: true });
            }
        }
        let (place, person, key) = (one.place, one.person, key.clone());
        shared.rows.push(AtDesk { place, row_no, person, key, was, unchanged });
        Ok(true)
    }

    /// Brings the chains of the desks to what was posted, and tells what became of the rows.
    pub(super) fn settle_shared(
        &self,
        tx: &mut WriteTx<'_>,
        pen: &mut Pen,
        mut shared: Shared,
        batch: BatchId,
        taken: &mut [Taken],
    ) -> Result<(), Failure> {
        if shared.rows.is_empty() {
            return Ok(());
        }
        let sources = self.sources();
        let row_no = shared.rows.iter().map(|row| row.row_no).min().unwrap_or(1);
        let people: BTreeSet<PersonId> = shared.desks.keys().copied().collect();
        for person in people {
            let desk = shared
                .desks
                .get_mut(&person)
                .ok_or_else(|| Failure::internal("a person has no desk"))?;
            let (written, cause) = (&mut shared.written, Cause { batch, row_no });
            Bench { desk, pen, written, sources: &sources, cause }.settle(tx)?;
        }
        let source = self.poster.source.id();
        for AtDesk { place, person, key, was, unchanged, .. } in &shared.rows {
            let Some(row) = taken.get_mut(*place) else { continue };
            if *unchanged {
                row.outcome = Outcome::Replayed;
                continue;
            }
            let desk = shared.desks.get(person);
            let Some((desk, record)) =
                desk.and_then(|desk| Some((desk, desk.record(source, key)?)))
            else {
                return Err(Failure::internal("a row has no record at the desk"));
            };
            (row.outcome, row.entry_seq, row.problems) =
                filing::outcome(desk, record, was, &self.directory);
        }
        shared.written.put_down(tx, shared.desks.values(), &[])
    }
}

fn stated(
    source: SourceId,
    one: &Candidate<'_>,
    (batch, row_no): (BatchId, i64),
    since: crate::domain::timestamp::Timestamp,
) -> Stated {
    let submitted = &one.row.row;
    Stated {
        key: submitted.key.clone(),
        source,
        person: Some(one.person),
        version: submitted.revision.into(),
        standing: Standing::Recognised,
        digest: one.content,
        refused: None,
        revision: submitted.revision,
        posting: Some(submitted.posting.clone()),
        started_on: None,
        state: State::Nothing,
        kept: None,
        batch,
        row_no,
        since,
        run: batch,
    }
}
