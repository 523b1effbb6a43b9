//! What the ledger knows of a person as of an instant, as the judge takes it.

use std::collections::{BTreeSet, HashMap};

use crate::app::compliance::open_differences::{OpenDifferences, record};
use crate::app::service::{Directory, Failure};
use crate::domain::declaration::covers;
use crate::domain::ids::PersonId;
use crate::domain::ledger::chain;
use crate::domain::ledger::chain::Head;
use crate::domain::ledger::entry::{self, Entry, EntryKind};
use crate::domain::ledger::pending::{Pending, PendingOutcome};
use crate::domain::message::Message;
use crate::domain::record::{Record, Status};
use crate::domain::timestamp::Timestamp;
use crate::domain::year::Year;
use crate::store::decisions::{DecisionKind, DecisionRow};
use crate::store::files::File;
use crate::store::people::Known;
use crate::store::{ReadTx, StoreError};

/// A year about which a reviewer decided, and the place that they answered for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ruled {
    /// The year.
    pub year: Year,
    /// The place; none = everywhere.
    pub place: Option<Box<str>>,
}

/// The years that are decided for declarations of a place: by reviewers who answer for all of it.
pub fn for_place(ruled: &[Ruled], place: &str) -> Vec<Year> {
    let holds = |one: &&Ruled| one.place.as_deref().is_none_or(|own| covers(own, place));
    let mut years: Vec<Year> = ruled.iter().filter(holds).map(|one| one.year).collect();
    years.dedup();
    years
}

/// Within this many seconds, a transaction that began before may still become visible.
const SETTLING: i64 = 60;

/// What is known of a person.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Who, where the ledger knows them.
    pub person: Option<PersonId>,
    /// Whether the ledger knew them at the instant.
    pub known: bool,
    /// Recognised, waiting, refused and withdrawn hours.
    pub records: Vec<Record>,
    /// Years that reviewers excused.
    pub excused: Vec<Ruled>,
    /// Legacy years that reviewers closed.
    pub reviewed: Vec<Ruled>,
    /// The instant of which all this is true for ever.
    pub as_of: Timestamp,
    /// The end of the chain at that instant.
    pub head: Head,
}

/// The instant that a question is answered for: the one asked for, if it is settled; else the stamp of
/// the last thing known.
pub fn instant(
    asked: Option<Timestamp>,
    known_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Timestamp, Failure> {
    let settled = now.plus_seconds(-SETTLING);
    let latest = known_at.map_or(settled, |known| known.max(settled));
    match asked {
        None => Ok(known_at.unwrap_or(settled)),
        Some(asked) if asked <= latest => Ok(asked),
        Some(_) => {
            let message = Message::new("as_of_too_recent").with("latest", latest);
            Err(Failure::refused("as_of", message))
        }
    }
}

/// Of a person whom the ledger does not know.
pub fn nothing(as_of: Timestamp) -> Findings {
    Findings {
        person: None,
        known: false,
        records: Vec::new(),
        excused: Vec::new(),
        reviewed: Vec::new(),
        as_of,
        head: Head { seq: 0, hash: chain::GENESIS },
    }
}

/// Of persons whom it knows, each as of one or several instants, in one snapshot.
pub fn gather(
    tx: &mut ReadTx<'_>,
    directory: &Directory,
    people: &[(Known, Timestamp)],
) -> Result<HashMap<(PersonId, Timestamp), Findings>, Failure> {
    let ids: BTreeSet<PersonId> = people.iter().map(|(known, _)| known.id).collect();
    let ids: Vec<PersonId> = ids.into_iter().collect();
    // Persons asked about as of one instant are found as they were then; of others, all is found.
    let first = people.first().map(|(_, at)| *at);
    let one = first.filter(|first| people.iter().all(|(_, at)| at == first));
    let files = tx.files_of(&ids, one)?;
    let none = File::default();
    let mut all = HashMap::with_capacity(people.len());
    for (known, as_of) in people {
        let file = files.get(&known.id).unwrap_or(&none);
        // Stamps never decrease along a chain.
        let then = file.entries.partition_point(|entry| entry.recorded_at <= *as_of);
        let own = file.entries.get(..then).unwrap_or_default();
        let head = own.last().map_or(Head { seq: 0, hash: chain::GENESIS }, |last| Head {
            seq: last.seq,
            hash: last.hash,
        });
        let differences = OpenDifferences::of(&file.differences, *as_of);
        let waiting = &file.pendings;
        let mut records = of_entries(own, directory, &differences);
        records.extend(differences.waiting(directory));
        records.extend(waiting.iter().filter_map(|one| of_pending(one, *as_of, directory)));
        let decided = file.decisions.iter().filter(|row| row.made_at <= as_of.micros());
        let decided: Vec<&DecisionRow> = decided.collect();
        let findings = Findings {
            person: Some(known.id),
            known: known.created_at <= *as_of,
            records,
            excused: years(&decided, DecisionKind::ExcuseYear)?,
            reviewed: years(&decided, DecisionKind::CloseLegacyYear)?,
            as_of: *as_of,
            head,
        };
        all.insert((known.id, *as_of), findings);
    }
    Ok(all)
}

/// Entries as records: what was taken back does not count, what was replaced is not told twice.
/// An entry in doubt waits; where another number of hours is the only question, only what is between the
/// two waits.
fn of_entries(
    entries: &[Entry],
    directory: &Directory,
    differences: &OpenDifferences<'_>,
) -> Vec<Record> {
    let replaced = |seq: i64| {
        entries.iter().any(|e| e.kind == EntryKind::Replacement && e.ref_seq == Some(seq))
    };
    entries
        .iter()
        .filter(|entry| entry.kind != EntryKind::Reversal)
        .flat_map(|entry| {
            let source = || directory.code(entry.source);
            if entry::is_reversed(entries, entry.seq) {
                // What waits as a doubt is not told as taken back too.
                let told = !replaced(entry.seq) && !differences.holds(entry);
                return told
                    .then(|| record(&entry.posting, source(), Status::Revoked))
                    .into_iter()
                    .collect();
            }
            differences
                .told(entry)
                .into_iter()
                .map(|(posting, status)| record(&posting, source(), status))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn of_pending(pending: &Pending, as_of: Timestamp, directory: &Directory) -> Option<Record> {
    if pending.known_at > as_of {
        return None;
    }
    let status = match pending.closed.filter(|(at, _)| *at <= as_of) {
        None => Status::Pending,
        Some((_, PendingOutcome::Rejected)) => Status::Rejected,
        // The entry, the later revision, or nothing speaks for it now.
        Some((_, _)) => return None,
    };
    Some(record(&pending.posting, directory.code(pending.source), status))
}

/// The years of decisions that were not withdrawn.
fn years(decisions: &[&DecisionRow], kind: DecisionKind) -> Result<Vec<Ruled>, StoreError> {
    let withdrawn = |id: i64| {
        decisions
            .iter()
            .any(|row| row.kind == DecisionKind::Withdraw.number() && row.about == Some(id))
    };
    let stand =
        decisions.iter().filter(|row| row.kind == kind.number() && !withdrawn(row.decision_id));
    let ruled = stand.map(|row| {
        let year = row.year.and_then(|year| Year::new(year.into()));
        let year = year.ok_or_else(|| row.damaged())?;
        Ok(Ruled { year, place: row.jurisdiction.as_deref().map(Into::into) })
    });
    let mut years = ruled.collect::<Result<Vec<Ruled>, StoreError>>()?;
    years.sort_unstable();
    years.dedup();
    Ok(years)
}
