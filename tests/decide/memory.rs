//! A ledger in memory: loads what a decision asks for and writes what was decided, as the transactions of
//! the application do, and refuses what the constraints of the database refuse.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use xueshi::domain::hours::Hours;
use xueshi::domain::ids::{BatchId, DecisionId, DifferenceId, PersonId, SourceId};
use xueshi::domain::ledger::account::{Account, Extent, History as Read, RecordKey};
use xueshi::domain::ledger::chain::{self, Head};
use xueshi::domain::ledger::change_set::{ChangeSet, ClosedDifference, RecordChange};
use xueshi::domain::ledger::claim::Claim;
use xueshi::domain::ledger::decide::{Accounts, Needs, OnFile, RowResult};
use xueshi::domain::ledger::difference::{Difference, Resolution};
use xueshi::domain::ledger::entry::{Entry, EntryKind};
use xueshi::domain::ledger::pending::{Pending, PendingId};
use xueshi::domain::ledger::source_record::{RecordState, SourceRecord};
use xueshi::domain::ledger::sources::{Source, Sources};
use xueshi::domain::timestamp::Timestamp;

use super::history::sources;

/// Everything on file.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    pub sources: HashMap<SourceId, Source>,
    pub claims: BTreeMap<RecordKey, Claim>,
    pub records: BTreeMap<RecordKey, SourceRecord>,
    pub entries: BTreeMap<PersonId, Vec<Entry>>,
    pub pendings: BTreeMap<PendingId, Pending>,
    pub differences: BTreeMap<(Option<PersonId>, DifferenceId), Difference>,
    /// Persons on record, with the stamp of the last thing that is known of each.
    pub people: BTreeMap<PersonId, Timestamp>,
    /// Of what record each row was.
    pub rows: BTreeMap<(BatchId, i64), RecordKey>,
    /// Whether accounts are loaded whole, also where less would do.
    pub loads_whole: bool,
    now: i64,
    ids: i64,
}

/// What came of a step.
#[derive(Clone, Debug, Default)]
pub struct Done {
    pub results: Vec<RowResult>,
    pub changes: ChangeSet,
    /// Persons whose records were compared with each other.
    pub compared: BTreeSet<PersonId>,
}

impl Memory {
    pub fn new() -> Memory {
        let sources = sources().into_iter().map(|source| (source.id, source)).collect();
        Memory { sources, ..Memory::default() }
    }

    /// The instant of the next transaction.
    pub fn tick(&mut self) -> Timestamp {
        self.now += 10;
        Timestamp::from_micros(self.now)
    }

    fn id(&mut self) -> i64 {
        self.ids += 1;
        self.ids
    }

    pub fn new_batch(&mut self) -> BatchId {
        BatchId::stored(self.id())
    }

    pub fn new_decision(&mut self) -> DecisionId {
        DecisionId::stored(self.id())
    }

    pub fn source(&self, id: SourceId) -> Source {
        self.sources[&id].clone()
    }

    /// Puts those on record who are not.
    pub fn put_on_record(
        &mut self,
        people: impl Iterator<Item = PersonId>,
        now: Timestamp,
    ) -> BTreeSet<PersonId> {
        let new: BTreeSet<PersonId> =
            people.filter(|person| !self.people.contains_key(person)).collect();
        self.people.extend(new.iter().map(|person| (*person, now)));
        new
    }

    /// Claims keys; what is on file of those that were not free.
    pub fn claim(&mut self, source: SourceId, claims: &[Claim], stated: bool) -> OnFile {
        let mut on_file = OnFile::default();
        for claim in claims {
            let key = (source, claim.ext_key.clone());
            match self.claims.get(&key) {
                Some(used) => {
                    on_file.claims.insert(claim.ext_key.clone(), used.clone());
                    if let Some(record) = self.records.get(&key).filter(|_| stated) {
                        on_file.records.insert(claim.ext_key.clone(), record.clone());
                    }
                }
                None => {
                    self.claims.insert(key, claim.clone());
                }
            }
        }
        on_file
    }

    /// Locks a person: the stamp of everything that is decided of them now.
    pub fn stamp(&mut self, person: PersonId, now: Timestamp) -> Timestamp {
        let known = self.people.get_mut(&person).expect("a person on record");
        *known = now.max(known.next());
        *known
    }

    fn head(&self, person: PersonId) -> Option<Head> {
        let last = self.entries.get(&person)?.last()?;
        Some(Head { seq: last.seq, hash: last.hash })
    }

    fn read(&self, person: PersonId, extent: Extent) -> Read {
        if extent == Extent::Head {
            return Read::default();
        }
        let own = |row: &&Pending| row.person == person;
        let mut read = Read {
            entries: self.entries.get(&person).cloned().unwrap_or_default(),
            pendings: self.pendings.values().filter(own).cloned().collect(),
            ..Read::default()
        };
        if extent == Extent::Whole {
            let own = |one: &&SourceRecord| one.person == Some(person);
            read.records = self.records.values().filter(own).cloned().collect();
            read.differences = self.differences_of(person);
        }
        read
    }

    /// The differences of a person, oldest first.
    pub fn differences_of(&self, person: PersonId) -> Vec<Difference> {
        let own = |one: &&Difference| one.person == Some(person);
        let mut all: Vec<Difference> = self.differences.values().filter(own).cloned().collect();
        all.sort_by_key(|one| (one.opened_at, one.id));
        all
    }

    /// The account of a person, stamped.
    pub fn account(&self, person: PersonId, stamp: Timestamp, extent: Extent) -> Account {
        Account::new(person, stamp, self.head(person), extent, self.read(person, extent))
    }

    /// Loads what rows need: of feeds, everything; of providers, everything of those of whom others tell.
    pub fn load(
        &mut self,
        (source, stated, now): (SourceId, bool, Timestamp),
        needs: &Needs,
    ) -> Accounts {
        let mut accounts = Accounts::default();
        for (person, need) in needs.people.iter().filter(|(_, need)| !need.is_locked) {
            assert_eq!(need.extent, Extent::History, "who is only looked at");
            let read = self.read(*person, Extent::History);
            let account = Account::new(*person, now, None, Extent::History, read);
            accounts.looked_at.insert(*person, account);
        }
        let locked = needs.people.iter().filter(|(_, need)| need.is_locked);
        let wanted: Vec<(PersonId, Extent, Timestamp)> =
            locked.map(|(person, need)| (*person, need.extent, self.stamp(*person, now))).collect();
        let shared: BTreeSet<PersonId> = wanted
            .iter()
            .filter(|(person, _, stamp)| {
                let account = self.account(*person, *stamp, Extent::Whole);
                self.head(*person).is_some() && account.is_shared(source)
            })
            .map(|(person, ..)| *person)
            .collect();
        let pairs = needs.pairs.iter();
        let pairs = pairs.filter(|(one, other)| shared.contains(one) || shared.contains(other));
        let companions: BTreeSet<PersonId> =
            pairs.flat_map(|(one, other)| [*one, *other]).collect();
        for (person, extent, stamp) in wanted {
            let is_whole = stated
                || self.loads_whole
                || shared.contains(&person)
                || companions.contains(&person);
            let account = match (is_whole, self.head(person)) {
                (true, _) => self.account(person, stamp, Extent::Whole),
                (false, Some(_)) => self.account(person, stamp, Extent::Whole).narrowed(),
                (false, None) => self.account(person, stamp, extent),
            };
            accounts.locked.insert(person, account);
        }
        accounts
    }

    /// Does something to a whole account, and writes what changes.
    pub fn change<T, E>(
        &mut self,
        (person, source, batch): (PersonId, SourceId, BatchId),
        extent: Extent,
        act: impl FnOnce(&mut Account, Sources<'_>) -> Result<(T, Option<Claim>), E>,
    ) -> Result<Option<(T, ChangeSet)>, String> {
        let now = self.tick();
        let stamp = self.stamp(person, now);
        let mut account = self.account(person, stamp, extent);
        let all = self.sources.clone();
        let nobody =
            Source { id: SourceId::NONE, ..self.sources[&super::history::source_id(0)].clone() };
        let own = all.get(&source).unwrap_or(&nobody);
        let Ok((told, claim)) = act(&mut account, Sources::new(own, &all)) else { return Ok(None) };
        let new_claims = claim.into_iter().collect();
        let changes = ChangeSet { new_claims, ..account.into_changes() };
        self.apply((source, batch), &changes)?;
        Ok(Some((told, changes)))
    }

    /// Writes what was decided.
    pub fn apply(
        &mut self,
        (source, batch): (SourceId, BatchId),
        changes: &ChangeSet,
    ) -> Result<(), String> {
        for closed in &changes.closed_pendings {
            let row = self.pendings.get_mut(&closed.pending);
            let Some(row) = row.filter(|row| row.closed.is_none()) else {
                return Err(format!("closes a row that does not wait: {closed:?}"));
            };
            row.closed = Some((closed.at, closed.outcome));
            (row.decision, row.entry_seq) = (closed.decision, closed.entry_seq);
        }
        changes.entries.iter().try_for_each(|entry| self.add_entry(entry))?;
        changes.pendings.iter().try_for_each(|row| self.add_pending(row))?;
        changes.closed_differences.iter().try_for_each(|one| self.close_difference(one))?;
        for one in &changes.differences {
            if self.differences.insert((one.person, one.id), one.clone()).is_some() {
                return Err(format!("a second difference of one id: {one:?}"));
            }
        }
        changes.records.iter().try_for_each(|one| self.put_record(one))?;
        for (key, version) in &changes.seen {
            if let Some(record) = self.records.get_mut(&(source, key.clone())) {
                (record.version, record.run) = (*version, batch);
            }
        }
        for claim in &changes.new_claims {
            self.claims.insert((source, claim.ext_key.clone()), claim.clone());
        }
        for claim in &changes.changed_claims {
            let key = (source, claim.ext_key.clone());
            if self.claims.insert(key, claim.clone()).is_none() {
                return Err(format!("changes a claim that is not there: {claim:?}"));
            }
        }
        changes.strangers.iter().try_for_each(|person| self.forget(*person))
    }

    fn add_entry(&mut self, entry: &Entry) -> Result<(), String> {
        let refuse = |why: &str| Err(format!("{why}: {entry:?}"));
        if !self.people.contains_key(&entry.person) {
            return refuse("an entry of somebody who is not on record");
        }
        let chain = self.entries.entry(entry.person).or_default();
        let (seq, hash) = chain.last().map_or((0, chain::GENESIS), |last| (last.seq, last.hash));
        if entry.seq != seq + 1 || chain::link(&hash, entry) != entry.hash {
            return refuse("an entry that does not continue its chain");
        }
        if entry.posting.hours == Hours::ZERO || entry.ref_seq.is_some_and(|back| back >= entry.seq)
        {
            return refuse("an entry that says nothing, or refers to a later one");
        }
        let is_reversal = entry.kind == EntryKind::Reversal;
        let twice = |other: &Entry| {
            other.kind == EntryKind::Reversal && is_reversal && other.ref_seq == entry.ref_seq
        };
        if is_reversal && (entry.ref_seq.is_none() || chain.iter().any(twice)) {
            return refuse("takes nothing back, or what was taken back before");
        }
        chain.push(entry.clone());
        Ok(())
    }

    fn add_pending(&mut self, row: &Pending) -> Result<(), String> {
        let id = (row.person, row.batch, row.row_no);
        if row.posting.hours <= Hours::ZERO || self.pendings.insert(id, row.clone()).is_some() {
            return Err(format!("a row without hours, or a second one of its number: {row:?}"));
        }
        Ok(())
    }

    fn close_difference(&mut self, closed: &ClosedDifference) -> Result<(), String> {
        let one = self.differences.get_mut(&(closed.person, closed.difference));
        let may_close = |one: &&mut Difference| match (closed.noted, one.closed) {
            (false, None) => true,
            (true, Some((at, by))) => by == Resolution::Rule && at == one.opened_at,
            _ => false,
        };
        let Some(one) = one.filter(may_close) else {
            return Err(format!("closes a difference that cannot be closed: {closed:?}"));
        };
        let since = one.closed.map_or(closed.at, |(at, _)| at);
        one.closed = Some((since, closed.resolution));
        one.decision = closed.decision;
        Ok(())
    }

    fn put_record(&mut self, change: &RecordChange) -> Result<(), String> {
        let after = &change.after;
        let key = (after.source, after.key.clone());
        let on_file = self.records.get(&key);
        if on_file != change.before.as_ref() {
            return Err(format!("a record that is on file as {on_file:?}: {change:?}"));
        }
        if after.posting.as_ref().is_some_and(|posting| posting.hours <= Hours::ZERO) {
            return Err(format!("a record without hours: {change:?}"));
        }
        if change.state_only {
            // Nothing else of it is written.
            let turned = on_file.map(|on_file| SourceRecord {
                state: after.state,
                kept: after.kept.clone(),
                ..on_file.clone()
            });
            if turned.as_ref() != Some(after) {
                return Err(format!("more than its state changes: {change:?}"));
            }
        }
        self.records.insert(key, after.clone());
        Ok(())
    }

    fn forget(&mut self, person: PersonId) -> Result<(), String> {
        let has_entries = self.entries.contains_key(&person);
        let has_rows = self.pendings.values().any(|row| row.person == person);
        let has_records = self.records.values().any(|one| one.person == Some(person));
        if has_entries || has_rows || has_records || self.people.remove(&person).is_none() {
            return Err(format!("person {person} is more than a stranger"));
        }
        Ok(())
    }

    /// The entry of a record that stands.
    pub fn standing(&self, source: SourceId, key: &str) -> Option<&Entry> {
        self.all_standing().find(|entry| entry.source == source && &*entry.ext_key == key)
    }

    /// Every entry that was not taken back.
    pub fn all_standing(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().flat_map(|chain| {
            let back: BTreeSet<i64> = chain
                .iter()
                .filter(|entry| entry.kind == EntryKind::Reversal)
                .filter_map(|entry| entry.ref_seq)
                .collect();
            let stands = move |e: &&Entry| e.kind != EntryKind::Reversal && !back.contains(&e.seq);
            chain.iter().filter(stands)
        })
    }

    /// Every row that waits.
    pub fn all_waiting(&self) -> impl Iterator<Item = &Pending> {
        self.pendings.values().filter(|row| row.closed.is_none())
    }

    /// The row of a record that waits.
    pub fn waiting(&self, source: SourceId, key: &str) -> Option<&Pending> {
        self.all_waiting().find(|row| row.source == source && &*row.ext_key == key)
    }

    /// The record that is held in favour of another one.
    pub fn held(&self) -> impl Iterator<Item = &SourceRecord> {
        self.records.values().filter(|one| one.state == RecordState::Held)
    }
}
