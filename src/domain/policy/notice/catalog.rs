//! The policies at hand: which file answers for a declaration, and its ancestry.

use std::collections::HashMap;

use super::model::{Clause, Policy};
use crate::domain::declaration::Jurisdiction;
use crate::domain::year::Year;

/// All policies, checked against each other.
#[derive(Clone, Debug)]
pub struct Catalog {
    policies: Vec<Policy>,
    by_id: HashMap<String, usize>,
    by_place: HashMap<Jurisdiction, Vec<usize>>,
}

/// The policy that answers for a declaration.
#[derive(Clone, Copy, Debug)]
pub struct Selected<'c> {
    /// The policy.
    pub policy: &'c Policy,
    /// Whether a county is answered by its city's file.
    pub inherited: bool,
}

impl Catalog {
    /// Policies that nobody has looked at yet; [`super::validate`] does.
    pub(super) fn unchecked(policies: Vec<Policy>) -> Catalog {
        let mut by_id = HashMap::new();
        let mut by_place: HashMap<Jurisdiction, Vec<usize>> = HashMap::new();
        for (index, policy) in policies.iter().enumerate() {
            by_id.entry(policy.id.clone()).or_insert(index);
            by_place.entry(policy.jurisdiction).or_default().push(index);
        }
        Catalog { policies, by_id, by_place }
    }

    /// Every policy, sorted by id.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// A policy by id.
    pub fn get(&self, id: &str) -> Option<&Policy> {
        self.by_id.get(id).and_then(|index| self.policies.get(*index))
    }

    /// The policy and its ancestors, nearest first.
    pub fn ancestry<'c>(&'c self, policy: &'c Policy) -> Vec<&'c Policy> {
        let mut ancestry = vec![policy];
        let mut next = policy.extends.as_ref();
        while let Some(parent) = next.and_then(|reference| self.get(&reference.name)) {
            if ancestry.iter().any(|seen| seen.id == parent.id) {
                break;
            }
            ancestry.push(parent);
            next = parent.extends.as_ref();
        }
        ancestry
    }

    /// The policy for a jurisdiction and declaring year: its own, else its city's.
    ///
    /// A province's or the nation's file never answers for a city: nothing continues by silence.
    pub fn select(&self, jurisdiction: Jurisdiction, year: Year) -> Option<Selected<'_>> {
        let of = |place: Jurisdiction| {
            let here = self.by_place.get(&place).into_iter().flatten();
            here.filter_map(|index| self.policies.get(*index))
                .find(|policy| policy.declaring_years.is_some_and(|years| years.contains(year)))
        };
        match of(jurisdiction) {
            Some(policy) => Some(Selected { policy, inherited: false }),
            None => of(jurisdiction.city()?).map(|policy| Selected { policy, inherited: true }),
        }
    }

    /// A clause by `policy#clause`, or by its id inside `policy`.
    pub fn clause<'c>(
        &'c self,
        policy: &'c Policy,
        name: &str,
    ) -> Option<(&'c Policy, &'c Clause)> {
        let (owner, id) = match name.split_once('#') {
            Some((owner, id)) => (self.get(owner)?, id),
            None => (policy, name),
        };
        let found = owner.clauses.iter().find(|source| source.clause.id == id)?;
        Some((owner, &found.clause))
    }
}
