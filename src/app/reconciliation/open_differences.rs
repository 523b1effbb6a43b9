//! What a comparison found, as differences: opened where it is new, closed where it is no more.

use std::collections::{BTreeSet, HashSet};

use crate::app::posting::load;
use crate::app::reconciliation::Proof;
use crate::app::service::{Failure, Service};
use crate::domain::ids::PersonId;
use crate::domain::ledger::difference::{self, Difference, DifferenceKind, Resolution, Suspicion};
use crate::domain::ledger::entry;
use crate::domain::ledger::outcome::{RowProblem, stored_text};
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::SourceRecord;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::store::WriteTx;
use crate::store::sources::SourceRow;

/// A difference that may have to be opened.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) kind: DifferenceKind,
    pub(super) person: Option<PersonId>,
    pub(super) key: Box<str>,
    /// What is stated here, as the comparison saw it.
    pub(super) seen: Option<SourceRecord>,
    /// What the source says would count.
    pub(super) posting: Option<Posting>,
    /// What somebody should know of it.
    pub(super) problems: Vec<RowProblem>,
    pub(super) subject: [u8; 32],
}

impl Case {
    pub(super) fn new(
        source: &SourceRow,
        kind: DifferenceKind,
        (person, key): (Option<PersonId>, &str),
        posting: Option<Posting>,
        message: Option<Message>,
    ) -> Case {
        let nobody = PersonId::stored(0);
        let content = posting.as_ref().map(|own| own.content_hash(person.unwrap_or(nobody)));
        let problems: Vec<RowProblem> =
            message.into_iter().map(|message| RowProblem::at("", message)).collect();
        let more = stored_text(&problems).unwrap_or_default();
        let side = (source.id(), key, content.unwrap_or_default());
        let subject = difference::subject(kind, &[side], &more);
        Case { kind, person, key: key.into(), seen: None, posting, problems, subject }
    }
}

impl Service {
    /// Opens what is new among cases; says how many were.
    pub(super) fn open_cases(
        &self,
        (source, proof): (&SourceRow, &Proof),
        cases: Vec<Case>,
    ) -> Result<u64, Failure> {
        if cases.is_empty() {
            return Ok(0);
        }
        let (source, proof) = (source.clone(), proof.clone());
        self.store.write_long_waiting(move |tx: &mut WriteTx<'_>| {
            proof(tx)?;
            let people: BTreeSet<PersonId> = cases.iter().filter_map(|case| case.person).collect();
            let people: Vec<PersonId> = people.into_iter().collect();
            let stamps = tx.stamp_people(&people)?;
            let known = tx.differences_of(&people, None)?;
            let keys: Vec<&str> = cases.iter().map(|case| &*case.key).collect();
            let stands = tx.stated_by_key(source.id(), &keys)?;
            let mut found: Vec<Difference> = Vec::new();
            for case in &cases {
                // Something else was said meanwhile: the next comparison sees what is true then.
                let now = stands.get(&case.key).map(|one| (one.digest, one.standing));
                if now != case.seen.as_ref().map(|one| (one.digest, one.standing)) {
                    continue;
                }
                let at = case.person.map_or(Ok(tx.now()), |person| load::stamp(&stamps, person))?;
                let own = match case.person {
                    Some(person) => known.get(&person).cloned().unwrap_or_default(),
                    None => {
                        let id = difference::difference_id(&case.subject, 0);
                        tx.difference(None, id)?.into_iter().collect()
                    }
                };
                let one = open(tx, &source, case, &own, at)?;
                found.extend(one.filter(|one| found.iter().all(|other| other.id != one.id)));
            }
            tx.add_differences(&found)?;
            Ok(u64::try_from(found.len()).unwrap_or_default())
        })
    }

    /// Closes the open differences of a source of these kinds that were not found again, of those that
    /// a comparison was about; says how many there were.
    pub(super) fn close_cases(
        &self,
        (source, proof): (&SourceRow, &Proof),
        kinds: &[DifferenceKind],
        found: &HashSet<[u8; 32]>,
        about: impl Fn(&Difference) -> bool,
    ) -> Result<u64, Failure> {
        let open = self.store.read_waiting(|tx| tx.open_differences(source.id(), kinds))?;
        let gone: Vec<Difference> =
            open.into_iter().filter(|one| about(one) && !found.contains(&one.subject)).collect();
        let mut closed = 0;
        for part in gone.chunks(crate::app::posting::CHUNK) {
            let (part, proof) = (part.to_vec(), proof.clone());
            closed += self.store.write_long_waiting(move |tx: &mut WriteTx<'_>| {
                proof(tx)?;
                close(tx, &part)
            })?;
        }
        Ok(closed)
    }
}

fn close(tx: &mut WriteTx<'_>, gone: &[Difference]) -> Result<u64, Failure> {
    let people: BTreeSet<PersonId> = gone.iter().filter_map(|one| one.person).collect();
    let people: Vec<PersonId> = people.into_iter().collect();
    let stamps = tx.stamp_people(&people)?;
    let mut closed = 0;
    for one in gone {
        let at: Timestamp =
            one.person.map_or(Ok(tx.now()), |person| load::stamp(&stamps, person))?;
        closed += u64::from(tx.close_difference(one.person, one.id, at, Resolution::Rule, None)?);
    }
    Ok(closed)
}

fn open(
    tx: &mut WriteTx<'_>,
    source: &SourceRow,
    case: &Case,
    known: &[Difference],
    at: Timestamp,
) -> Result<Option<Difference>, Failure> {
    let here = case.seen.as_ref().and_then(|one| one.person);
    let entry_seq = match here.filter(|here| Some(*here) == case.person) {
        Some(person) => {
            let entries = tx.entries(person, None)?;
            entry::standing(&entries, source.id(), &case.key).map(|entry| entry.seq)
        }
        None => None,
    };
    let suspicion = Suspicion {
        kind: case.kind,
        subject: case.subject,
        record: (source.id(), &case.key),
        other: None,
        score: None,
        parts: stored_text(&case.problems).unwrap_or_default(),
        posting: case.posting.as_ref(),
        entry_seq,
    };
    let place = source.jurisdiction.as_deref().map(Into::into);
    Ok(suspicion.open(known.iter(), case.person, place, at))
}
