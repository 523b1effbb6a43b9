//! What reviewers see: rows that wait, and proposals that nobody has answered.

use serde::Serialize;

use crate::app::persons::Shown;
use crate::app::persons::hourly::Hourly;
use crate::app::reviews::Reviewer;
use crate::app::reviews::adjust::{posting_of, proposed};
use crate::app::service::{Failure, Service};
use crate::domain::category::Category;
use crate::domain::hours::Hours;
use crate::domain::ids::{DecisionId, PersonId};
use crate::domain::ledger::pending::PendingId;
use crate::domain::timestamp::Timestamp;
use crate::store::ledger::stored_category;

/// A row that waits.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    /// Where it stands.
    #[serde(skip)]
    pub place: PendingId,
    /// Where the inbox keeps it, `batch-row`.
    pub submission: String,
    /// Whose.
    pub person: PersonId,
    /// Masked number and name.
    #[serde(flatten)]
    pub shown: Option<Shown>,
    /// The source's code.
    pub source: Box<str>,
    /// The source's key.
    pub key: Box<str>,
    /// The hours.
    #[serde(flatten)]
    pub hours: Hourly,
    /// 专业.
    pub specialty: Option<Box<str>>,
    /// When it came.
    pub received_at: Timestamp,
}

/// A proposal that nobody has answered.
#[derive(Clone, Debug, Serialize)]
pub struct Proposal {
    /// Its id.
    pub decision: DecisionId,
    /// Whose record.
    pub person: PersonId,
    /// Who proposed.
    pub subject: String,
    /// When.
    pub made_at: Timestamp,
    /// The year.
    pub year: Option<i16>,
    /// The category.
    pub category: Option<&'static str>,
    /// How many hours.
    pub hours: Option<String>,
}

/// The most proposals that are told at once.
const PROPOSALS: i64 = 1000;

impl Service {
    /// Rows that wait for a reviewer, longest first.
    pub async fn queue(
        &self,
        reviewer: Reviewer,
        after: Option<(Timestamp, PendingId)>,
        limit: usize,
    ) -> Result<Vec<Waiting>, Failure> {
        let directory = self.directory().await?;
        let service = self.clone();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.store
            .read(move |tx| {
                let rows = tx.queue(&reviewer.scope(), after, limit)?;
                let mut all = Vec::with_capacity(rows.len());
                for row in rows {
                    all.push(Waiting {
                        place: (row.person, row.batch, row.row_no),
                        submission: format!("{}-{}", row.batch, row.row_no),
                        person: row.person,
                        shown: service.shown(tx, row.person)?,
                        source: directory.code(row.source),
                        key: row.ext_key,
                        hours: Hourly::of(&row.posting),
                        specialty: row.posting.particulars.specialty,
                        received_at: row.known_at,
                    });
                }
                Ok(all)
            })
            .await
    }

    /// Proposals that a reviewer answers for and nobody has answered.
    pub async fn proposals(&self, reviewer: Reviewer) -> Result<Vec<Proposal>, Failure> {
        let vault = self.vault.clone();
        self.store
            .read(move |tx| {
                let rows = tx.open_proposals(PROPOSALS)?;
                let mine = rows.into_iter().filter(|row| {
                    let adjustment = proposed(PersonId::stored(row.person_id), row);
                    adjustment.is_some_and(|adjustment| {
                        let place = row.jurisdiction.as_deref();
                        reviewer.answers_for(place, &posting_of(&adjustment))
                    })
                });
                let proposal = |row: crate::store::decisions::DecisionRow| Proposal {
                    decision: DecisionId::stored(row.decision_id),
                    person: PersonId::stored(row.person_id),
                    subject: vault.subject(&row.subject),
                    made_at: Timestamp::from_micros(row.made_at),
                    year: row.year,
                    category: row.category.and_then(stored_category).map(Category::name),
                    hours: row.hours.map(|hours| Hours::from_hundredths(hours).to_string()),
                };
                Ok(mine.map(proposal).collect())
            })
            .await
    }
}
