//! What is true of the town, and what a ledger must hold of it in the end.

use std::collections::BTreeMap;

use serde::Serialize;

use super::record::{Standing, System};
use super::town::Town;
use crate::domain::category::Category;
use crate::domain::hours::Hours;

/// The recognised hours of a person's number in a year and category; nothing is zero.
pub type Expected = BTreeMap<(String, i16, Category), Hours>;

/// What one system holds of one event, as it is and not as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrueRecord {
    /// Which system.
    pub system: System,
    /// The id that the system sends; where it sends none, one of the town's own.
    pub key: String,
    /// Which event: the same in two systems is the same event.
    pub event: usize,
    /// Whose number.
    pub number: String,
    /// Whose name.
    pub name: String,
    /// The year that counts: a registry's own, else that of the day in China.
    pub year: i16,
    /// Which category.
    pub category: Category,
    /// The hours as the system has them.
    pub hours: Hours,
    /// What the system says of its recognition.
    pub standing: Standing,
    /// The title as the system has it.
    pub title: String,
}

/// What a ledger must hold: of each event the recognised record of the system that ranks best.
pub fn expected(truth: &[TrueRecord]) -> Expected {
    let mut kept: BTreeMap<usize, &TrueRecord> = BTreeMap::new();
    for record in truth.iter().filter(|record| record.standing == Standing::Recognised) {
        let best = kept.entry(record.event).or_insert(record);
        if record.system.rank() < best.system.rank() {
            *best = record;
        }
    }
    let mut sums = Expected::new();
    for record in kept.into_values() {
        let whose = (record.number.clone(), record.year, record.category);
        *sums.entry(whose).or_default() += record.hours;
    }
    sums.retain(|_, hours| *hours != Hours::ZERO);
    sums
}

impl Town {
    /// Every record of every system, as it is.
    pub fn truth(&self) -> Vec<TrueRecord> {
        let told = self.records.iter().filter_map(|record| {
            let event = self.events.get(record.event)?;
            let person = self.people.get(event.person)?;
            Some(TrueRecord {
                system: record.system,
                key: record.key.clone(),
                event: record.event,
                number: person.number.clone(),
                name: person.name.clone(),
                year: match record.system {
                    System::Hzhret => event.year(),
                    _ => record.year,
                },
                category: event.category,
                hours: record.hours,
                standing: record.standing,
                title: record.title.clone(),
            })
        });
        told.collect()
    }

    /// What a ledger that has taken everything must hold, whatever faults there were on the way.
    pub fn expected(&self) -> Expected {
        expected(&self.truth())
    }
}
