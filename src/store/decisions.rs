//! What reviewers decided, and what individuals object to. Never changed: a decision is withdrawn by
//! another one.

use diesel::prelude::*;

use super::constraint::{self, Meaning};
use super::dialect::{look_up, on_each_engine, rows};
use super::ledger::stored_category;
use super::pendings::QueueScope;
use super::schema::{decision, dispute};
use super::{Conn, ReadTx, StoreError, WriteTx};
use crate::domain::ids::{DecisionId, PersonId};
use crate::domain::timestamp::Timestamp;
use crate::domain::year::Year;

rows! {
    /// A row of `decision`.
    pub struct DecisionRow in decision by (person_id, decision_id) {
        person_id: i64 => BigInt,
        decision_id: i64 => BigInt,
        kind: i16 => SmallInt,
        made_at: i64 => BigInt,
        issuer: String => Text,
        subject: String => Text,
        jurisdiction: Option<String> => Nullable<Text>,
        year: Option<i16> => Nullable<SmallInt>,
        category: Option<i16> => Nullable<SmallInt>,
        hours: Option<i64> => Nullable<BigInt>,
        batch_id: Option<i64> => Nullable<BigInt>,
        row_no: Option<i64> => Nullable<BigInt>,
        entry_seq: Option<i64> => Nullable<BigInt>,
        about: Option<i64> => Nullable<BigInt>,
        sealed: Vec<u8> => Binary,
    }
}

rows! {
    /// A row of `dispute`.
    pub struct DisputeRow in dispute by (person_id, dispute_id) {
        person_id: i64 => BigInt,
        dispute_id: i64 => BigInt,
        made_at: i64 => BigInt,
        entry_seq: Option<i64> => Nullable<BigInt>,
        batch_id: Option<i64> => Nullable<BigInt>,
        row_no: Option<i64> => Nullable<BigInt>,
        jurisdiction: Option<String> => Nullable<Text>,
        category: Option<i16> => Nullable<SmallInt>,
        specialty: Option<String> => Nullable<Text>,
        sealed: Vec<u8> => Binary,
    }
}

/// What was decided. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionKind {
    /// 认定: hours that waited count.
    Recognise,
    /// Hours that waited do not count.
    Reject,
    /// Hours that waited count under another category.
    Recategorise,
    /// What is on record of a legacy year is final.
    CloseLegacyYear,
    /// A year is excused.
    ExcuseYear,
    /// An entry is taken back.
    Reverse,
    /// An adjustment is proposed; another person has to approve it.
    ProposeAdjustment,
    /// A proposed adjustment is approved.
    ApproveAdjustment,
    /// A proposed adjustment is declined.
    DeclineAdjustment,
    /// An earlier decision is withdrawn.
    Withdraw,
    /// A dispute is answered.
    AnswerDispute,
    /// A difference is settled.
    Settle,
}

impl DecisionKind {
    /// Every kind; the place in this list, from 1, is the number that is stored.
    pub const ALL: [DecisionKind; 12] = [
        DecisionKind::Recognise,
        DecisionKind::Reject,
        DecisionKind::Recategorise,
        DecisionKind::CloseLegacyYear,
        DecisionKind::ExcuseYear,
        DecisionKind::Reverse,
        DecisionKind::ProposeAdjustment,
        DecisionKind::ApproveAdjustment,
        DecisionKind::DeclineAdjustment,
        DecisionKind::Withdraw,
        DecisionKind::AnswerDispute,
        DecisionKind::Settle,
    ];

    /// The name in API and files.
    pub const fn name(self) -> &'static str {
        match self {
            DecisionKind::Recognise => "recognise",
            DecisionKind::Reject => "reject",
            DecisionKind::Recategorise => "recategorise",
            DecisionKind::CloseLegacyYear => "close-legacy-year",
            DecisionKind::ExcuseYear => "excuse-year",
            DecisionKind::Reverse => "reverse",
            DecisionKind::ProposeAdjustment => "propose-adjustment",
            DecisionKind::ApproveAdjustment => "approve-adjustment",
            DecisionKind::DeclineAdjustment => "decline-adjustment",
            DecisionKind::Withdraw => "withdraw",
            DecisionKind::AnswerDispute => "answer-dispute",
            DecisionKind::Settle => "settle",
        }
    }

    /// The number that is stored.
    pub fn number(self) -> i16 {
        let place = DecisionKind::ALL.iter().position(|kind| *kind == self).unwrap_or_default();
        i16::try_from(place + 1).unwrap_or_default()
    }

    /// From the number that is stored.
    pub fn from_number(number: i16) -> Option<DecisionKind> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        DecisionKind::ALL.get(place).copied()
    }
}

impl DecisionRow {
    /// The row, where everything that a decision of its kind needs is there and reads.
    pub(super) fn checked(self) -> Result<DecisionRow, StoreError> {
        use DecisionKind::{CloseLegacyYear, ExcuseYear, ProposeAdjustment};
        let year = self.year.map(|year| Year::new(year.into()).is_some());
        let category = self.category.map(|category| stored_category(category).is_some());
        let reads = year != Some(false) && category != Some(false);
        let whole = match DecisionKind::from_number(self.kind) {
            Some(CloseLegacyYear | ExcuseYear) => year.is_some(),
            Some(ProposeAdjustment) => year.and(category).is_some() && self.hours.is_some(),
            known => known.is_some(),
        };
        if reads && whole { Ok(self) } else { Err(self.damaged()) }
    }
}

fn all_checked(rows: Vec<DecisionRow>) -> Result<Vec<DecisionRow>, StoreError> {
    rows.into_iter().map(DecisionRow::checked).collect()
}

impl ReadTx<'_> {
    /// The decisions about persons up to an instant, oldest first.
    pub fn decisions_of(
        &mut self,
        people: &[PersonId],
        as_of: Option<Timestamp>,
    ) -> Result<Vec<DecisionRow>, StoreError> {
        let until = as_of.map_or(i64::MAX, Timestamp::micros);
        let ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
        let known = decision::table.filter(decision::made_at.le(until));
        all_checked(look_up!(
            &mut *self.conn,
            &ids,
            |c, id| {
                let own = known.filter(decision::person_id.eq(*id));
                own.order((decision::made_at, decision::decision_id)).load::<DecisionRow>(c)?
            },
            |c| known
                .filter(decision::person_id.eq_any(&ids))
                .order((decision::made_at, decision::decision_id))
                .load(c)?,
        ))
    }

    /// One decision.
    pub fn decision(
        &mut self,
        person: PersonId,
        id: DecisionId,
    ) -> Result<Option<DecisionRow>, StoreError> {
        let found: Option<DecisionRow> = on_each_engine!(&mut *self.conn, |c| decision::table
            .find((person.get(), id.get()))
            .get_result(c)
            .optional()?);
        found.map(DecisionRow::checked).transpose()
    }

    /// The proposals that nobody has answered, oldest first.
    pub fn open_proposals(&mut self, limit: i64) -> Result<Vec<DecisionRow>, StoreError> {
        let answers = diesel::alias!(decision as answers);
        let answered = answers.filter(
            answers
                .field(decision::person_id)
                .eq(decision::person_id)
                .and(answers.field(decision::about).eq(decision::decision_id.nullable())),
        );
        all_checked(on_each_engine!(&mut *self.conn, |c| decision::table
            .filter(decision::kind.eq(DecisionKind::ProposeAdjustment.number()))
            .filter(diesel::dsl::not(diesel::dsl::exists(answered)))
            .order((decision::made_at, decision::decision_id))
            .limit(limit)
            .load(c)?))
    }

    /// Disputes about what somebody answers for, oldest first, after an instant.
    pub fn disputes_after(
        &mut self,
        scope: &QueueScope,
        after: (Timestamp, DecisionId),
        limit: i64,
    ) -> Result<Vec<DisputeRow>, StoreError> {
        let (at, id) = (after.0.micros(), after.1.get());
        let prefix = scope.prefix();
        Ok(on_each_engine!(&mut *self.conn, |c| {
            let same = dispute::made_at.eq(at).and(dispute::dispute_id.gt(id));
            let mut query = dispute::table.filter(dispute::made_at.gt(at).or(same)).into_boxed();
            if let Some(prefix) = &prefix {
                query = query.filter(dispute::jurisdiction.like(prefix));
            }
            if !scope.specialties.is_empty() {
                query = query.filter(dispute::specialty.eq_any(&scope.specialties));
            }
            if !scope.categories.is_empty() {
                query = query.filter(dispute::category.eq_any(&scope.categories));
            }
            query.order((dispute::made_at, dispute::dispute_id)).limit(limit).load(c)?
        }))
    }
}

impl WriteTx<'_> {
    /// Adds a decision.
    pub fn add_decision(&mut self, row: DecisionRow) -> Result<(), StoreError> {
        let (person, about) = (row.person_id, row.about);
        let added = DecisionRow::insert(self.read.conn, &[row]);
        match (&mut *self.read.conn, &added) {
            // Its guard does not tell which of two is in the way.
            (Conn::Sqlite(c), Err(StoreError::Constraint(Meaning::IdTaken, _))) => {
                let before = decision::table
                    .filter(decision::person_id.eq(person))
                    .filter(decision::about.eq(about));
                let before: i64 = before.count().get_result(c)?;
                if before > 0 { Err(constraint::named("decision_answered_once")) } else { added }
            }
            _ => added,
        }
    }

    /// Adds a dispute.
    pub fn add_dispute(&mut self, row: DisputeRow) -> Result<(), StoreError> {
        DisputeRow::insert(self.read.conn, &[row])
    }
}
