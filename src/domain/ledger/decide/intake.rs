//! Takes rows in rounds: puts what is new on accounts, and brings these up to date.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::arrivals::{Intake, owner};
use super::novelty::{Line, NEVER, Novelty};
use super::row_result::RowResult;
use super::update::Update;
use super::{Decision, Row, Statement, changes_of};
use crate::domain::ids::PersonId;
use crate::domain::ledger::account::{Account, Earlier, PriorState, Record, Said};
use crate::domain::ledger::change_set::RecordChange;
use crate::domain::ledger::claim::Claim;
use crate::domain::ledger::entry::Cause;
use crate::domain::ledger::outcome::{Outcome, RowProblem};
use crate::domain::ledger::source_record::{RecordState, SourceRecord};
use crate::domain::ledger::statement::{FeedStatement, RecognitionStatus};
use crate::domain::message::Message;

/// The accounts that an intake asked for.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// Those that may change.
    pub locked: BTreeMap<PersonId, Account>,
    /// Those that are only looked at.
    pub looked_at: BTreeMap<PersonId, Account>,
}

/// A row whose record is on an account.
pub(super) struct Placed {
    pub(super) place: usize,
    pub(super) person: PersonId,
    pub(super) prior: PriorState,
    /// A new number for the same meaning.
    pub(super) unchanged: bool,
}

/// The work on an intake.
#[derive(Default)]
pub(super) struct Work {
    pub(super) accounts: BTreeMap<PersonId, Account>,
    pub(super) results: Vec<RowResult>,
    /// Records that are nobody's, or whose person is not needed, by key: as on file, and as they are now.
    pub(super) apart: HashMap<Box<str>, (Option<SourceRecord>, SourceRecord)>,
    /// Whose records are that moved.
    pub(super) owners: HashMap<Box<str>, PersonId>,
    pub(super) seen: BTreeMap<Box<str>, i64>,
    /// Claims as they stand, and whether they changed.
    pub(super) claims: HashMap<Box<str>, (Claim, bool)>,
}

/// A row that is taken, with its place among the rows.
#[derive(Clone, Copy)]
pub(super) struct Taken<'i, 'r> {
    pub(super) place: usize,
    pub(super) row: &'i Row<'r>,
    pub(super) line: &'i Line<'r>,
}

impl Intake<'_> {
    /// Decides about every row.
    pub fn decide(self, accounts: Accounts, newcomers: &BTreeSet<PersonId>) -> Decision {
        let results = self.rows.iter().map(|row| self.first_result(row)).collect();
        let mut work = Work { accounts: accounts.locked, results, ..Work::default() };
        for (n, round) in self.rounds().into_iter().enumerate() {
            if n > 0 {
                for account in work.accounts.values_mut() {
                    account.end_round();
                }
            }
            self.take_round(&mut work, &round, &accounts.looked_at);
        }
        self.tell_what_fell(&mut work, &accounts.looked_at);
        let strangers = forget_strangers(newcomers, &mut work.results);
        let mut changes = changes_of(work.accounts);
        let apart = work.apart.into_iter().map(|(_, (before, after))| RecordChange {
            before,
            after,
            state_only: false,
        });
        changes.records.extend(apart);
        changes.records.sort_by(|a, b| a.after.key.cmp(&b.after.key));
        changes.seen = work.seen;
        let changed = work.claims.into_values().filter(|(_, changed)| *changed);
        changes.changed_claims = changed.map(|(claim, _)| claim).collect();
        changes.changed_claims.sort_by(|a, b| a.ext_key.cmp(&b.ext_key));
        changes.strangers = strangers;
        Decision { results: work.results, changes }
    }

    /// The outcome of a row that is wrong in itself or contradicts the person on record; of others, what
    /// becomes of them if nothing stands in their way.
    fn first_result(&self, row: &Row<'_>) -> RowResult {
        let (outcome, problems) = match (row.read, row.person) {
            (Err(refusal), _) => (refusal.outcome, refusal.problems.clone()),
            (Ok(_), Some(_)) => (Outcome::Posted, Vec::new()),
            (Ok(_), None) => {
                let message = Message::new("person_name_mismatch");
                (Outcome::Quarantined, vec![RowProblem::at("person.name", message)])
            }
        };
        RowResult {
            batch: self.batch,
            row_no: row.row_no,
            outcome,
            key: row.key.map(Into::into),
            person: row.person.filter(|_| row.read.is_ok()),
            entry_seq: None,
            problems,
        }
    }

    fn take_round(
        &self,
        work: &mut Work,
        round: &[usize],
        looked_at: &BTreeMap<PersonId, Account>,
    ) {
        let mut placed = Vec::new();
        let mut touched: BTreeMap<PersonId, i64> = BTreeMap::new();
        for place in round {
            let all = (self.rows.get(*place), self.lines.get(*place), self.novelties.get(*place));
            let (Some(row), Some(Some(line)), Some(novelty)) = all else { continue };
            let taken = Taken { place: *place, row, line };
            let put = match (novelty, row.statement) {
                (Novelty::Fresh, Statement::Posted { revision }) => {
                    self.put_posted(work, taken, revision, None)
                }
                (Novelty::Correction(old), Statement::Posted { revision }) => {
                    work.claims.insert(line.key.into(), (line.claim(revision), true));
                    self.put_posted(work, taken, revision, Some(old))
                }
                (Novelty::New, Statement::Stated(said)) => self.put_stated(work, taken, said),
                _ => {
                    self.tell_known(work, taken, novelty, looked_at);
                    None
                }
            };
            if let Some((put, old)) = put {
                for person in old.into_iter().chain([put.person]) {
                    touched.entry(person).or_insert(row.row_no);
                }
                placed.push(put);
            }
        }
        for (person, row_no) in touched {
            if let Some(account) = work.accounts.get_mut(&person) {
                let cause = Cause::Row(self.batch, row_no.max(1));
                account.update(Update { sources: self.sources, cause });
            }
        }
        for placed in &placed {
            self.tell_placed(work, placed);
        }
    }

    /// Puts a posted row on the account of its person, and takes what it corrects off another one; with
    /// whom that was.
    fn put_posted(
        &self,
        work: &mut Work,
        taken: Taken<'_, '_>,
        revision: i32,
        old: Option<&Claim>,
    ) -> Option<(Placed, Option<PersonId>)> {
        let Taken { place, row, line } = taken;
        let (person, posting) = (line.person?, row.read.ok()?);
        let old_owner = old.and_then(owner).filter(|owner| *owner != person);
        let (prior, earlier, last) = self.take_earlier(work, taken, (old_owner, person));
        let content = line.content.unwrap_or_default();
        let unchanged = old.is_some_and(|old| old.content_hash == content) && prior.was_there();
        if !unchanged {
            let account = work.accounts.get_mut(&person)?;
            let stated = SourceRecord {
                person: Some(person),
                version: revision.into(),
                standing: RecognitionStatus::Recognised,
                digest: content,
                revision,
                posting: Some(posting.clone()),
                since: last.map_or(account.stamp, |last| last.since),
                ..self.blank(taken)
            };
            account.put(stated, earlier, Said::Posted { place, replaces: prior.was_there() });
        }
        Some((Placed { place, person, prior, unchanged }, old_owner))
    }

    /// Puts what a feed states on the account of its person; with whose it was.
    fn put_stated(
        &self,
        work: &mut Work,
        taken: Taken<'_, '_>,
        said: &FeedStatement,
    ) -> Option<(Placed, Option<PersonId>)> {
        let Taken { place, row, line } = taken;
        let key: Box<str> = line.key.into();
        self.claim_stated(work, line);
        work.seen.remove(&key);
        let before = work.apart.remove(&key);
        let on_file = match &before {
            Some((on_file, _)) => on_file.clone(),
            None => self.on_file.records.get(&key).cloned(),
        };
        let before = before.map(|(_, now)| now).or_else(|| on_file.clone());
        let owner = work.owners.get(&key).copied().or_else(|| self.owner_on_file(&key));
        let blank = SourceRecord {
            version: said.version,
            standing: said.standing,
            digest: line.digest,
            started_on: said.started_on,
            ..self.blank(taken)
        };
        let Some(person) = line.person.or(owner) else {
            work.apart.insert(key, (on_file, blank));
            if let Some(result) = work.results.get_mut(place) {
                let message = Message::new("void_without_original");
                (result.outcome, result.problems) =
                    (Outcome::Held, vec![RowProblem::at("", message)]);
            }
            return None;
        };
        let old_owner = owner.filter(|owner| *owner != person);
        let (prior, earlier, last) = self.take_earlier(work, taken, (old_owner, person));
        let earlier = match &last {
            Some(_) => Earlier {
                // Of what only entries tell, nothing is on file yet.
                before: earlier.before.or_else(|| before.clone()),
                on_file: earlier.on_file.or(on_file),
            },
            None => Earlier { before: before.clone(), on_file },
        };
        let account = work.accounts.get_mut(&person)?;
        let newest = last.as_ref().or(before.as_ref());
        let stated = SourceRecord {
            person: Some(person),
            revision: newest.map_or(1, |one| one.revision.saturating_add(1)),
            posting: row.read.ok().or(last.as_ref().and_then(|one| one.posting.as_ref())).cloned(),
            started_on: said.started_on.or(last.as_ref().and_then(|one| one.started_on)),
            since: last.as_ref().map_or(account.stamp, |one| one.since),
            ..blank
        };
        account.put(stated, earlier, Said::Stated);
        work.owners.insert(key, person);
        Some((Placed { place, person, prior, unchanged: false }, old_owner))
    }

    /// A record as a row says it, of nobody and without hours.
    pub(super) fn blank(&self, Taken { row, line, .. }: Taken<'_, '_>) -> SourceRecord {
        SourceRecord {
            key: line.key.into(),
            source: self.sources.own().id,
            person: None,
            version: NEVER,
            standing: RecognitionStatus::Received,
            digest: [0; 32],
            refused: None,
            revision: 1,
            posting: None,
            started_on: None,
            state: RecordState::Nothing,
            kept: None,
            batch: self.batch,
            row_no: row.row_no,
            since: self.now,
            run: self.batch,
        }
    }

    /// How the record of a row stood, on the account of another person whose it was, or on that of the
    /// person whose it is; from the former it is taken.
    fn take_earlier(
        &self,
        work: &mut Work,
        Taken { row, line, .. }: Taken<'_, '_>,
        (old_owner, person): (Option<PersonId>, PersonId),
    ) -> (PriorState, Earlier, Option<SourceRecord>) {
        let source = self.sources.own().id;
        let (mut prior, mut earlier) = (PriorState::default(), Earlier::default());
        let mut last: Option<SourceRecord> = None;
        for owner in old_owner.into_iter().chain([person]) {
            let Some(account) = work.accounts.get_mut(&owner) else { continue };
            let here = account.prior_state(source, line.key);
            let record = account.record(source, line.key).cloned();
            if record.is_none() && !here.was_there() {
                continue;
            }
            prior = here;
            if let Some(Record { stated, before, on_file, .. }) = record {
                (earlier, last) = (Earlier { before, on_file }, Some(stated));
            }
            if owner != person {
                account.give_up(source, line.key, Cause::Row(self.batch, row.row_no));
            }
        }
        (prior, earlier, last)
    }
}

/// Those put on record of whom there are only conflicts: another person has their keys.
fn forget_strangers(newcomers: &BTreeSet<PersonId>, results: &mut [RowResult]) -> Vec<PersonId> {
    let mut strangers = Vec::new();
    for person in newcomers {
        let mut own = results.iter().filter(|row| row.person == Some(*person));
        if own.any(|row| row.outcome != Outcome::Conflict) {
            continue;
        }
        strangers.push(*person);
        let own = results.iter_mut().filter(|row| row.person == Some(*person));
        own.for_each(|row| row.person = None);
    }
    strangers
}
