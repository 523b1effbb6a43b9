//! Whose a row is: by number, never by name; and the name has to agree.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::app::posting::prepare::{Matched, Prepared};
use crate::app::service::Failure;
use crate::domain::identity::IdKind;
use crate::domain::ids::PersonId;
use crate::store::WriteTx;
use crate::store::people::{Known, NewPerson};
use crate::vault::Vault;

/// Persons by the blind index of their number.
pub type People = HashMap<[u8; 32], Known>;

/// The numbers of rows, by blind index.
pub(super) fn numbers(rows: &[Prepared]) -> Vec<[u8; 32]> {
    let read = rows.iter().filter_map(|row| row.read.as_ref().ok());
    let numbers: BTreeSet<[u8; 32]> = read.map(|row| row.number_index).collect();
    numbers.into_iter().collect()
}

/// The persons of rows; those whom nobody knew are put on record, and named.
pub(super) fn on_record(
    tx: &mut WriteTx<'_>,
    vault: &Vault,
    rows: &[Prepared],
) -> Result<(People, BTreeSet<PersonId>), Failure> {
    let mut people = tx.people_by_number(IdKind::ResidentId.get(), &numbers(rows))?;
    // In the order of their numbers: two transactions never wait for each other in a circle.
    let mut unknown: BTreeMap<[u8; 32], &Matched> = BTreeMap::new();
    for row in rows.iter().filter_map(|row| row.read.as_ref().ok()) {
        if !people.contains_key(&row.number_index) {
            unknown.entry(row.number_index).or_insert(row);
        }
    }
    let new = unknown.into_values().map(|row| new_person(tx, vault, row));
    let new = new.collect::<Result<Vec<NewPerson>, Failure>>()?;
    let added = tx.add_people(&new)?;
    let (mut late, mut newcomers) = (Vec::new(), BTreeSet::new());
    for (new, added) in new.into_iter().zip(added) {
        if added {
            newcomers.insert(new.id);
            people.insert(new.number_index, new.known(tx.now()));
        } else {
            late.push(new.number_index);
        }
    }
    people.extend(tx.people_by_number(IdKind::ResidentId.get(), &late)?);
    Ok((people, newcomers))
}

fn new_person(tx: &WriteTx<'_>, vault: &Vault, row: &Matched) -> Result<NewPerson, Failure> {
    let id = PersonId::at(tx.now(), tx.bits());
    let (key, wrapped) = vault.new_data_key()?;
    let identity = serde_json::json!({
        "number": row.row.number.expose(),
        "name": row.row.name.expose(),
    });
    let plain = zeroize::Zeroizing::new(identity.to_string());
    let sealed = key.seal(&identity_label(id), plain.as_bytes())?;
    Ok(NewPerson {
        id,
        kind: IdKind::ResidentId.get(),
        number_index: row.number_index,
        name_index: row.name_index,
        sealed,
        master: wrapped.master,
        wrapped: wrapped.bytes,
    })
}

/// Who has the number and the name of a row.
pub fn person_of(prepared: &Prepared, people: &People) -> Option<PersonId> {
    let row = prepared.read.as_ref().ok()?;
    let known = people.get(&row.number_index)?;
    (known.name_index == row.name_index).then_some(known.id)
}

/// What binds a sealed identity to its person.
pub fn identity_label(person: PersonId) -> Vec<u8> {
    [b"person".as_slice(), &person.get().to_be_bytes()].concat()
}
