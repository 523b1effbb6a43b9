//! Opening differences, and closing those that went away: each has a subject, and the same subject is
//! opened once, unless it went away in between.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::desk::{Desk, Record};
use super::weigh::{Bench, Held};
use crate::app::service::Failure;
use crate::domain::ids::{DifferenceId, PersonId, SourceId};
use crate::domain::ledger::difference::{Difference, DifferenceKind, Resolution};
use crate::domain::ledger::duplicate::Event;
use crate::domain::ledger::outcome::RowProblem;
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::RecordState;
use crate::domain::timestamp::Timestamp;
use crate::store::WriteTx;

/// A record with a content, as a subject names it.
pub type Side<'a> = (SourceId, &'a str, [u8; 32]);

/// What a difference is about.
pub fn subject(kind: DifferenceKind, sides: &[Side<'_>], more: &str) -> [u8; 32] {
    let mut sides = sides.to_vec();
    sides.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(b"xueshi.difference.v1");
    hash.update(kind.name());
    for (source, key, content) in sides {
        hash.update(source.get().to_be_bytes());
        hash.update(u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(key);
        hash.update(content);
    }
    hash.update(more);
    hash.finalize().into()
}

/// The id of the nth difference about a subject.
pub fn difference_id(subject: &[u8; 32], round: usize) -> DifferenceId {
    let mut hash = Sha256::new();
    hash.update(subject);
    hash.update(u32::try_from(round).unwrap_or(u32::MAX).to_be_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let (half, _) = digest.split_at(8);
    DifferenceId::from_bits(half.try_into().map_or(0, u64::from_be_bytes))
}

/// A difference in the making.
pub struct Doubt<'a> {
    /// In what way.
    pub kind: DifferenceKind,
    /// What it is about.
    pub subject: [u8; 32],
    /// The record.
    pub record: (SourceId, &'a str),
    /// The other record.
    pub other: Option<(SourceId, Box<str>)>,
    /// How much alike the two are.
    pub score: Option<i16>,
    /// What explains it.
    pub parts: String,
    /// What would count.
    pub posting: Option<&'a Posting>,
    /// The entry in doubt.
    pub entry_seq: Option<i64>,
}

/// A difference that is to be opened; none where its subject is open, or somebody has settled it.
pub fn opened(
    known: &[Difference],
    person: Option<PersonId>,
    doubt: Doubt<'_>,
    jurisdiction: Option<Box<str>>,
    at: Timestamp,
) -> Option<Difference> {
    let about = known.iter().filter(|one| one.subject == doubt.subject);
    let (mut round, mut stands) = (0, false);
    for one in about {
        round += 1;
        stands |= !matches!(one.closed, Some((_, Resolution::Rule)));
    }
    (!stands).then(|| Difference {
        person,
        id: difference_id(&doubt.subject, round),
        kind: doubt.kind,
        subject: doubt.subject,
        source: doubt.record.0,
        key: doubt.record.1.into(),
        other: doubt.other,
        score: doubt.score,
        parts: doubt.parts,
        posting: doubt.posting.cloned(),
        entry_seq: doubt.entry_seq,
        jurisdiction,
        opened_at: at,
        closed: None,
        decision: None,
    })
}

/// Whether a reviewer said that two records are of two events, or that the other one is right.
pub fn are_apart(desk: &Desk, one: &Event<'_>, other: &Event<'_>) -> bool {
    let said = |found: &&Difference| {
        found.kind == DifferenceKind::Duplicate
            && matches!(found.closed, Some((_, Resolution::Post | Resolution::Replace)))
    };
    if !desk.differences.iter().any(|found| said(&found)) {
        return false;
    }
    let subject = pair(desk.person, one, other);
    desk.differences.iter().filter(said).any(|found| found.subject == subject)
}

/// What a difference about two records is about.
pub fn pair(person: PersonId, one: &Event<'_>, other: &Event<'_>) -> [u8; 32] {
    let side = |event: &Event<'_>| event.posting.content_hash(person);
    let sides = [(one.source, one.key, side(one)), (other.source, other.key, side(other))];
    subject(DifferenceKind::Duplicate, &sides, "")
}

/// Opens what is suspected of the records of a desk, notes what is certain, and closes what is neither.
pub(super) fn of_duplicates(
    bench: &mut Bench<'_, '_>,
    tx: &mut WriteTx<'_>,
    held: &[Option<Held>],
) -> Result<(), Failure> {
    let person = bench.desk.person;
    let at = bench.pen.stamp(person)?;
    let mut current: HashSet<[u8; 32]> = HashSet::new();
    let mut found = Vec::new();
    for (record, held) in bench.desk.records.iter().zip(held) {
        let stated = &record.stated;
        let Some(held) = held.as_ref().filter(|_| stated.kept.is_some()) else { continue };
        let (kept, certain) = (&held.kept, held.likeness.certain);
        current.insert(held.subject);
        let doubt = Doubt {
            kind: DifferenceKind::Duplicate,
            subject: held.subject,
            record: (stated.source, &stated.key),
            other: Some((kept.source, kept.key.clone())),
            score: Some(kept.score),
            parts: kept.parts.clone(),
            posting: stated.posting.as_ref(),
            entry_seq: None,
        };
        let known = &bench.desk.differences;
        let noted = certain && known.iter().any(|one| one.subject == held.subject);
        let sources = bench.sources;
        let place = sources.place(stated.source).or_else(|| sources.place(kept.source));
        if let Some(mut one) = opened(known, Some(person), doubt, place, at).filter(|_| !noted) {
            // What is certain needs nobody, and can still be settled otherwise.
            one.closed = certain.then_some((at, Resolution::Rule));
            found.push(one);
        }
    }
    let gone =
        |one: &Difference| one.kind == DifferenceKind::Duplicate && !current.contains(&one.subject);
    close(bench, tx, gone)?;
    add(bench, found);
    Ok(())
}

fn add(bench: &mut Bench<'_, '_>, found: Vec<Difference>) {
    bench.desk.differences.extend(found.iter().cloned());
    bench.written.differences.extend(found);
}

/// Closes the open differences of a desk that went away.
fn close(
    bench: &mut Bench<'_, '_>,
    tx: &mut WriteTx<'_>,
    gone: impl Fn(&Difference) -> bool,
) -> Result<(), Failure> {
    let at = bench.pen.stamp(bench.desk.person)?;
    for one in bench.desk.differences.iter_mut().filter(|one| one.closed.is_none()) {
        if gone(one) {
            tx.close_difference(one.person, one.id, at, Resolution::Rule, None)?;
            one.closed = Some((at, Resolution::Rule));
        }
    }
    Ok(())
}

/// Opens what is to be looked at in a record of which something new was said, and closes what was open
/// about it and is no more.
pub(super) fn of_statement(
    bench: &mut Bench<'_, '_>,
    tx: &mut WriteTx<'_>,
    (source, key): (SourceId, &str),
    flags: &[RowProblem],
) -> Result<(), Failure> {
    let Some(record) = bench.desk.record(source, key) else { return Ok(()) };
    let found = doubts_of(bench, record, flags)?;
    let current: Vec<[u8; 32]> = found.iter().map(|one| one.subject).collect();
    let known = &bench.desk.differences;
    let new: Vec<Difference> =
        found.into_iter().filter(|one| !known.iter().any(|other| other.id == one.id)).collect();
    close(bench, tx, |one| {
        one.kind != DifferenceKind::Duplicate
            && one.kind != DifferenceKind::SumDiffers
            && (one.source, &*one.key) == (source, key)
            && !current.contains(&one.subject)
    })?;
    add(bench, new);
    Ok(())
}

/// The differences that a record is about to have; those that are open already among them.
fn doubts_of(
    bench: &Bench<'_, '_>,
    record: &Record,
    flags: &[RowProblem],
) -> Result<Vec<Difference>, Failure> {
    let person = bench.desk.person;
    let at = bench.pen.stamp(person)?;
    let stated = &record.stated;
    let Some(posting) = &stated.posting else { return Ok(Vec::new()) };
    let side = (stated.source, &*stated.key, posting.content_hash(person));
    let contradicts = stated.state == RecordState::Held && stated.kept.is_none();
    let flagged =
        !flags.is_empty() && matches!(stated.state, RecordState::Posted | RecordState::Waiting);
    let mut found = Vec::new();
    for (kind, is) in
        [(DifferenceKind::ContradictsDecision, contradicts), (DifferenceKind::YearBasis, flagged)]
    {
        if !is {
            continue;
        }
        let codes: Vec<&str> = flags.iter().map(|flag| flag.message.code).collect();
        let parts = match kind {
            DifferenceKind::YearBasis => super::problems::write(flags).unwrap_or_default(),
            _ => String::new(),
        };
        let entry = bench.desk.standing(stated.source, &stated.key).map(|entry| entry.seq);
        let more = if kind == DifferenceKind::YearBasis { codes.join(",") } else { String::new() };
        let doubt = Doubt {
            kind,
            subject: subject(kind, &[side], &more),
            record: (side.0, side.1),
            other: None,
            score: None,
            parts,
            posting: Some(posting),
            entry_seq: entry,
        };
        let subject = doubt.subject;
        let place = bench.sources.place(stated.source);
        let known = &bench.desk.differences;
        let open = known.iter().find(|one| one.subject == subject && one.closed.is_none());
        found.extend(open.cloned().or_else(|| opened(known, Some(person), doubt, place, at)));
    }
    Ok(found)
}
