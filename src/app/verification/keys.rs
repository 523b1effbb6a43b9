//! Proves the keys of sources: each says what an entry or a waiting row says, and none of these has none.
//! Of a record that a feed states the ledger may hold something else than was said, or nothing: what follows
//! from it is proved with the record, and not here.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::app::service::Failure;
use crate::app::verification::Fault;
use crate::domain::ids::{PersonId, SourceId};
use crate::domain::ledger::claim::Claim;
use crate::domain::ledger::entry::{Entry, EntryKind};
use crate::domain::ledger::pending::Pending;
use crate::store::{ReadTx, Store, StoreError};

/// What a row says under a key.
pub(super) struct Said {
    source: SourceId,
    key: Box<str>,
    revision: i32,
    content_hash: [u8; 32],
    person: PersonId,
    seq: i64,
}

/// Keys of one snapshot.
const PART: i64 = 1000;

/// What entries say; adjustments and what takes others back have no key of their own.
pub(super) fn of_entries(entries: &[Entry]) -> impl Iterator<Item = Said> {
    let keyed = |entry: &&Entry| matches!(entry.kind, EntryKind::Credit | EntryKind::Replacement);
    entries.iter().filter(keyed).map(|entry| Said {
        source: entry.source,
        key: entry.ext_key.clone(),
        revision: entry.revision,
        content_hash: entry.content_hash,
        person: entry.person,
        seq: entry.seq,
    })
}

/// What a row says that waits or waited.
pub(super) fn of_pending(row: Pending) -> Said {
    Said {
        source: row.source,
        key: row.ext_key,
        revision: row.revision,
        content_hash: row.content_hash,
        person: row.person,
        seq: 0,
    }
}

/// Compares rows with the claims of their keys: how many claims are theirs, and the first fault.
pub(super) fn check(
    tx: &mut ReadTx<'_>,
    people: &[PersonId],
    said: &[Said],
) -> Result<(u64, Option<Fault>), StoreError> {
    let stated = tx.stated_of(people)?.into_iter().map(|one| (one.source, one.key));
    let stated: HashSet<(SourceId, Box<str>)> = stated.collect();
    let mut keys: BTreeMap<i64, HashSet<&str>> = BTreeMap::new();
    for one in said {
        keys.entry(one.source.get()).or_default().insert(&one.key);
    }
    let mut claims: HashMap<(SourceId, Box<str>), Claim> = HashMap::new();
    for (source, keys) in keys {
        let source = SourceId::stored(source);
        let keys: Vec<&str> = keys.into_iter().collect();
        let found = tx.claims(source, &keys)?.into_iter();
        claims.extend(found.map(|(key, claim)| ((source, key), claim)));
    }
    // A claim of one of these persons says what a row of theirs says, and nothing says more than it.
    let mut proved = HashSet::new();
    let mut own = BTreeMap::new();
    for one in said {
        let fault = Fault { person: one.person, seq: one.seq, code: "verify_key" };
        let place = (one.source, one.key.clone());
        if stated.contains(&place) {
            continue;
        }
        let Some(claim) = claims.get(&place).filter(|claim| claim.revision >= one.revision) else {
            return Ok((0, Some(fault)));
        };
        if claim.person == one.person {
            if claim.content_hash == one.content_hash {
                proved.insert(place);
            } else {
                own.insert((one.source.get(), one.key.clone()), fault);
            }
        }
    }
    let unproved = own
        .into_iter()
        .find(|((source, key), _)| !proved.contains(&(SourceId::stored(*source), key.clone())));
    let proved = u64::try_from(proved.len() + stated.len()).unwrap_or_default();
    Ok((proved, unproved.map(|(_, fault)| fault)))
}

/// The first key of which no row of its person says anything.
pub(super) fn stray(store: &Store) -> Result<Option<Fault>, Failure> {
    let mut after = (Box::from(""), SourceId::stored(i64::MIN));
    loop {
        let (last, fault) = store.read_waiting(|tx| {
            let claims = tx.claims_after(&after, PART)?;
            let people: HashSet<PersonId> = claims.iter().map(|(_, claim)| claim.person).collect();
            let people: Vec<PersonId> = people.into_iter().collect();
            let entries = tx.entries_of(&people, None)?;
            let mut said: Vec<Said> = entries.values().flat_map(|own| of_entries(own)).collect();
            let pendings = tx.pendings_of(&people, None)?;
            said.extend(pendings.into_values().flatten().map(of_pending));
            let said: HashSet<(SourceId, &str, PersonId, [u8; 32])> = said
                .iter()
                .map(|one| (one.source, &*one.key, one.person, one.content_hash))
                .collect();
            let mut stray = None;
            for (source, claim) in &claims {
                let own = (*source, &*claim.ext_key, claim.person, claim.content_hash);
                let key: &str = &claim.ext_key;
                if !said.contains(&own) && tx.stated_by_key(*source, &[key])?.is_empty() {
                    stray = Some((source, claim));
                    break;
                }
            }
            let person = stray.map(|(_, claim)| claim.person);
            let last = claims.last().map(|(source, claim)| (claim.ext_key.clone(), *source));
            let fault = |person| Fault { person, seq: 0, code: "verify_key" };
            Ok::<_, StoreError>((last, person.map(fault)))
        })?;
        match last {
            Some(last) if fault.is_none() => after = last,
            _ => return Ok(fault),
        }
    }
}
