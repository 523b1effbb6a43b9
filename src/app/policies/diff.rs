//! How two policies, or two folders of them, differ, and whom the difference concerns.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::app::policies;
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::nearest::nearest;
use crate::domain::policy::compare::amend;
use crate::domain::policy::compare::delta::Delta;
use crate::domain::policy::compare::witness::{self, Found, Side};
use crate::domain::policy::notice::catalog::Catalog;
use crate::domain::policy::notice::model::Policy;
use crate::domain::policy::notice::parse;

/// How two sets of policies differ.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Policies that only the new folder has.
    pub added: Vec<Name>,
    /// Policies that only the old folder has.
    pub removed: Vec<Name>,
    /// Policies that differ.
    pub changed: Vec<Compared>,
    /// How many are the same, word for word.
    pub same: usize,
}

/// A policy's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Name {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The file it was read from.
    pub file: String,
}

/// Two policies that differ.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The old one.
    pub old: Name,
    /// The new one.
    pub new: Name,
    /// What differs.
    #[serde(flatten)]
    pub delta: Delta,
    /// Whom it concerns; null where neither policy answers for declarations.
    pub witnesses: Option<Found>,
}

/// One side of a comparison: every policy of a catalog, or one of them.
#[derive(Debug)]
pub struct Operand {
    catalog: Catalog,
    id: Option<String>,
}

impl Operand {
    /// A policy id of `base`, a folder, a file, or `FOLDER:ID`.
    pub fn open(text: &str, base: &Catalog) -> Result<Operand, Problems> {
        if base.get(text).is_some() {
            return Ok(Operand { catalog: base.clone(), id: Some(text.to_owned()) });
        }
        let path = Path::new(text);
        if path.is_dir() {
            return Ok(Operand { catalog: policies::load(Some(path))?, id: None });
        }
        if path.is_file() {
            return Operand::file(path, base);
        }
        let parts = text.rsplit_once(':').map(|(folder, id)| (PathBuf::from(folder), id));
        if let Some((folder, id)) = parts.filter(|(folder, _)| folder.is_dir()) {
            let catalog = policies::load(Some(&folder))?;
            if catalog.get(id).is_none() {
                return Err(vec![amend::unknown_policy(&catalog, id)]);
            }
            return Ok(Operand { catalog, id: Some(id.to_owned()) });
        }
        let ids = base.policies().iter().map(|policy| policy.id.as_str());
        let message = Message::new("not_an_operand")
            .with("found", text)
            .with("nearest", nearest(text, ids).join(", "));
        Err(vec![Problem::at("", 0, message)])
    }

    /// One file, with the ancestors that it names taken from `base`.
    fn file(path: &Path, base: &Catalog) -> Result<Operand, Problems> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let message = Message::new("unreadable").with("path", &name).with("why", error);
            vec![Problem::at("", 0, message)]
        })?;
        let policy = parse::policy(&name, &text)?;
        let id = Some(policy.id.clone());
        let mut policies = vec![policy];
        let parent = policies.first().and_then(|policy| policy.extends.as_ref());
        if let Some(parent) = parent.and_then(|reference| base.get(&reference.name)) {
            let others = base.ancestry(parent).into_iter().filter(|p| Some(&p.id) != id.as_ref());
            policies.extend(others.cloned());
        }
        policies.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Operand { catalog: Catalog::join(policies)?, id })
    }

    fn pick(&self, id: &str) -> Result<&Policy, Problems> {
        self.catalog.get(id).ok_or_else(|| vec![amend::unknown_policy(&self.catalog, id)])
    }
}

/// Compares two sides. A folder beside a single policy gives the policy of that id.
pub fn compare(old: &Operand, new: &Operand) -> Result<Report, Problems> {
    let pair = match (&old.id, &new.id) {
        (Some(a), Some(b)) => Some((old.pick(a)?, new.pick(b)?)),
        (Some(id), None) | (None, Some(id)) => Some((old.pick(id)?, new.pick(id)?)),
        (None, None) => None,
    };
    let mut report = Report::default();
    if let Some((a, b)) = pair {
        report.add(old, a, new, b)?;
        return Ok(report);
    }
    for policy in old.catalog.policies() {
        match new.catalog.get(&policy.id) {
            Some(other) => report.add(old, policy, new, other)?,
            None => report.removed.push(name(policy)),
        }
    }
    let added = new.catalog.policies().iter().filter(|p| old.catalog.get(&p.id).is_none());
    report.added.extend(added.map(name));
    Ok(report)
}

impl Report {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    fn add(
        &mut self,
        old: &Operand,
        a: &Policy,
        new: &Operand,
        b: &Policy,
    ) -> Result<(), Problems> {
        let delta = Delta::between((&old.catalog, a), (&new.catalog, b));
        if delta.is_empty() {
            self.same += 1;
            return Ok(());
        }
        let answers = a.declaring_years.is_some() || b.declaring_years.is_some();
        let sides =
            (Side { catalog: &old.catalog, policy: a }, Side { catalog: &new.catalog, policy: b });
        let witnesses = if answers { Some(witness::find(sides.0, sides.1)?) } else { None };
        self.changed.push(Compared { old: name(a), new: name(b), delta, witnesses });
        Ok(())
    }
}

fn name(policy: &Policy) -> Name {
    Name { id: policy.id.clone(), name: policy.name.clone(), file: policy.file.clone() }
}
