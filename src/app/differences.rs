//! Differences as reviewers and the person see them.

use serde::Serialize;
use serde_json::Value;

use crate::app::own_record::Hourly;
use crate::app::people::Shown;
use crate::app::recognise::Reviewer;
use crate::app::record::problems::{self, Told};
use crate::app::service::{Directory, Failure, Service};
use crate::domain::ids::{DifferenceId, PersonId};
use crate::domain::timestamp::Timestamp;
pub use crate::store::differences::Settled as Action;
use crate::store::differences::{After, Difference, Kind};
use crate::store::{ReadTx, StoreError};

/// A difference that nobody has settled.
#[derive(Clone, Debug, Serialize)]
pub struct Doubted {
    /// Where a page after it begins.
    #[serde(skip)]
    pub after: After,
    /// Its id.
    pub difference: DifferenceId,
    /// Whose; the id of nobody where nobody is known.
    pub person: PersonId,
    /// Masked number and name.
    #[serde(flatten)]
    pub shown: Option<Shown>,
    /// In what way.
    pub kind: &'static str,
    /// The source's code.
    pub source: Box<str>,
    /// The source's key.
    pub key: Box<str>,
    /// What would count.
    #[serde(flatten)]
    pub hours: Option<Hourly>,
    /// The entry that is in doubt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// The record of another source that is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptRecord>,
    /// What a problem of the record is, or in which fields it differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Told>,
    /// Since when.
    pub opened_at: Timestamp,
}

/// A record that is kept in the place of another one.
#[derive(Clone, Debug, Serialize)]
pub struct KeptRecord {
    /// Its source's code.
    pub source: Box<str>,
    /// The source's key.
    pub key: Box<str>,
    /// Its entry, where it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// How much alike the two are, of 100 points.
    pub score: i16,
    /// Of what the score is made.
    pub parts: Value,
}

impl Service {
    /// Differences that are a reviewer's to settle, longest first.
    pub async fn differences(
        &self,
        reviewer: Reviewer,
        after: Option<After>,
        limit: usize,
    ) -> Result<Vec<Doubted>, Failure> {
        let directory = self.directory().await?;
        let service = self.clone();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.store
            .read(move |tx| {
                let rows = tx.difference_queue(&reviewer.scope(), after, limit)?;
                let mut all = Vec::with_capacity(rows.len());
                for row in rows {
                    let shown = match row.person {
                        Some(person) => service.shown(tx, person)?,
                        None => None,
                    };
                    all.push(doubted(tx, &directory, &row, shown)?);
                }
                Ok(all)
            })
            .await
    }
}

fn doubted(
    tx: &mut ReadTx<'_>,
    directory: &Directory,
    row: &Difference,
    shown: Option<Shown>,
) -> Result<Doubted, StoreError> {
    let person = row.person.unwrap_or(PersonId::stored(0));
    let kept = match &row.other {
        Some((source, key)) => {
            let entries = tx.entries(person, None)?;
            let entry = crate::domain::entry::standing(&entries, *source, key);
            Some(KeptRecord {
                source: directory.code(*source),
                key: key.clone(),
                seq: entry.map(|entry| entry.seq),
                score: row.score.unwrap_or_default(),
                parts: serde_json::from_str(&row.parts).unwrap_or_default(),
            })
        }
        None => None,
    };
    Ok(Doubted {
        after: (row.opened_at, person.get(), row.id.get()),
        difference: row.id,
        person,
        shown,
        kind: row.kind.name(),
        source: directory.code(row.source),
        key: row.key.clone(),
        hours: row.posting.as_ref().map(Hourly::of),
        seq: row.entry_seq,
        kept,
        why: why(row),
        opened_at: row.opened_at,
    })
}

/// What explains a difference, in sentences.
pub(super) fn why(row: &Difference) -> Vec<Told> {
    if row.kind == Kind::Duplicate { Vec::new() } else { problems::read(&row.parts) }
}
