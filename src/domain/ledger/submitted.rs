//! A row as a source submits it: read field by field, every problem with its place.

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

use super::outcome::{Outcome, Refusal, RowProblem};
use super::posting::{Particulars, Posting};
use super::raw_row::RawRow;
use crate::domain::category::Category;
use crate::domain::discreet;
use crate::domain::hours::Hours;
use crate::domain::identity::{self, IdNumber};
use crate::domain::message::Message;
use crate::domain::person_name::PersonName;
use crate::domain::year::Year;

/// The longest key of a source, and the longest text of a posting, in characters.
pub const KEY_LENGTH: usize = 128;
/// The longest text of a posting, in characters.
const TEXT_LENGTH: usize = 200;

/// A row that is right in itself.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The source's own key.
    pub key: Box<str>,
    /// The source's revision of the row, from 1.
    pub revision: i32,
    /// Whose number.
    pub number: IdNumber,
    /// Whose name.
    pub name: PersonName,
    /// The hours.
    pub posting: Posting,
}

/// Reads one row; `today` is the day in China, after which nothing can have been completed.
pub fn read(raw: &RawRow, today: NaiveDate) -> Result<Submitted, Refusal> {
    let mut reading = Reading { problems: raw.wrong.clone(), damaged: false };
    let mut key = reading.key(raw.key.as_deref());
    let revision = reading.revision(raw.revision.as_deref());
    let number = reading.number(raw.number.as_deref());
    let name = reading.name(raw.name.as_deref());
    let year = reading.year(raw.year.as_deref(), today);
    let category = reading.category(raw.category.as_deref());
    let hours = reading.hours(raw.hours.as_deref());
    let completed_on = reading.day(raw.completed_on.as_deref(), today);
    let particulars = Particulars {
        course_code: reading.text("course.code", raw.course_code.as_deref()),
        course_title: reading.text("course.title", raw.course_title.as_deref()),
        provider: reading.text("provider", raw.provider.as_deref()),
        specialty: reading.text("specialty", raw.specialty.as_deref()),
        basis: reading.text("basis", raw.basis.as_deref()),
        certificate: reading.text("certificate", raw.certificate.as_deref()),
    };
    if let Some(name) = &name {
        key = key.filter(|key| reading.nameless("key", key, name));
        for (field, text) in particulars.named() {
            if let Some(text) = text {
                reading.nameless(field, text, name);
            }
        }
    }
    let posting = (|| {
        Some(Posting { year: year?, category: category?, hours: hours?, completed_on, particulars })
    })();
    match (key.clone(), revision, number, name, posting) {
        (Some(key), Some(revision), Some(number), Some(name), Some(posting))
            if reading.problems.is_empty() =>
        {
            Ok(Submitted { key, revision, number, name, posting })
        }
        _ => Err(reading.refusal(key)),
    }
}

struct Reading {
    problems: Vec<RowProblem>,
    damaged: bool,
}

impl Reading {
    fn refusal(self, key: Option<Box<str>>) -> Refusal {
        // Damage alone is held: somebody can still find out what was meant.
        let held = self.damaged && self.problems.len() == 1;
        let outcome = if held { Outcome::Held } else { Outcome::Rejected };
        Refusal { outcome, problems: self.problems, key }
    }

    fn problem<T>(&mut self, field: &str, message: Message) -> Option<T> {
        self.problems.push(RowProblem::at(field, message));
        None
    }

    fn required<'t>(&mut self, field: &str, text: Option<&'t str>) -> Option<&'t str> {
        match text.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => Some(text),
            None if self.problems.iter().any(|problem| problem.field == field) => None,
            None => self.problem(field, Message::new("field_missing").with("field", field)),
        }
    }

    fn key(&mut self, text: Option<&str>) -> Option<Box<str>> {
        let text = self.required("key", text)?;
        let printable = text.chars().all(|c| !c.is_control());
        if !printable || text.chars().count() > KEY_LENGTH {
            let message = Message::new("key_form").with("most", KEY_LENGTH);
            return self.problem("key", message);
        }
        if identity::looks_like_id_number(text) {
            return self.problem("key", Message::new("key_holds_id_number"));
        }
        if discreet::looks_like_name(text) {
            return self.problem("key", Message::new("key_holds_name"));
        }
        Some(text.into())
    }

    /// Keys and texts are kept in clear: they do not say who somebody is. A school may be called like
    /// a person, so of a text only the whole is looked at.
    fn nameless(&mut self, field: &str, text: &str, name: &PersonName) -> bool {
        let named = match field {
            "key" => discreet::names(text, name),
            _ => PersonName::parse(text).is_ok_and(|text| text == *name),
        };
        if named {
            let code = if field == "key" { "key_holds_name" } else { "text_holds_name" };
            self.problems.push(RowProblem::at(field, Message::new(code).with("field", field)));
        }
        !named
    }

    fn revision(&mut self, text: Option<&str>) -> Option<i32> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            return Some(1);
        };
        let revision = text.parse().ok().filter(|revision| (1..=1_000_000).contains(revision));
        revision.or_else(|| self.problem("revision", Message::new("revision_form")))
    }

    fn number(&mut self, text: Option<&str>) -> Option<IdNumber> {
        let text = self.required("person.number", text)?;
        match IdNumber::parse(text) {
            Ok(number) => Some(number),
            Err(wrong) => {
                self.damaged |= wrong.is_damaged();
                self.problem("person.number", Message::new(wrong.code()))
            }
        }
    }

    fn name(&mut self, text: Option<&str>) -> Option<PersonName> {
        let text = self.required("person.name", text)?;
        match PersonName::parse(text) {
            Ok(name) => Some(name),
            Err(wrong) => self.problem("person.name", Message::new(wrong.code())),
        }
    }

    fn year(&mut self, text: Option<&str>, today: NaiveDate) -> Option<Year> {
        let text = self.required("year", text)?;
        let Some(year) = text.parse().ok().and_then(Year::new) else {
            return self.problem("year", Message::new("year_form"));
        };
        if i32::from(year.get()) > chrono::Datelike::year(&today) {
            return self.problem("year", Message::new("year_to_come").with("year", year));
        }
        Some(year)
    }

    fn category(&mut self, text: Option<&str>) -> Option<Category> {
        let text = self.required("category", text)?;
        Category::from_name(text).or_else(|| {
            let names = Category::ALL.map(Category::name).join(", ");
            self.problem("category", Message::new("category_form").with("accepted", names))
        })
    }

    fn hours(&mut self, text: Option<&str>) -> Option<Hours> {
        let text = self.required("hours", text)?;
        match text.parse::<Hours>() {
            Ok(Hours::ZERO) => self.problem("hours", Message::new("hours_zero")),
            Ok(hours) => Some(hours),
            Err(wrong) => {
                let shown: String = text.chars().take(20).collect();
                let message =
                    Message::new(wrong.code()).with("field", "hours").with("found", shown);
                self.problem("hours", message)
            }
        }
    }

    fn day(&mut self, text: Option<&str>, today: NaiveDate) -> Option<NaiveDate> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        let day = (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok());
        match day.flatten() {
            None => self.problem("completed_on", Message::new("day_form")),
            Some(day) if day > today => {
                self.problem("completed_on", Message::new("day_to_come").with("day", day))
            }
            day => day,
        }
    }

    /// White space never makes two texts differ.
    fn text(&mut self, field: &str, text: Option<&str>) -> Option<Box<str>> {
        let words: Vec<String> =
            text?.nfc().collect::<String>().split_whitespace().map(str::to_owned).collect();
        let text = words.join(" ");
        if text.is_empty() {
            return None;
        }
        if text.chars().count() > TEXT_LENGTH || text.chars().any(char::is_control) {
            let message = Message::new("text_form").with("field", field).with("most", TEXT_LENGTH);
            return self.problem(field, message);
        }
        if identity::looks_like_id_number(&text) {
            return self.problem(field, Message::new("text_holds_id_number").with("field", field));
        }
        Some(text.into())
    }
}
