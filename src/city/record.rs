//! The four systems, what was learned, and what a system holds of it.

use chrono::{Datelike, NaiveDateTime};
use serde::Serialize;

use super::course::Course;
use crate::domain::category::Category;
use crate::domain::hours::Hours;

/// One of the four systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum System {
    /// 湖州登记系统: paged JSON.
    #[serde(rename = "huzhou-registry")]
    Huzhou,
    /// 丽水登记系统: files.
    #[serde(rename = "lishui-registry")]
    Lishui,
    /// 嘉兴培训台账: a workbook.
    #[serde(rename = "jiaxing-workbook")]
    Jiaxing,
    /// 学习网: learning statements.
    #[serde(rename = "hzhret")]
    Hzhret,
}

impl System {
    /// All of them.
    pub const ALL: [System; 4] = [System::Huzhou, System::Lishui, System::Jiaxing, System::Hzhret];

    /// The code of its feed.
    pub const fn code(self) -> &'static str {
        match self {
            System::Huzhou => "huzhou-registry",
            System::Lishui => "lishui-registry",
            System::Jiaxing => "jiaxing-workbook",
            System::Hzhret => "hzhret",
        }
    }

    /// Whose word is taken where two say the same: the lower one's.
    pub const fn rank(self) -> i16 {
        match self {
            System::Hzhret => 50,
            _ => 10,
        }
    }
}

/// What a system says of the recognition of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// 待审.
    Received,
    /// 审核中.
    Reviewing,
    /// 已认定.
    Recognised,
    /// 退回.
    Rejected,
    /// 撤销.
    Withdrawn,
}

impl Standing {
    /// Whether something can still come of it.
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Standing::Received | Standing::Reviewing)
    }
}

/// What somebody learned, once, of one category.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) person: usize,
    pub(super) course: Course,
    pub(super) provider: String,
    pub(super) category: Category,
    /// In China.
    pub(super) started: NaiveDateTime,
    pub(super) ended: NaiveDateTime,
    pub(super) certificate: Option<String>,
}

impl Event {
    /// The year of the day, in China, on which it ended.
    pub(super) fn year(&self) -> i16 {
        i16::try_from(self.ended.year()).unwrap_or(0)
    }
}

/// What one system holds of an event.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) system: System,
    pub(super) key: String,
    pub(super) event: usize,
    /// The year that the system counts it for; the learning site has no say in it.
    pub(super) year: i16,
    pub(super) hours: Hours,
    /// The hours before they were corrected.
    pub(super) formerly: Option<Hours>,
    pub(super) standing: Standing,
    pub(super) title: String,
    pub(super) code: String,
    /// When it was registered and when it last changed, in China.
    pub(super) registered: NaiveDateTime,
    pub(super) changed: NaiveDateTime,
    /// When it changed before that.
    pub(super) before: NaiveDateTime,
    /// Whether it came by itself from the learning site.
    pub(super) echoed: bool,
    /// The row of the workbook that it shares with other categories of the same course.
    pub(super) row: usize,
}

/// A line that the learning site wrote and never changes.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) record: usize,
    pub(super) stored: NaiveDateTime,
    pub(super) said: Told,
}

/// What the line says.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// The course was completed.
    Completed { hours: Hours, settled: bool },
    /// The statement of the record is void; this statement has an id of its own.
    Voided { id: String },
    /// The statement of the record comes again, as void.
    VoidedItself { hours: Hours },
}
