//! The registry of Huzhou: pages of JSON.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::{Value, json};

use super::answer::{Answer, Question};
use super::fault::Fault;
use super::record::{Record, Standing, System};
use super::town::Town;
use crate::domain::category::Category;
use crate::domain::hours::Hours;

const TIMES: &str = "%Y-%m-%d %H:%M:%S";
/// The most rows of a page.
const MOST: usize = 1000;
/// Rows of a page where nobody says.
const USUAL: usize = 200;
/// How far its clock goes back when it does.
const BACK: TimeDelta = TimeDelta::days(2);
/// Before this year some rows have none.
const OLD: i16 = 2022;

impl Town {
    /// `GET /api/open/hours/list`.
    pub(super) fn huzhou_list(&mut self, asked: &Question) -> Answer {
        if let Some(answer) = self.refusal(asked) {
            return answer;
        }
        let (page, size) =
            (asked.number("pageNo", 1, usize::MAX), asked.number("pageSize", USUAL, MOST));
        let from = asked.text("updatedFrom").filter(|_| !self.on(Fault::HuzhouFilterIgnored));
        let from = match from.map(|text| NaiveDateTime::parse_from_str(text, TIMES)) {
            Some(Err(_)) => return Answer::json(200, &refused(400, "updatedFrom")),
            Some(Ok(from)) => Some(from),
            None => None,
        };
        let all = self.shown(from);
        let mut rows: Vec<usize> =
            all.chunks(size).nth(page - 1).map(<[usize]>::to_vec).unwrap_or_default();
        if self.on(Fault::HuzhouRowTwice)
            && page > 1
            && let (Some(first), Some(before)) = (rows.first_mut(), all.get((page - 1) * size - 1))
        {
            let slipped = std::mem::replace(first, *before);
            self.harm(Fault::HuzhouRowTwice, slipped);
        }
        if self.on(Fault::HuzhouPageShort) {
            rows.truncate(rows.len().saturating_sub(3));
        }
        let records = if self.on(Fault::HuzhouRecordsNull) && !all.is_empty() {
            Value::Null
        } else {
            rows.into_iter().filter_map(|n| self.row(n)).collect()
        };
        let mut total = all.len() + usize::from(self.on(Fault::HuzhouTotalMore));
        let mut pages = all.len().div_ceil(size) + usize::from(self.on(Fault::HuzhouPagesOneMore));
        pages = pages.saturating_sub(usize::from(self.on(Fault::HuzhouPagesOneShort)));
        if self.on(Fault::HuzhouTotalZero) {
            (total, pages) = (0, 0);
        }
        self.sent(&well(&json!({
            "total": total, "size": size, "current": page, "pages": pages, "records": records,
        })))
    }

    /// `GET /api/open/hours/totals`.
    pub(super) fn huzhou_totals(&mut self, asked: &Question) -> Answer {
        if let Some(answer) = self.refusal(asked) {
            return answer;
        }
        let year = asked.text("nd").unwrap_or_default();
        let mut sums: BTreeMap<&str, (usize, Hours)> = BTreeMap::new();
        let more = if self.on(Fault::HuzhouTotalsDiffer) {
            Hours::from_hundredths(800)
        } else {
            Hours::ZERO
        };
        for (record, category, _) in self.recognised(System::Huzhou, year) {
            let sum = sums.entry(code(category)).or_insert((0, more));
            sum.0 += 1;
            sum.1 += record.hours;
        }
        let row = |(code, (count, hours)): (&str, (usize, Hours))| json!({"kmlx": code, "count": count, "xs": two_decimals(hours)});
        let rows: Vec<Value> = sums.into_iter().map(row).collect();
        self.sent(&well(&json!({"nd": year, "rows": rows})))
    }

    /// `GET /api/open/hours/summary`.
    pub(super) fn huzhou_summary(&mut self, asked: &Question) -> Answer {
        if let Some(answer) = self.refusal(asked) {
            return answer;
        }
        let (page, size) =
            (asked.number("pageNo", 1, usize::MAX), asked.number("pageSize", USUAL, MOST));
        let year = asked.text("nd").unwrap_or_default();
        let sums = self.sums(System::Huzhou, year);
        let row = |(person, [professional, industry, general]): (&usize, &[Hours; 3])| {
            let person = self.people.get(*person)?;
            Some(json!({
                "sfzh": person.number, "xm": person.name, "nd": year,
                "zyxs": two_decimals(*professional), "ybxs": two_decimals(*general),
                "hyxs": two_decimals(*industry),
            }))
        };
        let rows: Vec<Value> =
            sums.iter().filter_map(row).skip((page - 1) * size).take(size).collect();
        let pages = sums.len().div_ceil(size);
        self.sent(&well(&json!({
            "total": sums.len(), "size": size, "current": page, "pages": pages, "records": rows,
        })))
    }

    /// Recognised records of a year, as the system counts it, with category and person.
    pub(super) fn recognised(
        &self,
        system: System,
        year: &str,
    ) -> impl Iterator<Item = (&Record, Category, usize)> {
        let year = year.to_owned();
        let all = self.records.iter().filter(move |record| {
            record.system == system
                && record.standing == Standing::Recognised
                && record.year.to_string() == year
        });
        all.filter_map(|record| {
            let event = self.events.get(record.event)?;
            Some((record, event.category, event.person))
        })
    }

    /// Professional, industry and general hours of each person of a year.
    pub(super) fn sums(&self, system: System, year: &str) -> BTreeMap<usize, [Hours; 3]> {
        let mut sums: BTreeMap<usize, [Hours; 3]> = BTreeMap::new();
        for (record, category, person) in self.recognised(system, year) {
            if let Some(sum) = sums.entry(person).or_default().get_mut(category.index()) {
                *sum += record.hours;
            }
        }
        sums
    }

    fn refusal(&mut self, asked: &Question) -> Option<Answer> {
        if let Some(answer) = self.trouble(System::Huzhou) {
            return Some(answer);
        }
        if !asked.allowed {
            return Some(Answer::json(200, &refused(401, "not_auth")));
        }
        if !self.on(Fault::HuzhouNotAuth) {
            return None;
        }
        let mut said =
            well(&json!({"total": 0, "size": 0, "current": 1, "pages": 0, "records": []}));
        if let Some(message) = said.get_mut("message") {
            *message = json!("not_auth");
        }
        Some(Answer::json(200, &said))
    }

    fn sent(&self, said: &Value) -> Answer {
        let mut answer = Answer::json(200, said);
        if self.on(Fault::HuzhouBodyCut) {
            answer.body.truncate(answer.body.len() / 2);
        }
        if self.on(Fault::HuzhouEndless) {
            answer.blanks = 512;
        }
        answer
    }

    /// The records that the list has, in its order.
    fn shown(&mut self, from: Option<NaiveDateTime>) -> Vec<usize> {
        let mut all: Vec<(NaiveDateTime, String, usize)> = Vec::new();
        for n in 0..self.records.len() {
            let Some(record) = self.records.get(n).filter(|r| r.system == System::Huzhou) else {
                continue;
            };
            let key = record.key.clone();
            if !self.strikes(Fault::HuzhouRowsVanish, n) {
                let stamp = self.stamp(n);
                all.push((stamp, key, n));
            }
        }
        all.retain(|(stamp, _, _)| from.is_none_or(|from| *stamp >= from));
        all.sort();
        all.into_iter().map(|(_, _, n)| n).collect()
    }

    /// When the registry says that a record last changed.
    fn stamp(&mut self, n: usize) -> NaiveDateTime {
        let Some(record) = self.records.get(n) else { return self.now };
        let (changed, before, standing) = (record.changed, record.before, record.standing);
        let since = |fault| self.faults.get(&fault).is_some_and(|since| changed >= *since);
        if since(Fault::HuzhouSilentWithdrawal) && standing == Standing::Withdrawn {
            self.harm(Fault::HuzhouSilentWithdrawal, n);
            return before;
        }
        if since(Fault::HuzhouClockBack) {
            self.harm(Fault::HuzhouClockBack, n);
            return changed - BACK;
        }
        changed
    }

    fn row(&mut self, n: usize) -> Option<Value> {
        let stamp = self.stamp(n).format(TIMES).to_string();
        let hours_empty = self.strikes(Fault::HuzhouHoursEmpty, n);
        let code_unknown = self.strikes(Fault::HuzhouCodeUnknown, n);
        let numbers = self.on(Fault::HuzhouCodesAsNumbers);
        let record = self.records.get(n)?;
        let event = self.events.get(record.event)?;
        let person = self.people.get(event.person)?;
        let coded = |text: String| {
            if numbers { serde_json::from_str(&text).unwrap_or(Value::Null) } else { json!(text) }
        };
        let bare =
            self.on(Fault::HuzhouYearNull) && record.year < OLD && record.year == event.year();
        Some(json!({
            "id": if self.on(Fault::HuzhouIdsAsNumbers) { serde_json::from_str(&record.key).unwrap_or(Value::Null) } else { json!(record.key) },
            "sfzh": person.number,
            "xm": person.name,
            "dwmc": person.unit,
            "zylb": "工程",
            "kcbh": record.code,
            "kcmc": record.title,
            "jgmc": event.provider,
            "kmlx": coded(if code_unknown { "7" } else { code(event.category) }.to_owned()),
            "xs": if hours_empty { json!("") } else { coded(one_decimal(record.hours)) },
            "nd": if bare { Value::Null } else { coded(record.year.to_string()) },
            "kssj": event.started.format(TIMES).to_string(),
            "jssj": event.ended.format(TIMES).to_string(),
            "rdzt": coded(state(record.standing).to_owned()),
            "rdsj": if record.standing.is_open() { String::new() } else { record.changed.format(TIMES).to_string() },
            "djfs": if record.echoed { "系统同步" } else { "单位登记" },
            "bz": "",
            "gxsj": stamp,
        }))
    }
}

fn well(result: &Value) -> Value {
    json!({"success": true, "code": 200, "message": "", "result": result})
}

fn refused(code: u16, message: &str) -> Value {
    json!({"success": false, "code": code, "message": message, "result": {"total": 0, "records": []}})
}

const fn code(category: Category) -> &'static str {
    match category {
        Category::Professional => "1",
        Category::General => "2",
        Category::Industry => "3",
        // It knows no unsplit hours.
        Category::Public => "",
    }
}

const fn state(standing: Standing) -> &'static str {
    match standing {
        Standing::Received => "0",
        Standing::Reviewing => "1",
        Standing::Recognised => "2",
        Standing::Rejected => "3",
        Standing::Withdrawn => "9",
    }
}

/// `24.0`, `7.5`.
fn one_decimal(hours: Hours) -> String {
    let text = hours.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

fn two_decimals(hours: Hours) -> String {
    format!("{}.{:02}", hours.hundredths() / 100, hours.hundredths() % 100)
}
