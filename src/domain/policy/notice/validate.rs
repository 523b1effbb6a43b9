//! Reads and joins policy files, checking what would leave a question without one answer.

use super::ancestry::{Ancestry, InForce};
use super::catalog::Catalog;
use super::model::{Change, Kind, Policy, Reading, ReadingOption};
use super::parse::{self, reversed_span};
use super::readings;
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::node::{Node, Value};

/// The most exceptions that are in force together: which of them are needed is told by bits.
const MOST_EXCEPTIONS: usize = 64;

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
        let catalog = Catalog::unchecked(policies);
        let mut problems = Vec::new();
        for policy in catalog.policies() {
            catalog.check_unique(policy, &mut problems);
            catalog.check_ancestry(policy, &mut problems);
        }
        if problems.is_empty() {
            for policy in catalog.policies() {
                catalog.check_clauses(policy, &mut problems);
                check_readings(&catalog, policy, &mut problems);
            }
        }
        if problems.is_empty() {
            let mut refused: Vec<&str> = Vec::new();
            for policy in catalog.policies() {
                // What is wrong with an ancestor has been told of the ancestor.
                let ancestry = catalog.ancestry(policy);
                let is_told = ancestry.iter().any(|p| refused.contains(&p.id.as_str()));
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
        if let Some(other) = self.policies().iter().find(same_slot) {
            let message = Message::new("two_files")
                .with("jurisdiction", policy.jurisdiction)
                .with("other", &other.file);
            let problem = Problem::at("declaring_years", policy.years_line, message);
            problems.push(problem.in_file(&policy.file));
        }
    }

    fn check_ancestry(&self, policy: &Policy, problems: &mut Problems) {
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
        let ancestry = self.ancestry(policy);
        let in_ancestry = |owner: &Policy| ancestry.iter().any(|p| p.id == owner.id);
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
                if target.is_none_or(|(owner, _)| !in_ancestry(owner) || owner.id == policy.id) {
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
                if target.is_none_or(|(owner, t)| !in_ancestry(owner) || !t.kind.is_requirement()) {
                    let field = format!("{}.instead_of", clause.id);
                    problems.push(dangling(policy, &field, &instead_of.name, instead_of.line));
                }
            }
        }
    }

    /// However the open readings are read together, every clause can be read, no year of anybody has
    /// two annual standards, and there are no more exceptions than can be told apart.
    fn check_in_force(&self, policy: &Policy, problems: &mut Problems) {
        let ancestry = Ancestry::of(self, policy);
        let base = readings::chosen(&ancestry.readings);
        // All that are judged by; and the settled readings, which are tested one by one.
        let mut choices = readings::combinations(&ancestry.readings, &base);
        for (at, recorded) in ancestry.readings.iter().enumerate().filter(|(_, r)| !r.reading.open)
        {
            choices.extend((0..recorded.reading.options.len()).map(|option| base.with(at, option)));
        }
        for choice in choices {
            let clauses = match ancestry.in_force(&choice) {
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
        let ancestry = self.ancestry(policy);
        ancestry.iter().skip(1).any(|p| {
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
fn dangling(policy: &Policy, field: &str, name: &str, line: u32) -> Problem {
    let message = Message::new("dangling").with("field", field).with("name", name);
    Problem::at(field, line, message).in_file(&policy.file)
}

/// Checks that every option of every reading names clauses of the ancestry and leaves them readable.
fn check_readings(catalog: &Catalog, policy: &Policy, problems: &mut Problems) {
    let ancestry = catalog.ancestry(policy);
    let mut product = 1usize;
    for reading in &policy.readings {
        if reading.open {
            product = product.saturating_mul(reading.options.len());
        }
        let target = catalog.clause(policy, &reading.clause.name);
        if target.is_none_or(|(owner, _)| !ancestry.iter().any(|p| p.id == owner.id)) {
            let field = format!("{}.clause", reading.id);
            let name = &reading.clause.name;
            problems.push(dangling(policy, &field, name, reading.clause.line));
        }
        for option in &reading.options {
            check_option(&ancestry, policy, reading, option, problems);
        }
        if product > readings::MOST_COMBINATIONS {
            let message =
                Message::new("too_many_readings").with("most", readings::MOST_COMBINATIONS);
            let problem = Problem::at(reading.id.as_str(), reading.line, message);
            problems.push(problem.in_file(&policy.file));
            return;
        }
    }
}

/// The changes of one option are made together, as they are when it is chosen.
fn check_option(
    ancestry: &[&Policy],
    policy: &Policy,
    reading: &Reading,
    option: &ReadingOption,
    problems: &mut Problems,
) {
    for (at, change) in option.set.iter().enumerate() {
        let owner = change.policy.as_ref().unwrap_or(&policy.id);
        let source = ancestry
            .iter()
            .find(|p| p.id == *owner)
            .and_then(|p| p.clauses.iter().find(|source| source.clause.id == change.clause));
        let Some(source) = source else {
            let field = format!("{}.options.{}.set", reading.id, option.name);
            let name = format!("{owner}#{}", change.clause);
            problems.push(dangling(policy, &field, &name, change.value.line));
            continue;
        };
        let of_clause = |other: &&Change| {
            other.clause == change.clause && other.policy.as_ref().unwrap_or(&policy.id) == owner
        };
        let together: Vec<&Change> = option.set.iter().filter(of_clause).collect();
        if option.set.iter().position(|other| of_clause(&other)) != Some(at) {
            continue;
        }
        let found = match readings::apply(source, &together) {
            Ok(clause) => {
                let reversed = reversed_span(&clause.kind, &change.value, &clause.id);
                reversed.into_iter().collect()
            }
            Err(found) => found,
        };
        problems.extend(found.into_iter().map(|problem| {
            // What the changes leave wrong in the clause itself is told where they are made.
            let is_own = together.iter().any(|change| holds_line(&change.value, problem.line));
            let line = if is_own { problem.line } else { change.value.line };
            Problem { line, ..problem }.in_file(&policy.file)
        }));
    }
}

/// Whether a value, or a part of it, stands on this line.
fn holds_line(node: &Node, line: u32) -> bool {
    node.line == line
        || match &node.value {
            Value::List(items) => items.iter().any(|item| holds_line(item, line)),
            Value::Map(entries) => entries.iter().any(|(_, item)| holds_line(item, line)),
            _ => false,
        }
}
