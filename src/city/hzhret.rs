//! The learning site: statements, a line each.

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::{Answer, Question};
use super::course::SITE;
use super::fault::Fault;
use super::record::{Event, Line, System, Told};
use super::town::{Town, uuid};
use crate::domain::category::Category;

/// Statements of a page where nobody says, and the most.
const USUAL: usize = 200;
const MOST: usize = 1000;
/// China is so far ahead of Greenwich.
const AHEAD: TimeDelta = TimeDelta::hours(8);

const COMPLETED: &str = "http://adlnet.gov/expapi/verbs/completed";
const VOIDED: &str = "http://adlnet.gov/expapi/verbs/voided";
const ATTENDED: &str = "http://adlnet.gov/expapi/verbs/attended";

/// Where a page begins.
#[derive(Clone, Copy, Default)]
struct Place {
    /// Milliseconds since 1970.
    since: i64,
    offset: usize,
    limit: usize,
}

impl Town {
    /// `GET /xapi/statements`.
    pub(super) fn hzhret_statements(&mut self, asked: &Question) -> Answer {
        let since = match asked.text("since").map(DateTime::parse_from_rfc3339) {
            Some(Ok(since)) => since.timestamp_millis(),
            Some(Err(_)) => return Answer::json(400, &json!({"error": "since"})),
            None => 0,
        };
        let limit = asked.number("limit", USUAL, MOST);
        self.page(asked, Place { since, offset: 0, limit })
    }

    /// `GET /xapi/statements/more/…`.
    pub(super) fn hzhret_more(&mut self, asked: &Question, place: &str) -> Answer {
        let mut parts = place.split('.');
        let mut part = || parts.next()?.parse::<i64>().ok();
        let place = (|| {
            let since = part()?;
            let (offset, limit) = (usize::try_from(part()?).ok()?, usize::try_from(part()?).ok()?);
            Some(Place { since, offset, limit: limit.clamp(1, MOST) })
        })();
        match place {
            None => Answer::json(404, &json!({"error": "more"})),
            Some(_) if self.on(Fault::HzhretMoreExpired) => {
                Answer::json(410, &json!({"error": "more expired"}))
            }
            Some(place) => self.page(asked, place),
        }
    }

    /// `GET /xapi/summary`.
    pub(super) fn hzhret_summary(&mut self, asked: &Question) -> Answer {
        if let Some(answer) = self.not_now(asked) {
            return answer;
        }
        let year = asked.text("year").unwrap_or_default();
        let mut text = String::new();
        for (person, [professional, industry, general]) in self.sums(System::Hzhret, year) {
            if let Some(person) = self.people.get(person) {
                let line = json!({
                    "account": person.number, "name": person.name, "year": year,
                    "professional": professional, "industry": industry, "general": general,
                });
                text.push_str(&line.to_string());
                text.push('\n');
            }
        }
        text.push_str("{\"more\":\"\"}\n");
        Answer::lines(&text, asked.gzip || self.on(Fault::HzhretGzipUnasked))
    }

    /// Every statement, as a file has them.
    pub(super) fn hzhret_file(&mut self) -> String {
        self.lines(Place { since: 0, offset: 0, limit: usize::MAX })
    }

    fn not_now(&mut self, asked: &Question) -> Option<Answer> {
        if let Some(answer) = self.trouble(System::Hzhret) {
            return Some(answer);
        }
        (!asked.allowed).then(|| Answer::json(401, &json!({"error": "unauthorized"})))
    }

    fn page(&mut self, asked: &Question, place: Place) -> Answer {
        if let Some(answer) = self.not_now(asked) {
            return answer;
        }
        let text = self.lines(place);
        Answer::lines(&text, asked.gzip || self.on(Fault::HzhretGzipUnasked))
    }

    fn lines(&mut self, place: Place) -> String {
        let mut all: Vec<Line> = self.log.clone();
        all.retain(|line| millis(line.stored) >= place.since);
        all.retain(|line| !self.strikes(Fault::HzhretShrinks, line.record));
        if self.on(Fault::HzhretVoidingFirst) {
            all.sort_by_key(|line| matches!(line.said, Told::Completed { .. }));
        }
        let end = place.offset.saturating_add(place.limit).min(all.len());
        let page = all.get(place.offset.min(end)..end).unwrap_or_default();
        let mut lines: Vec<String> = Vec::new();
        for line in page {
            lines.extend(self.statement(line).map(|said| said.to_string()));
        }
        if self.on(Fault::HzhretDuplicates) {
            let again: Vec<String> = lines.iter().step_by(3).cloned().collect();
            lines.extend(again);
            lines.reverse();
        }
        if place.offset == 0 {
            self.strange(page, &mut lines);
        }
        if self.on(Fault::HzhretLineCut) {
            let cut = lines.pop().unwrap_or_else(|| "{\"more\"".to_owned());
            let half = cut.chars().take(cut.chars().count() / 2).collect::<String>();
            return lines.iter().map(|line| format!("{line}\n")).collect::<String>() + &half;
        }
        let next = if self.on(Fault::HzhretMoreCircles) { 0 } else { end };
        let more = if end < all.len() {
            format!("/xapi/statements/more/{}.{next}.{}", place.since, place.limit)
        } else {
            String::new()
        };
        lines.push(json!({"more": more}).to_string());
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Statements about the same people that count for nothing.
    fn strange(&mut self, page: &[Line], lines: &mut Vec<String>) {
        for (n, line) in (1_u64..).zip(page.iter().take(3)) {
            let Some(mut said) = self.statement(line).filter(|said| said.get("result").is_some())
            else {
                continue;
            };
            set(&mut said, "/id", json!(uuid(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n)));
            if let Some(Value::Object(more)) = said.pointer_mut("/context/extensions") {
                more.remove("certificate");
            }
            if self.on(Fault::HzhretFailed) {
                let mut failed = said.clone();
                set(&mut failed, "/result/success", json!(false));
                lines.insert(0, failed.to_string());
            }
            if self.on(Fault::HzhretUnknownVerbs) {
                set(&mut said, "/id", json!(uuid(n.wrapping_mul(0xbf58_476d_1ce4_e5b9), n)));
                set(&mut said, "/verb/id", json!(ATTENDED));
                lines.insert(0, said.to_string());
            }
        }
    }

    fn statement(&mut self, line: &Line) -> Option<Value> {
        let hashed = self.strikes(Fault::HzhretHashedAccounts, line.record);
        let record = self.records.get(line.record)?;
        let event = self.events.get(record.event)?;
        let person = self.people.get(event.person)?;
        let account = |name: &str| json!({"homePage": "https://hzhret.example", "name": name});
        let actor = if hashed {
            json!({"account": account(&hex::encode(Sha256::digest(&person.number)))})
        } else {
            json!({"name": person.name, "account": account(&person.number)})
        };
        let stored = (line.stored - AHEAD).format("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let (hours, settled, voided) = match &line.said {
            Told::Voided { id } => {
                return Some(json!({
                    "id": id,
                    "actor": actor,
                    "verb": {"id": VOIDED},
                    "object": {"objectType": "StatementRef", "id": record.key},
                    "timestamp": stored,
                    "stored": stored,
                }));
            }
            Told::Completed { hours, settled } => (*hours, *settled, false),
            Told::VoidedItself { hours } => (*hours, true, true),
        };
        let mut said = json!({
            "id": record.key,
            "actor": actor,
            "verb": {"id": COMPLETED},
            "object": {
                "id": format!("course:{}", record.code),
                "definition": {"name": {"zh-CN": record.title}},
            },
            "result": {
                "completion": true, "success": true, "extensions": {"period": format!("{hours}学时")},
            },
            "context": {"extensions": self.extensions(event, settled)},
            "timestamp": self.instant(event.ended),
            "stored": stored,
        });
        if let (true, Value::Object(said)) = (voided, &mut said) {
            said.insert("voided".to_owned(), json!(true));
        }
        Some(said)
    }

    fn extensions(&self, event: &Event, settled: bool) -> Value {
        let year = event.year() + i16::from(self.on(Fault::HzhretYearLabel));
        let category = match event.category {
            Category::Professional => 15,
            Category::Industry => 16,
            Category::General | Category::Public => 17,
        };
        let mut said = json!({
            "category": category, "year": year.to_string(), "provider": SITE, "settled": settled,
        });
        if let (Some(certificate), Value::Object(said)) = (&event.certificate, &mut said) {
            said.insert("certificate".to_owned(), json!(certificate));
        }
        said
    }

    fn instant(&self, in_china: NaiveDateTime) -> String {
        if self.on(Fault::HzhretLocalTimes) {
            in_china.format("%Y-%m-%dT%H:%M:%S+08:00").to_string()
        } else {
            (in_china - AHEAD).format("%Y-%m-%dT%H:%M:%SZ").to_string()
        }
    }
}

/// Alters what is there.
fn set(said: &mut Value, place: &str, value: Value) {
    if let Some(found) = said.pointer_mut(place) {
        *found = value;
    }
}

fn millis(in_china: NaiveDateTime) -> i64 {
    (in_china - AHEAD).and_utc().timestamp_millis()
}
