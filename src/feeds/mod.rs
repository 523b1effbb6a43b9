//! Feeds 数据源接入: what the systems of the cities send, read into stated records.
//!
//! What a source calls things is data, `config/feeds/*.toml`, read by `mapping`. A reader for each shape
//! takes the bytes apart — `pages`, `statements`, `columns`, `workbook` — and `facts` judges what one
//! record says, the same way for all of them. Asking a source over HTTP is `outgoing`. Nothing here
//! knows the ledger.

mod alarm;
mod columns;
mod control;
mod dates;
mod facts;
mod file_rows;
mod files;
mod grid;
mod hours;
mod json;
mod keys;
mod mapping;
mod outgoing;
mod pages;
mod requests;
mod statements;
mod summaries;
mod texts;
mod workbook;

pub use alarm::Alarm;
pub use control::{Control, FileControl, FileKind, More, Page, Reading};
pub use mapping::{Feed, Shape};
pub use outgoing::{Answer, LookUp, Looking, Outgoing, Patience, Session, Trouble};
pub use summaries::{Summaries, Summary, Total};
