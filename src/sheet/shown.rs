//! What the cells of a workbook show: numbers, dates and error values as text.

use calamine::{CellErrorType, DataRef, ExcelDateTime};

use super::cell::{Cell, Flaw};

/// What a cell shows.
pub(crate) type Shown = Result<String, Flaw>;

/// The same, lent.
pub(super) fn as_cell(shown: &Shown) -> Cell<'_> {
    shown.as_deref().map_err(|flaw| *flaw)
}

/// What the cell shows; `None` where it is empty.
pub(crate) fn shown(value: &DataRef<'_>, most: usize) -> Option<Shown> {
    let text = match value {
        DataRef::Empty => return None,
        DataRef::Error(error) => return Some(Err(Flaw::Error(error_name(error)))),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            return kept(text, most);
        }
        DataRef::SharedString(text) => return kept(text, most),
        DataRef::Int(int) => int.to_string(),
        DataRef::Float(float) => number(*float),
        DataRef::Bool(bool) => if *bool { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(serial) => date(serial),
    };
    Some(Ok(text))
}

/// The same long text may stand in every cell: what is too long is not kept.
fn kept(text: &str, most: usize) -> Option<Shown> {
    let text = text.trim();
    (!text.is_empty())
        .then(|| if text.len() > most { Err(Flaw::TooLong) } else { Ok(text.to_owned()) })
}

const fn error_name(error: &CellErrorType) -> &'static str {
    match error {
        CellErrorType::Div0 => "#DIV/0!",
        CellErrorType::NA => "#N/A",
        CellErrorType::Name => "#NAME?",
        CellErrorType::Null => "#NULL!",
        CellErrorType::Num => "#NUM!",
        CellErrorType::Ref => "#REF!",
        CellErrorType::Value => "#VALUE!",
        CellErrorType::GettingData => "#GETTING_DATA",
    }
}

/// A number as a spreadsheet shows it. It holds fifteen digits: what a formula adds behind them is
/// noise, and of a longer integer the end is lost, so that it is not shown as if it were whole.
fn number(value: f64) -> String {
    let rounded = format!("{value:.14e}").parse::<f64>().unwrap_or(value);
    if !value.is_finite() {
        return value.to_string();
    }
    if rounded == 0.0 {
        return "0".to_owned();
    }
    if rounded.abs() < 1e15 && rounded.abs() >= 1e-7 {
        return rounded.to_string();
    }
    let scientific = format!("{rounded:.5e}");
    let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    };
    let sign = if power.starts_with('-') { "" } else { "+" };
    format!("{digits}E{sign}{power}")
}

/// The last day that a spreadsheet knows, 9999-12-31, and the first, as serial numbers.
const DAYS: std::ops::RangeInclusive<f64> = 1.0..=2_958_465.999;

fn date(serial: &ExcelDateTime) -> String {
    if !serial.is_datetime() || !DAYS.contains(&serial.as_f64()) {
        return number(serial.as_f64());
    }
    let (year, month, day, ..) = serial.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_in_a_spreadsheet() {
        for (value, text) in [
            (12.5, "12.5"),
            (2024.0, "2024"),
            (8.1 + 4.2, "12.3"),
            (0.0, "0"),
            (-0.0, "0"),
            (-3.0, "-3"),
            (330_523_000_101_123.0, "330523000101123"),
            (330_523_190_001_011_234.0, "3.30523E+17"),
            (1e15, "1E+15"),
            (1e-9, "1E-9"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
