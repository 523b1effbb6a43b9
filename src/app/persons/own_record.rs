//! A person's own record: every entry and every submission, with its state and why it counts or not.

use std::collections::HashMap;

use serde::Serialize;

use crate::app::persons::Shown;
use crate::app::persons::hourly::Hourly;
use crate::app::persons::item::Item;
use crate::app::persons::own_differences::OwnDifferences;
use crate::app::posting::problems;
use crate::app::service::{Directory, Failure, Service};
use crate::domain::hours::Hours;
use crate::domain::ids::{BatchId, PersonId};
use crate::domain::ledger::entry::{Entry, EntryKind, is_reversed};
use crate::domain::ledger::pending::Pending;
use crate::domain::timestamp::Timestamp;

/// Who somebody is, and what stands to their account.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// Their id here.
    pub person: PersonId,
    /// Masked number and name.
    #[serde(flatten)]
    pub shown: Option<Shown>,
    /// Recognised hours by year and category.
    pub years: Vec<YearAccount>,
    /// When the ledger last learned something of them.
    pub known_at: Timestamp,
}

/// The hours of a year.
#[derive(Clone, Debug, Serialize)]
pub struct YearAccount {
    /// The year 年度.
    pub year: i16,
    /// Recognised hours by category.
    pub recognised: HashMap<&'static str, Hours>,
}

/// The most submissions that came to nothing that are told.
const UNSETTLED: i64 = 200;

impl Service {
    /// Who somebody is, and what stands to their account.
    pub async fn account(&self, person: PersonId) -> Result<Account, Failure> {
        let service = self.clone();
        self.store
            .read(move |tx| {
                let (known, _) = tx.person(person)?.ok_or(Failure::Absent)?;
                let shown = service.shown(tx, person)?;
                let mut years: Vec<YearAccount> = Vec::new();
                for row in tx.balances(person)? {
                    let category = crate::store::ledger::stored_category(row.category);
                    let category = category.ok_or_else(|| row.damaged())?;
                    if years.last().is_none_or(|last| last.year != row.year) {
                        years.push(YearAccount { year: row.year, recognised: HashMap::new() });
                    }
                    if let Some(last) = years.last_mut() {
                        let hours = Hours::from_hundredths(row.hours);
                        last.recognised.insert(category.name(), hours);
                    }
                }
                Ok(Account { person, shown, years, known_at: known.known_at })
            })
            .await
    }

    /// Everything that the ledger holds of somebody.
    pub async fn items(&self, person: PersonId) -> Result<Vec<Item>, Failure> {
        let directory = self.directory().await?;
        self.store
            .read(move |tx| {
                tx.person(person)?.ok_or(Failure::Absent)?;
                let entries = tx.entries(person, None)?;
                let mut items: Vec<Item> =
                    entries.iter().map(|entry| of_entry(entry, &entries, &directory)).collect();
                let pendings = tx.pendings_of(&[person], None)?.remove(&person);
                let pendings = pendings.unwrap_or_default();
                items.extend(pendings.iter().filter_map(|one| of_pending(one, &directory)));
                let doubts = OwnDifferences::read(tx, person)?;
                items.extend(doubts.items(&entries, &directory)?);
                for row in tx.unsettled_of(person, UNSETTLED)? {
                    let outcome = row.outcome()?;
                    if doubts.tell_of(&row) {
                        continue;
                    }
                    let source = crate::domain::ids::SourceId::stored(row.source_id);
                    let batch = BatchId::stored(row.batch_id);
                    items.push(Item {
                        what: "submission",
                        seq: None,
                        submission: Some(format!("{batch}-{}", row.row_no)),
                        state: outcome.name(),
                        counts: false,
                        source: directory.code(source),
                        hours: None,
                        recorded_at: Timestamp::from_micros(row.received_at),
                        why: problems::of_row(&row)?,
                        kept: None,
                        difference: None,
                    });
                }
                items.sort_by_key(|item| (item.recorded_at, item.seq));
                Ok(items)
            })
            .await
    }
}

fn of_entry(entry: &Entry, all: &[Entry], directory: &Directory) -> Item {
    let replaced = all
        .iter()
        .any(|other| other.kind == EntryKind::Replacement && other.ref_seq == Some(entry.seq));
    let state = match entry.kind {
        EntryKind::Reversal => "reversal",
        _ if replaced => "replaced",
        _ if is_reversed(all, entry.seq) => "reversed",
        _ => "counts",
    };
    Item {
        what: "entry",
        seq: Some(entry.seq),
        submission: None,
        state,
        counts: state == "counts",
        source: directory.code(entry.source),
        hours: Some(Hourly::of(&entry.posting)),
        recorded_at: entry.recorded_at,
        why: Vec::new(),
        kept: None,
        difference: None,
    }
}

/// A row that waits or came to nothing; what became an entry is told as that.
fn of_pending(pending: &Pending, directory: &Directory) -> Option<Item> {
    let state = match pending.closed {
        None => "pending",
        Some((_, closed)) => closed.name(),
    };
    if pending.entry_seq.is_some() {
        return None;
    }
    Some(Item {
        what: "submission",
        seq: None,
        submission: Some(format!("{}-{}", pending.batch, pending.row_no)),
        state,
        counts: false,
        source: directory.code(pending.source),
        hours: Some(Hourly::of(&pending.posting)),
        recorded_at: pending.known_at,
        why: Vec::new(),
        kept: None,
        difference: None,
    })
}
