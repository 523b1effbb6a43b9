//! What open differences mean for a verdict: hours that may come to count wait, and so do those that may
//! cease to.

use crate::app::service::Directory;
use crate::domain::hours::Hours;
use crate::domain::ledger::difference::{Difference, DifferenceKind};
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::posting::Posting;
use crate::domain::record::{Record, Status};
use crate::domain::timestamp::Timestamp;

/// The differences of a person that were open at an instant.
pub(super) struct OpenDifferences<'d>(Vec<&'d Difference>);

impl<'d> OpenDifferences<'d> {
    /// Those of all differences.
    pub(super) fn of(all: &'d [Difference], as_of: Timestamp) -> OpenDifferences<'d> {
        let open = |one: &&Difference| {
            one.opened_at <= as_of && one.closed.is_none_or(|(at, _)| at > as_of)
        };
        OpenDifferences(all.iter().filter(open).collect())
    }

    /// Hours that may come to count: a suspected duplicate, a record that the source lists and that is
    /// not here, one that contradicts a decision.
    pub(super) fn waiting(&self, directory: &Directory) -> Vec<Record> {
        let waits = self.0.iter().filter(|one| is_held(one));
        waits
            .filter_map(|one| {
                let posting = one.posting.as_ref()?;
                Some(record(posting, directory.code(one.source), Status::Pending))
            })
            .collect()
    }

    /// Whether the hours of an entry that was taken back wait as a difference.
    pub(super) fn holds(&self, entry: &Entry) -> bool {
        let same = |one: &&&Difference| one.source == entry.source && one.key == entry.ext_key;
        self.0.iter().filter(same).any(|one| is_held(one))
    }

    /// What an entry that stands is told as.
    pub(super) fn told(&self, entry: &Entry) -> Vec<(Posting, Status)> {
        let own = |one: &&&Difference| one.entry_seq == Some(entry.seq);
        let doubt =
            self.0.iter().filter(own).find(|one| {
                matches!(one.kind, DifferenceKind::MissingThere | DifferenceKind::Differs)
            });
        let here = &entry.posting;
        let Some(doubt) = doubt else { return vec![(here.clone(), Status::Confirmed)] };
        let Some(there) = doubt.posting.as_ref().filter(|_| doubt.kind == DifferenceKind::Differs)
        else {
            return vec![(here.clone(), Status::Pending)];
        };
        let with = |hours: Hours| Posting { hours, ..here.clone() };
        if (there.year, there.category) == (here.year, here.category) {
            let least = here.hours.min(there.hours);
            let rest = here.hours.max(there.hours) - least;
            let rest = (rest != Hours::ZERO).then(|| (with(rest), Status::Pending));
            return std::iter::once((with(least), Status::Confirmed)).chain(rest).collect();
        }
        vec![(here.clone(), Status::Pending), (there.clone(), Status::Pending)]
    }
}

/// Whether its hours do not count now, and may.
fn is_held(one: &Difference) -> bool {
    matches!(
        one.kind,
        DifferenceKind::Duplicate
            | DifferenceKind::MissingHere
            | DifferenceKind::ContradictsDecision
    )
}

/// Hours as the judge is given them.
pub(super) fn record(posting: &Posting, source: Box<str>, status: Status) -> Record {
    Record {
        year: posting.year,
        category: posting.category,
        hours: posting.hours,
        source,
        basis: posting.particulars.basis.clone(),
        status,
    }
}
