//! The headings of a sheet, in one row or in two: groups above, names below.

use crate::domain::category::Category;
use crate::feeds::alarm::Alarm;
use crate::feeds::columns::{heading, shown};
use crate::feeds::grid::Row;
use crate::feeds::mapping::{Fact, Feed};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Fact(Fact),
    Hours(Category),
    /// Known, and not read.
    Other,
}

/// Which column is what.
pub(super) struct Headings {
    /// The last row of the headings, from 1.
    pub(super) last_row: u32,
    columns: Vec<(usize, String, Column)>,
}

impl Headings {
    /// The headings among the first rows of a sheet.
    pub(super) fn find(feed: &Feed, head: &[Row]) -> Result<Headings, Alarm> {
        let known = |row: &Row| {
            row.cells
                .iter()
                .filter(|(at, _)| column(feed, &heading(row.text(*at))).is_some())
                .count()
        };
        // A title often stands above; the row with the number is the upper one.
        let is_upper = |row: &&Row| {
            let fact = |at: usize| column(feed, &heading(row.text(at)));
            known(row) >= 2
                && row.cells.iter().any(|(at, _)| fact(*at) == Some(Column::Fact(Fact::Number)))
        };
        let Some(upper) = head.iter().find(is_upper) else {
            let missing = feed.names.of(Fact::Number).to_vec();
            return Err(Alarm::HeaderChanged { missing, unknown: Vec::new() });
        };
        let below = head.iter().find(|row| row.number == upper.number.saturating_add(1));
        let number =
            upper.cells.iter().map(|(at, _)| *at).find(|at| {
                column(feed, &heading(upper.text(*at))) == Some(Column::Fact(Fact::Number))
            });
        // Below a heading that was merged there is nothing.
        let is_lower =
            |row: &&Row| number.is_some_and(|at| row.text(at).is_empty()) && known(row) > 0;
        Headings::read(feed, upper, below.filter(is_lower))
    }

    fn read(feed: &Feed, upper: &Row, lower: Option<&Row>) -> Result<Headings, Alarm> {
        let mut places: Vec<usize> = upper.cells.iter().map(|(at, _)| *at).collect();
        places.extend(lower.iter().flat_map(|row| row.cells.iter().map(|(at, _)| *at)));
        places.sort_unstable();
        places.dedup();
        let (mut columns, mut unknown): (Vec<(usize, String, Column)>, _) =
            (Vec::new(), Vec::new());
        for at in places {
            let below = lower.map(|row| heading(row.text(at))).unwrap_or_default();
            let name = if below.is_empty() { heading(upper.text(at)) } else { below };
            let found = column(feed, &name);
            let is_twice = |found| columns.iter().any(|(_, _, other)| *other == found);
            match found {
                Some(found) if found == Column::Other || !is_twice(found) => {
                    columns.push((at, name, found));
                }
                _ if name.is_empty() => {}
                _ => unknown.push(shown(feed, &name)),
            }
        }
        let has = |wanted| columns.iter().any(|(_, _, column)| *column == wanted);
        let facts = feed.names.iter().filter(|(fact, _)| !has(Column::Fact(*fact)));
        let mut missing: Vec<String> =
            facts.filter_map(|(_, names)| names.first().cloned()).collect();
        let hours = feed.categories.iter().filter(|(_, category)| !has(Column::Hours(*category)));
        missing.extend(hours.map(|(word, _)| word.clone()));
        if !missing.is_empty() || !unknown.is_empty() {
            return Err(Alarm::HeaderChanged { missing, unknown });
        }
        let last_row = lower.map_or(upper.number, |row| row.number);
        Ok(Headings { last_row, columns })
    }

    /// The heading of a column, or its place.
    pub(super) fn name(&self, at: usize) -> String {
        let found = self.columns.iter().find(|(place, _, _)| *place == at);
        found.map_or_else(|| format!("#{}", at + 1), |(_, name, _)| name.clone())
    }

    pub(super) fn place(&self, wanted: Column) -> Option<usize> {
        self.columns.iter().find(|(_, _, column)| *column == wanted).map(|(at, _, _)| *at)
    }

    pub(super) fn hours(&self) -> impl Iterator<Item = (usize, Category)> {
        self.columns.iter().filter_map(|(at, _, column)| match column {
            Column::Hours(category) => Some((*at, *category)),
            Column::Fact(_) | Column::Other => None,
        })
    }

    pub(super) fn facts(&self) -> impl Iterator<Item = (usize, Fact)> {
        self.columns.iter().filter_map(|(at, _, column)| match column {
            Column::Fact(fact) => Some((*at, *fact)),
            Column::Hours(_) | Column::Other => None,
        })
    }
}

fn column(feed: &Feed, name: &str) -> Option<Column> {
    if let Some(fact) = feed.names.fact(name) {
        return Some(Column::Fact(fact));
    }
    if let Some(category) = feed.category(name) {
        return Some(Column::Hours(category));
    }
    feed.names.others.iter().any(|other| other == name).then_some(Column::Other)
}
