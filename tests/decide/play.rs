//! Plays steps on a ledger in memory, each in a transaction of its own.

use std::collections::BTreeSet;

use xueshi::domain::ids::{BatchId, PersonId};
use xueshi::domain::ledger::account::Extent;
use xueshi::domain::ledger::decide::review::{self, ReviewError};
use xueshi::domain::ledger::decide::withdrawal::withdraw;
use xueshi::domain::ledger::decide::{Arrivals, Decision, Row, RowResult, Statement};
use xueshi::domain::ledger::difference::{
    Difference, DifferenceKind, Resolution, Suspicion, subject,
};
use xueshi::domain::ledger::entry::EntryKind;
use xueshi::domain::ledger::outcome::Refusal;
use xueshi::domain::ledger::outcome::{Outcome, RowProblem};
use xueshi::domain::ledger::posting::Posting;
use xueshi::domain::ledger::sources::Sources;
use xueshi::domain::ledger::statement::FeedStatement;
use xueshi::domain::message::Message;

use super::history::{How, Says, Step, Told, is_feed, person_id, source_id};
use super::memory::{Done, Memory};

/// A row with everything that a decision borrows.
struct Prepared {
    key: Option<&'static str>,
    person: Option<PersonId>,
    read: Result<Posting, Refusal>,
    how: Prepare,
    raw: Vec<u8>,
}

enum Prepare {
    Posted(i32),
    Stated(FeedStatement),
}

impl Memory {
    /// Does what a step says; refused where the database would refuse it.
    pub fn play(&mut self, step: &Step) -> Result<Done, String> {
        match step {
            Step::Rows { source, rows } => self.take(*source, rows),
            Step::Withdraw { source, key } => self.withdraw(*source, key),
            Step::Rule { source, key, ruling } => {
                let Some(row) = self.waiting(source_id(*source), key).cloned() else {
                    return Ok(Done::default());
                };
                let decision = self.new_decision();
                let id = (row.person, row.batch, row.row_no);
                let act = (row.person, row.source, row.batch);
                let done = self.change(act, Extent::History, |account, _| {
                    review::rule(account, id, *ruling, decision).map(|seq| (seq, None))
                })?;
                done.map_or_else(
                    || Err("a row that waits was not decided".to_owned()),
                    |(_, changes)| Ok(Done { changes, ..Done::default() }),
                )
            }
            Step::Reverse { source, key } => {
                let found = self.standing(source_id(*source), key);
                let found = found.map(|entry| (entry.person, entry.seq));
                self.reverse(found)
            }
            Step::ReverseAdjustment { person } => {
                let mut all = self.all_standing();
                let found = all.find(|entry| {
                    entry.kind == EntryKind::Adjustment && entry.person == person_id(*person)
                });
                let found = found.map(|entry| (entry.person, entry.seq));
                drop(all);
                self.reverse(found)
            }
            Step::Adjust { person, posting } => self.adjust(person_id(*person), posting),
            Step::Settle { kind, source, key, resolution } => {
                self.settle((*kind, *source, key), *resolution)
            }
            Step::Listed { source, key, person, posting } => {
                self.list(*source, key, person_id(*person), posting.as_ref());
                Ok(Done::default())
            }
            Step::Empower { source, recognises } => {
                let own = self.sources.get_mut(&source_id(*source)).expect("a source");
                own.recognises = *recognises;
                Ok(Done::default())
            }
        }
    }

    fn take(&mut self, source: usize, rows: &[Told]) -> Result<Done, String> {
        let (now, batch) = (self.tick(), self.new_batch());
        let prepared: Vec<Prepared> = rows.iter().map(prepare).collect();
        let named = prepared.iter().filter_map(|row| row.person);
        let newcomers = self.put_on_record(named, now);
        let (all, own) = (self.sources.clone(), self.source(source_id(source)));
        let sources = Sources::new(&own, &all);
        let keyed = (1..).zip(rows).filter_map(|(row_no, told)| Some((row_no, told.key?)));
        self.rows.extend(keyed.map(|(row_no, key)| ((batch, row_no), (own.id, key.into()))));
        let rows = (1..).zip(&prepared).map(|(row_no, prepared)| row(row_no, prepared)).collect();
        let arrivals = Arrivals::new((sources, batch, now), rows);
        let stated = is_feed(source);
        let on_file = self.claim(own.id, &arrivals.claims(), stated);
        let intake = arrivals.compare(on_file);
        let needs = intake.needs();
        for claim in &needs.claims {
            let on_file = self.claims.get(&(own.id, claim.ext_key.clone()));
            assert_eq!(on_file, Some(claim), "what is locked is what was read");
        }
        let accounts = self.load((own.id, stated, now), &needs);
        let newcomers = if stated { BTreeSet::new() } else { newcomers };
        let compared: BTreeSet<PersonId> = accounts
            .locked
            .iter()
            .filter(|(_, account)| account.extent() == Extent::Whole)
            .map(|(person, _)| *person)
            .collect();
        let Decision { results, changes } = intake.decide(accounts, &newcomers);
        self.apply((own.id, batch), &changes)?;
        Ok(Done { results, changes, compared })
    }

    fn withdraw(&mut self, source: usize, key: &str) -> Result<Done, String> {
        let source = source_id(source);
        let Some(claim) = self.claims.get(&(source, key.into())).cloned() else {
            return Ok(Done::default());
        };
        let (person, batch) = (claim.person, self.new_batch());
        let known = (source, key.into());
        // A row that only waits is of no event yet.
        let is_known = self.records.contains_key(&known) || self.standing(source, key).is_some();
        let mut is_shared = false;
        let whole = self.loads_whole;
        let done = self.change((person, source, batch), Extent::Whole, |account, sources| {
            is_shared = account.is_shared(source);
            if !is_shared && !whole {
                *account = account.clone().narrowed();
            }
            Ok::<_, ReviewError>((withdraw(account, sources, key, batch), None))
        })?;
        let Some(((outcome, entry_seq), changes)) = done else { return Ok(Done::default()) };
        let result = RowResult {
            batch,
            row_no: 1,
            outcome,
            key: Some(key.into()),
            person: Some(person),
            entry_seq,
            problems: Vec::new(),
        };
        let compared = (is_shared && is_known).then_some(person).into_iter().collect();
        Ok(Done { results: vec![result], changes, compared })
    }

    fn reverse(&mut self, found: Option<(PersonId, i64)>) -> Result<Done, String> {
        let Some((person, seq)) = found else { return Ok(Done::default()) };
        let decision = self.new_decision();
        let entry = &self.entries[&person][usize::try_from(seq - 1).expect("a place")];
        let act = (person, entry.source, BatchId::stored(decision.get()));
        let done = self.change(act, Extent::History, |account, _| {
            review::reverse(account, seq, decision).map(|seq| (seq, None))
        })?;
        let (_, changes) = done.ok_or("an entry that stands was not taken back")?;
        Ok(Done { changes, ..Done::default() })
    }

    fn adjust(&mut self, person: PersonId, posting: &Posting) -> Result<Done, String> {
        if !self.people.contains_key(&person) {
            return Ok(Done::default());
        }
        let decision = self.new_decision();
        let act = (person, xueshi::domain::ids::SourceId::NONE, BatchId::stored(decision.get()));
        let done = self.change(act, Extent::Head, |account, _| {
            Ok::<_, ReviewError>((review::adjust(account, posting.clone(), decision), None))
        })?;
        let changes = done.map(|(_, changes)| changes).unwrap_or_default();
        Ok(Done { changes, ..Done::default() })
    }

    fn settle(
        &mut self,
        (kind, source, key): (DifferenceKind, usize, &str),
        resolution: Resolution,
    ) -> Result<Done, String> {
        let source = source_id(source);
        let fits = |one: &&Difference| {
            (one.kind, one.source, &*one.key) == (kind, source, key)
                && review::may_be_settled(one, resolution).is_ok()
        };
        let Some(one) = self.differences.values().find(fits).cloned() else {
            return Ok(Done::default());
        };
        let Some(person) = one.person else { return Ok(Done::default()) };
        let decision = self.new_decision();
        let act = (person, source, BatchId::stored(decision.get()));
        let settled = self.change(act, Extent::Whole, |account, sources| {
            let settled = review::settle(account, sources, one.id, resolution, decision)?;
            let claim = settled.claim.clone();
            Ok::<_, ReviewError>((settled, claim))
        })?;
        let Some((_, changes)) = settled else { return Ok(Done::default()) };
        Ok(Done { changes, compared: [person].into(), ..Done::default() })
    }

    /// Opens what a comparison found of a record, and closes what it did not find again.
    fn list(&mut self, source: usize, key: &str, person: PersonId, posting: Option<&Posting>) {
        let now = self.tick();
        let id = source_id(source);
        let here = self.records.get(&(id, key.into()));
        let own = here.and_then(|one| Some((one.person?, one.posting.clone()?)));
        let kind = match (&own, posting) {
            (None, Some(_)) => Some(DifferenceKind::MissingHere),
            (Some(_), None) => Some(DifferenceKind::MissingThere),
            (Some((owner, own)), Some(posting)) if *owner != person || own != posting => {
                Some(DifferenceKind::Differs)
            }
            _ => None,
        };
        let whose = own.as_ref().map_or(person, |(owner, _)| *owner);
        let posting = posting.cloned().or_else(|| own.map(|(_, own)| own));
        if !self.people.contains_key(&whose) {
            return;
        }
        let at = self.stamp(whose, now);
        let about = |kind| {
            let content = posting.as_ref().map(|own| own.content_hash(whose));
            subject(kind, &[(id, key, content.unwrap_or_default())], "")
        };
        let kinds =
            [DifferenceKind::MissingHere, DifferenceKind::MissingThere, DifferenceKind::Differs];
        for one in self.differences.values_mut() {
            let is_own = (one.person, one.source, &*one.key) == (Some(whose), id, key);
            let found = kind.is_some_and(|kind| one.kind == kind && one.subject == about(kind));
            if is_own && kinds.contains(&one.kind) && one.closed.is_none() && !found {
                one.closed = Some((at, Resolution::Rule));
            }
        }
        let Some(kind) = kind else { return };
        let suspicion = Suspicion {
            kind,
            subject: about(kind),
            record: (id, key),
            other: None,
            score: None,
            parts: String::new(),
            posting: posting.as_ref(),
            entry_seq: self.standing(id, key).map(|entry| entry.seq),
        };
        let known = self.differences_of(whose);
        if let Some(one) = suspicion.open(known.iter(), Some(whose), None, at) {
            self.differences.insert((one.person, one.id), one);
        }
    }
}

fn prepare(told: &Told) -> Prepared {
    let key_only = matches!(told.says, Says::KeyOnly);
    let refusal = |outcome, problems| Refusal { outcome, problems, key: told.key.map(Into::into) };
    let (person, read) = match &told.says {
        Says::Hours(person, posting) => (Some(person_id(*person)), Ok(posting.clone())),
        Says::OfAnotherName(posting) => (None, Ok(posting.clone())),
        Says::KeyOnly => (None, Err(refusal(Outcome::Rejected, Vec::new()))),
        Says::Unreadable(n) => {
            let outcome = if n % 2 == 0 { Outcome::Rejected } else { Outcome::Held };
            let problem = RowProblem::at("hours", Message::new("hours_zero"));
            (None, Err(refusal(outcome, vec![problem])))
        }
    };
    let how = match &told.how {
        How::Posted { revision } => Prepare::Posted(*revision),
        How::Stated(said) => {
            let flag = RowProblem::at("year", Message::new("year_basis_differs"));
            Prepare::Stated(FeedStatement {
                version: said.version,
                standing: said.standing,
                started_on: said.started_on,
                flags: if said.flagged { vec![flag] } else { Vec::new() },
                key_only,
                mended: said.mended,
            })
        }
    };
    Prepared { key: told.key, person, read, how, raw: format!("{:?}", told.says).into_bytes() }
}

fn row(row_no: i64, prepared: &Prepared) -> Row<'_> {
    Row {
        row_no,
        key: prepared.key,
        person: prepared.person,
        read: prepared.read.as_ref(),
        statement: match &prepared.how {
            Prepare::Posted(revision) => Statement::Posted { revision: *revision },
            Prepare::Stated(said) => Statement::Stated(said),
        },
        raw: &prepared.raw,
    }
}
