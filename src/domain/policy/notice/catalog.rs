//! The policies at hand: which file answers for a declaration, and its chain of ancestors.

use std::collections::HashMap;

use super::model::{Clause, Kind, Policy};
use super::parse;
use super::readings;
use crate::domain::declaration::Jurisdiction;
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::policy::plan::compile::{Chain, InForce};
use crate::domain::year::Year;

/// All policies, checked against each other.
#[derive(Clone, Debug)]
pub struct Catalog {
    policies: Vec<Policy>,
    by_id: HashMap<String, usize>,
    by_place: HashMap<Jurisdiction, Vec<usize>>,
}

/// The most exceptions that are in force together: which of them are needed is told by bits.
const MOST_EXCEPTIONS: usize = 64;

/// The policy that answers for a declaration.
#[derive(Clone, Copy, Debug)]
pub struct Selected<'c> {
    /// The policy.
    pub policy: &'c Policy,
    /// Whether a county is answered by its city's file.
    pub inherited: bool,
}

impl Catalog {
    /// Reads and joins policy files `(name, text)`; all problems of all files come back together.
    pub fn from_texts<'t>(
        files: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Catalog, Problems> {
        let (mut policies, mut problems) = (Vec::new(), Vec::new());
        for (name, text) in files {
            match parse::policy(name, text) {
                Ok(policy) => policies.push(policy),
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        policies.sort_by(|a, b| a.id.cmp(&b.id));
        Catalog::join(policies)
    }

    /// Joins policies, checking what would leave a question without one answer.
    pub fn join(policies: Vec<Policy>) -> Result<Catalog, Problems> {
        let mut by_id = HashMap::new();
        let mut by_place: HashMap<Jurisdiction, Vec<usize>> = HashMap::new();
        for (index, policy) in policies.iter().enumerate() {
            by_id.entry(policy.id.clone()).or_insert(index);
            by_place.entry(policy.jurisdiction).or_default().push(index);
        }
        let catalog = Catalog { policies, by_id, by_place };
        let mut problems = Vec::new();
        for policy in &catalog.policies {
            catalog.check_unique(policy, &mut problems);
            catalog.check_chain(policy, &mut problems);
        }
        if problems.is_empty() {
            for policy in &catalog.policies {
                catalog.check_clauses(policy, &mut problems);
                readings::check(&catalog, policy, &mut problems);
            }
        }
        if problems.is_empty() {
            let mut refused: Vec<&str> = Vec::new();
            for policy in &catalog.policies {
                // What is wrong with an ancestor has been told of the ancestor.
                let chain = catalog.chain(policy);
                let is_told = chain.iter().any(|p| refused.contains(&p.id.as_str()));
                let before = problems.len();
                if !is_told {
                    catalog.check_in_force(policy, &mut problems);
                }
                if is_told || problems.len() > before {
                    refused.push(&policy.id);
                }
            }
        }
        if problems.is_empty() { Ok(catalog) } else { Err(problems) }
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
    pub fn chain<'c>(&'c self, policy: &'c Policy) -> Vec<&'c Policy> {
        let mut chain = vec![policy];
        let mut next = policy.extends.as_ref();
        while let Some(parent) = next.and_then(|reference| self.get(&reference.name)) {
            if chain.iter().any(|seen| seen.id == parent.id) {
                break;
            }
            chain.push(parent);
            next = parent.extends.as_ref();
        }
        chain
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

    fn check_unique(&self, policy: &Policy, problems: &mut Problems) {
        let first = self.get(&policy.id);
        if first.is_some_and(|first| !std::ptr::eq(first, policy)) {
            let message = Message::new("duplicate_policy").with("id", &policy.id);
            problems.push(Problem::at("id", policy.id_line, message).in_file(&policy.file));
        }
        // Reported on the later of the two.
        let same_slot = |other: &&Policy| {
            (&other.file, &other.id) < (&policy.file, &policy.id)
                && other.jurisdiction == policy.jurisdiction
                && match (other.declaring_years, policy.declaring_years) {
                    (Some(a), Some(b)) => a.overlaps(b),
                    _ => false,
                }
        };
        if let Some(other) = self.policies.iter().find(same_slot) {
            let message = Message::new("two_files")
                .with("jurisdiction", policy.jurisdiction)
                .with("other", &other.file);
            let problem = Problem::at("declaring_years", policy.years_line, message);
            problems.push(problem.in_file(&policy.file));
        }
    }

    fn check_chain(&self, policy: &Policy, problems: &mut Problems) {
        let Some(extends) = &policy.extends else { return };
        if self.get(&extends.name).is_none() {
            problems.push(dangling(policy, "extends", &extends.name, extends.line));
            return;
        }
        let mut seen = vec![policy.id.as_str()];
        let mut next = Some(extends);
        while let Some(parent) = next.and_then(|reference| self.get(&reference.name)) {
            // A circle further up is reported where it is.
            if seen.contains(&parent.id.as_str()) && parent.id != policy.id {
                return;
            }
            if parent.id == policy.id {
                let message = Message::new("circular_extends").with("id", &policy.id);
                let problem = Problem::at("extends", extends.line, message);
                problems.push(problem.in_file(&policy.file));
                return;
            }
            seen.push(&parent.id);
            next = parent.extends.as_ref();
        }
    }

    fn check_clauses(&self, policy: &Policy, problems: &mut Problems) {
        let chain = self.chain(policy);
        let in_chain = |owner: &Policy| chain.iter().any(|p| p.id == owner.id);
        for source in &policy.clauses {
            let clause = &source.clause;
            if !policy.documents.iter().any(|document| document.id == clause.cite.doc) {
                let field = format!("{}.cite.doc", clause.id);
                let doc = source.raw.get("cite").and_then(|cite| cite.get("doc"));
                let line = doc.map_or(clause.line, |doc| doc.line);
                problems.push(dangling(policy, &field, &clause.cite.doc, line));
            }
            for reference in &clause.overrides {
                let target = self.clause(policy, &reference.name);
                if target.is_none_or(|(owner, _)| !in_chain(owner) || owner.id == policy.id) {
                    let field = format!("{}.overrides", clause.id);
                    problems.push(dangling(policy, &field, &reference.name, reference.line));
                }
            }
            for reference in &clause.yields_to {
                if !self.is_slot(policy, &reference.name) {
                    let field = format!("{}.yields_to", clause.id);
                    problems.push(dangling(policy, &field, &reference.name, reference.line));
                }
            }
            if let Kind::Cumulative { instead_of, .. } = &clause.kind {
                let target = self.clause(policy, &instead_of.name);
                if target.is_none_or(|(owner, t)| !in_chain(owner) || !t.kind.is_requirement()) {
                    let field = format!("{}.instead_of", clause.id);
                    problems.push(dangling(policy, &field, &instead_of.name, instead_of.line));
                }
            }
        }
    }

    /// However the open readings are read together, every clause can be read, no year of anybody has
    /// two annual standards, and there are no more exceptions than can be told apart.
    fn check_in_force(&self, policy: &Policy, problems: &mut Problems) {
        let chain = Chain::of(self, policy);
        let base = readings::chosen(&chain.readings);
        // All that are judged by; and the settled readings, which are tested one by one.
        let mut choices = readings::combinations(&chain.readings, &base);
        for (at, recorded) in chain.readings.iter().enumerate().filter(|(_, r)| !r.reading.open) {
            choices.extend((0..recorded.reading.options.len()).map(|option| base.with(at, option)));
        }
        for choice in choices {
            let clauses = match chain.in_force(&choice) {
                Ok(clauses) => clauses,
                Err(found) => {
                    problems.extend(found.into_iter().map(|p| p.in_file(&policy.file)));
                    return;
                }
            };
            let of_exceptions = |c: &&InForce<'_>| matches!(c.clause.kind, Kind::Cumulative { .. });
            if let Some(c) = clauses.iter().filter(of_exceptions).nth(MOST_EXCEPTIONS) {
                let message = Message::new("too_many_exceptions").with("most", MOST_EXCEPTIONS);
                let problem = Problem::at(c.clause.id.as_str(), c.clause.line, message);
                problems.push(problem.in_file(&c.owner.file));
                return;
            }
            for (i, far) in clauses.iter().enumerate() {
                for near in clauses.iter().take(i).filter(|near| compete(near, far)) {
                    let problem = two_standards(near, far);
                    if !problems.contains(&problem) {
                        problems.push(problem);
                    }
                }
            }
        }
    }

    /// Whether a name is a clause or an open slot of an ancestor.
    fn is_slot(&self, policy: &Policy, name: &str) -> bool {
        let Some((owner, id)) = name.split_once('#') else { return false };
        let chain = self.chain(policy);
        chain.iter().skip(1).any(|p| {
            p.id == owner
                && (p.opens.iter().any(|open| open.id == id)
                    || p.clauses.iter().any(|source| source.clause.id == id))
        })
    }
}

/// Whether both state an annual standard for somebody's year.
fn compete(a: &InForce<'_>, b: &InForce<'_>) -> bool {
    matches!((&a.clause.kind, &b.clause.kind), (Kind::Annual(_), Kind::Annual(_)))
        && a.clause.applies.overlaps(&b.clause.applies)
        && a.clause.years.overlaps(b.clause.years)
}

/// Told where it can be mended: in the nearer file, and there in the later clause.
fn two_standards(near: &InForce<'_>, far: &InForce<'_>) -> Problem {
    let (at, other) = if near.owner.id == far.owner.id { (far, near) } else { (near, far) };
    let message = Message::new("two_standards")
        .with("clause", &at.clause.id)
        .with("other", format!("{}#{}", other.owner.id, other.clause.id));
    let field = format!("{}.years", at.clause.id);
    Problem::at(field, at.clause.line, message).in_file(&at.owner.file)
}

/// The problem of a name that nothing there bears.
pub(super) fn dangling(policy: &Policy, field: &str, name: &str, line: u32) -> Problem {
    let message = Message::new("dangling").with("field", field).with("name", name);
    Problem::at(field, line, message).in_file(&policy.file)
}
