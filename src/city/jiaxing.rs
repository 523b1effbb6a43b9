//! The workbook of Jiaxing: a sheet for each year, a row of up to three categories.

use std::collections::BTreeMap;

use rust_xlsxwriter::XlsxError;

use super::jiaxing_faults::{Look, written};
use super::jiaxing_row::{Cell, HOURS, Row, SUM};
use super::record::{Standing, System};
use super::town::Town;
use crate::domain::category::Category;
use crate::domain::hours::Hours;

const WIDTH: usize = 12;
/// Who signs.
const SIGNER: &str = "样例审核员甲";

impl Town {
    /// The workbook.
    pub(super) fn jiaxing_book(&mut self) -> Result<Vec<u8>, XlsxError> {
        let mut sheets: BTreeMap<i16, Vec<Row>> = BTreeMap::new();
        for (year, row) in self.jiaxing_rows() {
            let tab = self.jiaxing_tab(year, row.record);
            let row = self.jiaxing_spoilt(row);
            sheets.entry(tab).or_default().push(row);
        }
        for rows in sheets.values_mut() {
            // The rows of a person stand together, in the order in which they came.
            rows.sort_by_key(|row| (row.person, row.record));
        }
        let look = Look::of(self);
        written(&sheets, &look)
    }

    /// The rows as they are, with the year that each is for.
    fn jiaxing_rows(&self) -> Vec<(i16, Row)> {
        let mut rows: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let of_book = self.records.iter().enumerate().filter(|(_, r)| r.system == System::Jiaxing);
        for (n, record) in of_book {
            rows.entry(record.row).or_default().push(n);
        }
        rows.into_values().filter_map(|parts| self.jiaxing_row(&parts)).collect()
    }

    fn jiaxing_row(&self, parts: &[usize]) -> Option<(i16, Row)> {
        let first = *parts.first()?;
        let record = self.records.get(first)?;
        let event = self.events.get(record.event)?;
        let person = self.people.get(event.person)?;
        let mut cells = vec![Cell::Blank; WIDTH];
        let day = |at: chrono::NaiveDateTime| Cell::Text(at.format("%Y-%m-%d").to_string());
        let texts = [
            Cell::Text(person.name.clone()),
            Cell::Text(person.number.clone()),
            Cell::Text(person.unit.clone()),
            Cell::Text(record.title.clone()),
            Cell::Text(event.provider.clone()),
            day(event.started),
            day(event.ended),
        ];
        for (cell, text) in cells.iter_mut().zip(texts) {
            *cell = text;
        }
        let mut sum = Hours::ZERO;
        for part in parts.iter().filter_map(|n| self.records.get(*n)) {
            let place = match self.events.get(part.event)?.category {
                Category::Professional => 0,
                Category::Industry => 1,
                Category::General | Category::Public => 2,
            };
            sum += part.hours;
            if let Some(cell) = cells.get_mut(HOURS + place) {
                *cell = Cell::Number(part.hours.to_string());
            }
        }
        if let Some(cell) = cells.get_mut(SUM) {
            *cell = Cell::Number(sum.to_string());
        }
        if let (Some(cell), Standing::Recognised) = (cells.last_mut(), record.standing) {
            *cell = Cell::Text(SIGNER.to_owned());
        }
        let row = Row { cells, person: event.person, record: first, hidden: false };
        Some((record.year, row))
    }
}
