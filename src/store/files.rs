//! Everything about persons that their verdicts and their records are made of.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};

use super::conn::Conn;
use super::decisions::DecisionRow;
use super::dialect::{Whole, array_of};
use super::differences::{self, DifferenceRow};
use super::ledger::EntryRow;
use super::pendings::{self, PendingRow};
use super::statement::statement;
use super::{ReadTx, StoreError};
use crate::domain::ids::PersonId;
use crate::domain::ledger::difference::Difference;
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::pending::Pending;
use crate::domain::timestamp::Timestamp;

/// What is on file of a person.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// The chain, in order.
    pub entries: Vec<Entry>,
    /// What waits or waited, in the order of arrival.
    pub pendings: Vec<Pending>,
    /// Differences, oldest first.
    pub differences: Vec<Difference>,
    /// What reviewers decided, oldest first.
    pub decisions: Vec<DecisionRow>,
}

type Rows = (i64, Vec<EntryRow>, Vec<PendingRow>, Vec<DifferenceRow>, Vec<DecisionRow>);
type Sql<R> = Array<<R as Whole>::Sql>;
type RowsSql = (BigInt, Sql<EntryRow>, Sql<PendingRow>, Sql<DifferenceRow>, Sql<DecisionRow>);

impl ReadTx<'_> {
    /// The files of persons as they were known at an instant: what came later is left out, and what was
    /// closed later is open. PostgreSQL is asked once, so that its answer is a snapshot by itself.
    pub fn files_of(
        &mut self,
        people: &[PersonId],
        as_of: Option<Timestamp>,
    ) -> Result<HashMap<PersonId, File>, StoreError> {
        if let Conn::Postgres(conn) = &mut *self.conn {
            return in_postgres(conn, people, as_of);
        }
        let mut files: HashMap<PersonId, File> = HashMap::with_capacity(people.len());
        for (person, entries) in self.entries_of(people, as_of)? {
            files.entry(person).or_default().entries = entries;
        }
        for (person, pendings) in self.pendings_of(people, as_of)? {
            files.entry(person).or_default().pendings = pendings;
        }
        for (person, differences) in self.differences_of(people, as_of)? {
            files.entry(person).or_default().differences = differences;
        }
        for decision in self.decisions_of(people, as_of)? {
            let person = PersonId::stored(decision.person_id);
            files.entry(person).or_default().decisions.push(decision);
        }
        Ok(files)
    }
}

fn in_postgres(
    conn: &mut PgConnection,
    people: &[PersonId],
    as_of: Option<Timestamp>,
) -> Result<HashMap<PersonId, File>, StoreError> {
    let until = as_of.map_or(i64::MAX, Timestamp::micros);
    let ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
    let own = |table: &str| format!("{table}.person_id = person.person_id AND {table}.");
    let rows: Vec<Rows> = statement(format!(
        "SELECT person.person_id, {}{}recorded_at <= ",
        array_of::<EntryRow>("entry"),
        own("entry"),
    ))
    .bind::<BigInt, _>(until)
    .sql(format!(
        " ORDER BY seq), {}{}known_at <= ",
        array_of::<PendingRow>("pending"),
        own("pending"),
    ))
    .bind::<BigInt, _>(until)
    .sql(format!(
        " ORDER BY batch_id, row_no), {}{}opened_at <= ",
        array_of::<DifferenceRow>("difference"),
        own("difference"),
    ))
    .bind::<BigInt, _>(until)
    .sql(format!(
        " ORDER BY opened_at, difference_id), {}{}made_at <= ",
        array_of::<DecisionRow>("decision"),
        own("decision"),
    ))
    .bind::<BigInt, _>(until)
    .sql(" ORDER BY made_at, decision_id) FROM person WHERE person.person_id = ANY(")
    .bind::<Array<BigInt>, _>(ids)
    .sql(")")
    .answering::<RowsSql>()
    .load(conn)?;
    let file = |(person, entries, pendings, differences, decisions): Rows| {
        let file = File {
            entries: entries.into_iter().map(EntryRow::entry).collect::<Result<_, _>>()?,
            pendings: pendings::rows_as_of(pendings, until)?,
            differences: differences::rows_as_of(differences, until)?,
            decisions: decisions.into_iter().map(DecisionRow::checked).collect::<Result<_, _>>()?,
        };
        Ok((PersonId::stored(person), file))
    };
    rows.into_iter().map(file).collect()
}
