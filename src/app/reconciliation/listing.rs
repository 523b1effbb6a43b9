//! A whole listing of a source against what is stated here: row by row as it streams in; what is here and
//! is not listed is looked for only in those cells of the control totals that do not come out.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest, Sha256};

use crate::app::posting::persons;
use crate::app::posting::{CHUNK, Prepared, Stated, split};
use crate::app::reconciliation::open_differences::Case;
use crate::app::reconciliation::{Finding, Proof, Reconciled};
use crate::app::service::{Failure, Service};
use crate::domain::identity::IdKind;
use crate::domain::ids::PersonId;
use crate::domain::ledger::difference::DifferenceKind;
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::SourceRecord;
use crate::domain::ledger::statement::{FeedStatement, RecognitionStatus, StatedRow};
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::domain::year::Year;
use crate::store::control_totals::{Cell, Sum, cell, counted};
use crate::store::sources::SourceRow;

/// The kinds of differences that a listing finds.
const KINDS: [DifferenceKind; 3] =
    [DifferenceKind::MissingHere, DifferenceKind::MissingThere, DifferenceKind::Differs];

/// A comparison under way.
struct Comparison<'s> {
    service: &'s Service,
    source: &'s SourceRow,
    proof: &'s Proof,
    year: Option<Year>,
    /// Digests of the keys that were listed.
    listed: HashSet<u64>,
    /// What agrees, by cell.
    matched: BTreeMap<Cell, Sum>,
    found: HashSet<[u8; 32]>,
    result: Reconciled,
}

impl Service {
    /// Compares a whole listing of a source, or of a year of it, with what is stated here, and opens and
    /// closes differences. Where the listing ends with an error, what is not listed is not looked for;
    /// where most of what is here is not in it, it is refused.
    pub fn reconcile_listing(
        &self,
        (source, proof): (&SourceRow, &Proof),
        year: Option<Year>,
        rows: impl Iterator<Item = Result<StatedRow, Failure>>,
    ) -> Result<Reconciled, Failure> {
        let began = self.clock.now();
        let mut comparison = Comparison {
            service: self,
            source,
            proof,
            year,
            listed: HashSet::new(),
            matched: BTreeMap::new(),
            found: HashSet::new(),
            result: Reconciled::default(),
        };
        let mut part = Vec::with_capacity(CHUNK);
        for row in rows {
            part.push(row?);
            if part.len() == CHUNK {
                comparison.compare(std::mem::take(&mut part))?;
            }
        }
        comparison.compare(part)?;
        comparison.unlisted(began)?;
        let Comparison { found, mut result, .. } = comparison;
        let of_year = |one: &crate::domain::ledger::difference::Difference| {
            year.is_none() || one.posting.as_ref().map(|posting| posting.year) == year
        };
        result.closed = self.close_cases((source, proof), &KINDS, &found, of_year)?;
        Ok(result)
    }
}

/// Eight bytes by which a key is remembered.
fn short(key: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(key).into();
    let (half, _) = digest.split_at(8);
    half.try_into().map_or(0, u64::from_be_bytes)
}

impl Comparison<'_> {
    fn compare(&mut self, part: Vec<StatedRow>) -> Result<(), Failure> {
        if part.is_empty() {
            return Ok(());
        }
        self.result.listed += u64::try_from(part.len()).unwrap_or_default();
        let rows: Vec<(Prepared, Stated)> =
            part.into_iter().map(|row| split(&self.service.vault, row)).collect();
        let numbers: Vec<[u8; 32]> =
            rows.iter().filter_map(|(row, _)| Some(row.read.as_ref().ok()?.number_index)).collect();
        let keys: Vec<&str> = rows.iter().filter_map(|(_, stated)| stated.key.as_deref()).collect();
        self.listed.extend(keys.iter().map(|key| short(key)));
        let source = self.source.id();
        let (people, stands) = self.service.store.read_waiting(|tx| {
            let people = tx.people_by_number(IdKind::ResidentId.get(), &numbers)?;
            Ok::<_, Failure>((people, tx.stated_by_key(source, &keys)?))
        })?;
        let mut cases = Vec::new();
        for (row, stated) in &rows {
            let (Ok(read), Some(key)) = (&row.read, stated.key.as_deref()) else {
                self.result.unreadable += 1;
                continue;
            };
            let differs = people
                .get(&read.number_index)
                .is_some_and(|known| known.name_index != read.name_index);
            if differs {
                self.result.unreadable += 1;
                continue;
            }
            let person = persons::person_of(row, &people);
            let there = (key, person, &read.row.posting);
            cases.extend(self.row(&stated.said, there, &stands));
        }
        self.open(cases)
    }

    /// Compares a row; a case where it does not agree.
    fn row(
        &mut self,
        said: &FeedStatement,
        (key, person, posting): (&str, Option<PersonId>, &Posting),
        stands: &HashMap<Box<str>, SourceRecord>,
    ) -> Option<Case> {
        let ended =
            matches!(said.standing, RecognitionStatus::Rejected | RecognitionStatus::Withdrawn);
        let here = stands.get(key).filter(|one| one.person.is_some());
        let Some((here, own)) = here.and_then(|one| Some((one, one.posting.as_ref()?))) else {
            if ended {
                self.result.matched += 1;
                return None;
            }
            let place = (person, key);
            let mut case = Case::new(
                self.source,
                DifferenceKind::MissingHere,
                place,
                Some(posting.clone()),
                None,
            );
            case.seen = stands.get(key).cloned();
            self.find(&case, "", None);
            return Some(case);
        };
        let field = match () {
            () if here.person != person => Some("person.number"),
            () if here.standing != said.standing
                && !(is_open(here.standing) && is_open(said.standing)) =>
            {
                Some("standing")
            }
            () => own.first_difference(posting),
        };
        // What is known here is newer than the listing.
        let Some(field) = field.filter(|_| said.version >= here.version) else {
            self.result.matched += 1;
            if let Some((person, posting)) = counted(here).filter(|_| field.is_none()) {
                let cell = cell(here.source, key, posting);
                self.matched.entry(cell).or_default().add(key, person, posting);
            }
            return None;
        };
        let message = Message::new("reconcile_differs").with("field", field);
        let message = message.with("here", own.hours).with("there", posting.hours);
        let place = (here.person, key);
        let posting = (!ended).then(|| posting.clone());
        let mut case =
            Case::new(self.source, DifferenceKind::Differs, place, posting, Some(message));
        case.seen = Some(here.clone());
        self.find(&case, field, Some(own));
        Some(case)
    }

    fn find(&mut self, case: &Case, field: &'static str, here: Option<&Posting>) {
        self.found.insert(case.subject);
        let of = case.posting.as_ref().or(here);
        // What the source does not list has no hours there: the posting is what stands here.
        let there = case.posting.as_ref().filter(|_| case.kind != DifferenceKind::MissingThere);
        self.result.find(Finding {
            kind: case.kind,
            person: case.person,
            key: case.key.clone(),
            of: of.map(|posting| (posting.year, posting.category)),
            field,
            here: here.map(|posting| posting.hours),
            there: there.map(|posting| posting.hours),
        });
    }

    fn open(&mut self, cases: Vec<Case>) -> Result<(), Failure> {
        self.result.opened += self.service.open_cases((self.source, self.proof), cases)?;
        Ok(())
    }

    /// What is recognised here and was not listed.
    fn unlisted(&mut self, began: Timestamp) -> Result<(), Failure> {
        let source = self.source.id();
        let totals = self.service.store.read_waiting(|tx| tx.control_totals(source))?;
        let year = self.year.map(Year::get);
        let here: i64 = totals
            .iter()
            .filter(|(cell, _)| year.is_none_or(|y| cell.1 == y))
            .map(|(_, s)| s.n)
            .sum();
        let mut cases = Vec::new();
        for (cell, sum) in totals {
            let asked = year.is_none_or(|year| cell.1 == year);
            if !asked || self.matched.get(&cell) == Some(&sum) {
                continue;
            }
            let place = (cell.1, cell.2, cell.3);
            let rows = self.service.store.read_waiting(|tx| tx.stated_in_bucket(source, place))?;
            for one in rows {
                let listed = self.listed.contains(&short(&one.key));
                if listed || one.since >= began {
                    continue;
                }
                let posting = one.posting.clone();
                let place = (one.person, &*one.key);
                let mut case =
                    Case::new(self.source, DifferenceKind::MissingThere, place, posting, None);
                case.seen = Some(one);
                cases.push(case);
            }
        }
        let missing = i64::try_from(cases.len()).unwrap_or(i64::MAX);
        if missing > FEW && missing.saturating_mul(2) > here {
            let message = Message::new("listing_short").with("missing", missing);
            return Err(Failure::refused("", message.with("here", here)));
        }
        for case in &cases {
            let own = case.posting.clone();
            self.find(case, "", own.as_ref());
        }
        for part in cases.chunks(CHUNK) {
            self.open(part.to_vec())?;
        }
        Ok(())
    }
}

/// So few records may be missing from a listing, however many there are.
const FEW: i64 = 10;

fn is_open(standing: RecognitionStatus) -> bool {
    matches!(standing, RecognitionStatus::Received | RecognitionStatus::Reviewing)
}
