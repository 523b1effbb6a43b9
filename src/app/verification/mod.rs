//! Proves the ledger: chains, numbers, pairs of reversals, balances, persons, keys of sources. Names the
//! first fault.

mod keys;
pub mod stated;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::app::service::Failure;
use crate::domain::hours::Hours;
use crate::domain::ids::PersonId;
use crate::domain::ledger::chain;
use crate::domain::ledger::entry::{Entry, EntryKind};
use crate::domain::message::Message;
use crate::store::ledger::{BalanceRow, category_number};
use crate::store::{ReadTx, Store, StoreError};

/// What was proved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Proved {
    /// Persons of whom there is anything.
    pub people: u64,
    /// Entries in their chains.
    pub entries: u64,
    /// The first fault, where there is one.
    pub fault: Option<Fault>,
}

/// Where the ledger contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Whose chain, or key.
    pub person: PersonId,
    /// The number of the entry; 0 where it is of no entry alone.
    pub seq: i64,
    /// Stable code of what is wrong.
    pub code: &'static str,
}

impl Fault {
    /// The message for a user.
    pub fn message(&self) -> Message {
        Message::new(self.code).with("person", self.person).with("seq", self.seq)
    }
}

/// Persons of one snapshot: a proof of a large ledger does not hold one for hours.
const PART: i64 = 1000;

/// Proves the chains of everybody, or of one person; `tell` hears how many persons are done.
pub fn verify(
    store: &Store,
    only: Option<PersonId>,
    mut tell: impl FnMut(u64),
) -> Result<Proved, Failure> {
    let mut proved = Proved::default();
    let (mut after, mut keys) = (None, 0);
    loop {
        let people = match only {
            Some(person) => vec![person],
            None => store.read_waiting(|tx| tx.people_with_entries(after, PART))?,
        };
        let Some(last) = people.last().copied() else {
            // Where others go on writing, the numbers differ for no harm: then each key is looked at.
            if store.read_waiting(|tx| tx.count_claims().map_err(Failure::from))? != keys {
                proved.fault = keys::stray(store)?;
            }
            if proved.fault.is_none() {
                proved.fault = crate::app::verification::stated::control_fault(store)?;
            }
            return Ok(proved);
        };
        let (Seen { entries, keys: own }, fault) = store.read_waiting(|tx| part(tx, &people))?;
        proved.people += u64::try_from(people.len()).unwrap_or_default();
        proved.entries += entries;
        keys += own;
        tell(proved.people);
        if fault.is_some() || only.is_some() {
            proved.fault = fault;
            return Ok(proved);
        }
        after = Some(last);
    }
}

/// What was looked at in a part.
#[derive(Default)]
struct Seen {
    entries: u64,
    /// Keys of sources that say what the rows of these persons say.
    keys: u64,
}

fn part(tx: &mut ReadTx<'_>, people: &[PersonId]) -> Result<(Seen, Option<Fault>), StoreError> {
    let mut seen = Seen::default();
    let on_record = tx.people_on_record(people)?;
    let mut said = Vec::new();
    for person in people {
        let entries = match tx.entries(*person, None) {
            Err(StoreError::Damaged(_)) => {
                let fault = Fault { person: *person, seq: 0, code: "verify_unreadable" };
                return Ok((seen, Some(fault)));
            }
            entries => entries?,
        };
        seen.entries += u64::try_from(entries.len()).unwrap_or_default();
        let balances = tx.balances(*person)?;
        let missing = || Fault { person: *person, seq: 0, code: "verify_person" };
        let fault = chain_fault(&entries)
            .or_else(|| balance_fault(*person, &entries, &balances))
            .or_else(|| (!on_record.contains(person)).then(missing));
        let fault = match fault {
            None => crate::app::verification::stated::record_fault(tx, *person, &entries)?,
            found => found,
        };
        if fault.is_some() {
            return Ok((seen, fault));
        }
        said.extend(keys::of_entries(&entries));
    }
    for row in tx.pendings_of(people, None)?.into_values().flatten() {
        said.push(keys::of_pending(row));
    }
    let (keys, fault) = keys::check(tx, people, &said)?;
    seen.keys = keys;
    Ok((seen, fault))
}

/// The first entry of a chain that is not as it has to be.
fn chain_fault(entries: &[Entry]) -> Option<Fault> {
    let mut previous = chain::GENESIS;
    let mut recorded = None;
    let mut reversed: HashMap<i64, i64> = HashMap::new();
    for (place, entry) in (1..).zip(entries) {
        let fault = |code| Some(Fault { person: entry.person, seq: entry.seq, code });
        if entry.seq != place {
            return fault("verify_sequence");
        }
        if chain::link(&previous, entry) != entry.hash {
            return fault("verify_hash");
        }
        if recorded.is_some_and(|at| at > entry.recorded_at) {
            return fault("verify_order");
        }
        if entry.kind != EntryKind::Reversal
            && entry.posting.content_hash(entry.person) != entry.content_hash
        {
            return fault("verify_content");
        }
        if entry.kind == EntryKind::Reversal {
            let original = entry.ref_seq.and_then(|seq| {
                entries.iter().find(|other| other.seq == seq && other.kind != EntryKind::Reversal)
            });
            let pairs = original.is_some_and(|original| {
                original.posting.hours + entry.posting.hours == Hours::ZERO
                    && original.posting.year == entry.posting.year
                    && original.posting.category == entry.posting.category
                    && original.seq < entry.seq
            });
            let again = entry.ref_seq.is_some_and(|seq| reversed.insert(seq, entry.seq).is_some());
            if !pairs || again {
                return fault("verify_reversal");
            }
        }
        previous = entry.hash;
        recorded = Some(entry.recorded_at);
    }
    None
}

fn balance_fault(person: PersonId, entries: &[Entry], balances: &[BalanceRow]) -> Option<Fault> {
    let mut sums: BTreeMap<(i16, i16), (i64, i64, i64)> = BTreeMap::new();
    for entry in entries {
        let posting = &entry.posting;
        let key = (posting.year.get(), category_number(posting.category));
        let sum = sums.entry(key).or_default();
        sum.0 += posting.hours.hundredths();
        sum.1 += 1;
        sum.2 = entry.seq;
    }
    let kept: BTreeMap<(i16, i16), (i64, i64, i64)> = balances
        .iter()
        .map(|row| ((row.year, row.category), (row.hours, row.n, row.last_seq)))
        .collect();
    (sums != kept).then_some(Fault { person, seq: 0, code: "verify_balance" })
}
