//! Draws histories: courses from small pools, so that sources tell of the same events, and reviewers who
//! decide about what is there.

use chrono::NaiveDate;
use xueshi::domain::category::Category;
use xueshi::domain::ids::SourceId;
use xueshi::domain::ledger::decide::review::{Ruling, accepts, may_be_settled};
use xueshi::domain::ledger::difference::Difference;
use xueshi::domain::ledger::entry::EntryKind;
use xueshi::domain::ledger::posting::{Particulars, Posting};
use xueshi::domain::ledger::statement::RecognitionStatus;
use xueshi::domain::year::Year;

use super::history::{
    ACADEMY, BUREAU, History, How, REGISTRY, SCHOOL, SITE, Says, Statement, Step, Told, is_feed,
};
use super::memory::Memory;
use crate::support::Dice;

const KEYS: [&str; 4] = ["a", "b", "c", "d"];

/// What may happen in a history.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is wished for by itself")]
pub struct Wishes {
    pub sources: &'static [usize],
    pub persons: usize,
    pub steps: usize,
    /// The most rows of a batch.
    pub rows: usize,
    /// Whether a batch may have a key twice.
    pub repeats: bool,
    /// Of 100 steps, how many are a reviewer's.
    pub reviewers: usize,
    /// Whether listings are compared, and differences of theirs settled.
    pub listings: bool,
    /// Whether rows may be unreadable, or of another name.
    pub unreadable: bool,
    /// Whether rows may be read anew, or say two things under one version.
    pub clashes: bool,
    /// Whether powers may change.
    pub powers: bool,
}

/// Three sources, each with a rank of its own.
pub const RANKED: &[usize] = &[REGISTRY, SITE, SCHOOL];
/// Five, of whom some share a rank.
pub const ALL: &[usize] = &[REGISTRY, SITE, SCHOOL, BUREAU, ACADEMY];

impl Wishes {
    /// Everything that there is.
    pub const EVERYTHING: Wishes = Wishes {
        sources: ALL,
        persons: 3,
        steps: 14,
        rows: 3,
        repeats: true,
        reviewers: 35,
        listings: true,
        unreadable: true,
        clashes: true,
        powers: true,
    };
}

/// What was drawn so far.
pub struct Draw<'d> {
    dice: &'d Dice,
    wishes: Wishes,
    memory: Memory,
    told: Vec<(usize, Told)>,
    version: i64,
}

/// A history.
pub fn history(dice: &Dice, wishes: Wishes) -> History {
    let mut draw = Draw { dice, wishes, memory: Memory::new(), told: Vec::new(), version: 0 };
    let mut history = History::new();
    for _ in 0..wishes.steps {
        let step = draw.step();
        let refused = draw.memory.play(&step).is_err();
        history.push(step);
        // Whoever plays it finds the same.
        if refused {
            break;
        }
    }
    history
}

/// What one source says, in order, with nobody else about.
pub fn statements(dice: &Dice, wishes: Wishes, source: usize) -> History {
    let sources: &'static [usize] = match source {
        REGISTRY => &[REGISTRY],
        SITE => &[SITE],
        SCHOOL => &[SCHOOL],
        BUREAU => &[BUREAU],
        _ => &[ACADEMY],
    };
    history(dice, Wishes { sources, reviewers: 0, listings: false, powers: false, ..wishes })
}

/// A course that is drawn from a small pool.
pub fn posting(dice: &Dice) -> Posting {
    let one_of = |all: &[Option<&str>]| dice.pick(all).map(Into::into);
    let titles = ["绿色建筑设计标准", "绿色建筑设计标准", "建筑节能与绿色施工"];
    let days = ["2024-05-06", "2024-05-06", "2024-05-07", "2024-05-20", ""];
    let categories = [
        Category::Professional,
        Category::Professional,
        Category::Industry,
        Category::General,
        Category::Public,
    ];
    let (course_code, provider) =
        *dice.pick(&[(None, None), (None, None), (Some("KC-1"), Some("学院"))]);
    Posting {
        year: Year::new(if dice.below(4) == 0 { 2023 } else { 2024 }).expect("a year"),
        category: *dice.pick(&categories),
        hours: dice.pick(&["24", "24", "23", "8"]).parse().expect("hours"),
        completed_on: dice.pick(&days).parse().ok(),
        particulars: Particulars {
            course_code: course_code.map(Into::into),
            course_title: Some((*dice.pick(&titles)).into()),
            provider: provider.map(Into::into),
            certificate: one_of(&[None, None, Some("ZS-0001"), Some("ZS-0002")]),
            ..Particulars::default()
        },
    }
}

impl Draw<'_> {
    fn chance(&self, of_100: usize) -> bool {
        self.dice.below(100) < of_100
    }

    fn step(&mut self) -> Step {
        let source = *self.dice.pick(self.wishes.sources);
        if self.chance(self.wishes.reviewers)
            && let Some(step) = self.decision()
        {
            return step;
        }
        if self.wishes.powers && self.chance(3) {
            let recognises = i16::try_from(self.dice.below(16)).expect("a mask");
            return Step::Empower { source, recognises };
        }
        if self.wishes.listings && is_feed(source) && self.chance(12) {
            return self.listing(source);
        }
        if !is_feed(source) && self.chance(12) {
            let key = self.dice.pick(&KEYS);
            return Step::Withdraw { source, key };
        }
        let most = 1 + self.dice.below(self.wishes.rows);
        let mut rows: Vec<Told> = Vec::new();
        while rows.len() < most {
            let told = self.row(source);
            let again = rows.iter().any(|row| row.key == told.key);
            if !again || self.wishes.repeats {
                self.told.push((source, told.clone()));
                rows.push(told);
            } else if self.chance(50) {
                break;
            }
        }
        Step::Rows { source, rows }
    }

    fn person(&self) -> usize {
        self.dice.below(self.wishes.persons)
    }

    /// What was told last of a key.
    fn last(&self, source: usize, key: &str) -> Option<&Told> {
        self.told
            .iter()
            .rev()
            .find(|(of, told)| *of == source && told.key == Some(key))
            .map(|(_, told)| told)
    }

    fn row(&mut self, source: usize) -> Told {
        let own: Vec<&Told> =
            self.told.iter().filter(|(of, _)| *of == source).map(|(_, told)| told).collect();
        if !own.is_empty() && self.chance(12) {
            return (*self.dice.pick(&own)).clone();
        }
        let key = *self.dice.pick(&KEYS);
        if let Some(told) = self.further(source, key).filter(|_| self.chance(6)) {
            return told;
        }
        let says = self.says(source, key);
        let how = if is_feed(source) { self.stated(source, key) } else { self.posted(source, key) };
        let (says, how) = match how {
            How::Stated(said)
                if said.standing == RecognitionStatus::Withdrawn && self.chance(50) =>
            {
                (Says::KeyOnly, How::Stated(said))
            }
            how => (says, how),
        };
        let no_key = matches!(says, Says::Unreadable(_)) && self.chance(20);
        Told { key: Some(key).filter(|_| !no_key), says, how }
    }

    /// The last statement of a record, under its version, with another standing.
    fn further(&self, source: usize, key: &str) -> Option<Told> {
        let mut told = self.last(source, key)?.clone();
        if let How::Stated(said) = &mut told.how {
            said.standing = *self.dice.pick(&RecognitionStatus::ALL);
        }
        matches!(told.says, Says::Hours(..)).then_some(told)
    }

    fn says(&self, source: usize, key: &str) -> Says {
        if self.wishes.unreadable && self.chance(10) {
            return match self.dice.below(4) {
                0 => Says::OfAnotherName(posting(self.dice)),
                n => Says::Unreadable(n),
            };
        }
        let same = self.last(source, key).and_then(|told| match &told.says {
            Says::Hours(person, posting) => Some((*person, posting.clone())),
            _ => None,
        });
        match same {
            Some((person, hours)) => {
                let person = if self.chance(10) { self.person() } else { person };
                let hours = if self.chance(55) { hours } else { posting(self.dice) };
                Says::Hours(person, hours)
            }
            None => Says::Hours(self.person(), posting(self.dice)),
        }
    }

    fn posted(&self, source: usize, key: &str) -> How {
        let last = self.last(source, key).map_or(0, |told| match told.how {
            How::Posted { revision } => revision,
            How::Stated(_) => 0,
        });
        let revision = match self.dice.below(10) {
            0 => last.max(1),
            1 => (last - 1).max(1),
            _ => last + 1,
        };
        How::Posted { revision }
    }

    fn stated(&mut self, source: usize, key: &str) -> How {
        self.version += 1;
        let standing = match self.dice.below(20) {
            0 | 1 => RecognitionStatus::Received,
            2 | 3 => RecognitionStatus::Reviewing,
            4 | 5 => RecognitionStatus::Rejected,
            6 | 7 => RecognitionStatus::Withdrawn,
            _ => RecognitionStatus::Recognised,
        };
        let mended = self.wishes.clashes && self.chance(4);
        let last = self.last(source, key).and_then(|told| match &told.how {
            How::Stated(said) => Some(said.version),
            How::Posted { .. } => None,
        });
        let version = match last {
            Some(last) if mended => last,
            Some(last) if self.wishes.clashes && self.chance(8) => last,
            // Older than some, and the version of no other statement.
            _ if self.chance(10) => 2 * self.version - 51,
            _ => 2 * self.version,
        };
        let day = NaiveDate::from_ymd_opt(2024, 5, 4);
        How::Stated(Statement {
            version,
            standing,
            started_on: day.filter(|_| self.chance(15)),
            flagged: self.chance(10),
            mended,
        })
    }

    fn listing(&self, source: usize) -> Step {
        let key = *self.dice.pick(&KEYS);
        let posting = (!self.chance(30)).then(|| posting(self.dice));
        Step::Listed { source, key, person: self.person(), posting }
    }

    /// What a reviewer decides about something that is there.
    fn decision(&self) -> Option<Step> {
        let memory = &self.memory;
        match self.dice.below(10) {
            0..=3 => {
                let waiting: Vec<_> = memory.all_waiting().collect();
                let row = self.some(&waiting)?;
                let ruling = match self.dice.below(4) {
                    0 => Ruling::Reject,
                    1 => Ruling::Recategorise(*self.dice.pick(&Category::ALL)),
                    _ => Ruling::Recognise,
                };
                Some(Step::Rule { source: place(row.source), key: known(&row.ext_key), ruling })
            }
            4 | 5 => {
                let standing: Vec<_> = memory.all_standing().collect();
                let entry = self.some(&standing)?;
                if entry.kind == EntryKind::Adjustment {
                    let person = usize::try_from(entry.person.get() - 1).expect("a person");
                    return Some(Step::ReverseAdjustment { person });
                }
                Some(Step::Reverse { source: place(entry.source), key: known(&entry.ext_key) })
            }
            6..=8 => {
                let may = |one: &&Difference| {
                    accepts(one.kind).iter().any(|how| may_be_settled(one, *how).is_ok())
                };
                let all: Vec<&Difference> = memory.differences.values().filter(may).collect();
                let one = self.some(&all)?;
                let resolution = *self.dice.pick(accepts(one.kind));
                let (source, key) = (place(one.source), known(&one.key));
                Some(Step::Settle { kind: one.kind, source, key, resolution })
            }
            _ => Some(Step::Adjust { person: self.person(), posting: posting(self.dice) }),
        }
    }

    fn some<'a, T>(&self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { Some(self.dice.pick(all)) }
    }
}

fn place(source: SourceId) -> usize {
    usize::try_from(source.get() - 11).expect("a source")
}

fn known(key: &str) -> &'static str {
    KEYS.into_iter().find(|known| *known == key).expect("a key of the pool")
}
