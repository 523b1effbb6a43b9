//! What a batch judges: columns of confirmed hours, and the few people of whom more is known.

use std::ops::Range;

use crate::domain::category::Category;
use crate::domain::declaration::Facts;
use crate::domain::hours::Hours;
use crate::domain::year::Year;

/// The hours of one year and category, a cell for each person, in the unit of the [`Columns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cells<'c> {
    /// 16 bits: 3,276.7 hours in tenths.
    Narrow(&'c [i16]),
    /// 32 bits.
    Wide(&'c [i32]),
}

impl<'c> Cells<'c> {
    fn len(self) -> usize {
        match self {
            Cells::Narrow(cells) => cells.len(),
            Cells::Wide(cells) => cells.len(),
        }
    }

    /// One person's cell.
    pub fn get(self, person: usize) -> i64 {
        match self {
            Cells::Narrow(cells) => cells.get(person).copied().map_or(0, i64::from),
            Cells::Wide(cells) => cells.get(person).copied().map_or(0, i64::from),
        }
    }

    /// The cells of some people.
    #[must_use]
    pub fn among(self, people: Range<usize>) -> Cells<'c> {
        match self {
            Cells::Narrow(cells) => Cells::Narrow(cells.get(people).unwrap_or_default()),
            Cells::Wide(cells) => Cells::Wide(cells.get(people).unwrap_or_default()),
        }
    }

    /// The first person with a negative cell.
    fn negative(self) -> Option<usize> {
        // The minimum first: it is a pass without branches, and mostly the end of it.
        match self {
            Cells::Narrow(cells) if cells.iter().copied().min() < Some(0) => {
                cells.iter().position(|cell| *cell < 0)
            }
            Cells::Wide(cells) if cells.iter().copied().min() < Some(0) => {
                cells.iter().position(|cell| *cell < 0)
            }
            _ => None,
        }
    }
}

/// A fact of everybody: one value for all, or a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact<'c, T> {
    /// The same for all; `None` = missing.
    All(Option<T>),
    /// For each person.
    Each(&'c [T]),
}

impl<T: Copy> Fact<'_, T> {
    /// One person's.
    pub fn get(self, person: usize) -> Option<T> {
        match self {
            Fact::All(value) => value,
            Fact::Each(values) => values.get(person).copied(),
        }
    }

    fn len(self) -> Option<usize> {
        match self {
            Fact::All(_) => None,
            Fact::Each(values) => Some(values.len()),
        }
    }
}

/// Who vouches for hours, and on what basis: what `admit` clauses look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The source.
    pub name: Box<str>,
    /// The basis.
    pub basis: Option<Box<str>>,
}

/// The columns of one year: professional, industry, general; `None` = nobody has such hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearCells<'c> {
    /// The year that the hours count for.
    pub year: Year,
    /// By category.
    pub cells: [Option<Cells<'c>>; 3],
}

/// Why columns cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotColumns {
    /// A column is shorter or longer than there are people.
    #[error("a column of {found} cells for {people} people")]
    Length {
        /// Cells in the column.
        found: usize,
        /// People.
        people: usize,
    },
    /// A cell is negative: a correction is a reversal, never negative hours.
    #[error("negative hours of person {person}, year {year}")]
    Negative {
        /// Who.
        person: usize,
        /// When.
        year: Year,
    },
    /// A year was given twice.
    #[error("year {0} was given twice")]
    Repeated(Year),
    /// The unit is not 1 to 10,000 hundredths.
    #[error("a unit of {0} hundredths")]
    Unit(i64),
    /// A person's profile is not among the plans.
    #[error("profile {0} has no plan")]
    Profile(u8),
    /// There are people that 32 bits cannot number.
    #[error("more than 2^32 people")]
    TooMany,
}

/// Confirmed hours of many people. Checked when made: complete columns, nothing negative.
#[derive(Clone, Debug)]
pub struct Columns<'c> {
    people: usize,
    unit: i64,
    years: Vec<YearCells<'c>>,
    /// 规定年限.
    pub required_years: Fact<'c, u8>,
    /// 任职起始年.
    pub tenure_start: Fact<'c, i16>,
    profiles: Option<&'c [u8]>,
    /// Who vouches for the cells, at 0; then the other sources that open records name.
    pub sources: Vec<Source>,
}

impl<'c> Columns<'c> {
    /// No hours yet; a cell counts `unit` hundredths of an hour (10 = tenths).
    pub fn new(people: usize, unit: i64) -> Result<Columns<'c>, NotColumns> {
        if !(1..=10_000).contains(&unit) {
            return Err(NotColumns::Unit(unit));
        }
        u32::try_from(people).map_err(|_| NotColumns::TooMany)?;
        Ok(Columns {
            people,
            unit,
            years: Vec::new(),
            required_years: Fact::All(None),
            tenure_start: Fact::All(None),
            profiles: None,
            sources: vec![Source::default()],
        })
    }

    /// With the hours of a year: professional, industry, general.
    pub fn year(
        mut self,
        year: Year,
        cells: [Option<Cells<'c>>; 3],
    ) -> Result<Columns<'c>, NotColumns> {
        if self.years.iter().any(|y| y.year == year) {
            return Err(NotColumns::Repeated(year));
        }
        for column in cells.iter().flatten() {
            self.check_len(column.len())?;
            if let Some(person) = column.negative() {
                return Err(NotColumns::Negative { person, year });
            }
        }
        self.years.push(YearCells { year, cells });
        Ok(self)
    }

    /// With the facts that windows count from.
    pub fn facts(
        mut self,
        required_years: Fact<'c, u8>,
        tenure_start: Fact<'c, i16>,
    ) -> Result<Columns<'c>, NotColumns> {
        required_years.len().map_or(Ok(()), |len| self.check_len(len))?;
        tenure_start.len().map_or(Ok(()), |len| self.check_len(len))?;
        (self.required_years, self.tenure_start) = (required_years, tenure_start);
        Ok(self)
    }

    /// With the plan of each person, as its place in the [`super::Batch`]; without, all have the first.
    pub fn profiles(mut self, profiles: &'c [u8]) -> Result<Columns<'c>, NotColumns> {
        self.check_len(profiles.len())?;
        self.profiles = Some(profiles);
        Ok(self)
    }

    /// With the source of the cells, and of open records from 1 on.
    #[must_use]
    pub fn sources(mut self, own: Source, others: impl IntoIterator<Item = Source>) -> Columns<'c> {
        self.sources = std::iter::once(own).chain(others).collect();
        self
    }

    fn check_len(&self, found: usize) -> Result<(), NotColumns> {
        let people = self.people;
        if found == people { Ok(()) } else { Err(NotColumns::Length { found, people }) }
    }

    /// How many people.
    pub fn people(&self) -> usize {
        self.people
    }

    /// Hundredths of an hour in a unit.
    pub fn unit(&self) -> i64 {
        self.unit
    }

    /// The years with hours, in the order given.
    pub fn years(&self) -> &[YearCells<'c>] {
        &self.years
    }

    /// The plan of each person.
    pub fn profile_column(&self) -> Option<&'c [u8]> {
        self.profiles
    }

    /// One person's facts.
    pub fn facts_of(&self, person: usize) -> Facts {
        Facts {
            required_years: self.required_years.get(person).map(i16::from),
            tenure_start: self.tenure_start.get(person),
        }
    }
}

/// A record that columns cannot say: pending, or of unsplit public hours. It comes on top of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRecord {
    /// Whose, from 0.
    pub person: u32,
    /// The year it counts for.
    pub year: Year,
    /// The category; [`Category::Public`] = unsplit.
    pub category: Category,
    /// Whether it waits for recognition; otherwise it is confirmed.
    pub pending: bool,
    /// Its place in [`Columns::sources`].
    pub source: u16,
    /// How many hours.
    pub hours: Hours,
}

/// What is particular about one person's declaration. It replaces the facts of the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// Who, from 0.
    pub person: u32,
    /// The facts, possibly missing.
    pub facts: Facts,
    /// Years that a reviewer excused.
    pub excused: Vec<Year>,
    /// Legacy years that a reviewer closed.
    pub reviewed: Vec<Year>,
}

/// The people of whom more is known than columns say, in the order of people.
#[derive(Clone, Debug, Default)]
pub struct OpenPeople {
    records: Vec<OpenRecord>,
    matters: Vec<Matter>,
}

impl OpenPeople {
    /// Sorts records and matters by person; of two matters of one person the first counts.
    pub fn new(mut records: Vec<OpenRecord>, mut matters: Vec<Matter>) -> OpenPeople {
        records.sort_by_key(|record| record.person);
        matters.sort_by_key(|matter| matter.person);
        matters.dedup_by_key(|matter| matter.person);
        OpenPeople { records, matters }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.matters.is_empty()
    }

    /// Those among some people, each with their records and matter, ascending.
    pub(super) fn among(&self, people: &Range<usize>) -> impl Iterator<Item = Particular<'_>> {
        let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (from, to) = (at(people.start), at(people.end));
        let (_, records) = self.records.split_at(self.records.partition_point(|r| r.person < from));
        let (_, matters) = self.matters.split_at(self.matters.partition_point(|m| m.person < from));
        let (mut records, mut matters) = (records, matters);
        std::iter::from_fn(move || {
            let next = |person: Option<u32>| person.filter(|person| *person < to);
            let of_record = next(records.first().map(|r| r.person));
            let of_matter = next(matters.first().map(|m| m.person));
            let person = of_record.into_iter().chain(of_matter).min()?;
            let many = records.iter().take_while(|r| r.person == person).count();
            let (mine, rest) = records.split_at(many);
            records = rest;
            let matter = matters.first().filter(|m| m.person == person);
            if matter.is_some() {
                matters = matters.split_first().map_or(&[], |(_, rest)| rest);
            }
            let person = usize::try_from(person).unwrap_or(usize::MAX);
            Some(Particular { person, records: mine, matter })
        })
    }
}

/// One of the [`OpenPeople`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Particular<'o> {
    /// Who.
    pub(super) person: usize,
    /// Their open records.
    pub(super) records: &'o [OpenRecord],
    /// Their matter.
    pub(super) matter: Option<&'o Matter>,
}
