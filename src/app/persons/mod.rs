//! Persons: comparing lists of them, and showing one to who may see them.

pub mod hourly;
pub mod item;
pub(crate) mod own_differences;
mod own_record;

use crate::app::posting::persons::identity_label;
use crate::app::reviews::Reviewer;
use crate::app::service::{Failure, Service};
use crate::domain::identity::{IdKind, IdNumber};
use crate::domain::ids::PersonId;
use crate::domain::person_name::PersonName;
use crate::store::{ReadTx, StoreError};

/// Who a person is, as it is shown.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Shown {
    /// The masked number.
    pub number: String,
    /// The name.
    pub name: String,
}

/// Who somebody is, as it is sealed.
#[derive(serde::Deserialize)]
struct Identity<'a> {
    number: &'a str,
    name: &'a str,
}

impl Service {
    /// Of each: `match`, `name_differs` or `unknown`.
    pub async fn match_people(
        &self,
        people: Vec<(IdNumber, PersonName)>,
    ) -> Result<Vec<&'static str>, Failure> {
        let indexes: Vec<([u8; 32], [u8; 32])> = people
            .iter()
            .map(|(number, name)| {
                let index = self.vault.blind_index(IdKind::ResidentId, number);
                (index, self.vault.name_index(&index, name))
            })
            .collect();
        self.store
            .read(move |tx| {
                let numbers: Vec<[u8; 32]> = indexes.iter().map(|(number, _)| *number).collect();
                let known = tx.people_by_number(IdKind::ResidentId.get(), &numbers)?;
                let result = |(number, name): &([u8; 32], [u8; 32])| match known.get(number) {
                    None => "unknown",
                    Some(known) if known.name_index == name => "match",
                    Some(_) => "name_differs",
                };
                Ok(indexes.iter().map(result).collect())
            })
            .await
    }

    /// The person with a number and a name, for a reviewer who has to do with them.
    pub async fn find_person(
        &self,
        reviewer: Reviewer,
        number: &IdNumber,
        name: &PersonName,
    ) -> Result<PersonId, Failure> {
        let index = self.vault.blind_index(IdKind::ResidentId, number);
        let name = self.vault.name_index(&index, name);
        let directory = self.directory().await?;
        self.store
            .read(move |tx| {
                let known = tx.people_by_number(IdKind::ResidentId.get(), &[index])?;
                let known = known.into_values().find(|known| known.name_index == name);
                let person = known.ok_or(Failure::Absent)?.id;
                let theirs = reviewer.has_to_do_with(tx, &directory, person)?;
                theirs.then_some(person).ok_or(Failure::Absent)
            })
            .await
    }

    /// A person's masked number and name; none where they were erased.
    pub fn shown(&self, tx: &mut ReadTx<'_>, id: PersonId) -> Result<Option<Shown>, Failure> {
        let Some((known, sealed)) = tx.person(id)? else { return Ok(None) };
        let Some(bytes) = known.wrapped else { return Ok(None) };
        let wrapped = crate::vault::WrappedKey { master: known.master, bytes };
        let plain = self.vault.unwrap(&wrapped)?.open(&identity_label(id), &sealed)?;
        let identity = serde_json::from_slice::<Identity>(&plain).ok();
        let shown = identity.and_then(|identity| {
            let number = IdNumber::parse(identity.number).ok()?.masked();
            Some(Shown { number, name: identity.name.to_owned() })
        });
        let damaged = || StoreError::Damaged(format!("person (person_id = {})", id.get()));
        Ok(Some(shown.ok_or_else(damaged)?))
    }
}
