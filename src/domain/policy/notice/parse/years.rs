//! Reads years, spans and numbers of years.

use crate::domain::fields::{self, Fields, Problems};
use crate::domain::message::Problem;
use crate::domain::node::{Node, Value};
use crate::domain::policy::notice::model::{Kind, Quantity, Window, YearBase, YearExpr};
use crate::domain::year::{Year, YearRange};

/// `{ from = 2016, to = 2019 }`, either may be absent, not both.
pub(super) fn year_range(node: &Node, path: String, problems: &mut Problems) -> Option<YearRange> {
    let before = problems.len();
    let mut f = Fields::open(node, path.clone(), problems)?;
    let from = f.read("from", problems, fields::year);
    let to = f.read("to", problems, fields::year);
    f.finish(problems);
    let reversed = matches!((from, to), (Some(from), Some(to)) if from > to);
    if (reversed || (from.is_none() && to.is_none())) && before == problems.len() {
        problems.push(fields::not_accepted(path, node, "{ from = 2016, to = 2019 }"));
        return None;
    }
    Some(YearRange { from, to })
}

/// The bounds of a year that is written as an integer.
fn fixed_year(int: i64) -> Option<i16> {
    Year::new(int).map(Year::get)
}

pub(super) fn quantity(node: &Node, path: String, problems: &mut Problems) -> Option<Quantity> {
    match &node.value {
        Value::Int(int) if (1..=60).contains(int) => i16::try_from(*int).ok().map(Quantity::Number),
        Value::Str(text) if text == "required_years" => Some(Quantity::RequiredYears),
        _ => {
            problems.push(fields::not_accepted(path, node, "1..60, \"required_years\""));
            None
        }
    }
}

/// The problem of a span that ends before it begins, whoever declares. Two readings may each move
/// one end, and make one together: that is no fault of a file.
pub(in crate::domain::policy::notice) fn reversed_span(
    kind: &Kind,
    node: &Node,
    path: &str,
) -> Option<Problem> {
    match kind {
        Kind::Count { window, .. } if is_reversed(*window) => {
            Some(fields::not_accepted(format!("{path}.to"), node, "from <= to"))
        }
        _ => None,
    }
}

/// Whether it ends before it begins, whoever declares.
fn is_reversed(window: Window) -> bool {
    window.from.base == window.to.base && window.from.offset > window.to.offset
}

pub(super) fn window(node: &Node, path: String, problems: &mut Problems) -> Option<Window> {
    let before = problems.len();
    let mut f = Fields::open(node, path.clone(), problems)?;
    let length = f.read("length", problems, fields::integer(1..=60));
    let ends = f.read("ends", problems, year_expr);
    let from = f.read("from", problems, year_expr);
    let to = f.read("to", problems, year_expr);
    f.finish(problems);
    match (length, ends, from, to) {
        (Some(length), Some(ends), None, None) => {
            let back = i16::try_from(1 - length).ok()?;
            Some(Window { from: ends.shifted(back), to: ends })
        }
        (None, None, Some(from), Some(to)) if !is_reversed(Window { from, to }) => {
            Some(Window { from, to })
        }
        // Each wrong part has been told.
        _ if problems.len() > before => None,
        _ => {
            let accepted = "{ length = 4, ends = \"D\" }, { from = 2022, to = 2025 }";
            problems.push(fields::not_accepted(path, node, accepted));
            None
        }
    }
}

/// An integer, `D`, `D-n`, `D-required_years+1` or `tenure_start`.
pub(super) fn year_expr(node: &Node, path: String, problems: &mut Problems) -> Option<YearExpr> {
    let expr = match &node.value {
        Value::Int(int) => {
            fixed_year(*int).map(|offset| YearExpr { base: YearBase::Fixed, offset })
        }
        Value::Str(text) => named_year(text),
        _ => None,
    };
    if expr.is_none() {
        let accepted = "2023, \"D\", \"D-1\", \"D-required_years+1\", \"tenure_start\"";
        problems.push(fields::not_accepted(path, node, accepted));
    }
    expr
}

fn named_year(text: &str) -> Option<YearExpr> {
    match text {
        "D" => Some(YearExpr { base: YearBase::Declaring, offset: 0 }),
        "tenure_start" => Some(YearExpr { base: YearBase::TenureStart, offset: 0 }),
        "D-required_years+1" => Some(YearExpr { base: YearBase::DeclaringLessRequired, offset: 1 }),
        _ => {
            let back = text.strip_prefix("D-")?;
            let is_plain = back.bytes().all(|b| b.is_ascii_digit()) && !back.starts_with('0');
            let back = back.parse::<i16>().ok().filter(|n| is_plain && (1..=60).contains(n))?;
            Some(YearExpr { base: YearBase::Declaring, offset: -back })
        }
    }
}
