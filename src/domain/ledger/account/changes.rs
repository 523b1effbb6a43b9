//! What changed on an account since it was loaded.

use super::{Account, Record};
use crate::domain::ledger::change_set::{ChangeSet, ClosedDifference, ClosedPending};

/// A value, and whether it is on file as it is.
#[derive(Clone, Debug)]
pub(in crate::domain::ledger) struct Tracked<T> {
    pub(in crate::domain::ledger) value: T,
    pub(in crate::domain::ledger) change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain::ledger) enum Change {
    None,
    Added,
    Closed,
    /// A rule had closed it when it was opened, and a reviewer says something else.
    Resettled,
}

impl<T> Tracked<T> {
    pub(super) fn on_file(value: T) -> Tracked<T> {
        Tracked { value, change: Change::None }
    }

    pub(in crate::domain::ledger) fn added(value: T) -> Tracked<T> {
        Tracked { value, change: Change::Added }
    }

    /// Notes that the value is closed; what was added a moment ago is still only added.
    pub(in crate::domain::ledger) fn close(&mut self) {
        if self.change == Change::None {
            self.change = Change::Closed;
        }
    }
}

impl Account {
    /// What changed, to be written.
    pub fn into_changes(self) -> ChangeSet {
        let mut changes = ChangeSet::default();
        self.write(&mut changes);
        changes
    }

    /// Moves what changed into what is to be written.
    pub(in crate::domain::ledger) fn write(mut self, changes: &mut ChangeSet) {
        changes.entries.extend(self.entries.drain(self.on_file..));
        for Tracked { value, change } in self.pendings {
            match (change, value.closed) {
                (Change::Added, _) => changes.pendings.push(value),
                (Change::Closed, Some((at, outcome))) => {
                    changes.closed_pendings.push(ClosedPending {
                        pending: (value.person, value.batch, value.row_no),
                        at,
                        outcome,
                        decision: value.decision,
                        entry_seq: value.entry_seq,
                    });
                }
                _ => {}
            }
        }
        for Tracked { value, change } in self.differences {
            match (change, value.closed) {
                (Change::Added, _) => changes.differences.push(value),
                (Change::Closed | Change::Resettled, Some((at, resolution))) => {
                    changes.closed_differences.push(ClosedDifference {
                        person: value.person,
                        difference: value.id,
                        at,
                        resolution,
                        decision: value.decision,
                        noted: change == Change::Resettled,
                    });
                }
                _ => {}
            }
        }
        changes.records.extend(self.records.into_iter().filter_map(Record::change));
    }
}
