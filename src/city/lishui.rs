//! The registry of Lishui: files of rows.

use chrono::{Datelike, NaiveDateTime};

use super::fault::Fault;
use super::record::{Event, Standing, System};
use super::town::Town;
use crate::domain::category::Category;
use crate::domain::hours::Hours;

const HEADINGS: [&str; 15] = [
    "序号",
    "姓名",
    "身份证号",
    "单位名称",
    "职称系列",
    "培训项目名称",
    "主办单位",
    "科目类别",
    "学时",
    "起止时间",
    "所属年度",
    "登记日期",
    "审核状态",
    "证书编号",
    "备注",
];
/// From this year on public hours are parted.
const PARTED: i16 = 2022;

/// A row, and the hours that it states.
type Row = (Vec<String>, Hours);

impl Town {
    /// What changed since an instant, or everything.
    pub(super) fn lishui_file(&mut self, since: Option<NaiveDateTime>) -> Vec<u8> {
        let wanted = |n: &usize| {
            self.records.get(*n).is_some_and(|record| {
                record.system == System::Lishui && since.is_none_or(|since| record.changed >= since)
            })
        };
        let mut wanted: Vec<usize> = (0..self.records.len()).filter(wanted).collect();
        if self.on(Fault::LishuiShrinks) {
            wanted.truncate(wanted.len() - wanted.len() / 3);
        }
        let mut rows: Vec<Row> = Vec::new();
        for n in wanted {
            let formerly = self.records.get(n).and_then(|record| record.formerly);
            if let (true, Some(formerly)) = (self.on(Fault::LishuiCorrectionAdded), formerly) {
                rows.extend(self.lishui_row(n, Some(formerly)));
            }
            rows.extend(self.lishui_row(n, None));
        }
        if self.on(Fault::LishuiVoidUnknown)
            && let Some((mut row, hours)) = rows.first().cloned()
        {
            for (place, text) in
                [(5, "从未登记的培训"), (12, "作废"), (13, "LS2024-999999"), (14, "")]
            {
                if let Some(cell) = row.get_mut(place) {
                    text.clone_into(cell);
                }
            }
            rows.push((row, hours));
        }
        self.encoded(rows)
    }

    fn encoded(&self, rows: Vec<Row>) -> Vec<u8> {
        let mut headings: Vec<String> = HEADINGS.map(str::to_owned).to_vec();
        if self.on(Fault::LishuiColumnsRenamed)
            && let Some(heading) = headings.get_mut(8)
        {
            "认定学时数".clone_into(heading);
        }
        let sum: Hours = rows.iter().map(|(_, hours)| *hours).sum();
        let mut table = vec![headings];
        for (number, (mut row, _)) in (1..).zip(rows) {
            if let Some(cell) = row.first_mut() {
                *cell = i64::to_string(&number);
            }
            table.push(row);
        }
        let wrong = self.on(Fault::LishuiSumWrong);
        if wrong || self.on(Fault::LishuiSumLine) {
            let mut last = vec![String::new(); HEADINGS.len()];
            let sum = if wrong { sum + Hours::from_hundredths(100) } else { sum };
            for (place, text) in [(0, "合计".to_owned()), (8, sum.to_string())] {
                if let Some(cell) = last.get_mut(place) {
                    *cell = text;
                }
            }
            table.push(last);
        }
        if self.on(Fault::LishuiColumnsMoved) {
            for row in &mut table {
                if let Some(part) = row.get_mut(3..9) {
                    part.rotate_left(2);
                }
            }
        }
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        for row in &table {
            // Nothing can go wrong in memory.
            let _ = writer.write_record(row);
        }
        let bytes = writer.into_inner().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        if self.on(Fault::LishuiBom) {
            format!("\u{feff}{text}").into_bytes()
        } else {
            encoding_rs::GB18030.encode(&text).0.into_owned()
        }
    }

    /// A record's row, or that with the hours which it had formerly.
    fn lishui_row(&mut self, n: usize, formerly: Option<Hours>) -> Option<Row> {
        let damaged = self.strikes(Fault::LishuiNumbersDamaged, n);
        let unit = self.lishui_unit(n)?;
        let unsplit = self.on(Fault::LishuiUnsplit);
        let record = self.records.get(n)?;
        let event = self.events.get(record.event)?;
        let person = self.people.get(event.person)?;
        let hours = formerly.unwrap_or(record.hours);
        let unsplit = unsplit && record.year < PARTED && event.certificate.is_some();
        let category = match event.category {
            Category::Industry | Category::General if unsplit => Category::Public,
            category => category,
        };
        let cells = vec![
            String::new(),
            person.name.clone(),
            if damaged { "3.31102E+17".to_owned() } else { person.number.clone() },
            unit,
            "工程".to_owned(),
            record.title.clone(),
            event.provider.clone(),
            self.word(category).to_owned(),
            self.lishui_hours(n, hours),
            span(event),
            record.year.to_string(),
            record.registered.format("%Y-%m-%d").to_string(),
            state(record.standing, formerly).to_owned(),
            event.certificate.clone().unwrap_or_default(),
            if record.formerly.is_some() && formerly.is_none() {
                "更正".to_owned()
            } else {
                String::new()
            },
        ];
        Some((cells, hours))
    }

    fn lishui_unit(&self, n: usize) -> Option<String> {
        let event = self.events.get(self.records.get(n)?.event)?;
        let mut unit = self.people.get(event.person)?.unit.clone();
        if self.on(Fault::LishuiRareSigns) {
            unit.push_str("𠀀𪚥");
        }
        if self.on(Fault::LishuiQuoting) {
            unit.push_str("\"东区\",一部\n二组");
        }
        Some(unit)
    }

    fn lishui_hours(&self, n: usize, hours: Hours) -> String {
        let digit = |c: char| char::from_u32(0xff10 + c.to_digit(10)?);
        let wide = |c: char| digit(c).unwrap_or('．');
        match (self.on(Fault::LishuiHoursWords), n.is_multiple_of(2)) {
            (false, _) => hours.to_string(),
            (true, true) => format!("{hours}学时"),
            (true, false) => hours.to_string().chars().map(wide).collect(),
        }
    }

    fn word(&self, category: Category) -> &'static str {
        match (category, self.on(Fault::LishuiSynonyms)) {
            (Category::Professional, false) => "专业科目",
            (Category::Professional, true) => "专业课",
            (Category::Industry, false) => "行业公需",
            (Category::Industry, true) => "行业公需课",
            (Category::General, false) => "一般公需",
            (Category::General, true) => "一般公需课",
            (Category::Public, false) => "公需科目",
            (Category::Public, true) => "公需课",
        }
    }
}

const fn state(standing: Standing, formerly: Option<Hours>) -> &'static str {
    match (standing, formerly) {
        // Only what was recognised is corrected.
        (_, Some(_)) | (Standing::Recognised, None) => "已认定",
        (Standing::Received, None) => "待审核",
        (Standing::Reviewing, None) => "审核中",
        (Standing::Rejected, None) => "退回",
        (Standing::Withdrawn, None) => "作废",
    }
}

/// `2023.01.05-01.08`; across the years `2022.12.30-2023.01.02`.
fn span(event: &Event) -> String {
    let form = if event.started.year() == event.ended.year() { "%m.%d" } else { "%Y.%m.%d" };
    format!("{}-{}", event.started.format("%Y.%m.%d"), event.ended.format(form))
}
