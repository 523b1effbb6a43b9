//! Loads what a decision needs: persons are locked, and of each account as much is read as bears on the
//! rows at hand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::app::service::Failure;
use crate::domain::ids::{PersonId, SourceId};
use crate::domain::ledger::account::{Account, Extent, History};
use crate::domain::ledger::decide::{Accounts, Needs};
use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, WriteTx};

/// Locks a person until the transaction ends; the stamp of everything that is decided of them in it.
pub fn lock(tx: &mut WriteTx<'_>, person: PersonId) -> Result<Timestamp, StoreError> {
    stamp(&tx.stamp_people(&[person])?, person)
}

/// Stamps of persons who are locked.
pub type Stamps = HashMap<PersonId, Timestamp>;

/// The stamp of a person who is locked.
pub fn stamp(stamps: &Stamps, person: PersonId) -> Result<Timestamp, StoreError> {
    stamps.get(&person).copied().ok_or_else(|| damaged(person))
}

/// Who is locked has a row, unless somebody removed it by hand.
fn damaged(person: PersonId) -> StoreError {
    StoreError::Damaged(format!("person (person_id = {})", person.get()))
}

/// Locks a person and loads their account.
pub fn account(
    tx: &mut WriteTx<'_>,
    person: PersonId,
    extent: Extent,
) -> Result<Account, StoreError> {
    let mut all = locked(tx, &BTreeMap::from([(person, extent)]))?;
    all.remove(&person).ok_or_else(|| damaged(person))
}

/// Loads the accounts that posted rows need. Whether another source tells of a person is looked up only
/// where there are several sources and the person has entries; where none does, less is loaded.
pub(super) fn accounts_of_posted(
    tx: &mut WriteTx<'_>,
    source: SourceId,
    has_several_sources: bool,
    needs: &Needs,
) -> Result<Accounts, Failure> {
    let wanted: BTreeMap<PersonId, Extent> = locked_needs(needs).collect();
    let people: Vec<PersonId> = wanted.keys().copied().collect();
    let stamps = stamps_of(tx, &people)?;
    let mut heads = tx.heads(&people)?;
    let may_be_shared: Vec<PersonId> =
        people.iter().copied().filter(|id| has_several_sources && heads.contains_key(id)).collect();
    let mut whole = histories(tx, &may_be_shared, Extent::Whole)?;
    let mut loaded = BTreeMap::new();
    let mut add = |loaded: &mut BTreeMap<PersonId, Account>, person, extent, history| {
        let at = stamp(&stamps, person)?;
        let account = Account::new(person, at, heads.remove(&person), extent, history);
        loaded.insert(person, account);
        Ok::<_, StoreError>(())
    };
    for person in &may_be_shared {
        let history = whole.remove(person).unwrap_or_default();
        add(&mut loaded, *person, Extent::Whole, history)?;
    }
    let shared: BTreeSet<PersonId> =
        loaded.values().filter(|one| one.is_shared(source)).map(|one| one.person).collect();
    let companions = companions(needs, &shared);
    for (person, account) in std::mem::take(&mut loaded) {
        let is_whole = shared.contains(&person) || companions.contains(&person);
        loaded.insert(person, if is_whole { account } else { account.narrowed() });
    }
    for (extent, people) in [
        (Extent::Whole, companions.into_iter().collect::<Vec<_>>()),
        (Extent::History, of_extent(&wanted, Extent::History)),
        (Extent::Head, of_extent(&wanted, Extent::Head)),
    ] {
        let missing: Vec<PersonId> =
            people.into_iter().filter(|person| !loaded.contains_key(person)).collect();
        let mut found = histories(tx, &missing, extent)?;
        for person in missing {
            add(&mut loaded, person, extent, found.remove(&person).unwrap_or_default())?;
        }
    }
    Ok(Accounts { looked_at: looked_at(tx, needs)?, locked: loaded })
}

/// Loads the accounts that stated rows need, each of them whole.
pub(super) fn accounts_of_stated(tx: &mut WriteTx<'_>, needs: &Needs) -> Result<Accounts, Failure> {
    let wanted = locked_needs(needs).collect();
    Ok(Accounts { locked: locked(tx, &wanted)?, looked_at: BTreeMap::new() })
}

fn locked(
    tx: &mut WriteTx<'_>,
    wanted: &BTreeMap<PersonId, Extent>,
) -> Result<BTreeMap<PersonId, Account>, StoreError> {
    let people: Vec<PersonId> = wanted.keys().copied().collect();
    let stamps = stamps_of(tx, &people)?;
    let mut heads = if people.is_empty() { HashMap::new() } else { tx.heads(&people)? };
    let mut all = BTreeMap::new();
    for extent in [Extent::Head, Extent::History, Extent::Whole] {
        let people = of_extent(wanted, extent);
        let mut found = histories(tx, &people, extent)?;
        for person in people {
            let history = found.remove(&person).unwrap_or_default();
            let at = stamp(&stamps, person)?;
            let account = Account::new(person, at, heads.remove(&person), extent, history);
            all.insert(person, account);
        }
    }
    Ok(all)
}

fn stamps_of(
    tx: &mut WriteTx<'_>,
    people: &[PersonId],
) -> Result<HashMap<PersonId, Timestamp>, StoreError> {
    if people.is_empty() { Ok(HashMap::new()) } else { tx.stamp_people(people) }
}

fn locked_needs(needs: &Needs) -> impl Iterator<Item = (PersonId, Extent)> + '_ {
    let locked = needs.people.iter().filter(|(_, need)| need.is_locked);
    locked.map(|(person, need)| (*person, need.extent))
}

fn of_extent(wanted: &BTreeMap<PersonId, Extent>, extent: Extent) -> Vec<PersonId> {
    wanted.iter().filter(|(_, own)| **own == extent).map(|(person, _)| *person).collect()
}

/// Those between whom and one whose account is shared a record moves.
fn companions(needs: &Needs, shared: &BTreeSet<PersonId>) -> BTreeSet<PersonId> {
    let mut all = BTreeSet::new();
    for (one, other) in &needs.pairs {
        if shared.contains(one) || shared.contains(other) {
            all.extend([*one, *other]);
        }
    }
    all
}

fn looked_at(
    tx: &mut WriteTx<'_>,
    needs: &Needs,
) -> Result<BTreeMap<PersonId, Account>, StoreError> {
    let looked = needs.people.iter().filter(|(_, need)| !need.is_locked);
    let people: Vec<PersonId> = looked.map(|(person, _)| *person).collect();
    let now = tx.now();
    let found = histories(tx, &people, Extent::History)?;
    let account =
        |(person, history)| (person, Account::new(person, now, None, Extent::History, history));
    Ok(found.into_iter().map(account).collect())
}

fn histories(
    tx: &mut WriteTx<'_>,
    people: &[PersonId],
    extent: Extent,
) -> Result<HashMap<PersonId, History>, StoreError> {
    let mut all: HashMap<PersonId, History> = HashMap::new();
    if people.is_empty() || extent == Extent::Head {
        return Ok(all);
    }
    for (person, entries) in tx.entries_of(people, None)? {
        all.entry(person).or_default().entries = entries;
    }
    for (person, pendings) in tx.pendings_of(people, None)? {
        all.entry(person).or_default().pendings = pendings;
    }
    if extent == Extent::Whole {
        for (person, differences) in tx.differences_of(people, None)? {
            all.entry(person).or_default().differences = differences;
        }
        for record in tx.stated_of(people)? {
            if let Some(person) = record.person {
                all.entry(person).or_default().records.push(record);
            }
        }
    }
    Ok(all)
}
