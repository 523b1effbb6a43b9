//! Taking what a feed states: the newest statement of each record decides, whatever arrived when.
//!
//! Keys are claimed as those of posted rows are, then persons locked; a statement that says nothing new
//! only leaves a trace of having been seen. What the others say is brought to the chains by
//! [`super::weigh`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::chunk::Chunk;
use super::desk::{self, Cause, Desk, Record, Sources};
use super::filing::{self, Was};
use super::news::{self, Line, NEVER, News, Statement};
use super::pen::Pen;
use super::weigh::{Bench, Written};
use super::{Taken, Undone, doubts};
use crate::app::service::Failure;
use crate::domain::ids::{BatchId, PersonId};
use crate::domain::message::Message;
use crate::domain::outcome::{Outcome, RowProblem};
use crate::domain::timestamp::Timestamp;
use crate::store::WriteTx;
use crate::store::ext_refs::Claim;
use crate::store::stated::{State, Stated};

/// Statements of one transaction, with their rows.
pub(crate) struct Statements {
    pub(crate) chunk: Chunk,
    pub(crate) said: Arc<Vec<Statement>>,
}

impl Statements {
    /// Takes every statement, and writes the outcomes of those that said something new into the inbox.
    pub(crate) fn take(&self, tx: &mut WriteTx<'_>) -> Result<Vec<Taken>, Undone> {
        let chunk = &self.chunk;
        let batch = chunk.batch.unwrap_or_else(|| tx.new_batch());
        let (people, _) = chunk.people(tx)?;
        let mut taken = chunk.before_the_ledger(batch, &people);
        let mut waiting = self.lines(&mut taken);
        while !waiting.is_empty() {
            let mut keys = HashSet::new();
            let (wave, rest) = waiting.into_iter().partition(|one: &Line<'_>| keys.insert(one.key));
            self.wave(tx, batch, wave, &mut taken)?;
            waiting = rest;
        }
        let alone = |row: &&Taken| row.key.is_none() && row.outcome != Outcome::Replayed;
        let alone: Vec<i64> = taken.iter().filter(alone).map(|row| row.row_no).collect();
        // What has no key is known by its place, where a page is taken a second time.
        let before = tx.rows_in_inbox(batch, &alone)?;
        for row in taken.iter_mut().filter(|row| row.key.is_none() && before.contains(&row.row_no))
        {
            row.outcome = Outcome::Replayed;
        }
        chunk.write_down_with(tx, &taken, &people, |row| row.outcome != Outcome::Replayed)?;
        Ok(taken)
    }

    fn lines(&self, taken: &mut [Taken]) -> Vec<Line<'_>> {
        let rows = self.chunk.rows.iter().zip(self.said.iter()).zip(taken).enumerate();
        rows.filter_map(|(place, ((row, said), taken))| {
            if taken.key.is_none() {
                taken.key.clone_from(&said.key);
            }
            let person = taken.person;
            let posting = row.read.as_ref().ok().map(|matched| &matched.row.posting);
            let content = posting.zip(person).map(|(posting, person)| posting.content_hash(person));
            let digest = news::digest(said, row, content);
            let key = said.key.as_deref()?;
            Some(Line { place, key, said, row, person, content, digest })
        })
        .collect()
    }

    /// Takes statements whose keys differ from each other.
    fn wave(
        &self,
        tx: &mut WriteTx<'_>,
        batch: BatchId,
        wave: Vec<Line<'_>>,
        taken: &mut [Taken],
    ) -> Result<(), Failure> {
        let source = self.chunk.poster.source.id();
        let claims: Vec<Claim> = wave.iter().map(Line::claim).collect();
        let free = tx.claim(source, &claims)?;
        let used: Vec<&str> =
            wave.iter().zip(&free).filter(|(_, free)| !**free).map(|(one, _)| one.key).collect();
        let claimed = tx.claims(source, &used)?;
        let stands = tx.stated_by_key(source, &used)?;
        let (mut seen, mut news, mut unusable) = (Vec::new(), Vec::new(), Vec::new());
        for line in wave {
            let stand = stands.get(line.key);
            match line.news(stand) {
                News::New => news.push(line),
                News::Unusable => unusable.push(self.unusable(&line, batch, stand, tx.now())),
                News::None => {
                    let version = stand.map_or(NEVER, |one| one.version);
                    let newest =
                        if line.usable() { version.max(line.said.version) } else { version };
                    seen.push((line.key, newest));
                    if let Some(row) = taken.get_mut(line.place) {
                        (row.outcome, row.problems) = (Outcome::Replayed, Vec::new());
                        row.person = row.person.or_else(|| stand.and_then(|one| one.person));
                    }
                }
            }
        }
        let changing: Vec<&Claim> = news.iter().filter_map(|one| claimed.get(one.key)).collect();
        tx.lock_claims(source, &changing)?;
        let before = |one: &Line<'_>| {
            let stated = stands.get(one.key).and_then(|stated| stated.person);
            let claimed = claimed.get(one.key).map(|claim| claim.person);
            stated.or(claimed.filter(|person| person.get() != 0))
        };
        let mut work = Work::begin(tx, &news, before, unusable)?;
        // After the persons, as whoever turns a record does.
        tx.see_stated(source, &seen, batch)?;
        for line in &news {
            self.say(tx, &mut work, batch, line, stands.get(line.key), taken)?;
            if let Some(claim) = claimed.get(line.key)
                && line.content.is_some_and(|content| content != claim.content_hash)
            {
                let revision = claim.revision.saturating_add(1);
                tx.reclaim(source, &Claim { revision, ..line.claim() })?;
            }
        }
        self.settle(tx, &mut work, batch)?;
        for line in &news {
            self.tell(tx, &mut work, line, taken)?;
        }
        let Work { pen, desks, written, nobodys, .. } = work;
        pen.put_down(tx)?;
        written.put_down(tx, desks.values(), &nobodys)
    }

    /// What is remembered of a statement that cannot be taken.
    fn unusable(
        &self,
        line: &Line<'_>,
        batch: BatchId,
        stand: Option<&Stated>,
        now: Timestamp,
    ) -> (Stated, Option<Stated>) {
        let fresh = || Stated { version: NEVER, digest: [0; 32], ..self.nobodys(line, batch, now) };
        let stated = stand.cloned().unwrap_or_else(fresh);
        (Stated { refused: Some(line.digest), run: batch, ..stated }, stand.cloned())
    }

    /// A record that is nobody's.
    fn nobodys(&self, line: &Line<'_>, batch: BatchId, now: Timestamp) -> Stated {
        Stated {
            key: line.key.into(),
            source: self.chunk.poster.source.id(),
            person: None,
            version: line.said.version,
            standing: line.said.standing,
            digest: line.digest,
            refused: None,
            revision: 1,
            posting: None,
            started_on: line.said.started_on,
            state: State::Nothing,
            kept: None,
            batch,
            row_no: line.row.row_no,
            since: now,
            run: batch,
        }
    }

    /// Puts what a statement says on the desk of its person.
    fn say(
        &self,
        tx: &mut WriteTx<'_>,
        work: &mut Work,
        batch: BatchId,
        line: &Line<'_>,
        stand: Option<&Stated>,
        taken: &mut [Taken],
    ) -> Result<(), Failure> {
        let source = self.chunk.poster.source.id();
        let owner = work.owners.get(line.key).copied().flatten();
        let Some(person) = line.person.or(owner) else {
            work.nobodys.push((self.nobodys(line, batch, tx.now()), stand.cloned()));
            if let Some(row) = taken.get_mut(line.place) {
                let message = Message::new("void_without_original");
                (row.outcome, row.problems) = (Outcome::Held, vec![RowProblem::at("", message)]);
            }
            return Ok(());
        };
        let mut was = Was::default();
        let mut before = stand.cloned();
        let mut earlier = None;
        for place in [owner, Some(person)].into_iter().flatten() {
            let Some(desk) = work.desks.get_mut(&place) else { continue };
            let Some(record) = desk.record(source, line.key) else { continue };
            was = Was::of(desk, source, line.key);
            // Of what only entries tell, nothing is in the table yet.
            before = record.before.clone().or(before);
            earlier = Some(record.stated.clone());
            if place != person {
                let cause = Cause { batch, row_no: line.row.row_no };
                let sources = self.sources();
                work.bench(place, &sources, cause)?.give_up(tx, &(source, line.key.into()))?;
            }
        }
        let stamp = work.pen.stamp(person)?;
        let earlier = earlier.as_ref();
        let stated = Stated {
            person: Some(person),
            revision: earlier.or(stand).map_or(1, |one| one.revision.saturating_add(1)),
            posting: line.posting().or(earlier.and_then(|one| one.posting.as_ref())).cloned(),
            started_on: line.said.started_on.or(earlier.and_then(|one| one.started_on)),
            since: earlier.map_or(stamp, |one| one.since),
            ..self.nobodys(line, batch, tx.now())
        };
        work.was.insert(line.place, (person, was));
        work.causes.insert(person, line.row.row_no);
        if let Some(desk) = work.desks.get_mut(&person) {
            desk.put(Record { stated, before, said: true, posted: false });
        }
        Ok(())
    }

    fn sources(&self) -> Sources<'_> {
        Sources { own: &self.chunk.poster.source, directory: &self.chunk.directory }
    }

    fn settle(&self, tx: &mut WriteTx<'_>, work: &mut Work, batch: BatchId) -> Result<(), Failure> {
        let sources = self.sources();
        let people: BTreeSet<PersonId> = work.desks.keys().copied().collect();
        for person in people {
            let row_no = work.causes.get(&person).copied().unwrap_or(1).max(1);
            work.bench(person, &sources, Cause { batch, row_no })?.settle(tx)?;
        }
        Ok(())
    }

    /// Opens what is to be looked at, and tells what became of a statement.
    fn tell(
        &self,
        tx: &mut WriteTx<'_>,
        work: &mut Work,
        line: &Line<'_>,
        taken: &mut [Taken],
    ) -> Result<(), Failure> {
        let Some((person, was)) = work.was.remove(&line.place) else { return Ok(()) };
        let source = self.chunk.poster.source.id();
        let cause = Cause { batch: BatchId::stored(0), row_no: line.row.row_no };
        let sources = self.sources();
        let mut bench = work.bench(person, &sources, cause)?;
        doubts::of_statement(&mut bench, tx, (source, line.key), &line.said.flags)?;
        let (Some(desk), Some(row)) = (work.desks.get(&person), taken.get_mut(line.place)) else {
            return Ok(());
        };
        let Some(record) = desk.record(source, line.key) else { return Ok(()) };
        row.person = Some(person);
        (row.outcome, row.entry_seq, row.problems) =
            filing::outcome(desk, record, &was, &self.chunk.directory);
        Ok(())
    }
}

/// The desks of a wave, and what is to be written.
struct Work {
    pen: Pen,
    desks: HashMap<PersonId, Desk>,
    written: Written,
    nobodys: Vec<(Stated, Option<Stated>)>,
    owners: HashMap<Box<str>, Option<PersonId>>,
    was: HashMap<usize, (PersonId, Was)>,
    causes: BTreeMap<PersonId, i64>,
}

impl Work {
    /// Locks everybody whom news are about.
    fn begin(
        tx: &mut WriteTx<'_>,
        news: &[Line<'_>],
        before: impl Fn(&Line<'_>) -> Option<PersonId>,
        nobodys: Vec<(Stated, Option<Stated>)>,
    ) -> Result<Work, Failure> {
        let owners: HashMap<Box<str>, Option<PersonId>> =
            news.iter().map(|line| (line.key.into(), before(line))).collect();
        let mut people: BTreeSet<PersonId> = owners.values().copied().flatten().collect();
        people.extend(news.iter().filter_map(|line| line.person));
        let pen = Pen::take(tx, &people)?;
        let people: Vec<PersonId> = people.into_iter().collect();
        let desks = desk::load(tx, &people)?;
        let (was, causes, written) = (HashMap::new(), BTreeMap::new(), Written::default());
        Ok(Work { pen, desks, written, nobodys, owners, was, causes })
    }

    fn bench<'b, 's>(
        &'b mut self,
        person: PersonId,
        sources: &'b Sources<'s>,
        cause: Cause,
    ) -> Result<Bench<'b, 's>, Failure> {
        let desk =
            self.desks.get_mut(&person).ok_or_else(|| Failure::internal("a person has no desk"))?;
        Ok(Bench { desk, pen: &mut self.pen, written: &mut self.written, sources, cause })
    }
}
