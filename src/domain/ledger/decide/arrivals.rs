//! Rows as they arrive, compared with what is on file of their keys: whose accounts they need.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::novelty::{Line, Novelties, Novelty};
use super::{Row, Statement};
use crate::domain::ids::{BatchId, PersonId};
use crate::domain::ledger::account::Extent;
use crate::domain::ledger::claim::Claim;
use crate::domain::ledger::source_record::SourceRecord;
use crate::domain::ledger::sources::Sources;
use crate::domain::timestamp::Timestamp;

/// What is on file of the keys of rows.
#[derive(Clone, Debug, Default)]
pub struct OnFile {
    /// What keys were used for before; those that were free are not among them.
    pub claims: HashMap<Box<str>, Claim>,
    /// What feeds state of them.
    pub records: HashMap<Box<str>, SourceRecord>,
}

/// Rows of one source that arrive together, in a batch and at an instant.
pub struct Arrivals<'r> {
    pub(super) sources: Sources<'r>,
    pub(super) batch: BatchId,
    pub(super) now: Timestamp,
    pub(super) rows: Vec<Row<'r>>,
    pub(super) lines: Vec<Option<Line<'r>>>,
}

/// Rows of one source beside what is on file of their keys.
pub struct Intake<'r> {
    pub(super) arrivals: Arrivals<'r>,
    pub(super) novelties: Vec<Novelty>,
    pub(super) on_file: OnFile,
}

impl<'r> std::ops::Deref for Intake<'r> {
    type Target = Arrivals<'r>;
    fn deref(&self) -> &Arrivals<'r> {
        &self.arrivals
    }
}

impl<'r> Arrivals<'r> {
    /// Rows, as they arrive.
    pub fn new(
        (sources, batch, now): (Sources<'r>, BatchId, Timestamp),
        rows: Vec<Row<'r>>,
    ) -> Arrivals<'r> {
        let lines = rows.iter().map(Line::of).collect();
        Arrivals { sources, batch, now, rows, lines }
    }

    /// The claims by which the rows take their keys, one for each key: that of the first row.
    pub fn claims(&self) -> Vec<Claim> {
        let mut taken = HashSet::with_capacity(self.rows.len());
        let claim = |(row, line): (&Row<'_>, &Option<Line<'r>>)| {
            let line = line.as_ref()?;
            let revision = match row.statement {
                Statement::Posted { revision } => revision,
                Statement::Stated(_) => 1,
            };
            taken.insert(line.key).then(|| line.claim(revision))
        };
        self.rows.iter().zip(&self.lines).filter_map(claim).collect()
    }

    /// Compares the rows with what is on file of their keys.
    pub fn compare(self, on_file: OnFile) -> Intake<'r> {
        let mut looking = Novelties::new(&on_file.claims, &on_file.records);
        let rows = self.rows.iter().zip(&self.lines);
        let novelties = rows.map(|(row, line)| looking.next(row, line.as_ref())).collect();
        Intake { arrivals: self, novelties, on_file }
    }
}

/// What of a person an intake needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Whether the account may change, and nobody else may write to it meanwhile.
    pub is_locked: bool,
    /// How much of it.
    pub extent: Extent,
}

/// What an intake needs to decide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Keys on file that may be used for something else.
    pub claims: Vec<Claim>,
    /// Persons.
    pub people: BTreeMap<PersonId, Need>,
    /// Persons between whom a record moves: where one account is needed whole, the other one is too.
    pub pairs: Vec<(PersonId, PersonId)>,
}

impl Needs {
    fn add(&mut self, people: impl IntoIterator<Item = PersonId>, is_locked: bool, extent: Extent) {
        for person in people {
            let need = self.people.entry(person).or_default();
            need.is_locked |= is_locked;
            need.extent = need.extent.max(extent);
        }
    }
}

impl Intake<'_> {
    /// Whose accounts are needed to decide.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        let mut changing: BTreeSet<&str> = BTreeSet::new();
        let lines = self.lines.iter().zip(&self.novelties);
        for (line, novelty) in lines.filter_map(|(line, novelty)| Some((line.as_ref()?, novelty))) {
            let own = line.person;
            match novelty {
                Novelty::Fresh => needs.add(own, true, Extent::Head),
                Novelty::Correction(old) => {
                    changing.insert(line.key);
                    let old = owner(old);
                    needs.add(own.into_iter().chain(old), true, Extent::History);
                    needs.pairs.extend(own.zip(old).filter(|(own, old)| own != old));
                }
                Novelty::Conflict(old) if own == owner(old) => {
                    needs.add(own, false, Extent::History);
                }
                Novelty::Replay => {
                    needs.add(own, false, Extent::History);
                }
                Novelty::New => {
                    changing.insert(line.key);
                    let people = own.into_iter().chain(self.owner_on_file(line.key));
                    needs.add(people, true, Extent::Whole);
                }
                _ => {}
            }
        }
        let on_file = changing.into_iter().filter_map(|key| self.on_file.claims.get(key));
        needs.claims = on_file.cloned().collect();
        needs
    }

    /// Whose a record is by what is on file.
    pub(super) fn owner_on_file(&self, key: &str) -> Option<PersonId> {
        let stated = self.on_file.records.get(key).and_then(|one| one.person);
        stated.or_else(|| self.on_file.claims.get(key).and_then(owner))
    }

    /// Rows whose keys differ from each other, in rounds: the same key again sees what became of it.
    pub(super) fn rounds(&self) -> Vec<Vec<usize>> {
        let mut rounds: Vec<Vec<usize>> = Vec::new();
        let mut used: HashMap<&str, usize> = HashMap::with_capacity(self.rows.len());
        for (place, line) in self.lines.iter().enumerate() {
            let Some(line) = line else { continue };
            let round = used.entry(line.key).or_insert(0);
            match rounds.get_mut(*round) {
                Some(rows) => rows.push(place),
                None => rounds.push(vec![place]),
            }
            *round += 1;
        }
        rounds
    }
}

/// Whose hours a key was used for; none where nobody was certain.
pub(super) fn owner(claim: &Claim) -> Option<PersonId> {
    Some(claim.person).filter(|person| person.get() != 0)
}
