//! What a source says of its own sums: by category, and of each person.

use std::borrow::Cow;

use super::alarm::Alarm;
use super::control::More;
use super::facts::year;
use super::json::{self, Members};
use super::mapping::{Feed, Shape, SummaryNames, meaning};
use super::{hours, pages};
use crate::domain::category::Category;
use crate::domain::hours::Hours;
use crate::domain::identity::IdNumber;
use crate::domain::year::Year;

/// What a source has of a category in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The category.
    pub category: Category,
    /// How many recognised records.
    pub count: u64,
    /// Their hours.
    pub hours: Hours,
}

/// What a source has of a person in a year.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Whose.
    pub number: IdNumber,
    /// The year.
    pub year: Year,
    /// Recognised hours of each category that the source sums up.
    pub hours: [(Category, Hours); 3],
}

/// A page of summaries.
#[derive(Clone, Debug)]
pub struct Summaries {
    /// Those that could be read.
    pub rows: Vec<Summary>,
    /// How many could not.
    pub unread: u64,
    /// What comes after it.
    pub more: More,
}

impl Feed {
    /// Reads the sums of a year.
    pub fn read_totals(&self, bytes: &[u8]) -> Result<Vec<Total>, Alarm> {
        let names = self.totals.as_ref().ok_or(Alarm::NotAnAnswer)?;
        let text = json::text(bytes)?;
        let result = pages::result(self, &text)?;
        let rows = result.get(&names.rows).ok_or(Alarm::RecordsMissing)?;
        let rows: Vec<Members<'_>> =
            serde_json::from_str(rows.get()).map_err(|_| Alarm::NotAnAnswer)?;
        let total = |row: &Members<'_>| {
            Some(Total {
                category: meaning(&self.categories, row.text(&names.category)?.trim())?,
                count: row.count(&names.count)?,
                hours: hours::amount(&row.text(&names.hours)?).ok()?,
            })
        };
        // A sum that cannot be read is not to be compared with as if it were none.
        rows.iter().map(|row| total(row).ok_or(Alarm::NotAnAnswer)).collect()
    }

    /// Reads a page of summaries.
    pub fn read_summaries(&self, bytes: &[u8]) -> Result<Summaries, Alarm> {
        let names = self.summary.as_ref().ok_or(Alarm::NotAnAnswer)?;
        let text = json::text(bytes)?;
        if self.shape == Shape::Statements {
            lines(&text, names)
        } else {
            paged(self, &text, names)
        }
    }
}

fn paged(feed: &Feed, text: &str, names: &SummaryNames) -> Result<Summaries, Alarm> {
    let result = pages::result(feed, text)?;
    let records = pages::records(feed, &result)?;
    let mut found = Summaries { rows: Vec::new(), unread: 0, more: More::End };
    for record in &records {
        found.add(Members::read(record.get()).ok().and_then(|row| summary(&row, names)));
    }
    let count = |name: &str| result.count(name);
    let counted = feed.requests.as_ref().is_some_and(super::mapping::Requests::is_counted);
    if let (Some(total), Some(current), Some(size)) =
        (count(&feed.answer.total), count(&feed.answer.current), count(&feed.answer.size))
    {
        let before = current.max(1).saturating_sub(1).saturating_mul(size);
        let stated = total.saturating_sub(before).min(size);
        let found_here = u64::try_from(records.len()).unwrap_or(u64::MAX);
        if found_here < stated {
            return Err(Alarm::PageShort { stated, found: found_here });
        }
        if counted && size > 0 && before.saturating_add(size) < total {
            found.more = More::Next(current.max(1).saturating_add(1).to_string());
        }
    }
    Ok(found)
}

fn lines(text: &str, names: &SummaryNames) -> Result<Summaries, Alarm> {
    let mut found = Summaries { rows: Vec::new(), unread: 0, more: More::End };
    let mut is_whole = false;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let Ok(row) = Members::read(line) else {
            found.unread += 1;
            continue;
        };
        match row.text("more") {
            Some(more) if row.get(&names.number).is_none() => {
                is_whole = true;
                if !more.is_empty() {
                    found.more = More::Next(more.into_owned());
                }
            }
            _ => found.add(summary(&row, names)),
        }
    }
    let whole = u64::try_from(found.rows.len()).unwrap_or(u64::MAX);
    if is_whole { Ok(found) } else { Err(Alarm::CutOff { whole }) }
}

impl Summaries {
    fn add(&mut self, summary: Option<Summary>) {
        match summary {
            Some(summary) => self.rows.push(summary),
            None => self.unread += 1,
        }
    }
}

fn summary(row: &Members<'_>, names: &SummaryNames) -> Option<Summary> {
    let amount = |name: &str| {
        let text = row.text(name).unwrap_or(Cow::Borrowed("0"));
        hours::amount(&text).ok()
    };
    Some(Summary {
        number: IdNumber::parse(&row.text(&names.number)?).ok()?,
        year: year(&row.text(&names.year)?)?,
        hours: [
            (Category::Professional, amount(&names.professional)?),
            (Category::Industry, amount(&names.industry)?),
            (Category::General, amount(&names.general)?),
        ],
    })
}
