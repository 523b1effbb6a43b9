//! Where a source and the ledger, or two sources, do not agree, and what became of it.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::dialect::{look_up, on_each_engine, rows};
use super::ledger::category_number;
use super::pendings::QueueScope;
use super::posting::stored_posting;
use super::schema::difference;
use super::{ReadTx, StoreError, WriteTx};
use crate::domain::declaration::place_stem;
use crate::domain::ids::{DecisionId, DifferenceId, PersonId, SourceId};
use crate::domain::ledger::difference::{Difference, DifferenceKind, Resolution};
use crate::domain::ledger::posting::Posting;
use crate::domain::timestamp::Timestamp;

rows! {
    /// A row of `difference`.
    pub struct DifferenceRow in difference by (person_id, difference_id) {
        person_id: i64 => BigInt,
        difference_id: i64 => BigInt,
        kind: i16 => SmallInt,
        subject: Vec<u8> => Binary,
        source_id: i64 => BigInt,
        ext_key: String => Text,
        other_source: Option<i64> => Nullable<BigInt>,
        other_key: Option<String> => Nullable<Text>,
        score: Option<i16> => Nullable<SmallInt>,
        parts: String => Text,
        year: Option<i16> => Nullable<SmallInt>,
        category: Option<i16> => Nullable<SmallInt>,
        hours: Option<i64> => Nullable<BigInt>,
        completed_on: Option<NaiveDate> => Nullable<Date>,
        attrs: Option<String> => Nullable<Text>,
        entry_seq: Option<i64> => Nullable<BigInt>,
        jurisdiction: Option<String> => Nullable<Text>,
        specialty: Option<String> => Nullable<Text>,
        opened_at: i64 => BigInt,
        closed_at: Option<i64> => Nullable<BigInt>,
        closed_as: Option<i16> => Nullable<SmallInt>,
        decision_id: Option<i64> => Nullable<BigInt>,
    }
}

/// Where a page of the queue begins.
pub type After = (Timestamp, i64, i64);

impl Difference {
    /// That a value of its row does not read.
    pub fn damaged(&self) -> StoreError {
        let (person, id) = (self.person.map_or(0, PersonId::get), self.id.get());
        StoreError::Damaged(format!("difference (person_id = {person}, difference_id = {id})"))
    }
}

impl ReadTx<'_> {
    /// The differences of persons that were opened up to an instant, oldest first; those that were
    /// closed later are open.
    pub fn differences_of(
        &mut self,
        people: &[PersonId],
        as_of: Option<Timestamp>,
    ) -> Result<HashMap<PersonId, Vec<Difference>>, StoreError> {
        let until = as_of.map_or(i64::MAX, Timestamp::micros);
        let ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
        let known = difference::table.filter(difference::opened_at.le(until));
        let order = (difference::person_id, difference::opened_at, difference::difference_id);
        let found: Vec<DifferenceRow> = look_up!(
            &mut *self.conn,
            &ids,
            |c, id| {
                let own = known.filter(difference::person_id.eq(*id));
                own.order(order).load::<DifferenceRow>(c)?
            },
            |c| known.filter(difference::person_id.eq_any(&ids)).order(order).load(c)?,
        );
        let mut all: HashMap<PersonId, Vec<Difference>> = HashMap::new();
        for one in rows_as_of(found, until)? {
            if let Some(person) = one.person {
                all.entry(person).or_default().push(one);
            }
        }
        Ok(all)
    }

    /// One difference.
    pub fn difference(
        &mut self,
        person: Option<PersonId>,
        id: DifferenceId,
    ) -> Result<Option<Difference>, StoreError> {
        let person = person.map_or(0, PersonId::get);
        let found: Option<DifferenceRow> = on_each_engine!(&mut *self.conn, |c| difference::table
            .find((person, id.get()))
            .get_result(c)
            .optional()?);
        found.map(DifferenceRow::difference).transpose()
    }

    /// The open differences of a source that are about one of these kinds.
    pub fn open_differences(
        &mut self,
        source: SourceId,
        kinds: &[DifferenceKind],
    ) -> Result<Vec<Difference>, StoreError> {
        let kinds: Vec<i16> = kinds.iter().map(|kind| kind.number()).collect();
        let found: Vec<DifferenceRow> = on_each_engine!(&mut *self.conn, |c| difference::table
            .filter(difference::closed_at.is_null())
            .filter(difference::source_id.eq(source.get()))
            .filter(difference::kind.eq_any(&kinds))
            .order((difference::person_id, difference::difference_id))
            .load(c)?);
        found.into_iter().map(DifferenceRow::difference).collect()
    }

    /// Open differences, longest first, after a place.
    pub fn difference_queue(
        &mut self,
        scope: &QueueScope,
        after: Option<After>,
        limit: i64,
    ) -> Result<Vec<Difference>, StoreError> {
        use diesel::dsl::sql;
        use diesel::sql_types::{BigInt, Bool};
        let (at, person, id) = after.unwrap_or((Timestamp::from_micros(i64::MIN), 0, 0));
        let prefix = scope.jurisdiction.as_deref().map(|code| format!("{}%", place_stem(code)));
        let found: Vec<DifferenceRow> = on_each_engine!(&mut *self.conn, |c| {
            let later = sql::<Bool>("(opened_at, person_id, difference_id) > (")
                .bind::<BigInt, _>(at.micros())
                .sql(", ")
                .bind::<BigInt, _>(person)
                .sql(", ")
                .bind::<BigInt, _>(id)
                .sql(")");
            let open = difference::table.filter(difference::closed_at.is_null());
            let mut query = open.filter(later).into_boxed();
            if let Some(prefix) = &prefix {
                query = query.filter(difference::jurisdiction.like(prefix));
            }
            if !scope.specialties.is_empty() {
                query = query.filter(difference::specialty.eq_any(&scope.specialties));
            }
            if !scope.categories.is_empty() {
                query = query.filter(difference::category.eq_any(&scope.categories));
            }
            query
                .order((difference::opened_at, difference::person_id, difference::difference_id))
                .limit(limit)
                .load(c)?
        });
        found.into_iter().map(DifferenceRow::difference).collect()
    }
}

impl WriteTx<'_> {
    /// Opens differences.
    pub fn add_differences(&mut self, all: &[Difference]) -> Result<(), StoreError> {
        let rows: Vec<DifferenceRow> = all.iter().map(DifferenceRow::of).collect();
        DifferenceRow::insert(self.read.conn, &rows)
    }

    /// Closes a difference that is open; false where it is open no more.
    pub fn close_difference(
        &mut self,
        person: Option<PersonId>,
        id: DifferenceId,
        at: Timestamp,
        settled: Resolution,
        decision: Option<DecisionId>,
    ) -> Result<bool, StoreError> {
        let person = person.map_or(0, PersonId::get);
        let changed = on_each_engine!(&mut *self.read.conn, |c| {
            let row = difference::table
                .filter(difference::person_id.eq(person))
                .filter(difference::difference_id.eq(id.get()))
                .filter(difference::closed_at.is_null());
            diesel::update(row)
                .set((
                    difference::closed_at.eq(at.micros()),
                    difference::closed_as.eq(settled.number()),
                    difference::decision_id.eq(decision.map(DecisionId::get)),
                ))
                .execute(c)?
        });
        Ok(changed == 1)
    }

    /// Settles a difference that a rule closed when it was opened: since when it is closed stays.
    pub fn settle_noted(
        &mut self,
        person: PersonId,
        id: DifferenceId,
        settled: Resolution,
        decision: DecisionId,
    ) -> Result<bool, StoreError> {
        let changed = on_each_engine!(&mut *self.read.conn, |c| {
            let row = difference::table
                .filter(difference::person_id.eq(person.get()))
                .filter(difference::difference_id.eq(id.get()))
                .filter(difference::closed_as.eq(Resolution::Rule.number()))
                .filter(difference::closed_at.eq(difference::opened_at.nullable()));
            diesel::update(row)
                .set((
                    difference::closed_as.eq(settled.number()),
                    difference::decision_id.eq(decision.get()),
                ))
                .execute(c)?
        });
        Ok(changed == 1)
    }
}

/// Rows as they were at an instant: those that were closed later are open.
pub(super) fn rows_as_of(
    rows: Vec<DifferenceRow>,
    until: i64,
) -> Result<Vec<Difference>, StoreError> {
    let one = |row: DifferenceRow| {
        let mut one = row.difference()?;
        if one.closed.is_some_and(|(at, _)| at.micros() > until) {
            (one.closed, one.decision) = (None, None);
        }
        Ok(one)
    };
    rows.into_iter().map(one).collect()
}

/// What of a difference may not read.
struct Parts {
    kind: DifferenceKind,
    subject: [u8; 32],
    posting: Option<Posting>,
    closed: Option<(Timestamp, Resolution)>,
}

impl DifferenceRow {
    fn of(one: &Difference) -> DifferenceRow {
        let posting = one.posting.as_ref();
        let specialty = posting.and_then(|posting| posting.particulars.specialty.as_deref());
        DifferenceRow {
            person_id: one.person.map_or(0, PersonId::get),
            difference_id: one.id.get(),
            kind: one.kind.number(),
            subject: one.subject.to_vec(),
            source_id: one.source.get(),
            ext_key: one.key.to_string(),
            other_source: one.other.as_ref().map(|(source, _)| source.get()),
            other_key: one.other.as_ref().map(|(_, key)| key.to_string()),
            score: one.score,
            parts: one.parts.clone(),
            year: posting.map(|posting| posting.year.get()),
            category: posting.map(|posting| category_number(posting.category)),
            hours: posting.map(|posting| posting.hours.hundredths()),
            completed_on: posting.and_then(|posting| posting.completed_on),
            attrs: posting.map(|posting| posting.particulars.written()),
            entry_seq: one.entry_seq,
            jurisdiction: one.jurisdiction.as_deref().map(str::to_owned),
            specialty: specialty.map(str::to_owned),
            opened_at: one.opened_at.micros(),
            closed_at: one.closed.map(|(at, _)| at.micros()),
            closed_as: one.closed.map(|(_, settled)| settled.number()),
            decision_id: one.decision.map(DecisionId::get),
        }
    }

    /// What of it may not read.
    fn parts(&self) -> Option<Parts> {
        let closed = match (self.closed_at, self.closed_as) {
            (None, None) => None,
            (at, number) => Some((Timestamp::from_micros(at?), Resolution::from_number(number?)?)),
        };
        if self.other_source.is_some() != self.other_key.is_some() {
            return None;
        }
        let posting = match (self.year, self.category, self.hours, self.attrs.as_deref()) {
            (None, None, None, None) => None,
            (year, category, hours, attrs) => {
                let said = (year?, category?, hours?);
                Some(stored_posting(said, self.completed_on, attrs?)?)
            }
        };
        Some(Parts {
            kind: DifferenceKind::from_number(self.kind)?,
            subject: self.subject.as_slice().try_into().ok()?,
            posting,
            closed,
        })
    }

    fn difference(self) -> Result<Difference, StoreError> {
        let parts = self.parts().ok_or_else(|| self.damaged())?;
        let other = self.other_source.zip(self.other_key);
        Ok(Difference {
            person: (self.person_id != 0).then(|| PersonId::stored(self.person_id)),
            id: DifferenceId::stored(self.difference_id),
            kind: parts.kind,
            subject: parts.subject,
            source: SourceId::stored(self.source_id),
            key: self.ext_key.into(),
            other: other.map(|(source, key)| (SourceId::stored(source), key.into())),
            score: self.score,
            parts: self.parts,
            posting: parts.posting,
            entry_seq: self.entry_seq,
            jurisdiction: self.jurisdiction.map(Into::into),
            opened_at: Timestamp::from_micros(self.opened_at),
            closed: parts.closed,
            decision: self.decision_id.map(DecisionId::stored),
        })
    }
}
