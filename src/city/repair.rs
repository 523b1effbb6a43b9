//! Faults are switched on and off. What one damaged on the wire is stated anew once it is off, as a
//! system does that has put its rows right.

use std::collections::BTreeSet;

use super::fault::{Effect, Fault};
use super::record::{Line, Standing, System, Told};
use super::town::Town;

/// How many records a fault makes that makes some for good.
const FEW: usize = 5;

/// Every third.
const fn is_struck(record: usize) -> bool {
    record % 3 == 1
}

impl Town {
    /// Whether the fault is on.
    pub fn on(&self, fault: Fault) -> bool {
        self.faults.contains_key(&fault)
    }

    /// The faults that are on.
    pub fn faults(&self) -> Vec<Fault> {
        self.faults.keys().copied().collect()
    }

    /// Switches a fault on or off.
    pub fn set_fault(&mut self, fault: Fault, on: bool) {
        self.asked.remove(&fault.system());
        match (on, self.on(fault)) {
            (true, false) => {
                let since = self.tick();
                self.faults.insert(fault, since);
                self.dropped.whole = true;
                match fault {
                    Fault::HuzhouEchoes => self.echo_all(),
                    Fault::HzhretNotSettled => self.never_settle(),
                    Fault::HzhretRechosen => self.choose_again(),
                    _ => {}
                }
            }
            (false, true) => {
                self.faults.remove(&fault);
                self.dropped.whole = true;
                for record in self.harmed.remove(&fault).unwrap_or_default() {
                    self.state_again(record);
                }
            }
            _ => {}
        }
    }

    /// Whether a fault that strikes some records strikes this one; then it is remembered.
    pub(super) fn strikes(&mut self, fault: Fault, record: usize) -> bool {
        let strikes = self.on(fault) && is_struck(record);
        if strikes {
            self.harm(fault, record);
        }
        strikes
    }

    /// The keys of a system's records that a fault strikes which strikes every third: those that there
    /// are now, whether it is on or not.
    pub fn struck_by(&self, fault: Fault) -> BTreeSet<String> {
        let own = self
            .records
            .iter()
            .enumerate()
            .filter(|(n, record)| record.system == fault.system() && is_struck(*n));
        own.map(|(_, record)| record.key.clone()).collect()
    }

    /// Remembers that a record was not sent as it is.
    pub(super) fn harm(&mut self, fault: Fault, record: usize) {
        if fault.effect() == Effect::Recoverable {
            self.harmed.entry(fault).or_default().insert(record);
        }
    }

    fn state_again(&mut self, n: usize) {
        let now = self.tick();
        let Some(record) = self.records.get_mut(n) else { return };
        match record.system {
            // Files are sent whole after a fault.
            System::Lishui | System::Jiaxing => {}
            System::Huzhou => {
                record.before = record.changed;
                record.changed = now;
            }
            System::Hzhret => {
                let hours = record.hours;
                let last = self.log.iter().rev().find(|line| line.record == n);
                let Some(said) = last.map(|line| line.said.clone()) else { return };
                let said = match said {
                    Told::Voided { .. } => self.voiding(n, hours),
                    said => said,
                };
                self.log.push(Line { record: n, stored: now, said });
            }
        }
    }

    fn echo_all(&mut self) {
        for n in 0..self.records.len() {
            if let Some(echo) = self.echo(n, 100) {
                self.change(echo, |record| record.standing = Standing::Recognised);
            }
        }
    }

    fn never_settle(&mut self) {
        let learns = |n: &usize| self.people.get(*n).is_some_and(|person| person.learns);
        let who: Vec<usize> = (0..self.people.len()).filter(learns).take(FEW).collect();
        for person in who {
            let ended = self.now - chrono::TimeDelta::days(3);
            for record in self.learn(person, System::Hzhret, ended) {
                self.never.insert(record);
                self.change(record, |record| record.standing = Standing::Received);
            }
        }
    }

    fn choose_again(&mut self) {
        let settled = |n: &usize| {
            self.records.get(*n).is_some_and(|record| {
                record.system == System::Hzhret && record.standing == Standing::Recognised
            })
        };
        let chosen: Vec<usize> = (0..self.records.len()).filter(settled).take(FEW).collect();
        for old in chosen {
            let Some((event, hours)) = self.records.get(old).map(|r| (r.event, r.hours)) else {
                continue;
            };
            self.change(old, |record| record.standing = Standing::Withdrawn);
            let new = self.hold(event, System::Hzhret, hours);
            self.change(new, |record| record.standing = Standing::Recognised);
        }
    }
}
