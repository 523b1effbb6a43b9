//! Workbooks with a sheet for each year, two rows of headings and a column of hours for each category:
//! a row of the sheet is up to three records of one event.

mod headings;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use super::alarm::Alarm;
use super::columns::is_total_word;
use super::control::{FileControl, Reading};
use super::facts::{self, Facts, Place};
use super::file_rows::Give;
use super::grid::{Cell, Grid, Row, Sheet};
use super::mapping::{Fact, Feed};
use super::texts::Texts;
use super::{dates, hours};
use crate::domain::category::Category;
use crate::domain::discreet;
use crate::domain::hours::Hours;
use crate::domain::ledger::statement::{RecognitionStatus, StatedRow};
use crate::domain::message::Message;
use headings::{Column, Headings};

/// An opened workbook whose headings are all as they should be.
struct Book {
    grid: Grid,
    /// By the place of the sheet.
    tabs: BTreeMap<usize, Headings>,
}

impl Book {
    fn open(feed: &Feed, path: &Path, control: &mut FileControl) -> Result<Book, Alarm> {
        let grid = Grid::open(path).map_err(Alarm::Unreadable)?;
        let (mut tabs, mut others) = (BTreeMap::new(), Vec::new());
        for (place, sheet) in grid.sheets.iter().enumerate() {
            if sheet.head.is_empty() {
                continue;
            }
            if facts::year(&sheet.name).is_none() || !sheet.is_visible {
                others.push(sheet.name.clone());
                continue;
            }
            tabs.insert(place, Headings::find(feed, &sheet.head)?);
        }
        if !others.is_empty() {
            control.notices = vec![not_read(&control.name, &others)];
        }
        if tabs.is_empty() {
            let missing = feed.names.of(Fact::Number).to_vec();
            return Err(Alarm::HeaderChanged { missing, unknown: Vec::new() });
        }
        Ok(Book { grid, tabs })
    }
}

/// Which sheets were not read. A year is no name; what else is on a tab may be somebody's.
fn not_read(file: &str, sheets: &[String]) -> Message {
    let shown = |sheet: &String| match facts::year(sheet) {
        Some(_) => sheet.clone(),
        None => discreet::shown(sheet).to_owned(),
    };
    let mut names: Vec<String> = sheets.iter().take(10).map(shown).collect();
    names.dedup();
    let message = Message::new("feed_sheets_not_read").with("name", file).with("n", sheets.len());
    message.with("sheets", names.join(", "))
}

/// Looks through the workbook without taking anything.
pub(super) fn examine(
    feed: &Feed,
    path: &Path,
    control: &mut FileControl,
    reading: &Reading<'_>,
) -> Result<(), Alarm> {
    read(feed, path, control, reading, &mut |_| ControlFlow::Continue(()))
}

/// Gives the records.
pub(super) fn read(
    feed: &Feed,
    path: &Path,
    control: &mut FileControl,
    reading: &Reading<'_>,
    give: Give<'_>,
) -> Result<(), Alarm> {
    let book = Book::open(feed, path, control)?;
    let mut merged = Merged::default();
    let mut at = None;
    while let Some((place, rows)) = book.grid.next().map_err(Alarm::Unreadable)? {
        let (Some(headings), Some(sheet)) = (book.tabs.get(&place), book.grid.sheets.get(place))
        else {
            continue;
        };
        if at != Some(place) {
            at = Some(place);
            merged = Merged::of(sheet);
        }
        let tab = Tab { feed, reading, headings, sheet, place, epoch: book.grid.epoch };
        for row in rows {
            if row.number <= headings.last_row {
                continue;
            }
            let whole = merged.fill(&row);
            let records = tab.records(&row, &whole);
            if records.is_empty() {
                control.skipped += 1;
            }
            for record in records {
                control.rows += 1;
                if give(record).is_break() {
                    return Ok(());
                }
            }
        }
    }
    control.complete = true;
    Ok(())
}

/// Cells that were merged downwards, and what is in them.
#[derive(Default)]
struct Merged {
    /// Those that begin further down, the next one last.
    to_come: Vec<(u32, u32, usize)>,
    /// Those that the row is in: their last row, and the cell.
    open: BTreeMap<usize, (u32, Cell)>,
}

impl Merged {
    fn of(sheet: &Sheet) -> Merged {
        let to_come = sheet.merged.iter().rev().copied().collect();
        Merged { to_come, open: BTreeMap::new() }
    }

    /// What reaches down into the row from above.
    fn fill(&mut self, row: &Row) -> BTreeMap<usize, Cell> {
        self.open.retain(|_, (last, _)| *last >= row.number);
        let reaching =
            self.open.iter().map(|(column, (_, cell))| (*column, cell.clone())).collect();
        while let Some((first, last, column)) = self.to_come.last().copied() {
            if first > row.number {
                break;
            }
            self.to_come.pop();
            let found = row.cells.iter().find(|(at, _)| *at == column);
            if let Some((_, cell)) = found.filter(|_| first == row.number) {
                self.open.insert(column, (last, cell.clone()));
            }
        }
        reaching
    }
}

/// What every row of a sheet is read with.
struct Tab<'t> {
    feed: &'t Feed,
    reading: &'t Reading<'t>,
    headings: &'t Headings,
    sheet: &'t Sheet,
    place: usize,
    epoch: dates::Epoch,
}

/// The hours of one category in a row.
struct Amount {
    category: Category,
    hours: Result<Hours, Message>,
}

impl Tab<'_> {
    /// The records of a row; none of sums, notes and blanks.
    fn records(&self, row: &Row, reaching: &BTreeMap<usize, Cell>) -> Vec<StatedRow> {
        if self.is_total(row) {
            return Vec::new();
        }
        let amounts = self.amounts(row, reaching);
        let event = amounts.iter().try_fold(Hours::ZERO, |sum, amount| match &amount.hours {
            Ok(hours) => sum.checked_add(*hours),
            Err(_) => None,
        });
        let wrong_sum = event.zip(self.sum(row)).is_some_and(|(found, stated)| found != stated);
        let records = amounts.into_iter().map(|amount| {
            let mut facts = self.facts(row, reaching, &amount);
            facts.event = event;
            if wrong_sum {
                facts.problem("hours", Message::new("row_total_differs"));
            }
            let reviewer = facts.texts.get(Fact::Reviewer);
            let is_recognised = !reviewer.is_empty() && !self.is_nothing(reviewer);
            let place = Place {
                row_no: self.row_no(row, amount.category),
                version: self.reading.observed_at.micros(),
                standing: if is_recognised {
                    RecognitionStatus::Recognised
                } else {
                    RecognitionStatus::Received
                },
                raw: self.raw(row, reaching),
            };
            facts.judge(self.feed, self.reading, place)
        });
        records.collect()
    }

    /// Of all sheets together, so that no two records have the same.
    fn row_no(&self, row: &Row, category: Category) -> i64 {
        let number = |n: usize| i64::try_from(n).unwrap_or_default();
        number(self.place + 1) * 10_000_000 + i64::from(row.number) * 4 + number(category.index())
    }

    fn is_total(&self, row: &Row) -> bool {
        let number = self.headings.place(Column::Fact(Fact::Number));
        let is_nobody = number.is_none_or(|at| row.text(at).is_empty());
        let first = row.cells.iter().filter(|(_, cell)| matches!(cell, Cell::Text(_))).take(3);
        is_nobody && first.into_iter().any(|(at, _)| is_total_word(self.feed, row.text(*at)))
    }

    fn is_nothing(&self, text: &str) -> bool {
        self.feed.file.nothing.iter().any(|word| word == text)
    }

    /// The hours of the row, one for each category that has any.
    fn amounts(&self, row: &Row, reaching: &BTreeMap<usize, Cell>) -> Vec<Amount> {
        let mut amounts = Vec::new();
        for (at, category) in self.headings.hours() {
            let cell = row.cells.iter().find(|(column, _)| *column == at).map(|(_, cell)| cell);
            let hours = match cell {
                // Hours of several rows in one cell: of each, or of all of them together?
                None if reaching.contains_key(&at) => Err(Message::new("hours_merged")),
                None => continue,
                Some(Cell::Text(text)) if self.is_nothing(text.trim()) => continue,
                Some(Cell::Text(text)) => match hours::amount(text) {
                    Ok(Hours::ZERO) => continue,
                    amount => amount,
                },
                Some(Cell::Unvalued) => Err(Message::new("formula_without_value")),
                Some(Cell::Flaw(error)) => {
                    let message = Message::new("cell_error").with("column", category.name());
                    Err(message.with("error", error))
                }
            };
            amounts.push(Amount { category, hours });
        }
        amounts
    }

    /// The sum that the row states; none where it was never calculated.
    fn sum(&self, row: &Row) -> Option<Hours> {
        let at = self.headings.place(Column::Fact(Fact::Sum))?;
        let text = row.text(at);
        if text.is_empty() { None } else { hours::amount(text).ok() }
    }

    fn facts<'r>(
        &'r self,
        row: &'r Row,
        reaching: &'r BTreeMap<usize, Cell>,
        amount: &Amount,
    ) -> Facts<'r> {
        let mut texts = Texts::default();
        let mut problems = Vec::new();
        texts.put(Fact::Year, Cow::Borrowed(&self.sheet.name));
        for (at, fact) in self.headings.facts() {
            let own = row.cells.iter().find(|(column, _)| *column == at).map(|(_, cell)| cell);
            match own.or_else(|| reaching.get(&at)) {
                Some(Cell::Text(text)) => texts.put(fact, Cow::Borrowed(text)),
                Some(Cell::Unvalued) if fact != Fact::Sum => {
                    problems.push(Message::new("formula_without_value"));
                }
                Some(Cell::Flaw(error)) if fact != Fact::Sum => {
                    let message = Message::new("cell_error").with("column", at + 1);
                    problems.push(message.with("error", error));
                }
                _ => {}
            }
        }
        let person = texts.person();
        let said = [Fact::CourseTitle, Fact::Provider]
            .map(|fact| texts.get(fact).split_whitespace().collect::<String>());
        let days = [Fact::Started, Fact::Completed].map(|fact| {
            let text = texts.get(fact);
            dates::day(text, self.epoch).map_or_else(|_| text.to_owned(), |day| day.to_string())
        });
        let mut parts = vec![person.as_str(), amount.category.name()];
        parts.extend(said.iter().chain(&days).map(String::as_str));
        let key = (self.reading.key_of)(&parts);
        let mut facts = Facts::new(texts, Some(key.into()));
        facts.category = Some(amount.category);
        facts.hours = Some(amount.hours.clone());
        facts.epoch = self.epoch;
        for message in problems {
            facts.problem("", message);
        }
        facts
    }

    /// The row as JSON, with its place.
    fn raw(&self, row: &Row, reaching: &BTreeMap<usize, Cell>) -> Vec<u8> {
        let mut cells = serde_json::Map::new();
        let own = row.cells.iter().map(|(at, cell)| (*at, cell));
        let above = reaching.iter().map(|(at, cell)| (*at, cell));
        for (at, cell) in above.chain(own) {
            let text = match cell {
                Cell::Text(text) => text.as_str(),
                Cell::Unvalued => "=",
                Cell::Flaw(error) => error,
            };
            cells.insert(self.headings.name(at), text.into());
        }
        let place = serde_json::json!({
            "sheet": self.sheet.name, "row": row.number, "cells": cells,
        });
        place.to_string().into_bytes()
    }
}
