//! Learning statements, one a line: on a page with a link to what follows, or in a file.

use std::ops::ControlFlow;

use super::alarm::Alarm;
use super::control::{Control, More, Page, Reading};
use super::facts::{Facts, Place, unreadable};
use super::json::{self, at, text_at};
use super::keys;
use super::mapping::{Fact, Feed};
use super::texts::Texts;
use crate::domain::ledger::statement::{RecognitionStatus, Said, StatedRow};
use crate::domain::message::Message;
use crate::domain::node::{Node, Value};
use crate::domain::timestamp::Timestamp;

/// What a line turned out to be.
enum Line {
    Statement(Box<StatedRow>),
    /// The link to what follows; empty at the end.
    More(String),
    /// No JSON: half a line, or a damaged one.
    Broken(Place),
}

/// What is read through line by line.
pub(super) struct Statements<'r> {
    feed: &'r Feed,
    reading: &'r Reading<'r>,
    /// A line that is no JSON: the last of a stream that was cut, if nothing follows.
    broken: Option<Place>,
    more: Option<String>,
    pub(super) given: u64,
    pub(super) newest: Option<i64>,
}

impl<'r> Statements<'r> {
    pub(super) fn new(feed: &'r Feed, reading: &'r Reading<'r>) -> Statements<'r> {
        Statements { feed, reading, broken: None, more: None, given: 0, newest: None }
    }

    /// Takes a line; rows go to `give`.
    pub(super) fn line(
        &mut self,
        row_no: i64,
        line: &str,
        give: &mut dyn FnMut(StatedRow) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.settle_broken(give)?;
        match self.read(row_no, line) {
            Line::More(link) => self.more = Some(link),
            Line::Broken(place) => self.broken = Some(place),
            Line::Statement(row) => {
                self.given += 1;
                return give(*row);
            }
        }
        ControlFlow::Continue(())
    }

    /// A line that cannot be read at all.
    pub(super) fn damaged(
        &mut self,
        row_no: i64,
        message: Message,
        give: &mut dyn FnMut(StatedRow) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.settle_broken(give)?;
        self.given += 1;
        give(unreadable(Statements::place(row_no, ""), None, message))
    }

    /// Something follows the broken line, so that it was not the cut end.
    fn settle_broken(
        &mut self,
        give: &mut dyn FnMut(StatedRow) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match self.broken.take() {
            None => ControlFlow::Continue(()),
            Some(place) => {
                self.given += 1;
                give(unreadable(place, None, Message::new("line_not_json")))
            }
        }
    }

    /// At the end: whether the last line was whole.
    pub(super) fn end(&self) -> Result<(), Alarm> {
        match self.broken {
            Some(_) => Err(Alarm::CutOff { whole: self.given }),
            None => Ok(()),
        }
    }

    fn place(row_no: i64, line: &str) -> Place {
        Place {
            row_no,
            version: 0,
            standing: RecognitionStatus::Received,
            raw: line.as_bytes().to_vec(),
        }
    }

    fn read(&mut self, row_no: i64, line: &str) -> Line {
        let mut place = Statements::place(row_no, line);
        let names = &self.feed.names;
        let Ok(node) = serde_json::from_str::<Node>(line) else {
            return Line::Broken(place);
        };
        if !matches!(node.value, Value::Map(_)) {
            let row = unreadable(place, None, Message::new("record_not_object"));
            return Line::Statement(Box::new(row));
        }
        if at(&node, names, Fact::Id).is_none()
            && let Some(link) = at(&node, names, Fact::More)
        {
            return Line::More(match &link.value {
                Value::Str(link) => link.trim().to_owned(),
                _ => String::new(),
            });
        }
        let stored = text_at(&node, names, Fact::Changed);
        // An instant without an offset is of nowhere.
        let stored = stored.and_then(|text| text.trim().parse::<Timestamp>().ok());
        if let Some(at) = stored {
            place.version = at.micros();
            self.newest = self.newest.max(Some(at.micros()));
        }
        Line::Statement(Box::new(self.statement(&node, place, stored.is_some())))
    }

    fn statement(&self, node: &Node, mut place: Place, is_stored: bool) -> StatedRow {
        let (feed, reading) = (self.feed, self.reading);
        let text = |fact| text_at(node, &feed.names, fact).unwrap_or_default();
        let id = text(Fact::Id);
        let key = (!id.trim().is_empty()).then(|| keys::of_id(id.trim(), reading));
        let verb = text(Fact::Verb);
        let is = |verbs: &[String]| verbs.iter().any(|other| *other == *verb);
        if !is_stored {
            return unreadable(place, key, Message::new("instant_form"));
        }
        if is(&feed.verbs.voided) {
            return voiding(feed, reading, node, place);
        }
        if !is(&feed.verbs.completed) {
            return unreadable(place, key, Message::new("verb_unknown"));
        }
        let mut texts = Texts::default();
        for (fact, _) in feed.names.iter() {
            if let Some(text) = text_at(node, &feed.names, fact) {
                texts.put(fact, text);
            }
        }
        let code = text(Fact::CourseCode);
        if let Some(code) = code.strip_prefix(feed.verbs.course_prefix.as_str()) {
            texts.put(Fact::CourseCode, code.to_owned().into());
        }
        place.standing = if text(Fact::Voided) == "true" {
            RecognitionStatus::Withdrawn
        } else if text(Fact::Settled) == "true" {
            RecognitionStatus::Recognised
        } else {
            RecognitionStatus::Received
        };
        let mut facts = Facts::new(texts, key);
        facts.needs_instant = true;
        if text(Fact::Completion) == "false" {
            facts.problem("completion", Message::new("course_not_completed"));
        }
        if text(Fact::Success) == "false" {
            facts.problem("success", Message::new("course_failed"));
        }
        facts.judge(feed, reading, place)
    }
}

/// A statement that withdraws another, of which it knows the id alone.
fn voiding(feed: &Feed, reading: &Reading<'_>, node: &Node, mut place: Place) -> StatedRow {
    let other = text_at(node, &feed.names, Fact::RefersTo).unwrap_or_default();
    if other.trim().is_empty() {
        let message = Message::new("field_missing").with("field", "object");
        return unreadable(place, None, message);
    }
    place.standing = RecognitionStatus::Withdrawn;
    let key = keys::of_id(other.trim(), reading);
    let mut row = unreadable(place, Some(key), Message::new("verb_unknown"));
    row.said = Said::KeyOnly;
    row
}

/// A page of statements; without its last line, the link, it was cut.
pub(super) fn read(feed: &Feed, bytes: &[u8], reading: &Reading<'_>) -> Result<Page, Alarm> {
    let text = json::text(bytes)?;
    let mut statements = Statements::new(feed, reading);
    let mut rows = Vec::new();
    let mut give = |row| {
        rows.push(row);
        ControlFlow::Continue(())
    };
    for (no, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let _ = statements.line(no, line.trim(), &mut give);
    }
    let whole = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let more = match statements.more {
        Some(link) if statements.broken.is_none() => link,
        // Not one line that is a statement: a page of something else.
        _ if whole == 0 && !text.trim_start().starts_with('{') && !text.trim().is_empty() => {
            return Err(Alarm::NotAnAnswer);
        }
        _ => return Err(Alarm::CutOff { whole }),
    };
    // A link within the source; a whole address is looked at where it is asked for.
    let prefix = feed.requests.as_ref().and_then(|requests| requests.more.as_deref());
    if more.starts_with('/') && prefix.is_some_and(|prefix| !more.starts_with(prefix)) {
        return Err(Alarm::NotAnAnswer);
    }
    let stated = Control {
        total: None,
        more: if more.is_empty() { More::End } else { More::Next(more) },
        newest: statements.newest,
    };
    Ok(Page { rows, stated })
}
