//! A declaration 申报: who asks for which title, where, and when.

use std::fmt;

use serde::{Serialize, Serializer};

use super::year::Year;

/// An administrative division, as a GB/T 2260 code of six digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jurisdiction([u8; 6]);

impl Jurisdiction {
    /// From six digits.
    pub fn new(code: &str) -> Option<Jurisdiction> {
        let digits: [u8; 6] = code.as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(Jurisdiction(digits))
    }

    /// The city of a county; `None` for cities, provinces and the nation.
    pub fn city(self) -> Option<Jurisdiction> {
        let mut code = self.0;
        let [.., tens, ones] = &mut code;
        let is_county = (*tens, *ones) != (b'0', b'0');
        (*tens, *ones) = (b'0', b'0');
        is_county.then_some(Jurisdiction(code))
    }

    /// The six digits.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// What the codes of every place within a place begin with: `33` for 330000, the province, and `3311`
/// for 331100, the city.
pub fn place_stem(code: &str) -> &str {
    let mut stem = code;
    while let Some(shorter) = stem.strip_suffix("00").filter(|stem| stem.len() % 2 == 0) {
        stem = shorter;
    }
    stem
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Jurisdiction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// The level of the title declared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 初级.
    Junior,
    /// 中级.
    Intermediate,
    /// 副高级.
    Senior,
    /// 正高级.
    FullSenior,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Level; 4] =
        [Level::Junior, Level::Intermediate, Level::Senior, Level::FullSenior];

    /// The name in files, API and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Junior => "junior",
            Level::Intermediate => "intermediate",
            Level::Senior => "senior",
            Level::FullSenior => "full-senior",
        }
    }

    /// From the name.
    pub fn from_name(name: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// What clauses match on: two declarations with the same profile are judged by the same plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Profile {
    /// 级别.
    pub level: Level,
    /// 系列, such as `engineering`.
    pub series: Box<str>,
    /// 专业, such as `building`; absent = none that a clause names.
    pub specialty: Option<Box<str>>,
    /// The sector 系统 of the employer; absent = none that a clause names.
    pub employer_sector: Option<Box<str>>,
}

/// The facts that clauses count from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Facts {
    /// 规定年限: the years that the title declared for requires.
    pub required_years: Option<i16>,
    /// 任职起始年: the first year in the present title.
    pub tenure_start: Option<i16>,
}

/// A declaration for a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Where.
    pub jurisdiction: Jurisdiction,
    /// The declaring year 申报年度 (D).
    pub year: Year,
    /// Level, series, specialty, sector.
    pub profile: Profile,
    /// Required years and start of tenure.
    pub facts: Facts,
    /// Years that a reviewer excused.
    pub excused: Vec<Year>,
    /// Legacy years whose proof a reviewer closed: what is on record is final.
    pub reviewed: Vec<Year>,
    /// What the ledger knew at this instant; carried, and read only for which years are still open.
    pub as_of: Option<AsOf>,
}

/// Whether a text has the one form of a date or instant; chrono alone reads others too.
fn is_instant(text: &str) -> bool {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let shaped = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                _ => byte == shape,
            })
    };
    let clock = |time: &str| time.get(..8).is_some_and(|clock| shaped(clock, "00:00:00"));
    shaped(date, "0000-00-00") && time.is_none_or(clock)
}

/// An instant, kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct AsOf {
    text: Box<str>,
    #[serde(skip)]
    year: i16,
}

impl AsOf {
    /// A date `2021-06-30` or an RFC 3339 instant.
    pub fn new(text: &str) -> Option<AsOf> {
        let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        if !is_instant(text) {
            return None;
        }
        let china = chrono::FixedOffset::east_opt(8 * 3600)?;
        let instant = || {
            let at = chrono::DateTime::parse_from_rfc3339(text).ok()?;
            Some(at.with_timezone(&china).date_naive())
        };
        let date = date.or_else(instant)?;
        let year = i16::try_from(chrono::Datelike::year(&date)).ok()?;
        Some(AsOf { text: text.into(), year })
    }

    /// The calendar year it falls in, in China.
    pub fn year(&self) -> i16 {
        self.year
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Whether who answers for a place answers for another: 331100 for every county of the city, 330000
/// for the whole province.
pub fn covers(place: &str, other: &str) -> bool {
    other.starts_with(place_stem(place))
}
