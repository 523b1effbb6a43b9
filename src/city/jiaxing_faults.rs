//! The workbook of Jiaxing as it is written, well or badly.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, Formula, Workbook, Worksheet, XlsxError,
};

use super::fault::Fault;
use super::jiaxing_row::{Cell, FROM, HOURS, NAME, NUMBER, Row, SUM, TO, UNIT};
use super::town::Town;
use super::zip_bomb::{inflated, repacked};
use crate::domain::hours::Hours;

/// Rows that hold only a format.
const FORMATTED: u32 = 100_000;
/// The far cell.
const FAR: (u32, u16) = (1_000_000, 16_000);
/// What a sheet unpacks to, in MiB.
const BOMB: u64 = 1024;
/// Between the first days of the two systems of dates.
const EPOCHS: i64 = 1462;

/// The two rows of headings: what stands above, and what below it.
const GROUPS: [(&str, &[&str]); 6] = [
    ("姓名", &[]),
    ("身份证号码", &[]),
    ("工作单位", &[]),
    ("培训班", &["名称", "举办单位", "开始日期", "结束日期"]),
    ("学时", &["专业课", "行业公需", "一般公需", "合计"]),
    ("审核人", &[]),
];

/// How the sheets look as a whole.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault that is on or off")]
pub(super) struct Look {
    merged: bool,
    hidden: bool,
    subtotals: bool,
    blanks: bool,
    formatted: bool,
    far: bool,
    moved: bool,
    shrunk: bool,
    from_1904: bool,
    bomb: bool,
}

impl Look {
    pub(super) fn of(town: &Town) -> Look {
        Look {
            merged: town.on(Fault::JiaxingNamesMerged),
            hidden: town.on(Fault::JiaxingHiddenRows),
            subtotals: town.on(Fault::JiaxingSubtotals),
            blanks: town.on(Fault::JiaxingBlankBlocks),
            formatted: town.on(Fault::JiaxingFormattedRows),
            far: town.on(Fault::JiaxingFarCell),
            moved: town.on(Fault::JiaxingColumnsMoved),
            shrunk: town.on(Fault::JiaxingShrinks),
            from_1904: town.on(Fault::JiaxingBook1904),
            bomb: town.on(Fault::JiaxingZipBomb),
        }
    }

    /// The groups of columns in their order: the column of each, and its place in a row.
    fn groups(&self) -> Vec<(&'static str, &'static [&'static str], usize)> {
        let mut place = 0;
        let mut groups: Vec<_> = GROUPS
            .iter()
            .map(|(above, below)| {
                let first = place;
                place += below.len().max(1);
                (*above, *below, first)
            })
            .collect();
        if self.moved {
            groups.swap(3, 4);
        }
        groups
    }

    /// The places of a row's cells in the order of the columns.
    fn order(&self) -> Vec<usize> {
        let places = |(_, below, first): (&str, &[&str], usize)| first..first + below.len().max(1);
        self.groups().into_iter().flat_map(places).collect()
    }
}

impl Town {
    /// The tab on which a row stands.
    pub(super) fn jiaxing_tab(&mut self, year: i16, record: usize) -> i16 {
        match self.strikes(Fault::JiaxingTabYear, record) {
            false => year,
            true if year > 2019 => year - 1,
            true => year + 1,
        }
    }

    /// A row with what is wrong with it.
    pub(super) fn jiaxing_spoilt(&mut self, mut row: Row) -> Row {
        let n = row.record;
        if self.strikes(Fault::JiaxingNumbersAsNumbers, n) {
            alter(&mut row, NUMBER, |text| {
                let kept = text.get(..15).unwrap_or_default();
                Cell::Number(format!("{kept}000"))
            });
        }
        if self.strikes(Fault::JiaxingTwoPeople, n)
            && let Some(other) = self.people.get((row.person + 1) % self.people.len())
        {
            let (name, number) = (other.name.clone(), other.number.clone());
            alter(&mut row, NAME, |text| Cell::Text(format!("{text}、{name}")));
            alter(&mut row, NUMBER, |text| Cell::Text(format!("{text}、{number}")));
        }
        if self.on(Fault::JiaxingFormulaTexts) {
            let sign = if n.is_multiple_of(2) { "=1+1" } else { "@" };
            alter(&mut row, UNIT, |text| Cell::Text(format!("{sign}{text}")));
        }
        if self.on(Fault::JiaxingSerialDates) || self.on(Fault::JiaxingBook1904) {
            for place in [FROM, TO] {
                alter(&mut row, place, |text| text.parse().map_or(Cell::Blank, Cell::Day));
            }
        }
        row.hidden = n % 3 == 1;
        self.jiaxing_hours(row)
    }

    fn jiaxing_hours(&mut self, mut row: Row) -> Row {
        let n = row.record;
        let (plus, formula) = (
            self.strikes(Fault::JiaxingPlusHours, n),
            self.strikes(Fault::JiaxingHoursAsFormulas, n),
        );
        let wrong = self.strikes(Fault::JiaxingSumWrong, n);
        for place in HOURS..SUM {
            let Some(cell) = row.cells.get_mut(place) else { continue };
            *cell = match &*cell {
                Cell::Number(text) if plus => {
                    let hours: Hours = text.parse().unwrap_or_default();
                    let part = Hours::from_hundredths(hours.hundredths() / 4);
                    Cell::Text(format!("{}+{part}", hours - part))
                }
                Cell::Number(text) if formula => Cell::Formula(format!("={text}*1")),
                Cell::Number(text) if self.on(Fault::JiaxingHoursAsTexts) => {
                    Cell::Text(text.clone())
                }
                Cell::Blank if self.on(Fault::JiaxingSlashes) => Cell::Text("/".to_owned()),
                other => other.clone(),
            };
        }
        if let Some(cell) = row.cells.get_mut(SUM) {
            if self.on(Fault::JiaxingSumsAsFormulas) {
                *cell = Cell::Formula("=SUM(H{row}:J{row})".to_owned());
            } else if let (true, Cell::Number(text)) = (wrong, &*cell) {
                let sum: Hours = text.parse().unwrap_or_default();
                *cell = Cell::Number((sum + Hours::from_hundredths(100)).to_string());
            }
        }
        row
    }
}

fn alter(row: &mut Row, place: usize, how: impl FnOnce(&str) -> Cell) {
    if let Some(cell) = row.cells.get_mut(place)
        && let Cell::Text(text) = &*cell
    {
        *cell = how(text);
    }
}

/// The bytes of the workbook.
pub(super) fn written(sheets: &BTreeMap<i16, Vec<Row>>, look: &Look) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The same town gives the same bytes.
    let made = ExcelDateTime::from_ymd(2025, 6, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    for (n, (year, rows)) in sheets.iter().enumerate() {
        let kept = if look.shrunk { rows.len() - rows.len() / 3 } else { rows.len() };
        let sheet = book.add_worksheet();
        sheet.set_name(format!("{year}年"))?;
        // One sheet of many rows, and one far cell, are bad enough.
        let look = Look { formatted: look.formatted && n == 0, far: look.far && n == 0, ..*look };
        fill(sheet, rows.get(..kept).unwrap_or_default(), &look)?;
    }
    let bytes = book.save_to_buffer()?;
    let from_1904 = look.from_1904;
    let parts = repacked(&bytes, |name, text| match name {
        "xl/workbook.xml" if from_1904 => {
            text.replacen("<workbookPr ", "<workbookPr date1904=\"1\" ", 1)
        }
        _ if name.starts_with("xl/worksheets/") => text.replace("</f><v>0</v>", "</f>"),
        _ => text,
    });
    Ok(if look.bomb { inflated(parts, BOMB) } else { parts.archive() })
}

fn headings(sheet: &mut Worksheet, look: &Look) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let mut column: u16 = 0;
    for (above, below, _) in look.groups() {
        if below.is_empty() {
            sheet.merge_range(0, column, 1, column, above, &bold)?;
            column += 1;
            continue;
        }
        let last = column + u16::try_from(below.len()).unwrap_or(1) - 1;
        sheet.merge_range(0, column, 0, last, above, &bold)?;
        for text in below {
            sheet.write_string_with_format(1, column, *text, &bold)?;
            column += 1;
        }
    }
    Ok(())
}

fn fill(sheet: &mut Worksheet, rows: &[Row], look: &Look) -> Result<(), XlsxError> {
    headings(sheet, look)?;
    let mut at: u32 = 2;
    let (mut part, mut whole) = (Hours::ZERO, Hours::ZERO);
    let mut placed: Vec<(u32, &Row)> = Vec::new();
    for (n, row) in (1..).zip(rows) {
        line(sheet, at, row, look)?;
        placed.push((at, row));
        if look.hidden && row.hidden {
            sheet.set_row_hidden(at)?;
        }
        at += 1;
        if let Some(Cell::Number(sum)) = row.cells.get(SUM) {
            part += sum.parse().unwrap_or_default();
        }
        if look.subtotals && u64::is_multiple_of(n, 10) {
            total(sheet, at, "小计", part, look)?;
            whole += std::mem::take(&mut part);
            at += 1;
        }
        if look.blanks && n.is_multiple_of(8) {
            at += 3;
        }
    }
    if look.subtotals {
        total(sheet, at, "合计", whole + part, look)?;
        at += 1;
    }
    if look.merged {
        merge(sheet, &placed)?;
    }
    if look.formatted {
        let format = Format::new().set_italic();
        for row in at..at + FORMATTED {
            sheet.write_blank(row, 0, &format)?;
        }
    }
    if look.far {
        sheet.write_string(FAR.0, FAR.1, " ")?;
    }
    Ok(())
}

/// Merges the name, number and unit of neighbouring rows of one person.
fn merge(sheet: &mut Worksheet, placed: &[(u32, &Row)]) -> Result<(), XlsxError> {
    let plain = Format::new();
    for rows in
        placed.chunk_by(|(at, row), (next, other)| at + 1 == *next && row.person == other.person)
    {
        let [(first, row), .., (last, _)] = rows else { continue };
        for (column, place) in (0_u16..).zip([NAME, NUMBER, UNIT]) {
            let Some(Cell::Text(text)) = row.cells.get(place) else { continue };
            sheet.merge_range(*first, column, *last, column, text, &plain)?;
        }
    }
    Ok(())
}

fn total(
    sheet: &mut Worksheet,
    at: u32,
    word: &str,
    hours: Hours,
    look: &Look,
) -> Result<(), XlsxError> {
    sheet.write_string(at, 0, word)?;
    let column = look.order().iter().position(|place| *place == SUM).unwrap_or(SUM);
    let column = u16::try_from(column).unwrap_or(0);
    sheet.write_number(at, column, hours.to_string().parse::<f64>().unwrap_or_default())?;
    Ok(())
}

fn line(sheet: &mut Worksheet, at: u32, row: &Row, look: &Look) -> Result<(), XlsxError> {
    let days = Format::new().set_num_format("yyyy-mm-dd");
    for (column, place) in (0_u16..).zip(look.order()) {
        match row.cells.get(place) {
            None | Some(Cell::Blank) => {}
            Some(Cell::Text(text)) => {
                sheet.write_string(at, column, text)?;
            }
            Some(Cell::Number(text)) => {
                sheet.write_number(at, column, text.parse::<f64>().unwrap_or_default())?;
            }
            Some(Cell::Formula(text)) => {
                let text = text.replace("{row}", &(at + 1).to_string());
                sheet.write_formula(at, column, Formula::new(text))?;
            }
            Some(Cell::Day(day)) => {
                let serial = serial(*day) - if look.from_1904 { EPOCHS } else { 0 };
                let serial = serial.to_string().parse::<f64>().unwrap_or_default();
                sheet.write_number_with_format(at, column, serial, &days)?;
            }
        }
    }
    Ok(())
}

/// The number of a day in the system of 1900.
fn serial(day: NaiveDate) -> i64 {
    NaiveDate::from_ymd_opt(1899, 12, 30).map_or(0, |first| (day - first).num_days())
}
