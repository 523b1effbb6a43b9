//! Pages of JSON: an envelope that says whether the question was accepted, and the records.

use serde_json::value::RawValue;

use super::alarm::Alarm;
use super::control::{Control, More, Page, Reading};
use super::facts::{Facts, Place, unreadable};
use super::json::{self, Members};
use super::mapping::{Fact, Feed, meaning};
use super::texts::Texts;
use super::{dates, keys};
use crate::domain::discreet;
use crate::domain::ledger::statement::{RecognitionStatus, StatedRow};
use crate::domain::message::Message;

/// What every record must have a name for.
const REQUIRED: [Fact; 7] = [
    Fact::Id,
    Fact::Number,
    Fact::Name,
    Fact::Category,
    Fact::Hours,
    Fact::Standing,
    Fact::Changed,
];

pub(super) fn read(feed: &Feed, bytes: &[u8], reading: &Reading<'_>) -> Result<Page, Alarm> {
    let text = json::text(bytes)?;
    let result = result(feed, &text)?;
    let records = records(feed, &result)?;
    header(feed, &records)?;
    let mut newest = None;
    let rows: Vec<StatedRow> =
        (1..).zip(&records).map(|(no, raw)| row(feed, no, raw, reading, &mut newest)).collect();
    let stated = control(feed, &result, rows.len(), newest)?;
    Ok(Page { rows, stated })
}

/// The result of an accepted question.
pub(super) fn result<'j>(feed: &Feed, text: &'j str) -> Result<Members<'j>, Alarm> {
    let names = &feed.answer;
    let envelope = Members::read(text).map_err(|error| json::alarm(&error))?;
    let message = envelope.text(&names.message).unwrap_or_default();
    let code = envelope.text(&names.code).unwrap_or_default();
    let is = |list: &[String], word: &str| list.iter().any(|other| other == word);
    if is(&names.not_authorised, message.trim()) || is(&names.code_not_authorised, code.trim()) {
        return Err(Alarm::NotAuthorised);
    }
    let success = envelope.text(&names.success);
    if success.is_none() && code.is_empty() {
        return Err(Alarm::NotAnAnswer);
    }
    if success.as_deref() != Some("true") || !is(&names.code_good, code.trim()) {
        return Err(Alarm::Refused { code: discreet::shown(code.trim()).to_owned() });
    }
    let result = envelope.get(&names.result).ok_or(Alarm::RecordsMissing)?;
    Members::read(result.get()).map_err(|_| Alarm::NotAnAnswer)
}

/// The records; null, which is not an empty list, is none.
pub(super) fn records<'j>(feed: &Feed, result: &Members<'j>) -> Result<Vec<&'j RawValue>, Alarm> {
    let records = result.get(&feed.answer.records).ok_or(Alarm::RecordsMissing)?;
    serde_json::from_str(records.get()).map_err(|_| Alarm::NotAnAnswer)
}

/// A name that no record has was renamed. Of one record alone that cannot be told.
fn header(feed: &Feed, records: &[&RawValue]) -> Result<(), Alarm> {
    if records.len() < 2 {
        return Ok(());
    }
    let mut missing: Vec<&str> =
        REQUIRED.iter().flat_map(|fact| feed.names.of(*fact)).map(String::as_str).collect();
    for record in records {
        if missing.is_empty() {
            return Ok(());
        }
        if let Ok(members) = Members::read(record.get()) {
            missing.retain(|name| members.iter().all(|(other, _)| other != *name));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.into_iter().map(str::to_owned).collect();
    Err(Alarm::HeaderChanged { missing, unknown: Vec::new() })
}

fn row(
    feed: &Feed,
    row_no: i64,
    raw: &RawValue,
    reading: &Reading<'_>,
    newest: &mut Option<i64>,
) -> StatedRow {
    // Further down on a page is what changed later.
    let version = reading.observed_at.micros().saturating_add(row_no);
    let mut place = Place {
        row_no,
        version,
        standing: RecognitionStatus::Received,
        raw: raw.get().as_bytes().to_vec(),
    };
    let Ok(members) = Members::read(raw.get()) else {
        return unreadable(place, None, Message::new("record_not_object"));
    };
    let mut texts = Texts::default();
    for (name, value) in members.iter() {
        if let Some(fact) = feed.names.fact(name)
            && let Some(text) = json::scalar(value)
        {
            texts.put(fact, text);
        }
    }
    if let Some(at) = dates::instant(texts.get(Fact::Changed)) {
        *newest = (*newest).max(Some(at.micros()));
    }
    let id = texts.get(Fact::Id);
    let key = (!id.is_empty()).then(|| keys::of_id(id, reading));
    let standing = meaning(&feed.standings, texts.get(Fact::Standing));
    let mut facts = Facts::new(texts, key);
    match standing {
        Some(standing) => place.standing = standing,
        None => facts.unknown_standing(),
    }
    facts.judge(feed, reading, place)
}

/// The numbers of a page, and whether it is whole by them.
fn control(
    feed: &Feed,
    result: &Members<'_>,
    rows: usize,
    newest: Option<i64>,
) -> Result<Control, Alarm> {
    let names = &feed.answer;
    let rows = u64::try_from(rows).unwrap_or(u64::MAX);
    let missing = |name: &String| {
        let (missing, unknown) = (vec![name.clone()], Vec::new());
        Alarm::HeaderChanged { missing, unknown }
    };
    let total = result.count(&names.total).ok_or_else(|| missing(&names.total))?;
    let current = result.count(&names.current).ok_or_else(|| missing(&names.current))?.max(1);
    let asked = feed.requests.as_ref().map_or(1, |requests| u64::from(requests.page_size));
    let size = result.count(&names.size).filter(|size| *size > 0).unwrap_or(asked);
    // The source's own count of pages is off by one too often.
    let before = (current - 1).saturating_mul(size);
    let stated = total.saturating_sub(before).min(size);
    if rows < stated {
        return Err(Alarm::PageShort { stated, found: rows });
    }
    if rows > stated {
        return Err(Alarm::PageLong { stated, found: rows });
    }
    let is_last = before.saturating_add(size) >= total;
    Ok(Control {
        total: Some(total),
        more: if is_last { More::End } else { More::Next(current.saturating_add(1).to_string()) },
        newest,
    })
}
