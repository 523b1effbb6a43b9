//! Tells what became of rows: of those that change nothing of anybody, and of those that did.

use std::collections::BTreeMap;

use super::arrivals::{Intake, owner};
use super::intake::{Placed, Taken, Work};
use super::novelty::{Line, Novelty};
use super::{Statement, differences, row_result};
use crate::domain::ids::PersonId;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::claim::Claim;
use crate::domain::ledger::entry::EntryKind;
use crate::domain::ledger::outcome::{Outcome, RowProblem};
use crate::domain::ledger::pending::PendingOutcome;
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::SourceRecord;
use crate::domain::ledger::statement::RecognitionStatus;
use crate::domain::message::Message;

impl Intake<'_> {
    /// What a key is used for after a feed stated something under it.
    pub(super) fn claim_stated(&self, work: &mut Work, line: &Line<'_>) {
        let first = || self.on_file.claims.get(line.key).cloned().unwrap_or_else(|| line.claim(1));
        let (claim, changed) =
            work.claims.entry(line.key.into()).or_insert_with(|| (first(), false));
        if line.content.is_some_and(|content| content != claim.content_hash) {
            let revision = claim.revision.saturating_add(1);
            (*claim, *changed) = (line.claim(revision), true);
        }
    }

    /// Tells what becomes of a row that changes nothing of anybody.
    pub(super) fn tell_known(
        &self,
        work: &mut Work,
        taken: Taken<'_, '_>,
        novelty: &Novelty,
        looked_at: &BTreeMap<PersonId, Account>,
    ) {
        let Taken { place, line, .. } = taken;
        let problem = match novelty {
            Novelty::Stale(claim) => {
                let message = Message::new("revision_stale").with("standing", claim.revision);
                Some(RowProblem::at("revision", message))
            }
            Novelty::Conflict(claim) => {
                let field = self.conflicting_field(work, taken, claim, looked_at);
                let message = Message::new("key_conflict").with("field", field);
                Some(RowProblem::at(field, message))
            }
            Novelty::Replay => None,
            Novelty::Seen(version) => {
                if !work.claims.contains_key(line.key) {
                    self.note_first_claim(work, line);
                }
                work.seen.insert(line.key.into(), *version);
                let owner = work.owners.get(line.key).copied();
                let on_file = || self.on_file.records.get(line.key).and_then(|one| one.person);
                let owner = owner.or_else(on_file);
                if let Some(result) = work.results.get_mut(place) {
                    result.person = result.person.or(owner);
                }
                None
            }
            _ => return self.remember_unusable(work, taken),
        };
        if let Some(result) = work.results.get_mut(place) {
            result.outcome = if problem.is_some() { Outcome::Conflict } else { Outcome::Replayed };
            result.problems = problem.into_iter().collect();
        }
    }

    /// Notes with what a key was taken by a statement that is not new, for those that follow.
    fn note_first_claim(&self, work: &mut Work, line: &Line<'_>) {
        let first = self.on_file.claims.get(line.key).cloned().unwrap_or_else(|| line.claim(1));
        work.claims.insert(line.key.into(), (first, false));
    }

    /// In which field a row differs from what its key was used for.
    fn conflicting_field(
        &self,
        work: &Work,
        Taken { row, line, .. }: Taken<'_, '_>,
        claim: &Claim,
        looked_at: &BTreeMap<PersonId, Account>,
    ) -> &'static str {
        let Some(person) = line.person.filter(|person| Some(*person) == owner(claim)) else {
            return "person.number";
        };
        let account = work.accounts.get(&person).or_else(|| looked_at.get(&person));
        let said = account.and_then(|account| self.said_under(account, claim));
        let field = said.zip(row.read.ok()).and_then(|(said, own)| said.first_difference(own));
        field.unwrap_or("key")
    }

    /// What the standing revision of a key said.
    fn said_under<'a>(&self, account: &'a Account, claim: &Claim) -> Option<&'a Posting> {
        let source = self.sources.own().id;
        let entry = account.entries().iter().rev().find(|entry| {
            entry.source == source
                && entry.ext_key == claim.ext_key
                && entry.kind != EntryKind::Reversal
                && entry.content_hash == claim.content_hash
        });
        let waiting = || {
            let mut rows = account.pendings.iter().map(|row| &row.value);
            rows.find(|row| {
                row.source == source
                    && row.ext_key == claim.ext_key
                    && row.content_hash == claim.content_hash
            })
        };
        entry.map(|entry| &entry.posting).or_else(|| waiting().map(|row| &row.posting))
    }

    /// Remembers a statement that cannot be taken, so that saying it again is nothing new.
    fn remember_unusable(&self, work: &mut Work, taken: Taken<'_, '_>) {
        let line = taken.line;
        let source = self.sources.own().id;
        if !work.claims.contains_key(line.key) {
            self.note_first_claim(work, line);
        }
        let owner = work.owners.get(line.key).copied().or_else(|| self.owner_on_file(line.key));
        let account = owner.and_then(|owner| work.accounts.get_mut(&owner));
        if let Some(account) = account
            && account.note_refused(source, line.key, (line.digest, self.batch))
        {
            return;
        }
        let on_file = || self.on_file.records.get(line.key).cloned();
        let (on_file, now) = work.apart.remove(line.key).unwrap_or_else(|| {
            let on_file = on_file();
            let standing = match taken.row.statement {
                Statement::Stated(said) => said.standing,
                Statement::Posted { .. } => RecognitionStatus::Received,
            };
            let now = on_file.clone();
            (on_file, now.unwrap_or_else(|| SourceRecord { standing, ..self.blank(taken) }))
        });
        let now = SourceRecord { refused: Some(line.digest), run: self.batch, ..now };
        work.apart.insert(line.key.into(), (on_file, now));
    }

    /// Opens what is to be looked at, and tells what became of a row that is on an account.
    pub(super) fn tell_placed(&self, work: &mut Work, placed: &Placed) {
        let (Some(row), Some(result)) =
            (self.rows.get(placed.place), work.results.get_mut(placed.place))
        else {
            return;
        };
        result.person = Some(placed.person);
        if placed.unchanged {
            result.outcome = Outcome::Replayed;
            return;
        }
        let (Some(account), Some(key)) = (work.accounts.get_mut(&placed.person), row.key) else {
            return;
        };
        let source = self.sources.own().id;
        if let Statement::Stated(said) = row.statement {
            differences::note_statement(account, (source, key), &said.flags, &self.sources);
        }
        if let Some(record) = account.record(source, key) {
            (result.outcome, result.entry_seq, result.problems) =
                row_result::outcome(account, record, &placed.prior, &self.sources);
        }
    }

    /// Says of each posted row that was taken before whether what it became was taken back or refused,
    /// lest a source believes that its hours count.
    pub(super) fn tell_what_fell(&self, work: &mut Work, looked_at: &BTreeMap<PersonId, Account>) {
        let source = self.sources.own().id;
        for (row, result) in self.rows.iter().zip(&mut work.results) {
            let is_replay = result.outcome == Outcome::Replayed;
            let is_posted = matches!(row.statement, Statement::Posted { .. });
            let (Some(person), Some(key)) = (result.person, row.key) else { continue };
            let account = work.accounts.get(&person).or_else(|| looked_at.get(&person));
            let Some(account) = account.filter(|_| is_replay && is_posted) else { continue };
            if account.waiting(source, key).is_some()
                || account.standing_entry(source, key).is_some()
            {
                continue;
            }
            let closed = account.pendings_of(source, key).filter_map(|row| row.closed);
            let code = match closed.max_by_key(|(at, _)| *at) {
                Some((_, PendingOutcome::Rejected)) => "key_refused",
                _ => "key_taken_back",
            };
            result.problems = vec![RowProblem::at("key", Message::new(code))];
        }
    }
}
