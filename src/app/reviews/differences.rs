//! Differences as reviewers and the person see them.

use serde::Serialize;
use serde_json::Value;

use crate::app::persons::Shown;
use crate::app::persons::hourly::Hourly;
use crate::app::posting::problems::{self, Told};
use crate::app::reconciliation::summaries;
use crate::app::reviews::Reviewer;
use crate::app::service::{Directory, Failure, Service};
use crate::domain::ids::{DifferenceId, PersonId};
pub use crate::domain::ledger::difference::Resolution as Action;
use crate::domain::ledger::difference::{Difference, DifferenceKind};
use crate::domain::timestamp::Timestamp;
use crate::store::differences::After;
use crate::store::{ReadTx, StoreError};

/// A difference that nobody has settled.
#[derive(Clone, Debug, Serialize)]
pub struct ShownDifference {
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
    /// What is here and what is there; `why` says it in a sentence.
    #[serde(skip)]
    pub sides: Sides,
}

/// The two sides of a difference, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// The year of the hours.
    pub year: Option<String>,
    /// The category of the hours.
    pub category: Option<String>,
    /// The field that differs.
    pub field: Option<String>,
    /// The hours that the ledger has of it.
    pub here: Option<String>,
    /// The hours that the source states.
    pub there: Option<String>,
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
    ) -> Result<Vec<ShownDifference>, Failure> {
        let directory = self.directory().await?;
        let service = self.clone();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.store
            .read(move |tx| {
                let rows = tx.difference_queue(&reviewer.scope(), after, limit)?;
                let mut all = Vec::with_capacity(rows.len());
                for row in rows {
                    all.push(service.shown_difference(tx, &directory, &row)?);
                }
                Ok(all)
            })
            .await
    }

    /// A difference as it is shown to who may settle it.
    pub(super) fn shown_difference(
        &self,
        tx: &mut ReadTx<'_>,
        directory: &Directory,
        row: &Difference,
    ) -> Result<ShownDifference, Failure> {
        let shown = match row.person {
            Some(person) => self.shown(tx, person)?,
            None => None,
        };
        Ok(shown_difference(tx, directory, row, shown)?)
    }
}

fn shown_difference(
    tx: &mut ReadTx<'_>,
    directory: &Directory,
    row: &Difference,
    shown: Option<Shown>,
) -> Result<ShownDifference, StoreError> {
    let person = row.person.unwrap_or(PersonId::stored(0));
    let kept = match &row.other {
        Some((source, key)) => {
            let entries = tx.entries(person, None)?;
            let entry = crate::domain::ledger::entry::standing(&entries, *source, key);
            Some(KeptRecord {
                source: directory.code(*source),
                key: key.clone(),
                seq: entry.map(|entry| entry.seq),
                score: row.score.unwrap_or_default(),
                parts: serde_json::from_str(&row.parts).map_err(|_| row.damaged())?,
            })
        }
        None => None,
    };
    Ok(ShownDifference {
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
        why: why(row)?,
        opened_at: row.opened_at,
        sides: sides(row)?,
    })
}

fn sides(row: &Difference) -> Result<Sides, StoreError> {
    let of = row.posting.as_ref();
    let hours = of.map(|posting| Hourly::of(posting).hours);
    let year = of.map(|posting| posting.year.to_string());
    let category = of.map(|posting| posting.category.name().to_owned());
    let said = problems::arguments(told(row), || row.damaged())?;
    let said = |name: &str| said.iter().find(|(own, _)| own == name).map(|(_, text)| text.clone());
    let sides = Sides { year, category, ..Sides::default() };
    Ok(match row.kind {
        DifferenceKind::Duplicate
        | DifferenceKind::MissingHere
        | DifferenceKind::ContradictsDecision => Sides { there: hours, ..sides },
        DifferenceKind::MissingThere => Sides { here: hours, ..sides },
        DifferenceKind::Differs => {
            // What the source says is void has no hours there, whatever the record says.
            Sides { field: said("field"), here: said("here"), there: hours, ..sides }
        }
        DifferenceKind::SumDiffers => Sides {
            year: summaries::year_of(&row.key).map(str::to_owned),
            category: said("category"),
            field: Some("hours".to_owned()),
            here: said("here"),
            there: said("there"),
        },
        DifferenceKind::YearBasis => {
            let field = why(row)?.into_iter().next().map(|told| told.field);
            let field = field.filter(|field| !field.is_empty());
            Sides {
                field,
                here: hours.clone().filter(|_| row.entry_seq.is_some()),
                there: hours,
                ..sides
            }
        }
    })
}

/// What explains a difference, in sentences.
pub(in crate::app) fn why(row: &Difference) -> Result<Vec<Told>, StoreError> {
    problems::read(told(row), || row.damaged())
}

/// The text that explains a difference; that of a duplicate is made of something else.
fn told(row: &Difference) -> Option<&str> {
    Some(&*row.parts).filter(|text| row.kind != DifferenceKind::Duplicate && !text.is_empty())
}
