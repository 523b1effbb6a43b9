//! What became of a row: exactly one outcome each, from a closed list that is never renamed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::discreet;
use crate::domain::message::Message;

/// What became of a submitted row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// In the ledger.
    Posted,
    /// The same row was taken before; nothing was done.
    Replayed,
    /// A higher revision took the place of an earlier one.
    Corrected,
    /// An earlier row was taken back.
    Reversed,
    /// Waits for the competent authority 主管部门.
    Pending,
    /// Suspected to be something else than it says; waits for somebody to look.
    Held,
    /// It contradicts what is known of the person; waits for somebody to look.
    Quarantined,
    /// The key was used for something else.
    Conflict,
    /// The row is wrong in itself.
    Rejected,
    /// Nothing wrong with this row, but another one of an all-or-nothing batch failed.
    Aborted,
    /// Not done now; sending it again is right.
    Deferred,
}

impl Outcome {
    /// Every outcome; the place in this list, from 1, is the number that is stored.
    pub const ALL: [Outcome; 11] = [
        Outcome::Posted,
        Outcome::Replayed,
        Outcome::Corrected,
        Outcome::Reversed,
        Outcome::Pending,
        Outcome::Held,
        Outcome::Quarantined,
        Outcome::Conflict,
        Outcome::Rejected,
        Outcome::Aborted,
        Outcome::Deferred,
    ];

    /// The name in API and files.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Posted => "posted",
            Outcome::Replayed => "replayed",
            Outcome::Corrected => "corrected",
            Outcome::Reversed => "reversed",
            Outcome::Pending => "pending",
            Outcome::Held => "held",
            Outcome::Quarantined => "quarantined",
            Outcome::Conflict => "conflict",
            Outcome::Rejected => "rejected",
            Outcome::Aborted => "aborted",
            Outcome::Deferred => "deferred",
        }
    }

    /// From the name.
    pub fn from_name(name: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    /// The number that is stored.
    pub fn number(self) -> i16 {
        let place = Outcome::ALL.iter().position(|outcome| *outcome == self).unwrap_or_default();
        i16::try_from(place + 1).unwrap_or_default()
    }

    /// From the number that is stored.
    pub fn from_number(number: i16) -> Option<Outcome> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        Outcome::ALL.get(place).copied()
    }

    /// Whether the row did what it was sent for.
    pub const fn is_success(self) -> bool {
        matches!(
            self,
            Outcome::Posted
                | Outcome::Replayed
                | Outcome::Corrected
                | Outcome::Reversed
                | Outcome::Pending
        )
    }

    /// Whether sending the same row again can help.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Outcome::Aborted | Outcome::Deferred)
    }
}

/// Why a row did not succeed, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// The field, such as `person.number`; empty for the row as a whole.
    pub field: String,
    /// What is wrong.
    pub message: Message,
}

impl RowProblem {
    /// A problem of a field.
    pub fn at(field: impl Into<String>, message: Message) -> RowProblem {
        RowProblem { field: field.into(), message }
    }
}

/// Problems as they are stored: codes, fields and arguments; none where there are none.
pub fn stored_text(problems: &[RowProblem]) -> Option<String> {
    if problems.is_empty() {
        return None;
    }
    let all: Vec<_> = problems
        .iter()
        .map(|problem| {
            let message = problem.message.clone().discreet();
            (message.code, discreet::shown(&problem.field), message.args)
        })
        .collect();
    serde_json::to_string(&all).ok()
}

/// A row that is wrong in itself.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// `held` where somebody has to look, else `rejected`.
    pub outcome: Outcome,
    /// Everything that is wrong, at least one thing.
    pub problems: Vec<RowProblem>,
    /// The key, where that much could be read.
    pub key: Option<Box<str>>,
}

impl Refusal {
    /// A row of which nothing can be read.
    pub fn of_row(message: Message) -> Refusal {
        let problems = vec![RowProblem::at("", message)];
        Refusal { outcome: Outcome::Rejected, problems, key: None }
    }
}

/// How many rows had which outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Outcome::ALL.len()]);

impl Counts {
    /// Counts one more row.
    pub fn add(&mut self, outcome: Outcome) {
        self.add_many(outcome, 1);
    }

    /// Counts more rows.
    pub fn add_many(&mut self, outcome: Outcome, rows: u64) {
        let place = Outcome::ALL.iter().position(|other| *other == outcome);
        if let Some(count) = place.and_then(|place| self.0.get_mut(place)) {
            *count += rows;
        }
    }

    /// Counts what others counted.
    pub fn add_all(&mut self, others: &Counts) {
        for (outcome, rows) in others.occurred() {
            self.add_many(outcome, rows);
        }
    }

    /// From the text that is stored; none where it does not read.
    pub fn read(written: &str) -> Option<Counts> {
        let read: BTreeMap<&str, u64> = serde_json::from_str(written).ok()?;
        let mut counts = Counts::default();
        for (name, rows) in read {
            counts.add_many(Outcome::from_name(name)?, rows);
        }
        Some(counts)
    }

    /// How many rows had this outcome.
    pub fn of(&self, outcome: Outcome) -> u64 {
        let place = Outcome::ALL.iter().position(|other| *other == outcome);
        place.and_then(|place| self.0.get(place)).copied().unwrap_or_default()
    }

    /// All rows.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Outcomes that occurred, with their counts.
    pub fn occurred(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        Outcome::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }
}

impl Serialize for Counts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.occurred().map(|(outcome, count)| (outcome.name(), count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_read_back() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_number(outcome.number()), Some(outcome));
            assert_eq!(Outcome::from_name(outcome.name()), Some(outcome));
        }
        assert_eq!(Outcome::from_number(0), None);
        assert_eq!(Outcome::from_number(12), None);
    }

    #[test]
    fn counts_read_back_or_not_at_all() {
        let mut counts = Counts::default();
        counts.add_many(Outcome::Posted, 3);
        counts.add(Outcome::Held);
        let written = serde_json::to_string(&counts).unwrap();
        assert_eq!(Counts::read(&written), Some(counts));
        assert_eq!(Counts::read("{}"), Some(Counts::default()));
        for damaged in ["", "[]", "{", r#"{"posted":"3"}"#, r#"{"posted":-1}"#, r#"{"lost":1}"#] {
            assert_eq!(Counts::read(damaged), None, "{damaged}");
        }
    }
}
