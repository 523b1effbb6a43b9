//! The hours of a year that two plans could tell apart: at the thresholds of both, and just under.

use crate::domain::hours::Hours;
use crate::domain::policy::notice::model::Need;
use crate::domain::policy::plan::{KnownFacts, Plan, Rule, Thresholds};

/// Professional, industry and general hours of a year, in hundredths.
pub(super) type Row = [i64; 3];

/// An hour, in hundredths.
const HOUR: i64 = 100;

/// The most rows that are worth trying.
const MOST: usize = 48;

/// Rows for a pair of plans, the plain ones first.
pub(super) fn rows(plans: [&Plan; 2], known: KnownFacts) -> Vec<Row> {
    let mut needs: Vec<Thresholds> = Vec::new();
    for plan in plans {
        needs.extend(plan.slots.iter().flat_map(|slot| slot.pieces.iter().map(|p| p.need)));
    }
    for plan in plans {
        for requirement in &plan.requirements {
            if let Rule::Sum { window, need } = &requirement.rule {
                needs.extend(shares(need, plan.window(*window, known).len()));
            }
            for exception in &requirement.exceptions {
                needs.extend(shares(&exception.need, plan.window(exception.window, known).len()));
            }
        }
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut add = |row: Row| {
        if rows.len() < MOST && row.iter().all(|hours| *hours >= 0) && !rows.contains(&row) {
            rows.push(row);
        }
    };
    let plain: Vec<Row> = needs.iter().flat_map(exactly).collect();
    for row in &plain {
        add(*row);
    }
    add([0, 0, 0]);
    for row in &plain {
        beside(row).into_iter().for_each(&mut add);
    }
    rows
}

/// The rows that just satisfy a standard: what the total asks beyond the minima is professional in
/// one, and public in the other.
fn exactly(need: &Thresholds) -> [Row; 2] {
    let general = need.general;
    let industry = need.industry.max(need.public - general);
    let spare = |others: i64| (need.total - others).max(0);
    let professional = need.professional.max(spare(general + industry));
    let more = industry.max(spare(need.professional + general));
    [[professional, industry, general], [need.professional, more, general]]
}

/// Rows an hour away: less of one category, less of one and more of another, more of one.
fn beside(row: &Row) -> Vec<Row> {
    let change = |less: Option<usize>, more: Option<usize>| {
        let mut row = *row;
        for (at, by) in [(less, -HOUR), (more, HOUR)] {
            if let Some(hours) = at.and_then(|at| row.get_mut(at)) {
                *hours += by;
            }
        }
        row
    };
    let mut rows = Vec::new();
    for less in 0..3 {
        rows.push(change(Some(less), None));
        rows.extend((0..3).filter(|m| *m != less).map(|more| change(Some(less), Some(more))));
    }
    rows.push(change(None, Some(1)));
    rows
}

/// Cumulative hours in equal years: over the whole window, and over fewer and fewer of its years.
fn shares(need: &Need, window: u32) -> Vec<Thresholds> {
    let hundredths = |hours: Option<Hours>| hours.map_or(0, Hours::hundredths);
    let fewest = window.saturating_sub(3).max(1);
    let years = (fewest..=window.clamp(1, 12)).rev();
    years
        .map(|years| {
            let each =
                |all: i64| (all + i64::from(years) * HOUR - 1) / (i64::from(years) * HOUR) * HOUR;
            Thresholds {
                total: each(hundredths(need.total)),
                professional: each(hundredths(need.professional)),
                public: each(hundredths(need.public)),
                ..Thresholds::default()
            }
        })
        .collect()
}
