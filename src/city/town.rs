//! The town: who lives there, what they learned, what the systems hold of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta};

use super::course::{LENGTHS, PROVIDERS, SITE, length};
use super::dice::Dice;
use super::fault::Fault;
use super::person::Person;
use super::record::{Event, Line, Record, Standing, System, Told};
use crate::domain::category::Category;
use crate::domain::hours::Hours;

/// A made-up town. It knows no clock: its first day is 1 June 2025, and [`Town::advance`] makes the next.
#[derive(Debug)]
pub struct Town {
    pub(super) dice: Dice,
    pub(super) people: Vec<Person>,
    pub(super) events: Vec<Event>,
    pub(super) records: Vec<Record>,
    /// What the learning site wrote, in the order in which it did.
    pub(super) log: Vec<Line>,
    /// In China; it moves on a little with every change.
    pub(super) now: NaiveDateTime,
    /// What is wrong at present, and since when.
    pub(super) faults: BTreeMap<Fault, NaiveDateTime>,
    /// Records that were damaged on the wire, and by what.
    pub(super) harmed: BTreeMap<Fault, BTreeSet<usize>>,
    /// How often each face was asked.
    pub(super) asked: BTreeMap<System, u64>,
    pub(super) dropped: Dropped,
    /// Events that a registry took over from the learning site.
    pub(super) echoed: BTreeSet<usize>,
    /// Records that stay as they were received.
    pub(super) never: BTreeSet<usize>,
    /// Where files are put when a day passes.
    pub(super) folder: Option<PathBuf>,
    rows: usize,
}

/// The first day of the town; what was learned before is known on it.
const FIRST: (i32, u32, u32) = (2025, 6, 1);
/// The years of what was learned before.
const YEARS: std::ops::RangeInclusive<i32> = 2019..=2025;

/// Nine o'clock of a day; days of the calendar only.
pub(super) fn morning(year: i32, month: u32, day: u32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(year, month, day)
        .unwrap_or_default()
        .and_hms_opt(9, 0, 0)
        .unwrap_or_default()
}

/// What was put there before.
#[derive(Debug, Default)]
pub(super) struct Dropped {
    /// When the registry of Lishui last wrote.
    pub(super) at: Option<NaiveDateTime>,
    /// Whether its next file is to hold everything.
    pub(super) whole: bool,
    /// The files of a day are numbered.
    pub(super) numbers: BTreeMap<System, (NaiveDate, u32)>,
    /// What Lishui wrote last.
    pub(super) last: Vec<u8>,
}

impl Town {
    /// The town of a seed, with so many people: at least one.
    pub fn new(seed: u64, people: usize) -> Town {
        let dice = Dice::new(seed);
        let people: Vec<Person> = (0..people.max(1)).map(|n| Person::new(n, &dice)).collect();
        let (year, month, day) = FIRST;
        let mut town = Town {
            dice,
            people,
            events: Vec::new(),
            records: Vec::new(),
            log: Vec::new(),
            now: morning(year, month, day),
            faults: BTreeMap::new(),
            harmed: BTreeMap::new(),
            asked: BTreeMap::new(),
            dropped: Dropped::default(),
            echoed: BTreeSet::new(),
            never: BTreeSet::new(),
            folder: None,
            rows: 0,
        };
        for person in 0..town.people.len() {
            for year in YEARS {
                town.year_of(person, year);
            }
        }
        town.log.sort_by_key(|line| line.stored);
        town
    }

    /// The day in the town.
    pub fn today(&self) -> NaiveDate {
        self.now.date()
    }

    /// What somebody learned in a year before the first day.
    fn year_of(&mut self, person: usize, year: i32) {
        let months = if year < FIRST.0 { 12 } else { FIRST.1 - 2 };
        let count = 1 + self.dice.below(2);
        // Two courses of a year never end near each other.
        let wide = usize::try_from(months).unwrap_or(1) / count;
        for n in 0..count {
            let month = u32::try_from(n * wide + self.dice.below(wide.max(2) - 1) + 1).unwrap_or(1);
            let day = u32::try_from(self.dice.below(25) + 1).unwrap_or(1);
            let ended = morning(year, month, day) + TimeDelta::hours(8);
            let system = self.where_learned(person);
            let ended = match system {
                // Half past five in the afternoon of New Year's Eve, in Greenwich.
                System::Hzhret if month == 1 => morning(year, 1, 1) - TimeDelta::minutes(450),
                _ => ended,
            };
            for record in self.learn(person, system, ended) {
                self.settle_before(record);
            }
        }
    }

    /// The registry at home, or the learning site.
    pub(super) fn where_learned(&self, person: usize) -> System {
        let Some(who) = self.people.get(person) else { return System::Huzhou };
        if who.learns && self.dice.percent(40) { System::Hzhret } else { who.home }
    }

    /// Somebody learns something, which a system receives now; the records.
    pub(super) fn learn(
        &mut self,
        person: usize,
        system: System,
        ended: NaiveDateTime,
    ) -> Vec<usize> {
        let Some(course) = self.people.get_mut(person).map(Person::next_course) else {
            return Vec::new();
        };
        let started = ended
            - TimeDelta::days(i64::try_from(self.dice.below(4)).unwrap_or(0))
            - TimeDelta::minutes(510);
        let provider = match system {
            System::Hzhret => SITE,
            _ => self.dice.of(&PROVIDERS).copied().unwrap_or_default(),
        };
        self.rows += 1;
        let mut categories = vec![course.category];
        match system {
            // One row of the workbook is up to three postings.
            System::Jiaxing => {
                let others = [Category::Professional, Category::Industry, Category::General];
                let others = others.into_iter().filter(|other| *other != course.category);
                let more: Vec<Category> = others.filter(|_| self.dice.percent(40)).collect();
                categories.extend(more);
            }
            // Before 2022 it did not part the public hours of most people.
            System::Lishui
                if course.category != Category::Professional
                    && ended.year() < 2022
                    && self.dice.percent(60) =>
            {
                categories = vec![Category::Public];
            }
            _ => {}
        }
        let mut records = Vec::new();
        for category in categories {
            let event = Event {
                person,
                course: course.clone(),
                provider: provider.to_owned(),
                category,
                started,
                ended,
                certificate: self.certificate(system, ended.year()),
            };
            let hours = length(self.dice.of(&LENGTHS));
            self.events.push(event);
            records.push(self.hold(self.events.len() - 1, system, hours));
        }
        records
    }

    /// The number of a certificate, where the system gives one.
    fn certificate(&self, system: System, year: i32) -> Option<String> {
        let letters = match system {
            System::Lishui => "LS",
            System::Hzhret => "HZ",
            System::Huzhou | System::Jiaxing => return None,
        };
        self.dice.percent(60).then(|| format!("{letters}{year}-{:06}", self.events.len() + 1))
    }

    /// A system receives a record of an event; which record.
    pub(super) fn hold(&mut self, event: usize, system: System, hours: Hours) -> usize {
        let Some(said) = self.events.get(event) else { return 0 };
        let n = self.records.len();
        let key = match system {
            System::Huzhou => format!("{}", 1_710_000_000_000_000_001 + n * 104_729),
            System::Lishui => said.certificate.clone().unwrap_or_else(|| format!("lishui-{n:06}")),
            System::Jiaxing => format!("jiaxing-{n:06}"),
            System::Hzhret => uuid(self.dice.bits(), self.dice.bits()),
        };
        // A registry sometimes counts what ended in January for the year before.
        let early = said.ended.month() == 1 && said.year() > 2019;
        let counts = matches!(system, System::Huzhou | System::Lishui);
        let year = said.year() - i16::from(early && counts && self.dice.percent(30));
        self.records.push(Record {
            system,
            key,
            event,
            year,
            hours,
            formerly: None,
            standing: Standing::Received,
            title: said.course.title.clone(),
            code: said.course.code.clone(),
            registered: self.now,
            changed: self.now,
            before: self.now,
            echoed: false,
            row: self.rows,
        });
        n
    }

    /// What became of a record of long ago; nothing that was open then is forgotten.
    fn settle_before(&mut self, n: usize) {
        let Some(record) = self.records.get(n) else { return };
        let Some(ended) = self.events.get(record.event).map(|event| event.ended) else { return };
        let (row, before) = (record.row, n.checked_sub(1).and_then(|n| self.records.get(n)));
        let signed = before.filter(|before| before.row == row && before.system == System::Jiaxing);
        let signed = signed.map(|before| before.standing);
        let Some(record) = self.records.get_mut(n) else { return };
        record.standing = match (record.system, self.dice.below(100)) {
            (_, 0..84) => Standing::Recognised,
            (System::Jiaxing, _) | (_, 84..90) => Standing::Received,
            (System::Hzhret, 97..) => Standing::Withdrawn,
            (System::Hzhret, _) => Standing::Recognised,
            (_, 90..94) => Standing::Reviewing,
            (_, 94..97) => Standing::Rejected,
            _ => Standing::Withdrawn,
        };
        // A row of the workbook is signed as a whole.
        record.standing = signed.unwrap_or(record.standing);
        let days = |days: usize| Days::new(u64::try_from(days).unwrap_or(0));
        record.registered = ended + days(1);
        record.changed = ended + days(2 + self.dice.below(20));
        record.before = record.registered;
        if record.system != System::Hzhret {
            self.echo_of_old(n);
            return;
        }
        let (registered, changed, hours) = (record.registered, record.changed, record.hours);
        let standing = record.standing;
        let settled = standing != Standing::Received;
        if !settled || self.dice.percent(30) {
            let said = Told::Completed { hours, settled: false };
            self.log.push(Line { record: n, stored: registered, said });
        }
        if settled {
            let stored = if standing == Standing::Withdrawn { registered } else { changed };
            self.log.push(Line { record: n, stored, said: Told::Completed { hours, settled } });
        }
        if standing == Standing::Withdrawn {
            let said = self.voiding(n, hours);
            self.log.push(Line { record: n, stored: changed, said });
        }
        self.echo_of_old(n);
    }

    /// Some of what was learned on the site was echoed in a registry long ago.
    fn echo_of_old(&mut self, n: usize) {
        let Some(echo) = self.echo(n, 45) else { return };
        let (Some(changed), Some(echo)) =
            (self.records.get(n).map(|of| of.changed), self.records.get_mut(echo))
        else {
            return;
        };
        echo.registered = changed;
        echo.changed = changed + Days::new(3);
        echo.before = changed;
        echo.standing = Standing::Recognised;
    }

    /// One of the two ways in which a statement is withdrawn.
    pub(super) fn voiding(&self, record: usize, hours: Hours) -> Told {
        if record.is_multiple_of(2) {
            Told::VoidedItself { hours }
        } else {
            Told::Voided { id: uuid(self.dice.bits(), self.dice.bits()) }
        }
    }
}

/// An id as the learning site gives it.
pub(super) fn uuid(high: u64, low: u64) -> String {
    let text = format!("{high:016x}{low:016x}");
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
