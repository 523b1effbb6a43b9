//! What one record says, judged the same way for every source.

use chrono::{Datelike, NaiveDate};

use super::control::Reading;
use super::dates::{self, Epoch};
use super::hours::{self, half_width};
use super::keys;
use super::mapping::{Fact, Feed};
use super::texts::Texts;
use crate::domain::category::Category;
use crate::domain::discreet;
use crate::domain::hours::Hours;
use crate::domain::ledger::outcome::Refusal;
use crate::domain::ledger::outcome::{Outcome, RowProblem};
use crate::domain::ledger::raw_row::RawRow;
use crate::domain::ledger::statement::{RecognitionStatus, Said, StatedRow};
use crate::domain::ledger::submitted;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::domain::year::Year;

/// Problems for which the record waits for somebody to look: it was right once, or may be right.
const HELD: &[&str] = &[
    "actor_hashed",
    "category_unknown",
    "completed_to_come",
    "formula_without_value",
    "hours_merged",
    "hours_sum",
    "hours_unlikely",
    "id_number_damaged",
    "person_name_damaged",
    "record_repeated",
    "row_total_differs",
    "span_backwards",
    "standing_unknown",
    "two_people",
];

/// One record before it is judged.
pub(super) struct Facts<'t> {
    pub(super) texts: Texts<'t>,
    pub(super) key: Option<Box<str>>,
    /// Where it is not said by a text of its own.
    pub(super) category: Option<Category>,
    pub(super) hours: Option<Result<Hours, Message>>,
    /// All hours of the event, where the record is a part of it.
    pub(super) event: Option<Hours>,
    pub(super) epoch: Epoch,
    /// Whether a day needs an offset to be one.
    pub(super) needs_instant: bool,
    pub(super) problems: Vec<RowProblem>,
}

/// Where the record stands and came from.
pub(super) struct Place {
    pub(super) row_no: i64,
    pub(super) version: i64,
    pub(super) standing: RecognitionStatus,
    pub(super) raw: Vec<u8>,
}

impl<'t> Facts<'t> {
    pub(super) fn new(texts: Texts<'t>, key: Option<Box<str>>) -> Facts<'t> {
        Facts {
            texts,
            key,
            category: None,
            hours: None,
            event: None,
            epoch: Epoch::Of1900,
            needs_instant: false,
            problems: Vec::new(),
        }
    }

    /// What the record says, and what is wrong with it.
    pub(super) fn judge(mut self, feed: &Feed, reading: &Reading<'_>, place: Place) -> StatedRow {
        let certificate = keys::certificate(self.texts.get(Fact::Certificate), reading);
        let mut raw = RawRow { key: self.key.as_deref().map(str::to_owned), ..RawRow::default() };
        self.person(&mut raw);
        self.amount(feed, &mut raw);
        let days = self.days(reading.today);
        let mut flags = Vec::new();
        let year = self.year(feed, &days, reading.today, &mut flags);
        // Where it is not known because of another problem, that one is told and no other.
        raw.year = Some(year.map_or_else(|| Year::MIN.to_string(), |year| year.to_string()));
        raw.completed_on = days.completed.map(|day| day.to_string());
        let text = |fact| Some(self.texts.get(fact).to_owned());
        raw.course_code = text(Fact::CourseCode);
        raw.course_title = text(Fact::CourseTitle);
        raw.provider = text(Fact::Provider);
        raw.wrong = std::mem::take(&mut self.problems);
        // What has not come yet was looked at above.
        let said = match submitted::read(&raw, NaiveDate::MAX) {
            Ok(record) => Said::Record(record),
            Err(_) if place.standing == RecognitionStatus::Withdrawn && self.key.is_some() => {
                Said::KeyOnly
            }
            Err(refusal) => Said::Refused(weighed(refusal, self.key.clone())),
        };
        StatedRow {
            row_no: place.row_no,
            key: self.key,
            version: place.version,
            standing: place.standing,
            said,
            certificate,
            started_on: days.started,
            flags,
            raw: place.raw,
            mended: false,
        }
    }

    pub(super) fn problem(&mut self, field: &str, message: Message) {
        self.problems.push(RowProblem::at(field, message));
    }

    /// The source's word for where recognition stands means nothing here.
    pub(super) fn unknown_standing(&mut self) {
        let word = self.texts.get(Fact::Standing);
        let message = if word.is_empty() {
            Message::new("field_missing").with("field", "standing")
        } else {
            Message::new("standing_unknown").with("found", discreet::shown(word))
        };
        self.problem("standing", message);
    }

    fn has(&self, field: &str) -> bool {
        self.problems.iter().any(|problem| problem.field == field)
    }

    fn person(&mut self, raw: &mut RawRow) {
        let number: String = self.texts.get(Fact::Number).to_owned();
        let name: String = self.texts.get(Fact::Name).to_owned();
        let in_its_place = if is_hashed(&number) && self.needs_instant {
            Some("actor_hashed")
        } else if is_two_people(&number, &name) {
            Some("two_people")
        } else {
            None
        };
        match in_its_place {
            Some("actor_hashed") => self.problem("person.number", Message::new("actor_hashed")),
            Some(_) => self.problem("person.number", Message::new("two_people")),
            None => {
                raw.number = Some(number);
                raw.name = Some(name);
                return;
            }
        }
        // Of nobody in particular: the record is refused for the problem above.
        raw.name = Some("某".to_owned());
    }

    fn amount(&mut self, feed: &Feed, raw: &mut RawRow) {
        let word = self.texts.get(Fact::Category);
        let category = self.category.or_else(|| feed.category(word));
        if category.is_none() && !word.is_empty() && !self.has("category") {
            let shown = discreet::shown(word).to_owned();
            self.problem("category", Message::new("category_unknown").with("found", shown));
        }
        raw.category = category.map(|category| category.name().to_owned());
        let hours = self.hours.take().or_else(|| {
            let text = self.texts.get(Fact::Hours);
            (!text.is_empty()).then(|| hours::read(text))
        });
        match hours {
            None => {}
            Some(Ok(hours)) => {
                if self.event.unwrap_or(hours) > hours::LIKELY {
                    let message = Message::new("hours_unlikely").with("most", hours::LIKELY);
                    self.problem("hours", message);
                }
                raw.hours = Some(hours.to_string());
            }
            Some(Err(message)) => self.problem("hours", message),
        }
    }

    fn days(&mut self, today: NaiveDate) -> Days {
        let mut days = Days::default();
        let span = self.texts.get(Fact::Span).to_owned();
        if !span.is_empty() {
            match dates::span(&span, self.epoch) {
                Ok((started, completed)) => {
                    days = Days { started: Some(started), completed: Some(completed) };
                }
                Err(message) => self.problem("completed_on", message),
            }
        }
        days.started = self.day(Fact::Started, "started_on").or(days.started);
        days.completed = self.day(Fact::Completed, "completed_on").or(days.completed);
        if let (Some(started), Some(completed)) = (days.started, days.completed)
            && completed < started
        {
            self.problem("completed_on", Message::new("span_backwards"));
        }
        if let Some(day) = days.completed.filter(|day| *day > today) {
            self.problem("completed_on", Message::new("completed_to_come").with("day", day));
        }
        days
    }

    fn day(&mut self, fact: Fact, field: &str) -> Option<NaiveDate> {
        let text = self.texts.get(fact);
        if text.is_empty() {
            return None;
        }
        let day = if self.needs_instant {
            // Without an offset, the day in China is a guess.
            let instant = text.parse::<Timestamp>();
            instant.map(Timestamp::day_in_china).map_err(|_| Message::new("instant_form"))
        } else {
            dates::day(text, self.epoch)
        };
        match day {
            Ok(day) => Some(day),
            Err(message) => {
                self.problem(field, message);
                None
            }
        }
    }

    fn year(
        &mut self,
        feed: &Feed,
        days: &Days,
        today: NaiveDate,
        flags: &mut Vec<RowProblem>,
    ) -> Option<Year> {
        let label = self.texts.get(Fact::Year).to_owned();
        let stated = year(&label);
        let completed = days.completed.and_then(|day| Year::new(i64::from(day.year())));
        let mut flag = |message| flags.push(RowProblem::at("year", message));
        if let (Some(stated), Some(completed)) = (stated, completed)
            && stated != completed
        {
            let message = Message::new("year_basis_differs");
            flag(message.with("stated", stated).with("completed", completed));
        }
        let decided = match (feed.year_is_authority, stated, completed) {
            (true, Some(stated), _) => Some(stated),
            (true, None, _) if !label.is_empty() => {
                self.problem("year", Message::new("year_form"));
                None
            }
            (true, None, Some(completed)) => {
                flag(Message::new("year_from_completion").with("year", completed));
                Some(completed)
            }
            (false, _, Some(completed)) => Some(completed),
            // A day that is there and cannot be read is told as such.
            (false, Some(_), None) if self.has("completed_on") => None,
            (false, Some(stated), None) => {
                flag(Message::new("year_from_label").with("year", stated));
                Some(stated)
            }
            (_, None, None) => {
                if !self.has("completed_on") {
                    self.problem("year", Message::new("field_missing").with("field", "year"));
                }
                None
            }
        };
        let to_come = decided.filter(|year| i32::from(year.get()) > today.year());
        if let Some(year) = to_come
            && !self.has("completed_on")
        {
            self.problem("year", Message::new("year_to_come").with("year", year));
        }
        decided
    }
}

#[derive(Default)]
struct Days {
    started: Option<NaiveDate>,
    completed: Option<NaiveDate>,
}

/// A row of which nothing can be judged.
pub(super) fn unreadable(place: Place, key: Option<Box<str>>, message: Message) -> StatedRow {
    let refusal = Refusal::of_row(message);
    StatedRow {
        row_no: place.row_no,
        key: key.clone(),
        version: place.version,
        standing: place.standing,
        said: Said::Refused(weighed(refusal, key)),
        certificate: None,
        started_on: None,
        flags: Vec::new(),
        raw: place.raw,
        mended: false,
    }
}

/// A record is held where every problem is of that kind.
fn weighed(mut refusal: Refusal, key: Option<Box<str>>) -> Refusal {
    let held = refusal.problems.iter().all(|problem| HELD.contains(&problem.message.code));
    refusal.outcome = if held { Outcome::Held } else { Outcome::Rejected };
    refusal.key = key;
    refusal
}

/// `2024`, `2024年`, `2024年度`.
pub(super) fn year(label: &str) -> Option<Year> {
    let plain: String = label.trim().chars().map(half_width).collect();
    let digits = plain.trim_end_matches('度').trim_end_matches('年').trim();
    let four = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if four { Year::new(digits.parse().ok()?) } else { None }
}

/// The digest of a number in place of the number.
fn is_hashed(number: &str) -> bool {
    let plain = number.len() >= 32 && number.bytes().all(|byte| byte.is_ascii_graphic());
    plain && !number.bytes().all(|byte| byte.is_ascii_digit() || b"Xx".contains(&byte))
}

/// Two numbers or two names in one cell.
fn is_two_people(number: &str, name: &str) -> bool {
    let signs = number.chars().map(half_width).filter(char::is_ascii_alphanumeric).count();
    let between = |c: char| matches!(c, '、' | ',' | '，' | ';' | '；' | '/' | '\n' | '\r');
    let names = name.split(between).filter(|part| !part.trim().is_empty()).count();
    // Two of the former fifteen digits; a damaged number has fewer.
    signs >= 30 || names > 1
}
