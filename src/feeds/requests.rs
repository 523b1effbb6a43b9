//! How a source is asked: paths and parameters, as its mapping has them.

use std::fmt::Write as _;
use std::time::Duration;

use super::alarm::Alarm;
use super::control::{Page, Reading};
use super::mapping::{Feed, Requests, Shape, SinceForm};
use super::{pages, statements};
use crate::domain::timestamp::Timestamp;
use crate::domain::year::Year;

impl Feed {
    /// The path and question for records that changed at an instant or later, all without one; with
    /// `next`, what a page named as what follows it.
    pub fn target(&self, since: Option<Timestamp>, next: Option<&str>) -> Option<String> {
        let requests = self.requests.as_ref()?;
        if requests.page.is_none()
            && let Some(link) = next
        {
            return Some(link.to_owned());
        }
        let mut target = requests.list.clone();
        let mut question = Question::new(&mut target);
        if let Some(page) = &requests.page {
            question.ask(page, next.unwrap_or("1"));
        }
        question.ask(&requests.size, &requests.page_size.to_string());
        if let Some(since) = since {
            question.ask(&requests.since, &requests.since_form.written(since));
        }
        Some(target)
    }

    /// The path and question for the sums of a year.
    pub fn totals_target(&self, year: Year) -> Option<String> {
        let requests = self.requests.as_ref()?;
        let mut target = requests.totals.clone()?;
        Question::new(&mut target).ask(&requests.year, &year.to_string());
        Some(target)
    }

    /// The path and question for what each person has in a year.
    pub fn summary_target(&self, year: Year, next: Option<&str>) -> Option<String> {
        let requests = self.requests.as_ref()?;
        if requests.page.is_none()
            && let Some(link) = next
        {
            return Some(link.to_owned());
        }
        let mut target = requests.summary.clone()?;
        let mut question = Question::new(&mut target);
        question.ask(&requests.year, &year.to_string());
        if let Some(page) = &requests.page {
            question.ask(page, next.unwrap_or("1"));
            question.ask(&requests.size, &requests.page_size.to_string());
        }
        Some(target)
    }

    /// The name and value of the header that carries a token.
    pub fn token_header(&self, token: &str) -> Option<(String, String)> {
        let requests = self.requests.as_ref()?;
        Some((requests.token_header.clone(), format!("{}{token}", requests.token_prefix)))
    }

    /// How far before the cursor is asked again: for what was written late.
    pub fn look_back(&self) -> Duration {
        self.requests.as_ref().map_or(Duration::ZERO, |requests| requests.look_back)
    }

    /// How far the cursor stays behind the beginning of a run: for what is still being written.
    pub fn safety_lag(&self) -> Duration {
        self.requests.as_ref().map_or(Duration::ZERO, |requests| requests.safety_lag)
    }

    /// The same feed, asked for another number of records at a time.
    #[must_use]
    pub fn with_page_size(mut self, page_size: u32) -> Feed {
        if let Some(requests) = &mut self.requests {
            requests.page_size = page_size;
        }
        self
    }

    /// How many records are asked for at a time.
    pub fn page_size(&self) -> u32 {
        self.requests.as_ref().map_or(0, |requests| requests.page_size)
    }

    /// Reads a page; nothing of one that raises an alarm is to be taken.
    pub fn read_page(&self, bytes: &[u8], reading: &Reading<'_>) -> Result<Page, Alarm> {
        match self.shape {
            Shape::Pages => pages::read(self, bytes, reading),
            Shape::Statements => statements::read(self, bytes, reading),
            Shape::Columns | Shape::Workbook => Err(Alarm::NotAnAnswer),
        }
    }
}

impl Requests {
    /// The name of a page after this one, where pages are counted.
    pub(super) fn is_counted(&self) -> bool {
        self.page.is_some()
    }
}

impl SinceForm {
    fn written(self, at: Timestamp) -> String {
        let shift = match self {
            SinceForm::China => 8 * 3600,
            SinceForm::Utc => 0,
        };
        let text = at.plus_seconds(shift).to_string();
        // `2024-05-06T00:00:00.000000Z`
        let (day, time) =
            (text.get(..10).unwrap_or_default(), text.get(11..19).unwrap_or_default());
        match self {
            SinceForm::China => format!("{day} {time}"),
            SinceForm::Utc => format!("{day}T{time}.{}Z", text.get(20..23).unwrap_or("000")),
        }
    }
}

/// Parameters, one after the other.
struct Question<'t> {
    target: &'t mut String,
    sign: char,
}

impl Question<'_> {
    fn new(target: &mut String) -> Question<'_> {
        Question { target, sign: '?' }
    }

    fn ask(&mut self, name: &str, value: &str) {
        self.target.push(self.sign);
        self.sign = '&';
        encode(self.target, name);
        self.target.push('=');
        encode(self.target, value);
    }
}

fn encode(target: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            target.push(char::from(byte));
        } else {
            // Writing into a text does not fail.
            let _ = write!(target, "%{byte:02X}");
        }
    }
}
