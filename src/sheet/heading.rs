//! The row of headings, found among the first rows, and the rows below read by it.

use unicode_normalization::UnicodeNormalization;

use super::cell::{Cell, Flaw};
use super::{Column, Limits, Row, RowFields, stood};
use crate::domain::discreet::shown;
use crate::domain::fields::Problems;
use crate::domain::message::{Message, Problem};
use crate::domain::nearest::nearest;

/// A title, a note and an empty row often stand above the headings.
pub(super) const WITHIN: usize = 10;

/// Which column is where.
pub(super) struct Headings {
    columns: Vec<Option<Column>>,
}

impl Headings {
    /// The headings among the first rows, and in which of them they are.
    pub(super) fn find<S: AsRef<str>>(
        first: &[Vec<S>],
        limits: &Limits,
    ) -> Result<(usize, Headings), Message> {
        let known = |row: &Vec<S>| {
            row.iter().filter(|cell| Column::of(&normal(cell.as_ref())).is_some()).count()
        };
        let mut best = (0, 0);
        for (place, row) in first.iter().enumerate().take(WITHIN) {
            let found = known(row);
            if found > best.1 {
                best = (place, found);
            }
        }
        match first.get(best.0) {
            Some(row) if best.1 >= 2 => Ok((best.0, Headings::read(row, limits)?)),
            _ => Err(Message::new("no_headings")
                .with("rows", WITHIN)
                .with("columns", names(&Column::REQUIRED))),
        }
    }

    /// How many of the columns that the format knows are in the row that has most of them.
    pub(super) fn score<S: AsRef<str>>(first: &[Vec<S>]) -> usize {
        let known = |row: &Vec<S>| {
            row.iter().filter(|cell| Column::of(&normal(cell.as_ref())).is_some()).count()
        };
        first.iter().take(WITHIN).map(known).max().unwrap_or(0)
    }

    fn read<S: AsRef<str>>(row: &[S], limits: &Limits) -> Result<Headings, Message> {
        let used =
            row.iter().rposition(|cell| !cell.as_ref().trim().is_empty()).map_or(0, |at| at + 1);
        if used > limits.columns {
            return Err(Message::new("too_many_columns").with("most", limits.columns));
        }
        let (mut columns, mut unknown, mut twice) = (Vec::new(), Vec::new(), Vec::new());
        for cell in row.iter().take(used) {
            let heading = normal(cell.as_ref());
            let column = Column::of(&heading);
            match column {
                None if !heading.is_empty() => unknown.push(suggestion(&heading)),
                Some(column) if columns.contains(&Some(column)) => twice.push(column),
                _ => {}
            }
            columns.push(column);
        }
        let missing: Vec<Column> = Column::REQUIRED
            .into_iter()
            .filter(|column| !columns.contains(&Some(*column)))
            .collect();
        if !unknown.is_empty() {
            return Err(Message::new("unknown_columns").with("columns", unknown.join(", ")));
        }
        if !twice.is_empty() {
            return Err(Message::new("columns_twice").with("columns", names(&twice)));
        }
        if !missing.is_empty() {
            return Err(Message::new("columns_missing").with("columns", names(&missing)));
        }
        Ok(Headings { columns })
    }

    /// How many columns there are, with those between them that have no heading.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// A row below; `None` where it is empty.
    pub(super) fn row<'c>(
        &self,
        number: u64,
        cells: impl Iterator<Item = (usize, Cell<'c>)> + Clone,
        limits: &Limits,
    ) -> Option<Row> {
        let line = u32::try_from(number).unwrap_or(u32::MAX);
        let mut fields = RowFields::default();
        let mut problems = Problems::new();
        let mut empty = true;
        for (place, cell) in cells.clone() {
            if cell.is_ok_and(|text| text.trim().is_empty()) {
                continue;
            }
            empty = false;
            let column = self.columns.get(place).copied().flatten();
            let cell = cell.and_then(|text| {
                if text.len() > limits.cell_bytes { Err(Flaw::TooLong) } else { Ok(text) }
            });
            let problem = match (column, cell) {
                (None, _) => Some(Message::new("cell_without_heading").with("column", place + 1)),
                (Some(column), Ok(text)) => {
                    fields.put(column, text);
                    None
                }
                (Some(column), Err(flaw)) => {
                    let message = match flaw {
                        Flaw::Error(error) => Message::new("cell_error").with("error", error),
                        Flaw::TooLong => {
                            Message::new("cell_too_long").with("most", limits.cell_bytes)
                        }
                    };
                    Some(message.with("column", column.name()))
                }
            };
            // One stray cell tells as much as a thousand.
            if let Some(message) = problem
                && problems.len() < Column::ALL.len()
            {
                problems.push(Problem::at(column.map_or("", Column::name), line, message));
            }
        }
        let (fields, stood) = if problems.is_empty() {
            (Ok(fields), Vec::new())
        } else {
            (Err(problems), stood::cells(cells))
        };
        (!empty).then_some(Row { number, fields, stood })
    }
}

/// A heading as it is compared: full-width letters as plain ones, no spaces, no marks of required fields.
fn normal(heading: &str) -> String {
    // A heading is a word or two; of a page of text only so much is looked at.
    let plain: String = heading.chars().take(64).nfkc().collect();
    let plain = plain.trim_matches(|c: char| c.is_whitespace() || c == '*' || c == '\u{feff}');
    if plain.is_ascii() {
        plain.to_ascii_lowercase().replace([' ', '-'], "_")
    } else {
        plain.chars().filter(|c| !c.is_whitespace()).collect()
    }
}

/// The unknown heading and the known one that is nearest.
fn suggestion(heading: &str) -> String {
    let known = Column::ALL.iter().flat_map(|column| column.headings().iter().copied());
    let alike = known.filter(|known| known.is_ascii() == heading.is_ascii());
    match nearest(heading, alike).first() {
        Some(known) => format!("{} (→ {known}?)", said(heading, known)),
        None => shown(heading).to_owned(),
    }
}

/// Where the headings are missing, this is a row about somebody: only what resembles a heading is said.
fn said<'h>(heading: &'h str, known: &str) -> &'h str {
    let common = heading.chars().filter(|c| known.contains(*c)).count();
    if !heading.is_ascii() && common >= 2 { heading } else { shown(heading) }
}

/// Columns by both names.
fn names(columns: &[Column]) -> String {
    let both = |column: &Column| match column.headings() {
        [name, chinese, ..] => format!("{name} {chinese}"),
        _ => column.name().to_owned(),
    };
    columns.iter().map(both).collect::<Vec<_>>().join(", ")
}
