//! Sources, and who may post for them.

use serde::Serialize;

use crate::app::service::{Failure, Service};
use crate::domain::category::Category;
use crate::domain::ids::SourceId;
use crate::domain::ledger::sources::USUAL_RANK;
use crate::store::WriteTx;
use crate::store::sources::{ClientRow, SourceRow};

/// A source, as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// The code by which tokens name it.
    pub code: String,
    /// The name in Chinese.
    pub name_zh: String,
    /// The name in English.
    pub name_en: String,
    /// Where it stands.
    pub jurisdiction: Option<String>,
    /// The categories that are posted on arrival.
    pub recognises: Vec<Category>,
    /// Of two sources that tell of one event, the one with the lower rank is kept.
    pub rank: i16,
    /// Whether it may be posted for.
    pub active: bool,
}

impl Shown {
    /// Of a row.
    pub fn of(row: &SourceRow) -> Shown {
        let facts = row.facts();
        Shown {
            code: row.code.clone(),
            name_zh: row.name_zh.clone(),
            name_en: row.name_en.clone(),
            jurisdiction: row.jurisdiction.clone(),
            recognises: Category::ALL.into_iter().filter(|own| facts.recognises(*own)).collect(),
            rank: row.rank,
            active: row.active,
        }
    }
}

/// A source as it is to be.
#[derive(Clone, Debug)]
pub struct NewSource {
    /// The code by which tokens name it.
    pub code: String,
    /// The name in Chinese.
    pub name_zh: String,
    /// The name in English.
    pub name_en: String,
    /// Where it stands.
    pub jurisdiction: Option<String>,
    /// The categories that are posted on arrival.
    pub recognises: Vec<Category>,
    /// Of two sources that tell of one event, the one with the lower rank is kept; absent = as usual.
    pub rank: Option<i16>,
    /// Whether it may be posted for.
    pub active: bool,
}

impl Service {
    /// Adds a source, or changes the one with its code.
    pub async fn put_source(&self, new: NewSource) -> Result<Shown, Failure> {
        let row = self.store.write(move |tx| put_source(tx, &new)).await?;
        self.forget_directory();
        Ok(Shown::of(&row))
    }

    /// The same, for a thread that may wait.
    pub fn put_source_waiting(&self, new: NewSource) -> Result<Shown, Failure> {
        let row = self.store.write_waiting(move |tx: &mut WriteTx<'_>| put_source(tx, &new))?;
        self.forget_directory();
        Ok(Shown::of(&row))
    }

    /// Lets a client post for a source, or no more; the subject as it is kept.
    pub async fn put_client(
        &self,
        code: &str,
        issuer: &str,
        subject: &str,
        active: bool,
    ) -> Result<String, Failure> {
        let source = self.directory().await?.source(code).ok_or(Failure::Absent)?;
        let (issuer, subject) = (issuer.to_owned(), self.vault.subject(subject));
        let kept = subject.clone();
        self.store
            .write(move |tx| {
                tx.put_client(&ClientRow {
                    issuer: issuer.clone(),
                    subject: subject.clone(),
                    source_id: source.source_id,
                    active,
                    created_at: tx.now().micros(),
                })?;
                Ok::<_, Failure>(())
            })
            .await?;
        self.forget_directory();
        Ok(kept)
    }
}

fn put_source(tx: &mut WriteTx<'_>, new: &NewSource) -> Result<SourceRow, Failure> {
    let before = tx.sources()?.into_iter().find(|row| row.code == new.code);
    let id = SourceId::from_bits(tx.bits()).get();
    let row = SourceRow {
        source_id: before.as_ref().map_or(id, |row| row.source_id),
        code: new.code.clone(),
        name_zh: new.name_zh.clone(),
        name_en: new.name_en.clone(),
        jurisdiction: new.jurisdiction.clone(),
        recognises: new.recognises.iter().fold(0, |mask, own| mask | (1 << own.index())),
        rank: new.rank.unwrap_or(USUAL_RANK),
        active: new.active,
        created_at: tx.now().micros(),
    };
    if before.is_some() {
        tx.change_source(&row)?;
    } else {
        tx.add_source(&row)?;
    }
    Ok(row)
}
