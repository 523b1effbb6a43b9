//! A policy with its ancestors, and the clauses of all of them that are in force under a choice of
//! readings.

use super::catalog::Catalog;
use super::model::{Clause, Policy};
use super::readings::{self, Choice, Recorded};
use crate::domain::fields::Problems;

/// A policy with its ancestors and every reading on file for them.
#[derive(Clone, Debug)]
pub struct Ancestry<'c> {
    /// Nearest first.
    pub policies: Vec<&'c Policy>,
    /// Nearest first.
    pub readings: Vec<Recorded<'c>>,
}

/// A clause in force, and the policy that states it.
#[derive(Clone, Debug)]
pub struct InForce<'c> {
    /// The policy.
    pub owner: &'c Policy,
    /// The clause, under the readings chosen.
    pub clause: Clause,
}

impl<'c> Ancestry<'c> {
    /// The ancestry of a policy.
    pub fn of(catalog: &'c Catalog, policy: &'c Policy) -> Ancestry<'c> {
        let policies = catalog.ancestry(policy);
        let readings = readings::recorded(&policies);
        Ancestry { policies, readings }
    }

    /// The clauses in force: own ones first, without those that are off, replaced, or give way.
    pub fn in_force(&self, choice: &Choice) -> Result<Vec<InForce<'c>>, Problems> {
        let changes = readings::changes(&self.readings, choice);
        let mut clauses = Vec::new();
        for owner in &self.policies {
            for source in &owner.clauses {
                let mine: Vec<_> = changes
                    .iter()
                    .filter(|(from, c)| readings::concerns(c, from, owner, &source.clause.id))
                    .map(|(_, change)| *change)
                    .collect();
                let clause = readings::apply(source, &mine)?;
                if !clause.off {
                    clauses.push(InForce { owner, clause });
                }
            }
        }
        let name = |c: &InForce<'_>| format!("{}#{}", c.owner.id, c.clause.id);
        let replaced: Vec<String> = clauses
            .iter()
            .flat_map(|c| c.clause.overrides.iter().map(|reference| reference.name.clone()))
            .collect();
        clauses.retain(|c| !replaced.contains(&name(c)));
        let present: Vec<String> = clauses.iter().map(name).collect();
        clauses.retain(|c| !c.clause.yields_to.iter().any(|r| present.contains(&r.name)));
        Ok(clauses)
    }
}
