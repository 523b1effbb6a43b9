//! Hours that wait for recognition, and what became of them.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::dialect::{look_up, on_each_engine, rows};
use super::ledger::category_number;
use super::posting::stored_posting;
use super::schema::pending;
use super::{ReadTx, StoreError, WriteTx};
use crate::domain::declaration::place_stem;
use crate::domain::ids::{BatchId, DecisionId, PersonId, SourceId};
use crate::domain::ledger::pending::{Pending, PendingId, PendingOutcome};
use crate::domain::ledger::posting::Posting;
use crate::domain::timestamp::Timestamp;

rows! {
    /// A row of `pending`.
    pub struct PendingRow in pending by (person_id, batch_id, row_no) {
        person_id: i64 => BigInt,
        batch_id: i64 => BigInt,
        row_no: i64 => BigInt,
        source_id: i64 => BigInt,
        ext_key: String => Text,
        revision: i32 => Integer,
        content_hash: Vec<u8> => Binary,
        year: i16 => SmallInt,
        category: i16 => SmallInt,
        hours: i64 => BigInt,
        completed_on: Option<NaiveDate> => Nullable<Date>,
        attrs: String => Text,
        jurisdiction: Option<String> => Nullable<Text>,
        specialty: Option<String> => Nullable<Text>,
        known_at: i64 => BigInt,
        closed_at: Option<i64> => Nullable<BigInt>,
        closed_as: Option<i16> => Nullable<SmallInt>,
        decision_id: Option<i64> => Nullable<BigInt>,
        entry_seq: Option<i64> => Nullable<BigInt>,
    }
}

/// Which rows of the queue somebody answers for.
#[derive(Clone, Debug, Default)]
pub struct QueueScope {
    /// Only rows of sources of this place; of every place below it, where it ends in zeros.
    pub jurisdiction: Option<String>,
    /// Only these specialties; none = all.
    pub specialties: Vec<String>,
    /// Only these categories; none = all.
    pub categories: Vec<i16>,
}

impl QueueScope {
    /// What the places begin with, as a pattern.
    pub(super) fn prefix(&self) -> Option<String> {
        self.jurisdiction.as_deref().map(|code| format!("{}%", place_stem(code)))
    }
}

impl ReadTx<'_> {
    /// What waits or waited of persons, as it was known at an instant: rows that came later are left
    /// out, and those that were closed later are open.
    pub fn pendings_of(
        &mut self,
        people: &[PersonId],
        as_of: Option<Timestamp>,
    ) -> Result<HashMap<PersonId, Vec<Pending>>, StoreError> {
        let until = as_of.map_or(i64::MAX, Timestamp::micros);
        let ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
        let known = pending::table.filter(pending::known_at.le(until));
        let found: Vec<PendingRow> = look_up!(
            &mut *self.conn,
            &ids,
            |c, id| {
                let own = known.filter(pending::person_id.eq(*id));
                own.order((pending::batch_id, pending::row_no)).load::<PendingRow>(c)?
            },
            |c| known
                .filter(pending::person_id.eq_any(&ids))
                .order((pending::person_id, pending::batch_id, pending::row_no))
                .load(c)?,
        );
        let mut all: HashMap<PersonId, Vec<Pending>> = HashMap::new();
        for one in rows_as_of(found, until)? {
            all.entry(one.person).or_default().push(one);
        }
        Ok(all)
    }

    /// One row.
    pub fn pending(&mut self, place: PendingId) -> Result<Option<Pending>, StoreError> {
        let (person, batch, row_no) = place;
        let found: Option<PendingRow> = on_each_engine!(&mut *self.conn, |c| pending::table
            .find((person.get(), batch.get(), row_no))
            .get_result(c)
            .optional()?);
        found.map(PendingRow::pending).transpose()
    }

    /// What waits, longest first, after a place.
    pub fn queue(
        &mut self,
        scope: &QueueScope,
        after: Option<(Timestamp, PendingId)>,
        limit: i64,
    ) -> Result<Vec<Pending>, StoreError> {
        use diesel::dsl::sql;
        use diesel::sql_types::Bool;
        let (at, (person, batch, row)) = after.unwrap_or((
            Timestamp::from_micros(i64::MIN),
            (PersonId::stored(0), BatchId::stored(0), 0),
        ));
        let prefix = scope.prefix();
        let found: Vec<PendingRow> = on_each_engine!(&mut *self.conn, |c| {
            let later = sql::<Bool>("(known_at, person_id, batch_id, row_no) > (")
                .bind::<diesel::sql_types::BigInt, _>(at.micros())
                .sql(", ")
                .bind::<diesel::sql_types::BigInt, _>(person.get())
                .sql(", ")
                .bind::<diesel::sql_types::BigInt, _>(batch.get())
                .sql(", ")
                .bind::<diesel::sql_types::BigInt, _>(row)
                .sql(")");
            let mut query =
                pending::table.filter(pending::closed_at.is_null()).filter(later).into_boxed();
            if let Some(prefix) = &prefix {
                query = query.filter(pending::jurisdiction.like(prefix));
            }
            if !scope.specialties.is_empty() {
                query = query.filter(pending::specialty.eq_any(&scope.specialties));
            }
            if !scope.categories.is_empty() {
                query = query.filter(pending::category.eq_any(&scope.categories));
            }
            query
                .order((pending::known_at, pending::person_id, pending::batch_id, pending::row_no))
                .limit(limit)
                .load(c)?
        });
        found.into_iter().map(PendingRow::pending).collect()
    }
}

impl WriteTx<'_> {
    /// Adds rows that wait.
    pub fn add_pendings(&mut self, pendings: &[Pending]) -> Result<(), StoreError> {
        let rows: Vec<PendingRow> = pendings.iter().map(PendingRow::of).collect();
        PendingRow::insert(self.read.conn, &rows)
    }

    /// Closes a row that waits; false where it waits no more.
    pub fn close_pending(
        &mut self,
        place: PendingId,
        at: Timestamp,
        closed: PendingOutcome,
        decision: Option<DecisionId>,
        entry_seq: Option<i64>,
    ) -> Result<bool, StoreError> {
        let (person, batch, row_no) = place;
        let changed = on_each_engine!(&mut *self.read.conn, |c| {
            let row = pending::table
                .filter(pending::person_id.eq(person.get()))
                .filter(pending::batch_id.eq(batch.get()))
                .filter(pending::row_no.eq(row_no))
                .filter(pending::closed_at.is_null());
            diesel::update(row)
                .set((
                    pending::closed_at.eq(at.micros()),
                    pending::closed_as.eq(closed.number()),
                    pending::decision_id.eq(decision.map(DecisionId::get)),
                    pending::entry_seq.eq(entry_seq),
                ))
                .execute(c)?
        });
        Ok(changed == 1)
    }
}

/// Rows as they were at an instant: those that were closed later are open.
pub(super) fn rows_as_of(rows: Vec<PendingRow>, until: i64) -> Result<Vec<Pending>, StoreError> {
    let one = |row: PendingRow| {
        let mut one = row.pending()?;
        if one.closed.is_some_and(|(at, _)| at.micros() > until) {
            (one.closed, one.decision, one.entry_seq) = (None, None, None);
        }
        Ok(one)
    };
    rows.into_iter().map(one).collect()
}

impl PendingRow {
    fn of(pending: &Pending) -> PendingRow {
        let posting = &pending.posting;
        PendingRow {
            person_id: pending.person.get(),
            batch_id: pending.batch.get(),
            row_no: pending.row_no,
            source_id: pending.source.get(),
            ext_key: pending.ext_key.to_string(),
            revision: pending.revision,
            content_hash: pending.content_hash.to_vec(),
            year: posting.year.get(),
            category: category_number(posting.category),
            hours: posting.hours.hundredths(),
            completed_on: posting.completed_on,
            attrs: posting.particulars.written(),
            jurisdiction: pending.jurisdiction.as_deref().map(str::to_owned),
            specialty: posting.particulars.specialty.as_deref().map(str::to_owned),
            known_at: pending.known_at.micros(),
            closed_at: pending.closed.map(|(at, _)| at.micros()),
            closed_as: pending.closed.map(|(_, closed)| closed.number()),
            decision_id: pending.decision.map(DecisionId::get),
            entry_seq: pending.entry_seq,
        }
    }

    /// What of it may not read.
    fn parts(&self) -> Option<(Posting, [u8; 32], Option<PendingOutcome>)> {
        let said = (self.year, self.category, self.hours);
        let posting = stored_posting(said, self.completed_on, &self.attrs)?;
        let closed = match self.closed_as {
            None => None,
            Some(number) => {
                Some(PendingOutcome::ALL.into_iter().find(|own| own.number() == number)?)
            }
        };
        Some((posting, self.content_hash.as_slice().try_into().ok()?, closed))
    }

    fn pending(self) -> Result<Pending, StoreError> {
        let (posting, content_hash, closed) = self.parts().ok_or_else(|| self.damaged())?;
        Ok(Pending {
            person: PersonId::stored(self.person_id),
            batch: BatchId::stored(self.batch_id),
            row_no: self.row_no,
            source: SourceId::stored(self.source_id),
            ext_key: self.ext_key.into(),
            revision: self.revision,
            content_hash,
            posting,
            jurisdiction: self.jurisdiction.map(Into::into),
            known_at: Timestamp::from_micros(self.known_at),
            closed: self.closed_at.map(Timestamp::from_micros).zip(closed),
            decision: self.decision_id.map(DecisionId::stored),
            entry_seq: self.entry_seq,
        })
    }
}
