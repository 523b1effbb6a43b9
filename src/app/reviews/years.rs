//! Decisions about a year of a person, and their withdrawal.

use crate::app::posting::load;
use crate::app::reviews::{Decided, Draft, Reviewer, answered};
use crate::app::service::{Failure, Service};
use crate::domain::ids::{DecisionId, PersonId};
use crate::domain::year::Year;
use crate::store::WriteTx;
use crate::store::decisions::DecisionKind;

/// What a reviewer decides about a year of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YearRuling {
    /// What is on record of a legacy year is final.
    Close,
    /// The year is excused.
    Excuse,
}

impl Service {
    /// Decides about a year of a person.
    pub async fn rule_year(
        &self,
        reviewer: Reviewer,
        person: PersonId,
        year: Year,
        ruling: YearRuling,
        reason: String,
    ) -> Result<Decided, Failure> {
        let directory = self.directory().await?;
        let service = self.clone();
        self.store
            .write(move |tx: &mut WriteTx<'_>| {
                if !reviewer.answers_for_years()
                    || !reviewer.has_to_do_with(tx, &directory, person)?
                {
                    return Err(Failure::Absent);
                }
                let kind = match ruling {
                    YearRuling::Close => DecisionKind::CloseLegacyYear,
                    YearRuling::Excuse => DecisionKind::ExcuseYear,
                };
                let at = load::lock(tx, person)?;
                let id = DecisionId::from_bits(tx.bits());
                let mut draft = Draft::new(&reviewer, person, kind, &reason);
                draft.year = Some(year);
                service.write_decision(tx, id, at, &draft)
            })
            .await
    }

    /// Withdraws a decision about a year.
    pub async fn withdraw(
        &self,
        reviewer: Reviewer,
        person: PersonId,
        about: DecisionId,
        reason: String,
    ) -> Result<Decided, Failure> {
        let service = self.clone();
        let result = self.store.write(move |tx: &mut WriteTx<'_>| {
            let decision = tx.decision(person, about)?.ok_or(Failure::Absent)?;
            let place = decision.jurisdiction.as_deref();
            let kind = DecisionKind::from_number(decision.kind);
            let about_year =
                matches!(kind, Some(DecisionKind::CloseLegacyYear | DecisionKind::ExcuseYear));
            let theirs = reviewer.answers_for_place(place) && reviewer.answers_for_years();
            if !theirs || !about_year {
                return Err(Failure::Absent);
            }
            let at = load::lock(tx, person)?;
            let id = DecisionId::from_bits(tx.bits());
            let mut draft = Draft::new(&reviewer, person, DecisionKind::Withdraw, &reason);
            draft.about = Some(about);
            draft.year = decision.year.and_then(|year| Year::new(year.into()));
            service.write_decision(tx, id, at, &draft)
        });
        result.await.map_err(answered)
    }
}
