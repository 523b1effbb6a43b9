//! One transaction of rows: keys are claimed, accounts loaded, and what was decided is written.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::app::posting::persons;
use crate::app::posting::prepare::Prepared;
use crate::app::posting::{Poster, RowResult, Uncommitted, apply, load};
use crate::app::service::{Directory, Failure};
use crate::domain::identity::IdKind;
use crate::domain::ids::{BatchId, PersonId};
use crate::domain::ledger::claim::Claim;
use crate::domain::ledger::decide::{Arrivals, Decision, OnFile, Row, Statement};
use crate::domain::ledger::outcome::Outcome;
use crate::domain::ledger::sources::Sources;
use crate::domain::ledger::statement::FeedStatement;
use crate::store::{StoreError, WriteTx};
use crate::vault::Vault;
use persons::People;

/// Rows with what they need.
pub(crate) struct Chunk {
    pub(crate) vault: Arc<Vault>,
    pub(crate) poster: Poster,
    /// The batch they belong to; a row alone gets one of its own.
    pub(crate) batch: Option<BatchId>,
    pub(crate) rows: Arc<Vec<Prepared>>,
    /// What a feed states beside each row; none where a provider posts them.
    pub(crate) stated: Option<Arc<Vec<Stated>>>,
    /// Every source, with its rank.
    pub(crate) directory: Arc<Directory>,
}

/// What a feed states beside a row.
pub(crate) struct Stated {
    /// The source's key.
    pub(crate) key: Option<Box<str>>,
    pub(crate) said: FeedStatement,
}

impl Chunk {
    /// Takes every row and writes its outcome into the inbox; of stated rows, the outcome of those that said
    /// something new.
    pub(crate) fn take(&self, tx: &mut WriteTx<'_>) -> Result<Vec<RowResult>, Uncommitted> {
        let batch = self.batch.unwrap_or_else(|| tx.new_batch());
        let (mut people, newcomers) = persons::on_record(tx, &self.vault, &self.rows)?;
        let Decision { mut results, changes } = self.decide(tx, batch, &people, &newcomers)?;
        apply::apply(tx, (self.poster.source.id(), batch), &changes)?;
        people.retain(|_, known| !changes.strangers.contains(&known.id));
        if self.stated.is_none() {
            self.write_down_with(tx, &results, &people, |_| true)?;
            return Ok(results);
        }
        tell_repeated(tx, batch, &mut results)?;
        self.write_down_with(tx, &results, &people, |row| row.outcome != Outcome::Replayed)?;
        Ok(results)
    }

    fn decide(
        &self,
        tx: &mut WriteTx<'_>,
        batch: BatchId,
        people: &People,
        newcomers: &BTreeSet<PersonId>,
    ) -> Result<Decision, Failure> {
        let own = self.poster.source.facts();
        let sources = Sources::new(&own, &self.directory.facts);
        let arrivals = Arrivals::new((sources, batch, tx.now()), self.rows_of(people));
        let claims = arrivals.claims();
        let free = tx.claim(own.id, &claims)?;
        let used: Vec<&str> = claims
            .iter()
            .zip(&free)
            .filter(|(_, free)| !**free)
            .map(|(claim, _)| &*claim.ext_key)
            .collect();
        let on_file = tx.claims(own.id, &used)?;
        if on_file.len() < used.len() {
            // Neither free nor used: only a later look can tell.
            return Err(StoreError::Busy.into());
        }
        let records = match &self.stated {
            Some(_) => tx.stated_by_key(own.id, &used)?,
            None => std::collections::HashMap::new(),
        };
        let intake = arrivals.compare(OnFile { claims: on_file, records });
        let needs = intake.needs();
        let changing: Vec<&Claim> = needs.claims.iter().collect();
        tx.lock_claims(own.id, &changing)?;
        Ok(match &self.stated {
            Some(_) => intake.decide(load::accounts_of_stated(tx, &needs)?, &BTreeSet::new()),
            None => {
                let several = self.directory.sources.len() > 1;
                let accounts = load::accounts_of_posted(tx, own.id, several, &needs)?;
                intake.decide(accounts, newcomers)
            }
        })
    }

    fn rows_of<'r>(&'r self, people: &People) -> Vec<Row<'r>> {
        let row = |(place, prepared): (usize, &'r Prepared)| {
            let stated = self.stated.as_ref().and_then(|all| all.get(place));
            let read = prepared.read.as_ref();
            let revision = read.map_or(1, |matched| matched.row.revision);
            Row {
                row_no: prepared.row_no,
                key: stated.and_then(|stated| stated.key.as_deref()).or_else(|| prepared.key_ref()),
                person: persons::person_of(prepared, people),
                read: read.map(|matched| &matched.row.posting),
                statement: match stated {
                    Some(stated) => Statement::Stated(&stated.said),
                    None => Statement::Posted { revision },
                },
                raw: &prepared.raw,
            }
        };
        self.rows.iter().enumerate().map(row).collect()
    }

    /// Writes the outcomes of rows that did nothing into the inbox, and nothing else.
    pub(crate) fn write_down(
        &self,
        tx: &mut WriteTx<'_>,
        mut results: Vec<RowResult>,
    ) -> Result<Vec<RowResult>, Failure> {
        let numbers = persons::numbers(&self.rows);
        let people = tx.people_by_number(IdKind::ResidentId.get(), &numbers)?;
        for (prepared, row) in self.rows.iter().zip(&mut results) {
            // Whom only these rows would have put on record is not on record.
            row.person = persons::person_of(prepared, &people);
        }
        self.write_down_with(tx, &results, &people, |_| true)?;
        Ok(results)
    }
}

/// What has no key is known by its place, where a page is taken a second time.
fn tell_repeated(
    tx: &mut WriteTx<'_>,
    batch: BatchId,
    results: &mut [RowResult],
) -> Result<(), StoreError> {
    let keyless = |row: &&RowResult| row.key.is_none() && row.outcome != Outcome::Replayed;
    let keyless: Vec<i64> = results.iter().filter(keyless).map(|row| row.row_no).collect();
    let before = tx.rows_in_inbox(batch, &keyless)?;
    let repeated = |row: &&mut RowResult| row.key.is_none() && before.contains(&row.row_no);
    for row in results.iter_mut().filter(repeated) {
        row.outcome = Outcome::Replayed;
    }
    Ok(())
}
