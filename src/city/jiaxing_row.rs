//! A row of the workbook of Jiaxing before it is written.

use chrono::NaiveDate;

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Blank,
    Text(String),
    /// A number in decimals.
    Number(String),
    /// A formula that no program has worked out.
    Formula(String),
    Day(NaiveDate),
}

/// A row of a sheet before it is written: the twelve cells in their usual order.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    pub(super) person: usize,
    /// The first of its records.
    pub(super) record: usize,
    pub(super) hidden: bool,
}

/// The places of the cells.
pub(super) const NAME: usize = 0;
pub(super) const NUMBER: usize = 1;
pub(super) const UNIT: usize = 2;
pub(super) const FROM: usize = 5;
pub(super) const TO: usize = 6;
pub(super) const HOURS: usize = 7;
pub(super) const SUM: usize = 10;
