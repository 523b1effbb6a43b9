//! A day passes: what is received goes on its way, and some of what was recognised is put right.

use chrono::{Days, TimeDelta};

use super::course::{LENGTHS, length};
use super::record::{Line, Record, Standing, System, Told};
use super::town::Town;

impl Town {
    /// The next day: new records; received, reviewed, recognised, rejected ones; in each system a
    /// correction and a withdrawal; courses of the learning site that a registry takes over.
    pub fn advance(&mut self) {
        let next = self.now.date() + Days::new(1);
        self.now = next.and_hms_opt(9, 0, 0).unwrap_or(self.now);
        self.decide();
        for system in System::ALL {
            self.correct(system);
            self.withdraw(system);
        }
        self.take_over();
        for _ in 0..self.people.len() / 5 + 4 {
            let person = self.dice.below(self.people.len());
            let system = self.where_learned(person);
            let days = i64::try_from(self.dice.below(20) + 1).unwrap_or(1);
            let ended = self.now.date().and_hms_opt(17, 0, 0).unwrap_or(self.now);
            for record in self.learn(person, system, ended - TimeDelta::days(days)) {
                let standing = if self.dice.percent(40) && system != System::Hzhret {
                    Standing::Recognised
                } else {
                    Standing::Received
                };
                self.change(record, |record| record.standing = standing);
            }
        }
    }

    /// A moment later.
    pub(super) fn tick(&mut self) -> chrono::NaiveDateTime {
        self.now += TimeDelta::seconds(7);
        self.now
    }

    /// A record changes now; the learning site writes a line.
    pub(super) fn change(&mut self, n: usize, how: impl FnOnce(&mut Record)) {
        let now = self.tick();
        let Some(record) = self.records.get_mut(n) else { return };
        how(record);
        record.before = record.changed;
        record.changed = now;
        if record.system == System::Hzhret {
            let (hours, standing) = (record.hours, record.standing);
            let said = match standing {
                Standing::Withdrawn => self.voiding(n, hours),
                _ => Told::Completed { hours, settled: standing == Standing::Recognised },
            };
            self.log.push(Line { record: n, stored: now, said });
            return;
        }
        if record.system == System::Jiaxing {
            let (row, standing) = (record.row, record.standing);
            let near = self.records.iter_mut().skip(n.saturating_sub(2)).take(5);
            // A row of the workbook is signed as a whole; what others hold has a number of the same kind.
            for other in near.filter(|other| other.row == row && other.system == System::Jiaxing) {
                other.standing = standing;
            }
        }
    }

    fn decide(&mut self) {
        let open = |(n, record): (usize, &Record)| record.standing.is_open().then_some(n);
        let open: Vec<usize> = self.records.iter().enumerate().filter_map(open).collect();
        let moves = |n: &usize| !self.never.contains(n) && self.dice.percent(50);
        for n in open.into_iter().filter(moves).collect::<Vec<usize>>() {
            let Some(record) = self.records.get(n) else { continue };
            let next = match (record.system, record.standing) {
                (System::Jiaxing | System::Hzhret, _) => Standing::Recognised,
                (_, Standing::Received) if self.dice.percent(50) => Standing::Reviewing,
                _ if self.dice.percent(20) => Standing::Rejected,
                _ => Standing::Recognised,
            };
            self.change(n, |record| record.standing = next);
        }
    }

    /// One of a system's recognised records, which is not of today. Two systems never come to differ
    /// about the hours of an event: then nobody could say that it is the same one.
    fn one_recognised(&self, system: System, in_two: bool) -> Option<usize> {
        let fits = |record: &Record| {
            record.system == system
                && (in_two || !self.echoed.contains(&record.event))
                && record.standing == Standing::Recognised
                && record.changed.date() < self.now.date()
        };
        let all = self.records.iter().enumerate().filter(|(_, record)| fits(record));
        self.dice.of(&all.map(|(n, _)| n).collect::<Vec<usize>>()).copied()
    }

    fn correct(&mut self, system: System) {
        let Some(n) = self.one_recognised(system, false) else { return };
        let mut hours = length(self.dice.of(&LENGTHS));
        if self.records.get(n).is_some_and(|record| record.hours == hours) {
            hours = length(Some(if hours == length(Some(&400)) { &800 } else { &400 }));
        }
        self.change(n, |record| {
            record.formerly = Some(record.hours);
            record.hours = hours;
        });
    }

    fn withdraw(&mut self, system: System) {
        let Some(n) = self.one_recognised(system, true) else { return };
        // The workbook has no word for it: whoever signed it strikes the name out.
        let gone = match system {
            System::Jiaxing => Standing::Received,
            _ => Standing::Withdrawn,
        };
        self.change(n, |record| record.standing = gone);
    }

    /// Registries take over what was settled on the site.
    fn take_over(&mut self) {
        for n in 0..self.records.len() {
            if let Some(echo) = self.echo(n, 4) {
                let standing =
                    if self.dice.percent(70) { Standing::Recognised } else { Standing::Received };
                self.change(echo, |record| record.standing = standing);
            }
        }
    }

    /// So many times in a hundred, the registry where somebody lives takes over a recognised record of
    /// the learning site under an id of its own: by course and provider, by the certificate, or only
    /// with a title like it.
    pub(super) fn echo(&mut self, n: usize, times: usize) -> Option<usize> {
        let record = self.records.get(n)?;
        let event = self.events.get(record.event)?;
        let home = self.people.get(event.person)?.home;
        let can = match home {
            System::Huzhou => true,
            System::Lishui => event.certificate.is_some(),
            System::Jiaxing | System::Hzhret => false,
        };
        let of_site = record.system == System::Hzhret && record.standing == Standing::Recognised;
        let (of, hours) = (record.event, record.hours);
        if !(can && of_site && self.dice.percent(times)) || self.is_taken_over(n) {
            return None;
        }
        self.echoed.insert(of);
        let echo = self.hold(of, home, hours);
        let similar = home == System::Huzhou && n.is_multiple_of(3);
        let made = self.records.get_mut(echo)?;
        made.echoed = true;
        if similar {
            made.code = String::new();
            made.title.push_str("（网络）");
        }
        Some(echo)
    }

    fn is_taken_over(&self, n: usize) -> bool {
        let event = self.records.get(n).map(|record| record.event);
        event.is_some_and(|event| self.echoed.contains(&event))
    }
}
